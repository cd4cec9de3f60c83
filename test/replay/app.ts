/** What the app on a captured phone asked of its peer, as calls of this stack's client: told by another decoder. */
import { readFileSync } from 'node:fs';
import { fromHex } from '../../src/core/hex.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Replay } from '../../src/replay/index.js';
import { shared } from '../support/shared.js';
import { code, type OracleFrame, readOracle } from './oracle.js';

/** A capture of the reference material. */
export function sharedCapture(name: string): Uint8Array {
  return readFileSync(shared(`captures/${name}.btsnoop`));
}

const PREPARE_WRITE = 0x16;

/**
 * Makes the calls that the captured app made on a link, from one packet to another: reads, writes with and without response, and
 * long writes, each when the replay has come to it. Discovery and the MTU are not among them: tests say those themselves.
 * @param frames the numbers of the first and last packet
 */
export async function makeCalls(
  played: Replay,
  link: Connection,
  capture: string,
  frames: readonly [first: number, last: number],
): Promise<number> {
  const asked = readOracle(capture).filter(
    ({ frame, dir, att, acl }) =>
      att && dir === 'tx' && acl?.handle === link.handle && frame >= frames[0] && frame <= frames[1],
  );
  const calls: Promise<unknown>[] = [];
  for (const [index, frame] of asked.entries()) {
    const call = callOf(frame, asked.slice(index), link);
    if (!call) continue;
    await played.reached(frame.frame);
    const made = call();
    made.catch(() => {});
    calls.push(made);
  }
  await Promise.all(calls);
  return calls.length;
}

function callOf(
  { att }: OracleFrame,
  rest: readonly OracleFrame[],
  { gatt }: Connection,
): (() => Promise<unknown>) | undefined {
  const handle = att!.handles?.[0] ?? 0;
  const value = fromHex(att!.value ?? '');
  switch (code(att!.opcode)) {
    case 0x0a:
      return () => gatt.read(handle);
    case 0x12:
      return () => gatt.write(handle, value);
    case 0x52:
      return () => gatt.writeWithoutResponse(handle, value);
    case PREPARE_WRITE: {
      // The first part of a long write stands for it: the parts behind it are of the same call.
      if (att!.offset !== 0) return undefined;
      const end = rest.findIndex((frame) => code(frame.att!.opcode) !== PREPARE_WRITE);
      const whole = rest.slice(0, end).flatMap((part) => [...fromHex(part.att!.value ?? '')]);
      return () => gatt.writeLong(handle, Uint8Array.from(whole));
    }
    default:
      return undefined;
  }
}
