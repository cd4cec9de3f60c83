import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import type { AnyCommand } from '../../../src/hci/definition.js';
import { commandComplete, commandStatus } from '../../../src/hci/events/index.js';
import { encodeCommand, parseEvent } from '../../support/hci-script.js';
import { advertiseExtended, createExtended, setParameters } from '../extended.js';
import { addressOf, type ScriptedController, World } from '../world.js';

const opcodes = Object.values(commands as Record<string, unknown>)
  .filter((value): value is AnyCommand => (value as AnyCommand | undefined)?.type === 'command')
  .map(({ opcode }) => opcode);

const parameters = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 5, max: 4 }));

/** Commands that exist, with any parameters, their length right or wrong. */
const knownCommand = fc
  .tuple(fc.constantFrom(...opcodes), parameters, fc.boolean())
  .map(([opcode, body, right]) =>
    Uint8Array.of(1, opcode & 0xff, opcode >> 8, right ? body.length : (body.length + 1) & 0xff, ...body),
  );

/** Commands of the implemented kind, with parameters of the right length and mostly small values. */
const likelyCommand = fc
  .constantFrom(
    ...Object.values(commands as Record<string, AnyCommand>).filter(
      (value) => value?.type === 'command' && value.parameters.size !== undefined && value.opcode < 0x2033,
    ),
  )
  .chain((definition) => {
    const size = definition.parameters.size!;
    return fc
      .array(fc.oneof(fc.constantFrom(0, 1, 2, 3, 7, 16, 32), fc.nat(255)), {
        minLength: size,
        maxLength: size,
      })
      .map((body) => Uint8Array.of(1, definition.opcode & 0xff, definition.opcode >> 8, size, ...body));
  });

/** A field's octets: mostly small values, lists and masks of what may be there. */
const small = fc.constantFrom(0, 1, 2, 3, 5, 16, 32);
const handle = fc.nat(2);
const octets = (maxLength: number) => fc.uint8Array({ maxLength });

