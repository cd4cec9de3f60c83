import type { Clock } from '../../../src/core/clock.js';
import { fromHex } from '../../../src/core/hex.js';
import type {
  LibusbDevice,
  LibusbDeviceDescriptor,
  LibusbDone,
  LibusbEndpoint,
  LibusbEndpointDescriptor,
  LibusbInterface,
  LibusbInterfaceDescriptor,
  LibusbModule,
  LibusbTransfer,
} from '../../../src/hci/transport/node/usb-package.js';
import type { DeviceBytes } from './descriptors.js';

/** libusb_error */
export const ERROR_IO = -1;
export const ERROR_ACCESS = -3;
export const ERROR_NO_DEVICE = -4;
export const ERROR_BUSY = -6;
export const ERROR_NOT_SUPPORTED = -12;
/** libusb_transfer_status */
export const TRANSFER_ERROR = 1;
export const TRANSFER_CANCELLED = 3;
export const TRANSFER_STALL = 4;
export const TRANSFER_NO_DEVICE = 5;
export const TRANSFER_OVERFLOW = 6;

/** Milliseconds: an interrupt endpoint is polled once in a frame, bulk transfers get what is left of it. */
const FRAME = 1;
const BULK = 0.05;

/** What libusb throws. */
export function libusbError(errno: number, message = `LIBUSB_ERROR ${errno}`): Error & { errno: number } {
  return Object.assign(new Error(message), { errno });
}

/** Reads descriptors as libusb does: it passes over those that it does not know, and refuses half ones. */
export function parseConfiguration(bytes: Uint8Array): { interfaces: LibusbInterfaceDescriptor[][] } {
  const interfaces: LibusbInterfaceDescriptor[][] = [];
  let current: { endpoints: LibusbEndpointDescriptor[] } | undefined;
  for (let at = 0; at < bytes.length; at += bytes[at]!) {
    const length = bytes[at]!;
    if (length < 2 || at + length > bytes.length) throw libusbError(ERROR_IO, 'LIBUSB_ERROR_IO');
    const type = bytes[at + 1];
    if (type === 4) {
      const one = {
        bInterfaceNumber: bytes[at + 2]!,
        bAlternateSetting: bytes[at + 3]!,
        bInterfaceClass: bytes[at + 5]!,
        bInterfaceSubClass: bytes[at + 6]!,
        bInterfaceProtocol: bytes[at + 7]!,
        endpoints: [],
      };
      const present = interfaces.find(([first]) => first?.bInterfaceNumber === one.bInterfaceNumber);
      if (present) present.push(one);
      else interfaces.push([one]);
      current = one;
    } else if (type === 5) {
      current?.endpoints.push({
        bEndpointAddress: bytes[at + 2]!,
        bmAttributes: bytes[at + 3]!,
        wMaxPacketSize: bytes[at + 4]! | (bytes[at + 5]! << 8),
      });
    }
  }
  return { interfaces };
}

export function parseDevice(bytes: Uint8Array): LibusbDeviceDescriptor {
  return {
    idVendor: bytes[8]! | (bytes[9]! << 8),
    idProduct: bytes[10]! | (bytes[11]! << 8),
    bDeviceClass: bytes[4]!,
    bDeviceSubClass: bytes[5]!,
    bDeviceProtocol: bytes[6]!,
    iManufacturer: bytes[14]!,
    iProduct: bytes[15]!,
    iSerialNumber: bytes[16]!,
  };
}

/** A control transfer that came to a device. */
export interface Setup {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
  readonly data: Uint8Array;
}

export interface SimulatedDeviceOptions {
  readonly clock: Clock;
  readonly bytes: DeviceBytes;
  readonly bus?: number;
  readonly address?: number;
  readonly ports?: readonly number[];
  /** String descriptors by their index. */
  readonly strings?: Readonly<Record<number, string>>;
  /** What `open` throws. */
  readonly openError?: number;
  /** What `claim` throws. */
  readonly claimError?: number;
  /** The driver of the kernel that has the interface. */
  readonly kernelDriver?: string;
}

