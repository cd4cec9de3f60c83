import { Address } from '../core/address.js';
import { outsideOf } from '../core/clock.js';
import { NotSupportedError } from '../core/errors.js';
import { Mutex } from '../core/mutex.js';
import { type AdvertisingOptions, AdvertisingType, type Device } from '../gap/index.js';
import { type AdvertisementOptions, layOut, type Payload } from './advertising-payload.js';
import { BluetoothConstants as C } from './constants.js';
import { texts, ValueError } from './errors.js';
import { checkWhole, type MacLike, toBdAddr, toBytes } from './values.js';

/** What `set_advertisement_params` takes; what is left out stays as it is. */
export interface AdvertisementParams {
  /** Shortest advertising interval in units of 0.625 ms, 0x20–0x4000; 0x20. */
  readonly adv_int_min?: number;
  /** Longest advertising interval in units of 0.625 ms, 0x20–0x4000; 0x40. */
  readonly adv_int_max?: number;
  /** `Bluetooth.ADV_TYPE_…`; `ADV_TYPE_IND`. */
  readonly adv_type?: number;
  /** `Bluetooth.ADV_BLE_ADDR_TYPE_…`; the device's own, public where it has such an address. */
  readonly own_addr_type?: number;
  /** `Bluetooth.ADV_CHNL_…`, added up; `ADV_CHNL_ALL`. */
  readonly channel_map?: number;
  /** `Bluetooth.ADV_FILTER_…`; `ADV_FILTER_ALLOW_SCAN_ANY_CON_ANY`. */
  readonly adv_filter_policy?: number;
  /** Whom directed advertising is for. The firmware has no way to say it, and so its directed types reach nobody. */
  readonly peer_addr?: MacLike;
  /** The type of `peer_addr`: `Bluetooth.PUBLIC_ADDR` or `RANDOM_ADDR`; `PUBLIC_ADDR`. */
  readonly peer_addr_type?: number;
}

/** What `set_advertisement` takes. */
export interface SetAdvertisementOptions extends AdvertisementOptions {
  /** Whether to use extended advertising for what is too long. Not there yet. */
  readonly extended?: boolean;
}

type Params = { -readonly [K in keyof AdvertisementParams]: AdvertisementParams[K] };

/** What {@link Advertising} needs of its owner. */
export interface AdvertisingContext {
  /** The device, started when need be. */
  ready(): Promise<Device>;
  /** Something went wrong when nobody waited for it any more. */
  error(error: unknown): void;
}

const types = Object.fromEntries(
  Object.entries(AdvertisingType).map(([name, code]) => [code, name as keyof typeof AdvertisingType]),
);
/** Units of 0.625 ms */
const SECURE_INTERVAL = 0x100;
const ranges = {
  adv_int_min: [0x20, 0x4000],
  adv_int_max: [0x20, 0x4000],
  adv_type: [C.ADV_TYPE_IND, C.ADV_TYPE_DIRECT_IND_LOW],
  own_addr_type: [C.ADV_BLE_ADDR_TYPE_PUBLIC, C.ADV_BLE_ADDR_TYPE_RPA_RANDOM],
  channel_map: [C.ADV_CHNL_37, C.ADV_CHNL_ALL],
  adv_filter_policy: [C.ADV_FILTER_ALLOW_SCAN_ANY_CON_ANY, C.ADV_FILTER_ALLOW_SCAN_WLST_CON_WLST],
  peer_addr_type: [C.PUBLIC_ADDR, C.RANDOM_ADDR],
} as const;

/** `set_advertisement` and what belongs to it. */
export class Advertising {
  private readonly context: AdvertisingContext;
  private readonly turn = new Mutex();
  private params: Params = {
    adv_int_min: 0x20,
    adv_int_max: 0x40,
    adv_type: C.ADV_TYPE_IND,
    channel_map: C.ADV_CHNL_ALL,
  };
  private payload: Payload | undefined;
  private raw: Uint8Array | undefined;
  private enabled = false;

  constructor(context: AdvertisingContext) {
    this.context = context;
  }

  /** See `Bluetooth.set_advertisement`. Everything wrong is thrown at once. */
  set(options: SetAdvertisementOptions): Promise<void> {
    const { extended, ...fields } = options;
    if (extended)
      throw new NotSupportedError('extended: extended advertising is not there yet in this version');
    for (const key of Object.keys(fields)) {
      if (!fieldNames.includes(key)) throw new ValueError(`set_advertisement: unknown argument ${key}`);
    }
    const payload = layOut(fields);
    this.payload = payload;
    this.raw = undefined;
    return this.inTurn(async (device) => {
      if (payload === this.payload) device.name = payload.deviceName;
      await this.refresh(device);
    });
  }

