import { describe, expect, it } from 'vitest';
import { Address } from '../../src/core/address.js';
import type { DeviceOptions } from '../../src/gap/device-options.js';
import type { AdvertisingReport } from '../../src/hci/advertising-report.js';
import * as commands from '../../src/hci/commands/index.js';
import { event, type ScriptedController } from '../support/scripted-controller.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';

const PEER = 'C0:00:00:00:00:02/random';
const OWN = 'C0:DE:C0:00:00:01';

/** A controller of Bluetooth 5 that knows extended advertising and 2 sets. */
function controllerOf5(): ScriptedController {
  const controller = leController()
    .answer(commands.leReadLocalSupportedFeaturesPage0, '00 2030000000000000')
    .answer(commands.leReadMaximumAdvertisingDataLength, '00 7206')
    .answer(commands.leReadNumberOfSupportedAdvertisingSets, '00 02')
    .answer(commands.leReadPeriodicAdvertiserListSize, '00 04')
    .answer(commands.leSetRandomAddress, '00')
    .answer(commands.leSetExtendedAdvertisingParametersV1, '00 08')
    .answer(commands.leExtendedCreateConnectionV1, { status: 0 });
  for (const one of [
    commands.leSetAdvertisingSetRandomAddress,
    commands.leSetExtendedAdvertisingData,
    commands.leSetExtendedScanResponseData,
    commands.leSetExtendedAdvertisingEnable,
    commands.leSetExtendedScanParameters,
    commands.leSetExtendedScanEnable,
  ])
    controller.answer(one, '00');
  return controller;
}

const opened = (options: Partial<DeviceOptions> = {}, controller = controllerOf5()) =>
  scriptedDevice(controller, { address: OWN, ...options });

/** One report of an LE Extended Advertising Report event (7.7.65.13). */
function report({
  type = '0000',
  address = '0200000000c0',
  sid = '01',
  rssi = 'd0',
  direct = '00 000000000000',
  data = '',
}) {
  const octets = data.replace(/ /g, '');
  const length = (octets.length / 2).toString(16).padStart(2, '0');
  return `${type} 01 ${address} 01 02 ${sid} 7f ${rssi} 0000 ${direct} ${length} ${octets}`;
}
const reports = (...list: string[]) =>
  event(0x3e, `0d ${list.length.toString(16).padStart(2, '0')} ${list.join(' ')}`);

describe('which commands advertise, scan and connect (Vol 4, Part E, 3.1.1)', () => {
  const legacy = new Set<number>(
    [
      commands.leSetAdvertisingParameters,
      commands.leReadAdvertisingPhysicalChannelTxPower,
      commands.leSetAdvertisingData,
      commands.leSetScanResponseData,
      commands.leSetAdvertisingEnable,
      commands.leSetScanParameters,
      commands.leSetScanEnable,
      commands.leCreateConnection,
    ].map(({ opcode }) => opcode),
  );

  it('extended ones where the controller has them; its limits are read, and no legacy one is sent', async () => {
    const { device, clock, controller, bringUp } = await opened({ advertisingCommands: 'auto' });
    expect(device.controller).toMatchObject({
      advertisingCommands: 'extended',
      maxAdvertisingDataLength: 1650,
      advertisingSets: 2,
      periodicAdvertiserListSize: 4,
    });
    await clock.run(device.startAdvertising({ data: { flags: 6 } }));
    await clock.run(device.startScan({ onReport: () => {} }));
    device.connect(PEER).catch(() => {});
    await clock.advance(10);
    expect([...bringUp, ...controller.commands].filter((opcode) => legacy.has(opcode))).toEqual([]);
  });

  it('legacy ones where a command that is needed is missing, or when that is asked for', async () => {
    const without = controllerOf5().answer(
      commands.readLocalSupportedCommands,
      // Octet 37 bit 7: LE Extended Create Connection.
      `00 ${'ff'.repeat(37)}7f${'ff'.repeat(26)}`,
    );
    for (const [options, controller] of [
      [{ advertisingCommands: 'auto' }, without],
      [{ advertisingCommands: 'legacy' }, controllerOf5()],
      [{ advertisingCommands: 'auto' }, leController()],
    ] as const) {
      controller.answer(commands.leSetRandomAddress, '00');
      const { device, bringUp } = await opened(options, controller);
      expect(device.controller).toMatchObject({
        advertisingCommands: 'legacy',
        maxAdvertisingDataLength: 31,
        advertisingSets: 1,
      });
      expect(bringUp).not.toContain(commands.leReadMaximumAdvertisingDataLength.opcode);
    }
  });

  it('are asked for by name, and nothing else', async () => {
    await expect(opened({ advertisingCommands: 'new' as 'auto' })).rejects.toThrow(/advertisingCommands/);
  });
});

