import { checkInteger, checkKeys, checkNumber } from '../../core/check.js';
import { type Clock, SimulatedClock, sleep, systemClock } from '../../core/clock.js';
import { StateError, TimeoutError } from '../../core/errors.js';
import { type RandomSource, seededRandom, systemRandom } from '../../core/random.js';
import { Device, type DeviceOptions } from '../../gap/index.js';
import { faulty } from '../../hci/faults/faulty-transport.js';
import { checkFaultPlan, type FaultPlan } from '../../hci/faults/plan.js';
import { Air } from '../air/air.js';
import { Conditions, type ConditionsOptions } from '../air/conditions.js';
import { FreeRunningClock, ScaledClock } from '../air/pace.js';
import { PathLoss, type PathLossOptions } from '../air/propagation.js';
import { VirtualController, type VirtualControllerOptions } from '../controller/controller.js';
import { neighbours } from './catalogue.js';
import { fork, Inhabitant } from './inhabitant.js';
import type { SimulatedDevice } from './simulated-device.js';

/** What {@link World.open} takes. */
export interface WorldOptions {
  /** Where all chance comes from, 0 to 0xFFFFFFFF: the same seed makes the same world. Another world each time without. */
  readonly seed?: number;
  /**
   * How time passes. `fast` (the default): simulated, and by itself, from one thing that happens to the next as fast as the
   * machine can. `stepped`: simulated, and only within {@link World.run}, {@link World.step} and {@link World.until}. A number:
   * with the machine's clock, so many times as fast; 1 is real time.
   */
  readonly pace?: 'fast' | 'stepped' | number;
  /** A clock of one's own, in place of a pace. */
  readonly clock?: Clock;
  /** A source of chance of one's own, in place of a seed. */
  readonly random?: RandomSource;
  /** Who is in it; a heart rate sensor, a thermometer and a beacon without. */
  readonly devices?: readonly SimulatedDevice[];
  /** How strong signals arrive: path loss, walls, shadowing, fading; free space without. */
  readonly propagation?: Omit<PathLossOptions, 'seed'>;
  /** What becomes of packets: bit errors, losses, interference, collisions, faults; all arrive without. */
  readonly conditions?: Omit<ConditionsOptions, 'seed'>;
  /** Records the packets of everybody's host: a sink, or a file's name, for a device's name. */
  readonly capture?: (name: string) => DeviceOptions['capture'];
}

/** What {@link World.device} takes: where its controller is and what it is like, and the options of the device. */
export interface WorldDeviceOptions
  extends Omit<DeviceOptions, 'transport' | 'clock' | 'random' | 'address'> {
  /** The controller's public address; `00:00:5E:00:53:01` and those behind it without. */
  readonly address?: string;
  readonly controller?: Omit<VirtualControllerOptions, 'address'>;
  /** What goes wrong between its host and its controller, from each opening on; see {@link faulty}. */
  readonly faults?: FaultPlan;
}

const known = [...['seed', 'pace', 'clock', 'random', 'devices', 'propagation', 'conditions', 'capture']];

/** The addresses that documentation may use begin so: RFC 7042, 2.1.2. */
const ADDRESSES = '00:00:5E:00:53:';
/** How far real time may be ahead of what nobody waits for, in milliseconds: as the air has it where the pace is 1. */
const REAL_TIME_SLACK = 25;
const MAX_SLACK = 500;
/** How often a condition is looked at where time passes by itself, in milliseconds. */
const LOOK_MS = 1;
const HOUR_MS = 3_600_000;

/**
 * A radio world: an air, simulated devices on it, each with a controller and a host of its own, and the time they live in.
 *
 * ```ts
 * await using world = await createWorld({ seed: 7 });
 * const device = await world.device();
 * const link = await device.connect('C0:DE:C0:00:00:01/random');
 * ```
 */
export class World implements AsyncDisposable {
  /** What lies between them. */
  readonly air: Air;
  /** The time they live in. */
  readonly clock: Clock;
  private readonly random: RandomSource;
  private readonly stepped: SimulatedClock | undefined;
  private readonly capture: WorldOptions['capture'];
  private readonly inhabitants = new Map<string, Inhabitant>();
  private readonly users: Device[] = [];
  private readonly addresses = new Set<string>();
  private closing: Promise<void> | undefined;

