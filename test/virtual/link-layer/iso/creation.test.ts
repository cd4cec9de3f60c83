import { describe, expect, it } from 'vitest';
import { toHex } from '../../../../src/core/index.js';
import * as commands from '../../../../src/hci/commands/index.js';
import {
  disconnectionComplete,
  leCisEstablishedV1,
  leCisRequest,
  leReadRemoteFeaturesPage0Complete,
} from '../../../../src/hci/events/index.js';
import { fullPersonality } from '../../../../src/virtual/index.js';
import { World } from '../../world.js';
import { CIS_HOST_SUPPORT, cig, cis, encodeCommand, path, streamingPair, withStream } from './streams.js';

const DISALLOWED = 0x0c;

describe('LE Set CIG Parameters', () => {
  it('gives a handle for each stream, the same again when a stream is changed (Vol 4, Part E, 7.8.97)', async () => {
    const { hci } = await new World().controller();
    const two = cig({ cises: [cis(), cis({ cisId: 2 })] });
    const { cigId, connectionHandles } = await hci.command(commands.leSetCigParameters, two);
    expect(cigId).toBe(7);
    expect(new Set(connectionHandles).size).toBe(2);
    const again = await hci.command(
      commands.leSetCigParameters,
      cig({ cises: [cis({ cisId: 2, maxSduCToP: 50 }), cis({ cisId: 3 })] }),
    );
    expect(again.connectionHandles[0]).toBe(connectionHandles[1]);
    expect(connectionHandles).not.toContain(again.connectionHandles[1]);
  });

  it.each([
    ['a CIG_ID above 0xEF', { cigId: 0xf0 }],
    ['an SDU interval below 255 µs', { sduIntervalCToP: 0xfe }],
    ['an SDU interval above 20 bits', { sduIntervalPToC: 0x100000 }],
    ['a clock accuracy that does not exist', { worstCaseSca: 8 }],
    ['a packing that does not exist', { packing: 2 }],
    ['a latency below 5 ms', { maxTransportLatencyCToP: 4 }],
    ['a latency above 4 s', { maxTransportLatencyPToC: 4001 }],
    ['the same stream twice', { cises: [cis(), cis()] }],
    ['a CIS_ID above 0xEF', { cises: [cis({ cisId: 0xf0 })] }],
    ['an SDU above 4095 octets', { cises: [cis({ maxSduCToP: 4096 })] }],
    ['no PHY', { cises: [cis({ phyPToC: 0 })] }],
    ['too many retransmissions', { cises: [cis({ rtnCToP: 0x1f })] }],
  ])('refuses %s (0x12)', async (_what, change) => {
    const { hci } = await new World().controller();
    await hci.refused(commands.leSetCigParameters, cig(change), 0x12);
  });

  it('gives back the CIG_ID and no handles when it refuses', async () => {
    const { hci } = await new World().controller();
    await hci.send(encodeCommand(commands.leSetCigParameters, cig({ framing: 1 })));
    expect(toHex(hci.received.shift()!)).toBe('040e0601622011' + '07' + '00');
  });

  it('is not there without the feature, nor is any of its kind', async () => {
    const leFeatures = fullPersonality.leFeatures & ~(15n << 28n);
    const { hci } = await new World().controller({ ...fullPersonality, leFeatures });
    await hci.send(encodeCommand(commands.leSetCigParameters, cig()));
    expect(toHex(hci.received.shift()!)).toBe('040e0401622001');
    await hci.send(encodeCommand(commands.leReadIsoTxSync, { connectionHandle: 1 }));
    expect(toHex(hci.received.shift()!)).toBe('040e0401612001');
  });
});

