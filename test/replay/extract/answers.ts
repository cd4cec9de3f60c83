import { SimulatedClock } from '../../../src/core/clock.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import type { LinkSecurity } from '../../../src/core/security.js';
import { AttBearer } from '../../../src/gatt/att/bearer.js';
import { GattServer } from '../../../src/gatt/index.js';
import type { CapturedLink } from '../../../src/replay/extract/links.js';
import { serveDescribed } from '../../../src/virtual/devices/described-services.js';
import type { DeviceDescription } from '../../../src/virtual/devices/index.js';
import { ScriptedChannel } from '../../support/pdu-channel.js';

/** A request of a capture, what was answered to it there, and what a description answers. */
export interface Compared {
  readonly frame: number;
  readonly request: string;
  readonly captured: string;
  readonly described: string;
}

const security: LinkSecurity = { level: 1, keySize: 0, bonded: false };

/** Gives a described server the requests and commands of a captured link, one after the other. */
export async function compareAnswers(
  description: DeviceDescription,
  link: CapturedLink,
): Promise<Compared[]> {
  const clock = new SimulatedClock();
  const server = new GattServer();
  serveDescribed(description, server, clock);
  const channel = new ScriptedChannel();
  const bearer = new AttBearer(channel, { clock, mtu: description.mtu ?? 23, report: () => {} });
  server.connect(bearer, { security: () => ({ ...security, level: link.encrypted === undefined ? 1 : 2 }) });
  const compared: Compared[] = [];
  for (const [i, { sent, octets, frame }] of link.att.entries()) {
    if (!sent || isResponse(octets[0]!)) continue;
    channel.take();
    channel.receive(octets);
    await clock.advance(0);
    const opcode = octets[0]!;
    const answer = link.att.slice(i + 1).find((one) => !one.sent && answers(one.octets, opcode));
    if (!answer) continue;
    const own = channel.take().find((one) => answers(fromHex(one), opcode));
    compared.push({
      frame,
      request: toHex(octets),
      captured: toHex(answer.octets),
      described: own ?? 'nothing',
    });
  }
  return compared;
}

function answers(pdu: Uint8Array, request: number): boolean {
  return pdu[0] === request + 1 || (pdu[0] === 0x01 && pdu[1] === request);
}

/** Responses and confirmations, which a host sends as server. */
function isResponse(opcode: number): boolean {
  return opcode === 0x1e || (opcode < 0x40 && (opcode & 1) === 1);
}
