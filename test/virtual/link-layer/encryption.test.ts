import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  disconnectionComplete,
  encryptionChangeV1,
  encryptionChangeV2,
  encryptionKeyRefreshComplete,
  leConnectionUpdateComplete,
  leGenerateDhKeyComplete,
  leLongTermKeyRequest,
  lePhyUpdateComplete,
  numberOfCompletedPackets,
  readRemoteVersionInformationComplete,
} from '../../../src/hci/events/index.js';
import { debugPrivateKey, publicKeyOf } from '../../../src/virtual/crypto/p256.js';
import { fullPersonality } from '../../../src/virtual/index.js';
import { LeFeature } from '../../../src/virtual/link-layer/features.js';
import { type ConnectedPair, World } from '../world.js';

const KEY = fromHex('bf01fb9d4ef3bc36d874f5394138684c');
const request = { randomNumber: 0xabcdef1234567890n, encryptedDiversifier: 0x2474 };

async function ask(pair: ConnectedPair, longTermKey = KEY): Promise<void> {
  const connectionHandle = pair.centralHandle;
  await pair.central.hci.command(commands.leEnableEncryption, { connectionHandle, ...request, longTermKey });
}

async function answer(pair: ConnectedPair, longTermKey = KEY): Promise<void> {
  const connectionHandle = pair.peripheralHandle;
  await pair.peripheral.hci.eventually(leLongTermKeyRequest, { connectionHandle, ...request });
  await pair.peripheral.hci.command(commands.leLongTermKeyRequestReply, { connectionHandle, longTermKey });
}

async function encrypt(world: World, pair: ConnectedPair, longTermKey = KEY): Promise<void> {
  await ask(pair, longTermKey);
  await answer(pair, longTermKey);
  await world.clock.advance(100);
}

async function encryptedPair(world: World): Promise<ConnectedPair> {
  const pair = await world.connected();
  await encrypt(world, pair);
  for (const { hci } of [pair.central, pair.peripheral]) hci.event(encryptionChangeV1, { status: 0 });
  return pair;
}

