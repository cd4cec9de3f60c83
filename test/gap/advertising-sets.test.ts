import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Address } from '../../src/core/address.js';
import { StateError } from '../../src/core/errors.js';
import { toHex } from '../../src/core/hex.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import type { AdvertisingSet, AdvertisingSetOptions } from '../../src/gap/index.js';
import type { AdvertisingReport } from '../../src/hci/advertising-report.js';
import * as commands from '../../src/hci/commands/index.js';
import { FaultyTransport } from '../support/faulty-transport.js';
import { event } from '../support/scripted-controller.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';

const octets = (count: number) => Uint8Array.from({ length: count }, (_, i) => (i * 7) & 0xff);
const PEER = Address.parse('C0:00:00:00:00:02/random');

describe('advertising sets between devices', () => {
  let world: World;
  let advertiser: Device;
  let scanner: Device;

  beforeEach(async () => {
    world = new World();
    advertiser = await world.device();
    scanner = await world.device();
  });
  afterEach(() => world.run(Promise.all([advertiser.close(), scanner.close()])));

  const make = (options: AdvertisingSetOptions = {}) => world.run(advertiser.createAdvertisingSet(options));
  async function seen(ms: number): Promise<AdvertisingReport[]> {
    const reports: AdvertisingReport[] = [];
    const scan = await world.run(scanner.startScan({ onReport: (report) => void reports.push(report) }));
    await world.clock.advance(ms);
    await world.run(scan.stop());
    return reports;
  }
  const bySid = (reports: readonly AdvertisingReport[], sid: number) =>
    reports.filter((one) => one.sid === sid);

  it('are several at the same time, each with its own data, beside what startAdvertising starts', async () => {
    await world.run(advertiser.startAdvertising({ data: { flags: 6 } }));
    const long = await make({ sid: 1, data: octets(1650) });
    const short = await make({ sid: 2, data: { completeLocalName: 'second' }, secondaryPhy: '2M' });
    await world.run(Promise.all([long.start(), short.start()]));
    const reports = await seen(3000);
    expect(toHex(bySid(reports, 1)[0]!.data)).toBe(toHex(octets(1650)));
    expect(toHex(bySid(reports, 2)[0]!.data)).toBe('07097365636f6e64');
    expect(bySid(reports, 2)[0]!.secondaryPhy).toBe(2);
    expect(reports.some((one) => one.legacy && toHex(one.data) === '020106')).toBe(true);
    await world.run(long.stop());
    const later = await seen(2000);
    expect(bySid(later, 1)).toEqual([]);
    expect(bySid(later, 2).length).toBeGreaterThan(3);
    expect([long.advertising, short.advertising]).toEqual([false, true]);
  });

  it('that are connectable have as much as goes into one PDU, and no more (Vol 6, Part B, 2.3.4)', async () => {
    const kinds: [AdvertisingSetOptions, number][] = [
      [{ connectable: true }, 245],
      [{ connectable: true, includeTxPower: true }, 244],
      [{ connectable: true, peer: scanner.address }, 239],
    ];
    for (const [kind, most] of kinds) {
      await expect(advertiser.createAdvertisingSet({ ...kind, data: octets(most + 1) })).rejects.toThrow(
        `data: ${most + 1} octets are not permitted; 0 to ${most} are`,
      );
      const set = await make({ ...kind, sid: 1, data: octets(most) });
      expect(() => set.setData(octets(most + 1))).toThrow(RangeError);
      await world.run(set.start());
      expect(bySid(await seen(2000), 1)[0]?.dataLength).toBe(most);
      await world.run(set.remove());
    }
  });

  it('change their data while they advertise, also to more than one command has', async () => {
    const set = await make({ sid: 3, data: octets(10) });
    await world.run(set.start());
    for (const size of [20, 900, 251, 1, 1650]) {
      await world.run(set.setData(octets(size)));
      const reports = bySid(await seen(1500), 3);
      expect(reports.length).toBeGreaterThan(0);
      expect(new Set(reports.map(({ data }) => toHex(data)))).toEqual(new Set([toHex(octets(size))]));
    }
  });

  it('end by their time or their events, which is told (7.7.65.18)', async () => {
    const set = await make({ sid: 4 });
    const told: unknown[] = [];
    set.on('terminated', (what) => told.push(what));
    await world.run(set.start({ durationMs: 1000 }));
    await world.clock.advance(1500);
    expect(set.advertising).toBe(false);
    await world.run(set.start({ maxEvents: 5 }));
    await world.clock.advance(2000);
    expect(told).toMatchObject([{ by: 'time' }, { by: 'events', events: 5 }]);
  });

  it('answer scan requests, and tell who asked', async () => {
    const set = await make({ sid: 5, scannable: true, scanResponse: octets(300), scanRequests: true });
    const asked = new Promise<Address>((resolve) => set.once('scanRequest', resolve));
    await world.run(set.start());
    const responses = (await seen(2000)).filter((one) => one.scanResponse);
    expect(toHex(responses[0]!.data)).toBe(toHex(octets(300)));
    expect((await world.run(asked)).equals(scanner.address)).toBe(true);
  });

  it('take connections, and the other advertisements go on', async () => {
    await world.run(advertiser.startAdvertising({ data: { flags: 6 }, type: 'nonConnectable' }));
    const set = await make({ sid: 6, connectable: true });
    const other = await make({ sid: 7, data: octets(5) });
    await world.run(Promise.all([set.start(), other.start()]));
    const terminated = new Promise((resolve) => set.once('terminated', resolve));
    const arrived = new Promise<Connection>((resolve) => advertiser.once('connection', resolve));
    const link = await world.run(scanner.connect(advertiser.address));
    expect((await world.run(arrived)).peer.equals(scanner.address)).toBe(true);
    expect(await world.run(terminated)).toMatchObject({ by: 'connection' });
    expect([set.advertising, other.advertising, advertiser.advertising]).toEqual([false, true, true]);
    expect(link.isConnected).toBe(true);
    await world.run(set.start());
    expect(set.advertising).toBe(true);
  });

  it('say nothing of who they are when they are anonymous', async () => {
    const set = await make({ sid: 8, anonymous: true, data: octets(9) });
    await world.run(set.start());
    const [report] = bySid(await seen(1500), 8);
    expect(report!.anonymous).toBe(true);
  });

  it('are given up when they are removed, and make room', async () => {
    const all: AdvertisingSet[] = [];
    const room = advertiser.controller.advertisingSets;
    for (let i = 0; i < room; i++) all.push(await make());
    await expect(make()).rejects.toMatchObject({ status: 0x07 });
    await world.run(all[0]!.start());
    await world.run(all[0]!.remove());
    await world.run(all[0]!.remove());
    await expect(world.run(all[0]!.start())).rejects.toBeInstanceOf(StateError);
    const again = await make({ sid: 9, data: octets(1) });
    expect(again.handle).toBe(all[0]!.handle);
    await world.run(again.start());
    expect(bySid(await seen(1000), 9).length).toBeGreaterThan(0);
  });

  it('are heard from addresses of their own, which stay when that of a private device changes', async () => {
    const hidden = await world.device({ privacy: { rotateMs: 600_000 } });
    const addresses = ['C1:00:5E:00:53:01/random', 'C1:00:5E:00:53:02/random'];
    for (const [i, text] of addresses.entries()) {
      const address = Address.parse(text);
      const options = { sid: i + 1, address, data: octets(4) };
      const set = await world.run(hidden.createAdvertisingSet(options));
      await world.run(set.start());
    }
    await world.run(hidden.rotateAddress());
    const reports = await seen(2000);
    for (const [i, text] of addresses.entries())
      expect(new Set(bySid(reports, i + 1).map((one) => String(one.addressOnAir)))).toEqual(new Set([text]));
    await world.run(hidden.close());
  });

  it('change their address with a private device, and go on', async () => {
    const hidden = await world.device({ privacy: { rotateMs: 3000 } });
    const set = await world.run(hidden.createAdvertisingSet({ sid: 10, data: octets(4) }));
    await world.run(set.start());
    const addresses = new Set(bySid(await seen(10_000), 10).map((one) => String(one.addressOnAir)));
    expect(addresses.size).toBeGreaterThanOrEqual(3);
    expect(addresses.has(String(hidden.address))).toBe(false);
    expect(set.advertising).toBe(true);
    await world.run(hidden.close());
  });

  it('are there again after a controller that failed was brought back', async () => {
    const controller = world.controller();
    const ports: FaultyTransport[] = [];
    const device = await world.device({
      transport: () => {
        ports.push(new FaultyTransport(controller.transport()));
        return ports.at(-1)!;
      },
    });
    const set = await world.run(device.createAdvertisingSet({ sid: 11, data: octets(700) }));
    await world.run(set.start());
    const recovered = new Promise((resolve) => device.once('recovered', resolve));
    ports[0]!.inject('0410 01 42');
    await world.run(recovered);
    const reports = bySid(await seen(2000), 11);
    expect(toHex(reports[0]!.data)).toBe(toHex(octets(700)));
    await world.run(device.close());
  });
});

