import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import { leLongTermKeyRequest } from '../../../src/hci/events/index.js';
import { PacketType } from '../../../src/hci/packet-type.js';
import { airtime } from '../../../src/virtual/air/airtime.js';
import { Conditions } from '../../../src/virtual/air/conditions.js';
import { encodeAcl } from '../../support/hci-script.js';
import { type ConnectedPair, World } from '../world.js';

/*
 * The arithmetic of the link layer (Core Vol 6, Part B, 2.1, 2.2 and 4.5), in µs and written down once more, without
 * anything of src/.
 */
const T_IFS = 150;

type PhyName = '1M' | '2M' | 'S2' | 'S8';

/** From the preamble to the CRC: preamble, access address 4, header 2, CRC 3 octets. */
function packetTime(phy: PhyName, payload: number): number {
  switch (phy) {
    case '1M':
      return (1 + 4 + 2 + payload + 3) * 8;
    case '2M':
      return (2 + 4 + 2 + payload + 3) * 4;
    case 'S2':
      // preamble 80, access address 256, CI 16, TERM1 24; then 2 µs a bit, and three bits of TERM2
      return 80 + 256 + 16 + 24 + (2 + payload + 3) * 8 * 2 + 3 * 2;
    case 'S8':
      return 80 + 256 + 16 + 24 + (2 + payload + 3) * 8 * 8 + 3 * 8;
  }
}

/** One PDU with data, and the empty one that acknowledges it. */
function exchangeTime(phy: PhyName, octets: number, mic: number): number {
  return packetTime(phy, octets + mic) + T_IFS + packetTime(phy, 0) + T_IFS;
}

/** How many of them end before the next connection event. */
function exchangesPerEvent(interval: number, phy: PhyName, octets: number, mic = 0): number {
  return Math.floor(interval / exchangeTime(phy, octets, mic));
}

/** Octets a second, one way. */
function goodput(interval: number, phy: PhyName, octets: number, mic = 0): number {
  return (exchangesPerEvent(interval, phy, octets, mic) * octets * 1e6) / interval;
}

const phyMasks = { '1M': 1, '2M': 2, S2: 4, S8: 4 };
const handleOf = (pair: ConnectedPair, side: 'central' | 'peripheral') =>
  side === 'central' ? pair.centralHandle : pair.peripheralHandle;

interface Setting {
  readonly interval: number;
  readonly phy: PhyName;
  readonly octets: number;
  readonly latency?: number;
  readonly encrypted?: boolean;
}

async function connectedAs(world: World, setting: Setting): Promise<ConnectedPair> {
  const { interval, phy, octets, latency = 0 } = setting;
  const pair = await world.connected({
    request: {
      connectionIntervalMin: interval / 1250,
      connectionIntervalMax: interval / 1250,
      maxLatency: latency,
      supervisionTimeout: 3200,
    },
  });
  const pass = async (events: number) => {
    await world.clock.advance((interval * events * (latency + 1)) / 1000);
    for (const side of ['central', 'peripheral'] as const) pair[side].hci.received.length = 0;
  };
  for (const side of ['central', 'peripheral'] as const) {
    const connectionHandle = handleOf(pair, side);
    await pair[side].hci.command(commands.leSetPhy, {
      connectionHandle,
      allPhys: 0,
      txPhys: phyMasks[phy],
      rxPhys: phyMasks[phy],
      phyOptions: phy === 'S2' ? 1 : 2,
    });
    await pass(20);
    const wish = { connectionHandle, txOctets: octets, txTime: octets === 251 ? 17040 : 2704 };
    await pair[side].hci.command(commands.leSetDataLength, wish);
    await pass(20);
  }
  if (setting.encrypted) {
    const longTermKey = fromHex('000102030405060708090a0b0c0d0e0f');
    await pair.central.hci.command(commands.leEnableEncryption, {
      connectionHandle: pair.centralHandle,
      randomNumber: 0n,
      encryptedDiversifier: 0,
      longTermKey,
    });
    await pair.peripheral.hci.eventually(leLongTermKeyRequest, {});
    await pair.peripheral.hci.command(commands.leLongTermKeyRequestReply, {
      connectionHandle: pair.peripheralHandle,
      longTermKey,
    });
    await pass(20);
  }
  return pair;
}

/** Keeps the buffers of one end full for so many events, and gives the octets a second that come out at the other. */
async function measure(
  world: World,
  pair: ConnectedPair,
  setting: Setting,
  from: 'central' | 'peripheral',
  events: number,
): Promise<number> {
  const { interval, phy, octets } = setting;
  const to = from === 'central' ? 'peripheral' : 'central';
  const packet = encodeAcl(handleOf(pair, from), new Uint8Array(octets));
  const source = pair[from].hci.received;
  const sink = pair[to].hci.received;
  const send = () => pair[from].controller.receive(packet.slice());
  let carried = 0;
  // Of eight buffers, no more than three get empty between two looks.
  const step = Math.max(1, Math.floor((exchangeTime(phy, octets, 0) * 3) / 1000));
  const run = async (ms: number) => {
    for (let left = ms; left > 0; left -= step) {
      await world.clock.advance(Math.min(step, left));
      for (const event of source.splice(0)) if (event[1] === 0x13) send();
      for (const one of sink.splice(0)) if (one[0] === PacketType.acl) carried += one.length - 5;
    }
  };
  for (let i = 0; i < 8; i++) send();
  await run((interval * 2) / 1000);
  carried = 0;
  await run((interval * events) / 1000);
  return (carried * 1e6) / (interval * events);
}

