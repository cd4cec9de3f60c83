import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { type CreditChannel, duplexOf, UserChannel } from '../../src/l2cap/index.js';
import { le16, link, opened, plain, type TestLink } from './support.js';

const octets = (count: number, from = 0) => Uint8Array.from({ length: count }, (_, i) => (from + i) & 255);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const CID = 0x0040;

/** What the credits that were given to the peer came to; the indications are taken away. */
function creditsGiven({ sent }: TestLink): number {
  let sum = 0;
  for (const pdu of sent.splice(0)) {
    expect(pdu).toMatch(/^16..04004000....$/);
    sum += Number.parseInt(pdu.slice(14, 16) + pdu.slice(12, 14), 16);
  }
  return sum;
}

describe('K-frames that come (Vol 3, Part A, 3.4.3)', () => {
  it('are put together to SDUs, which are the reader’s own', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { mtu: 100, mps: 64, credits: 4 });
    const whole = octets(100);
    test.frame(CID, `6400${hex(whole.subarray(0, 62))}`);
    test.frame(CID, '');
    test.frame(CID, hex(whole.subarray(62)));
    test.frame(CID, '0000');
    const [sdu, empty] = [await channel.read(), await channel.read()];
    expect(sdu).toEqual(whole);
    expect(empty).toEqual(new Uint8Array(0));
    test.frame(CID, `0300aabbcc`);
    expect(sdu).toEqual(whole);
    await expect(channel.read()).resolves.toEqual(Uint8Array.of(0xaa, 0xbb, 0xcc));
  });

  it.each([
    ['an SDU over the MTU', ['6500aa'], /an SDU of 101 octets is over the MTU of 100/],
    [
      'a payload over the MPS, of the first frame',
      [`6400${'00'.repeat(65)}`],
      /65 octets, over the MPS of 64/,
    ],
    [
      'a payload over the MPS, of a later frame',
      ['6400aa', '00'.repeat(65)],
      /65 octets, over the MPS of 64/,
    ],
    ['more in one frame than the SDU has', ['0200aabbcc'], /an SDU of 2 octets have 3/],
    ['more in all frames than the SDU has', ['0300aabb', 'ccdd'], /an SDU of 3 octets have 4/],
    ['a first frame without an SDU length', ['aa'], /has no SDU length/],
    ['a frame without a credit', ['0100aa', '0100aa', '0100aa', '0100aa', '0100aa'], /without a credit/],
  ])('with %s disconnect the channel', async (_name, frames, why) => {
    const test = link();
    const channel = await opened(test, 0x0050, { mtu: 100, mps: 64, credits: 4 });
    for (const frame of frames) test.frame(CID, frame);
    expect(test.sent).toEqual([plain('06 02 0400 5000 4000')]);
    expect(channel.isOpen).toBe(false);
    expect(test.reports.some((report) => why.test(report))).toBe(true);
    // What came whole before is still there, and then the error.
    for (let i = 0; i < 4 && frames.length === 5; i++) await channel.read();
    await expect(channel.read()).rejects.toThrow(why);
    await expect(channel.send(octets(1))).rejects.toThrow(why);
    test.receive('07 02 0400 5000 4000');
    expect(channel.state).toBe('closed');
  });

  it('for a channel that is not there are dropped', () => {
    const test = link();
    test.frame(CID, '0100aa');
    expect(test.reports).toEqual(['a frame came on channel 0x0040, which is not open']);
  });
});