describe('LE Set Host Feature', () => {
  it('sets the bits of the host alone, and not while there is a connection (Vol 4, Part E, 7.8.115)', async () => {
    const world = new World();
    const { hci } = await world.controller();
    await hci.command(commands.leSetHostFeatureV1, { bitNumber: CIS_HOST_SUPPORT, bitValue: 1 });
    const { leFeatures } = await hci.command(commands.leReadLocalSupportedFeaturesPage0, {});
    expect(leFeatures[4]! & 1).toBe(1);
    await hci.refused(commands.leSetHostFeatureV1, { bitNumber: 0, bitValue: 1 }, 0x11);
    await hci.refused(commands.leSetHostFeatureV1, { bitNumber: 63, bitValue: 1 }, 0x11);
    await hci.refused(commands.leSetHostFeatureV1, { bitNumber: CIS_HOST_SUPPORT, bitValue: 2 }, 0x12);
    const pair = await world.connected();
    await pair.central.hci.refused(
      commands.leSetHostFeatureV1,
      { bitNumber: CIS_HOST_SUPPORT, bitValue: 1 },
      DISALLOWED,
    );
  });

  it('is told to peers, and forgotten at a Reset', async () => {
    const world = new World();
    const { central, peripheral } = await streamingPair(world);
    await central.hci.command(commands.leReadRemoteFeaturesPage0, { connectionHandle: 1 });
    const { leFeatures } = await central.hci.eventually(leReadRemoteFeaturesPage0Complete);
    expect(leFeatures[4]! & 1).toBe(1);
    await peripheral.hci.command(commands.reset, {});
    const after = await peripheral.hci.command(commands.leReadLocalSupportedFeaturesPage0, {});
    expect(after.leFeatures[4]! & 1).toBe(0);
  });
});

