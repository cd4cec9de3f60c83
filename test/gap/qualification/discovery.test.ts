import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/gap/connection.js';
import { type DiscoveredDevice, discover } from '../../../src/gap/index.js';
import type { AdvertisingReport } from '../../../src/hci/advertising-report.js';
import * as commands from '../../../src/hci/commands/index.js';
import { event } from '../../support/scripted-controller.js';
import { World } from '../../support/world.js';
import { connectionComplete, legacyDevice } from './radio.js';

/** GAP/BROB/OBSV, DISC/LIMP and GENP, IDLE/NAMP, GAT: observing, discovery and names (Core Vol 3, Part C, 9.1.2, 9.2.5 to 9.2.7, 12). */

/** Event types of a report: Core Vol 4, Part E, 7.7.65.2. */
const [ADV_IND, ADV_DIRECT_IND, ADV_NONCONN_IND, SCAN_RSP] = ['00', '01', '03', '04'];
const report = (type: string, address: string, data = '') => {
  const octets = data.replaceAll(' ', '');
  const length = (octets.length / 2).toString(16).padStart(2, '0');
  return event(0x3e, `02 01 ${type} 01 ${address} 00000000c0 ${length} ${octets} c8`);
};
const addressOf = (octet: string) => `C0:00:00:00:00:${octet}/random`;

describe('observation (9.1.2)', () => {
  it.each([
    ['GAP/BROB/OBSV/BV-01-C', false, '00'],
    ['GAP/BROB/OBSV/BV-02-C', true, '01'],
  ] as const)('%s: an advertising event is passed on, active: %s', async (_name, active, type) => {
    const { clock, device, controller, sent } = await legacyDevice();
    const seen: AdvertisingReport[] = [];
    const scan = await clock.run(device.startScan({ active, onReport: (one) => void seen.push(one) }));
    // LE_Scan_Type, interval and window, own address, no filter; enabled, duplicates too.
    expect(sent(commands.leSetScanParameters)).toEqual([`${type}600030000000`]);
    expect(sent(commands.leSetScanEnable)).toEqual(['0100']);
    controller.emit(report(ADV_NONCONN_IND, '05', '020104'));
    if (active) controller.emit(report(SCAN_RSP, '05', '03096277'));
    await clock.advance(10);
    expect(seen.map(({ address, scanResponse }) => [String(address), scanResponse])).toEqual([
      [addressOf('05'), false],
      ...(active ? [[addressOf('05'), true]] : []),
    ]);
    await clock.run(scan.stop());
    expect(sent(commands.leSetScanEnable).at(-1)).toBe('0000');
  });
});

describe('discovery (9.2.5, 9.2.6): what is found is told by the Flags', () => {
  const [limited, general, none] = ['020105', '020106', '020104'];

  /** What a procedure finds of one advertiser. */
  async function found(mode: 'general' | 'limited', ...packets: string[]) {
    const { clock, device, controller, sent } = await legacyDevice();
    const told: (string | undefined)[] = [];
    const search = discover(device, { mode, onFound: ({ name }) => void told.push(name) });
    await clock.advance(10);
    expect(sent(commands.leSetScanParameters)).toEqual(['01600030000000']);
    for (const packet of packets) {
      controller.emit(packet);
      await clock.advance(100);
    }
    // TGAP(gen_disc_scan_min) and TGAP(lim_disc_scan_min) are 10.24 s.
    await clock.advance(10_229 - 100 * packets.length);
    expect(device.scanning).toBe(true);
    await clock.advance(2);
    expect(device.scanning).toBe(false);
    const list: DiscoveredDevice[] = await clock.run(search);
    return { told, list: list.map(({ address, name }) => [String(address), name]) };
  }

  const itself = (name: string | undefined) => [[addressOf('07'), name]];

  it.each<[string, 'general' | 'limited', string, string[], unknown[]]>([
    [
      'GAP/DISC/LIMP/BV-01-C',
      'limited',
      'limited discoverable',
      [report(ADV_IND, '07', limited)],
      itself(undefined),
    ],
    ['GAP/DISC/LIMP/BV-02-C', 'limited', 'general discoverable', [report(ADV_IND, '07', general)], []],
    ['GAP/DISC/LIMP/BV-03-C', 'limited', 'broadcasting', [report(ADV_NONCONN_IND, '07', none)], []],
    ['GAP/DISC/LIMP/BV-04-C', 'limited', 'undirected connectable', [report(ADV_IND, '07', none)], []],
    ['GAP/DISC/LIMP/BV-05-C', 'limited', 'directed connectable', [report(ADV_DIRECT_IND, '07')], []],
    [
      'GAP/DISC/GENP/BV-01-C',
      'general',
      'general discoverable',
      [report(ADV_IND, '07', general)],
      itself(undefined),
    ],
    [
      'GAP/DISC/GENP/BV-02-C',
      'general',
      'limited discoverable',
      [report(ADV_NONCONN_IND, '07', limited)],
      itself(undefined),
    ],
    ['GAP/DISC/GENP/BV-03-C', 'general', 'broadcasting', [report(ADV_NONCONN_IND, '07', '03096277')], []],
    ['GAP/DISC/GENP/BV-04-C', 'general', 'undirected connectable', [report(ADV_IND, '07', none)], []],
    ['GAP/DISC/GENP/BV-05-C', 'general', 'directed connectable', [report(ADV_DIRECT_IND, '07')], []],
  ])('%s: the %s procedure, of a device that is %s', async (_name, mode, _what, packets, expected) => {
    expect((await found(mode, ...packets)).list).toEqual(expected);
  });

  it('a device is in the list once, with its name from the scan response; Flags in a scan response do not count', async () => {
    const seen = await found(
      'general',
      report(SCAN_RSP, '07', '03096277'),
      report(ADV_IND, '07', general),
      report(SCAN_RSP, '07', '03096277'),
      report(ADV_IND, '07', general),
      report(SCAN_RSP, '07', '03096277'),
      report(ADV_IND, '08', none),
      report(SCAN_RSP, '08', general),
    );
    expect(seen).toEqual({ list: [[addressOf('07'), 'bw']], told: [undefined, 'bw'] });
  });

  it('a search can be called off, has a limit, and ends with the error of a scan that fails', async () => {
    const { clock, device, controller, sent } = await legacyDevice();
    const abort = new AbortController();
    const search = discover(device, { signal: abort.signal, limit: 1 }).catch((error: unknown) => error);
    await clock.advance(10);
    abort.abort(new Error('enough'));
    expect(await clock.run(search)).toMatchObject({ message: 'enough' });
    expect(sent(commands.leSetScanEnable).at(-1)).toBe('0000');
    const list = discover(device, { limit: 1, durationMs: 100 });
    await clock.advance(10);
    controller.emit(report(ADV_IND, '07', general), report(ADV_IND, '08', general));
    expect((await clock.run(list)).map(({ address }) => String(address))).toEqual([addressOf('07')]);
    controller.answer(commands.leSetScanParameters, '0c');
    await expect(clock.run(discover(device))).rejects.toMatchObject({ code: 'HCI_ERROR' });
    await expect(discover(device, { mode: 'all' as never })).rejects.toThrow(/mode: "all"/);
    await expect(discover(device, { time: 1 } as never)).rejects.toThrow(/unknown option "time"/);
  });
});