describe('credits to the peer (4.24)', () => {
  it('are given back as SDUs are read, half a window at a time', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { credits: 4 });
    for (let i = 0; i < 4; i++) test.frame(CID, '0100aa');
    expect(creditsGiven(test)).toBe(0);
    await channel.read();
    // The peer has none left: it gets the first back at once.
    expect(creditsGiven(test)).toBe(1);
    await channel.read();
    expect(creditsGiven(test)).toBe(0);
    await channel.read();
    expect(creditsGiven(test)).toBe(2);
    await channel.read();
    expect(creditsGiven(test)).toBe(0);
    expect(channel.receiver.credits).toBe(3);
  });

  it('are given for the frames of an SDU that is longer than the window, or it would never end', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { mtu: 1000, mps: 64, credits: 2 });
    const whole = octets(1000);
    let credits = 2;
    let at = 0;
    while (at < whole.length) {
      expect(credits).toBeGreaterThan(0);
      credits--;
      const size = Math.min(at === 0 ? 62 : 64, whole.length - at);
      test.frame(CID, (at === 0 ? 'e803' : '') + hex(whole.subarray(at, at + size)));
      at += size;
      credits += creditsGiven(test);
    }
    await expect(channel.read()).resolves.toEqual(whole);
  });

  it('are given after a handler that gives anything but a promise, as an arrow does that pushes', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { credits: 2 });
    const seen: Uint8Array[] = [];
    channel.onSdu(((sdu: Uint8Array) => seen.push(sdu)) as never);
    for (const octet of ['aa', 'bb', 'cc']) test.frame(CID, `0100${octet}`);
    expect(seen.map(([octet]) => octet)).toEqual([0xaa, 0xbb, 0xcc]);
    expect(creditsGiven(test)).toBeGreaterThan(0);
  });

  it('a handler that cannot answer any more, as the channel is gone, does not end the program', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { peerCredits: 0 });
    channel.onSdu((sdu) => channel.send(sdu));
    const closed = vi.fn();
    channel.on('closed', closed);
    test.frame(CID, '0100aa');
    test.receive(`06 70 0400 ${le16(CID)} 5000`);
    await test.clock.advance(0);
    expect(closed).toHaveBeenCalledWith(undefined);
  });

  it('are not given while a handler is not done with an SDU: a slow reader stops the peer', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { credits: 2 });
    const done: (() => void)[] = [];
    const seen: Uint8Array[] = [];
    channel.onSdu((sdu) => {
      seen.push(sdu);
      return new Promise((resolve) => done.push(resolve));
    });
    test.frame(CID, '0100aa');
    test.frame(CID, '0100bb');
    expect(seen.length).toBe(1);
    expect(creditsGiven(test)).toBe(0);
    done[0]!();
    await test.clock.advance(0);
    expect(seen.length).toBe(2);
    expect(creditsGiven(test)).toBe(1);
    await expect(channel.read()).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('keep what an unread channel holds within the window', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { mtu: 100, mps: 64, credits: 8 });
    // A peer that sends whenever it may.
    let credits = 8;
    let frames = 0;
    for (let i = 0; i < 1000 && credits > 0; i++) {
      credits += creditsGiven(test) - 1;
      frames++;
      test.frame(CID, '0100aa');
    }
    expect(frames).toBe(8);
    expect(channel.receiver.unread).toBe(8);
  });
});

describe('credits from the peer (4.24)', () => {
  it('let frames go, none more than they are', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { peerMps: 23, peerCredits: 0 });
    const sending = channel.send(octets(100));
    expect(test.data).toEqual([]);
    for (const [credits, frames] of [
      [1, 1],
      [1, 2],
      [2, 4],
      [9, 5],
    ] as const) {
      test.receive(`16 05 0400 5000 ${le16(credits)}`);
      expect(test.data.length).toBe(frames);
    }
    await sending;
    expect(channel.sender.credits).toBe(8);
  });

  it('over 65535 disconnect the channel', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { peerCredits: 10 });
    test.receive(`16 05 0400 5000 ${le16(65525)}`);
    expect(channel.sender.credits).toBe(65535);
    test.receive('16 06 0400 5000 0100');
    expect(test.sent).toEqual([plain('06 02 0400 5000 4000')]);
    expect(channel.error?.message).toMatch(/65536 credits, over 65535/);
  });

  it('of 0 are passed over, and those for a channel that is being disconnected', async () => {
    const test = link();
    const channel = await opened(test, 0x0050);
    test.receive('16 05 0400 5000 0000');
    expect(channel.isOpen).toBe(true);
    void channel.close();
    test.sent.length = 0;
    test.receive('16 06 0400 5000 ffff');
    expect(test.sent).toEqual([]);
    expect(test.reports).toEqual([
      'an indication of 0 credits came, which is not permitted, and was passed over',
    ]);
  });
});

