import { describe, expect, it } from 'vitest';
import { settle } from '../../src/core/clock.js';
import type { LinkSecurity } from '../../src/core/security.js';
import type { CreditChannel } from '../../src/l2cap/index.js';
import { le16, link, opened, plain, type TestLink, type TestLinkOptions } from './support.js';

/**
 * The cases of the L2CAP qualification suite that concern LE, each by its name, as the specification demands it: the other side is
 * this file. Those of BR/EDR (configuration, retransmission, streaming, echo, information, fixed channel map) do not concern an LE
 * host: docs/l2cap.md.
 */

const octets = (count: number, from = 0) => Uint8Array.from({ length: count }, (_, i) => (from + i) & 255);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const SPSM = 0x0080;
/** What no dynamic CID of this side is before. */
const CID = 0x0040;

/** A link on which SPSM 0x0080 is served; the channels that come about. */
function serving(
  options: Parameters<TestLink['servers']['listen']>[1] = {},
  linkOptions: TestLinkOptions = {},
): TestLink & { channels: CreditChannel[] } {
  const test = link('central', linkOptions);
  const channels: CreditChannel[] = [];
  test.servers.listen((channel) => channels.push(channel), {
    spsm: SPSM,
    mtu: 100,
    mps: 64,
    credits: 4,
    ...options,
  });
  return { ...test, channels };
}

/** An LE Credit Based Connection Request. */
const request = (identifier: number, sourceCid: number, spsm = SPSM, mtu = 100, mps = 64, credits = 10) =>
  `14 ${hex(Uint8Array.of(identifier))} 0a00 ${[spsm, sourceCid, mtu, mps, credits].map(le16).join('')}`;

/** The result of the last LE Credit Based Connection Response, which refuses. */
function refusal({ sent }: TestLink): number {
  const pdu = sent.at(-1)!;
  expect(pdu).toMatch(/^15..0a000000............../);
  return Number.parseInt(pdu.slice(24, 26), 16);
}

describe('segmentation in LE Credit Based Flow Control mode (3.4.3)', () => {
  it('L2CAP/COS/CFC/BV-01-C: an SDU that is longer than the MPS goes in several K-frames', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { peerMtu: 100, peerMps: 40 });
    await channel.send(octets(100));
    expect(test.data).toEqual([
      `5000 6400${hex(octets(38))}`,
      `5000 ${hex(octets(40, 38))}`,
      `5000 ${hex(octets(22, 78))}`,
    ]);
  });

  it('L2CAP/COS/CFC/BV-02-C: an SDU of one octet goes in one', async () => {
    const test = link();
    const channel = await opened(test, 0x0050);
    await channel.send(octets(1, 9));
    expect(test.data).toEqual(['5000 010009']);
  });

  it('L2CAP/COS/CFC/BV-03-C: an SDU that comes in several K-frames is put together', async () => {
    const test = link();
    const channel = await opened(test, 0x0050);
    test.frame(CID, `5000${hex(octets(40))}`);
    test.frame(CID, hex(octets(40, 40)));
    await expect(channel.read()).resolves.toEqual(octets(80));
  });

  it('L2CAP/COS/CFC/BV-04-C: an SDU that comes in one is taken', async () => {
    const test = link();
    const channel = await opened(test, 0x0050);
    test.frame(CID, `2800${hex(octets(40))}`);
    await expect(channel.read()).resolves.toEqual(octets(40));
  });

  it('L2CAP/COS/CFC/BV-05-C: K-frames of several channels may be mixed', async () => {
    const test = link();
    const [one, other] = [await opened(test, 0x0050), await opened(test, 0x0051)];
    test.frame(CID, `5000${hex(octets(40))}`);
    test.frame(CID + 1, `4e00${hex(octets(40, 100))}`);
    test.frame(CID, hex(octets(40, 40)));
    test.frame(CID + 1, hex(octets(38, 140)));
    await expect(one.read()).resolves.toEqual(octets(80));
    await expect(other.read()).resolves.toEqual(octets(78, 100));
  });
});