describe('extended commands', () => {
  const extended = { advertisingCommands: 'extended' } as const;

  it('advertise by one set with legacy PDUs, and its own random address (7.8.52 to 7.8.56)', async () => {
    const { device, clock, controller } = await opened(extended);
    const data = { flags: 6 };
    await clock.run(device.startAdvertising({ data, scanResponse: { completeLocalName: 'A' } }));
    await clock.run(device.stopAdvertising());
    expect(controller.sent).toEqual([
      // Handle 0, ADV_IND, 100–150 ms, all channels, random address, no peer, no filter, no preferred power, LE 1M twice.
      `01362019${'00 1300 a00000 f00000 07 01 00 000000000000 00 7f 01 00 01 00 00'.replace(/ /g, '')}`,
      '01352007' + '00' + '010000c0dec0',
      `01372007${'00 03 01 03 020106'.replace(/ /g, '')}`,
      `01382007${'00 03 01 03 020941'.replace(/ /g, '')}`,
      `01392006${'01 01 00 0000 00'.replace(/ /g, '')}`,
      `01392006${'00 01 00 0000 00'.replace(/ /g, '')}`,
    ]);
  });

  it.each([
    ['connectable', '1300', '0000'],
    ['scannable', '1200', '0000'],
    ['nonConnectable', '1000', '0000'],
    ['directedLowDuty', '1500', '0000'],
    // It has to end after 1.28 s, and there is no default.
    ['directedHighDuty', '1d00', '8000'],
  ] as const)('say of %s advertising what its PDUs are (7.8.53)', async (type, properties, duration) => {
    const { device, clock, controller } = await opened(extended);
    const peer = type.startsWith('directed') ? { peer: Address.parse(PEER) } : {};
    await clock.run(device.startAdvertising({ type, ...peer }));
    expect(controller.sent[0]).toMatch(new RegExp(`^01362019 00 ${properties}`.replace(/ /g, '')));
    expect(controller.sent.at(-1)).toBe(`0139200601 01 00 ${duration} 00`.replace(/ /g, ''));
    const opcodes = controller.commands;
    expect(opcodes.includes(commands.leSetExtendedAdvertisingData.opcode)).toBe(!type.startsWith('directed'));
  });

  it('end directed advertising when its set terminates without a connection (7.7.65.18)', async () => {
    const { device, clock, controller } = await opened(extended);
    await clock.run(device.startAdvertising({ type: 'directedHighDuty', peer: Address.parse(PEER) }));
    expect(device.advertising).toBe(true);
    // Of another set: not ours.
    controller.emit(event(0x3e, '12 3c 01 0000 00'));
    await clock.advance(1);
    expect(device.advertising).toBe(true);
    controller.emit(event(0x3e, '12 3c 00 0000 00'));
    await clock.advance(1);
    expect(device.advertising).toBe(false);
  });

  it('scan on LE 1M until they are stopped (7.8.64, 7.8.65)', async () => {
    const { device, clock, controller } = await opened(extended);
    const scan = await clock.run(
      device.startScan({ active: false, filterDuplicates: true, onReport: () => {} }),
    );
    await clock.run(scan.stop());
    expect(controller.sent).toEqual([
      `01412008${'01 00 01 00 6000 3000'.replace(/ /g, '')}`,
      `01422006${'01 01 0000 0000'.replace(/ /g, '')}`,
      `01422006${'00 00 0000 0000'.replace(/ /g, '')}`,
    ]);
  });

  it('connect on LE 1M (7.8.66)', async () => {
    const { device, clock, controller } = await opened(extended);
    const attempt = device.connect(PEER, { exchangeMtu: false });
    await clock.advance(1);
    expect(controller.sent).toEqual([
      `0143201a${'00 01 01 0200000000c0 01 6000 6000 0c00 1800 0000 9001 0000 0000'.replace(/ /g, '')}`,
    ]);
    controller.emit(event(0x3e, '0a 00 4000 00 01 0200000000c0 000000000000 000000000000 1800 0000 2a00 00'));
    const connection = await clock.run(attempt);
    expect(String(connection.peer)).toBe('C0:00:00:00:00:02/random');
  });

  it('name themselves in the error when the controller refuses', async () => {
    const { device, clock, controller } = await opened(extended);
    controller.answer(commands.leExtendedCreateConnectionV1, { status: 0x0d });
    await expect(clock.run(device.connect(PEER))).rejects.toMatchObject({
      status: 0x0d,
      message: expect.stringMatching(/LE_Extended_Create_Connection/),
    });
  });
});