  private constructor(options: WorldOptions) {
    checkKeys('world', options, known);
    const { seed, capture, conditions, propagation } = options;
    this.clock = clockOf(options);
    // Somebody else's clock is somebody else's to drive.
    this.stepped = options.pace === 'stepped' ? (this.clock as SimulatedClock) : undefined;
    this.random = options.random ?? (seed === undefined ? systemRandom : seededRandom(seed));
    this.capture = capture;
    const own = seed ?? wordOf(this.random, conditions ?? propagation);
    this.air = new Air({
      clock: this.clock,
      random: this.random,
      ...(propagation ? { propagation: new PathLoss({ ...propagation, seed: own }) } : {}),
      ...slackOf(options.pace),
      ...(conditions ? { conditions: new Conditions({ ...conditions, seed: own }) } : {}),
    });
  }

  /**
   * Opens a world; resolves when all its devices that are there from the beginning are up.
   * @throws {RangeError | TypeError} naming the option that is wrong
   */
  static async open(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    try {
      // One after the other, so that the same seed makes the same world.
      for (const one of options.devices ?? neighbours) await world.drive(world.add(one));
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  /** Milliseconds since its opening. */
  get now(): number {
    return this.air.agenda.now / 1000;
  }

  /** The simulated devices, by name. */
  get devices(): ReadonlyMap<string, Inhabitant> {
    return this.inhabitants;
  }

  /**
   * Puts another device into it; resolves when it is up.
   * @throws {RangeError} when one of that name is there
   */
  async add(declared: SimulatedDevice): Promise<Inhabitant> {
    this.check('add');
    const { name } = declared;
    if (this.inhabitants.has(name)) {
      throw new RangeError(`name: ${JSON.stringify(name)} is not permitted twice in one world`);
    }
    const inhabitant = new Inhabitant(declared, {
      air: this.air,
      clock: this.clock,
      random: fork(this.random),
      capture: this.capture?.(name),
    });
    this.inhabitants.set(name, inhabitant);
    this.addresses.add(inhabitant.controller.address.toString());
    await inhabitant.begin();
    return inhabitant;
  }

  /** A controller in this world, for a host to be put on. */
  controller(address: string, options: Omit<VirtualControllerOptions, 'address'> = {}): VirtualController {
    this.check('controller');
    const controller = new VirtualController(this.air, { ...options, address });
    this.addresses.add(controller.address.toString());
    return controller;
  }

  /** A device of the user's own on a controller of its own, which is closed with the world; resolves when it is up. */
  async device(options: WorldDeviceOptions = {}): Promise<Device> {
    const { address = this.nextAddress(), controller: radio, faults, ...rest } = options;
    if (faults) checkFaultPlan(faults, 'faults');
    const controller = this.controller(address, radio);
    const { clock } = this;
    const device = await this.drive(
      Device.open({
        ...rest,
        // What goes wrong may be mended by opening the port again.
        transport: faults ? () => faulty(controller.transport(), faults, { clock }) : controller.transport(),
        clock,
        random: fork(this.random),
        capture: rest.capture ?? this.capture?.(controller.name),
      }),
    );
    this.users.push(device);
    return device;
  }

  /** Lets `ms` milliseconds pass; resolves when they have. */
  async run(ms: number): Promise<void> {
    checkNumber('ms', ms, 0, 1e12, 'ms');
    this.check('run');
    await (this.stepped ? this.stepped.advance(ms) : sleep(this.clock, ms));
  }

  /**
   * Lets the next thing happen; gives the time at which it did, in milliseconds since the opening, or `undefined` when
   * nothing is left to happen.
   * @throws {StateError} in a world whose time is not `stepped`
   */
  async step(): Promise<number | undefined> {
    this.check('step');
    if (!this.stepped) throw new StateError("step: the world has another pace than 'stepped'");
    return (await this.stepped.fireNext()) ? this.now : undefined;
  }

  /**
   * Lets time pass until a promise settles, or a condition holds, which is looked at after everything that happens.
   * @returns what the promise gives
   * @throws {TimeoutError} after `limitMs` (an hour) of the world's time; what the promise throws
   */
  async until<T>(
    condition: Promise<T> | (() => boolean),
    { limitMs = HOUR_MS }: { readonly limitMs?: number } = {},
  ): Promise<T> {
    this.check('until');
    const limit = this.clock.now() + checkNumber('limitMs', limitMs, 0, 1e12, 'ms');
    const over = typeof condition === 'function' ? condition : settling(condition);
    while (!over()) {
      const goesOn = await this.goOn(limit, typeof condition !== 'function');
      if (!goesOn && !over()) throw new TimeoutError('until', limitMs);
    }
    return typeof condition === 'function' ? (undefined as T) : condition;
  }

  /**
   * Calls `callback` at a moment of the world's time.
   * @param ms since the opening; at once, when it has passed
   * @returns a function that calls it off
   */
  at(ms: number, callback: () => void): () => void {
    checkNumber('ms', ms, 0, 1e12, 'ms');
    this.check('at');
    const timer = this.clock.setTimeout(callback, Math.max(0, ms - this.now));
    return () => this.clock.clearTimeout(timer);
  }

  /** Switches off all that is in it: no timer is left. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.drive(this.shutDown());
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async shutDown(): Promise<void> {
    this.air.close();
    const all = [...this.inhabitants.values(), ...this.users];
    await Promise.all(all.map((one) => one.close()));
  }

  /** Lets a little time pass, up to the moment `limit` of the clock; says whether there was any left. */
  private async goOn(limit: number, skip: boolean): Promise<boolean> {
    if (this.stepped) return this.stepped.fireNext(limit, skip);
    if (this.clock.now() >= limit) return false;
    await sleep(this.clock, LOOK_MS);
    return true;
  }

  /** Waits for a promise, and lets time pass meanwhile where it does not by itself. */
  private drive<T>(promise: Promise<T>): Promise<T> {
    return this.stepped ? this.stepped.run(promise) : promise;
  }

  private nextAddress(): string {
    for (let n = 1; n <= 0xff; n++) {
      const address = ADDRESSES + n.toString(16).padStart(2, '0').toUpperCase();
      if (!this.addresses.has(address)) return address;
    }
    throw new RangeError('address: the 255 addresses that are given by themselves are taken; choose one');
  }

  private check(what: string): void {
    if (this.closing) throw new StateError(`${what}: the world is closed`);
  }
}

/** Opens a radio world; see {@link World} and {@link WorldOptions}. */
export function createWorld(options: WorldOptions = {}): Promise<World> {
  return World.open(options);
}

function clockOf({ clock, pace, seed, random }: WorldOptions): Clock {
  if (seed !== undefined) checkInteger('seed', seed, 0, 0xffffffff);
  if (seed !== undefined && random) throw new TypeError('seed, random: one of them is permitted, not both');
  if (clock && pace !== undefined) throw new TypeError('clock, pace: one of them is permitted, not both');
  if (clock) return clock;
  if (pace === undefined || pace === 'fast') return new FreeRunningClock();
  if (pace === 'stepped') return new SimulatedClock();
  checkNumber('pace', pace, 0.001, 1000);
  return pace === 1 ? systemClock : new ScaledClock(systemClock, pace);
}

/** A clock that is faster wakes up no more often. */
function slackOf(pace: WorldOptions['pace']): { readonly slackMs?: number } {
  return typeof pace === 'number' ? { slackMs: Math.min(MAX_SLACK, REAL_TIME_SLACK * pace) } : {};
}

/** Says whether a promise has settled. */
function settling(promise: Promise<unknown>): () => boolean {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  return () => settled;
}

/** A seed from a source, when something needs one: otherwise the source is left as it is. */
function wordOf(random: RandomSource, needed: unknown): number {
  if (!needed) return 0;
  const b = random.fill(new Uint8Array(4));
  return (b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24)) >>> 0;
}