describe('LE Credit Based Flow Control mode, as the one that asks (4.22, 4.23)', () => {
  it('L2CAP/LE/CFC/BV-01-C: a Command Reject of a peer that has no channels makes none', async () => {
    const test = link();
    const opening = expect(test.l2cap.openChannel(SPSM)).rejects.toMatchObject({
      code: 'L2CAP_ERROR',
      reason: 0,
    });
    test.receive('01 01 0200 0000');
    await opening;
    expect(test.l2cap.creditChannels).toEqual([]);
  });

  it('L2CAP/LE/CFC/BV-02-C: a response makes a channel, and its data are taken', async () => {
    const test = link();
    const channel = await opened(test, 0x0050);
    test.frame(CID, '0300010203');
    await expect(channel.read()).resolves.toEqual(Uint8Array.of(1, 2, 3));
  });

  it.each([
    ['BV-04-C: SPSM not supported', 2],
    ['BV-10-C: insufficient authentication', 5],
    ['BV-12-C: insufficient authorization', 6],
    ['BV-14-C: encryption key size too short', 7],
    ['BV-16-C: insufficient resources', 4],
    ['BV-18-C: invalid Source CID', 9],
    ['BV-19-C: Source CID already allocated', 10],
    ['BV-21-C: unacceptable parameters', 11],
    ['BV-24-C: insufficient encryption', 8],
  ])('L2CAP/LE/CFC/%s makes no channel, and is told with its result', async (name, result) => {
    const test = link();
    const opening = test.l2cap.openChannel(SPSM);
    opening.catch(() => {});
    test.receive(`15 01 0a00 5000 6400 4000 0a00 ${le16(result)}`);
    await expect(opening).rejects.toMatchObject({ code: 'L2CAP_ERROR', reason: result });
    await expect(opening).rejects.toThrow(name.slice(9));
    expect(test.l2cap.creditChannels).toEqual([]);
    expect(test.data).toEqual([]);
  });

  it('L2CAP/LE/CFC/BV-29-C: the Source CID is a dynamic one', async () => {
    const test = link();
    test.l2cap.openChannel(SPSM).catch(() => {});
    const cid = Number.parseInt(test.sent[0]!.slice(14, 16) + test.sent[0]!.slice(12, 14), 16);
    expect(cid).toBeGreaterThanOrEqual(0x40);
    expect(cid).toBeLessThanOrEqual(0x7f);
  });
});

describe('LE Credit Based Flow Control mode, as the one that is asked (4.22, 4.23)', () => {
  it('L2CAP/LE/CFC/BV-03-C: a valid request makes a channel, and data go', async () => {
    const test = serving();
    test.receive(request(1, 0x50));
    expect(test.sent).toEqual([plain('15 01 0a00 4000 6400 4000 0400 0000')]);
    await test.channels[0]!.send(octets(3));
    expect(test.data).toEqual(['5000 0300000102']);
  });

  it.each(['BV-05-C', 'BV-22-C'])(
    'L2CAP/LE/CFC/%s: a request for an SPSM that nobody serves is refused',
    (_name) => {
      const test = serving();
      test.receive(request(1, 0x50, 0x00f1));
      expect(refusal(test)).toBe(2);
    },
  );

  const refusing: [string, LinkSecurity, number][] = [
    ['BV-11-C: without a key: insufficient authentication', { level: 1, keySize: 0, bonded: false }, 5],
    ['BV-11-C: with a key of no authentication', { level: 2, keySize: 16, bonded: true }, 5],
    ['BV-15-C: with too short a key: key size', { level: 3, keySize: 7, bonded: true }, 7],
    [
      'BV-25-C: with a key and not encrypted: insufficient encryption',
      { level: 1, keySize: 0, bonded: true },
      8,
    ],
  ];
  it.each(refusing)('L2CAP/LE/CFC/%s', (_name, security, result) => {
    const test = serving({ security: { level: 3, keySize: 16 } }, { security: () => security });
    test.receive(request(1, 0x50));
    expect(refusal(test)).toBe(result);
    expect(test.channels).toEqual([]);
  });

  it('L2CAP/LE/CFC/BV-15-C: with a key that is as long as asked for there is a channel', () => {
    const security = { level: 3, keySize: 7, bonded: true } as const;
    const test = serving({ security: { level: 3, keySize: 7 } }, { security: () => security });
    test.receive(request(1, 0x50));
    expect(test.channels).toHaveLength(1);
  });

  it('L2CAP/LE/CFC/BV-13-C: a peer that is not authorised is refused', () => {
    const test = serving({ authorize: () => false });
    test.receive(request(1, 0x50));
    expect(refusal(test)).toBe(6);
  });

  it.each(['no', 1, undefined])(
    'a peer is not authorised by an answer that is no answer: %s',
    async (answer) => {
      const test = serving({ authorize: () => answer as unknown as boolean });
      test.receive(request(1, 0x50));
      await settle();
      expect(refusal(test)).toBe(6);
      expect(test.channels).toEqual([]);
    },
  );

  it('L2CAP/LE/CFC/BV-17-C: one channel more than there may be is refused', () => {
    const test = serving({ maxChannels: 1 });
    test.receive(request(1, 0x50));
    test.receive(request(2, 0x51));
    expect(refusal(test)).toBe(4);
  });

  it('L2CAP/LE/CFC/BV-20-C: a Source CID that has a channel is refused', () => {
    const test = serving();
    test.receive(request(1, 0x50));
    test.receive(request(2, 0x50));
    expect(refusal(test)).toBe(10);
    expect(test.channels.map(({ isOpen }) => isOpen)).toEqual([true]);
  });

  it.each([0x003f, 0x0080, 0x0000])('a Source CID that is none, 0x%s, is refused with 0x0009', (cid) => {
    const test = serving();
    test.receive(request(1, cid));
    expect(refusal(test)).toBe(9);
  });

  it.each([
    [22, 64],
    [100, 22],
  ])('an MTU of %i with an MPS of %i is unacceptable', (mtu, mps) => {
    const test = serving();
    test.receive(request(1, 0x50, SPSM, mtu, mps));
    expect(refusal(test)).toBe(11);
  });

  it('L2CAP/LE/CFC/BV-30-C: a request that comes in two fragments is answered', () => {
    const test = serving();
    const pdu = plain(request(1, 0x50));
    test.acl(`4020 0a00 0e00 0500 ${pdu.slice(0, 12)}`);
    test.acl(`4010 0800 ${pdu.slice(12)}`);
    expect(test.sent).toEqual([plain('15 01 0a00 4000 6400 4000 0400 0000')]);
  });
});

