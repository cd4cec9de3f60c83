import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { le16, link, opened, plain } from './support.js';

const byte = (n: number) => (n & 255).toString(16).padStart(2, '0');
const NOT_UNDERSTOOD = '07 0200 0000';

/** Commands that have an answer, with sound parameters. */
const requests: readonly [string, number, string][] = [
  ['Disconnection Request', 0x06, '4000 5000'],
  ['Connection Parameter Update Request', 0x12, '0600 0c00 0000 c800'],
  ['LE Credit Based Connection Request', 0x14, '8000 6000 6400 4000 0100'],
  ['Flow Control Credit Ind', 0x16, '5000 0100'],
  ['Credit Based Connection Request', 0x17, '8000 6400 4000 0100 6000'],
  ['Credit Based Reconfigure Request', 0x19, 'c800 4000 5000'],
];
/** Commands that are answers. */
const responses: readonly [string, number, string][] = [
  ['Command Reject', 0x01, '0000'],
  ['Disconnection Response', 0x07, '5000 4000'],
  ['Connection Parameter Update Response', 0x13, '0000'],
  ['LE Credit Based Connection Response', 0x15, '6000 6400 4000 0100 0000'],
  ['Credit Based Connection Response', 0x18, '6400 4000 0100 0000 6000'],
  ['Credit Based Reconfigure Response', 0x1a, '0000'],
];

/** A central with a channel open on 0x0040 (peer's 0x0050), and SPSM 0x0080 served. */
async function device() {
  const test = link('central');
  test.servers.listen(() => {}, { spsm: 0x80 });
  const channel = await opened(test, 0x0050, { mode: 'enhancedCreditBased' });
  return { ...test, channel };
}

const command = (code: number, parameters: string, identifier = 7) =>
  `${byte(code)}${byte(identifier)}${le16(plain(parameters).length / 2)}${plain(parameters)}`;

describe('a request of each code (Vol 3, Part A, 4)', () => {
  it.each(requests)('%s: too short is not understood', async (_name, code, parameters) => {
    const whole = plain(parameters);
    for (let size = 0; size < whole.length; size += 2) {
      const test = await device();
      // A list of channels that ends earlier would be a shorter list.
      test.receive(command(code, whole.slice(0, size)));
      expect(test.sent, `${size / 2} octets`).toEqual([plain(`01 ${NOT_UNDERSTOOD}`)]);
      expect(test.channel.isOpen).toBe(true);
    }
  });

  it.each(requests)('%s: an octet too long is not understood', async (_name, code, parameters) => {
    const test = await device();
    test.receive(command(code, `${parameters}00`));
    expect(test.sent).toEqual([plain(`01 ${NOT_UNDERSTOOD}`)]);
  });

  it.each(requests)(
    '%s: over the signalling MTU is rejected with it (4.1)',
    async (_name, code, parameters) => {
      const test = await device();
      test.receive(command(code, plain(parameters) + '00'.repeat(20 - plain(parameters).length / 2)));
      expect(test.sent).toEqual([plain('01 07 0400 0100 1700')]);
      expect(test.channel.isOpen).toBe(true);
    },
  );

  it.each(requests)(
    '%s: with identifier 0, or a length that is not true, is dropped',
    async (_name, code, parameters) => {
      const test = await device();
      test.receive(command(code, parameters, 0));
      test.receive(command(code, parameters).slice(0, -2));
      test.receive(`${command(code, parameters)}00`);
      test.receive(byte(code));
      test.receive(`${byte(code)}07`);
      expect(test.sent).toEqual([]);
      expect(test.reports).toHaveLength(5);
    },
  );

  it('more than five channels of one request are over the signalling MTU', async () => {
    const test = await device();
    test.receive(command(0x17, '8000 6400 4000 0100 6000 6100 6200 6300 6400 6500'));
    expect(test.sent).toEqual([plain('01 07 0400 0100 1700')]);
  });

  it.each([
    ['Disconnection Request', '06 07 0400 4000 5000', '07 07 0400 4000 5000', '01 07 0600 0200 4000 5000'],
    [
      'LE Credit Based Connection Request',
      '14 07 0a00 8000 6000 6400 4000 0100',
      '15 07 0a00 4100 0008 e803 4000 0000',
      '15 07 0a00 0000 0000 0000 0000 0a00',
    ],
    [
      'Credit Based Connection Request',
      '17 07 0a00 8000 6400 4000 0100 6000',
      '18 07 0a00 0008 e803 4000 0000 4100',
      '18 07 0a00 0000 0000 0000 0a00 0000',
    ],
    ['Credit Based Reconfigure Request', '19 07 0600 c800 4000 5000', '1a 07 0200 0000', '1a 07 0200 0000'],
    [
      'Connection Parameter Update Request',
      '12 07 0800 0600 0c00 0000 c800',
      '13 07 0200 0000',
      '13 07 0200 0000',
    ],
  ])(
    '%s: the same once more gets the answer that things are as they are',
    async (_name, pdu, first, second) => {
      const test = await device();
      test.receive(pdu);
      test.receive(pdu);
      expect(test.sent).toEqual([plain(first), plain(second)]);
    },
  );
});