/** Commands of extended advertising, scanning, initiating and periodic advertising that mostly make sense. */
const extendedCommand = fc.oneof(
  fc
    .tuple(handle, fc.constantFrom(0, 1, 2, 4, 0x10, 0x12, 0x13, 0x15, 0x20, 0x40, 5), fc.nat(3), fc.nat(3))
    .map(([advertisingHandle, advertisingEventProperties, primary, secondary]) =>
      encodeCommand(
        commands.leSetExtendedAdvertisingParametersV1,
        setParameters({
          advertisingHandle,
          advertisingEventProperties,
          primaryAdvertisingPhy: primary,
          secondaryAdvertisingPhy: secondary,
          scanRequestNotificationEnable: 1,
        }),
      ),
    ),
  fc
    .tuple(handle, fc.nat(5), octets(251), fc.constantFrom(0x2037, 0x2038, 0x203f))
    .map(([advertisingHandle, operation, data, opcode]) => {
      const body = opcode === 0x203f ? [operation] : [operation, 0];
      const all = [advertisingHandle, ...body, data.length, ...data];
      return Uint8Array.of(1, opcode & 0xff, opcode >> 8, all.length, ...all);
    }),
  fc.tuple(fc.nat(1), fc.array(fc.tuple(handle, small, small), { maxLength: 3 })).map(([enable, sets]) =>
    encodeCommand(commands.leSetExtendedAdvertisingEnable, {
      enable,
      sets: sets.map(([advertisingHandle, duration, maxExtendedAdvertisingEvents]) => ({
        advertisingHandle,
        duration,
        maxExtendedAdvertisingEvents,
      })),
    }),
  ),
  fc.tuple(fc.subarray([1, 3]), fc.nat(1), fc.nat(3)).map(([phys, scanType, scanningFilterPolicy]) =>
    encodeCommand(commands.leSetExtendedScanParameters, {
      ownAddressType: 0,
      scanningFilterPolicy,
      scanningPhys: phys.map((phy) => ({ phy, scanType, scanInterval: 32, scanWindow: 32 })),
    }),
  ),
  fc
    .tuple(fc.nat(1), fc.nat(2), small, fc.nat(2))
    .map(([enable, filterDuplicates, duration, period]) =>
      encodeCommand(commands.leSetExtendedScanEnable, { enable, filterDuplicates, duration, period }),
    ),
  fc
    .tuple(fc.nat(1), fc.subarray([1, 2, 3]))
    .map(([which, phys]) =>
      encodeCommand(commands.leExtendedCreateConnectionV1, createExtended(addressOf(which + 1), phys)),
    ),
  fc.constant(encodeCommand(commands.leCreateConnectionCancel, {})),
  fc.constant(encodeCommand(commands.leClearAdvertisingSets, {})),
  fc.tuple(handle, fc.constantFrom(6, 8, 40)).map(([advertisingHandle, interval]) =>
    encodeCommand(commands.leSetPeriodicAdvertisingParametersV1, {
      advertisingHandle,
      periodicAdvertisingIntervalMin: interval,
      periodicAdvertisingIntervalMax: interval,
      periodicAdvertisingProperties: 0x40,
    }),
  ),
  fc
    .tuple(fc.nat(3), handle)
    .map(([enable, advertisingHandle]) =>
      encodeCommand(commands.leSetPeriodicAdvertisingEnable, { enable, advertisingHandle }),
    ),
  fc.tuple(fc.nat(7), fc.nat(1), fc.nat(2)).map(([options, which, skip]) =>
    encodeCommand(commands.lePeriodicAdvertisingCreateSync, {
      options,
      advertisingSid: 0,
      advertiserAddressType: 0,
      advertiserAddress: addressOf(which + 1),
      skip,
      syncTimeout: 20,
      syncCteType: 0,
    }),
  ),
  fc.constant(encodeCommand(commands.lePeriodicAdvertisingCreateSyncCancel, {})),
  fc.nat(1).map((syncHandle) => encodeCommand(commands.lePeriodicAdvertisingTerminateSync, { syncHandle })),
  fc.tuple(handle, fc.nat(1)).map(([advertisingHandle, connectionHandle]) =>
    encodeCommand(commands.lePeriodicAdvertisingSetInfoTransfer, {
      connectionHandle,
      serviceData: 1,
      advertisingHandle,
    }),
  ),
  fc.nat(3).map((mode) =>
    encodeCommand(commands.leSetPeriodicAdvertisingSyncTransferParameters, {
      connectionHandle: 1,
      mode,
      skip: 0,
      syncTimeout: 20,
      cteType: 0,
    }),
  ),
  fc.constant(encodeCommand(commands.leReadRemoteFeaturesPage0, { connectionHandle: 1 })),
  fc.tuple(handle, fc.nat(3), fc.nat(4), fc.nat(4)).map(([advertisingHandle, numSubevents, delay, slots]) =>
    encodeCommand(commands.leSetPeriodicAdvertisingParametersV2, {
      advertisingHandle,
      periodicAdvertisingIntervalMin: 24,
      periodicAdvertisingIntervalMax: 24,
      periodicAdvertisingProperties: 0,
      numSubevents,
      subeventInterval: 8,
      responseSlotDelay: delay,
      responseSlotSpacing: 10,
      numResponseSlots: slots,
    }),
  ),
  fc.tuple(handle, fc.nat(3), fc.nat(3), octets(100)).map(([advertisingHandle, subevent, slots, data]) =>
    encodeCommand(commands.leSetPeriodicAdvertisingSubeventData, {
      advertisingHandle,
      subevents: [{ subevent, responseSlotStart: 0, responseSlotCount: slots, subeventData: data }],
    }),
  ),
  fc.tuple(fc.nat(1), fc.array(fc.nat(3), { maxLength: 3 })).map(([syncHandle, subevents]) =>
    encodeCommand(commands.leSetPeriodicSyncSubevent, {
      ...{ syncHandle, periodicAdvertisingProperties: 0, subevents },
    }),
  ),
  fc.tuple(fc.nat(1), fc.nat(40), fc.nat(3), fc.nat(3), fc.nat(4), octets(30)).map((all) => {
    const [syncHandle, requestEvent, requestSubevent, responseSubevent, responseSlot, responseData] = all;
    return encodeCommand(commands.leSetPeriodicAdvertisingResponseData, {
      ...{ syncHandle, requestEvent, requestSubevent, responseSubevent, responseSlot, responseData },
    });
  }),
  fc.tuple(handle, fc.nat(3), fc.nat(1)).map(([advertisingHandle, subevent, which]) =>
    encodeCommand(commands.leExtendedCreateConnectionV2, {
      ...{ advertisingHandle, subevent },
      ...createExtended(addressOf(which + 1)),
    }),
  ),
);