describe('credits, data and the end of channels of both modes', () => {
  it('L2CAP/LE/CFC/BV-06-C: as many K-frames go as credits come, and no more', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { peerCredits: 0 });
    for (let i = 0; i < 4; i++) channel.send(Uint8Array.of(i)).catch(() => {});
    for (const [credits, frames] of [
      [0, 0],
      [1, 1],
      [1, 2],
      [2, 4],
    ] as const) {
      if (credits > 0) test.receive(`16 05 0400 5000 ${le16(credits)}`);
      expect(test.data).toHaveLength(frames);
    }
  });

  it('L2CAP/LE/CFC/BV-07-C: credits are given as data are taken', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { credits: 4 });
    channel.onSdu(() => {});
    for (let i = 0; i < 4; i++) test.frame(CID, '0100aa');
    expect(test.sent).toEqual([plain('16 02 0400 4000 0200'), plain('16 03 0400 4000 0200')]);
  });

  it('L2CAP/LE/CFC/BI-01-C: credits over 65535 disconnect the channel', async () => {
    const test = link();
    await opened(test, 0x0050, { peerCredits: 2 });
    test.receive(`16 05 0400 5000 ${le16(65534)}`);
    expect(test.sent).toEqual([plain('06 02 0400 5000 4000')]);
  });

  it('L2CAP/LE/CFC/BV-08-C: a channel is disconnected from this side', async () => {
    const test = link();
    const channel = await opened(test, 0x0050);
    const closing = channel.close();
    expect(test.sent).toEqual([plain('06 02 0400 5000 4000')]);
    test.receive('07 02 0400 5000 4000');
    await closing;
    expect(test.l2cap.creditChannels).toEqual([]);
  });

  it('L2CAP/LE/CFC/BV-09-C: a channel is disconnected by the peer', async () => {
    const test = link();
    const channel = await opened(test, 0x0050);
    test.receive('06 07 0400 4000 5000');
    expect(test.sent).toEqual([plain('07 07 0400 4000 5000')]);
    expect(channel.state).toBe('closed');
  });

  it('L2CAP/LE/CFC/BV-23-C: a request to disconnect what is not there is rejected: invalid CID', async () => {
    const test = link();
    await opened(test, 0x0050);
    test.receive('06 07 0400 4100 5000');
    expect(test.sent).toEqual([plain('01 07 0600 0200 4100 5000')]);
  });

  for (const mode of ['leCreditBased', 'enhancedCreditBased'] as const) {
    const named = (one: string, other: string) =>
      mode === 'leCreditBased' ? `L2CAP/LE/CFC/${one}` : `L2CAP/ECFC/${other}`;
    const disconnects = async (...frames: string[]) => {
      const test = link();
      await opened(test, 0x0050, { mode, mtu: 100, mps: 64 });
      for (const frame of frames) test.frame(CID, frame);
      expect(test.sent).toEqual([plain('06 02 0400 5000 4000')]);
    };
    it(`${named('BV-26-C', 'BV-33-C')}: an SDU over the MTU disconnects`, () => disconnects('6500aa'));
    it(`${named('BV-27-C', 'BV-34-C')}: a payload over the MPS disconnects`, () =>
      disconnects(`6400${'aa'.repeat(65)}`));
    it(`${named('BV-28-C', 'BV-35-C')}: more than the SDU length disconnects`, () =>
      disconnects(`5000${'aa'.repeat(40)}`, 'aa'.repeat(41)));
    it(`${named('BV-32-C', 'BV-80-C')}: an SDU of the MPS is no payload over it`, async () => {
      const test = link();
      const channel = await opened(test, 0x0050, { mode, mtu: 100, mps: 64 });
      test.frame(CID, `4000${hex(octets(64))}`);
      await expect(channel.read()).resolves.toEqual(octets(64));
    });
    it(`${named('BV-31-C', 'BV-41-C')}: a K-frame that comes in two fragments is put together`, async () => {
      const test = link();
      const channel = await opened(test, 0x0050, { mode });
      test.acl(`4020 0900 0a00 4000 0800 ${hex(octets(3))}`);
      test.acl(`4010 0500 ${hex(octets(5, 3))}`);
      await expect(channel.read()).resolves.toEqual(octets(8));
    });
  }
});