describe('advertisements in several reports (7.7.65.13)', () => {
  const MORE = '2000';
  const CUT = '4000';

  async function scanning() {
    const all = await opened({ advertisingCommands: 'extended' });
    const seen: AdvertisingReport[] = [];
    await all.clock.run(all.device.startScan({ onReport: (one) => seen.push(one) }));
    return { ...all, seen };
  }

  it('come as one, also when those of others come between them', async () => {
    const { controller, clock, seen } = await scanning();
    controller.emit(
      reports(report({ type: MORE, data: '0409414243' }), report({ type: '1300', data: '020106' })),
      reports(report({ type: MORE, sid: '02', data: '0102' })),
      reports(
        report({ type: MORE, data: '44' }),
        report({ sid: '02', data: '03' }),
        report({ data: '4546', rssi: 'c0' }),
      ),
    );
    await clock.advance(1);
    expect(
      seen.map((one) => [one.sid, Buffer.from(one.data).toString('hex'), one.rssi, one.truncated]),
    ).toEqual([
      [1, '020106', -48, false],
      [2, '010203', -48, false],
      [1, '0409414243444546', -64, false],
    ]);
  });

  it('are told apart from a scan response, and those that say no address from each other by their set', async () => {
    const { controller, clock, seen } = await scanning();
    controller.emit(
      reports(
        report({ type: MORE, data: '01' }),
        report({ type: '2a00', data: '0a' }),
        report({ data: '02' }),
        report({ type: '0a00', data: '0b' }),
      ),
    );
    await clock.advance(1);
    expect(seen.map((one) => [one.scanResponse, Buffer.from(one.data).toString('hex')])).toEqual([
      [false, '0102'],
      [true, '0a0b'],
    ]);
  });

  it('are marked when the controller could not receive the end', async () => {
    const { controller, clock, seen } = await scanning();
    controller.emit(
      reports(
        report({ type: MORE, data: '01' }),
        report({ type: CUT, data: '02' }),
        report({ type: CUT, data: '03' }),
      ),
    );
    await clock.advance(1);
    expect(seen.map((one) => [Buffer.from(one.data).toString('hex'), one.truncated])).toEqual([
      ['0102', true],
      ['03', true],
    ]);
  });

  it('are given up beyond 1650 octets and beyond 64 at a time, which is told', async () => {
    const { controller, clock, seen, diagnostics } = await scanning();
    const part = report({ type: MORE, data: '00'.repeat(200) });
    for (let i = 0; i < 9; i++) controller.emit(reports(part));
    await clock.advance(1);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'an advertisement of more than 1650 octets was given up',
    ]);
    for (let i = 0; i <= 64; i++) {
      const address = `${i.toString(16).padStart(2, '0')}00000000c0`;
      controller.emit(reports(report({ type: MORE, address, data: '11' })));
    }
    await clock.advance(1);
    expect(diagnostics.length).toBe(2);
    expect(diagnostics[1]!.message).toMatch(/did not end while 64 others began/);
    // The first began before all others: what comes of it now is the rest of nothing.
    controller.emit(reports(report({ address: '0100000000c0', data: '22' })));
    await clock.advance(1);
    expect(seen.map((one) => Buffer.from(one.data).toString('hex'))).toEqual(['1122']);
  });

  it('for a private address are shown when it is this device (Direct_Address_Type 0xFE)', async () => {
    const { controller, clock, seen } = await scanning();
    controller.emit(reports(report({ type: '0500', direct: 'fe 010203040556' })));
    await clock.advance(1);
    // This device has no key of its own that the address could be made of.
    expect(seen).toEqual([]);
    controller.emit(reports(report({ type: '0500', direct: '01 010000c0dec0' })));
    await clock.advance(1);
    expect(seen.map((one) => String(one.directAddress))).toEqual([`${OWN}/random`]);
  });

  it('malformed ones are told, and what was sound of them is passed on', async () => {
    const { controller, clock, seen, diagnostics } = await scanning();
    controller.emit(event(0x3e, `0d 02 ${report({ data: '01' })} 0000 01`));
    await clock.advance(1);
    expect(seen.length).toBe(1);
    expect(diagnostics[0]!.message).toMatch(/LE Extended Advertising Report is malformed/);
  });
});