describe('a response of each code (4)', () => {
  it.each(responses)('%s: that answers nothing is passed over', async (_name, code, parameters) => {
    const test = await device();
    test.receive(command(code, parameters));
    expect(test.sent).toEqual([]);
    expect(test.channel.isOpen).toBe(true);
  });

  it.each(responses)('%s: of any wrong length is never answered', async (_name, code, parameters) => {
    const whole = plain(parameters);
    const wrong = [0, 1].map((size) => whole.slice(0, 2 * size));
    for (const text of [...wrong, `${whole}00`, whole + '00'.repeat(20 - whole.length / 2)]) {
      for (const identifier of [0, 2, 7]) {
        const test = await device();
        test.l2cap.openChannels(0x80, 1).catch(() => {});
        test.sent.length = 0;
        test.receive(command(code, text, identifier));
        expect(test.sent, text).toEqual([]);
        test.l2cap.close(new Error('end') as never);
      }
    }
  });

  it('that is too short leaves the request waiting for a sound one', async () => {
    const test = await device();
    const opening = test.l2cap.openChannels(0x80, 1);
    test.receive('18 02 0600 6400 4000 0100');
    test.receive('15 02 0a00 6000 6400 4000 0100 0000');
    test.receive('18 02 0a00 6400 4000 0100 0000 6000');
    expect((await opening).channels[0]!.peerCid).toBe(0x60);
  });

  it('that comes twice counts once', async () => {
    const test = await device();
    const opening = test.l2cap.openChannel(0x80);
    test.receive('15 02 0a00 6000 6400 4000 0100 0000');
    test.receive('15 02 0a00 6100 6400 4000 0100 0000');
    await opening;
    expect(test.l2cap.creditChannels.map(({ peerCid }) => peerCid)).toEqual([0x50, 0x60]);
  });
});

describe('frames over the signalling MTU (4.1)', () => {
  it('are rejected once, by the first request in them, and not at all when they have responses only', () => {
    const test = link();
    const response = '13 05 0200 0000';
    test.receive(`${response}${response}${response}${response}`);
    expect(test.sent).toEqual([]);
    test.receive(`${response}${response} 12 09 0800 0600 0c00 0000 c800 12 0a 0800 0600 0c00 0000 c800`);
    expect(test.sent).toEqual([plain('01 09 0400 0100 1700')]);
  });
});

describe('a peer that never takes answers in', () => {
  it('gets no more of them than a bounded number', () => {
    const test = link('central', { buffers: { length: 251, count: 1 } });
    for (let i = 0; i < 10_000; i++) test.receive('ff 07 0000');
    expect(test.l2cap.acl.backlog).toBeLessThanOrEqual(256);
  });
});

/** Any signalling command: sound headers with any code and parameters, mostly those that there are. */
const anyCommand = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(0x01, 0x06, 0x07, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a),
      fc.nat(255),
    ),
    fc.integer({ min: 0, max: 12 }),
    fc.array(fc.constantFrom(0, 1, 0x17, 0x3f, 0x40, 0x41, 0x42, 0x50, 0x7f, 0x80, 0xff), { maxLength: 24 }),
  )
  .map(([code, identifier, octets]) => command(code, octets.map(byte).join(''), identifier));
const anyFrame = fc.oneof(
  fc.record({ cid: fc.constant(5), hex: anyCommand }),
  fc.record({
    cid: fc.constant(5),
    hex: fc.uint8Array({ maxLength: 40 }).map((all) => [...all].map(byte).join('')),
  }),
  fc.record({
    cid: fc.constantFrom(0x40, 0x41, 0x42, 0x43, 0x7f),
    hex: fc
      .tuple(fc.nat(80), fc.uint8Array({ maxLength: 80 }))
      .map(([length, all]) => le16(length) + [...all].map(byte).join('')),
  }),
);

describe('any frames at all', () => {
  it('are answered or dropped, and never throw; no channel keeps more than its window', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { maxLength: 60 }), async (frames) => {
        const test = await device();
        const own = test.l2cap.openChannels(0x81, 2, { mtu: 64, mps: 64 });
        own.catch(() => {});
        for (const { cid, hex } of frames) test.frame(cid, hex);
        for (const { receiver } of test.l2cap.creditChannels) expect(receiver.unread).toBeLessThanOrEqual(64);
        expect(test.l2cap.creditChannels.length).toBeLessThanOrEqual(64);
        // No two channels of one CID, on either side.
        const { creditChannels } = test.l2cap;
        for (const side of ['localCid', 'peerCid'] as const)
          expect(new Set(creditChannels.map((one) => one[side])).size).toBe(creditChannels.length);
        await test.clock.advance(400_000);
        test.l2cap.close(new Error('end') as never);
        expect(test.l2cap.creditChannels).toEqual([]);
        expect(test.clock.pending).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('SDUs of any lengths come through a channel of any sizes as they were sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          sdus: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }),
          mps: fc.integer({ min: 23, max: 400 }),
          credits: fc.integer({ min: 1, max: 9 }),
          length: fc.integer({ min: 27, max: 251 }),
        }),
        async ({ sdus, mps, credits, length }) => {
          const receiver = link();
          const taken = await opened(receiver, 0x0040, { mtu: 300, mps, credits });
          const sender = link('central', { buffers: { length, count: 3 } });
          const channel = await opened(sender, 0x0040, { peerMtu: 300, peerMps: mps, peerCredits: credits });
          sender.complete(1);
          const got: Uint8Array[] = [];
          taken.onSdu((sdu) => void got.push(sdu));
          const sending = Promise.all(sdus.map((sdu) => channel.send(sdu)));
          // Frames to the one, credits to the other.
          for (let turn = 0; turn < 2000 && got.length < sdus.length; turn++) {
            for (const frame of sender.data.splice(0)) receiver.frame(0x40, frame.slice(5));
            for (const pdu of receiver.sent.splice(0)) sender.receive(pdu);
            sender.complete(1);
          }
          await sending;
          expect(got).toEqual(sdus);
        },
      ),
      { numRuns: 100 },
    );
  });
});