describe('an advertising set by the octets', () => {
  async function opened() {
    const controller = leController()
      .answer(commands.leReadLocalSupportedFeaturesPage0, '00 2030000000000000')
      .answer(commands.leReadMaximumAdvertisingDataLength, '00 7206')
      .answer(commands.leReadNumberOfSupportedAdvertisingSets, '00 04')
      .answer(commands.leReadPeriodicAdvertiserListSize, '00 04')
      .answer(commands.leSetExtendedAdvertisingParametersV1, '00 f7');
    for (const one of [
      commands.leSetRandomAddress,
      commands.leSetAdvertisingSetRandomAddress,
      commands.leSetExtendedAdvertisingData,
      commands.leSetExtendedScanResponseData,
      commands.leSetExtendedAdvertisingEnable,
      commands.leSetPeriodicAdvertisingParametersV1,
      commands.leSetPeriodicAdvertisingData,
      commands.leSetPeriodicAdvertisingEnable,
      commands.leRemoveAdvertisingSet,
    ])
      controller.answer(one, '00');
    return scriptedDevice(controller, { address: 'C0:DE:C0:00:00:01' });
  }

  it('is made with its parameters, its address and its data in fragments (7.8.52 to 7.8.56)', async () => {
    const { device, clock, controller } = await opened();
    const options = {
      sid: 5,
      data: octets(503),
      primaryPhy: 'coded',
      secondaryPhy: '2M',
      secondaryMaxSkip: 2,
      txPower: -9,
      includeTxPower: true,
      intervalMinMs: 1000,
      channelMap: 5,
    } as const;
    const set = await clock.run(device.createAdvertisingSet(options));
    await clock.run(set.start({ durationMs: 12_340, maxEvents: 7 }));
    await clock.run(set.stop());
    await clock.run(set.remove());
    expect(set.txPower).toBe(-9);
    const data = toHex(octets(503));
    expect(controller.sent).toEqual([
      '01362019' +
        '01' +
        '4000' +
        '400600' +
        '400600' +
        '05' +
        '01' +
        '00000000000000' +
        '00' +
        'f7' +
        '03' +
        '02' +
        '02' +
        '05' +
        '00',
      '01352007' + '01' + '010000c0dec0',
      `013720ff010100fb${data.slice(0, 502)}`,
      `013720ff010000fb${data.slice(502, 1004)}`,
      `0137200501020001${data.slice(1004)}`,
      '01392006' + '01' + '01' + '01' + 'd204' + '07',
      '01392006' + '00' + '01' + '01' + '0000' + '00',
      '013c2001' + '01',
    ]);
  });

  it('has the address that it was given, and not that of the device (7.8.52)', async () => {
    const { device, clock, controller } = await opened();
    await clock.run(device.createAdvertisingSet({ address: PEER }));
    expect(controller.sent.slice(0, 2)).toEqual([
      '01362019' +
        '01' +
        '0000' +
        'a00000' +
        'f00000' +
        '07' +
        '01' +
        '00000000000000' +
        '00' +
        '7f' +
        '01' +
        '00' +
        '01' +
        '00' +
        '00',
      '01352007' + '01' + '0200000000c0',
    ]);
  });

  it('advertises periodically (7.8.61 to 7.8.63)', async () => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(device.createAdvertisingSet());
    controller.sent.length = 0;
    await clock.run(
      set.startPeriodic({
        intervalMinMs: 20,
        intervalMaxMs: 30,
        includeTxPower: true,
        includeAdi: true,
        data: octets(3),
      }),
    );
    await clock.run(set.setPeriodicData(octets(2)));
    await clock.run(set.setPeriodicData(octets(252)));
    await clock.run(set.stopPeriodic());
    const data = toHex(octets(252));
    expect(controller.sent).toEqual([
      '013e2007' + '01' + '1000' + '1800' + '4000',
      '013f2006' + '01' + '03' + '03' + '00070e',
      '01402002' + '03' + '01',
      '013f2005' + '01' + '03' + '02' + '0007',
      '01402002' + '00' + '01',
      '013e2007' + '01' + '1000' + '1800' + '4000',
      `013f20fe0101fb${data.slice(0, 502)}`,
      `013f2004010201${data.slice(502)}`,
      '01402002' + '03' + '01',
      '01402002' + '00' + '01',
    ]);
  });

  it('knows the reasons of its end, and is none of another set', async () => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(device.createAdvertisingSet());
    const told: unknown[] = [];
    set.on('terminated', (what) => told.push(what));
    for (const [status, handle] of [
      ['3c', '01'],
      ['43', '01'],
      ['00', '02'],
    ] as const) {
      await clock.run(set.start());
      controller.emit(event(0x3e, `12 ${status} ${handle} 0000 03`));
      await clock.advance(1);
    }
    expect(told).toEqual([
      { by: 'time', events: 3 },
      { by: 'events', events: 3 },
    ]);
    expect(set.advertising).toBe(true);
  });

  it.each([
    [{ connectable: true, scannable: true }, /connectable or scannable, not both/],
    [{ legacyPdus: true, connectable: true }, /scannable, too/],
    [{ legacyPdus: true, primaryPhy: 'coded' }, /LE 1M only/],
    [{ anonymous: true, connectable: true }, /anonymous/],
    [{ scanResponse: octets(1) }, /only what is scannable/],
    [{ scannable: true, data: octets(1) }, /scanResponse/],
    [{ data: octets(1651) }, /1650/],
    [{ legacyPdus: true, data: octets(32) }, /31/],
    [{ legacyPdus: true, connectable: true, scannable: true, peer: PEER }, /peer/],
    [{ legacyPdus: true, peer: PEER }, /peer/],
    [{ legacyPdus: true, connectable: true, peer: PEER, data: octets(1) }, /carries none/],
    [{ legacyPdus: true, includeTxPower: true }, /includeTxPower/],
    [{ address: Address.parse('00:00:00:00:00:02/random'), connectable: true }, /address/],
    [{ address: PEER, anonymous: true }, /address/],
    [{ address: Address.parse('00:00:5E:00:53:09') }, /random/],
    [{ sid: 16 }, /sid/],
    [{ primaryPhy: '2M' }, /primaryPhy/],
    [{ intervalMinMs: 10 }, /intervalMinMs/],
    [{ peer: 'somebody' }, /peer/],
    [{ colour: 'red' }, /colour/],
  ])('is refused before anything is sent: %j', async (options, message) => {
    const { device, clock, controller } = await opened();
    await expect(clock.run(device.createAdvertisingSet(options as never))).rejects.toThrow(message);
    expect(controller.sent).toEqual([]);
  });

  it('advertises periodically only when it may, and takes no time that is none', async () => {
    const { device, clock } = await opened();
    for (const options of [
      { connectable: true },
      { scannable: true },
      { anonymous: true },
      { legacyPdus: true },
    ]) {
      const set = await clock.run(device.createAdvertisingSet(options));
      await expect((async () => set.startPeriodic())()).rejects.toThrow(/neither connectable/);
    }
    const set = await clock.run(
      device.createAdvertisingSet({ legacyPdus: true, connectable: true, peer: PEER }),
    );
    await expect((async () => set.start({ durationMs: 1 }))()).rejects.toThrow(/durationMs/);
    await expect(clock.run(set.setPeriodicData(octets(1)))).rejects.toBeInstanceOf(StateError);
  });

  const ENABLE = '013920';
  const DATA = '013720';

  it('whose time ended right before it was to be off for its new data stays off (7.7.65.18)', async () => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(device.createAdvertisingSet());
    const told: unknown[] = [];
    set.on('terminated', (what) => told.push(what));
    await clock.run(set.start());
    controller.answer(commands.leSetExtendedAdvertisingEnable, ([enable]) =>
      enable === 0
        ? [event(0x3e, '12 3c 01 0000 00'), event(0x0e, '01 3920 0c')]
        : [event(0x0e, '01 3920 00')],
    );
    controller.sent.length = 0;
    await clock.run(set.setData(octets(252)));
    expect(controller.sent).toEqual([
      `${ENABLE}06000101000000`,
      expect.stringMatching(/^013720ff0101/),
      `${DATA}050102000${'1'}${toHex(octets(252).subarray(251))}`,
    ]);
    expect(told).toEqual([{ by: 'time', events: 0 }]);
    expect(set.advertising).toBe(false);
  });

  it('goes on with what it said when the controller has no room for more (0x07, 7.8.54)', async () => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(device.createAdvertisingSet({ data: octets(2) }));
    await clock.run(set.start());
    controller.answer(commands.leSetExtendedAdvertisingData, (parameters) => [
      event(0x0e, `01 3720 ${parameters[1] === 3 || parameters[1] === 1 ? '00' : '07'}`),
    ]);
    controller.sent.length = 0;
    await expect(clock.run(set.setData(octets(300)))).rejects.toMatchObject({ status: 0x07 });
    expect(controller.sent.map((hex) => hex.slice(0, 16))).toEqual([
      `${ENABLE}0600010100`,
      `${DATA}ff010100fb`.slice(0, 16),
      `${DATA}3501020031`.slice(0, 16),
      `${DATA}0601030002`.slice(0, 16),
      `${ENABLE}0601010100`,
    ]);
    expect(set.advertising).toBe(true);
  });

  it('is off, and says so, when it does not come on again after a change', async () => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(device.createAdvertisingSet());
    await clock.run(set.start());
    controller.answer(commands.leSetExtendedAdvertisingEnable, ([enable]) => [
      event(0x0e, `01 3920 ${enable === 0 ? '00' : '0d'}`),
    ]);
    await expect(clock.run(set.setData(octets(300)))).rejects.toMatchObject({ status: 0x0d });
    expect(set.advertising).toBe(false);
  });

  it('that is on stays on when the controller refuses to begin it anew', async () => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(device.createAdvertisingSet());
    controller.answer(commands.leSetExtendedAdvertisingEnable, '42');
    await expect(clock.run(set.start())).rejects.toMatchObject({ status: 0x42 });
    expect(set.advertising).toBe(false);
    controller.answer(commands.leSetExtendedAdvertisingEnable, '00');
    await clock.run(set.start());
    controller.answer(commands.leSetExtendedAdvertisingEnable, '11');
    await expect(clock.run(set.start({ durationMs: 50 }))).rejects.toMatchObject({ status: 0x11 });
    expect(set.advertising).toBe(true);
  });

  it('takes no data that its kind has not (7.8.54, 7.8.55)', async () => {
    const { device, clock, controller } = await opened();
    const scannable = await clock.run(device.createAdvertisingSet({ scannable: true }));
    const plain = await clock.run(device.createAdvertisingSet());
    const directed = await clock.run(
      device.createAdvertisingSet({ legacyPdus: true, connectable: true, peer: PEER }),
    );
    controller.sent.length = 0;
    expect(() => scannable.setData(octets(1))).toThrow(RangeError);
    expect(() => directed.setData(octets(1))).toThrow(RangeError);
    expect(() => plain.setScanResponse(octets(1))).toThrow(RangeError);
    expect(controller.sent).toEqual([]);
  });

  it('is off before it is removed, once (7.8.59)', async () => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(device.createAdvertisingSet());
    await clock.run(Promise.all([set.start(), set.startPeriodic()]));
    controller.sent.length = 0;
    await clock.run(Promise.all([set.remove(), set.remove()]));
    expect(controller.sent).toEqual(['01392006000101000000', '014020020001', '013c200101']);
    await expect(clock.run(set.setPeriodicData(octets(1)))).rejects.toThrow(/removed/);
  });
});
