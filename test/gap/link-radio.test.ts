import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotSupportedError } from '../../src/core/errors.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import * as commands from '../../src/hci/commands/index.js';
import { event } from '../support/scripted-controller.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';

let world: World;
let central: Device;
let peripheral: Device;
let mine: Connection;
let theirs: Connection;

async function connect(): Promise<void> {
  const arrived = new Promise<Connection>((resolve) => peripheral.once('connection', resolve));
  await world.run(peripheral.startAdvertising({ data: { flags: 6 } }));
  mine = await world.run(central.connect(peripheral.address));
  theirs = await world.run(arrived);
}

describe('the radio of a link, between two devices', () => {
  beforeEach(async () => {
    world = new World();
    central = await world.device();
    peripheral = await world.device();
    await connect();
  });
  afterEach(() => world.run(Promise.all([central.close(), peripheral.close()])));

  it('changes to LE 2M, which both sides are told (7.8.49, 7.7.65.12)', async () => {
    expect(await world.run(mine.radio.readPhy())).toEqual({ tx: '1M', rx: '1M' });
    const told = new Promise((resolve) => theirs.radio.once('phy', resolve));
    expect(await world.run(mine.radio.setPhy({ tx: ['2M'], rx: ['2M'] }))).toEqual({ tx: '2M', rx: '2M' });
    expect(await world.run(told)).toEqual({ tx: '2M', rx: '2M' });
    expect(await world.run(theirs.radio.readPhy())).toEqual({ tx: '2M', rx: '2M' });
    expect(await world.run(mine.radio.setPhy({ tx: ['coded'], rx: ['coded'], coding: 'S2' }))).toEqual({
      tx: 'coded',
      rx: 'coded',
    });
    // Asked for what there is already: answered all the same.
    expect(await world.run(theirs.radio.setPhy({ tx: ['coded'] }))).toMatchObject({ tx: 'coded' });
  });

  it('tells the features and the version of the peer (7.8.21, 7.1.23), also when both are asked for twice', async () => {
    const features = await world.run(
      Promise.all([mine.radio.readRemoteFeatures(), mine.radio.readRemoteFeatures()]),
    );
    expect(features[0]).toHaveLength(8);
    expect(features[0]).toEqual(features[1]);
    expect(features[0]![0]! & 1).toBe(1);
    const version = await world.run(mine.radio.readRemoteVersion());
    expect(version.version).toBe(peripheral.controller.lmpVersion);
  });

  it('asks for a subrate, which both sides are told (7.8.124, 7.7.65.35)', async () => {
    const told = new Promise((resolve) => theirs.radio.once('subrate', resolve));
    const wish = { subrateMin: 2, subrateMax: 4, continuationNumber: 1, supervisionTimeoutMs: 6000 };
    const subrating = await world.run(mine.radio.requestSubrate(wish));
    expect(subrating.factor).toBeGreaterThanOrEqual(2);
    expect(subrating.factor).toBeLessThanOrEqual(4);
    expect(await world.run(told)).toEqual(subrating);
  });

  it('grants a peripheral the subrate that the device says beforehand, and no other (7.8.123)', async () => {
    await expect(
      world.run(theirs.radio.requestSubrate({ subrateMin: 4, subrateMax: 4, supervisionTimeoutMs: 6000 })),
    ).rejects.toMatchObject({ code: 'HCI_ERROR' });
    await world.run(mine.disconnect());
    await world.run(central.setDefaultSubrate({ subrateMax: 4, supervisionTimeoutMs: 6000 }));
    await connect();
    const wish = { subrateMin: 4, subrateMax: 4, supervisionTimeoutMs: 6000 };
    expect((await world.run(theirs.radio.requestSubrate(wish))).factor).toBe(4);
    await expect(world.run(central.setDefaultSubrate({ subrateMax: 0 }))).rejects.toThrow(/subrateMax/);
  });

  it('reads and reports power (7.8.117, 7.8.118, 7.8.121)', async () => {
    const local = await world.run(mine.radio.readTxPower('1M'));
    expect(local.current).toBeLessThanOrEqual(local.max);
    const remote = await world.run(mine.radio.readRemoteTxPower('1M'));
    expect(remote).toMatchObject({ side: 'remote', phy: '1M' });
    expect(remote.level).toBe((await world.run(theirs.radio.readTxPower('1M'))).current);
    await world.run(mine.radio.reportTxPower({ local: true, remote: true }));
    expect((await world.run(mine.radio.readChannelMap())).length).toBe(5);
  });

  it('ends what is waited for when the link is gone, and is refused after it', async () => {
    const asked = mine.radio.readRemoteFeatures();
    asked.catch(() => {});
    await world.run(mine.disconnect());
    await expect(world.run(asked)).rejects.toMatchObject({ code: 'DISCONNECTED' });
    await expect(world.run(mine.radio.readPhy())).rejects.toMatchObject({ code: 'DISCONNECTED' });
  });

  it('refuses what is not permitted, naming it, before anything is sent', async () => {
    const { radio } = mine;
    const wrong: (() => unknown)[] = [
      () => radio.setPhy({ tx: [] }),
      () => radio.setPhy({ tx: ['3M' as '2M'] }),
      () => radio.setPhy({ speed: '2M' } as never),
      () => radio.setDataLength(26),
      () => radio.requestSubrate({ subrateMax: 501 }),
      () => radio.requestSubrate({ subrateMax: 100, maxLatency: 5 }),
      () => radio.requestSubrate({ subrateMax: 2, continuationNumber: 2 }),
      () => radio.monitorPathLoss({ highThreshold: 50, lowThreshold: 60 }),
      () =>
        radio.monitorPathLoss({ highThreshold: 60, lowThreshold: 50, lowHysteresis: 8, highHysteresis: 8 }),
      () => radio.readTxPower('coded' as '1M'),
    ];
    for (const call of wrong)
      await expect((async () => call())()).rejects.toThrow(/permitted|wanted|reach|may be|unknown option/);
  });
});

