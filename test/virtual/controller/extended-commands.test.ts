import { describe, expect, it } from 'vitest';
import { BdAddr } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import type { ParametersOf } from '../../../src/hci/definition.js';
import { bluetooth40Personality, fullPersonality } from '../../../src/virtual/index.js';
import type { HciScript } from '../../support/hci-script.js';
import { createExtended, enable, scanExtended, setData, setParameters } from '../extended.js';
import { advertisingParameters, createConnection, World } from '../world.js';

const MEMORY = 0x07;
const DISALLOWED = 0x0c;
const UNSUPPORTED = 0x11;
const INVALID = 0x12;
const UNKNOWN_SET = 0x42;
const TOO_LONG = 0x45;

const parameters = commands.leSetExtendedAdvertisingParametersV1;
const some = Uint8Array.of(2, 1, 6);
const nothing = new Uint8Array(0);

async function script(personality = fullPersonality): Promise<HciScript> {
  return (await new World().controller(personality)).hci;
}

function data(operation: number, advertisingData: Uint8Array, advertisingHandle = 0) {
  return { advertisingHandle, operation, fragmentPreference: 0, advertisingData };
}

function response(operation: number, scanResponseData: Uint8Array) {
  return { advertisingHandle: 0, operation, fragmentPreference: 0, scanResponseData };
}

function enabling(
  ...handles: readonly number[]
): ParametersOf<typeof commands.leSetExtendedAdvertisingEnable> {
  const sets = handles.map((advertisingHandle) => ({
    advertisingHandle,
    duration: 0,
    maxExtendedAdvertisingEvents: 0,
  }));
  return { enable: 1, sets };
}

