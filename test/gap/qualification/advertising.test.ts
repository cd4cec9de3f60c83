import { describe, expect, it } from 'vitest';
import { Address, randomAddressKind } from '../../../src/core/address.js';
import type { AdvertisingOptions } from '../../../src/gap/index.js';
import type { AdvertisingReport } from '../../../src/hci/advertising-report.js';
import * as commands from '../../../src/hci/commands/index.js';
import { World } from '../../support/world.js';
import { connectionComplete, legacyDevice } from './radio.js';

/**
 * GAP/BROB/BCST, DISC/NONM, LIMM and GENM, CONN/NCON, DCON and UCON, ADV: what an advertiser has its controller send. The modes
 * for BR/EDR/LE devices are tested as an LE-only device has them: BR/EDR Not Supported is set.
 */

const [ADV_IND, ADV_DIRECT_IND, ADV_SCAN_IND, ADV_NONCONN_IND] = [0, 1, 2, 3];
/** Bits of the Flags: Core Specification Supplement, Part A, 1.3. */
const [LIMITED, GENERAL, LE_ONLY] = [0x01, 0x02, 0x04];
const name = { completeLocalName: 'bw' };
const NAME = '03096277';
/** TGAP(adv_fast_interval1) and TGAP(adv_fast_interval2), in units of 0.625 ms: Appendix A. */
const [FAST_1, FAST_2] = [
  { intervalMinMs: 30, intervalMaxMs: 60 },
  { intervalMinMs: 100, intervalMaxMs: 150 },
];

/** What the controller is told for these options. */
async function told(options: AdvertisingOptions) {
  const { clock, device, advertised } = await legacyDevice();
  await clock.run(device.startAdvertising(options));
  const said = advertised();
  expect([said.enabled, device.advertising]).toEqual([true, true]);
  return said;
}

describe('broadcast mode (Vol 3, Part C, 9.1.1)', () => {
  it('GAP/BROB/BCST/BV-01-C: non-connectable and without a scan response: ADV_NONCONN_IND, not discoverable', async () => {
    const said = await told({ type: 'nonConnectable', data: { flags: LE_ONLY, ...name }, ...FAST_2 });
    expect(said).toMatchObject({ type: ADV_NONCONN_IND, data: `020104${NAME}`, scanResponse: '' });
    expect(said.intervals).toEqual([160, 240]);
  });

  it('GAP/BROB/BCST/BV-02-C: with a scan response: ADV_SCAN_IND', async () => {
    const said = await told({ type: 'scannable', data: { flags: LE_ONLY }, scanResponse: name });
    expect(said).toMatchObject({ type: ADV_SCAN_IND, data: '020104', scanResponse: NAME });
  });

  it('GAP/BROB/BCST/BV-03-C: of a private device: a resolvable private address, another one after its time (10.7.2)', async () => {
    const world = new World();
    const hidden = await world.device({ privacy: { rotateMs: 60_000 } });
    const observer = await world.device();
    await world.run(hidden.startAdvertising({ type: 'nonConnectable', data: { flags: LE_ONLY } }));
    const seen: AdvertisingReport[] = [];
    await world.run(observer.startScan({ active: false, onReport: (report) => void seen.push(report) }));
    await world.clock.advance(100_000);
    const addresses = new Set(seen.map(({ address }) => String(address)));
    expect(addresses.size).toBe(2);
    for (const one of addresses) expect(randomAddressKind(Address.parse(one).bd)).toBe('resolvable');
    expect(seen.every(({ connectable, scannable }) => !connectable && !scannable)).toBe(true);
    await world.run(Promise.all([hidden.close(), observer.close()]));
  });
});