describe('Enhanced Credit Based Flow Control mode (4.25–4.28)', () => {
  /** A Credit Based Connection Request. */
  const enhanced = (identifier: number, cids: readonly number[], spsm = SPSM, mtu = 100, mps = 64) =>
    `17 ${hex(Uint8Array.of(identifier))} ${le16(8 + 2 * cids.length)} ${[spsm, mtu, mps, 10, ...cids].map(le16).join('')}`;
  /** The result of the last Credit Based Connection Response. */
  const result = ({ sent }: TestLink) => {
    const pdu = sent.at(-1)!;
    expect(pdu).toMatch(/^18/);
    return Number.parseInt(pdu.slice(20, 22), 16);
  };

  it('L2CAP/ECFC/BV-26-C: an MTU under 64 is an invalid parameter', () => {
    const test = serving();
    test.receive(enhanced(1, [0x50, 0x51], SPSM, 63));
    expect(test.sent).toEqual([plain('18 01 0c00 0000 0000 0000 0c00 0000 0000')]);
    test.receive(enhanced(2, [0x50], SPSM, 64, 63));
    expect(result(test)).toBe(12);
  });

  it('L2CAP/ECFC/BV-27-C: an MTU that is of no use to the server is unacceptable', () => {
    const test = serving({ minMtu: 80 });
    test.receive(enhanced(1, [0x50], SPSM, 79));
    expect(result(test)).toBe(11);
    test.receive(enhanced(2, [0x50], SPSM, 80));
    expect(result(test)).toBe(0);
  });

  it('L2CAP/ECFC/BV-28-C: an SPSM that nobody serves is refused', () => {
    const test = serving();
    test.receive(enhanced(1, [0x50], 0x00f1));
    expect(result(test)).toBe(2);
  });

  it('L2CAP/ECFC/BV-13-C, L2CAP/ECFC/BV-15-C, L2CAP/ECFC/BV-32-C: what is not secure or authorised is refused', () => {
    for (const [security, authorised, expected] of [
      [{ level: 2, keySize: 16, bonded: true }, false, 6],
      [{ level: 2, keySize: 7, bonded: true }, true, 7],
      [{ level: 1, keySize: 0, bonded: true }, true, 8],
      [{ level: 1, keySize: 0, bonded: false }, true, 5],
    ] as const) {
      const test = serving(
        { security: { level: 2, keySize: 16 }, authorize: () => authorised },
        { security: () => security },
      );
      test.receive(enhanced(1, [0x50, 0x51]));
      expect(result(test)).toBe(expected);
      expect(test.channels).toEqual([]);
    }
  });

  it('L2CAP/ECFC/BV-29-C: a CID that comes twice ends both channels', async () => {
    const test = link();
    const first = await opened(test, 0x0050, { mode: 'enhancedCreditBased' });
    const second = expect(test.l2cap.openChannels(SPSM, 1)).rejects.toThrow();
    test.receive('18 02 0a00 6400 4000 0a00 0000 5000');
    await second;
    expect(first.isOpen).toBe(false);
  });

  it.each([
    ['BI-04-C: a smaller MPS of several', 200, 64, [0x50, 0x51], 2],
    ['BI-07-C: an MPS between those of several', 200, 80, [0x50, 0x51], 2],
    ['BI-05-C: an invalid CID', 200, 100, [0x55], 3],
    ['BI-06-C: an MPS under 64', 200, 63, [0x50], 4],
    ['BI-03-C: a smaller MTU', 99, 100, [0x50], 1],
  ])('L2CAP/ECFC/%s is not reconfigured', async (_name, mtu, mps, cids, expected) => {
    const test = link();
    const channels = [
      await opened(test, 0x0050, { mode: 'enhancedCreditBased', peerMps: 70 }),
      await opened(test, 0x0051, { mode: 'enhancedCreditBased', peerMps: 90 }),
    ];
    test.receive(`19 07 ${le16(4 + 2 * cids.length)} ${[mtu, mps, ...cids].map(le16).join('')}`);
    expect(test.sent).toEqual([`1a070200${le16(expected)}`]);
    expect(channels.map(({ isOpen, mtu: size }) => [isOpen, size])).toEqual([
      [true, 100],
      [true, 100],
    ]);
  });
});

