import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import type { TransportError } from '../../../src/core/errors.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { randomUnit, seededRandom } from '../../../src/core/random.js';
import { Device } from '../../../src/gap/device.js';
import type { ByteStream, ByteStreamSink } from '../../../src/hci/framing/byte-stream.js';
import { h5Crc, h5Decode, h5Encode } from '../../../src/hci/framing/h5-packet.js';
import { type H5Options, H5Transport } from '../../../src/hci/framing/h5-transport.js';
import { SlipDecoder, slipEncode } from '../../../src/hci/framing/slip.js';
import { crcBitByBit, H5Peer, h5Packet, slip } from '../../support/h5-peer.js';
import { World } from '../../support/world.js';

/** What the line does to octets on their way. */
type Line = (octets: Uint8Array) => Uint8Array;

/** A line with a three-wire transport at one end and the peer of the tests at the other. */
class WiredLine implements ByteStream {
  readonly name = 'line:';
  readonly writeBacklog = 0;
  readonly written: string[] = [];
  toPeer: (octets: Uint8Array) => void = () => {};
  private sink: ByteStreamSink | undefined;
  private isClosed = false;

  open(sink: ByteStreamSink): Promise<undefined> {
    this.sink = sink;
    return Promise.resolve(undefined);
  }

  write(octets: Uint8Array): void {
    this.written.push(toHex(octets));
    this.toPeer(octets);
  }

  toHost(octets: ArrayLike<number>): void {
    if (!this.isClosed) this.sink?.data(Uint8Array.from(octets));
  }

  break(error: TransportError): void {
    this.sink?.closed(error);
  }

  close(): Promise<void> {
    if (!this.isClosed) {
      this.isClosed = true;
      this.sink?.closed();
    }
    return Promise.resolve();
  }
}

interface SetUp {
  readonly host?: H5Options;
  readonly peer?: { window?: number; crc?: boolean; flowControl?: boolean };
  readonly line?: Line;
}

function setUp({ host = {}, peer: peerOptions = {}, line = (octets) => octets }: SetUp = {}) {
  const clock = new SimulatedClock();
  const wire = new WiredLine();
  const transport = new H5Transport(wire, { clock, ...host });
  const toHost: string[] = [];
  const toPeer: string[] = [];
  const diagnostics: string[] = [];
  const closed: unknown[] = [];
  const peer = new H5Peer({
    window: 4,
    ...peerOptions,
    // A millisecond on the line: an answer never comes inside of what it answers.
    write: (octets) => void clock.setTimeout(() => wire.toHost(line(Uint8Array.from(octets))), 1),
    packet: (packet) => toPeer.push(toHex(Uint8Array.from(packet))),
    after: (ms, callback) => void clock.setTimeout(callback, ms),
  });
  wire.toPeer = (octets) => void clock.setTimeout(() => peer.receive(line(octets)), 1);
  const open = () =>
    transport.open({
      packet: (type, bytes, start, end) =>
        toHost.push(toHex(Uint8Array.of(type, ...bytes.subarray(start, end)))),
      diagnostic: ({ message }) => diagnostics.push(message),
      closed: (error) => closed.push(error),
    });
  return { clock, wire, transport, peer, toHost, toPeer, diagnostics, closed, open };
}

async function active(options: SetUp = {}) {
  const made = setUp(options);
  made.peer.start();
  await made.clock.run(made.open());
  await made.clock.advance(1000);
  made.wire.written.length = 0;
  return made;
}

