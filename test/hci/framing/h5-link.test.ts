import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { TransportError } from '../../../src/core/errors.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { H5Transport } from '../../../src/hci/framing/h5-transport.js';
import { active, setUp, WiredLine } from '../../support/h5-line.js';
import { h5Packet, slip } from '../../support/h5-peer.js';

const SYNC = 'c0002f00d0017ec0';
const SYNC_RESPONSE = 'c0002f00d0027dc0';
const CONFIG = 'c0003f00dbdc03fc14c0';
const CONFIG_RESPONSE = 'c0002f00d0047bc0';
const MATRIX = [1, 2, 3, 4, 5, 6, 7].flatMap((host) => [1, 4, 7].map((peer) => [host, peer] as const));

describe('H5 link establishment (Core Vol 4, Part D, 8)', () => {
  it('sends SYNC every 250 ms until it is answered, then CONFIG every 250 ms until that is (8.1, 8.2)', async () => {
    const { clock, wire, open, transport } = setUp();
    wire.toPeer = () => {};
    const opened = open();
    await clock.advance(600);
    expect(wire.written).toEqual([SYNC, SYNC, SYNC]);
    wire.toHost(fromHex(SYNC_RESPONSE));
    await clock.advance(600);
    expect(wire.written).toEqual([SYNC, SYNC, SYNC, CONFIG, CONFIG, CONFIG]);
    wire.toHost(fromHex('c0003f00dbdc047b14c0'));
    expect(await opened).toEqual({ resetDone: false });
    expect(transport.configuration).toEqual({ window: 4, crc: true, flowControl: false });
    await clock.advance(2000);
    expect(wire.written).toHaveLength(6);
  });

  it('answers SYNC in every state before the active one, and CONFIG only once SYNC was answered (8.1)', async () => {
    const { clock, wire, open } = setUp();
    wire.toPeer = () => {};
    const opened = open();
    await clock.advance(0);
    wire.written.length = 0;
    wire.toHost(fromHex(`${CONFIG}${SYNC}`));
    expect(wire.written).toEqual([SYNC_RESPONSE]);
    wire.written.length = 0;
    wire.toHost(fromHex(SYNC_RESPONSE));
    wire.toHost(fromHex(`${SYNC}${CONFIG}`));
    expect(wire.written).toEqual([CONFIG, `${SYNC_RESPONSE}c0003f00dbdc047b14c0`]);
    wire.toHost(fromHex(CONFIG_RESPONSE));
    await opened;
  });

  it.each(MATRIX)('of windows %i and %i takes the lower one', async (host, peer) => {
    const { transport } = await active({ host: { window: host }, peer: { window: peer } });
    expect(transport.configuration?.window).toBe(Math.min(host, peer));
  });

  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('takes CRC and flow control where both sides offer them (%s, %s)', async (host, peer) => {
    const crc = await active({ host: { crc: host }, peer: { crc: peer } });
    expect(crc.transport.configuration).toEqual({ window: 4, crc: host && peer, flowControl: false });
    const flow = await active({ host: { flowControl: host, crc: false }, peer: { flowControl: peer } });
    expect(flow.transport.configuration).toEqual({ window: 4, crc: false, flowControl: host && peer });
  });

  it('takes an answer without field for the least that there is: a window of 1, nothing else', async () => {
    const { clock, wire, open, transport } = setUp({ host: { flowControl: true } });
    wire.toPeer = () => {};
    const opened = open();
    await clock.advance(0);
    wire.toHost(fromHex(SYNC_RESPONSE));
    wire.toHost(fromHex(CONFIG_RESPONSE));
    await opened;
    expect(transport.configuration).toEqual({ window: 1, crc: false, flowControl: false });
  });

  it('answers a CONFIG without field by one without field, in the active state too (8.3)', async () => {
    const { clock, wire, peer } = await active();
    peer.link([0x03, 0xfc]);
    await clock.advance(10);
    expect(wire.written).toEqual([CONFIG_RESPONSE]);
  });

  it('passes over answers that come late, and messages that there are not', async () => {
    const { clock, wire, peer, closed } = await active();
    peer.link([0x02, 0x7d]);
    peer.link([0x04, 0x7b, 0x01]);
    peer.link([0x09, 0x99]);
    peer.link([0x01]);
    peer.link([]);
    await clock.advance(1000);
    expect(wire.written).toEqual([]);
    expect(closed).toEqual([]);
  });

  it('passes on what the port has found out about itself', async () => {
    const wire = new WiredLine();
    wire.toPeer = (octets) => wire.toHost(fromHex(toHex(octets) === SYNC ? SYNC_RESPONSE : CONFIG_RESPONSE));
    const openPlain = wire.open.bind(wire);
    wire.open = async (sink) => {
      await openPlain(sink);
      return { resetDone: true, identity: 'usb:1366:1051:123' };
    };
    const transport = new H5Transport(wire, { clock: new SimulatedClock() });
    const sink = { packet: () => {}, diagnostic: () => {}, closed: () => {} };
    expect(await transport.open(sink)).toEqual({ resetDone: false, identity: 'usb:1366:1051:123' });
    await transport.close();
  });

  it('refuses a window that there is not', () => {
    for (const window of [0, 8, 2.5, Number.NaN]) {
      expect(() => new H5Transport(new WiredLine(), { window })).toThrow(RangeError);
    }
  });
});