describe('discoverable modes (9.2.2 to 9.2.4): bits 0 and 1 of the Flags', () => {
  it.each<[string, string, AdvertisingOptions['type'], number, number]>([
    [
      'GAP/DISC/NONM/BV-01-C',
      'non-discoverable and non-connectable',
      'nonConnectable',
      ADV_NONCONN_IND,
      LE_ONLY,
    ],
    ['GAP/DISC/NONM/BV-02-C', 'non-discoverable and connectable', 'connectable', ADV_IND, LE_ONLY],
    [
      'GAP/DISC/LIMM/BV-01-C',
      'limited and non-connectable',
      'nonConnectable',
      ADV_NONCONN_IND,
      LE_ONLY | LIMITED,
    ],
    ['GAP/DISC/LIMM/BV-02-C', 'limited and connectable', 'connectable', ADV_IND, LE_ONLY | LIMITED],
    [
      'GAP/DISC/GENM/BV-01-C',
      'general and non-connectable',
      'nonConnectable',
      ADV_NONCONN_IND,
      LE_ONLY | GENERAL,
    ],
    ['GAP/DISC/GENM/BV-02-C', 'general and connectable', 'connectable', ADV_IND, LE_ONLY | GENERAL],
    [
      'GAP/CONN/NCON/BV-01-C',
      'non-connectable and non-discoverable',
      'nonConnectable',
      ADV_NONCONN_IND,
      LE_ONLY,
    ],
    ['GAP/CONN/NCON/BV-02-C', 'non-connectable and general', 'scannable', ADV_SCAN_IND, LE_ONLY | GENERAL],
    ['GAP/CONN/NCON/BV-03-C', 'non-connectable and limited', 'scannable', ADV_SCAN_IND, LE_ONLY | LIMITED],
    ['GAP/CONN/UCON/BV-01-C', 'undirected connectable and non-discoverable', 'connectable', ADV_IND, LE_ONLY],
    [
      'GAP/CONN/UCON/BV-02-C',
      'undirected connectable and general',
      'connectable',
      ADV_IND,
      LE_ONLY | GENERAL,
    ],
    [
      'GAP/CONN/UCON/BV-03-C',
      'undirected connectable and limited',
      'connectable',
      ADV_IND,
      LE_ONLY | LIMITED,
    ],
  ])('%s: %s', async (_name, _mode, type, pdu, flags) => {
    const said = await told({ type: type!, data: { flags, ...name }, ...FAST_1 });
    expect(said).toMatchObject({
      type: pdu,
      data: `0201${flags.toString(16).padStart(2, '0')}${NAME}`,
      own: 0,
    });
    expect(said.intervals).toEqual([48, 96]);
  });
});

describe('limited discoverable mode (9.2.3)', () => {
  it.each([
    ['GAP/DISC/LIMM/BV-01-C', 'nonConnectable'],
    ['GAP/DISC/LIMM/BV-02-C', 'connectable'],
  ] as const)(
    '%s: ends by itself after TGAP(lim_adv_timeout), 180 s (Appendix A): %s',
    async (_name, type) => {
      const { clock, device, advertised } = await legacyDevice();
      await clock.run(device.startAdvertising({ type, data: { flags: LE_ONLY | LIMITED } }));
      await clock.advance(179_900);
      expect([device.advertising, advertised().enabled]).toEqual([true, true]);
      await clock.advance(200);
      expect([device.advertising, advertised().enabled]).toEqual([false, false]);
    },
  );

  it('ends sooner where that is wanted, later never, and holds nothing up that was started after it', async () => {
    const { clock, device, advertised } = await legacyDevice();
    const limited = { data: { flags: LE_ONLY | LIMITED } };
    await expect(device.startAdvertising({ ...limited, durationMs: 180_001 })).rejects.toThrow(
      /durationMs: 180001/,
    );
    await clock.run(device.startAdvertising({ ...limited, durationMs: 1000 }));
    await clock.advance(1100);
    expect(device.advertising).toBe(false);
    await clock.run(device.startAdvertising(limited));
    await clock.advance(100_000);
    await clock.run(device.startAdvertising({ data: { flags: LE_ONLY } }));
    await clock.advance(1_000_000);
    expect([device.advertising, advertised().data]).toEqual([true, '020104']);
    await clock.run(device.stopAdvertising());
    expect(clock.pending).toBe(0);
  });

  it('ends also where it was to begin again after a link (restart)', async () => {
    const { clock, device, controller } = await legacyDevice();
    const options = { data: { flags: LE_ONLY | LIMITED }, restart: 'whenDisconnected' } as const;
    await clock.run(device.startAdvertising(options));
    controller.emit(connectionComplete('peripheral'));
    await clock.advance(180_100);
    controller.emit('04 05 04 00 4000 13');
    await clock.advance(100);
    expect(device.advertising).toBe(false);
  });
});

