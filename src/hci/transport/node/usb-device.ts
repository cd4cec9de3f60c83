import {
  type UsbBus,
  type UsbDescription,
  type UsbDevice,
  type UsbDone,
  type UsbEndpoint,
  UsbError,
  type UsbFailure,
  type UsbInTransfer,
  type UsbInterface,
  type UsbOutTransfer,
  type UsbSetup,
  type UsbStatus,
  type UsbStrings,
  type UsbTransferType,
} from '../usb/device.js';
import type {
  LibusbDevice,
  LibusbEndpoint,
  LibusbEndpointDescriptor,
  LibusbInterface,
  LibusbInterfaceDescriptor,
  LibusbModule,
} from './usb-package.js';

/** The names that a device gives itself, where the operating system tells them without opening it. */
export type StringsOf = (description: UsbDescription) => UsbStrings | undefined;

const transferTypes: readonly UsbTransferType[] = ['control', 'isochronous', 'bulk', 'interrupt'];

/** libusb_transfer_status */
const statuses: readonly UsbStatus[] = [
  'completed',
  'error',
  'timeout',
  'cancelled',
  'stall',
  'gone',
  'overflow',
];

/** libusb_error */
const errors: Readonly<Record<number, UsbFailure>> = {
  [-3]: 'denied',
  [-4]: 'gone',
  [-5]: 'no-driver',
  [-6]: 'busy',
  [-12]: 'no-driver',
};

const errnoOf = (error: unknown) => (error as { errno?: unknown } | undefined)?.errno;
const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function usbError(error: unknown): UsbError {
  if (error instanceof UsbError) return error;
  const errno = errnoOf(error);
  const failure = typeof errno === 'number' ? errors[errno] : undefined;
  return new UsbError(textOf(error), failure ?? 'other', { cause: error });
}

/** What a transfer came to, by the error that its callback got. */
function statusOf(error: unknown): UsbStatus {
  if (error === undefined || error === null) return 'completed';
  const errno = errnoOf(error);
  if (typeof errno !== 'number') return 'error';
  if (errno < 0) return errors[errno] === 'gone' ? 'gone' : 'error';
  const status = statuses[errno];
  return status === undefined || status === 'completed' ? 'error' : status;
}

function endpointOf({
  bEndpointAddress,
  bmAttributes,
  wMaxPacketSize,
}: LibusbEndpointDescriptor): UsbEndpoint {
  return {
    address: bEndpointAddress,
    type: transferTypes[bmAttributes & 3]!,
    maxPacketSize: wMaxPacketSize & 0x07ff,
  };
}

function interfaceOf(descriptor: LibusbInterfaceDescriptor): UsbInterface {
  return {
    interfaceNumber: descriptor.bInterfaceNumber,
    alternateSetting: descriptor.bAlternateSetting,
    classCode: descriptor.bInterfaceClass,
    subclass: descriptor.bInterfaceSubClass,
    protocol: descriptor.bInterfaceProtocol,
    endpoints: descriptor.endpoints.map(endpointOf),
  };
}

function describe(raw: LibusbDevice): UsbDescription {
  const { idVendor, idProduct, bDeviceClass, bDeviceSubClass, bDeviceProtocol } = raw.deviceDescriptor;
  let interfaces: UsbInterface[] = [];
  let problem: string | undefined;
  try {
    const configuration = raw.configDescriptor;
    if (configuration) interfaces = configuration.interfaces.flat().map(interfaceOf);
    else problem = 'no configuration is active';
  } catch (error) {
    problem = textOf(error);
  }
  return {
    vendorId: idVendor,
    productId: idProduct,
    classCode: bDeviceClass,
    subclass: bDeviceSubClass,
    protocol: bDeviceProtocol,
    bus: raw.busNumber,
    address: raw.deviceAddress,
    ports: raw.portNumbers ?? [],
    interfaces,
    problem,
  };
}

/** Devices that are open here: one program may open a device twice, and would then close it under itself. */
const open = new WeakSet<LibusbDevice>();

class PackageDevice implements UsbDevice {
  readonly description: UsbDescription;
  private readonly raw: LibusbDevice;
  private readonly module: LibusbModule;
  private readonly stringsOf: StringsOf;
  private claimed: LibusbInterface | undefined;

  constructor(module: LibusbModule, raw: LibusbDevice, stringsOf: StringsOf) {
    this.module = module;
    this.raw = raw;
    this.stringsOf = stringsOf;
    this.description = describe(raw);
  }

  async strings(): Promise<UsbStrings> {
    const known = this.stringsOf(this.description);
    if (known) return known;
    const { raw } = this;
    const mine = !open.has(raw);
    if (mine) {
      try {
        raw.open();
      } catch {
        return {};
      }
    }
    const { iManufacturer, iProduct, iSerialNumber } = raw.deviceDescriptor;
    const strings = {
      manufacturer: await this.string(iManufacturer),
      product: await this.string(iProduct),
      serialNumber: await this.string(iSerialNumber),
    };
    if (mine && !open.has(raw)) closeRaw(raw);
    return strings;
  }