describe('SLIP (Core Vol 4, Part D, 3)', () => {
  it('escapes delimiter and escape, and XON and XOFF where they are flow control', () => {
    const payload = fromHex('01c0db1113ff');
    expect(toHex(slipEncode(payload))).toBe('c001dbdcdbdd1113ffc0');
    expect(toHex(slipEncode(payload, true))).toBe('c001dbdcdbdddbdedbdfffc0');
    expect([...slipEncode(payload, true)]).toEqual(slip([...payload], true));
  });

  it('gives back any frames, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.boolean(),
        (frames, sizes, flowControl) => {
          const found: string[] = [];
          const decoder = new SlipDecoder(
            { frame: (bytes, length) => found.push(toHex(bytes.subarray(0, length))), broken: () => {} },
            100,
          );
          decoder.flowControl = flowControl;
          const stream = frames.flatMap((frame) => [...slipEncode(frame, flowControl)]);
          for (let at = 0, i = 0; at < stream.length; at += sizes[i++ % sizes.length]!)
            decoder.push(Uint8Array.from(stream.slice(at, at + sizes[i % sizes.length]!)));
          expect(found).toEqual(frames.map((frame) => toHex(frame)));
        },
      ),
    );
  });

  it('throws away a wrong escape and a frame without end, says so, and takes the next', () => {
    const found: string[] = [];
    const broken: string[] = [];
    const decoder = new SlipDecoder(
      {
        frame: (bytes, length) => found.push(toHex(bytes.subarray(0, length))),
        broken: (why) => broken.push(why),
      },
      8,
    );
    decoder.push(fromHex('ffff c001db05 99 c0 0203 c0 01db c0'.replaceAll(' ', '')));
    decoder.push(new Uint8Array(5000).fill(7));
    decoder.push(fromHex('c0aac0'));
    expect(found).toEqual(['0203', 'aa']);
    expect(broken).toEqual([
      'no octet is escaped by 5',
      'a frame ends in an escape',
      'a frame is longer than a packet can be',
    ]);
    expect(decoder.stray).toBeGreaterThan(2);
  });
});

describe('H5 packets (Core Vol 4, Part D, 4 and 5)', () => {
  it('has the frames that every implementation sends at the beginning', () => {
    const link = (payload: string) =>
      toHex(slipEncode(h5Encode({ seq: 0, ack: 0, reliable: false, type: 15 }, fromHex(payload), 0, false)));
    expect(link('017e')).toBe('c0002f00d0017ec0');
    expect(link('027d')).toBe('c0002f00d0027dc0');
    // The checksum is 0xC0, and so escaped.
    expect(link('03fc14')).toBe('c0003f00dbdc03fc14c0');
  });

  it('agrees with the specification’s shift register on every CRC, and with the packets of the peer', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(7),
        fc.nat(7),
        fc.boolean(),
        fc.boolean(),
        fc.nat(15),
        (payload, seq, ack, reliable, crc, type) => {
          const [high, low] = crcBitByBit([...payload]);
          expect(h5Crc(payload, 0, payload.length)).toBe(high * 256 + low);
          const packet = h5Encode({ seq, ack, reliable, type }, payload, 0, crc);
          expect([...packet]).toEqual(h5Packet({ seq, ack, reliable, crc, type }, [...payload]));
          const header = { seq: 0, ack: 0, reliable: false, type: 0, start: 0, end: 0 };
          expect(h5Decode(packet, packet.length, header)).toBeUndefined();
          expect(header).toEqual({ seq, ack, reliable, type, start: 4, end: 4 + payload.length });
        },
      ),
    );
  });

  it('finds any one octet changed by its CRC, or by the checksum of the header', () => {
    const packet = h5Encode(
      { seq: 3, ack: 5, reliable: true, type: 2 },
      fromHex('0102030405060708'),
      0,
      true,
    );
    const header = { seq: 0, ack: 0, reliable: false, type: 0, start: 0, end: 0 };
    for (let at = 0; at < packet.length; at++) {
      for (const change of [1, 0x80, 0xff]) {
        const damaged = packet.slice();
        damaged[at]! ^= change;
        expect(h5Decode(damaged, damaged.length, header), `octet ${at}`).toBeTypeOf('string');
      }
    }
  });
});