const acl = fc
  .tuple(fc.nat(0xffff), fc.uint8Array({ maxLength: 60 }), fc.integer({ min: -1, max: 1 }))
  .map(([word, data, wrong]) => {
    const length = Math.max(0, data.length + wrong);
    return Uint8Array.of(2, word & 0xff, word >> 8, length & 0xff, length >> 8, ...data);
  });

const aclOnLink = fc
  .tuple(fc.nat(1), fc.uint8Array({ maxLength: 60 }))
  .map(([flag, data]) => Uint8Array.of(2, 1, flag << 4, data.length, 0, ...data));

const anything = fc.uint8Array({ minLength: 0, maxLength: 40 });

function stepsOf(packet: fc.Arbitrary<Uint8Array>) {
  return fc.array(fc.tuple(fc.nat(1), packet, fc.constantFrom(0, 0, 1, 40)), { maxLength: 60 });
}

const packets = stepsOf(fc.oneof(knownCommand, likelyCommand, likelyCommand, acl, aclOnLink, anything));
const extendedPackets = stepsOf(
  fc.oneof(
    { weight: 6, arbitrary: extendedCommand },
    { weight: 1, arbitrary: knownCommand },
    { weight: 1, arbitrary: aclOnLink },
  ),
);

/** Whether a packet is a command: it has an opcode. */
function isCommand(packet: Uint8Array): boolean {
  return packet[0] === 1 && packet.length >= 3;
}

/** Host Number Of Completed Packets is answered only when it is wrong: Core Vol 4, Part E, 7.3.40. */
function mayStayUnanswered(packet: Uint8Array): boolean {
  return packet[1] === 0x35 && packet[2] === 0x0c;
}

interface Pair {
  readonly central: ScriptedController;
  readonly peripheral: ScriptedController;
}

/** Sends the packets, and sees that each command is answered once and that what comes is well-formed. */
async function drive(
  world: World,
  pair: Pair,
  steps: readonly [number, Uint8Array, number][],
): Promise<void> {
  for (const [who, packet, wait] of steps) {
    const { hci, controller } = who === 0 ? pair.central : pair.peripheral;
    hci.received.length = 0;
    const before = controller.counters.commands;
    await hci.send(packet);
    const answers = hci.received.filter(
      (one) => parseEvent(commandComplete, one) ?? parseEvent(commandStatus, one),
    );
    const expected = isCommand(packet) ? 1 : 0;
    expect(controller.counters.commands - before).toBe(expected);
    if (mayStayUnanswered(packet)) expect(answers.length).toBeLessThanOrEqual(expected);
    else expect(answers).toHaveLength(expected);
    for (const one of hci.received) {
      const length = one[0] === 4 ? one[2]! + 3 : one[0] === 2 ? (one[3]! | (one[4]! << 8)) + 5 : -1;
      expect(one.length).toBe(length);
    }
    if (wait > 0) await world.clock.advance(wait);
  }
  await world.clock.advance(2000);
  world.air.close();
  expect(world.clock.pending).toBe(0);
}

describe('a virtual controller given any octets', () => {
  it('never throws, answers every command once, and sends only well-formed packets', async () => {
    await fc.assert(
      fc.asyncProperty(packets, fc.nat(1000), async (steps, seed) => {
        const world = new World(seed);
        await drive(world, await world.connected(), steps);
      }),
      { numRuns: 120 },
    );
  });

  it('does so where the host uses the extended commands', async () => {
    await fc.assert(
      fc.asyncProperty(extendedPackets, fc.nat(1000), async (steps, seed) => {
        const world = new World(seed);
        const central = await world.controller();
        const peripheral = await world.controller();
        await advertiseExtended(peripheral.hci, { advertisingEventProperties: 1, advertisingHandle: 9 });
        await central.hci.command(
          commands.leExtendedCreateConnectionV1,
          createExtended(peripheral.controller.address),
        );
        await world.clock.advance(150);
        await drive(world, { central, peripheral }, steps);
      }),
      { numRuns: 120 },
    );
  });
});