function expectWithin(found: number, expected: number, part: number): void {
  expect(Math.abs(found - expected) / expected, `${found} against ${expected}`).toBeLessThan(part);
}

describe('the arithmetic of the link layer', () => {
  it('is that of the cases worked by hand', () => {
    expect(exchangeTime('1M', 251, 0)).toBe(2468);
    expect(exchangeTime('2M', 251, 0)).toBe(1392);
    expect(exchangesPerEvent(7_500, '1M', 251)).toBe(3);
    expect(exchangesPerEvent(7_500, '2M', 251)).toBe(5);
    // 27 octets: 296 + 150 + 80 + 150 µs, eleven times in 7.5 ms.
    expect(exchangeTime('1M', 27, 0)).toBe(676);
    expect(exchangesPerEvent(7_500, '1M', 27)).toBe(11);
    // The figures of the specification with a MIC: 2120 and 17040 µs (Vol 6, Part B, 4.5.10).
    expect(packetTime('1M', 255)).toBe(2120);
    expect(packetTime('2M', 255)).toBe(1064);
    expect(packetTime('S8', 255)).toBe(17_040);
    expect(packetTime('S2', 255)).toBe(4_542);
    expect(packetTime('S8', 31)).toBe(2_704);
    expect(packetTime('1M', 31)).toBe(328);
  });

  it('is that of the air', () => {
    const codes = { '1M': 1, '2M': 2, S8: 3, S2: 4 } as const;
    for (const [name, code] of Object.entries(codes)) {
      for (const octets of [0, 1, 27, 31, 251, 255]) {
        expect(airtime(octets, code)).toBe(packetTime(name as PhyName, octets));
      }
    }
  });
});

const phys: readonly PhyName[] = ['1M', '2M', 'S2', 'S8'];
const table = phys.flatMap((phy) =>
  [27, 251].flatMap((octets) =>
    [7_500, 30_000, 100_000, 1_000_000]
      // Where not even one such packet fits into an event, packets are shorter.
      .filter((interval) => exchangesPerEvent(interval, phy, octets) > 0)
      .map((interval) => ({ phy, octets, interval })),
  ),
);

const ends = ['central', 'peripheral'] as const;

describe('goodput in simulation', () => {
  it.each(table)('lies within 2 % of the arithmetic: $phy, $octets octets, $interval µs', async (setting) => {
    const { interval, phy, octets } = setting;
    const events = interval <= 50_000 ? 20 : 4;
    for (const from of ends) {
      const world = new World();
      const pair = await connectedAs(world, setting);
      const found = await measure(world, pair, setting, from, events);
      expectWithin(found, goodput(interval, phy, octets), 0.02);
    }
  });

  it.each([
    { phy: '1M', octets: 27, interval: 7_500 },
    { phy: '1M', octets: 251, interval: 30_000 },
    { phy: '2M', octets: 251, interval: 7_500 },
    { phy: 'S8', octets: 27, interval: 50_000 },
  ] as const)('counts the MIC with encryption: $phy, $octets octets, $interval µs', async (which) => {
    const setting = { ...which, encrypted: true };
    const { interval, phy, octets } = setting;
    for (const from of ends) {
      const world = new World();
      const pair = await connectedAs(world, setting);
      const found = await measure(world, pair, setting, from, 20);
      expectWithin(found, goodput(interval, phy, octets, 4), 0.02);
    }
  });

  it('is the same from a peripheral that may sleep (Vol 6, Part B, 4.5.1)', async () => {
    const setting = { phy: '1M', octets: 251, interval: 15_000, latency: 9 } as const;
    const world = new World();
    const pair = await connectedAs(world, setting);
    const found = await measure(world, pair, setting, 'peripheral', 20);
    expectWithin(found, goodput(setting.interval, setting.phy, setting.octets), 0.02);
  });

  it.each([0.05, 0.2])('falls with the loss of packets as retransmission has it: %d', async (loss) => {
    const setting = { phy: '1M', octets: 27, interval: 30_000 } as const;
    const world = new World(1, new Conditions({ loss, seed: 5 }));
    const pair = await connectedAs(world, setting);
    const events = 1500;
    const found = await measure(world, pair, setting, 'central', events);
    // A lost PDU ends the event. Of n exchanges in an event, the one numbered i takes place when all before it went
    // well; a PDU whose acknowledgement was lost comes twice and counts once.
    const q = 1 - loss;
    const n = exchangesPerEvent(setting.interval, setting.phy, setting.octets);
    const perEvent = (q ** 2 * (1 - q ** (2 * n))) / (1 - q ** 2);
    // The deviation of the mean over so many events is below 1 / √events of it: three of these.
    expectWithin(found, (perEvent * setting.octets * 1e6) / setting.interval, 3 / Math.sqrt(events));
  });
});
