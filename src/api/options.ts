import { checkKeys } from '../core/check.js';
import { type Clock, systemClock } from '../core/clock.js';
import { type RandomSource, systemRandom } from '../core/random.js';
import { type DeviceOptions, policyOf } from '../gap/index.js';
import type { HciTransport } from '../hci/transport/transport.js';
import { BluetoothConstants as C } from './constants.js';
import { asValueError, OSError, texts, ValueError } from './errors.js';
import { checkWhole } from './values.js';

/** What `new Bluetooth()` and `init()` take: the firmware's arguments, and a few of this project. */
export interface BluetoothOptions {
  /** Has to be 0. */
  readonly id?: number;
  /** Has to be `Bluetooth.BLE`. */
  readonly mode?: number;
  /** `Bluetooth.INT_ANT`, `EXT_ANT` or `MAN_ANT`. Checked; an external controller has an antenna of its own. */
  readonly antenna?: number | null;
  /** Whether the radio may sleep. Kept; an external controller decides for itself. */
  readonly modem_sleep?: boolean;
  /**
   * A pin of 1 to 6 digits makes the server secure: clients pair with it as passkey (LE Secure Connections, bonding), and
   * characteristics want encryption where nothing else is said. Left out at a later `init`, it takes the security away.
   */
  readonly pin?: number | null;
  /** Whether the own address is a resolvable private one, which matters with a pin only; true. */
  readonly privacy?: boolean;
  /**
   * Whether pairing is by LE Secure Connections, which matters with a pin only; true. `false` pairs as the firmware does then:
   * LE legacy pairing without protection, in which the pin goes unused.
   */
  readonly secure_connections?: boolean;
  /** The largest ATT_MTU to offer, 23–517 octets; 200. Counts the first time only. */
  readonly mtu?: number;
  /** The controller: `serial:/dev/ttyACM0?baud=1000000`, `tcp:host:port`, `unix:path`, or a transport; `virtual:`. */
  readonly transport?: string | HciTransport;
  /** What to do when the controller fails: as `recovery` of {@link DeviceOptions}. Counts the first time only. */
  readonly recovery?: DeviceOptions['recovery'];
  /** Where every packet is recorded: as `capture` of {@link DeviceOptions}. */
  readonly capture?: DeviceOptions['capture'];
  /** How many advertisements wait for `get_adv()`; 16. */
  readonly fifo_size?: number;
  /** Whether an advertisement and its scan response become one record, as on the chip; true. */
  readonly merge?: boolean;
  /** Where time comes from; the machine's clock. */
  readonly clock?: Clock;
  /** Where randomness comes from; the platform's cryptographic source. */
  readonly random?: RandomSource;
}

/** The options that count from the first initialisation on. */
export interface Settings {
  readonly mtu: number;
  readonly fifoSize: number;
  readonly merge: boolean;
  readonly recovery: DeviceOptions['recovery'] | undefined;
  readonly capture: DeviceOptions['capture'];
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** The transport that serves when none is given. */
export const DEFAULT_TRANSPORT = 'virtual:';

export const defaultSettings: Settings = {
  mtu: 200,
  fifoSize: 16,
  merge: true,
  recovery: undefined,
  capture: undefined,
  clock: systemClock,
  random: systemRandom,
};

const known = [
  'id',
  'mode',
  'antenna',
  'modem_sleep',
  'pin',
  'privacy',
  'secure_connections',
  'mtu',
  'transport',
  'recovery',
  'capture',
  'fifo_size',
  'merge',
  'clock',
  'random',
];

/**
 * Checks options.
 * @throws {OSError} `resource not available` for another id than 0
 * @throws {ValueError} naming what is not permitted
 */
export function checkOptions(options: BluetoothOptions): void {
  asValueError(() => checkKeys('Bluetooth', options, known));
  const { id, mode, antenna, pin, mtu, transport, fifo_size } = options;
  if (id !== undefined && id !== 0) throw new OSError(texts.notAvailable);
  if (mode !== undefined && mode !== C.BLE)
    throw new ValueError(`mode: ${String(mode)} is not permitted; Bluetooth.BLE is`);
  if (antenna != null) checkWhole(antenna, C.INT_ANT, C.MAN_ANT, texts.antenna(antenna));
  for (const flag of ['modem_sleep', 'privacy', 'secure_connections', 'merge'] as const) {
    const value = options[flag];
    if (value !== undefined && typeof value !== 'boolean') {
      throw new ValueError(`${flag}: ${String(value)} is not permitted; true or false is`);
    }
  }
  if (mtu !== undefined) checkWhole(mtu, 23, 517, `mtu: ${String(mtu)} is not permitted; 23 to 517 is`);
  if (fifo_size !== undefined) {
    checkWhole(fifo_size, 1, 1_000_000, `fifo_size: ${String(fifo_size)} is not permitted; 1 to 1000000 is`);
  }
  if (transport !== undefined && typeof transport !== 'string' && typeof transport?.open !== 'function') {
    throw new ValueError(
      `transport: a port as serial:/dev/ttyACM0 or tcp:host:port is wanted, or a transport object`,
    );
  }
  asValueError(() => policyOf({ transport: transport ?? DEFAULT_TRANSPORT, recovery: options.recovery }));
  if (pin != null) checkPin(pin);
}

/** @throws {ValueError} for other than 1 to 6 digits */
export function checkPin(pin: unknown): number {
  return checkWhole(pin, 0, 999_999, texts.pin);
}

/** The settings with what `options` say about them. */
export function withOptions(settings: Settings, options: BluetoothOptions): Settings {
  return {
    mtu: options.mtu ?? settings.mtu,
    fifoSize: options.fifo_size ?? settings.fifoSize,
    merge: options.merge ?? settings.merge,
    recovery: options.recovery ?? settings.recovery,
    // Not kept from before: a file is not to be written over by a later start that does not ask for it.
    capture: options.capture,
    clock: options.clock ?? settings.clock,
    random: options.random ?? settings.random,
  };
}