describe('encryption', () => {
  it('carries data of all lengths in both directions at once, and more than one octet of counter', async () => {
    const world = new World();
    const pair = await encryptedPair(world);
    const sent: string[] = [];
    for (let i = 0; i < 300; i++) {
      const data = Uint8Array.from({ length: 1 + (i % 251) }, (_, j) => i + j);
      sent.push(toHex(data));
      await pair.central.hci.acl(pair.centralHandle, data);
      await pair.peripheral.hci.acl(pair.peripheralHandle, data);
      await world.clock.advance(200);
    }
    for (const { hci } of [pair.central, pair.peripheral]) {
      // Each packet is cut into PDUs of 27 octets: what began with 2 is a new one.
      const whole: string[] = [];
      for (const { boundary, data } of hci.allAcl()) {
        if (boundary === 2) whole.push(toHex(data));
        else whole.push(whole.pop()! + toHex(data));
      }
      expect(whole).toEqual(sent);
      hci.all(numberOfCompletedPackets);
      hci.silence();
    }
  });

  it('tells by Encryption Change [v2] with the size of the key, where that is let through (Vol 4, Part E, 7.7.8)', async () => {
    const world = new World();
    const pair = await world.connected();
    await pair.central.hci.command(commands.setEventMaskPage2, { eventMaskPage2: 1n << 25n });
    await encrypt(world, pair);
    pair.central.hci.event(encryptionChangeV2, {
      status: 0,
      connectionHandle: pair.centralHandle,
      encryptionEnabled: 1,
      encryptionKeySize: 16,
    });
    pair.peripheral.hci.event(encryptionChangeV1, { status: 0, encryptionEnabled: 1 });
  });

  it('fails with 0x06 when the host of the peripheral does not hear of the request', async () => {
    const world = new World();
    const pair = await world.connected();
    await pair.peripheral.hci.command(commands.leSetEventMask, { leEventMask: 0xfn });
    await ask(pair);
    await world.clock.advance(100);
    pair.central.hci.event(encryptionChangeV1, { status: 0x06, encryptionEnabled: 0 });
    pair.peripheral.hci.silence();
  });

  it('fails with 0x1A when the peripheral cannot encrypt (Vol 6, Part B, 5.1.3.1)', async () => {
    const world = new World();
    const leFeatures = fullPersonality.leFeatures & ~(1n << BigInt(LeFeature.leEncryption));
    const pair = await world.connected({ peripheral: { ...fullPersonality, leFeatures } });
    await ask(pair);
    await world.clock.advance(100);
    pair.central.hci.event(encryptionChangeV1, { status: 0x1a, encryptionEnabled: 0 });
  });

  it('ends with 0x06 at the central and 0x16 at the peripheral when a new key is refused', async () => {
    const world = new World();
    const pair = await encryptedPair(world);
    await ask(pair);
    const connectionHandle = pair.peripheralHandle;
    await pair.peripheral.hci.eventually(leLongTermKeyRequest, {});
    await pair.peripheral.hci.command(commands.leLongTermKeyRequestNegativeReply, { connectionHandle });
    await world.clock.advance(100);
    pair.central.hci.event(disconnectionComplete, { reason: 0x06 });
    pair.peripheral.hci.event(disconnectionComplete, { reason: 0x16 });
  });

  it('fails at once at a wrong new key', async () => {
    const world = new World();
    const pair = await encryptedPair(world);
    await ask(pair);
    await answer(pair, KEY.toReversed());
    await world.clock.advance(100);
    pair.peripheral.hci.event(disconnectionComplete, { reason: 0x3d });
    await world.clock.advance(1000);
    pair.central.hci.event(disconnectionComplete, { reason: 0x08 });
  });

  it('changes the key while data flows, and loses none', async () => {
    const world = new World();
    const pair = await encryptedPair(world);
    for (let round = 0; round < 8; round++) {
      const key = Uint8Array.from(KEY, (octet) => octet ^ round);
      for (const octet of [1, 2]) {
        await pair.central.hci.acl(pair.centralHandle, Uint8Array.of(octet, round));
        await pair.peripheral.hci.acl(pair.peripheralHandle, Uint8Array.of(octet, round));
      }
      for (const { hci } of [pair.central, pair.peripheral]) hci.all(numberOfCompletedPackets);
      await ask(pair, key);
      await pair.central.hci.acl(pair.centralHandle, Uint8Array.of(3, round));
      await world.clock.advance(100);
      await answer(pair, key);
      await pair.peripheral.hci.acl(pair.peripheralHandle, Uint8Array.of(3, round));
      await world.clock.advance(100);
      for (const { hci } of [pair.central, pair.peripheral]) {
        expect(hci.allAcl().map(({ data }) => [...data])).toEqual([
          [1, round],
          [2, round],
          [3, round],
        ]);
        expect(hci.all(encryptionKeyRefreshComplete)).toHaveLength(1);
      }
    }
  });

  it('refuses a second request beside one that runs (0x0C)', async () => {
    const pair = await new World().connected();
    await ask(pair);
    const again = { connectionHandle: pair.centralHandle, ...request, longTermKey: KEY };
    await pair.central.hci.refused(commands.leEnableEncryption, again, 0x0c);
  });

  it('answers what the peripheral began at the same time when it is on', async () => {
    const world = new World();
    const pair = await world.connected();
    const connectionHandle = pair.peripheralHandle;
    await pair.peripheral.hci.command(commands.leSetPhy, {
      connectionHandle,
      allPhys: 0,
      txPhys: 2,
      rxPhys: 2,
      phyOptions: 0,
    });
    await ask(pair);
    // Long after any instant that the central could have given.
    await world.clock.advance(500);
    await answer(pair);
    await world.clock.advance(200);
    for (const { hci } of [pair.central, pair.peripheral]) {
      expect(hci.all(encryptionChangeV1)).toMatchObject([{ status: 0 }]);
      expect(hci.all(lePhyUpdateComplete)).toMatchObject([{ status: 0, txPhy: 2, rxPhy: 2 }]);
      hci.silence();
    }
  });

  it('runs between other procedures of the central, and waits for their instants', async () => {
    const world = new World();
    const pair = await world.connected();
    const connectionHandle = pair.centralHandle;
    await pair.central.hci.command(commands.leConnectionUpdate, {
      connectionHandle,
      connectionIntervalMin: 10,
      connectionIntervalMax: 10,
      maxLatency: 0,
      supervisionTimeout: 100,
      minCeLength: 0,
      maxCeLength: 0,
    });
    await ask(pair);
    await pair.central.hci.command(commands.readRemoteVersionInformation, { connectionHandle });
    await answer(pair);
    await world.clock.advance(200);
    pair.central.hci.event(leConnectionUpdateComplete, { status: 0 });
    pair.central.hci.event(encryptionChangeV1, { status: 0 });
    pair.central.hci.event(readRemoteVersionInformationComplete, { status: 0 });
    pair.central.hci.silence();
  });

  it('can be given up by either host while the key is awaited', async () => {
    for (const side of ['central', 'peripheral'] as const) {
      const world = new World();
      const pair = await world.connected();
      await ask(pair);
      await pair.peripheral.hci.eventually(leLongTermKeyRequest, {});
      const connectionHandle = side === 'central' ? pair.centralHandle : pair.peripheralHandle;
      await pair[side].hci.command(commands.disconnect, { connectionHandle, reason: 0x13 });
      await world.clock.advance(100);
      pair[side].hci.event(disconnectionComplete, { reason: 0x16 });
      const other = side === 'central' ? 'peripheral' : 'central';
      pair[other].hci.event(disconnectionComplete, { reason: 0x13 });
      const reply = { connectionHandle: pair.peripheralHandle, longTermKey: KEY };
      await pair.peripheral.hci.refused(commands.leLongTermKeyRequestReply, reply, 0x02);
    }
  });
});