describe('the creation of a stream', () => {
  it('asks the peripheral, and tells both ends the same when it accepts (Vol 4, Part E, 7.7.65.25 and 26)', async () => {
    const world = new World();
    const pair = await streamingPair(world);
    const { central, peripheral } = pair;
    const { connectionHandles } = await central.hci.command(commands.leSetCigParameters, cig());
    const [handle] = connectionHandles as [number];
    await central.hci.command(commands.leCreateCis, {
      cises: [{ cisConnectionHandle: handle, aclConnectionHandle: 1 }],
    });
    const { cisConnectionHandle } = await peripheral.hci.eventually(leCisRequest, {
      aclConnectionHandle: 1,
      cigId: 7,
      cisId: 1,
    });
    central.hci.silence();
    await peripheral.hci.command(commands.leAcceptCisRequest, { connectionHandle: cisConnectionHandle });
    const ours = await central.hci.eventually(leCisEstablishedV1, { status: 0, connectionHandle: handle });
    const theirs = await peripheral.hci.eventually(leCisEstablishedV1, { status: 0 });
    expect(theirs.connectionHandle).toBe(cisConnectionHandle);
    expect({ ...theirs, connectionHandle: 0 }).toEqual({ ...ours, connectionHandle: 0 });
    expect(ours).toMatchObject({ isoInterval: 8, nse: 3, bnCToP: 1, bnPToC: 1, ftCToP: 1, maxPduCToP: 100 });
    expect(ours.cigSyncDelay).toBe(3 * 980);
    await central.hci.refused(
      commands.leCreateCis,
      { cises: [{ cisConnectionHandle: handle, aclConnectionHandle: 1 }] },
      0x0b,
    );
  });

  it('fails with the reason of the peripheral that rejects it (Vol 4, Part E, 7.8.102)', async () => {
    const world = new World();
    const { central, peripheral } = await streamingPair(world);
    const { connectionHandles } = await central.hci.command(commands.leSetCigParameters, cig());
    const cises = [{ cisConnectionHandle: connectionHandles[0]!, aclConnectionHandle: 1 }];
    for (const [reason, seen] of [
      [0x0d, 0x0d],
      [0, 0x13],
    ] as const) {
      await central.hci.command(commands.leCreateCis, { cises });
      const { cisConnectionHandle } = await peripheral.hci.eventually(leCisRequest);
      const connectionHandle = cisConnectionHandle;
      await peripheral.hci.command(commands.leRejectCisRequest, { connectionHandle, reason });
      await central.hci.eventually(leCisEstablishedV1, { status: seen });
      await peripheral.hci.refused(commands.leAcceptCisRequest, { connectionHandle }, 0x02);
      peripheral.hci.silence();
    }
  });

  it('fails with 0x1A where the peripheral does not know streams, or its host does not want them', async () => {
    const world = new World();
    const { central, peripheral } = await streamingPair(world);
    await peripheral.hci.command(commands.leSetEventMask, { leEventMask: 0x1fn });
    const { connectionHandles } = await central.hci.command(commands.leSetCigParameters, cig());
    const create = {
      cises: [{ cisConnectionHandle: connectionHandles[0]!, aclConnectionHandle: 1 }],
    };
    await central.hci.command(commands.leCreateCis, create);
    await central.hci.eventually(leCisEstablishedV1, { status: 0x1a });
    peripheral.hci.silence();
  });

  it('fails with 0x10 when the host of the peripheral does not answer in time (Vol 4, Part E, 7.3.13)', async () => {
    const world = new World();
    const { central, peripheral } = await streamingPair(world);
    await peripheral.hci.command(commands.writeConnectionAcceptTimeout, { connectionAcceptTimeout: 1600 });
    expect(await peripheral.hci.command(commands.readConnectionAcceptTimeout, {})).toMatchObject({
      connectionAcceptTimeout: 1600,
    });
    const { connectionHandles } = await central.hci.command(commands.leSetCigParameters, cig());
    const cises = [{ cisConnectionHandle: connectionHandles[0]!, aclConnectionHandle: 1 }];
    await central.hci.command(commands.leCreateCis, { cises });
    await peripheral.hci.eventually(leCisRequest);
    await world.clock.advance(990);
    central.hci.silence();
    await peripheral.hci.eventually(leCisEstablishedV1, { status: 0x10 }, 20);
    await central.hci.eventually(leCisEstablishedV1, { status: 0x10 }, 20);
  });

  it('may be given up by Disconnect before the peripheral answers: 0x44 (Vol 4, Part E, 7.1.6)', async () => {
    const world = new World();
    const { central, peripheral } = await streamingPair(world);
    const { connectionHandles } = await central.hci.command(commands.leSetCigParameters, cig());
    const [handle] = connectionHandles as [number];
    const cises = [{ cisConnectionHandle: handle, aclConnectionHandle: 1 }];
    await central.hci.command(commands.leCreateCis, { cises });
    const { cisConnectionHandle } = await peripheral.hci.eventually(leCisRequest);
    await central.hci.command(commands.disconnect, { connectionHandle: handle, reason: 0x13 });
    await peripheral.hci.command(commands.leAcceptCisRequest, { connectionHandle: cisConnectionHandle });
    await central.hci.eventually(leCisEstablishedV1, { status: 0x44 }, 50);
    await peripheral.hci.eventually(leCisEstablishedV1, { status: 0x44 }, 50);
  });

  it('is refused in the wrong state or with wrong handles (Vol 4, Part E, 7.8.99)', async () => {
    const world = new World();
    const { central, peripheral } = await streamingPair(world);
    const { connectionHandles } = await central.hci.command(commands.leSetCigParameters, cig());
    const [handle] = connectionHandles as [number];
    const one = (cisConnectionHandle: number, aclConnectionHandle: number) => ({
      cises: [{ cisConnectionHandle, aclConnectionHandle }],
    });
    await central.hci.refused(commands.leCreateCis, { cises: [] }, 0x12);
    await central.hci.refused(
      commands.leCreateCis,
      { cises: [...one(handle, 1).cises, ...one(handle, 1).cises] },
      0x12,
    );
    await central.hci.refused(commands.leCreateCis, one(handle, 5), 0x02);
    await central.hci.refused(commands.leCreateCis, one(5, 1), 0x02);
    const theirs = await peripheral.hci.command(commands.leSetCigParameters, cig());
    await peripheral.hci.refused(commands.leCreateCis, one(theirs.connectionHandles[0]!, 1), DISALLOWED);
    await central.hci.command(commands.leCreateCis, one(handle, 1));
    await central.hci.refused(commands.leCreateCis, one(handle, 1), DISALLOWED);
    await central.hci.refused(commands.leSetCigParameters, cig(), DISALLOWED);
    await central.hci.refused(commands.leRemoveCig, { cigId: 7 }, DISALLOWED);
  });

  it('needs the host to have said that it can do streams', async () => {
    const world = new World();
    const { central } = await world.connected();
    const { connectionHandles } = await central.hci.command(commands.leSetCigParameters, cig());
    const cises = [{ cisConnectionHandle: connectionHandles[0]!, aclConnectionHandle: 1 }];
    await central.hci.refused(commands.leCreateCis, { cises }, DISALLOWED);
  });
});