  async open(): Promise<void> {
    const { raw } = this;
    if (open.has(raw)) throw new UsbError('this program has it open already', 'busy');
    try {
      raw.open();
    } catch (error) {
      throw usbError(error);
    }
    open.add(raw);
    try {
      // The kernel's driver goes when the interface is claimed, and comes back when it is released.
      raw.setAutoDetachKernelDriver(true);
    } catch {
      // Only Linux does that.
    }
  }

  async claim(interfaceNumber: number, alternateSetting: number): Promise<void> {
    const { raw } = this;
    const index = raw.interfaces?.findIndex((one) => one.interfaceNumber === interfaceNumber) ?? -1;
    const found = raw.interfaces?.[index];
    if (!found) throw new UsbError(`it has no interface ${interfaceNumber} any more`, 'gone');
    // The package claims an interface by its place in the list.
    if (index !== interfaceNumber)
      throw new UsbError(`its interfaces are not numbered from 0 on`, 'unsupported');
    try {
      found.claim();
      this.claimed = found;
      if (alternateSetting !== 0) {
        await new Promise<void>((resolve, reject) => {
          found.setAltSetting(alternateSetting, (error) => (error ? reject(error) : resolve()));
        });
      }
    } catch (error) {
      throw usbError(error);
    }
  }

  inTransfer(endpoint: number, length: number, done: UsbDone): UsbInTransfer {
    const buffer = Buffer.alloc(length);
    const transfer = this.endpoint(endpoint).makeTransfer(0, (error, _buffer, actual) =>
      done(statusOf(error), buffer, actual ?? 0),
    );
    return {
      submit() {
        try {
          transfer.submit(buffer);
        } catch (error) {
          throw usbError(error);
        }
      },
      cancel: () => cancel(transfer),
    };
  }

  outTransfer(endpoint: number, done: UsbDone): UsbOutTransfer {
    const transfer = this.endpoint(endpoint).makeTransfer(0, (error, buffer, actual) =>
      done(statusOf(error), buffer, actual ?? 0),
    );
    return {
      submit(bytes) {
        try {
          transfer.submit(asBuffer(bytes));
        } catch (error) {
          throw usbError(error);
        }
      },
      cancel: () => cancel(transfer),
    };
  }

  controlOut({ requestType, request, value, index }: UsbSetup, bytes: Uint8Array): Promise<UsbStatus> {
    return new Promise((resolve) => {
      try {
        this.raw.controlTransfer(requestType, request, value, index, asBuffer(bytes), (error) =>
          resolve(statusOf(error)),
        );
      } catch (error) {
        resolve(statusOf(error));
      }
    });
  }

  async clearHalt(endpoint: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.endpoint(endpoint).clearHalt((error) => (error ? reject(usbError(error)) : resolve()));
    });
  }

  async close(): Promise<void> {
    const { raw, claimed } = this;
    this.claimed = undefined;
    if (claimed) {
      await new Promise<void>((resolve) => {
        try {
          claimed.release(() => resolve());
        } catch {
          resolve();
        }
      });
    }
    if (open.delete(raw)) closeRaw(raw);
  }

  onGone(gone: () => void): () => void {
    const { usb } = this.module;
    const { bus, address } = this.description;
    const listener = (device: LibusbDevice) => {
      if (device === this.raw || (device.busNumber === bus && device.deviceAddress === address)) gone();
    };
    usb.on('detach', listener);
    return () => usb.off('detach', listener);
  }

  private endpoint(address: number): LibusbEndpoint {
    const found = this.claimed?.endpoint(address);
    if (!found) throw new UsbError(`it has no endpoint 0x${address.toString(16)} any more`, 'other');
    return found;
  }

  private string(index: number): Promise<string | undefined> {
    if (index === 0) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      try {
        this.raw.getStringDescriptor(index, (error, value) =>
          resolve(error || value === undefined ? undefined : value.replace(/\0+$/, '')),
        );
      } catch {
        resolve(undefined);
      }
    });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function cancel(transfer: { cancel(): boolean }): void {
  try {
    transfer.cancel();
  } catch {
    // It ends by itself then.
  }
}

function closeRaw(raw: LibusbDevice): void {
  try {
    raw.close();
  } catch {
    // A device that is gone, or a transfer that will not end: nothing more can be done.
  }
}

/** The devices of this machine, by the package. */
export function packageBus(module: LibusbModule, stringsOf: StringsOf): UsbBus {
  return {
    devices: () => module.getDeviceList().map((raw) => new PackageDevice(module, raw, stringsOf)),
    watch(changed) {
      const listener = () => changed();
      module.usb.on('attach', listener);
      module.usb.on('detach', listener);
      return () => {
        module.usb.off('attach', listener);
        module.usb.off('detach', listener);
      };
    },
  };
}
