import { Address } from '../core/address.js';
import type { Clock } from '../core/clock.js';
import { TimeoutError } from '../core/errors.js';
import { Transaction } from '../core/transaction.js';
import type { Connection, Device } from '../gap/index.js';
import { BluetoothConstants as C } from './constants.js';
import { BluetoothTimeout, failed, OSError, texts } from './errors.js';
import type { Scanning } from './scanning.js';
import { checkWhole, type MacLike, toBdAddr } from './values.js';

/** What `connect` takes by name. */
export interface BluetoothConnectOptions {
  /** How long to try, in milliseconds. Without it, the stack gives up after 30 s, as the chip's does. */
  readonly timeout?: number | null;
  /** `Bluetooth.PUBLIC_ADDR`, …: the type of the address; the one that a scan saw with it, else public. */
  readonly addr_type?: number | null;
}

/** What {@link Connecting} needs of its owner. */
export interface ConnectingContext {
  readonly clock: Clock;
  readonly scanning: Scanning;
  /** The device, started when need be. */
  ready(): Promise<Device>;
}

/** As long as the chip waits for the MTU exchange before it gives the connection out. */
const MTU_EXCHANGE_MS = 1000;
const DEFAULT_TIMEOUT_MS = 30_000;

/** `connect` and what belongs to it: one attempt at a time. */
export class Connecting {
  /** Whether an attempt is under way. */
  busy = false;

  /** See `Bluetooth.connect`. */
  async connect(
    context: ConnectingContext,
    mac: MacLike,
    options: BluetoothConnectOptions,
  ): Promise<Connection> {
    const { timeout, addressType } = checkConnect(options);
    const bd = toBdAddr(mac);
    if (this.busy) throw new OSError(texts.inProgress);
    this.busy = true;
    try {
      const { scanning } = context;
      const address = new Address(bd, addressType ?? scanning.addressType(bd.number) ?? C.PUBLIC_ADDR);
      scanning.empty();
      const stopped = scanning.stop();
      // Whoever waits for the device hears its failure; this one is only about the scan.
      stopped.catch(() => {});
      const device = await context.ready();
      return await attempt(device, address, timeout, stopped, context.clock);
    } finally {
      this.busy = false;
    }
  }
}

async function attempt(
  device: Device,
  address: Address,
  timeout: number | undefined,
  stopped: Promise<void>,
  clock: Clock,
): Promise<Connection> {
  try {
    await stopped;
    const timeoutMs = timeout === undefined ? DEFAULT_TIMEOUT_MS : Math.max(1, timeout);
    const connection = await device.connect(address, { timeoutMs, exchangeMtu: false });
    await exchangeMtu(connection, clock);
    return connection;
  } catch (error) {
    if (error instanceof TimeoutError && timeout !== undefined) {
      throw new BluetoothTimeout(`connection to ${address}`, timeout, { cause: error });
    }
    throw failed(error, texts.refused);
  }
}

/** Exchanges the MTU. A peer that cannot keeps 23 octets; one that takes its time is not waited for. */
async function exchangeMtu(connection: Connection, clock: Clock): Promise<void> {
  const wait = new Transaction<unknown>({ clock, what: 'MTU exchange', timeoutMs: MTU_EXCHANGE_MS });
  wait.start();
  connection.gatt.exchangeMtu().then(
    (mtu) => wait.resolve(mtu),
    (error) => wait.reject(error),
  );
  try {
    await wait.promise;
  } catch (error) {
    if (!connection.isConnected) throw error;
  }
}

function checkConnect(options: BluetoothConnectOptions): {
  timeout: number | undefined;
  addressType: number | undefined;
} {
  const { timeout, addr_type } = options;
  if (timeout != null) checkWhole(timeout, 0, 2 ** 31 - 1, texts.notAnInteger('timeout'));
  if (addr_type != null)
    checkWhole(addr_type, C.PUBLIC_ADDR, C.RANDOM_RPA_ADDR, texts.notAnInteger('addr_type'));
  return { timeout: timeout ?? undefined, addressType: addr_type ?? undefined };
}