/** Pending transfers of one endpoint. */
class Pipe {
  readonly transfers: SimulatedTransfer[] = [];
  /** USB packets that wait to be fetched. */
  packets: Uint8Array[] = [];
  halted = false;
  /** Statuses that the next transfers end with. */
  faults: number[] = [];
  busy = false;
}

class SimulatedTransfer implements LibusbTransfer {
  private readonly device: SimulatedUsbDevice;
  readonly address: number;
  private readonly done: LibusbDone;
  buffer: Buffer | undefined;
  actual = 0;

  constructor(device: SimulatedUsbDevice, address: number, done: LibusbDone) {
    this.device = device;
    this.address = address;
    this.done = done;
  }

  submit(buffer: Buffer): this {
    if (this.buffer) throw new Error('Transfer is already active');
    this.device.check();
    this.buffer = buffer;
    this.actual = 0;
    this.device.pipe(this.address).transfers.push(this);
    this.device.pump(this.address);
    return this;
  }

  cancel(): boolean {
    const { transfers } = this.device.pipe(this.address);
    const index = transfers.indexOf(this);
    if (index < 0) return false;
    transfers.splice(index, 1);
    this.end(TRANSFER_CANCELLED);
    return true;
  }

  /** Ends in a turn of its own, as callbacks of libusb do. */
  end(status: number): void {
    this.device.ending++;
    this.device.clock.setTimeout(() => {
      this.device.ending--;
      const { buffer, actual } = this;
      this.buffer = undefined;
      this.done(status === 0 ? undefined : libusbError(status, `transfer status ${status}`), buffer!, actual);
    }, 0);
  }
}

/** A USB device behind the objects of the package `usb`, on simulated time. */
export class SimulatedUsbDevice implements LibusbDevice {
  readonly clock: Clock;
  readonly busNumber: number;
  readonly deviceAddress: number;
  readonly portNumbers: readonly number[];
  readonly deviceDescriptor: LibusbDeviceDescriptor;
  interfaces: LibusbInterface[] | undefined;
  /** The driver of the kernel that has the interface at the moment. */
  kernelDriver: string | undefined;
  isOpen = false;
  readonly claimed = new Set<number>();
  /** What happened to the device as a whole. */
  readonly log: string[] = [];
  /** Takes a command; gives the status of the control transfer. */
  onControl: (setup: Setup) => number = () => 0;
  /** Takes what is sent to an endpoint. */
  onOut: (address: number, bytes: Uint8Array) => void = () => {};
  /** Whether transfers to the device wait for ever, as when it does not answer. */
  deaf = false;
  /** Transfers whose callback is on its way. */
  ending = 0;
  /** The most transfers that were pending at once, by endpoint. */
  readonly mostPending = new Map<number, number>();
  private readonly options: SimulatedDeviceOptions;
  private readonly pipes = new Map<number, Pipe>();
  private autoDetach = false;
  private wasDetached: string | undefined;
  private present = true;

  constructor(options: SimulatedDeviceOptions) {
    this.options = options;
    this.clock = options.clock;
    this.busNumber = options.bus ?? 1;
    this.deviceAddress = options.address ?? 4;
    this.portNumbers = options.ports ?? [2];
    this.deviceDescriptor = parseDevice(options.bytes.device);
    this.kernelDriver = options.kernelDriver;
  }

  get configDescriptor() {
    return parseConfiguration(this.options.bytes.configuration);
  }

  open(): void {
    if (!this.present) throw libusbError(ERROR_NO_DEVICE);
    if (this.options.openError !== undefined) throw libusbError(this.options.openError);
    this.log.push('open');
    this.isOpen = true;
    this.interfaces = this.configDescriptor.interfaces.map((alternates) => this.interfaceOf(alternates));
  }

  close(): void {
    const pending = [...this.pipes.values()].some(({ transfers }) => transfers.length > 0);
    if (pending || this.ending > 0) throw new Error("Can't close device with a pending request");
    this.log.push('close');
    this.isOpen = false;
    this.interfaces = undefined;
  }

  setAutoDetachKernelDriver(enable: boolean): void {
    this.autoDetach = enable;
  }

