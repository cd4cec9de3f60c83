import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransportError } from '../../../src/core/errors.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { randomUnit, seededRandom } from '../../../src/core/random.js';
import { active, badLine } from '../../support/h5-line.js';
import { h5Packet, slip } from '../../support/h5-peer.js';

const frame = (...args: Parameters<typeof h5Packet>) => toHex(Uint8Array.from(slip(h5Packet(...args))));
const ack = (number: number) => frame({ ack: number, type: 0 }, []);
const event = (seq: number, acknowledged = 0) =>
  h5Packet({ seq, ack: acknowledged, reliable: true, type: 4 }, [0x10, 1, seq]);

describe('H5 packets on their way (Core Vol 4, Part D, 6)', () => {
  it('carry sequence numbers, and acknowledgements where there is something to send', async () => {
    const { clock, wire, transport, peer, toHost, toPeer } = await active();
    transport.send(fromHex('01030c00'));
    await clock.advance(10);
    expect(toPeer).toEqual(['01030c00']);
    expect(wire.written).toEqual(['c08031004e030c00c0']);
    peer.send([4, 0x0e, 4, 1, 3, 0x0c, 0]);
    await clock.advance(3);
    expect(toHost).toEqual(['040e0401030c00']);
    transport.send(fromHex('01011000'));
    await clock.advance(100);
    // Sequence number 1, the peer's packet 1 is expected: no acknowledgement goes by itself.
    expect(wire.written.slice(1)).toEqual([frame({ seq: 1, ack: 1, reliable: true, type: 1 }, [1, 0x10, 0])]);
  });

  it('are acknowledged by themselves when nothing is sent for 5 ms', async () => {
    const { clock, wire, peer } = await active();
    peer.send([4, 0x10, 1, 0]);
    await clock.advance(5.5);
    expect(wire.written).toEqual([]);
    await clock.advance(1);
    expect(wire.written).toEqual([ack(1)]);
    expect(wire.written).toEqual(['c0080000f7c0']);
  });

  it('are acknowledged at once when half of the window is used up', async () => {
    const { clock, wire, peer } = await active();
    for (let i = 0; i < 4; i++) peer.send([4, 0x10, 1, i]);
    await clock.advance(1.5);
    expect(wire.written).toEqual([ack(2), ack(4)]);
    const one = await active({ host: { window: 1 } });
    one.peer.send([4, 0x10, 1, 0]);
    await one.clock.advance(1.5);
    expect(one.wire.written).toEqual([ack(1)]);
  });

  it('leave in one write when they are sent while a chunk is received, or in one turn', async () => {
    const { clock, wire, transport } = await active();
    transport.send(fromHex('01030c00'));
    transport.send(fromHex('02402000'));
    await clock.advance(0);
    expect(wire.written).toEqual([
      frame({ reliable: true, type: 1 }, [3, 12, 0]) +
        frame({ seq: 1, reliable: true, type: 2 }, [64, 32, 0]),
    ]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('keep to a window of %i, whatever waits', async (window) => {
    const { clock, wire, transport, peer, toPeer } = await active({ host: { window }, peer: { window } });
    peer.deaf = true;
    for (let i = 0; i < 20; i++) transport.send(Uint8Array.of(1, i, 0xfc, 0));
    await clock.advance(10);
    const numbers = Array.from({ length: window }, (_, i) =>
      frame({ seq: i, reliable: true, type: 1 }, [i, 0xfc, 0]),
    );
    expect(wire.written).toEqual([numbers.join('')]);
    expect(transport.writeBacklog).toBe(80);
    peer.deaf = false;
    await clock.advance(2000);
    expect(toPeer).toEqual(Array.from({ length: 20 }, (_, i) => toHex(Uint8Array.of(1, i, 0xfc, 0))));
    expect(transport.writeBacklog).toBe(0);
  });

  it('are sent again, all of the window, after 400 ms without acknowledgement (6.6)', async () => {
    const { clock, wire, transport, peer, toPeer } = await active({ peer: { window: 2 } });
    peer.deaf = true;
    for (let i = 0; i < 5; i++) transport.send(Uint8Array.of(1, i, 0xfc, 0));
    await clock.advance(399);
    expect(wire.written).toHaveLength(1);
    await clock.advance(2);
    expect(wire.written[1]).toBe(wire.written[0]);
    expect(transport.retransmitted).toBe(2);
    peer.deaf = false;
    await clock.advance(3000);
    expect(toPeer).toEqual([0, 1, 2, 3, 4].map((i) => `010${i}fc00`));
  });

  it('go on from what was acknowledged in part, and pass over acknowledgements that cannot be (6.5)', async () => {
    const { clock, wire, transport, peer } = await active();
    peer.deaf = true;
    for (let i = 0; i < 6; i++) transport.send(Uint8Array.of(1, i, 0xfc, 0));
    await clock.advance(10);
    wire.written.length = 0;
    for (const number of [0, 5, 6, 7]) peer.raw(h5Packet({ ack: number, type: 0 }, []));
    await clock.advance(10);
    expect(wire.written).toEqual([]);
    peer.raw(h5Packet({ ack: 3, type: 0 }, []));
    await clock.advance(10);
    expect(wire.written.join('')).toBe(
      frame({ seq: 4, reliable: true, type: 1 }, [4, 0xfc, 0]) +
        frame({ seq: 5, reliable: true, type: 1 }, [5, 0xfc, 0]),
    );
    expect(transport.writeBacklog).toBe(12);
  });

  it('end the link after 11 times without any acknowledgement, told once', async () => {
    const { clock, transport, peer, closed, wire } = await active();
    peer.deaf = true;
    transport.send(fromHex('01030c00'));
    await clock.advance(400 * 11 - 1);
    expect(closed).toEqual([]);
    await clock.advance(2);
    expect(closed).toMatchObject([
      { code: 'PORT_LOST', message: /does not acknowledge any more: 1 packets were sent 11 times/ },
    ]);
    expect(wire.isClosed).toBe(true);
    await transport.close();
    expect(closed).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('may be sent again sooner, and less often', async () => {
    const { clock, transport, peer, closed } = await active({
      host: { retransmitMs: 100, retransmissions: 2, ackDelayMs: 0 },
    });
    peer.deaf = true;
    transport.send(fromHex('01030c00'));
    await clock.advance(299);
    expect(transport.retransmitted).toBe(2);
    expect(closed).toEqual([]);
    await clock.advance(2);
    expect(closed).toHaveLength(1);
  });

  it('that came twice are acknowledged again and given on once; too early they are not (6.4)', async () => {
    const { clock, wire, peer, toHost, transport } = await active();
    for (const seq of [0, 0, 2, 1]) peer.raw(event(seq));
    await clock.advance(10);
    expect(toHost).toEqual(['04100100', '04100101']);
    expect(wire.written).toEqual([ack(1), ack(1), ack(2)]);
    expect(transport.outOfSequence).toBe(2);
  });

  it('are dropped when damaged, with a diagnostic that has their first octets; the line goes on', async () => {
    const { wire, toHost, diagnostics, transport } = await active();
    const [head, ...rest] = event(0);
    wire.toHost(slip([head! ^ 1, ...rest]));
    wire.toHost(slip(event(0).slice(0, -1)));
    wire.toHost(slip([1, 2, 3]));
    wire.toHost(fromHex('c001db02c0'));
    wire.toHost(new Uint8Array(10_000).fill(1));
    wire.toHost(slip(event(0)));
    expect(toHost).toEqual(['04100100']);
    expect(diagnostics.map(({ kind, message }) => `${kind} ${message}`)).toEqual([
      expect.stringMatching(/^framing line:: H5: the checksum of a header is wrong/),
      expect.stringMatching(/has not the length that it says/),
      expect.stringMatching(/shorter than a header/),
      expect.stringMatching(/DB 02 is no escape/),
      expect.stringMatching(/longer than a packet can be/),
    ]);
    expect(diagnostics[0]!.bytes).toBe(toHex(Uint8Array.from([head! ^ 1, ...rest])));
    expect(transport.brokenFrames).toBe(5);
  });

  it('of other types, SCO too, are sent once and need no acknowledgement (4.5)', async () => {
    const { clock, wire, transport, toPeer } = await active();
    transport.send(fromHex('03012002aabb'));
    await clock.advance(1000);
    expect(toPeer).toEqual(['03012002aabb']);
    expect(transport.retransmitted).toBe(0);
    expect(wire.written).toEqual(['c0005300ac012002aabbc0']);
    const reliable = await active({ host: { reliableSco: true } });
    reliable.transport.send(fromHex('03012002aabb'));
    await reliable.clock.advance(10);
    expect(reliable.wire.written).toEqual([frame({ reliable: true, type: 3 }, [...fromHex('012002aabb')])]);
  });

  it('are ISO data too, which is reliable; those of a type that HCI has not are acknowledged and dropped', async () => {
    const { clock, wire, peer, transport, toHost, diagnostics } = await active();
    transport.send(fromHex('0540200100aa'));
    await clock.advance(10);
    expect(wire.written).toEqual([frame({ reliable: true, type: 5 }, [...fromHex('40200100aa')])]);
    peer.raw(h5Packet({ ack: 1, type: 5 }, [0x40, 0x20, 1, 0, 0xbb]));
    peer.raw(h5Packet({ ack: 1, reliable: true, type: 14 }, [1, 2, 3]));
    peer.raw(event(1, 1));
    await clock.advance(10);
    expect(toHost).toEqual(['0540200100bb', '04100101']);
    expect(diagnostics).toMatchObject([{ kind: 'warning', message: /H5 type 14 came and was dropped/ }]);
  });

  it('of more than 4095 octets are refused with a diagnostic', async () => {
    const { clock, transport, diagnostics, toPeer } = await active();
    transport.send(new Uint8Array(4096 + 1).fill(2));
    transport.send(Uint8Array.of(2, ...new Uint8Array(4095)));
    await clock.advance(10);
    expect(diagnostics).toMatchObject([{ kind: 'warning', message: /4096 octets does not fit/ }]);
    expect(toPeer.map((packet) => packet.length / 2)).toEqual([4096]);
  });

  it('end with the port, told once', async () => {
    const { wire, transport, closed, clock } = await active();
    transport.send(fromHex('01030c00'));
    wire.break(new TransportError('unplugged', 'PORT_LOST'));
    expect(closed).toMatchObject([{ code: 'PORT_LOST' }]);
    wire.toHost(slip(event(0)));
    await transport.close();
    expect(closed).toHaveLength(1);
    await clock.advance(10);
    expect(clock.pending).toBe(0);
  });
});

describe('H5 software flow control (Core Vol 4, Part D, 10)', () => {
  const flow = { host: { flowControl: true }, peer: { flowControl: true } };

  it('holds everything up at XOFF, and lets it go at XON; neither is seen in a frame', async () => {
    const { clock, wire, transport, peer, toPeer, toHost } = await active(flow);
    expect(transport.configuration?.flowControl).toBe(true);
    peer.flow(false);
    await clock.advance(2);
    transport.send(fromHex('01110c00'));
    transport.send(fromHex('03012002aabb'));
    for (let i = 0; i < 4; i++) peer.send([4, 0x13, 1, 0x11]);
    await clock.advance(1000);
    expect(wire.written).toEqual([]);
    expect(toHost).toEqual(Array(4).fill('04130111'));
    peer.flow(true);
    await clock.advance(50);
    expect(toPeer).toEqual(['01110c00']);
    expect(wire.written[0]).toContain('dbde0c00');
    expect(wire.written.join('')).not.toMatch(/^(..)*(11|13)/);
    // SCO that could not go at its time is of no use later.
    expect(transport.droppedSco).toBe(1);
    expect(transport.retransmitted).toBe(0);
    expect(peer.unsent).toBe(0);
  });

  it('does not wait more than two seconds for an XON that was lost, and says so', async () => {
    const { clock, transport, peer, toPeer, diagnostics } = await active(flow);
    peer.flow(false);
    await clock.advance(2);
    transport.send(fromHex('01130c00'));
    await clock.advance(1990);
    expect(toPeer).toEqual([]);
    await clock.advance(20);
    expect(toPeer).toEqual(['01130c00']);
    expect(diagnostics).toMatchObject([{ message: expect.stringMatching(/no XON for 2000 ms/) }]);
  });

  it('keeps little of what a peer asks for while it holds this side up', async () => {
    const { clock, wire, transport, peer } = await active(flow);
    peer.flow(false);
    for (let i = 0; i < 2000; i++) peer.link([0x05, 0xfa]);
    await clock.advance(100);
    expect(wire.written).toEqual([]);
    expect(transport.writeBacklog).toBeLessThan(5000);
  });

  it('does not count while held up that nothing is acknowledged', async () => {
    const { clock, transport, peer, closed, toPeer } = await active(flow);
    peer.deaf = true;
    transport.send(fromHex('01030c00'));
    await clock.advance(10);
    for (let i = 0; i < 20; i++) {
      peer.flow(false);
      await clock.advance(500);
    }
    expect(transport.retransmitted).toBe(0);
    expect(closed).toEqual([]);
    peer.deaf = false;
    peer.flow(true);
    await clock.advance(1000);
    expect(toPeer).toEqual(['01030c00']);
  });
});

describe('H5 over a bad line', () => {
  it.each([
    ['with CRC, losing or changing 0.1 % of the octets', true, 7],
    ['with CRC and a window of 1', true, 1],
    ['without CRC, losing 0.1 % of the octets', false, 4],
  ])('%s: of 2,000 packets each way none is lost, doubled or out of order', async (_name, crc, window) => {
    const { clock, transport, peer, toHost, toPeer, closed } = await active({
      host: { window, crc },
      peer: { window, crc },
      line: badLine(3, 0.001, crc),
    });
    const random = seededRandom(5);
    // Without CRC a lost escape turns C0 into DC, which nothing can notice: such octets are left out of the payload there.
    const plain = (octet: number) => (!crc && (octet === 0xc0 || octet === 0xdb) ? 0 : octet);
    const body = (i: number) => random.fill(new Uint8Array(20 + (i % 180))).map(plain);
    const sent: string[] = [];
    const given: string[] = [];
    for (let i = 0; i < 2000; i++) {
      const out = Uint8Array.of(2, i & 127, i >> 7, ...body(i));
      sent.push(toHex(out));
      transport.send(out);
      const back = [i % 2 ? 4 : 2, i & 127, i >> 7, ...body(i)];
      given.push(toHex(Uint8Array.from(back)));
      peer.send(back);
      if (i % 20 === 0) await clock.advance(20);
    }
    for (let waited = 0; waited < 600 && (peer.unsent > 0 || transport.writeBacklog > 0); waited++)
      await clock.advance(1000);
    expect(closed).toEqual([]);
    expect(toPeer).toEqual(sent);
    expect(toHost).toEqual(given);
    expect(transport.retransmitted).toBeGreaterThan(0);
    expect(transport.brokenFrames).toBeGreaterThan(0);
    expect(peer.duplicates).toBeGreaterThan(0);
  });

  it.each([11, 12, 13])(
    'with chunks cut and joined anyhow, XOFF and sleep in between (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const line = badLine(seed, 0.0005, true);
      const { clock, wire, transport, peer, toHost, toPeer, closed } = await active({
        host: { flowControl: true, window: 7, sleepAfterMs: 300 },
        peer: { flowControl: true, window: 7, crc: true },
        line,
      });
      // What comes to the host lies in a heap and goes on in pieces of any size.
      let heap: number[] = [];
      const straight = wire.toHost.bind(wire);
      wire.toHost = (octets) => {
        heap.push(...Array.from(octets));
        while (heap.length > 0 && randomUnit(random) < 0.9) {
          const size = 1 + Math.floor(randomUnit(random) * 100);
          const piece = heap.slice(0, size);
          heap = heap.slice(size);
          straight(piece);
        }
      };
      const sent: string[] = [];
      const given: string[] = [];
      for (let i = 0; i < 1000; i++) {
        const out = Uint8Array.of(2, i & 255, i >> 8, ...random.fill(new Uint8Array(i % 60)));
        sent.push(toHex(out));
        transport.send(out);
        const back = [4, i & 255, i >> 8, ...random.fill(new Uint8Array(i % 70))];
        given.push(toHex(Uint8Array.from(back)));
        peer.send(back);
        const chance = randomUnit(random);
        if (chance < 0.02) peer.flow(false);
        else if (chance < 0.04) peer.sleep();
        else if (chance < 0.3) peer.flow(true);
        if (i % 10 === 0) await clock.advance(randomUnit(random) < 0.05 ? 1000 : 15);
      }
      for (let waited = 0; waited < 600 && (peer.unsent > 0 || transport.writeBacklog > 0); waited++) {
        peer.flow(true);
        await clock.advance(500);
      }
      expect(closed).toEqual([]);
      expect(toPeer).toEqual(sent);
      expect(toHost).toEqual(given);
    },
  );

  it('takes any octets at any time without an exception, and bounded', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.nat(7), fc.nat(7), fc.boolean(), fc.nat(15), fc.uint8Array({ maxLength: 20 }))
        .map(([seq, number, reliable, type, payload]) =>
          Uint8Array.from(slip(h5Packet({ seq, ack: number, reliable, type }, [...payload]))),
        ),
      fc
        .constantFrom([1, 0x7e], [2, 0x7d], [3, 0xfc], [4, 0x7b, 7], [5, 0xfa], [6, 0xf9], [7, 0x78])
        .map((message) => Uint8Array.from(slip(h5Packet({ type: 15 }, message)))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), fc.boolean(), async (chunks, flowControl) => {
        const { wire, transport, clock, closed } = await active({
          host: { flowControl },
          peer: { flowControl },
        });
        for (const chunk of chunks) {
          transport.send(fromHex('01030c00'));
          wire.toHost(chunk);
        }
        await clock.advance(1000);
        expect(transport.writeBacklog).toBeLessThan(10_000);
        await transport.close();
        expect(closed.length).toBe(1);
      }),
      { numRuns: 200 },
    );
  });
});