describe('the parameters of an advertising set (Vol 4, Part E, 7.8.53)', () => {
  it.each([
    ['connectable and scannable by extended PDUs', { advertisingEventProperties: 0x03 }, INVALID],
    ['high duty cycle by extended PDUs', { advertisingEventProperties: 0x0d }, INVALID],
    ['anonymous and connectable', { advertisingEventProperties: 0x21 }, INVALID],
    ['legacy PDUs of no kind', { advertisingEventProperties: 0x11 }, INVALID],
    ['legacy PDUs with TxPower', { advertisingEventProperties: 0x50 }, INVALID],
    ['properties for future use', { advertisingEventProperties: 0x80 }, INVALID],
    ['an interval of less than 20 ms', { primaryAdvertisingIntervalMin: 0x1f }, INVALID],
    ['a minimum above the maximum', { primaryAdvertisingIntervalMin: 161 }, INVALID],
    ['no channel', { primaryAdvertisingChannelMap: 0 }, INVALID],
    ['a SID above 15', { advertisingSid: 16 }, INVALID],
    ['a handle above 0xEF', { advertisingHandle: 0xf0 }, INVALID],
    ['an unknown filter policy', { advertisingFilterPolicy: 4 }, INVALID],
    ['an unknown kind of own address', { ownAddressType: 4 }, INVALID],
    ['more than 20 dBm', { advertisingTxPower: 21 }, INVALID],
    ['LE 2M as primary PHY', { primaryAdvertisingPhy: 2 }, INVALID],
    ['LE Coded with legacy PDUs', { advertisingEventProperties: 0x13, primaryAdvertisingPhy: 3 }, INVALID],
    ['a PHY for future use', { secondaryAdvertisingPhy: 4 }, UNSUPPORTED],
  ])('refuse %s', async (_what, change, status) => {
    await (await script()).refused(parameters, setParameters(change), status);
  });

  it('take intervals above 10.24 s, and tell the power that was chosen', async () => {
    const long = { primaryAdvertisingIntervalMin: 0x10000, primaryAdvertisingIntervalMax: 0xffffff };
    const hci = await script();
    expect(await hci.command(parameters, setParameters(long))).toMatchObject({ selectedTxPower: 0 });
  });

  it('make as many sets as there may be, and no more: 0x07', async () => {
    const hci = await script({ ...fullPersonality, advertisingSets: 2 });
    const { numSupportedAdvertisingSets } = await hci.command(
      commands.leReadNumberOfSupportedAdvertisingSets,
      {},
    );
    expect(numSupportedAdvertisingSets).toBe(2);
    await hci.command(parameters, setParameters({ advertisingHandle: 0 }));
    await hci.command(parameters, setParameters({ advertisingHandle: 0xef }));
    await hci.refused(parameters, setParameters({ advertisingHandle: 2 }), MEMORY);
    await hci.command(commands.leRemoveAdvertisingSet, { advertisingHandle: 0 });
    await hci.command(parameters, setParameters({ advertisingHandle: 2 }));
  });

  it('do not change while the set is on: 0x0C', async () => {
    const hci = await script();
    await hci.command(parameters, setParameters());
    await enable(hci);
    await hci.refused(parameters, setParameters(), DISALLOWED);
    await enable(hci, { on: 0 });
    await hci.command(parameters, setParameters());
  });

  it('go with the data that is there', async () => {
    const hci = await script();
    await hci.command(parameters, setParameters());
    await setData(hci, new Uint8Array(32));
    await hci.refused(parameters, setParameters({ advertisingEventProperties: 0x10 }), INVALID);
    await hci.refused(parameters, setParameters({ advertisingEventProperties: 0x02 }), INVALID);
    await setData(hci, new Uint8Array(31));
    await hci.command(parameters, setParameters({ advertisingEventProperties: 0x10 }));
  });

  it('in their second version choose the coding of LE Coded', async () => {
    const world = new World();
    const { hci } = await world.controller();
    const scanner = await world.controller();
    const coded = {
      ...setParameters({ primaryAdvertisingPhy: 3, secondaryAdvertisingPhy: 3 }),
      primaryAdvertisingPhyOptions: 1,
      secondaryAdvertisingPhyOptions: 3,
    };
    const second = commands.leSetExtendedAdvertisingParametersV2;
    await hci.refused(second, { ...coded, secondaryAdvertisingPhyOptions: 5 }, INVALID);
    await hci.command(second, coded);
    await setData(hci, some);
    await scanExtended(scanner.hci, { phys: [{ phy: 3 }] });
    await enable(hci, { maxEvents: 1 });
    await world.clock.advance(60);
    const { leExtendedAdvertisingReport } = await import('../../../src/hci/events/index.js');
    const [event] = scanner.hci.all(leExtendedAdvertisingReport);
    expect(event!.reports[0]).toMatchObject({ primaryPhy: 3, secondaryPhy: 3, data: some });
    // Told to a host that says it knows of it (7.7.65.13).
    await scanner.hci.command(commands.leSetHostFeatureV1, { bitNumber: 41, bitValue: 1 });
    hci.received.length = 0;
    await enable(hci, { maxEvents: 1 });
    await world.clock.advance(60);
    const [told] = scanner.hci.all(leExtendedAdvertisingReport);
    expect(told!.reports[0]).toMatchObject({ primaryPhy: 4, secondaryPhy: 4, data: some });
  });
});

