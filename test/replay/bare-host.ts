/** A host of bare packets, and captures as lines of them. */
import { expect } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import { decode } from '../../src/decode/index.js';
import { type Replay, ReplayError, type ReplayOptions, replay } from '../../src/replay/index.js';

/** A capture of lines `> 01…` and `< 04…`, a millisecond apart; a number before a line sets its millisecond. */
export function capture(lines: readonly string[]): Uint8Array {
  let time = 0;
  const text = lines.map((line) => {
    const [, at, rest] = /^(?:(\d+) )?([<>].*)$/.exec(line)!;
    time = at === undefined ? time + 1 : Number(at);
    return `${time * 1000} ${rest!.replaceAll(/(?<=\w) (?=\w)/g, '')}\n`;
  });
  return new TextEncoder().encode(text.join(''));
}

/** A host of bare packets. */
export class BareHost {
  readonly played: Replay;
  readonly got: string[] = [];
  closed: Error | undefined;

  constructor(lines: readonly string[], options: ReplayOptions = {}) {
    this.played = replay(capture(lines), options);
  }

  async open(): Promise<this> {
    await this.played.open({
      packet: (type, bytes, start, end) =>
        void this.got.push(toHex(Uint8Array.of(type, ...bytes.subarray(start, end)))),
      diagnostic: () => {},
      closed: (error) => {
        this.closed = error;
      },
    });
    return this;
  }

  /** Sends packets in one go, and lets time pass. */
  async send(...packets: string[]): Promise<void> {
    for (const packet of packets) this.played.send(fromHex(packet.replaceAll(' ', '')));
    await this.played.clock.advance(100);
  }

  /** The names of what it got. */
  get names(): string[] {
    return this.got.map((packet) => decode(fromHex(packet)).name);
  }

  get path(): string | undefined {
    expect(this.closed).toBeInstanceOf(ReplayError);
    return (this.closed as ReplayError).divergence.path;
  }
}

export const host = (lines: readonly string[], options?: ReplayOptions) =>
  new BareHost(lines, options).open();

export const RESET = '> 01 030c 00';
export const RESET_DONE = '< 04 0e04 01030c00';
/** Connects to C0:DE:C0:00:00:01 on handle 0x40. */
export const CONNECT = '01 0d20 19 6000 3000 00 01 010000c0dec0 00 1800 2800 0000 2a00 0000 0000';
export const CONNECTING = '< 04 0f04 00010d20';
export const CONNECTED = '< 04 3e13 01 00 4000 00 01 010000c0dec0 1800 0000 2a00 00';
export const linked = [RESET, RESET_DONE, `> ${CONNECT}`, CONNECTING, CONNECTED];
/** An L2CAP frame of the host in one ACL packet, in hexadecimal. */
export function acl(cid: number, pdu: string, sent = true): string {
  const octets = fromHex(pdu.replaceAll(' ', ''));
  const u16 = (value: number) => toHex(Uint8Array.of(value & 0xff, value >> 8));
  const word = 0x40 | (sent ? 0 : 0x2000);
  return `02${u16(word)}${u16(octets.length + 4)}${u16(octets.length)}${u16(cid)}${toHex(octets)}`;
}
export const READ = acl(4, '0a 0300');
export const READ_DONE = `< ${acl(4, '0b 2a', false)}`;
/** Lets LE Meta and LE Connection Complete through. */
export const MASKS = ['01 010c 08 ffffffffffffff3f', '01 0120 08 ff0f000000000000'];

export async function connected(lines: readonly string[], options?: ReplayOptions): Promise<BareHost> {
  const one = await host([...linked, ...lines], options);
  await one.send('01030c00', ...MASKS, CONNECT);
  one.got.length = 0;
  return one;
}
