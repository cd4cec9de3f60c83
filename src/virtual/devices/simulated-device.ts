import type { Clock } from '../../core/clock.js';
import type { RandomSource } from '../../core/random.js';
import type {
  AdvertisingDataFields,
  AdvertisingOptions,
  Connection,
  SecurityOptions,
} from '../../gap/index.js';
import type { GattServer } from '../../gatt/index.js';
import type { FaultPlan } from '../../hci/faults/plan.js';
import type { Position } from '../air/propagation.js';
import type { RouteOptions } from '../air/route.js';
import type { Misbehaviour } from './misbehaviour.js';
import type { Presence } from './presence.js';

/** What the parts of a simulated device work with. */
export interface Surroundings {
  readonly clock: Clock;
  /** The device's own source: what it measures does not depend on what others do. */
  readonly random: RandomSource;
}

/** A service that lives: adds itself to a server, and keeps its values moving as long as somebody is interested. */
export type SimulatedService = (server: GattServer, surroundings: Surroundings) => void;

/** A device to put into a world, declared. */
export interface SimulatedDevice {
  /** The Device Name, and what it is called in messages. */
  readonly name: string;
  /** With its type: `00:00:5E:00:53:02/public`, or a static random one, `C0:DE:C0:00:00:01/random`. */
  readonly address: string;
  /** Where it is, in metres, or the way that it goes. The user's controller is at the origin. */
  readonly position: Position | RouteOptions;
  /** The power that it sends with, in dBm; 0. */
  readonly txPower?: number;
  /** What it looks like (assigned numbers, 2.6). */
  readonly appearance?: number;
  /** What it advertises while it is on. */
  readonly advertising: AdvertisingOptions;
  /** What it serves beside Generic Access and Generic Attribute, in this order. */
  readonly services?: readonly SimulatedService[];
  /** What it advertises changes with time: new data every so many milliseconds, from the time that it has been on. */
  readonly liveAdvertising?: {
    readonly everyMs: number;
    readonly data: (onForMs: number) => AdvertisingDataFields;
  };
  /** What it does wrongly. */
  readonly misbehaviours?: readonly Misbehaviour[];
  /** What goes wrong between its host and its controller, from each switching on on. */
  readonly faults?: FaultPlan;
  /** The ATT_MTU that it offers, 23–517 octets; 247. */
  readonly mtu?: number;
  /** How it pairs; without, it refuses to. */
  readonly security?: SecurityOptions;
  /** Called with each link to it, when it has come about. */
  readonly connected?: (connection: Connection, surroundings: Surroundings) => void;
  /** When it is there; from the opening to the closing of the world without. */
  readonly presence?: Presence;
}