describe('the end of a stream', () => {
  it.each(['central', 'peripheral'] as const)(
    'by the %s gives it 0x16 and the other the reason; the group can be removed then (Vol 4, Part E, 7.1.6 and 7.8.100)',
    async (side) => {
      const world = new World();
      const pair = await withStream(world, await streamingPair(world));
      const near = pair[side].hci;
      const far = pair[side === 'central' ? 'peripheral' : 'central'].hci;
      const ours = side === 'central' ? pair.cisAtCentral : pair.cisAtPeripheral;
      const theirs = side === 'central' ? pair.cisAtPeripheral : pair.cisAtCentral;
      await near.command(commands.disconnect, { connectionHandle: ours, reason: 0x13 });
      await near.eventually(disconnectionComplete, { connectionHandle: ours, reason: 0x16 }, 50);
      await far.eventually(disconnectionComplete, { connectionHandle: theirs, reason: 0x13 }, 50);
      const { connectionHandle } = { connectionHandle: pair.cisAtPeripheral };
      await pair.peripheral.hci.refused(commands.leSetupIsoDataPath, path(connectionHandle, 0), 0x02);
      await pair.central.hci.refused(commands.leSetCigParameters, cig(), DISALLOWED);
      await pair.central.hci.command(commands.leRemoveCig, { cigId: 7 });
      await pair.central.hci.refused(commands.leRemoveCig, { cigId: 7 }, 0x02);
      await pair.central.hci.refused(commands.leSetupIsoDataPath, path(pair.cisAtCentral, 0), 0x02);
    },
  );

  it('comes with that of its connection, and is told first (Vol 4, Part E, 7.7.5)', async () => {
    const world = new World();
    const pair = await withStream(world, await streamingPair(world));
    await pair.central.hci.command(commands.disconnect, { connectionHandle: 1, reason: 0x13 });
    await world.clock.advance(100);
    const ends = pair.peripheral.hci.all(disconnectionComplete);
    expect(ends.map(({ connectionHandle, reason }) => [connectionHandle, reason])).toEqual([
      [pair.cisAtPeripheral, 0x13],
      [1, 0x13],
    ]);
    const own = pair.central.hci.all(disconnectionComplete).map(({ connectionHandle }) => connectionHandle);
    expect(own).toEqual([pair.cisAtCentral, 1]);
    expect(world.clock.pending).toBe(0);
  });

  it('comes when the other end is silent for the supervision timeout', async () => {
    const world = new World();
    const pair = await withStream(world, await streamingPair(world));
    pair.peripheral.controller.powerOff();
    await world.clock.advance(1100);
    const ends = pair.central.hci.all(disconnectionComplete);
    expect(ends.map(({ reason }) => reason)).toEqual([0x08, 0x08]);
  });

  it('allows the stream to be created again', async () => {
    const world = new World();
    const pair = await withStream(world, await streamingPair(world));
    await pair.central.hci.command(commands.disconnect, {
      connectionHandle: pair.cisAtCentral,
      reason: 0x13,
    });
    await world.clock.advance(100);
    pair.central.hci.received.length = 0;
    pair.peripheral.hci.received.length = 0;
    await pair.central.hci.command(commands.leCreateCis, {
      cises: [{ cisConnectionHandle: pair.cisAtCentral, aclConnectionHandle: 1 }],
    });
    const { cisConnectionHandle } = await pair.peripheral.hci.eventually(leCisRequest);
    await pair.peripheral.hci.command(commands.leAcceptCisRequest, { connectionHandle: cisConnectionHandle });
    await pair.central.hci.eventually(leCisEstablishedV1, { status: 0 });
  });
});