  controlTransfer(
    requestType: number,
    request: number,
    value: number,
    index: number,
    data: Buffer,
    callback: (error: (Error & { errno: number }) | undefined, result: unknown) => void,
  ): this {
    this.check();
    if (this.deaf) return this;
    const setup = { requestType, request, value, index, data: Uint8Array.from(data) };
    this.ending++;
    this.clock.setTimeout(() => {
      this.ending--;
      const status = this.present ? this.onControl(setup) : TRANSFER_NO_DEVICE;
      callback(status === 0 ? undefined : libusbError(status), data.length);
    }, BULK);
    return this;
  }

  getStringDescriptor(index: number, callback: (error?: undefined, value?: string) => void): void {
    if (!this.isOpen) throw new Error('Device is not open');
    const text = this.options.strings?.[index];
    this.clock.setTimeout(() => callback(undefined, text), BULK);
  }

  /** @throws when the device is gone or not open */
  check(): void {
    if (!this.present) throw libusbError(ERROR_NO_DEVICE);
    if (!this.isOpen) throw new Error('Device is not open');
  }

  pipe(address: number): Pipe {
    let pipe = this.pipes.get(address);
    if (!pipe) {
      pipe = new Pipe();
      this.pipes.set(address, pipe);
    }
    return pipe;
  }

  /** Gives octets to the host, as one USB packet each: the device has them ready at the endpoint. */
  give(address: number, ...packets: (Uint8Array | string)[]): void {
    for (const packet of packets)
      this.pipe(address).packets.push(typeof packet === 'string' ? fromHex(packet) : packet);
    this.pump(address);
  }

  /** Ends the next transfers of an endpoint with these statuses. */
  fail(address: number, ...statuses: number[]): void {
    this.pipe(address).faults.push(...statuses);
    this.pump(address);
  }

  /** Pulls the plug. */
  unplug(): void {
    this.present = false;
    for (const { transfers } of this.pipes.values())
      for (const transfer of transfers.splice(0)) transfer.end(TRANSFER_NO_DEVICE);
  }

  /** Transfers that are pending at an endpoint. */
  pendingAt(address: number): number {
    return this.pipe(address).transfers.length;
  }

  /** Moves packets between the endpoint and the transfers that wait there. */
  pump(address: number): void {
    const pipe = this.pipe(address);
    this.mostPending.set(address, Math.max(this.mostPending.get(address) ?? 0, pipe.transfers.length));
    const hasWork = address >= 0x80 ? pipe.packets.length > 0 : !this.deaf;
    if (pipe.busy || pipe.transfers.length === 0) return;
    if (!hasWork && pipe.faults.length === 0 && !pipe.halted) return;
    pipe.busy = true;
    const delay = this.isInterrupt(address) ? FRAME : BULK;
    this.clock.setTimeout(() => {
      pipe.busy = false;
      this.move(address, pipe);
      this.pump(address);
    }, delay);
  }

  private move(address: number, pipe: Pipe): void {
    const transfer = pipe.transfers[0];
    if (!transfer || !this.present) return;
    const fault = pipe.halted ? TRANSFER_STALL : pipe.faults.shift();
    if (fault !== undefined) {
      pipe.halted = fault === TRANSFER_STALL;
      pipe.transfers.shift();
      transfer.end(fault);
      return;
    }
    if (address < 0x80) {
      pipe.transfers.shift();
      transfer.actual = transfer.buffer!.length;
      const bytes = Uint8Array.from(transfer.buffer!);
      transfer.end(0);
      this.onOut(address, bytes);
      return;
    }
    const packet = pipe.packets.shift();
    if (!packet) return;
    const room = transfer.buffer!.length - transfer.actual;
    if (packet.length > room) {
      pipe.transfers.shift();
      transfer.end(TRANSFER_OVERFLOW);
      return;
    }
    transfer.buffer!.set(packet, transfer.actual);
    transfer.actual += packet.length;
    // A transfer ends when it is full, or with a packet that is shorter than the longest.
    if (transfer.actual === transfer.buffer!.length || packet.length < this.maxPacketSize(address)) {
      pipe.transfers.shift();
      transfer.end(0);
    }
  }