describe('the radio of a link, by the octets', () => {
  const connected = event(0x3e, '01 00 4000 00 01 0200000000c0 1800 0000 9001 00');

  async function linked() {
    const all = await scriptedDevice(
      leController().answer(commands.leReadLocalSupportedFeaturesPage0, '00 22000000 60000000'),
    );
    const { device, controller, clock } = all;
    controller.answer(commands.leCreateConnection, { status: 0 });
    const attempt = device.connect('C0:00:00:00:00:02/random', { exchangeMtu: false });
    await clock.advance(1);
    controller.emit(connected);
    const link = await clock.run(attempt);
    controller.sent.length = 0;
    return { ...all, link };
  }

  it('LE Set PHY says what is left open and how LE Coded is wanted (7.8.49)', async () => {
    const { link, controller, clock } = await linked();
    controller.answer(commands.leSetPhy, { status: 0 });
    const set = link.radio.setPhy({ tx: ['2M', 'coded'], coding: 'S8' });
    await clock.advance(1);
    expect(controller.sent).toEqual(['01322007' + '4000' + '02' + '06' + '00' + '0200']);
    controller.emit(event(0x3e, '0c 00 4000 03 01'));
    expect(await clock.run(set)).toEqual({ tx: 'coded', rx: '1M' });
    const refused = link.radio.setPhy({ rx: ['2M'] });
    refused.catch(() => {});
    await clock.advance(1);
    controller.emit(event(0x3e, '0c 1a 4000 01 01'));
    await expect(clock.run(refused)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      cause: { status: 0x1a },
      message: expect.stringMatching(/change of PHYs: the peer does not have the feature LE 2M PHY/),
    });
    const failed = link.radio.setPhy({ rx: ['2M'] });
    failed.catch(() => {});
    await clock.advance(1);
    controller.emit(event(0x3e, '0c 23 4000 01 01'));
    await expect(clock.run(failed)).rejects.toMatchObject({ code: 'HCI_ERROR', status: 0x23 });
  });

  it('path loss: parameters, then on; events are told with their zone (7.8.119, 7.8.120, 7.7.65.32)', async () => {
    const { link, controller, clock } = await linked();
    controller.answer(commands.leSetPathLossReportingParameters, '00 4000');
    controller.answer(commands.leSetPathLossReportingEnable, '00 4000');
    await clock.run(
      link.radio.monitorPathLoss({
        lowThreshold: 50,
        highThreshold: 80,
        highHysteresis: 5,
        lowHysteresis: 3,
        minEvents: 10,
      }),
    );
    await clock.run(link.radio.monitorPathLoss(false));
    expect(controller.sent).toEqual([
      '01782008' + '4000' + '50053203' + '0a00',
      '01792003' + '4000' + '01',
      '01792003' + '4000' + '00',
    ]);
    const told: unknown[] = [];
    link.radio.on('pathLoss', (report) => told.push(report));
    controller.emit(event(0x3e, '20 4000 55 02'), event(0x3e, '20 4000 ff 00'));
    await clock.advance(1);
    expect(told).toEqual([
      { pathLoss: 0x55, zone: 'high' },
      { pathLoss: undefined, zone: 'low' },
    ]);
  });

  it('transmit power: what changed, and what was read from the peer (7.7.65.33)', async () => {
    const { link, controller, clock } = await linked();
    controller.answer(commands.leReadRemoteTransmitPowerLevel, { status: 0 });
    const told: unknown[] = [];
    link.radio.on('txPower', (report) => told.push(report));
    const read = link.radio.readRemoteTxPower('codedS2');
    await clock.advance(1);
    expect(controller.sent).toEqual(['01772003' + '4000' + '04']);
    controller.emit(event(0x3e, '21 00 4000 00 01 f8 01 fe'), event(0x3e, '21 00 4000 02 04 7e 00 7f'));
    expect(await clock.run(read)).toEqual({
      side: 'remote',
      phy: 'codedS2',
      level: undefined,
      atMinimum: false,
      atMaximum: false,
      delta: undefined,
    });
    expect(told).toEqual([
      { side: 'local', phy: '1M', level: -8, atMinimum: true, atMaximum: false, delta: -2 },
    ]);
  });

  it('a procedure that no event ends, ends by itself (Vol 6, Part B, 5.2)', async () => {
    const { link, controller, clock } = await linked();
    controller.answer(commands.leReadRemoteFeaturesPage0, { status: 0 });
    const read = link.radio.readRemoteFeatures();
    read.catch(() => {});
    await clock.advance(40_000);
    await expect(clock.run(read)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('what the controller does not have is refused by its name', async () => {
    const without = leController().answer(
      commands.readLocalSupportedCommands,
      `00 ${'ff'.repeat(35)}00${'ff'.repeat(28)}`,
    );
    const { device, controller, clock } = await scriptedDevice(without);
    controller.answer(commands.leCreateConnection, { status: 0 });
    const attempt = device.connect('C0:00:00:00:00:02/random', { exchangeMtu: false });
    await clock.advance(1);
    controller.emit(connected);
    const link = await clock.run(attempt);
    const refused = clock.run(link.radio.setPhy({ tx: ['2M'] }));
    await expect(refused).rejects.toBeInstanceOf(NotSupportedError);
    await expect(refused).rejects.toThrow(/LE_Set_PHY/);
  });

  it.each([
    [true, '0120200e' + '4000' + '0600' + '0c00' + '0100' + '9001' + '00000000'],
    [false, '01212003' + '4000' + '3b'],
  ])(
    'the parameters that a peer asks for by the Link Layer: accepted %s (7.7.65.6, 7.8.31, 7.8.32)',
    async (accept, sent) => {
      const controller = leController()
        .answer(commands.leCreateConnection, { status: 0 })
        .answer(commands.leRemoteConnectionParameterRequestReply, '00 4000')
        .answer(commands.leRemoteConnectionParameterRequestNegativeReply, '00 4000');
      const seen: unknown[] = [];
      const { device, clock } = await scriptedDevice(controller, {
        acceptParameters: (_, request) => {
          seen.push(request);
          return accept;
        },
      });
      const attempt = device.connect('C0:00:00:00:00:02/random', { exchangeMtu: false });
      await clock.advance(1);
      controller.emit(connected);
      await clock.run(attempt);
      controller.sent.length = 0;
      controller.emit(event(0x3e, '06 4000 0600 0c00 0100 9001'));
      await clock.advance(1);
      expect(controller.sent).toEqual([sent]);
      expect(seen).toEqual([{ intervalMin: 6, intervalMax: 12, latency: 1, timeout: 400 }]);
    },
  );

  it('what the controller or the peer has not is refused by its name (Vol 1, Part F, 2.17 and 2.25)', async () => {
    const { link, controller, clock } = await linked();
    controller
      .answer(commands.leSubrateRequest, { status: 0x1a })
      .answer(commands.leSetPathLossReportingParameters, '11 4000')
      .answer(commands.leReadRemoteTransmitPowerLevel, { status: 0x11 });
    for (const [call, message] of [
      [
        () => link.radio.requestSubrate({ subrateMax: 2 }),
        /the peer does not have the feature Connection Sub/,
      ],
      [
        () => link.radio.monitorPathLoss({ lowThreshold: 1, highThreshold: 2 }),
        /controller does not have the feature lePathLossMonitoring/,
      ],
      [
        () => link.radio.readRemoteTxPower('1M'),
        /controller does not have the feature lePowerControlRequest/,
      ],
    ] as const) {
      const refused = clock.run(call() as Promise<unknown>);
      await expect(refused).rejects.toBeInstanceOf(NotSupportedError);
      await expect(refused).rejects.toThrow(message);
    }
  });

  it('of a link that there is not, parameters are refused', async () => {
    const controller = leController().answer(
      commands.leRemoteConnectionParameterRequestNegativeReply,
      '00 4000',
    );
    const { clock } = await scriptedDevice(controller);
    controller.emit(event(0x3e, '06 4000 0600 0c00 0100 9001'));
    await clock.advance(1);
    expect(controller.sent).toEqual(['01212003' + '4000' + '3b']);
  });
});