  /** See `Bluetooth.set_advertisement_params`. */
  setParams(options: AdvertisementParams): Promise<void> {
    const params = { ...this.params };
    for (const [key, value] of Object.entries(options)) {
      if (value === undefined || value === null) continue;
      if (key === 'peer_addr') {
        toBdAddr(value);
        params.peer_addr = value;
      } else if (key in ranges) {
        const name = key as keyof typeof ranges;
        const [low, high] = ranges[name];
        params[name] = checkWhole(
          value,
          low,
          high,
          `${key}: ${String(value)} is not permitted; ${low} to ${high} is`,
        );
      } else throw new ValueError(`set_advertisement_params: unknown argument ${key}`);
    }
    if (params.adv_int_min! > params.adv_int_max!) {
      throw new ValueError(
        `adv_int_min: ${params.adv_int_min} is more than adv_int_max, ${params.adv_int_max}`,
      );
    }
    this.params = params;
    return this.inTurn((device) => this.refresh(device));
  }

  /** See `Bluetooth.set_advertisement_raw`. */
  setRaw(data: Uint8Array | string | null): Promise<void> {
    if (data === null || data === undefined) return Promise.resolve();
    const raw = toBytes(data);
    if (raw.length > 31) {
      throw new ValueError(
        `set_advertisement_raw: ${raw.length} octets are ${raw.length - 31} over the 31 that fit`,
      );
    }
    this.raw = raw;
    return this.inTurn((device) => this.refresh(device));
  }

  /** See `Bluetooth.advertise`. */
  advertise(enable: boolean): Promise<void> {
    if (enable && isDirected(this.params.adv_type!) && this.params.peer_addr === undefined) {
      throw new ValueError(
        'advertise: directed advertising wants a peer: set_advertisement_params({ peer_addr })',
      );
    }
    this.enabled = enable;
    return this.inTurn(async (device) => {
      if (enable !== this.enabled) return;
      if (enable) await this.start(device);
      else await device.stopAdvertising();
    });
  }

  /** A client is gone: advertising starts again. */
  clientLeft(device: Device): void {
    if (!this.enabled) return;
    this.turn
      .run(async () => {
        if (this.enabled && device.isOpen && !device.advertising) await this.start(device);
      })
      .catch((error: unknown) => {
        if (device.isOpen) this.context.error(error);
      });
  }

  /** The radio is on. */
  opened(device: Device): void {
    if (this.payload) device.name = this.payload.deviceName;
  }

  /** The server is secure from now on: the firmware's interval then, 160 ms. */
  slowDown(): void {
    this.params = { ...this.params, adv_int_min: SECURE_INTERVAL, adv_int_max: SECURE_INTERVAL };
  }

  /** The radio is off. */
  reset(): void {
    this.enabled = false;
  }

  /** Does something with the device, after what was asked for before. */
  private inTurn(work: (device: Device) => Promise<void>): Promise<void> {
    // Asked for now, so that all that wait for one start see one failure.
    const ready = this.context.ready();
    ready.catch(() => {});
    return this.turn.run(async () => work(await ready));
  }

  /** Brings what changed to the air, when it is on the air. */
  private async refresh(device: Device): Promise<void> {
    if (device.advertising) await this.start(device);
  }

  private async start(device: Device): Promise<void> {
    await device.startAdvertising(await this.options(device));
  }

  private async options(device: Device): Promise<AdvertisingOptions> {
    const { adv_int_min, adv_int_max, adv_type, own_addr_type, channel_map, adv_filter_policy } = this.params;
    const directed = isDirected(adv_type!);
    const txPower = this.raw || !this.payload || directed ? undefined : await txPowerOf(device);
    return {
      type: types[adv_type!]!,
      intervalMinMs: adv_int_min! * 0.625,
      intervalMaxMs: adv_int_max! * 0.625,
      channelMap: channel_map!,
      filterPolicy: adv_filter_policy ?? 0,
      ...(own_addr_type === undefined ? {} : { ownAddressType: own_addr_type }),
      ...(directed ? { peer: this.peer() } : this.data(txPower)),
      // Started again here, because what is advertised may have changed until then.
      restart: 'never',
    };
  }

  private data(txPower: number | undefined): { data: Uint8Array; scanResponse: Uint8Array } {
    return {
      data: this.raw ?? this.payload?.data(txPower) ?? new Uint8Array(0),
      scanResponse: this.payload?.scanResponse ?? new Uint8Array(0),
    };
  }

  private peer(): Address {
    if (this.params.peer_addr === undefined) throw new ValueError(texts.invalidArguments);
    return new Address(toBdAddr(this.params.peer_addr), this.params.peer_addr_type ?? C.PUBLIC_ADDR);
  }
}

const fieldNames = ['name', 'manufacturer_data', 'service_data', 'service_uuid'];

function isDirected(type: number): boolean {
  return type === C.ADV_TYPE_DIRECT_IND_HIGH || type === C.ADV_TYPE_DIRECT_IND_LOW;
}

async function txPowerOf(device: Device): Promise<number | undefined> {
  const { advertisingTxPower } = await outsideOf(device.host.clock, import('./tx-power.js'));
  return advertisingTxPower(device);
}