describe('key agreement in the controller', () => {
  it('needs a key pair first (0x0C), and another after a Reset (Vol 4, Part E, 7.8.37)', async () => {
    const { hci } = await new World().controller();
    const { x, y } = publicKeyOf(debugPrivateKey);
    const peer = { keyXCoordinate: x, keyYCoordinate: y };
    await hci.refused(commands.leGenerateDhKeyV1, peer, 0x0c);
    await hci.refused(commands.leGenerateDhKeyV2, { ...peer, keyType: 0 }, 0x0c);
    await hci.command(commands.leReadLocalP256PublicKey, {});
    hci.received.length = 0;
    await hci.command(commands.leGenerateDhKeyV1, peer);
    hci.event(leGenerateDhKeyComplete, { status: 0 });
    await hci.command(commands.reset, {});
    await hci.refused(commands.leGenerateDhKeyV1, peer, 0x0c);
  });

  it('takes the debug key with key type 1, and refuses others (0x12; Vol 4, Part E, 7.8.37)', async () => {
    const { hci } = await new World().controller();
    const { x, y } = publicKeyOf(debugPrivateKey);
    const peer = { keyXCoordinate: x, keyYCoordinate: y };
    await hci.command(commands.leGenerateDhKeyV2, { ...peer, keyType: 1 });
    const { dhKey } = hci.event(leGenerateDhKeyComplete, { status: 0 });
    // The debug key with itself: BlueZ, unit/test-ecc.c.
    expect(toHex(dhKey.toReversed())).toBe(
      '70aad7e649f91c7cae5f79fc32992787c38757a8728b7b55da7bb3cb4800ab2d',
    );
    await hci.refused(commands.leGenerateDhKeyV2, { ...peer, keyType: 2 }, 0x12);
  });

  it('tells 0x12 and all ones for a point beside the curve (Vol 4, Part E, 7.8.37)', async () => {
    const { hci } = await new World().controller();
    const { x } = publicKeyOf(debugPrivateKey);
    const peer = { keyXCoordinate: x, keyYCoordinate: new Uint8Array(32).fill(0x42) };
    await hci.command(commands.leGenerateDhKeyV2, { ...peer, keyType: 1 });
    const { dhKey } = hci.event(leGenerateDhKeyComplete, { status: 0x12 });
    expect(toHex(dhKey)).toBe('ff'.repeat(32));
  });
});