describe('connection parameters and rejects', () => {
  it('L2CAP/LE/CPU/BV-01-C: a peripheral asks for parameters (4.20)', async () => {
    const test = link('peripheral');
    const asking = test.l2cap.requestParameters({
      intervalMin: 6,
      intervalMax: 12,
      latency: 1,
      timeout: 200,
    });
    expect(test.sent).toEqual([plain('12 01 0800 0600 0c00 0100 c800')]);
    test.receive('13 01 0200 0000');
    await expect(asking).resolves.toBe(true);
  });

  it('L2CAP/LE/CPU/BV-02-C: a central accepts them (4.21)', () => {
    const test = link('central');
    test.receive('12 07 0800 0600 0c00 0100 c800');
    expect(test.sent).toEqual([plain('13 07 0200 0000')]);
    expect(test.requests).toHaveLength(1);
  });

  it('L2CAP/LE/CPU/BI-01-C: a central rejects parameters that are not permitted (4.20)', () => {
    const test = link('central');
    test.receive('12 07 0800 0500 0c00 0100 c800');
    expect(test.sent).toEqual([plain('13 07 0200 0100')]);
    expect(test.requests).toEqual([]);
  });

  it('L2CAP/LE/CPU/BI-02-C: a peripheral that is asked rejects the command (4.20)', () => {
    const test = link('peripheral');
    test.receive('12 07 0800 0600 0c00 0100 c800');
    expect(test.sent).toEqual([plain('01 07 0200 0000')]);
  });

  it('L2CAP/LE/REJ/BI-01-C: a command that is not known is rejected (4.1)', () => {
    const test = link();
    test.receive('1b 07 0000');
    test.receive('ff 08 0100 00');
    expect(test.sent).toEqual([plain('01 07 0200 0000'), plain('01 08 0200 0000')]);
  });

  it('L2CAP/LE/REJ/BI-02-C: commands of BR/EDR and reserved codes are rejected (4, table 4.2)', () => {
    const test = link();
    const codes = [0x00, 0x02, 0x03, 0x04, 0x05, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11];
    for (const code of codes) test.receive(`${hex(Uint8Array.of(code))} 07 0400 0000 0000`);
    expect(test.sent).toEqual(codes.map(() => plain('01 07 0200 0000')));
  });
});
