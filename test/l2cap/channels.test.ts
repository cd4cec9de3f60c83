import { describe, expect, it, vi } from 'vitest';
import { settle } from '../../src/core/clock.js';
import { DisconnectedError } from '../../src/core/errors.js';
import type { CreditChannel } from '../../src/l2cap/index.js';
import { le16, link, opened, plain } from './support.js';

const octets = (count: number, from = 0) => Uint8Array.from({ length: count }, (_, i) => (from + i) & 255);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('a channel that this side opens (Vol 3, Part A, 4.22)', () => {
  it('asks with what it takes, and sends as the peer takes it', async () => {
    const test = link();
    const opening = test.l2cap.openChannel(0x0025, { mtu: 512, mps: 200, credits: 9 });
    expect(test.sent).toEqual([plain('14 01 0a00 2500 4000 0002 c800 0900')]);
    test.receive('15 01 0a00 4700 6400 1700 0200 0000');
    const channel = await opening;
    expect(channel).toMatchObject({
      mode: 'leCreditBased',
      spsm: 0x0025,
      localCid: 0x0040,
      peerCid: 0x0047,
      mtu: 100,
      mps: 23,
      localMtu: 512,
      localMps: 200,
      isOpen: true,
    });
    const sending = channel.send(octets(50));
    // 23 octets with the SDU length, then 23; the third waits for a credit.
    expect(test.data).toEqual([`4700 3200${hex(octets(21))}`, `4700 ${hex(octets(23, 21))}`]);
    test.receive('16 01 0400 4700 0100');
    await sending;
    expect(test.data[2]).toBe(`4700 ${hex(octets(6, 44))}`);
  });

  it('takes the lowest CID that is free, and no more than there are (2.1)', async () => {
    const test = link();
    const all: CreditChannel[] = [];
    for (let i = 0; i < 64; i++) all.push(await opened(test, 0x0040 + i));
    expect(all.map(({ localCid }) => localCid)).toEqual(Array.from({ length: 64 }, (_, i) => 0x40 + i));
    await expect(test.l2cap.openChannel(0x0080)).rejects.toThrow(/every channel identifier/);
    const closing = all[3]!.close();
    const [, identifier] = /^06(..)/.exec(test.sent.at(-1)!)!;
    test.receive(`07${identifier}04004300 4300`);
    await closing;
    expect((await opened(test, 0x0043)).localCid).toBe(0x43);
  });

  it('throws at once on what cannot be asked', async () => {
    const { l2cap, sent } = link();
    await expect(l2cap.openChannel(0)).rejects.toThrow(/spsm: 0 is not permitted; an integer from 1 to 255/);
    await expect(l2cap.openChannel(0x100)).rejects.toThrow(RangeError);
    await expect(l2cap.openChannel(0x80, { mtu: 22 })).rejects.toThrow(/mtu/);
    await expect(l2cap.openChannel(0x80, { mps: 65534 })).rejects.toThrow(/mps/);
    await expect(l2cap.openChannel(0x80, { credits: 0 })).rejects.toThrow(/credits/);
    await expect(l2cap.openChannel(0x80, { mode: 'enhancedCreditBased', mtu: 63 })).rejects.toThrow(/mtu/);
    await expect(l2cap.openChannels(0x80, 6)).rejects.toThrow(/count/);
    await expect(l2cap.openChannel(0x80, { colour: 1 } as object)).rejects.toThrow(/unknown option/);
    expect(sent).toEqual([]);
  });

  it('fails with a reject, after 30 s without an answer, and with the link; its CID is free again', async () => {
    const test = link();
    const rejected = expect(test.l2cap.openChannel(0x80)).rejects.toMatchObject({ reason: 0 });
    test.receive('01 01 0200 0000');
    await rejected;
    const late = expect(test.l2cap.openChannel(0x80)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await test.clock.advance(30_000);
    await late;
    // The answer that comes after it answers nothing.
    test.receive('15 02 0a00 4700 6400 1700 0200 0000');
    expect(test.l2cap.creditChannels).toEqual([]);
    expect((await opened(test, 0x0048)).localCid).toBe(0x40);
    const gone = expect(test.l2cap.openChannel(0x80)).rejects.toMatchObject({ code: 'DISCONNECTED' });
    test.l2cap.close(new DisconnectedError('gone', 8));
    await gone;
    await expect(test.l2cap.openChannel(0x80)).rejects.toMatchObject({ code: 'DISCONNECTED' });
  });

  it('is disconnected when it comes about after its caller left', async () => {
    const test = link();
    const controller = new AbortController();
    const opening = expect(test.l2cap.openChannel(0x80, { signal: controller.signal })).rejects.toMatchObject(
      { name: 'AbortError' },
    );
    controller.abort();
    await opening;
    test.receive('15 01 0a00 4700 6400 1700 0200 0000');
    expect(test.sent.at(-1)).toBe(plain('06 02 0400 4700 4000'));
    test.receive('07 02 0400 4700 4000');
    expect(test.l2cap.creditChannels).toEqual([]);
  });

  it.each([
    ['its CID is none of a dynamic channel', '15 01 0a00 8000 6400 1700 0200 0000', undefined],
    ['it takes an MTU under 23', '15 01 0a00 4700 1600 1700 0200 0000', '06 02 0400 4700 4000'],
    ['it takes an MPS under 23', '15 01 0a00 4700 6400 1600 0200 0000', '06 02 0400 4700 4000'],
  ])('is not used when %s', async (_name, response, answer) => {
    const test = link();
    const opening = expect(test.l2cap.openChannel(0x80)).rejects.toThrow(/a channel that cannot be/);
    test.receive(response);
    await opening;
    expect(test.sent.slice(1)).toEqual(answer === undefined ? [] : [plain(answer)]);
    expect(test.l2cap.creditChannels).toEqual([]);
  });

  it('is not used, nor the one before, when the peer gives both the same CID (4.23)', async () => {
    const test = link();
    const first = await opened(test, 0x0047);
    const second = expect(test.l2cap.openChannel(0x80)).rejects.toThrow(/a channel that cannot be/);
    test.receive('15 02 0a00 4700 6400 1700 0200 0000');
    await second;
    expect(first.isOpen).toBe(false);
    expect(first.error?.message).toMatch(/gave its CID 0x0047 to another/);
  });
});

describe('channels in enhanced mode (4.25–4.28)', () => {
  it('come about as far as the peer takes them, and the rest is told', async () => {
    const test = link();
    const opening = test.l2cap.openChannels(0x0027, 3, { mtu: 64, mps: 64, credits: 1 });
    expect(test.sent).toEqual([plain('17 01 0e00 2700 4000 4000 0100 4000 4100 4200')]);
    test.receive('18 01 0e00 6400 4000 0200 0400 5000 0000 5100');
    const { channels, result } = await opening;
    expect(result).toBe(4);
    expect(channels.map(({ localCid, peerCid }) => [localCid, peerCid])).toEqual([
      [0x40, 0x50],
      [0x42, 0x51],
    ]);
    // The CID that came to nothing is free.
    expect((await opened(test, 0x0060)).localCid).toBe(0x41);
  });

  it.each([
    ['the list of a peer that refuses all is short', '18 01 0800 0000 0000 0000 0200', 2],
    ['all CIDs are 0', '18 01 0c00 0000 0000 0000 0a00 0000 0000', 10],
  ])('fail with the result when %s', async (_name, response, reason) => {
    const test = link();
    const opening = expect(test.l2cap.openChannels(0x80, 2)).rejects.toMatchObject({ reason });
    test.receive(response);
    await opening;
    expect(test.l2cap.creditChannels).toEqual([]);
  });

  it('are none when the peer gives two of them the same CID: both are disconnected, and not given out (4.26)', async () => {
    const test = link();
    const opening = test.l2cap.openChannels(0x0080, 3, { mtu: 100, mps: 64, credits: 4 });
    test.sent.splice(0);
    test.receive('18010e00 4000 4000 0100 0000 4100 4100 4200');
    const { channels } = await opening;
    expect(channels.map(({ peerCid, isOpen }) => [peerCid, isOpen])).toEqual([[0x42, true]]);
    expect(test.sent).toEqual([plain('06 02 0400 4100 4000')]);

    const all = test.l2cap.openChannels(0x0080, 2, { mtu: 100, mps: 64, credits: 4 });
    test.receive('18030c00 4000 4000 0100 0000 4300 4300');
    await expect(all).rejects.toThrow(/with a channel that cannot be/);
  });

  it('wait up to 300 s for the answer after one that says pending (4.26, 6.2.2)', async () => {
    const test = link();
    const opening = test.l2cap.openChannels(0x80, 1);
    await test.clock.advance(29_000);
    test.receive('18 01 0a00 0000 0000 0000 0f00 0000');
    await test.clock.advance(299_000);
    test.receive('18 01 0a00 4000 4000 0100 0000 5000');
    expect((await opening).channels).toHaveLength(1);
    const late = expect(test.l2cap.openChannels(0x80, 1)).rejects.toMatchObject({
      code: 'TIMEOUT',
      timeoutMs: 300_000,
    });
    test.receive('18 02 0a00 0000 0000 0000 0d00 0000');
    await test.clock.advance(300_000);
    await late;
  });

  it('are reconfigured: a larger MTU for several, a smaller MPS for one (4.27)', async () => {
    const test = link();
    const one = await opened(test, 0x0050, { mode: 'enhancedCreditBased', mtu: 100, mps: 80 });
    const other = await opened(test, 0x0051, { mode: 'enhancedCreditBased', mtu: 120, mps: 70 });
    await expect(test.l2cap.reconfigure([one, other], { mtu: 110 })).rejects.toThrow(/mtu: 110/);
    await expect(test.l2cap.reconfigure([one, other], { mps: 75 })).rejects.toThrow(/mps: 75/);
    const both = test.l2cap.reconfigure([one, other], { mtu: 200 });
    expect(test.sent.pop()).toBe(plain('19 03 0800 c800 5000 4000 4100'));
    await expect(one.reconfigure({ mtu: 300 })).rejects.toThrow(/under way/);
    test.receive('1a 03 0200 0000');
    await both;
    expect([one, other].map(({ localMtu, localMps }) => [localMtu, localMps])).toEqual([
      [200, 80],
      [200, 80],
    ]);
    const smaller = one.reconfigure({ mps: 64 });
    expect(test.sent.pop()).toBe(plain('19 04 0600 c800 4000 4000'));
    // What was under way has the size of before.
    test.frame(one.localCid, `4e00${hex(octets(78))}`);
    test.receive('1a 04 0200 0000');
    await smaller;
    expect(one.localMps).toBe(64);
    await expect(one.read()).resolves.toEqual(octets(78));
    const refused = expect(other.reconfigure({ mtu: 500 })).rejects.toMatchObject({ reason: 4 });
    test.receive('1a 05 0200 0400');
    await refused;
    expect(other.localMtu).toBe(200);
    const basic = await opened(test, 0x0052);
    await expect(basic.reconfigure({ mtu: 500 })).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });

  it('answer what the peer wants to change (4.27, 4.28)', async () => {
    const test = link();
    const one = await opened(test, 0x0050, { mode: 'enhancedCreditBased', peerMtu: 100, peerMps: 80 });
    await opened(test, 0x0051, { mode: 'enhancedCreditBased', peerMtu: 120, peerMps: 70 });
    await opened(test, 0x0052);
    const ask = (identifier: number, mtu: number, mps: number, ...cids: number[]) => {
      const list = cids.map(le16).join('');
      test.receive(
        `19${hex(Uint8Array.of(identifier))}${le16(4 + 2 * cids.length)}${le16(mtu)}${le16(mps)}${list}`,
      );
      return test.sent.pop();
    };
    const changes: unknown[] = [];
    one.on('reconfigured', (sizes) => changes.push(sizes));
    // 0x0001: the MTU of the second would shrink.
    expect(ask(1, 110, 80, 0x50, 0x51)).toBe('1a0102000100');
    // 0x0002: the MPS of one of several would shrink.
    expect(ask(2, 120, 75, 0x50, 0x51)).toBe('1a0202000200');
    // 0x0003: unknown, of the other mode, named twice.
    expect(ask(3, 200, 100, 0x50, 0x53)).toBe('1a0302000300');
    expect(ask(4, 200, 100, 0x52)).toBe('1a0402000300');
    expect(ask(5, 200, 100, 0x50, 0x50)).toBe('1a0502000300');
    // 0x0004: under 64.
    expect(ask(6, 200, 63, 0x50)).toBe('1a0602000400');
    expect(ask(7, 63, 100, 0x50)).toBe('1a0702000400');
    expect(changes).toEqual([]);
    expect(ask(8, 200, 100, 0x50, 0x51)).toBe('1a0802000000');
    expect(ask(9, 200, 64, 0x50)).toBe('1a0902000000');
    expect(changes).toEqual([
      { mtu: 200, mps: 100 },
      { mtu: 200, mps: 64 },
    ]);
    await one.send(octets(100));
    expect(test.data.map((frame) => plain(frame).length / 2 - 2)).toEqual([64, 38]);
  });

  it.each([
    ['is under way', 1],
    ['still waits', 0],
  ])(
    'send no longer frame behind the answer that permits shorter ones only, when one %s',
    async (_name, room) => {
      const test = link('central', { buffers: { length: 27, count: 1 } });
      const channel = await opened(test, 0x0050, { mode: 'enhancedCreditBased', peerMps: 100 });
      test.complete(room);
      void channel.send(octets(100));
      test.receive('19 01 0600 c800 4000 5000');
      const order: string[] = [];
      for (let i = 0; i < 20; i++) {
        test.complete(1);
        for (const frame of test.data.splice(0)) order.push(`data ${plain(frame).length / 2 - 2}`);
        for (const pdu of test.sent.splice(0)) order.push(pdu.slice(0, 2));
      }
      // The first frame was on its way.
      expect(order).toEqual(['data 100', '1a', 'data 2']);
    },
  );
});

describe('a channel that the peer opens (4.22, 4.25)', () => {
  it('is given to who serves its SPSM, behind the answer', () => {
    const test = link();
    const got: [CreditChannel, unknown][] = [];
    const server = test.servers.listen(
      (channel, context) => {
        got.push([channel, context]);
        void channel.send(Uint8Array.of(7));
      },
      { mtu: 300, mps: 100, credits: 5 },
    );
    expect(server.spsm).toBe(0x0080);
    expect(test.servers.listen(() => {}).spsm).toBe(0x0081);
    test.receive('14 09 0a00 8000 5000 4000 3000 0200');
    expect(test.sent).toEqual([plain('15 09 0a00 4000 2c01 6400 0500 0000')]);
    expect(test.data).toEqual(['5000 010007']);
    expect(got).toHaveLength(1);
    expect(got[0]![0]).toMatchObject({
      mode: 'leCreditBased',
      localCid: 0x40,
      peerCid: 0x50,
      mtu: 64,
      mps: 48,
    });
    server.close();
    test.receive('14 0a 0a00 8000 5100 4000 3000 0200');
    expect(test.sent[1]).toBe(plain('15 0a 0a00 0000 0000 0000 0000 0200'));
    expect(got[0]![0].isOpen).toBe(true);
  });

  it('is there though its handler throws, whose error is thrown apart from the link', () => {
    const test = link();
    const thrown: unknown[] = [];
    vi.stubGlobal('queueMicrotask', (callback: () => void) => {
      try {
        callback();
      } catch (error) {
        thrown.push(error);
      }
    });
    test.servers.listen(() => {
      throw new Error('a mistake of the program');
    });
    test.receive('14 09 0a00 8000 5000 4000 3000 0200');
    vi.unstubAllGlobals();
    expect(test.l2cap.creditChannels).toHaveLength(1);
    expect(thrown).toMatchObject([{ message: 'a mistake of the program' }]);
  });

  it('ends whoever serves it, and not the program, when the peer breaks the rules, leaves or is gone', async () => {
    const ways: [string, (test: ReturnType<typeof link>) => void, RegExp][] = [
      ['breaks the rules', (test) => test.frame(0x40, 'ffff00'), /65535 octets is over the MTU/],
      ['is gone', ({ l2cap }) => l2cap.close(new DisconnectedError('gone', 8)), /gone/],
    ];
    for (const [, leave, why] of ways) {
      const test = link();
      test.servers.listen(async (channel) => {
        for await (const _ of channel);
      });
      test.receive('14 09 0a00 8000 5000 4000 3000 0200');
      leave(test);
      await settle();
      expect(test.reports.at(-1)).toMatch(/^who served a channel on SPSM 0x0080 ended with it: /);
      expect(test.reports.at(-1)).toMatch(why);
    }
    // What was to be sent cannot be any more.
    const test = link();
    test.servers.listen(async (channel) => {
      for await (const sdu of channel) await channel.send(sdu);
    });
    test.receive('14 09 0a00 8000 5000 4000 3000 0000');
    test.frame(0x40, '010055');
    await settle();
    test.receive('06 0a 0400 4000 5000');
    await settle();
    expect(test.reports.at(-1)).toMatch(/ended with it: the channel is closed$/);
  });

  it('is refused each for itself in enhanced mode, with CIDs that are 0 (4.26)', () => {
    const test = link();
    const got: number[] = [];
    test.servers.listen(({ peerCid }) => got.push(peerCid), { mtu: 300, mps: 100, credits: 5 });
    // A CID that is none, one twice.
    test.receive('17 09 1000 8000 4000 4000 0200 5000 3f00 5000 5100');
    expect(test.sent).toEqual([plain('18 09 1000 2c01 6400 0500 0a00 4000 0000 0000 4100')]);
    expect(got).toEqual([0x50, 0x51]);
  });

  it('has at least what enhanced mode demands, though less was asked for the other', () => {
    const test = link();
    test.servers.listen(() => {}, { mtu: 30, mps: 25, credits: 1 });
    test.receive('14 01 0a00 8000 5000 1700 1700 0000');
    test.receive('17 02 0a00 8000 4000 4000 0100 5100');
    expect(test.sent).toEqual([
      plain('15 01 0a00 4000 1e00 1900 0100 0000'),
      plain('18 02 0a00 4000 4000 0100 0000 4100'),
    ]);
  });

  it('is served in the modes that were chosen, to as many as were', () => {
    const test = link();
    test.servers.listen(() => {}, { spsm: 0x80, modes: ['leCreditBased'], maxChannels: 1 });
    test.servers.listen(() => {}, { spsm: 0x81, modes: ['enhancedCreditBased'] });
    test.receive('17 01 0a00 8000 4000 4000 0100 5100');
    test.receive('14 02 0a00 8100 5000 1700 1700 0000');
    test.receive('14 03 0a00 8000 5000 1700 1700 0000');
    test.receive('14 04 0a00 8000 5100 1700 1700 0000');
    expect(
      test.sent.map((pdu) => pdu.slice(0, 2) + pdu.slice(pdu.length - (pdu.startsWith('18') ? 8 : 4))),
    ).toEqual(['1802000000', '150200', '150000', '150400']);
  });

  it('waits for who is asked about it: enhanced mode is told so (4.26), a repeated request is not answered twice', async () => {
    const test = link();
    const decisions: ((allowed: boolean) => void)[] = [];
    const asked: unknown[] = [];
    test.servers.listen(() => {}, {
      spsm: 0x80,
      credits: 5,
      authorize: (request) => {
        asked.push(request);
        return new Promise((resolve) => decisions.push(resolve));
      },
    });
    test.receive('17 01 0a00 8000 4000 4000 0100 5100');
    test.receive('17 01 0a00 8000 4000 4000 0100 5100');
    test.receive('14 02 0a00 8000 5000 1700 1700 0000');
    expect(test.sent).toEqual([]);
    await test.clock.advance(500);
    expect(test.sent.splice(0)).toEqual([plain('18 01 0a00 0000 0000 0000 0f00 0000')]);
    // Its CID is kept meanwhile.
    test.receive('14 03 0a00 8000 5100 1700 1700 0000');
    decisions[0]!(true);
    decisions[1]!(false);
    decisions[2]!(true);
    await test.clock.advance(0);
    expect(test.sent).toEqual([
      plain('18 01 0a00 0008 e803 0500 0000 4000'),
      plain('15 02 0a00 0000 0000 0000 0000 0600'),
      plain('15 03 0a00 0000 0000 0000 0000 0a00'),
    ]);
    expect(asked[0]).toMatchObject({ spsm: 0x80, mode: 'enhancedCreditBased', count: 1 });
  });

  it('is refused when who is asked fails, and not answered when the link goes first', async () => {
    const test = link();
    let decide!: (allowed: boolean) => void;
    test.servers.listen(() => {}, { spsm: 0x80, authorize: () => Promise.reject(new Error('no idea')) });
    test.servers.listen(() => {}, {
      spsm: 0x81,
      authorize: () =>
        new Promise((resolve) => {
          decide = resolve;
        }),
    });
    test.receive('14 02 0a00 8000 5000 1700 1700 0000');
    await test.clock.advance(0);
    expect(test.sent.splice(0)).toEqual([plain('15 02 0a00 0000 0000 0000 0000 0600')]);
    expect(test.reports).toEqual(['a channel was refused: its authorisation failed: no idea']);
    test.receive('14 03 0a00 8100 5000 1700 1700 0000');
    test.l2cap.close(new DisconnectedError('gone', 8));
    decide(true);
    await test.clock.advance(10_000);
    expect(test.sent).toEqual([]);
  });

  it('is served under options that can be', () => {
    const { servers } = link();
    const serve = (options: object) => () => servers.listen(() => {}, options);
    expect(serve({ spsm: 0x100 })).toThrow(/spsm: 256/);
    expect(serve({ mtu: 22 })).toThrow(/mtu/);
    expect(serve({ modes: ['enhancedCreditBased'], mtu: 63 })).toThrow(/mtu/);
    expect(serve({ security: { level: 5 } })).toThrow(/security.level/);
    expect(serve({ security: { keySize: 6 } })).toThrow(/security.keySize/);
    expect(serve({ maxChannels: 0 })).toThrow(/maxChannels/);
    expect(serve({ psm: 1 })).toThrow(/unknown option "psm"/);
    expect(() => servers.listen('no' as never)).toThrow(TypeError);
    servers.listen(() => {}, { spsm: 0x25 });
    expect(serve({ spsm: 0x25 })).toThrow(/SPSM 0x0025 is served already/);
    for (let i = 0; i < 128; i++) servers.listen(() => {});
    expect(serve({})).toThrow(/every dynamic SPSM/);
  });
});

describe('the end of a channel (4.6, 4.7)', () => {
  it('is asked for behind what was sent, and waits for the answer with its own CIDs', async () => {
    const test = link('central', { buffers: { length: 27, count: 1 } });
    const channel = await opened(test, 0x0050);
    test.complete(1);
    const sent = channel.send(octets(60));
    let closed = false;
    void channel.close().then(() => {
      closed = true;
    });
    await expect(channel.send(octets(1))).rejects.toThrow(/closed/);
    for (let i = 0; i < 10; i++) test.complete(1);
    await sent;
    expect(test.data).toHaveLength(1);
    expect(test.sent).toEqual([plain('06 02 0400 5000 4000')]);
    test.receive('07 02 0400 5000 4100');
    await test.clock.advance(0);
    expect(closed).toBe(false);
    // What comes in between is dropped.
    test.frame(0x40, '0100aa');
    test.receive('07 02 0400 5000 4000');
    await test.clock.advance(0);
    expect(closed).toBe(true);
    await expect(channel.read()).resolves.toBeUndefined();
    await channel.close();
  });

  it('comes without an answer after 30 s, and with a reject', async () => {
    const test = link();
    const one = await opened(test, 0x0050);
    const other = await opened(test, 0x0051);
    const first = one.close();
    const second = other.close();
    test.receive('01 04 0600 0200 5100 4100');
    await second;
    await test.clock.advance(30_000);
    await first;
    expect(test.l2cap.creditChannels).toEqual([]);
  });

  it('comes from the peer: what was received is still read, what waits fails', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { peerCredits: 0 });
    const ends: unknown[] = [];
    channel.on('closed', (error) => ends.push(error));
    const waiting = expect(channel.send(octets(5))).rejects.toThrow(/the channel is closed/);
    test.frame(0x40, '0100aa');
    test.receive('06 07 0400 4000 5000');
    expect(test.sent).toEqual([plain('07 07 0400 4000 5000')]);
    await waiting;
    expect(ends).toEqual([undefined]);
    await expect(channel.read()).resolves.toEqual(Uint8Array.of(0xaa));
    await expect(channel.read()).resolves.toBeUndefined();
    await expect(channel.send(octets(1))).rejects.toThrow(/closed/);
  });

  it('comes from both at once', async () => {
    const test = link();
    const channel = await opened(test, 0x0050);
    const closing = channel.close();
    test.receive('06 07 0400 4000 5000');
    await closing;
    expect(test.sent.at(-1)).toBe(plain('07 07 0400 4000 5000'));
    // The peer has its own answer to give, to a channel that is not there any more.
    test.receive('07 02 0400 5000 4000');
    expect(channel.state).toBe('closed');
  });

  it('is not for a request with another Source CID, nor for a channel that is being opened', async () => {
    const test = link();
    const channel = await opened(test, 0x0050);
    test.receive('06 07 0400 4000 5100');
    expect(test.sent).toEqual([]);
    expect(channel.isOpen).toBe(true);
    test.l2cap.openChannel(0x80).catch(() => {});
    test.receive('06 08 0400 4100 5100');
    expect(test.sent.at(-1)).toBe(plain('01 08 0600 0200 4100 5100'));
  });

  it('comes with the link, to every channel and all that waits', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { peerCredits: 0 });
    const leaving = await opened(test, 0x0052);
    test.manager.setBuffers({ length: 251, count: 0 });
    const reason = new DisconnectedError('gone', 8);
    const all = [channel.send(octets(1)), channel.read(), leaving.send(octets(1))].map((one) =>
      expect(one).rejects.toBe(reason),
    );
    const closing = leaving.close();
    test.l2cap.close(reason);
    await Promise.all([...all, closing]);
    expect(channel.error).toBe(reason);
    await channel.close();
  });
});
