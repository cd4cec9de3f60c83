import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  disconnectionComplete,
  encryptionChangeV1,
  encryptionKeyRefreshComplete,
  leLongTermKeyRequest,
  numberOfCompletedPackets,
} from '../../../src/hci/events/index.js';
import { type AirFault, Conditions } from '../../../src/virtual/index.js';
import { addressOf, type ConnectedPair, World } from '../world.js';

const [CENTRAL, PERIPHERAL] = [addressOf(1).toString(), addressOf(2).toString()];
const KEYS = ['bf01fb9d4ef3bc36d874f5394138684c', '000102030405060708090a0b0c0d0e0f'].map((key) =>
  fromHex(key),
);
/** Packets of each direction in which a loss can matter: start and refresh take fewer. */
const STEPS = [0, 1, 2, 3, 4, 5, 6];

async function pairWith(faults: readonly AirFault[], loss = 0): Promise<[World, ConnectedPair]> {
  const world = new World(1, new Conditions({ seed: 5, faults, loss }));
  const pair = await world.connected({ request: { supervisionTimeout: 300 } });
  await world.clock.advance(1000 - world.clock.now());
  return [world, pair];
}

async function encrypt(pair: ConnectedPair, longTermKey: Uint8Array, theirs = longTermKey): Promise<void> {
  const request = { randomNumber: 7n, encryptedDiversifier: 3 };
  const { central, peripheral, centralHandle, peripheralHandle } = pair;
  const enable = { connectionHandle: centralHandle, ...request, longTermKey };
  await central.hci.command(commands.leEnableEncryption, enable);
  await peripheral.hci.eventually(leLongTermKeyRequest, request);
  const reply = { connectionHandle: peripheralHandle, longTermKey: theirs };
  await peripheral.hci.command(commands.leLongTermKeyRequestReply, reply);
}

/** Sends a little both ways, and expects all of it and nothing else. */
async function talk(world: World, pair: ConnectedPair, ms = 300): Promise<void> {
  const text = (side: string, i: number) => new TextEncoder().encode(`${side} ${i}`);
  for (let i = 0; i < 5; i++) {
    await pair.central.hci.acl(pair.centralHandle, text('central', i));
    await pair.peripheral.hci.acl(pair.peripheralHandle, text('peripheral', i));
  }
  await world.clock.advance(ms);
  for (const [{ hci }, from] of [
    [pair.central, 'peripheral'],
    [pair.peripheral, 'central'],
  ] as const) {
    const heard = hci.allAcl().map(({ data }) => toHex(data));
    expect(heard).toEqual([0, 1, 2, 3, 4].map((i) => toHex(text(from, i))));
    hci.all(numberOfCompletedPackets);
    hci.silence();
  }
}

describe.each(['drop', 'corrupt'] as const)('encryption when a packet is lost on its way (%s)', (fault) => {
  const ways = [
    ['of the central', { from: CENTRAL, to: PERIPHERAL }],
    ['of the peripheral', { from: PERIPHERAL, to: CENTRAL }],
  ] as const;
  for (const [whose, way] of ways) {
    it.each(STEPS)(`starts all the same: packet %i ${whose} (Vol 6, Part B, 5.1.3.1)`, async (after) => {
      const [world, pair] = await pairWith([{ fault, ...way, fromMs: 1000, after, times: 1 }]);
      await encrypt(pair, KEYS[0]!);
      await world.clock.advance(200);
      for (const { hci } of [pair.central, pair.peripheral]) {
        hci.event(encryptionChangeV1, { status: 0, encryptionEnabled: 1 });
      }
      await talk(world, pair);
    });

    it.each(STEPS)(
      `changes the key all the same: packet %i ${whose} (Vol 6, Part B, 5.1.3.2)`,
      async (after) => {
        const [world, pair] = await pairWith([{ fault, ...way, fromMs: 2000, after, times: 1 }]);
        await encrypt(pair, KEYS[0]!);
        await world.clock.advance(2000 - world.clock.now());
        for (const { hci } of [pair.central, pair.peripheral]) hci.event(encryptionChangeV1, { status: 0 });
        await encrypt(pair, KEYS[1]!);
        await world.clock.advance(200);
        for (const { hci } of [pair.central, pair.peripheral]) {
          hci.event(encryptionKeyRefreshComplete, { status: 0 });
        }
        await talk(world, pair);
      },
    );

    it.each(STEPS)(`fails with 0x3D at a wrong key, no other way: packet %i ${whose}`, async (after) => {
      const [world, pair] = await pairWith([{ fault, ...way, fromMs: 1000, after, times: 1 }]);
      await encrypt(pair, KEYS[0]!, KEYS[1]!);
      await world.clock.advance(300);
      pair.peripheral.hci.event(disconnectionComplete, { reason: 0x3d });
      await world.clock.advance(3000);
      pair.central.hci.event(disconnectionComplete, { reason: 0x08 });
      for (const { hci } of [pair.central, pair.peripheral]) hci.silence();
    });

    it.each(STEPS)(
      `fails with 0x06 without a key, and goes on in clear: packet %i ${whose}`,
      async (after) => {
        const [world, pair] = await pairWith([{ fault, ...way, fromMs: 1000, after, times: 1 }]);
        const { centralHandle, peripheralHandle } = pair;
        const enable = { randomNumber: 1n, encryptedDiversifier: 0, longTermKey: KEYS[0]! };
        await pair.central.hci.command(commands.leEnableEncryption, {
          connectionHandle: centralHandle,
          ...enable,
        });
        await pair.peripheral.hci.eventually(leLongTermKeyRequest, {});
        const connectionHandle = peripheralHandle;
        await pair.peripheral.hci.command(commands.leLongTermKeyRequestNegativeReply, { connectionHandle });
        await world.clock.advance(200);
        pair.central.hci.event(encryptionChangeV1, { status: 0x06, encryptionEnabled: 0 });
        await talk(world, pair);
      },
    );
  }
});

describe('encryption on an air that loses every third packet', () => {
  it('starts, changes its key ten times and loses no data', async () => {
    const [world, pair] = await pairWith([], 0.33);
    await encrypt(pair, KEYS[0]!);
    await world.clock.advance(1000);
    for (const { hci } of [pair.central, pair.peripheral]) hci.event(encryptionChangeV1, { status: 0 });
    for (let i = 1; i <= 10; i++) {
      await encrypt(pair, KEYS[i % 2]!);
      await world.clock.advance(1000);
      for (const { hci } of [pair.central, pair.peripheral]) {
        hci.event(encryptionKeyRefreshComplete, { status: 0 });
      }
      await talk(world, pair, 1000);
    }
  });
});
