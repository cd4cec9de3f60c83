import { SimulatedClock } from '../../src/core/clock.js';
import { seededRandom } from '../../src/core/random.js';
import { Device } from '../../src/gap/device.js';
import type { DeviceOptions } from '../../src/gap/device-options.js';
import type { Diagnostic } from '../../src/hci/host-types.js';
import { Air, VirtualController, type VirtualControllerOptions } from '../../src/virtual/index.js';

/** Devices on one air and one simulated clock, all from one seed. */
export class World {
  readonly clock = new SimulatedClock();
  readonly random;
  readonly air: Air;
  /** What the devices reported. */
  readonly diagnostics: Diagnostic[] = [];
  private count = 0;
  private readonly open: Device[] = [];

  /** Options of all devices, where theirs say nothing else. */
  defaults: Partial<DeviceOptions> = {};

  constructor(seed = 1) {
    this.random = seededRandom(seed);
    this.air = new Air({ clock: this.clock, random: this.random });
  }

  /** A controller with an address of its own. */
  controller(options: Partial<VirtualControllerOptions> = {}): VirtualController {
    this.count++;
    return new VirtualController(this.air, { address: `00:00:5E:00:53:0${this.count}`, ...options });
  }

  /** A device on a controller of its own. */
  async device(options: Partial<DeviceOptions> = {}, controller = this.controller()): Promise<Device> {
    const device = await this.run(
      Device.open({
        transport: controller.transport(),
        clock: this.clock,
        random: this.random,
        onDiagnostic: (diagnostic) => this.diagnostics.push(diagnostic),
        ...this.defaults,
        ...options,
      }),
    );
    this.open.push(device);
    return device;
  }

  /** Closes all devices that were opened here. */
  async close(): Promise<void> {
    await this.run(Promise.all(this.open.splice(0).map((device) => device.close())));
  }

  /** Lets time pass until a promise settles. */
  run<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    return this.clock.run(promise, limitMs);
  }
}