describe('SDUs that go', () => {
  it('are of the MTU at most', async () => {
    const channel = await opened(link(), 0x0050, { peerMtu: 100 });
    expect(() => channel.send(octets(101))).toThrow(/101 octets are over the 100/);
    expect(() => channel.send('text' as never)).toThrow(TypeError);
    await channel.send(octets(100));
    await channel.send(octets(0));
  });

  it('can be taken back while nothing of them has left', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { peerMps: 23, peerCredits: 1 });
    const first = new AbortController();
    const second = new AbortController();
    const one = expect(channel.send(octets(30), first.signal)).rejects.toThrow(/abort/);
    const other = expect(channel.send(octets(5), second.signal)).rejects.toThrow(/abort/);
    const third = channel.send(Uint8Array.of(0xee));
    second.abort();
    first.abort();
    await Promise.all([one, other]);
    expect(channel.backlog).toBe(2);
    test.receive('16 05 0400 5000 0900');
    await third;
    // The first had begun, and had to be finished.
    expect(test.data).toEqual([`5000 1e00${hex(octets(21))}`, `5000 ${hex(octets(9, 21))}`, '5000 0100ee']);
    await expect(channel.send(octets(1), AbortSignal.abort())).rejects.toThrow(/abort/);
  });

  it('wait in no more than a bounded number', async () => {
    const channel = await opened(link(), 0x0050, { peerCredits: 0 });
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < 10_000; i++) all.push(channel.send(octets(1)).catch(() => {}));
    await expect(channel.send(octets(1))).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('of several channels and ATT take turns, a frame each', async () => {
    const test = link('central', { buffers: { length: 251, count: 1 } });
    const one = await opened(test, 0x0050);
    test.complete(1);
    const other = await opened(test, 0x0051);
    const att = test.l2cap.openFixed(4);
    const backlog = (channel: CreditChannel, from: number) => {
      for (let i = 0; i < 5; i++) channel.send(Uint8Array.of(from + i)).catch(() => {});
    };
    backlog(one, 0x10);
    backlog(other, 0x20);
    for (let i = 0; i < 3; i++) att.send(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0x30 + i));
    for (let i = 0; i < 14; i++) test.complete(1);
    expect(test.data.map((frame) => frame.slice(-2))).toEqual([
      '10',
      '20',
      '30',
      '11',
      '21',
      '31',
      '12',
      '22',
      '32',
      '13',
      '23',
      '14',
      '24',
    ]);
  });
});

describe('an iteration, and streams', () => {
  it('give the SDUs up to the end', async () => {
    const test = link();
    const channel = await opened(test, 0x0050);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const sdu of channel) seen.push(sdu[0]!);
    })();
    for (const octet of ['aa', 'bb']) test.frame(CID, `0100${octet}`);
    await test.clock.advance(0);
    test.receive('06 07 0400 4000 5000');
    await reading;
    expect(seen).toEqual([0xaa, 0xbb]);
  });

  it('read no further ahead than is read of them', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { credits: 4 });
    const reader = channel.readable.getReader();
    for (let i = 0; i < 4; i++) test.frame(CID, '0100aa');
    await test.clock.advance(0);
    expect(channel.receiver.unread).toBe(4);
    await expect(reader.read()).resolves.toEqual({ value: Uint8Array.of(0xaa), done: false });
    await test.clock.advance(0);
    expect(channel.receiver.unread).toBe(3);
    test.receive('06 07 0400 4000 5000');
    for (let i = 0; i < 3; i++) expect((await reader.read()).done).toBe(false);
    expect((await reader.read()).done).toBe(true);
  });

  it('cut what is written into SDUs, wait for the controller, and disconnect behind it', async () => {
    const test = link('central', { buffers: { length: 251, count: 1 } });
    const channel = await opened(test, 0x0050, { peerMtu: 40 });
    const writer = channel.writable.getWriter();
    const written = writer.write(octets(100));
    await test.clock.advance(0);
    expect(writer.desiredSize).toBe(0);
    expect(test.data).toEqual([]);
    const closing = writer.close();
    for (let i = 0; i < 5; i++) {
      test.complete(1);
      await test.clock.advance(0);
    }
    await written;
    expect(test.data.map((frame) => plain(frame).length / 2 - 4)).toEqual([40, 40, 20]);
    expect(test.sent.at(-1)).toBe(plain('06 02 0400 5000 4000'));
    test.receive('07 02 0400 5000 4000');
    await closing;
  });

  it('fail with the channel, and end it when they are given up', async () => {
    const test = link();
    const one = await opened(test, 0x0050, { mtu: 23 });
    const reading = expect(one.readable.getReader().read()).rejects.toThrow(/over the MTU/);
    const writing = one.writable.getWriter();
    const closed = expect(writing.closed).rejects.toThrow(/over the MTU/);
    test.frame(CID, '1800');
    await reading;
    test.receive('07 02 0400 5000 4000');
    await closed;
    const other = await opened(test, 0x0051);
    const cancelled = other.readable.cancel();
    expect(test.sent.at(-1)).toMatch(/^06/);
    test.receive('07 04 0400 5100 4000');
    await cancelled;
    expect(other.isOpen).toBe(false);
  });
});