  private descriptorOf(address: number): LibusbEndpointDescriptor | undefined {
    return this.configDescriptor.interfaces
      .flat()
      .flatMap(({ endpoints }) => endpoints)
      .find((one) => one.bEndpointAddress === address);
  }

  private isInterrupt(address: number): boolean {
    return (this.descriptorOf(address)?.bmAttributes ?? 0) === 3;
  }

  maxPacketSize(address: number): number {
    return this.descriptorOf(address)?.wMaxPacketSize ?? 64;
  }

  private interfaceOf(alternates: readonly LibusbInterfaceDescriptor[]): LibusbInterface {
    const number = alternates[0]!.bInterfaceNumber;
    const endpointsOf = (alternate: number) =>
      (alternates.find((one) => one.bAlternateSetting === alternate)?.endpoints ?? []).map((one) =>
        this.endpointOf(one.bEndpointAddress),
      );
    let found = endpointsOf(0);
    return {
      interfaceNumber: number,
      claim: () => this.claim(number),
      release: (callback) => {
        this.log.push(`release ${number}`);
        this.claimed.delete(number);
        if (this.autoDetach && this.wasDetached !== undefined && this.present) {
          this.kernelDriver = this.wasDetached;
          this.wasDetached = undefined;
        }
        this.clock.setTimeout(() => callback(this.present ? undefined : libusbError(ERROR_NO_DEVICE)), BULK);
      },
      setAltSetting: (alternate, callback) => {
        this.log.push(`alternate ${number} ${alternate}`);
        found = endpointsOf(alternate);
        this.clock.setTimeout(() => callback(undefined), BULK);
      },
      endpoint: (address) => found.find((one) => one.address === address),
    };
  }

  private claim(number: number): void {
    this.check();
    if (this.options.claimError !== undefined) throw libusbError(this.options.claimError);
    if (this.kernelDriver !== undefined) {
      if (!this.autoDetach) throw libusbError(ERROR_BUSY);
      this.wasDetached = this.kernelDriver;
      this.kernelDriver = undefined;
    }
    this.log.push(`claim ${number}`);
    this.claimed.add(number);
  }

  private endpointOf(address: number): LibusbEndpoint {
    return {
      address,
      makeTransfer: (_timeout, done) => new SimulatedTransfer(this, address, done),
      clearHalt: (callback) => {
        this.log.push(`clear halt ${address.toString(16)}`);
        this.clock.setTimeout(() => {
          this.pipe(address).halted = false;
          callback(undefined);
        }, BULK);
      },
    };
  }
}

type HotplugEvent = 'attach' | 'detach';

/** The package with the devices that are plugged in. */
export class SimulatedLibusb implements LibusbModule {
  readonly devices: SimulatedUsbDevice[] = [];
  private readonly listeners: { event: HotplugEvent; listener: (device: LibusbDevice) => void }[] = [];
  readonly usb = {
    INIT_ERROR: 0,
    on: (event: HotplugEvent, listener: (device: LibusbDevice) => void) => {
      this.listeners.push({ event, listener });
    },
    off: (event: HotplugEvent, listener: (device: LibusbDevice) => void) => {
      const index = this.listeners.findIndex((one) => one.event === event && one.listener === listener);
      if (index >= 0) this.listeners.splice(index, 1);
    },
  };

  get listening(): number {
    return this.listeners.length;
  }

  getDeviceList(): SimulatedUsbDevice[] {
    return [...this.devices];
  }

  plug(device: SimulatedUsbDevice): SimulatedUsbDevice {
    this.devices.push(device);
    this.emit('attach', device);
    return device;
  }

  unplug(device: SimulatedUsbDevice): void {
    this.devices.splice(this.devices.indexOf(device), 1);
    device.unplug();
    this.emit('detach', device);
  }

  private emit(event: HotplugEvent, device: SimulatedUsbDevice): void {
    for (const one of [...this.listeners]) if (one.event === event) one.listener(device);
  }
}
