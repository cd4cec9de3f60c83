import { Bluetooth, type BluetoothOptions } from '../../src/api/index.js';
import { type RandomSource, SimulatedClock, seededRandom } from '../../src/core/index.js';
import { Device } from '../../src/gap/index.js';
import { Air, VirtualController, type VirtualControllerOptions } from '../../src/virtual/index.js';

/** Radios on one simulated air, which stands still until it is told to go on. */
export class World {
  readonly clock = new SimulatedClock();
  readonly random: RandomSource = seededRandom(7);
  readonly air = new Air({ clock: this.clock, random: this.random });
  readonly errors: unknown[] = [];
  private made = 0;
  private readonly objects: { deinit(): Promise<void> }[] = [];

  controller(options: Partial<VirtualControllerOptions> = {}): VirtualController {
    const last = (++this.made).toString(16).padStart(2, '0');
    return new VirtualController(this.air, {
      address: `00:00:5E:00:53:${last}`,
      random: this.random,
      ...options,
    });
  }

  /** A Bluetooth object with a controller of its own; what it tells as an error is collected. */
  bluetooth(options: BluetoothOptions = {}): Bluetooth {
    const transport = options.transport ?? this.controller().transport();
    const bt = new Bluetooth({ clock: this.clock, random: this.random, ...options, transport });
    bt.on('error', (error) => this.errors.push(error));
    this.objects.push(bt);
    return bt;
  }

  /** A device of the layer below, with a controller of its own. */
  async device(): Promise<Device> {
    const { clock, random } = this;
    const device = await this.run(
      Device.open({ transport: this.controller().transport(), clock, random, mtu: 517 }),
    );
    this.objects.push({ deinit: () => device.close() });
    return device;
  }

  /** Lets time pass until a promise settles. */
  run<T>(promise: Promise<T>): Promise<T> {
    return this.clock.run(promise);
  }

  /** A rejection's error. */
  async failure(promise: Promise<unknown>): Promise<Error> {
    return this.run(
      promise.then(
        () => {
          throw new Error('it did not fail');
        },
        (error) => error as Error,
      ),
    );
  }

  async close(): Promise<void> {
    await this.run(Promise.all(this.objects.map((one) => one.deinit())));
    this.air.close();
  }
}

/** Text as octets. */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