describe('who can connect, on air', () => {
  it.each([
    ['GAP/CONN/NCON/BV-01-C', 'nonConnectable', false],
    ['GAP/CONN/NCON/BV-02-C', 'scannable', false],
    ['GAP/CONN/UCON/BV-01-C', 'connectable', true],
  ] as const)(
    '%s: nobody while it is non-connectable, everybody while it is not: %s, %s (9.3.2, 9.3.4)',
    async (_name, type, can) => {
      const world = new World();
      const [peripheral, central] = [await world.device(), await world.device()];
      await world.run(peripheral.startAdvertising({ type, data: { flags: LE_ONLY } }));
      const link = await world.run(
        central.connect(peripheral.address, { timeoutMs: 5000 }).catch(({ code }: { code: string }) => code),
      );
      expect(typeof link === 'string' ? link : link.isConnected).toBe(can ? true : 'TIMEOUT');
      await world.run(Promise.all([peripheral.close(), central.close()]));
    },
  );

  it('GAP/CONN/DCON/BV-01-C: one peer only: ADV_DIRECT_IND to its address, without data (9.3.3)', async () => {
    const { clock, device, controller, advertised, sent } = await legacyDevice();
    const peer = Address.parse('C0:00:00:00:00:02/random');
    await clock.run(device.startAdvertising({ type: 'directedHighDuty', peer }));
    expect(advertised()).toMatchObject({ type: ADV_DIRECT_IND, peer: '010200000000c0', enabled: true });
    expect(sent(commands.leSetAdvertisingData)).toEqual([]);
    const arrived = new Promise((resolve) => device.once('connection', resolve));
    controller.emit(connectionComplete('peripheral'));
    expect(await clock.run(arrived)).toMatchObject({ role: 'peripheral' });
    expect(device.advertising).toBe(false);
  });

  it('GAP/CONN/DCON/BV-01-C: at low duty cycle for as long as it is wanted', async () => {
    const peer = Address.parse('C0:00:00:00:00:02/random');
    const { clock, device, advertised } = await legacyDevice();
    await clock.run(device.startAdvertising({ type: 'directedLowDuty', peer }));
    expect(advertised()).toMatchObject({ type: 4, peer: '010200000000c0' });
    await clock.advance(60_000);
    expect(device.advertising).toBe(true);
    await clock.run(device.stopAdvertising());
    expect(advertised().enabled).toBe(false);
  });
});

describe('AD types (11.1; Core Specification Supplement, Part A)', () => {
  it.each<[string, AdvertisingOptions['data'], string]>([
    ['GAP/ADV/BV-01-C', { serviceUuids: [0x180d, 0x180f] }, '0503 0d18 0f18'],
    [
      'GAP/ADV/BV-01-C',
      { serviceUuids: ['6e400001-b5a3-f393-e0a9-e50e24dcca9e'] },
      '1107 9ecadc240ee5a9e0 93f3a3b50100406e',
    ],
    ['GAP/ADV/BV-02-C', { completeLocalName: 'Größe' }, '08 09 4772c3b6c39f65'],
    ['GAP/ADV/BV-02-C', { shortenedLocalName: 'blue' }, '05 08 626c7565'],
    ['GAP/ADV/BV-03-C', { flags: LE_ONLY | GENERAL }, '02 01 06'],
    [
      'GAP/ADV/BV-04-C',
      { manufacturerData: { companyIdentifier: 0xffff, data: Uint8Array.of(1, 2, 3) } },
      '06 ff ffff 010203',
    ],
    ['GAP/ADV/BV-05-C', { txPower: -4 }, '02 0a fc'],
    ['GAP/ADV/BV-11-C', { appearance: 0x0341 }, '03 19 4103'],
  ])(
    '%s: of %j the controller gets %s, in the data and in the scan response',
    async (_name, fields, octets) => {
      const said = await told({ type: 'scannable', data: fields!, scanResponse: fields! });
      expect([said.data, said.scanResponse]).toEqual(Array(2).fill(octets.replaceAll(' ', '')));
    },
  );

  it('GAP/ADV/BV-05-C: the power that is advertised can be had from the controller (Vol 4, Part E, 7.8.6)', async () => {
    const { clock, device, advertised } = await legacyDevice();
    const power = await clock.run(device.readAdvertisingTxPower());
    await clock.run(device.startAdvertising({ data: { txPower: power! } }));
    expect(advertised().data).toBe('020a04');
  });
});