describe('a Node stream', () => {
  it('gives SDUs as chunks, and ends with the channel', async () => {
    const test = link();
    const channel = await opened(test, 0x0050, { credits: 4 });
    const stream = duplexOf(channel, Duplex);
    const chunks: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of stream) chunks.push(chunk as Uint8Array);
    })();
    for (const octet of ['aa', 'bb', 'cc']) test.frame(CID, `0100${octet}`);
    await test.clock.advance(0);
    expect(creditsGiven(test)).toBe(2);
    test.frame(CID, '0000');
    test.frame(CID, '0100dd');
    test.receive('06 07 0400 4000 5000');
    await reading;
    expect(Buffer.concat(chunks).toString('hex')).toBe('aabbccdd');
    if (!stream.closed) await once(stream, 'close');
  });

  it('waits for the controller with what is written, and disconnects behind it', async () => {
    const test = link('central', { buffers: { length: 251, count: 1 } });
    const channel = await opened(test, 0x0050, { peerMtu: 40 });
    const stream = duplexOf(channel, Duplex);
    stream.resume();
    stream.write(octets(100));
    stream.end(octets(5));
    await test.clock.advance(0);
    expect(test.data).toEqual([]);
    for (let i = 0; i < 6; i++) {
      test.complete(1);
      await test.clock.advance(0);
    }
    expect(test.data.map((frame) => plain(frame).length / 2 - 4)).toEqual([40, 40, 20, 5]);
    expect(test.sent.at(-1)).toBe(plain('06 02 0400 5000 4000'));
    const closed = once(stream, 'close');
    test.receive('07 02 0400 5000 4000');
    await closed;
    expect(stream.errored).toBeNull();
  });

  it('fails with the channel, and closes it when it is destroyed', async () => {
    const test = link();
    const one = duplexOf(await opened(test, 0x0050, { mtu: 23 }), Duplex);
    const failed = once(one.resume(), 'error');
    test.frame(CID, '1800');
    expect(String((await failed)[0])).toMatch(/over the MTU/);
    const channel = await opened(test, 0x0051);
    duplexOf(channel, Duplex).destroy();
    await test.clock.advance(0);
    expect(channel.state).toBe('closing');
  });
});

describe('a fixed channel of a program (2.1)', () => {
  it('carries PDUs both ways, until it is given up', async () => {
    const test = link();
    const channel = test.l2cap.openUserChannel(0x0020);
    expect(channel).toBeInstanceOf(UserChannel);
    const seen: Uint8Array[] = [];
    channel.on('pdu', (pdu) => seen.push(pdu));
    await channel.send(octets(3));
    test.frame(0x20, 'aabb');
    expect(test.data).toEqual(['2000 000102']);
    expect(seen).toEqual([Uint8Array.of(0xaa, 0xbb)]);
    expect(() => test.l2cap.openUserChannel(0x0020)).toThrow(/0x0020 is open already/);
    channel.close();
    test.frame(0x20, 'aabb');
    expect(test.reports).toEqual(['a frame came on channel 0x0020, which is not open']);
    await expect(channel.send(octets(1))).rejects.toThrow(/closed/);
    test.l2cap.openUserChannel(0x0020);
  });

  it.each([1, 2, 4, 5, 6, 7, 0x40])('is none of the stack, of BR/EDR, or dynamic: %i', (cid) => {
    expect(() => link().l2cap.openUserChannel(cid)).toThrow(/cid/);
  });

  it('fails with the link', async () => {
    const test = link('central', { buffers: { length: 251, count: 0 } });
    const channel = test.l2cap.openUserChannel(0x0020);
    const sending = expect(channel.send(octets(1))).rejects.toThrow(/gone/);
    test.l2cap.close(new (await import('../../src/core/errors.js')).DisconnectedError('gone', 8));
    await sending;
    expect(() => test.l2cap.openUserChannel(0x0021)).toThrow(/gone/);
  });

  it('is not the connectionless channel, which LE does not have: frames there are dropped', () => {
    const test = link();
    test.frame(2, '0100aa');
    expect(test.frames).toEqual([]);
    expect(test.l2cap.strayFrames).toBe(1);
  });
});
