import { afterEach, describe, expect, it } from 'vitest';
import { ByteReader } from '../../../src/core/bytes.js';
import { type Struct, u16 } from '../../../src/core/codec.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { command, event, vendorEvent } from '../../../src/hci/definition.js';
import { status } from '../../../src/hci/fields/common.js';
import * as espressif from '../../../src/hci/vendor/espressif.js';
import * as nimble from '../../../src/hci/vendor/nimble.js';
import { registerVendor, vendorFor } from '../../../src/hci/vendor/registry.js';
import * as softdevice from '../../../src/hci/vendor/softdevice.js';
import * as zephyr from '../../../src/hci/vendor/zephyr.js';

const NORDIC = 0x0059;
const ZEPHYR = 0x05f1;
const ESPRESSIF = 0x02e5;

/** Reads octets that were put together by hand, and holds the declaration to writing the same. */
function read<T>(layout: Struct<T> | undefined, hex: string): T {
  const bytes = fromHex(hex.replaceAll(' ', ''));
  const reader = new ByteReader(bytes);
  const value = layout!.read(reader);
  expect(reader.remaining).toBe(0);
  expect(toHex(layout!.encode(value))).toBe(toHex(bytes));
  return value;
}

describe("Zephyr's commands (zephyr/bluetooth/hci_vs.h)", () => {
  it('have the opcodes FC01 to FC12, each once', () => {
    const opcodes = Object.values<unknown>(zephyr)
      .filter((one): one is { opcode: number } => typeof one === 'object' && one !== null && 'opcode' in one)
      .map(({ opcode }) => opcode)
      .sort();
    expect(opcodes).toEqual(Array.from({ length: 0x12 }, (_, i) => 0xfc01 + i));
  });

  it('answer the version with 12 octets behind the Status', () => {
    const { zephyrReadVersionInformation: version } = zephyr;
    expect(version.returns?.size).toBe(13);
    expect(read(version.returns, '00 0200 0200 00 03 0700 01000000')).toEqual({
      status: 0,
      hardwarePlatform: 2,
      hardwareVariant: 2,
      firmwareVariant: 0,
      firmwareVersion: 3,
      firmwareRevision: 7,
      firmwareBuild: 1,
    });
  });

  it('answer static addresses as address and identity root', () => {
    const root = '000102030405060708090a0b0c0d0e0f';
    const { addresses } = read(zephyr.zephyrReadStaticAddresses.returns, `00 01 0605040302c1 ${root}`);
    expect(addresses.length).toBe(1);
    expect(String(addresses[0]!.address)).toBe('C1:02:03:04:05:06');
    expect(toHex(addresses[0]!.identityRoot)).toBe(root);
    expect(read(zephyr.zephyrReadStaticAddresses.returns, '00 00').addresses).toEqual([]);
  });

  it('answer the roots, the temperature, the build and the features', () => {
    const roots = read(
      zephyr.zephyrReadKeyHierarchyRoots.returns,
      `00 ${'11'.repeat(16)} ${'22'.repeat(16)}`,
    );
    expect([roots.identityRoot[0], roots.encryptionRoot[0]]).toEqual([0x11, 0x22]);
    expect(read(zephyr.zephyrReadChipTemperature.returns, '00 f6').temperature).toBe(-10);
    const build = read(zephyr.zephyrReadBuildInformation.returns, '00 5a65706879722034 00');
    expect(build.buildInformation).toBe('Zephyr 4\0');
    expect(zephyr.zephyrReadSupportedCommands.returns?.size).toBe(65);
    expect(zephyr.zephyrReadSupportedFeatures.returns?.size).toBe(9);
    expect(read(zephyr.zephyrReadHostStackCommands.returns, '00 01 0200 f0fc').commands).toEqual([
      { vendorId: 2, opcodeBase: 0xfcf0 },
    ]);
    expect(read(zephyr.zephyrReadUsbTransportMode.returns, '00 02 00 01').supportedModes).toEqual([0, 1]);
  });

  it('take what they set', () => {
    const hex = <P>({ parameters }: { parameters: Struct<P> }, value: P) => toHex(parameters.encode(value));
    expect(hex(zephyr.zephyrSetEventMask, { eventMask: 0x0en })).toBe('0e00000000000000');
    expect(hex(zephyr.zephyrSetTraceEnable, { enable: 1, type: 0 })).toBe('0100');
    expect(hex(zephyr.zephyrReset, { type: 1 })).toBe('01');
    expect(hex(zephyr.zephyrSetScanRequestReports, { enable: 1 })).toBe('01');
    expect(hex(zephyr.zephyrSetUsbTransportMode, { mode: 1 })).toBe('01');
    const channels = { connectionHandle: 0x12, phys: 3, minUsedChannels: 5 };
    expect(hex(zephyr.zephyrSetMinNumUsedChannels, channels)).toBe('12000305');
    const power = { handleType: 2, handle: 0x12, txPowerLevel: -8 };
    expect(hex(zephyr.zephyrWriteTxPowerLevel, power)).toBe('021200f8');
  });
});