describe('H5 link establishment (Core Vol 4, Part D, 8)', () => {
  it('sends SYNC every 250 ms, then CONFIG, and takes the lower window and what both offer', async () => {
    const { clock, wire, transport, peer, open } = setUp({ peer: { window: 2, crc: true } });
    peer.dead = true;
    const opened = open();
    await clock.advance(600);
    expect(wire.written).toEqual(Array(3).fill('c0002f00d0017ec0'));
    peer.dead = false;
    peer.start();
    expect(await clock.run(opened)).toEqual({ resetDone: false });
    expect(transport.configuration).toEqual({ window: 2, crc: true, flowControl: false });
    await clock.advance(1000);
    expect(peer.state).toBe('active');
    expect(peer.heard).toContain('03fc14');
  });

  it('works with a peer without CRC, as Zephyr’s three-wire firmware (window 4)', async () => {
    const { transport } = await active({ peer: { window: 4 } });
    expect(transport.configuration).toEqual({ window: 4, crc: false, flowControl: false });
  });

  it('answers a CONFIG without field by one without field', async () => {
    const { clock, wire, peer } = await active();
    peer.link([0x03, 0xfc]);
    await clock.advance(10);
    expect(wire.written).toEqual(['c0002f00d0047bc0']);
  });

  it.each([
    ['nothing', '', /nothing answers HCI/],
    ['a controller that speaks H4', '040e0401030c00', /by H4.*Leave out the option h5/],
    ['text', toHex(new TextEncoder().encode('hello, this is my application\r\n')), /text of an application/],
    ['noise', '80fe00e0f880fe0080ff00', /baud rate is wrong/],
  ])('gives up after three seconds of %s, and says what was there', async (_name, octets, message) => {
    const { clock, wire, peer, open, closed } = setUp();
    peer.dead = true;
    const failed = expect(clock.run(open())).rejects.toMatchObject({ code: 'NO_HCI', message });
    wire.toHost(fromHex(octets));
    await failed;
    expect(clock.now()).toBe(3000);
    expect(closed).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('tells once that the link is lost when the peer begins anew', async () => {
    const { clock, peer, closed, transport } = await active();
    peer.start();
    await clock.advance(2000);
    expect(closed).toMatchObject([{ code: 'PORT_LOST', message: /restarted \(H5 SYNC\)/ }]);
    transport.send(fromHex('01030c00'));
    await transport.close();
    expect(closed).toHaveLength(1);
  });
});

describe('H5 packets on their way', () => {
  it('carry sequence numbers and acknowledgements, piggy-backed where there is something to send', async () => {
    const { clock, wire, transport, peer, toHost, toPeer } = await active();
    transport.send(fromHex('01030c00'));
    await clock.advance(10);
    expect(toPeer).toEqual(['01030c00']);
    expect(wire.written).toEqual(['c080310 04e030c00c0'.replaceAll(' ', '')]);
    peer.send([4, 0x0e, 4, 1, 3, 0x0c, 0]);
    await clock.advance(10);
    expect(toHost).toEqual(['040e0401030c00']);
    // A pure acknowledgement: the peer's packet 1 is expected next.
    expect(wire.written.at(-1)).toBe('c0080000f7c0');
  });

  it('wait for a place in the window, and are sent again after 250 ms without acknowledgement', async () => {
    const { clock, wire, transport, peer, toPeer } = await active({ peer: { window: 2 } });
    peer.deaf = true;
    for (let i = 0; i < 5; i++) transport.send(Uint8Array.of(1, i, 0xfc, 0));
    await clock.advance(10);
    expect(wire.written).toHaveLength(1);
    expect(transport.writeBacklog).toBe(20);
    await clock.advance(240);
    expect(transport.retransmitted).toBe(2);
    peer.deaf = false;
    await clock.advance(3000);
    expect(toPeer).toEqual([0, 1, 2, 3, 4].map((i) => `010${i}fc00`));
    expect(transport.writeBacklog).toBe(0);
  });

  it('end the link after 21 times without acknowledgement, told once', async () => {
    const { clock, transport, peer, closed } = await active();
    peer.deaf = true;
    transport.send(fromHex('01030c00'));
    await clock.advance(250 * 22);
    expect(closed).toMatchObject([{ code: 'PORT_LOST', message: /does not acknowledge any more.*21 times/ }]);
    await transport.close();
    expect(closed).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('that came twice are acknowledged again and given on once; out of their turn they are not', async () => {
    const { clock, wire, peer, toHost } = await active();
    const event = (seq: number) => h5Packet({ seq, ack: 0, reliable: true, type: 4 }, [0x10, 1, seq]);
    peer.raw(event(0));
    peer.raw(event(0));
    peer.raw(event(2));
    peer.raw(event(1));
    await clock.advance(10);
    expect(toHost).toEqual(['04100100', '04100101']);
    expect(wire.written.at(-1)).toBe(toHex(Uint8Array.from(slip(h5Packet({ ack: 2, type: 0 }, [])))));
  });

  it('wake a peer that sleeps first: WAKEUP until WOKEN', async () => {
    const { clock, peer, transport, toPeer } = await active();
    peer.link([0x07, 0x78]);
    await clock.advance(10);
    peer.heard.length = 0;
    transport.send(fromHex('01030c00'));
    await clock.advance(100);
    expect(peer.heard).toEqual(['05fa']);
    expect(toPeer).toEqual(['01030c00']);
  });

  it('go on at once when a sleeping peer speaks up by itself', async () => {
    const { clock, peer, transport, toHost, toPeer } = await active();
    peer.link([0x07, 0x78]);
    peer.send([4, 0x10, 1, 0]);
    await clock.advance(10);
    transport.send(fromHex('01030c00'));
    await clock.advance(10);
    expect(toHost).toEqual(['04100100']);
    expect(toPeer).toEqual(['01030c00']);
  });

  it('leave room for sleep when that is asked for: SLEEP after so long without anything to send', async () => {
    const { clock, peer } = await active({ host: { sleepAfterMs: 5000 } });
    peer.link([0x03, 0xfc, 0x04]);
    await clock.advance(6000);
    expect(peer.heard).toContain('0778');
  });

  it('are held up by XOFF and go on by XON, or after two seconds without (10)', async () => {
    const { clock, wire, transport, diagnostics, toPeer } = await active({
      host: { flowControl: true },
      peer: { flowControl: true },
    });
    expect(transport.configuration?.flowControl).toBe(true);
    wire.toHost([0x13]);
    transport.send(fromHex('01110c00'));
    await clock.advance(100);
    expect(toPeer).toEqual([]);
    wire.toHost([0x11]);
    await clock.advance(100);
    expect(toPeer).toEqual(['01110c00']);
    // The payload has XON in it, which must not be seen on the line.
    expect(wire.written[0]).toContain('dbde0c00');
    wire.toHost([0x13]);
    transport.send(fromHex('01130c00'));
    await clock.advance(1900);
    expect(toPeer).toHaveLength(1);
    await clock.advance(200);
    expect(toPeer).toHaveLength(2);
    expect(diagnostics).toEqual([expect.stringMatching(/no XON for 2000 ms/)]);
  });

  it('of other types, SCO too, need no acknowledgement', async () => {
    const { clock, wire, transport, toPeer } = await active();
    transport.send(fromHex('03012002aabb'));
    await clock.advance(300);
    expect(toPeer).toEqual(['03012002aabb']);
    expect(transport.retransmitted).toBe(0);
    expect(wire.written).toEqual(['c0005300ac012002aabbc0']);
  });
});

/** A line that loses octets, or changes bits of them, by chance. */
function badLine(seed: number, rate: number, flips: boolean): Line {
  const random = seededRandom(seed);
  return (octets) => {
    const out: number[] = [];
    for (const octet of octets) {
      if (randomUnit(random) >= rate) out.push(octet);
      else if (flips && randomUnit(random) < 0.5) out.push(octet ^ (1 << Math.floor(randomUnit(random) * 8)));
    }
    return Uint8Array.from(out);
  };
}

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
    expect(transport.brokenFrames + peer.duplicates).toBeGreaterThan(0);
  });

  it('takes any octets at any time without an exception, and bounded', () => {
    fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), async (chunks) => {
        const { wire, transport, clock } = await active();
        for (const chunk of chunks) wire.toHost(chunk);
        await clock.advance(1000);
        expect(transport.writeBacklog).toBeLessThan(10_000);
        await transport.close();
      }),
      { numRuns: 100 },
    );
  });
});

describe('a Device over H5', () => {
  it('brings a controller up, scans and connects, over a line that loses octets', async () => {
    const world = new World();
    const other = await world.device();
    await world.run(other.startAdvertising());
    const controller = world.controller().transport();
    const { clock } = world;
    const wire = new WiredLine();
    const line = badLine(9, 0.001, true);
    const peer = new H5Peer({
      window: 4,
      crc: true,
      write: (octets) => void clock.setTimeout(() => wire.toHost(line(Uint8Array.from(octets))), 0.1),
      packet: (packet) => controller.send(Uint8Array.from(packet)),
      after: (ms, callback) => void clock.setTimeout(callback, ms),
    });
    wire.toPeer = (octets) => void clock.setTimeout(() => peer.receive(line(octets)), 0.1);
    await controller.open({
      packet: (type, bytes, start, end) => peer.send([type, ...bytes.subarray(start, end)]),
      diagnostic: () => {},
      closed: () => {},
    });
    peer.start();
    const device = await world.run(
      Device.open({ transport: new H5Transport(wire, { clock }), clock, random: world.random }),
    );
    const link = await world.run(device.connect(other.address));
    expect((await world.run(link.gatt.discoverServices())).length).toBeGreaterThan(0);
    await world.run(device.close());
  });
});