describe('the name (9.2.7) and what else Generic Access says (12)', () => {
  it('GAP/IDLE/NAMP/BV-01-C: is read from a peer by its UUID, from all handles', async () => {
    const { clock, device, controller } = await legacyDevice();
    const attempt = device.connect(addressOf('02'), { exchangeMtu: false });
    await clock.advance(10);
    controller.emit(connectionComplete('central'));
    const link: Connection = await clock.run(attempt);
    await clock.advance(10);
    controller.sent.length = 0;
    const name = link.gatt.readByUuid(0x2a00);
    await clock.advance(10);
    const pdus = () =>
      controller.sent.filter((packet) => /^02.{12}0400/.test(packet)).map((one) => one.slice(18));
    expect(pdus()).toEqual(['080100ffff002a']);
    // One value at handle 3; the search goes on behind it, to its end.
    controller.emit('02 4020 0a00 0600 0400 09 04 0300 6277');
    await clock.advance(10);
    expect(pdus()[1]).toBe('080400ffff002a');
    controller.emit('02 4020 0900 0500 0400 01 08 0400 0a');
    const found = await clock.run(name);
    expect(found.map(({ value }) => new TextDecoder().decode(value))).toEqual(['bw']);
  });

  it('GAP/IDLE/NAMP/BV-02-C: is given to whoever reads it', async () => {
    const { clock, device, controller } = await legacyDevice(undefined, { name: 'Größe' });
    await clock.run(device.startAdvertising({ data: { flags: 6 } }));
    controller.emit(connectionComplete('peripheral'));
    await clock.advance(10);
    controller.sent.length = 0;
    controller.emit('02 4020 0b00 0700 0400 08 0100 ffff 002a');
    await clock.advance(10);
    const [answer] = controller.sent.filter((packet) => packet.startsWith('02'));
    expect(answer).toBe('0240000f000b000400 0909 0300 4772c3b6c39f65'.replaceAll(' ', ''));
  });

  it('GAP/GAT/BV-04-C: Peripheral Preferred Connection Parameters are found and read: four fields (12.3)', async () => {
    const world = new World();
    const preferredParameters = {
      intervalMinMs: 15,
      intervalMaxMs: 30,
      latency: 4,
      supervisionTimeoutMs: 2000,
    };
    const [peripheral, central] = [
      await world.device({ genericAccess: { preferredParameters } }),
      await world.device(),
    ];
    await world.run(peripheral.startAdvertising({ data: { flags: 6 } }));
    const { gatt } = await world.run(central.connect(peripheral.address));
    const [access] = await world.run(gatt.discoverServices(0x1800));
    const list = await world.run(access!.discoverCharacteristics());
    const found = list.filter(({ uuid }) => uuid.short === 0x2a04);
    expect(found.map(({ properties }) => properties)).toEqual([0x02]);
    expect(Buffer.from(await world.run(found[0]!.read())).toString('hex')).toBe('0c0018000400c800');
    await world.run(Promise.all([peripheral.close(), central.close()]));
  });
});
