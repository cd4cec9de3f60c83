import type { TransportError } from '../core/errors.js';
import { Device, type SecurityOptions } from '../gap/index.js';
import type { HciTransport } from '../hci/transport/transport.js';
import { OSError, texts } from './errors.js';
import type { Settings } from './options.js';

/** What a {@link Radio} tells its owner. */
export interface RadioEvents {
  /** The device is there, and nobody else knows of it yet. */
  prepare(device: Device): Promise<void>;
  /** It can be used; before anybody who waited for it goes on. */
  opened(device: Device): void;
  /** The device is gone: with `error`, the port was lost. */
  closed(error: TransportError | undefined): void;
  /** How the device is to pair. */
  security(): SecurityOptions;
  /** Whether it shows a resolvable private address: decided when it starts. */
  privacy(): boolean;
  /** Nobody waited for a start that failed. */
  failed(error: unknown): void;
}

/**
 * The device behind a `Bluetooth` object. It starts with the first method that needs it, or with `init`; after `deinit`
 * only `init` starts it again.
 */
export class Radio {
  /** The device, while there is one. */
  device: Device | undefined;
  private readonly events: RadioEvents;
  private off = false;
  /** Why the radio is off, when nobody switched it off. */
  private lost: TransportError | undefined;
  private starting: Promise<Device> | undefined;
  private stopping: Promise<void> | undefined;
  /** How many wait for the start: they see its failure themselves. */
  private waiting = 0;

  constructor(events: RadioEvents) {
    this.events = events;
  }

  /** Whether the radio is on, on its way, or would start by itself. */
  get usable(): boolean {
    return !this.off;
  }

  /** Whether there is nothing of a device yet, or no more. */
  get idle(): boolean {
    return !this.device && !this.starting;
  }

  /** After `deinit` or a lost port: the next use starts it again. */
  revive(): void {
    this.off = false;
    this.lost = undefined;
  }

  /** @throws {OSError} `BLE module not initialized` after `deinit` or when the port was lost */
  check(): void {
    if (this.off) throw new OSError(texts.notInitialised, { cause: this.lost });
  }

  /** Starts it without waiting; when it is on, nothing happens. */
  begin(transport: string | HciTransport, settings: Settings): void {
    if (this.device) return;
    this.open(transport, settings).catch((error: unknown) => {
      // Ended by `deinit`, it did not fail.
      if (this.waiting === 0 && !this.off) this.events.failed(error);
    });
  }

  /** The device, started when need be. */
  async ready(transport: string | HciTransport, settings: Settings): Promise<Device> {
    if (this.device) return this.device;
    this.waiting++;
    try {
      return await this.open(transport, settings);
    } finally {
      this.waiting--;
    }
  }

  /** Ends all links and frees the port; idempotent. */
  async stop(): Promise<void> {
    this.off = true;
    this.stopping ??= this.shutDown();
    await this.stopping;
  }

  private open(transport: string | HciTransport, settings: Settings): Promise<Device> {
    this.starting ??= this.start(transport, settings);
    return this.starting;
  }

  private async start(transport: string | HciTransport, settings: Settings): Promise<Device> {
    try {
      await this.stopping;
      this.check();
      const { mtu, clock, random, recovery, capture } = settings;
      const device = await Device.open({
        transport,
        mtu,
        clock,
        random,
        recovery,
        capture,
        name: ' ',
        security: this.events.security(),
        privacy: this.events.privacy(),
      });
      await this.events.prepare(device);
      if (this.off) {
        await device.close();
        this.check();
      }
      this.device = device;
      device.on('closed', (error) => this.gone(device, error));
      this.events.opened(device);
      return device;
    } finally {
      this.starting = undefined;
    }
  }

  private async shutDown(): Promise<void> {
    try {
      await this.starting?.catch(() => {});
      // Unless it was wanted again in the meantime.
      if (this.off) await this.device?.close();
    } finally {
      this.stopping = undefined;
    }
  }

  private gone(device: Device, error: TransportError | undefined): void {
    if (this.device !== device) return;
    this.device = undefined;
    if (error) {
      this.off = true;
      this.lost = error;
    }
    this.events.closed(error);
  }
}