describe("Zephyr's events", () => {
  it('tell the registers of a Cortex-M at a fatal error', () => {
    const words = ['a1', 'a2', 'a3', 'a4', 'ip', 'lr', 'pc', 'xpsr'];
    const data = words.map((_, i) => `0${i}000020`).join('');
    const { error } = read(zephyr.zephyrFatalError.parameters, `01 02000000 01 ${data}`);
    expect(error).toEqual({
      type: 1,
      reason: 2,
      cpu: {
        cpuType: 1,
        registers: Object.fromEntries(words.map((name, i) => [name, 0x20000000 + i])),
      },
    });
  });

  it('keep the state of another processor, or of a frame that was cut, as octets', () => {
    const { error: other } = read(zephyr.zephyrFatalError.parameters, '01 00000000 07 aabb');
    expect(other).toMatchObject({ cpu: { cpuType: 7, octets: Uint8Array.of(0xaa, 0xbb) } });
    const { error: cut } = read(zephyr.zephyrFatalError.parameters, '01 00000000 01 aabb');
    expect(cut).toMatchObject({ cpu: { cpuType: 1, octets: Uint8Array.of(0xaa, 0xbb) } });
  });

  it('tell the place of a failed assertion, with the kind in front or without it', () => {
    const place = '6c6c6c2e63 00 2a010000'; // lll.c, 298
    const typed = read(zephyr.zephyrFatalError.parameters, `02 ${place}`);
    expect(typed.error).toEqual({ type: 2, file: 'lll.c', line: 298 });
    const bare = read(zephyr.zephyrFatalError.parameters, place);
    expect(bare.error).toEqual({ type: undefined, file: 'lll.c', line: 298 });
    expect(read(zephyr.zephyrAssertion.parameters, place)).toEqual({ file: 'lll.c', line: 298 });
  });

  it('tell a trace with its program counter, and keep what they do not know', () => {
    const { error: trace } = read(zephyr.zephyrFatalError.parameters, '03 0010000000000000 61 00 01000000');
    expect(trace).toEqual({ type: 3, pc: 0x1000n, file: 'a', line: 1 });
    const { error: unknown } = read(zephyr.zephyrFatalError.parameters, '09 0102');
    expect(unknown).toEqual({ type: 9, data: Uint8Array.of(1, 2) });
  });

  it('tell a scan request and a trace', () => {
    const request = read(zephyr.zephyrScanRequestReceived.parameters, '01 0605040302c1 c4');
    expect(request).toMatchObject({ addressType: 1, rssi: -60 });
    expect(read(zephyr.zephyrTraceInformation.parameters, '03 0c09')).toEqual({
      type: 3,
      data: Uint8Array.of(0x0c, 0x09),
    });
  });
});

describe("other vendors' packets", () => {
  it("are the SoftDevice Controller's from FD01 on", () => {
    const update = {
      connectionHandle: 1,
      connectionInterval: 1000,
      connectionLatency: 0,
      supervisionTimeout: 300,
    };
    expect(toHex(softdevice.sdcConnectionUpdate.parameters.encode(update))).toBe('0100e803000000002c01');
    expect(softdevice.sdcConnectionUpdate.completes).toBe('status');
    expect(softdevice.sdcSetPowerControlRequestParameters.parameters.size).toBe(11);
    const report = read(softdevice.sdcQosConnectionEventReport.parameters, '0100 0500 0a 0200 0100 0000 01');
    expect(report).toMatchObject({ channelIndex: 10, crcOkCount: 2, crcErrorCount: 1, flags: 1 });
    expect(softdevice.sdcQosChannelSurveyReport.parameters.size).toBe(40);
  });

  it("are NimBLE's, with the opcodes that Zephyr has for others", () => {
    const { address } = read(nimble.nimbleReadStaticAddress.returns, '00 0605040302c1');
    expect(String(address)).toBe('C1:02:03:04:05:06');
    expect(nimble.nimbleReadStaticAddress.opcode).toBe(zephyr.zephyrReadVersionInformation.opcode);
    const { place } = read(nimble.nimbleAssertion.parameters, Buffer.from('ble_ll.c:12').toString('hex'));
    expect(place).toBe('ble_ll.c:12');
    expect(read(nimble.nimbleIsoHciFeedback.parameters, '00 01 0500 02 ff').feedback).toEqual([
      { bisHandle: 5, sduPerInterval: 2, difference: -1 },
    ]);
  });

  it("are Espressif's", () => {
    expect(espressif.espressifEcho.opcode).toBe(0xfc81);
    const lost = read(espressif.espressifAdvertisingReportLost.parameters, '05000000');
    expect(lost).toEqual({ lostReports: 5 });
    const threshold = { connectionHandle: 0, min1M: -70, max1M: -60, min2M: -68, max2M: -58 };
    const coded = { minCodedS2: -75, maxCodedS2: -65, minCodedS8: -80, maxCodedS8: -70 };
    expect(toHex(espressif.espressifSetPclRssiThreshold.parameters.encode({ ...threshold, ...coded }))).toBe(
      '0000bac4bcc6b5bfb0ba',
    );
  });
});

