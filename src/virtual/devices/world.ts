import type { Clock } from '../../core/clock.js';
import type { RandomSource } from '../../core/random.js';
import type { Device } from '../../gap/index.js';
import { Air } from '../air/air.js';
import { VirtualController, type VirtualControllerOptions } from '../controller/controller.js';
import { neighbours } from './catalogue.js';
import { openSimulatedDevice, type SimulatedDevice } from './simulated-device.js';

/** What {@link World.open} takes. */
export interface WorldOptions {
  /** Real time, or simulated. */
  readonly clock: Clock;
  /** Where chance comes from; from the same seed comes the same world. */
  readonly random: RandomSource;
  /** Who is in it; a heart rate sensor, a thermometer and a beacon without. */
  readonly devices?: readonly SimulatedDevice[];
}

/**
 * An air with simulated devices on it, each with a controller and a host of its own. They advertise from the opening
 * to the closing of the world.
 *
 * ```ts
 * await using world = await World.open({ clock, random });
 * const device = await Device.open({ transport: world.controller('00:00:5E:00:53:01').transport() });
 * ```
 */
export class World implements AsyncDisposable {
  /** What lies between them. */
  readonly air: Air;
  private readonly devices: Device[] = [];

  private constructor(air: Air) {
    this.air = air;
  }

  /** Opens a world; resolves when all its devices are up. */
  static async open({ clock, random, devices = neighbours }: WorldOptions): Promise<World> {
    const world = new World(new Air({ clock, random }));
    try {
      // One after the other, so that the same seed makes the same world.
      for (const one of devices) {
        world.devices.push(await openSimulatedDevice(one, world.air, { clock, random }));
      }
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  /** A controller in this world, for a host to be put on. */
  controller(address: string, options: Omit<VirtualControllerOptions, 'address'> = {}): VirtualController {
    return new VirtualController(this.air, { ...options, address });
  }

  /** Switches off all that is in it: no timer is left. Idempotent. */
  async close(): Promise<void> {
    this.air.close();
    await Promise.all(this.devices.map((device) => device.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