describe('the data of an advertising set (Vol 4, Part E, 7.8.54)', () => {
  const set = commands.leSetExtendedAdvertisingData;

  it('needs a set: 0x42', async () => {
    await (await script()).refused(set, data(3, some), UNKNOWN_SET);
  });

  it.each([
    ['scannable by extended PDUs', 0x02],
    ['directed by legacy PDUs', 0x15],
  ])('is nothing for a set that is %s: 0x12', async (_what, advertisingEventProperties) => {
    const hci = await script();
    await hci.command(parameters, setParameters({ advertisingEventProperties }));
    await hci.refused(set, data(3, some), INVALID);
  });

  it('is one piece of 31 octets at most with legacy PDUs: 0x12', async () => {
    const hci = await script();
    await hci.command(parameters, setParameters({ advertisingEventProperties: 0x13 }));
    await hci.refused(set, data(1, some), INVALID);
    await hci.refused(set, data(3, new Uint8Array(32)), INVALID);
    await hci.command(set, data(3, new Uint8Array(31)));
  });

  it.each([0, 1, 2])('has no empty fragment (operation %i): 0x12', async (operation) => {
    const hci = await script();
    await hci.command(parameters, setParameters());
    await hci.refused(set, data(operation, nothing), INVALID);
  });

  it('comes in order: first, intermediate, last', async () => {
    const hci = await script();
    await hci.command(parameters, setParameters());
    await hci.refused(set, data(0, some), DISALLOWED);
    await hci.refused(set, data(2, some), DISALLOWED);
    await hci.command(set, data(1, some));
    await hci.command(set, data(0, some));
    await hci.refused(commands.leSetExtendedAdvertisingEnable, enabling(0), DISALLOWED);
    await hci.command(set, data(2, some));
    await hci.command(commands.leSetExtendedAdvertisingEnable, enabling(0));
  });

  it('comes whole while the set is on: 0x0C', async () => {
    const hci = await script();
    await hci.command(parameters, setParameters());
    await enable(hci);
    for (const operation of [0, 1, 2]) await hci.refused(set, data(operation, some), DISALLOWED);
    await hci.command(set, data(3, some));
  });

  it('is unchanged only where there is some and the set is on: 0x12', async () => {
    const hci = await script();
    await hci.command(parameters, setParameters());
    await hci.refused(set, data(4, nothing), INVALID);
    await enable(hci);
    await hci.refused(set, data(4, nothing), INVALID);
    await hci.command(set, data(3, some));
    await hci.command(set, data(4, nothing));
    await hci.refused(set, data(5, nothing), INVALID);
  });

  it('is thrown away where it is more than 1650 octets: 0x07', async () => {
    const hci = await script();
    const { maxAdvertisingDataLength } = await hci.command(commands.leReadMaximumAdvertisingDataLength, {});
    expect(maxAdvertisingDataLength).toBe(1650);
    await hci.command(parameters, setParameters());
    await setData(hci, new Uint8Array(1650));
    await hci.command(set, data(1, new Uint8Array(250)));
    for (let i = 0; i < 5; i++) await hci.command(set, data(0, new Uint8Array(250)));
    await hci.refused(set, data(2, new Uint8Array(151)), MEMORY);
    // Nothing of it is left, and what follows has nothing to follow.
    await hci.refused(set, data(2, some), DISALLOWED);
  });

  it('has to have room in the interval: 0x45, by S=8 on LE Coded (Vol 4, Part E, 7.8.54 and 7.8.56)', async () => {
    const hci = await script();
    const short = {
      primaryAdvertisingIntervalMin: 32,
      primaryAdvertisingIntervalMax: 32,
      secondaryAdvertisingPhy: 3,
    };
    await hci.command(parameters, setParameters(short));
    // Two PDUs of up to 17 040 µs are more than 20 ms.
    await setData(hci, new Uint8Array(400));
    await hci.refused(commands.leSetExtendedAdvertisingEnable, enabling(0), TOO_LONG);
    await hci.refused(parameters, setParameters(short), TOO_LONG);
    await setData(hci, some);
    await hci.command(commands.leSetExtendedAdvertisingEnable, enabling(0));
  });
});