describe('the register of vendors', () => {
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const one of undo.splice(0)) one();
  });
  const register = (vendor: Parameters<typeof registerVendor>[0]) => undo.push(registerVendor(vendor));

  const readVoltage = command(0xfc42, 'Acme Read_Voltage', { returns: { status, millivolts: u16 } });
  const lowBattery = vendorEvent(0x07, 'Acme Low_Battery', { parameters: { millivolts: u16 } });
  const acme = { name: 'Acme', companies: [0x1234], commands: [readVoltage], events: [lowBattery] };

  it('knows what comes with the package, by the company', () => {
    expect(vendorFor(ZEPHYR)?.names).toEqual(['Zephyr']);
    expect(vendorFor(NORDIC)?.names).toEqual(['SoftDevice Controller', 'Zephyr']);
    expect(vendorFor(0xffff)?.names).toEqual(['NimBLE']);
    expect(vendorFor(ZEPHYR)?.commandByOpcode(0xfc09)).toBe(zephyr.zephyrReadStaticAddresses);
    expect(vendorFor(NORDIC)?.commandByOpcode(0xfd01)).toBe(softdevice.sdcLlpmModeSet);
    expect(vendorFor(ZEPHYR)?.commandByOpcode(0xfd01)).toBeUndefined();
    expect(vendorFor(0xffff)?.commandByOpcode(0xfc01)).toBe(nimble.nimbleReadStaticAddress);
    expect(vendorFor(ZEPHYR)?.eventByCode(0xff, 0xaa)).toBe(zephyr.zephyrAssertion);
    expect(vendorFor(ESPRESSIF)?.eventByCode(0x3e, 0xf0)).toBe(espressif.espressifAdvertisingReportLost);
    expect(vendorFor(ESPRESSIF)?.eventByCode(0xff, undefined)).toBeUndefined();
    expect(vendorFor(0x1234)).toBeUndefined();
  });

  it('takes others, and gives them back', () => {
    register(acme);
    const packets = vendorFor(0x1234)!;
    expect(packets.commandByOpcode(0xfc42)).toBe(readVoltage);
    expect(packets.eventByCode(0xff, 0x07)).toBe(lowBattery);
    undo.pop()!();
    expect(vendorFor(0x1234)).toBeUndefined();
    expect(packets.commandByOpcode(0xfc42)).toBeUndefined();
  });

  it('asks the one registered last first', () => {
    const mine = command(0xfc01, 'Mine', {});
    register({ name: 'Mine', companies: [ZEPHYR], commands: [mine], events: [] });
    expect(vendorFor(ZEPHYR)?.names).toEqual(['Mine', 'Zephyr']);
    expect(vendorFor(ZEPHYR)?.commandByOpcode(0xfc01)).toBe(mine);
    expect(vendorFor(ZEPHYR)?.commandByOpcode(0xfc02)).toBe(zephyr.zephyrReadSupportedCommands);
  });

  it('refuses what is no vendor’s, and what is there twice', () => {
    const foreign = command(0x2001, 'Foreign', {});
    expect(() => registerVendor({ ...acme, commands: [foreign] })).toThrow(
      'registerVendor(Acme): Foreign 0x2001: the opcodes of vendors are 0xFC00 to 0xFFFF',
    );
    expect(() => registerVendor({ ...acme, commands: [readVoltage, readVoltage] })).toThrow(/is there twice/);
    expect(() => registerVendor({ ...acme, events: [event(0x05, 'Foreign')] })).toThrow(/vendorEvent\(\)/);
    expect(() => registerVendor({ ...acme, events: [lowBattery, lowBattery] })).toThrow(/is there twice/);
    expect(vendorFor(0x1234)).toBeUndefined();
  });
});
