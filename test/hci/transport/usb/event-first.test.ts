import { beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../../src/core/clock.js';
import { fromHex, toHex } from '../../../../src/core/hex.js';
import { EventFirst } from '../../../../src/hci/transport/usb/event-first.js';

const CONNECTED = '3e 13 01 00 4000 01 00 010203040506 1800 0000 4800 00'.replaceAll(' ', '');
const ENHANCED = `3e1f0a004000${'00'.repeat(27)}`;
const DISCONNECTED = '050400400013';
const ENCRYPTED = '08040040000 1'.replace(' ', '');
const RESET_DONE = '0e0401030c00';
const ENABLE_ENCRYPTION = `0119201c4000${'00'.repeat(26)}`;
const KEY_REPLY = `011a20124000${'00'.repeat(16)}`;

let clock: SimulatedClock;
let order: EventFirst;
let out: string[];
let reports: string[];

beforeEach(() => {
  clock = new SimulatedClock();
  out = [];
  reports = [];
  order = new EventFirst({
    clock,
    packet: (type, bytes, start, end) => out.push(`${type} ${toHex(bytes.subarray(start, end))}`),
    report: (message) => reports.push(message),
  });
});

const event = (hex: string) => {
  const bytes = fromHex(hex);
  order.event(bytes, 0, bytes.length);
};
/** Data in a buffer that is used again afterwards, as that of a transfer is. */
const data = (hex: string) => {
  const bytes = fromHex(`ff${hex}ff`);
  order.data(bytes, 1, bytes.length - 1);
  bytes.fill(0xee);
};
const command = (hex: string) => order.command(fromHex(hex));

describe('data that comes before the event of its connection', () => {
  it.each([
    ['LE Connection Complete', CONNECTED],
    ['LE Enhanced Connection Complete [v1]', ENHANCED],
    ['LE Enhanced Connection Complete [v2]', ENHANCED.replace('3e1f0a', '3e1f29')],
    ['Connection Complete of BR/EDR', '030b00400001020304050601 00'.replace(' ', '')],
  ])('waits for %s, and comes right behind it', (_name, connected) => {
    data('40200100aa');
    data('40100100bb');
    expect(out).toEqual([]);
    event(connected);
    expect(out).toEqual([`4 ${connected}`, '2 40200100aa', '2 40100100bb']);
    data('40200100cc');
    expect(out.at(-1)).toBe('2 40200100cc');
    expect(clock.pending).toBe(0);
    expect(reports).toEqual([]);
  });

  it('of other connections goes on meanwhile', () => {
    event(CONNECTED);
    data('41200100aa');
    data('40200100bb');
    expect(out).toEqual([`4 ${CONNECTED}`, '2 40200100bb']);
  });

  it('is dropped after 100 ms, and told of once for each handle', async () => {
    data('40200100aa');
    data('40200100bb');
    await clock.advance(99);
    expect(order.waiting).toBe(2);
    data('41200100cc');
    await clock.advance(1);
    expect(order.waiting).toBe(1);
    expect(reports).toEqual([
      '2 data packets of handle 0x0040 dropped: no event announced such a connection within 100 ms',
    ]);
    event(CONNECTED);
    expect(out).toEqual([`4 ${CONNECTED}`]);
    expect(order.dropped).toBe(2);
    await clock.advance(1000);
    expect(order.dropped).toBe(3);
    expect(clock.pending).toBe(0);
  });

  it('is kept 32 packets and 16 KiB at most; what is more is dropped, and told of once', async () => {
    for (let i = 0; i < 40; i++) data('40200100aa');
    expect(order.waiting).toBe(32);
    expect(order.dropped).toBe(8);
    expect(reports).toHaveLength(1);
    event(RESET_DONE);
    for (let i = 0; i < 8; i++) data(`4020${'e803'}${'00'.repeat(1000)}`);
    expect(order.waiting).toBe(8);
    for (let i = 0; i < 12; i++) data(`4020${'e803'}${'00'.repeat(1000)}`);
    expect(order.waiting).toBe(16);
    await clock.advance(200);
    expect(order.waiting).toBe(0);
  });

  it('does not wait for a connection that failed', async () => {
    data('40200100aa');
    event(CONNECTED.replace('0100', '013e'));
    expect(order.waiting).toBe(1);
    await clock.advance(100);
    expect(reports).toHaveLength(1);
  });
});

describe('data that comes after the end of its connection', () => {
  it('is dropped and told of once, and does not reach the next connection of the handle', async () => {
    event(CONNECTED);
    event(DISCONNECTED);
    data('40200100aa');
    data('40200100bb');
    await clock.advance(50);
    event(CONNECTED);
    data('40200100cc');
    expect(out).toEqual([`4 ${CONNECTED}`, `4 ${DISCONNECTED}`, `4 ${CONNECTED}`, '2 40200100cc']);
    expect(reports).toEqual([
      'data of connection 0x0040 came after its Disconnection Complete and was dropped',
    ]);
    expect(order.dropped).toBe(2);
  });

  it('counts as that of the next connection when it comes more than 100 ms later', async () => {
    event(CONNECTED);
    event(DISCONNECTED);
    await clock.advance(101);
    data('40200100aa');
    event(CONNECTED);
    expect(out.at(-1)).toBe('2 40200100aa');
  });

  it('goes on when the disconnection failed', () => {
    event(CONNECTED);
    event('050402400013');
    data('40200100aa');
    expect(out.at(-1)).toBe('2 40200100aa');
  });
});

describe('data of a link whose encryption begins', () => {
  it.each([
    ['LE Enable Encryption', ENABLE_ENCRYPTION, ENCRYPTED],
    ['LE Long Term Key Request Reply', KEY_REPLY, ENCRYPTED],
    ['LE Enable Encryption, with the size of the key', ENABLE_ENCRYPTION, '5905004000 0110'.replace(' ', '')],
    ['LE Enable Encryption of an encrypted link', ENABLE_ENCRYPTION, '3003004000'],
  ])('waits for its event after %s', (_name, begin, done) => {
    event(CONNECTED);
    command(begin);
    data('40200100aa');
    data('41200100bb');
    expect(out).toEqual([`4 ${CONNECTED}`]);
    event(done);
    expect(out).toEqual([`4 ${CONNECTED}`, `4 ${done}`, '2 40200100aa']);
    data('40200100cc');
    expect(out.at(-1)).toBe('2 40200100cc');
  });

  it('waits 5 ms and no more: what came in the clear is passed on as that (Vol 6, Part B, 5.1.3.1)', async () => {
    event(CONNECTED);
    command(ENABLE_ENCRYPTION);
    data('40200100aa');
    await clock.advance(3);
    data('40200100bb');
    await clock.advance(2);
    expect(out.slice(1)).toEqual(['2 40200100aa']);
    await clock.advance(3);
    event(ENCRYPTED);
    expect(out.slice(1)).toEqual(['2 40200100aa', '2 40200100bb', `4 ${ENCRYPTED}`]);
    expect(reports).toEqual([]);
  });

  it('goes on when the controller refuses to encrypt, and before the event of the link’s end', () => {
    event(CONNECTED);
    command(ENABLE_ENCRYPTION);
    data('40200100aa');
    event('0f040c011920');
    expect(out.slice(1)).toEqual(['4 0f040c011920', '2 40200100aa']);
    command(ENABLE_ENCRYPTION);
    data('40200100bb');
    event(DISCONNECTED);
    expect(out.slice(3)).toEqual(['2 40200100bb', `4 ${DISCONNECTED}`]);
  });

  it('no longer waits when nothing was heard of the encryption for 5 s', async () => {
    event(CONNECTED);
    command(ENABLE_ENCRYPTION);
    await clock.advance(5000);
    data('40200100aa');
    expect(out.at(-1)).toBe('2 40200100aa');
  });
});

describe('ISO data', () => {
  const bigCreated =
    `3e1b1b0001${'00'.repeat(3)}${'00'.repeat(3)}02${'00'.repeat(4)}28000a00025000 5100`.replace(' ', '');
  const bigSynchronised = `3e151d0001${'00'.repeat(3)}${'00'.repeat(4)}28000a00025000 5100`.replace(' ', '');

  it.each([
    ['LE CIS Established [v1]', `3e1d19005000${'00'.repeat(25)}`],
    ['LE CIS Established [v2]', `3e2a2a005000${'00'.repeat(38)}`],
    ['LE Create BIG Complete', bigCreated],
    ['LE BIG Sync Established', bigSynchronised],
  ])('is told from ACL data by %s', (_name, established) => {
    data('50200400aabbccdd');
    event(established);
    expect(out).toEqual([`4 ${established}`, '5 50200400aabbccdd']);
    expect(order.isIso(0x50)).toBe(true);
    expect(order.isIso(0x40)).toBe(false);
  });

  it('may have both the streams of a group (7.7.65.27)', () => {
    event(bigCreated);
    expect([0x4f, 0x50, 0x51, 0x52].map((handle) => order.isIso(handle))).toEqual([false, true, true, false]);
  });

  it('of a handle that becomes an ACL connection is ACL data from then on', () => {
    event(`3e1d19004000${'00'.repeat(25)}`);
    event(CONNECTED);
    data('40200100aa');
    expect(out.at(-1)).toBe('2 40200100aa');
  });
});

describe('HCI_Reset', () => {
  it('makes all handles unknown, and drops what waits, without a word (7.3.2)', async () => {
    event(CONNECTED);
    data('41200100aa');
    event(RESET_DONE);
    expect(order.waiting).toBe(0);
    data('40200100bb');
    expect(out).toEqual([`4 ${CONNECTED}`, `4 ${RESET_DONE}`]);
    order.clear();
    expect(clock.pending).toBe(0);
    expect(reports).toEqual([]);
  });

  it('that failed changes nothing', () => {
    event(CONNECTED);
    event('0e0401030c0c');
    data('40200100bb');
    expect(out.at(-1)).toBe('2 40200100bb');
  });
});

describe('events that are too short', () => {
  it.each(['3e00', '3e0101', '3e020100', '0500', '050100', '0e00', '0f00', '08020040', '3e031b0001', '0300'])(
    '%s are passed on as they are',
    (hex) => {
      event(hex);
      expect(out).toEqual([`4 ${hex}`]);
      expect(order.waiting).toBe(0);
    },
  );
});