describe('the scan response of an advertising set (Vol 4, Part E, 7.8.55)', () => {
  const set = commands.leSetExtendedScanResponseData;

  it('needs a set, and one that is scannable', async () => {
    const hci = await script();
    await hci.refused(set, response(3, some), UNKNOWN_SET);
    await hci.command(parameters, setParameters());
    await hci.refused(set, response(3, some), INVALID);
    await hci.command(set, response(3, nothing));
  });

  it('stays while a scannable set is on, and has no operation 4', async () => {
    const hci = await script();
    await hci.command(parameters, setParameters({ advertisingEventProperties: 2 }));
    await hci.refused(commands.leSetExtendedAdvertisingEnable, enabling(0), DISALLOWED);
    await hci.refused(set, response(4, nothing), INVALID);
    await hci.refused(set, response(1, nothing), INVALID);
    await hci.command(set, response(3, some));
    await enable(hci);
    await hci.refused(set, response(3, nothing), DISALLOWED);
    await hci.refused(set, response(1, some), DISALLOWED);
    await hci.command(set, response(3, some));
  });

  it('is one piece of 31 octets at most with legacy PDUs: 0x12', async () => {
    const hci = await script();
    await hci.command(parameters, setParameters({ advertisingEventProperties: 0x12 }));
    await hci.refused(set, response(1, some), INVALID);
    await hci.refused(set, response(3, new Uint8Array(32)), INVALID);
    await hci.command(set, response(3, new Uint8Array(31)));
  });
});

describe('switching advertising sets on and off (Vol 4, Part E, 7.8.56)', () => {
  const command = commands.leSetExtendedAdvertisingEnable;

  it('needs sets, each once, that are there', async () => {
    const hci = await script();
    await hci.refused(command, { enable: 1, sets: [] }, INVALID);
    await hci.refused(command, enabling(0), UNKNOWN_SET);
    await hci.command(parameters, setParameters());
    await hci.refused(command, enabling(0, 0), INVALID);
    await hci.refused(command, enabling(0, 1), UNKNOWN_SET);
    await hci.refused(command, { ...enabling(0), enable: 2 }, INVALID);
  });

  it('switches none on where one cannot', async () => {
    const world = new World();
    const { hci, controller } = await world.controller();
    await hci.command(parameters, setParameters());
    const random = { advertisingHandle: 1, ownAddressType: 1 };
    await hci.command(parameters, setParameters(random));
    // Without a random address: 0x12.
    await hci.refused(command, enabling(0, 1), INVALID);
    expect(controller.activity.advertising).toBe(false);
    await hci.command(commands.leSetAdvertisingSetRandomAddress, {
      advertisingHandle: 1,
      randomAddress: BdAddr.parse('C0:00:00:00:00:01'),
    });
    await hci.command(command, enabling(0, 1));
    expect(controller.activity.advertising).toBe(true);
    // Without sets: all of them.
    await hci.command(command, { enable: 0, sets: [] });
    expect(controller.activity.advertising).toBe(false);
  });

  it('refuses connectable data that an AUX_ADV_IND has no room for: 0x12', async () => {
    const hci = await script();
    await hci.command(parameters, setParameters({ advertisingEventProperties: 1 }));
    // 255 octets without length and AdvMode, AdvA and ADI.
    await setData(hci, new Uint8Array(246));
    await hci.refused(command, enabling(0), INVALID);
    await setData(hci, new Uint8Array(245));
    await hci.command(command, enabling(0));
    await hci.refused(commands.leSetExtendedAdvertisingData, data(3, new Uint8Array(246)), INVALID);
  });

  it.each([
    [0, INVALID],
    [129, INVALID],
    [128, 0],
  ])('takes a duration of %i × 10 ms for high duty cycle: 0x%i', async (duration, status) => {
    const hci = await script();
    const target = { peerAddress: BdAddr.parse('00:00:5E:00:53:99'), advertisingEventProperties: 0x1d };
    await hci.command(parameters, setParameters(target));
    const sets = [{ advertisingHandle: 0, duration, maxExtendedAdvertisingEvents: 0 }];
    await hci.refused(command, { enable: 1, sets }, status);
  });
});

