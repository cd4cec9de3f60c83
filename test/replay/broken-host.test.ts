import { expect, it } from 'vitest';
import { fromHex } from '../../src/core/hex.js';
import { Device } from '../../src/gap/device.js';
import { ReplayError, replay } from '../../src/replay/index.js';
import { describeWithShared } from '../support/shared.js';
import { sharedCapture } from './app.js';
import { BrokenHost, type Fault, octet, once } from './broken-host.js';
import { useLedStrip } from './led-strip.js';

/** Octets of an ACL packet with its indicator: header 1, L2CAP header 5, ATT opcode 9, attribute handle 10, value 12. */
const ATT = 9;
const WRITE_TO_LIGHT = [0x52, 0x06, 0x00];
const READ_DESCRIPTION = [0x0a, 0x07, 0x00];
/** The packet of frame 261. */
const SECOND_WRITE = '020200170013000400528200' + '0019acff8e90c46892529bf1862518b098';
const EXCHANGE_MTU = [0x02, 0x00, 0x02];

/** The value one octet shorter, and the lengths before it. */
function shorter(packet: Uint8Array): readonly Uint8Array[] {
  const altered = packet.slice(0, -1);
  altered[3]!--;
  altered[5]!--;
  return [altered];
}

interface Planted {
  readonly what: string;
  readonly fault: Fault;
  readonly frame: number | undefined;
  /** The path of the field; `undefined` where a packet as a whole is one too many. */
  readonly path: string | undefined;
}

const planted: readonly Planted[] = [
  {
    what: 'a wrong parameter of a command',
    fault: once(1, [0x0b, 0x20], octet(5, 0x19)),
    frame: 101,
    path: 'leScanInterval',
  },
  {
    what: 'a command left out',
    fault: once(1, [0x0b, 0x20], (_, answer) => {
      answer(Uint8Array.of(0x0e, 4, 1, 0x0b, 0x20, 0));
      return [];
    }),
    frame: 101,
    path: 'opcode',
  },
  {
    what: 'a wrong peer in the command that connects',
    fault: once(1, [0x0d, 0x20], octet(10, 0x00)),
    frame: 139,
    path: 'peerAddress',
  },
  {
    what: 'a parameter update refused that the phone took',
    fault: once(ATT, [0x13], octet(13, 0x01)),
    frame: 245,
    path: 'data.signalling.result',
  },
  {
    what: 'a wrong MTU',
    fault: once(ATT, EXCHANGE_MTU, octet(10, 0xff)),
    frame: 253,
    path: 'data.att.clientRxMtu',
  },
  {
    what: 'a request twice',
    fault: once(ATT, EXCHANGE_MTU, (packet) => [packet, packet.slice()]),
    frame: 256,
    path: 'data.att.opcode',
  },
  {
    what: 'the next request before the response',
    fault: once(ATT, EXCHANGE_MTU, (packet) => [
      packet,
      fromHex('02020007000300 04000a0700'.replaceAll(' ', '')),
    ]),
    frame: 256,
    path: undefined,
  },
  {
    what: 'a wrong attribute handle',
    fault: once(ATT, READ_DESCRIPTION, octet(10, 0x08)),
    frame: 256,
    path: 'data.att.attributeHandle',
  },
  {
    what: 'a wrong CID',
    fault: once(ATT, READ_DESCRIPTION, octet(7, 0x06)),
    frame: 256,
    path: 'data.channelId',
  },
  {
    what: 'a wrong connection handle',
    fault: once(ATT, READ_DESCRIPTION, octet(1, 0x03)),
    frame: 256,
    path: 'connectionHandle',
  },
  {
    what: 'a wrong octet of a value',
    fault: once(ATT, WRITE_TO_LIGHT, octet(20, 0xee)),
    frame: 259,
    path: 'data.att.attributeValue',
  },
  {
    what: 'a value one octet short',
    fault: once(ATT, WRITE_TO_LIGHT, shorter),
    frame: 259,
    path: 'data.att.attributeValue',
  },
  {
    what: 'a wrong length in the L2CAP header',
    fault: once(ATT, WRITE_TO_LIGHT, octet(5, 0x14)),
    frame: 259,
    path: 'data.pduLength',
  },
  {
    what: 'a wrong length in the ACL header',
    fault: once(ATT, WRITE_TO_LIGHT, octet(3, 0x18)),
    frame: 259,
    path: 'dataLength',
  },
  {
    what: 'two commands swapped',
    fault: once(ATT, WRITE_TO_LIGHT, (packet) => [fromHex(SECOND_WRITE), packet]),
    frame: 259,
    path: 'data.att.attributeHandle',
  },
  {
    what: 'a write with response in the place of one without',
    fault: once(ATT, WRITE_TO_LIGHT, octet(ATT, 0x12)),
    frame: 259,
    path: 'data.att.opcode',
  },
  {
    what: 'a write too many between others',
    fault: once(ATT, [0x52, 0x82, 0x00], (packet) => [
      fromHex('02020008000400 0400520600ff'.replaceAll(' ', '')),
      packet,
    ]),
    frame: 261,
    path: 'data.att.attributeHandle',
  },
  {
    what: 'a write too many behind the last',
    fault: once(ATT, [...WRITE_TO_LIGHT, 0x79, 0xd1], (packet) => [packet, packet.slice()]),
    frame: undefined,
    path: undefined,
  },
];

describeWithShared('a broken host is caught where it departs from capture 01', () => {
  it.each(planted)('$what: at frame $frame, in $path', async ({ fault, frame, path }) => {
    const played = replay(sharedCapture('01-idealled-legacy-connect'), { name: '01', until: 'last ATT PDU' });
    const transport = new BrokenHost(played, fault);
    const { clock, random } = played;
    const session = async () => {
      const device = await Device.open({ transport, clock, random, mtu: 512 });
      await useLedStrip(device, played);
    };
    const failure = await played.run(session()).then(
      () => played.end().catch((error: unknown) => error),
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(ReplayError);
    const { divergence, message } = failure as ReplayError;
    expect({ frame: divergence.frame, path: divergence.path }, message).toEqual({ frame, path });
    // Whoever reads it sees both packets, and what was around them.
    expect(divergence.got).toBeDefined();
    expect(message).toContain(divergence.got!.name);
    expect(divergence.around.length).toBeGreaterThan(4);
    if (divergence.difference) {
      const { expected, got } = divergence.difference;
      expect(message).toContain(expected?.text || divergence.expected!.name);
      expect(message).toContain(got?.text || divergence.got!.name);
    }
  });
});
