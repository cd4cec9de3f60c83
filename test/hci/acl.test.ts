import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameOf } from '../../src/core/frame.js';
import { concatBytes, fromHex, toHex } from '../../src/core/hex.js';
import { AclManager } from '../../src/hci/acl.js';

function setUp(length = 27, count = 3) {
  const sent: Uint8Array[] = [];
  const reports: string[] = [];
  const manager = new AclManager({
    send: (packet) => sent.push(packet),
    report: (message) => reports.push(message),
  });
  manager.setBuffers({ length, count });
  return { manager, sent, reports };
}

/** A frame with its L2CAP header filled in, as a channel does. */
function l2capFrame(cid: number, payload: Uint8Array): Uint8Array {
  const frame = frameOf(payload);
  frame.set([payload.length & 255, payload.length >> 8, cid & 255, cid >> 8], 5);
  return frame;
}

function completed(manager: AclManager, ...pairs: [handle: number, count: number][]): void {
  const bytes = [pairs.length];
  for (const [handle, count] of pairs) bytes.push(handle & 255, handle >> 8, count & 255, count >> 8);
  manager.completed(Uint8Array.from(bytes), 0, bytes.length);
}

const nobody = { frame: () => {} };

describe('AclManager: to the controller', () => {
  it('cuts a frame to the buffers, first with Packet_Boundary_Flag 0, then 1 (Vol 4, Part E, 5.4.2)', () => {
    const { manager, sent } = setUp(8, 9);
    const link = manager.attach(0x0040, nobody);
    link.send(
      l2capFrame(
        4,
        Uint8Array.from({ length: 14 }, (_, i) => i),
      ),
    );
    expect(sent.map((packet) => toHex(packet))).toEqual([
      '02400008000e00040000010203',
      '024010080004050607'.concat('08090a0b'),
      '02401002000c0d',
    ]);
  });

  it('sends no more packets than the controller has buffers, and goes on as they are completed (4.1.1)', () => {
    const { manager, sent } = setUp(27, 2);
    const link = manager.attach(1, nobody);
    const handed: number[] = [];
    for (let i = 0; i < 5; i++) link.send(l2capFrame(4, Uint8Array.of(i)), () => handed.push(i));
    expect(sent.length).toBe(2);
    expect(link.backlog).toBe(3);
    completed(manager, [1, 1]);
    expect(sent.length).toBe(3);
    completed(manager, [1, 2]);
    expect(sent.length).toBe(5);
    expect(handed).toEqual([0, 1, 2, 3, 4]);
    expect(link.backlog).toBe(0);
  });

  it('gives links that wait one packet each in turn, fragments included', () => {
    const { manager, sent } = setUp(8, 1);
    const a = manager.attach(1, nobody);
    const b = manager.attach(2, nobody);
    a.send(l2capFrame(4, new Uint8Array(20)));
    a.send(l2capFrame(4, new Uint8Array(1)));
    b.send(l2capFrame(4, new Uint8Array(1)));
    b.send(l2capFrame(4, new Uint8Array(1)));
    for (let i = 0; i < 6; i++) completed(manager, [sent.at(-1)![1]!, 1]);
    expect(sent.map((packet) => packet[1])).toEqual([1, 1, 2, 1, 2, 1]);
  });

  it('gets back at a disconnection what the controller held for the link, and drops what waited (4.1.1)', () => {
    const { manager, sent } = setUp(27, 2);
    const a = manager.attach(1, nobody);
    const b = manager.attach(2, nobody);
    let toldA = 0;
    for (let i = 0; i < 4; i++) a.send(l2capFrame(4, Uint8Array.of(i)), () => toldA++);
    b.send(l2capFrame(4, Uint8Array.of(9)));
    manager.detach(1);
    expect(toldA).toBe(2);
    expect(sent.map((packet) => packet[1])).toEqual([1, 1, 2]);
    a.send(l2capFrame(4, Uint8Array.of(1)));
    expect(sent.length).toBe(3);
    completed(manager, [1, 2]);
    b.send(l2capFrame(4, Uint8Array.of(9)));
    b.send(l2capFrame(4, Uint8Array.of(9)));
    expect(sent.length).toBe(4);
  });

  it('says when what was sent before is delivered, whatever is sent after it (7.7.19)', async () => {
    const { manager } = setUp(27, 2);
    const link = manager.attach(1, nobody);
    const other = link.flow();
    const order: string[] = [];
    const watch = (name: string) => void link.delivered().then(() => order.push(name));
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    watch('nothing was sent');
    await turn();
    // Two in the controller, three wait, of two flows.
    for (let i = 0; i < 4; i++) link.send(l2capFrame(4, Uint8Array.of(i)));
    other.send(l2capFrame(5, Uint8Array.of(9)));
    watch('five frames');
    // A link that streams is never idle.
    const stream = () => link.send(l2capFrame(4, new Uint8Array(20)));
    for (let i = 0; i < 5; i++) {
      stream();
      await turn();
      expect(order).toEqual(['nothing was sent']);
      completed(manager, [1, 1]);
    }
    for (let i = 0; i < 3; i++) {
      stream();
      completed(manager, [1, 1]);
    }
    await turn();
    expect(order).toEqual(['nothing was sent', 'five frames']);
    expect(link.backlog).toBeGreaterThan(0);
    watch('the link is gone');
    manager.detach(1);
    await turn();
    expect(order.at(-1)).toBe('the link is gone');
  });

  it('does not believe a controller that completes more than it was given', () => {
    const { manager, sent, reports } = setUp(27, 1);
    const link = manager.attach(1, nobody);
    link.send(l2capFrame(4, Uint8Array.of(0)));
    completed(manager, [1, 500]);
    for (let i = 0; i < 5; i++) link.send(l2capFrame(4, Uint8Array.of(i)));
    expect(sent.length).toBe(2);
    expect(reports).toEqual(['the controller completed 500 packets of 1']);
  });

  it('never exceeds the buffers, loses no octet and keeps the order, whatever is sent and completed', () => {
    const step = fc.oneof(
      fc.record({ send: fc.constantFrom(1, 2, 3), size: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ complete: fc.constantFrom(1, 2, 3), count: fc.integer({ min: 1, max: 4 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 5 }), (steps, count) => {
        const { manager, sent } = setUp(16, count);
        const links = new Map([1, 2, 3].map((handle) => [handle, manager.attach(handle, nobody)]));
        const inController = new Map([1, 2, 3].map((handle) => [handle, 0]));
        const expected = new Map<number, Uint8Array[]>([1, 2, 3].map((handle) => [handle, []]));
        let seen = 0;
        let octet = 0;
        const account = () => {
          for (; seen < sent.length; seen++) {
            const handle = sent[seen]![1]!;
            inController.set(handle, inController.get(handle)! + 1);
          }
          const total = [...inController.values()].reduce((a, b) => a + b, 0);
          expect(total).toBeLessThanOrEqual(count);
        };
        const complete = (handle: number, wanted: number) => {
          const some = Math.min(wanted, inController.get(handle)!);
          if (some === 0) return;
          inController.set(handle, inController.get(handle)! - some);
          completed(manager, [handle, some]);
          account();
        };
        for (const one of steps) {
          if ('send' in one) {
            const payload = new Uint8Array(one.size).fill(octet++ & 255);
            const frame = l2capFrame(4, payload);
            expected.get(one.send)!.push(frame.slice(5));
            links.get(one.send)!.send(frame);
            account();
          } else complete(one.complete, one.count);
        }
        while ([...inController.values()].some((n) => n > 0))
          for (const handle of [1, 2, 3]) complete(handle, 1);
        for (const handle of [1, 2, 3]) {
          const data = sent.filter((packet) => packet[1] === handle).map((packet) => packet.subarray(5));
          expect(toHex(concatBytes(...data))).toBe(toHex(concatBytes(...expected.get(handle)!)));
        }
      }),
    );
  });
});

describe('AclManager: from the controller', () => {
  function receiving() {
    const { manager, reports } = setUp();
    const frames: string[] = [];
    manager.attach(0x40, {
      frame: (cid, bytes, start, end) => frames.push(`${cid}:${toHex(bytes.subarray(start, end))}`),
    });
    const receive = (hex: string) => {
      const bytes = fromHex(hex);
      manager.receive(bytes, 0, bytes.length);
    };
    return { manager, reports, frames, receive };
  }

  it('passes a frame in one packet on, and puts one in fragments together (Vol 3, Part A, 7.2.1)', () => {
    const { frames, receive } = receiving();
    receive('4020 0700 0300 0400 010203');
    receive('4020 0600 0500 0400 0102');
    receive('4010 0200 0304');
    receive('4010 0100 05');
    expect(frames).toEqual(['4:010203', '4:0102030405']);
  });

  it('takes a frame whose very header is in two fragments', () => {
    const { frames, receive } = receiving();
    receive('4020 0100 03');
    receive('4010 0200 0004');
    receive('4010 0400 00aabbcc');
    expect(frames).toEqual(['4:aabbcc']);
  });

  it.each([
    ['a continuation without a start', ['4010 0200 0102'], /without a start/],
    [
      'a start before the end of the frame before',
      ['4020 0600 0500 0400 0102', '4020 0500 0100 0400 aa'],
      /before the one before/,
    ],
    [
      'more octets than the frame has',
      ['4020 0600 0300 0400 0102', '4010 0200 0304'],
      /of 7 octets came with 8/,
    ],
    ['a handle that nobody has', ['4120 0500 0100 0400 aa'], /handle without connection/],
    ['a length that is not true', ['4020 0600 0100 0400 aa'], /says it has 6/],
  ])('drops and reports %s', (_name, packets, message) => {
    const { frames, reports, receive } = receiving();
    for (const packet of packets) receive(packet);
    expect(reports.length).toBe(1);
    expect(reports[0]).toMatch(message);
    receive('4020 0500 0100 0400 bb');
    expect(frames.at(-1)).toBe('4:bb');
  });

  it('puts frames together from any fragments', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }),
        (payload, sizes) => {
          const { frames, manager } = receiving();
          const frame = l2capFrame(6, payload).slice(5);
          let at = 0;
          for (let i = 0; at < frame.length; i++) {
            const part = frame.subarray(at, at + sizes[i % sizes.length]!);
            const packet = concatBytes(Uint8Array.of(0x40, at === 0 ? 0x20 : 0x10, part.length, 0), part);
            manager.receive(packet, 0, packet.length);
            at += part.length;
          }
          expect(frames).toEqual([`6:${toHex(payload)}`]);
        },
      ),
    );
  });
});