describe('advertising sets', () => {
  it('are removed when they are off, and known no more (Vol 4, Part E, 7.8.59 and 7.8.60)', async () => {
    const hci = await script();
    await hci.refused(commands.leRemoveAdvertisingSet, { advertisingHandle: 0 }, UNKNOWN_SET);
    await hci.command(parameters, setParameters());
    await enable(hci);
    await hci.refused(commands.leRemoveAdvertisingSet, { advertisingHandle: 0 }, DISALLOWED);
    await hci.refused(commands.leClearAdvertisingSets, {}, DISALLOWED);
    await enable(hci, { on: 0 });
    await hci.command(commands.leClearAdvertisingSets, {});
    await hci.refused(commands.leRemoveAdvertisingSet, { advertisingHandle: 0 }, UNKNOWN_SET);
  });

  it('have random addresses of their own, not to be changed while they are connectable (Vol 4, Part E, 7.8.52)', async () => {
    const hci = await script();
    const command = commands.leSetAdvertisingSetRandomAddress;
    const address = (advertisingHandle: number) => ({
      advertisingHandle,
      randomAddress: BdAddr.parse('C0:00:00:00:00:01'),
    });
    await hci.refused(command, address(0), UNKNOWN_SET);
    await hci.command(parameters, setParameters());
    await hci.command(parameters, setParameters({ advertisingHandle: 1, advertisingEventProperties: 1 }));
    await enable(hci, { handle: 0 });
    await enable(hci, { handle: 1 });
    await hci.command(command, address(0));
    await hci.refused(command, address(1), DISALLOWED);
  });
});

describe('legacy and extended commands between two Resets (Vol 4, Part E, 3.1.1)', () => {
  const legacy = [
    [commands.leSetAdvertisingParameters, advertisingParameters()],
    [commands.leSetAdvertisingData, { advertisingData: some }],
    [commands.leSetScanResponseData, { scanResponseData: some }],
    [commands.leSetAdvertisingEnable, { advertisingEnable: 0 }],
    [commands.leReadAdvertisingPhysicalChannelTxPower, {}],
    [commands.leSetScanEnable, { leScanEnable: 0, filterDuplicates: 0 }],
    [commands.leCreateConnection, createConnection(BdAddr.zero)],
  ] as const;
  const extended = [
    [parameters, setParameters()],
    [commands.leSetExtendedAdvertisingEnable, { enable: 0, sets: [] }],
    [commands.leReadMaximumAdvertisingDataLength, {}],
    [commands.leReadNumberOfSupportedAdvertisingSets, {}],
    [commands.leClearAdvertisingSets, {}],
    [commands.leSetExtendedScanEnable, { enable: 0, filterDuplicates: 0, duration: 0, period: 0 }],
    [commands.leExtendedCreateConnectionV1, createExtended(BdAddr.zero)],
    [commands.leReadPeriodicAdvertiserListSize, {}],
    [commands.leSetAdvertisingSetRandomAddress, { advertisingHandle: 0, randomAddress: BdAddr.zero }],
  ] as const;

  it('do not mix: 0x0C, whichever came first', async () => {
    for (const [first, second] of [
      [legacy, extended],
      [extended, legacy],
    ] as const) {
      const hci = await script();
      const [command, values] = first[0];
      await hci.command(command as typeof parameters, values as ReturnType<typeof setParameters>);
      for (const [other, otherValues] of second) {
        await hci.refused(
          other as typeof parameters,
          otherValues as ReturnType<typeof setParameters>,
          DISALLOWED,
        );
      }
      await hci.command(commands.reset, {});
      const [again, againValues] = second[0];
      await hci.command(again as typeof parameters, againValues as ReturnType<typeof setParameters>);
    }
  });

  it('count when they fail, too', async () => {
    const hci = await script();
    await hci.refused(commands.leRemoveAdvertisingSet, { advertisingHandle: 0 }, UNKNOWN_SET);
    await hci.refused(commands.leSetAdvertisingParameters, advertisingParameters(), DISALLOWED);
  });

  it('leave a 4.0 controller alone, which knows no extended ones: 0x01', async () => {
    const hci = await script(bluetooth40Personality);
    await hci.refused(commands.leReadNumberOfSupportedAdvertisingSets, {}, 0x01);
    await hci.command(commands.leSetAdvertisingParameters, advertisingParameters());
  });
});

