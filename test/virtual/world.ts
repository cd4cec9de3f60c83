import {
  AddressType,
  BdAddr,
  type RandomSource,
  SimulatedClock,
  seededRandom,
} from '../../src/core/index.js';
import {
  leCreateConnection,
  leSetAdvertisingEnable,
  leSetAdvertisingParameters,
  leSetEventMask,
  leSetScanEnable,
  leSetScanParameters,
  reset,
  setEventMask,
} from '../../src/hci/commands/index.js';
import type { ParametersOf } from '../../src/hci/definition.js';
import { leConnectionComplete } from '../../src/hci/events/index.js';
import {
  Air,
  type Conditions,
  PathLoss,
  type Personality,
  VirtualController,
} from '../../src/virtual/index.js';
import { HciScript } from '../support/hci-script.js';

/** A script at a controller of its own. */
export interface ScriptedController {
  readonly controller: VirtualController;
  readonly hci: HciScript;
}

/** An air on simulated time, with a script at each controller on it. */
export class World {
  readonly clock = new SimulatedClock();
  readonly pathLoss = new PathLoss();
  readonly random: RandomSource;
  readonly air: Air;
  private count = 0;

  constructor(seed = 1, conditions?: Conditions) {
    this.random = seededRandom(seed);
    this.air = new Air({
      clock: this.clock,
      random: this.random,
      propagation: this.pathLoss,
      ...(conditions ? { conditions } : {}),
    });
  }

  /** A new controller, with all events let through. */
  async controller(personality?: Personality): Promise<ScriptedController> {
    const address = addressOf(++this.count);
    const controller = new VirtualController(this.air, personality ? { address, personality } : { address });
    const hci = await HciScript.open(this.clock, controller.transport());
    await hci.command(reset, {});
    await unmask(hci);
    return { controller, hci };
  }

  /** A central and a peripheral, connected. */
  async connected(
    options: { central?: Personality; peripheral?: Personality; request?: Partial<CreateConnection> } = {},
  ): Promise<ConnectedPair> {
    const central = await this.controller(options.central);
    const peripheral = await this.controller(options.peripheral);
    await advertise(peripheral.hci);
    await central.hci.command(
      leCreateConnection,
      createConnection(peripheral.controller.address, options.request),
    );
    const { connectionHandle } = await central.hci.eventually(leConnectionComplete, { status: 0, role: 0 });
    const theirs = peripheral.hci.all(leConnectionComplete);
    // Until the first connection event has made it a connection on both sides.
    await this.clock.advance(50);
    central.hci.received.length = 0;
    peripheral.hci.received.length = 0;
    return {
      central,
      peripheral,
      centralHandle: connectionHandle,
      peripheralHandle: theirs[0]!.connectionHandle,
    };
  }
}

/** What {@link World.connected} gives. */
export interface ConnectedPair {
  readonly central: ScriptedController;
  readonly peripheral: ScriptedController;
  readonly centralHandle: number;
  readonly peripheralHandle: number;
}

type CreateConnection = ParametersOf<typeof leCreateConnection>;

/** The public address of the nth controller of a world. */
export function addressOf(n: number): BdAddr {
  return BdAddr.parse(`00005E0053${n.toString(16).padStart(2, '0')}`);
}

/**
 * All LE events but those that would stand in for others: LE Enhanced Connection Complete for LE Connection Complete, and second
 * versions for the first.
 */
export const firstVersions = 0xfffffffffffffdffn & ~((1n << 35n) | (1n << 36n) | (1n << 37n) | (1n << 40n));

/** Lets every event through. */
export async function unmask(hci: HciScript): Promise<void> {
  await hci.command(setEventMask, { eventMask: 0x3fffffffffffffffn });
  await hci.command(leSetEventMask, { leEventMask: firstVersions & ~(1n << 19n) });
}

/** Parameters of LE Create Connection: listen all the time, 7.5 ms, no latency, 1 s. */
export function createConnection(peer: BdAddr, change: Partial<CreateConnection> = {}): CreateConnection {
  return {
    leScanInterval: 16,
    leScanWindow: 16,
    initiatorFilterPolicy: 0,
    peerAddressType: AddressType.public,
    peerAddress: peer,
    ownAddressType: AddressType.public,
    connectionIntervalMin: 6,
    connectionIntervalMax: 12,
    maxLatency: 0,
    supervisionTimeout: 100,
    minCeLength: 0,
    maxCeLength: 0,
    ...change,
  };
}

/** Parameters of LE Set Advertising Parameters: connectable, every 100 ms. */
export function advertisingParameters(
  change: Partial<ParametersOf<typeof leSetAdvertisingParameters>> = {},
): ParametersOf<typeof leSetAdvertisingParameters> {
  return {
    advertisingIntervalMin: 160,
    advertisingIntervalMax: 160,
    advertisingType: 0,
    ownAddressType: AddressType.public,
    peerAddressType: AddressType.public,
    peerAddress: BdAddr.zero,
    advertisingChannelMap: 7,
    advertisingFilterPolicy: 0,
    ...change,
  };
}

/** Sets parameters and starts advertising. */
export async function advertise(
  hci: HciScript,
  change: Partial<ParametersOf<typeof leSetAdvertisingParameters>> = {},
): Promise<void> {
  await hci.command(leSetAdvertisingParameters, advertisingParameters(change));
  await hci.command(leSetAdvertisingEnable, { advertisingEnable: 1 });
}

/** Sets parameters and starts scanning, all the time unless told otherwise. */
export async function scan(
  hci: HciScript,
  change: Partial<ParametersOf<typeof leSetScanParameters>> & { filterDuplicates?: number } = {},
): Promise<void> {
  const { filterDuplicates = 0, ...parameters } = change;
  await hci.command(leSetScanParameters, {
    leScanType: 0,
    leScanInterval: 16,
    leScanWindow: 16,
    ownAddressType: AddressType.public,
    scanningFilterPolicy: 0,
    ...parameters,
  });
  await hci.command(leSetScanEnable, { leScanEnable: 1, filterDuplicates });
}