describe('H5 without a controller that speaks it', () => {
  it.each([
    ['nothing', '', /nothing answers HCI/],
    ['a controller that speaks H4', '040e0401030c00', /by H4.*Leave out the option h5/],
    ['text', toHex(new TextEncoder().encode('hello, this is my application\r\n')), /text of an application/],
    [
      'a boot log',
      toHex(new TextEncoder().encode('*** Booting Zephyr OS build v3.7.0 ***\r\n')),
      /Zephyr boots/,
    ],
    ['noise', '80fe00e0f880fe0080ff00', /baud rate is wrong.*parity=even/],
  ])('gives up after three seconds of %s, and says what was there', async (_name, octets, message) => {
    const { clock, wire, peer, open, closed } = setUp();
    peer.dead = true;
    const failed = expect(clock.run(open())).rejects.toMatchObject({ code: 'NO_HCI', message });
    await clock.advance(0);
    wire.toHost(fromHex(octets));
    await failed;
    expect(clock.now()).toBe(3000);
    expect(closed).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(wire.isClosed).toBe(true);
  });

  it('says so when SYNC is answered, but CONFIG is not, after the time that was asked for', async () => {
    const { clock, wire, open } = setUp({ host: { establishMs: 500 } });
    wire.toPeer = () => wire.toHost(fromHex(SYNC_RESPONSE));
    const failed = expect(clock.run(open())).rejects.toMatchObject({
      code: 'NO_HCI',
      message: /answers H5 SYNC, but no CONFIG for 0.5 s/,
    });
    await failed;
    expect(clock.pending).toBe(0);
  });

  it('notices that TX and RX are joined by its first command, which comes back', async () => {
    const { clock, wire, open, transport, toHost, closed } = setUp();
    wire.toPeer = (octets) => void clock.setTimeout(() => wire.toHost(octets), 1);
    await clock.run(open());
    transport.send(fromHex('01030c00'));
    await clock.advance(10);
    expect(closed).toMatchObject([{ code: 'NO_HCI', message: /TX and RX are joined/ }]);
    expect(toHost).toEqual([]);
    await clock.advance(5000);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['with its reason', new TransportError('unplugged', 'PORT_LOST'), { code: 'PORT_LOST' }],
    ['without one', undefined, { code: 'PORT_CLOSED' }],
  ])('ends with the port, %s', async (_name, reason, expected) => {
    const { clock, wire, peer, open, closed } = setUp();
    peer.dead = true;
    const failed = expect(open()).rejects.toMatchObject(expected);
    await clock.advance(100);
    wire.break(reason);
    await failed;
    expect(closed).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('ends when the port goes while it is being opened', async () => {
    const wire = new WiredLine();
    const clock = new SimulatedClock();
    wire.open = (sink) => {
      sink.closed(new TransportError('unplugged', 'PORT_LOST'));
      return Promise.resolve(undefined);
    };
    const transport = new H5Transport(wire, { clock });
    const sink = { packet: () => {}, diagnostic: () => {}, closed: () => {} };
    await expect(transport.open(sink)).rejects.toMatchObject({ code: 'PORT_LOST' });
    expect(clock.pending).toBe(0);
  });

  it('ends when it is closed meanwhile, and is opened once only', async () => {
    const { clock, peer, open, transport } = setUp();
    peer.dead = true;
    const failed = expect(open()).rejects.toMatchObject({ code: 'PORT_CLOSED' });
    await expect(open()).rejects.toMatchObject({ code: 'PORT_BUSY' });
    await clock.advance(100);
    await transport.close();
    await failed;
    expect(clock.pending).toBe(0);
  });
});

describe('A three-wire link whose other side begins anew (8.3)', () => {
  it('is lost, told once, when packets had gone to and fro', async () => {
    const { clock, wire, peer, closed, transport } = await active();
    transport.send(fromHex('01030c00'));
    await clock.advance(100);
    peer.start();
    await clock.advance(2000);
    expect(closed).toMatchObject([{ code: 'CONTROLLER_RESET', message: /restarted \(SYNC came/ }]);
    expect(wire.isClosed).toBe(true);
    transport.send(fromHex('01030c00'));
    await transport.close();
    expect(closed).toHaveLength(1);
    peer.dead = true;
    await clock.advance(300);
    expect(clock.pending).toBe(0);
  });

  it('is configured once more when nothing had been acknowledged: what was sent meanwhile is not lost', async () => {
    const { clock, peer, closed, transport, toPeer, toHost } = await active();
    peer.dead = true;
    transport.send(fromHex('01030c00'));
    await clock.advance(50);
    peer.dead = false;
    peer.start();
    peer.send([4, 0x10, 1, 7]);
    await clock.advance(1500);
    expect(closed).toEqual([]);
    expect(toPeer).toEqual(['01030c00']);
    expect(toHost).toEqual(['04100107']);
    expect(transport.writeBacklog).toBe(0);
  });

  it('is established anew on demand, numbers beginning at 0 and without what waited', async () => {
    const { clock, peer, closed, transport, toPeer, toHost } = await active();
    for (let i = 0; i < 3; i++) transport.send(Uint8Array.of(1, i, 0xfc, 0));
    peer.send([4, 0x10, 1, 0]);
    await clock.advance(300);
    peer.deaf = true;
    transport.send(fromHex('01090000'));
    await clock.advance(10);
    peer.deaf = false;
    expect(await clock.run(transport.resynchronise())).toEqual({ resetDone: false });
    await clock.advance(1000);
    transport.send(fromHex('01030c00'));
    peer.send([4, 0x10, 1, 1]);
    await clock.advance(1000);
    expect(toPeer.slice(3)).toEqual(['01030c00']);
    expect(toHost).toEqual(['04100100', '04100101']);
    expect(closed).toEqual([]);
  });

  it('finds a controller that restarted without a word, and gives up on one that is gone', async () => {
    const { clock, wire, peer, transport, closed } = await active();
    peer.dead = true;
    const failed = expect(clock.run(transport.resynchronise())).rejects.toMatchObject({ code: 'NO_HCI' });
    await failed;
    expect(closed).toEqual([]);
    peer.dead = false;
    peer.start();
    expect(await clock.run(transport.resynchronise())).toEqual({ resetDone: false });
    wire.break(new TransportError('unplugged', 'PORT_LOST'));
    expect(closed).toMatchObject([{ code: 'PORT_LOST' }]);
    await expect(transport.resynchronise()).rejects.toMatchObject({ code: 'PORT_LOST' });
  });
});

describe('A three-wire link that sleeps (9)', () => {
  it('wakes a peer that sleeps first: WAKEUP every 50 ms until WOKEN', async () => {
    const { clock, peer, transport, toPeer } = await active();
    peer.wakesAt = 3;
    peer.sleep();
    await clock.advance(10);
    transport.send(fromHex('01030c00'));
    transport.send(fromHex('01090c00'));
    await clock.advance(90);
    expect(toPeer).toEqual([]);
    await clock.advance(100);
    expect(peer.heard).toEqual(['05fa', '05fa', '05fa']);
    expect(toPeer).toEqual(['01030c00', '01090c00']);
    expect(transport.retransmitted).toBe(0);
  });

  it('counts a peer that does not wake up within two seconds as lost', async () => {
    const { clock, peer, transport, closed } = await active();
    peer.sleep();
    peer.wakesAt = 1000;
    await clock.advance(10);
    transport.send(fromHex('01030c00'));
    await clock.advance(2100);
    expect(closed).toMatchObject([{ code: 'PORT_LOST', message: /does not wake up: WAKEUP was sent 40/ }]);
    expect(clock.pending).toBe(0);
  });

  it('wakes a peer that fell asleep before it had acknowledged, and sends again', async () => {
    const { clock, peer, transport, toPeer } = await active();
    peer.deaf = true;
    transport.send(fromHex('01030c00'));
    await clock.advance(10);
    peer.deaf = false;
    peer.sleep();
    await clock.advance(1000);
    expect(peer.heard).toEqual(['05fa']);
    expect(toPeer).toEqual(['01030c00']);
  });

  it('goes on at once when a sleeping peer sends a packet, or WAKEUP, by itself', async () => {
    const { clock, peer, transport, toHost, toPeer } = await active();
    peer.sleep();
    peer.send([4, 0x10, 1, 0]);
    await clock.advance(10);
    transport.send(fromHex('01030c00'));
    await clock.advance(10);
    peer.sleep();
    peer.asleep = false;
    peer.link([0x05, 0xfa]);
    await clock.advance(10);
    transport.send(fromHex('01090c00'));
    await clock.advance(10);
    expect(toHost).toEqual(['04100100']);
    expect(toPeer).toEqual(['01030c00', '01090c00']);
    expect(peer.heard).toEqual(['06f9']);
  });

  it('does not take an acknowledgement for a sign that the peer is awake', async () => {
    const { clock, peer, transport } = await active();
    peer.sleep();
    peer.raw(h5Packet({ type: 0 }, []));
    await clock.advance(10);
    transport.send(fromHex('01030c00'));
    await clock.advance(10);
    expect(peer.heard).toEqual(['05fa']);
  });

  it('answers WAKEUP by WOKEN', async () => {
    const { clock, wire, peer } = await active();
    peer.link([0x05, 0xfa]);
    await clock.advance(10);
    expect(wire.written).toEqual(['c0002f00d006f9c0']);
  });

  it('has the true acknowledgement number in link control packets, and passes over that of the peer', async () => {
    const { clock, wire, peer, transport } = await active();
    peer.send([4, 0x10, 1, 0]);
    await clock.advance(20);
    wire.written.length = 0;
    peer.link([0x05, 0xfa]);
    await clock.advance(2);
    expect(wire.written).toEqual([
      toHex(Uint8Array.from(slip(h5Packet({ ack: 1, type: 15 }, [0x06, 0xf9])))),
    ]);
    peer.deaf = true;
    transport.send(fromHex('01030c00'));
    peer.raw(h5Packet({ ack: 1, type: 15 }, [0x05, 0xfa]));
    await clock.advance(10);
    expect(transport.writeBacklog).toBe(4);
  });

  it('tells a SLEEP of its own once, after so long without a packet, and only when that is asked for', async () => {
    const without = await active();
    await without.clock.advance(60_000);
    expect(without.peer.heard).toEqual([]);
    const { clock, peer, transport } = await active({ host: { sleepAfterMs: 5000 } });
    await clock.advance(3000);
    transport.send(fromHex('01030c00'));
    await clock.advance(4900);
    expect(peer.heard).toEqual([]);
    await clock.advance(20_000);
    expect(peer.heard).toEqual(['0778']);
    await transport.close();
    expect(clock.pending).toBe(0);
  });

  it('is woken by the peer before that sends anything, and says WOKEN before it sends by itself', async () => {
    const { clock, peer, transport, toHost, toPeer } = await active({ host: { sleepAfterMs: 1000 } });
    await clock.advance(2000);
    expect(peer.hostSleeps).toBe(true);
    peer.send([4, 0x10, 1, 0]);
    await clock.advance(50);
    expect(peer.hostSleeps).toBe(false);
    expect(toHost).toEqual(['04100100']);
    await clock.advance(2000);
    expect(peer.hostSleeps).toBe(true);
    transport.send(fromHex('01030c00'));
    await clock.advance(10);
    expect(peer.hostSleeps).toBe(false);
    expect(toPeer).toEqual(['01030c00']);
    expect(peer.heard).toEqual(['0778', '06f9', '0778', '06f9']);
  });
});

it('the peer of these tests begins with the same octets', () => {
  expect(toHex(Uint8Array.from(slip(h5Packet({ type: 15 }, [1, 0x7e]))))).toBe(SYNC);
});