describe('extended scanning given wrong parameters (Vol 4, Part E, 7.8.64 and 7.8.65)', () => {
  const phy = (change: object) => ({ phy: 1, scanType: 0, scanInterval: 16, scanWindow: 16, ...change });

  it.each([
    ['no PHY', { scanningPhys: [] }, INVALID],
    ['LE 2M', { scanningPhys: [phy({ phy: 2 })] }, UNSUPPORTED],
    ['a PHY for future use', { scanningPhys: [phy({ phy: 4 })] }, UNSUPPORTED],
    ['a window above the interval', { scanningPhys: [phy({ scanWindow: 17 })] }, INVALID],
    ['an unknown scan type', { scanningPhys: [phy({ scanType: 2 })] }, INVALID],
    ['an unknown filter policy', { scanningFilterPolicy: 4 }, INVALID],
  ])('refuses %s', async (_what, change, status) => {
    const hci = await script();
    const usual = { ownAddressType: 0, scanningFilterPolicy: 0, scanningPhys: [phy({})] };
    await hci.refused(commands.leSetExtendedScanParameters, { ...usual, ...change }, status);
  });

  it.each([
    ['a duration that fills the period', { duration: 128, period: 1 }],
    ['duplicates by period without period', { filterDuplicates: 2, duration: 10 }],
    ['an unknown duplicate filter', { filterDuplicates: 3 }],
    ['an unknown enable', { enable: 2 }],
  ])('refuses %s: 0x12', async (_what, change) => {
    const hci = await script();
    const usual = { enable: 1, filterDuplicates: 0, duration: 0, period: 0 };
    await hci.refused(commands.leSetExtendedScanEnable, { ...usual, ...change }, INVALID);
  });

  it('keeps its parameters while it scans: 0x0C', async () => {
    const hci = await script();
    await scanExtended(hci);
    const again = { ownAddressType: 0, scanningFilterPolicy: 0, scanningPhys: [phy({})] };
    await hci.refused(commands.leSetExtendedScanParameters, again, DISALLOWED);
    const randomAddress = BdAddr.parse('C0:00:00:00:00:01');
    await hci.refused(commands.leSetRandomAddress, { randomAddress }, DISALLOWED);
  });
});

describe('extended initiating given wrong parameters (Vol 4, Part E, 7.8.66)', () => {
  const peer = BdAddr.parse('00:00:5E:00:53:77');
  const [one] = createExtended(peer).initiatingPhys;

  it.each([
    ['no PHY', { initiatingPhys: [] }, INVALID],
    ['LE 2M alone', { initiatingPhys: [{ ...one!, phy: 2 }] }, INVALID],
    ['a PHY for future use', { initiatingPhys: [{ ...one!, phy: 4 }] }, UNSUPPORTED],
    ['a window above the interval', { initiatingPhys: [{ ...one!, scanWindow: 17 }] }, INVALID],
    ['an unknown filter policy', { initiatorFilterPolicy: 2 }, INVALID],
    ['a timeout that is too short', { initiatingPhys: [{ ...one!, supervisionTimeout: 9 }] }, INVALID],
  ])('refuses %s', async (_what, change, status) => {
    const hci = await script();
    await hci.refused(commands.leExtendedCreateConnectionV1, { ...createExtended(peer), ...change }, status);
  });

  it('does one thing at a time: 0x0C', async () => {
    const hci = await script();
    await hci.command(commands.leExtendedCreateConnectionV1, createExtended(peer));
    await hci.refused(commands.leExtendedCreateConnectionV1, createExtended(peer), DISALLOWED);
    await hci.command(commands.leCreateConnectionCancel, {});
  });
});
