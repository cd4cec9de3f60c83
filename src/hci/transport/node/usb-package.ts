import { TransportError } from '../../../core/errors.js';
import { packageMissing } from '../usb/advice.js';
import { load } from './require.js';

/** What is used of the package `usb` 2.18, beneath which is libusb 1.0: its objects, as the package declares them. */

/** A transfer: libusb_transfer. */
export interface LibusbTransfer {
  submit(buffer: Buffer): unknown;
  cancel(): boolean;
}

/** The end of a transfer: `error.errno` is a libusb_transfer_status. */
export type LibusbDone = (error: LibusbException | undefined, buffer: Buffer, actualLength: number) => void;

/** What the package throws, and gives to callbacks: negative is a libusb_error, positive a libusb_transfer_status. */
export interface LibusbException extends Error {
  errno: number;
}

export interface LibusbEndpointDescriptor {
  readonly bEndpointAddress: number;
  readonly bmAttributes: number;
  readonly wMaxPacketSize: number;
}

export interface LibusbInterfaceDescriptor {
  readonly bInterfaceNumber: number;
  readonly bAlternateSetting: number;
  readonly bInterfaceClass: number;
  readonly bInterfaceSubClass: number;
  readonly bInterfaceProtocol: number;
  readonly endpoints: readonly LibusbEndpointDescriptor[];
}

export interface LibusbDeviceDescriptor {
  readonly idVendor: number;
  readonly idProduct: number;
  readonly bDeviceClass: number;
  readonly bDeviceSubClass: number;
  readonly bDeviceProtocol: number;
  readonly iManufacturer: number;
  readonly iProduct: number;
  readonly iSerialNumber: number;
}

export interface LibusbEndpoint {
  readonly address: number;
  makeTransfer(timeout: number, callback: LibusbDone): LibusbTransfer;
  clearHalt(callback: (error: LibusbException | undefined) => void): void;
}

export interface LibusbInterface {
  readonly interfaceNumber: number;
  claim(): void;
  release(callback: (error?: LibusbException) => void): void;
  setAltSetting(alternate: number, callback: (error: LibusbException | undefined) => void): void;
  endpoint(address: number): LibusbEndpoint | undefined;
}

export interface LibusbDevice {
  readonly busNumber: number;
  readonly deviceAddress: number;
  /** `undefined` where the system does not tell. */
  readonly portNumbers: readonly number[] | undefined;
  readonly deviceDescriptor: LibusbDeviceDescriptor;
  /** The active configuration; throws when it cannot be read. */
  readonly configDescriptor:
    | { readonly interfaces: readonly (readonly LibusbInterfaceDescriptor[])[] }
    | undefined;
  /** Those of an open device. */
  readonly interfaces: readonly LibusbInterface[] | undefined;
  open(): void;
  close(): void;
  setAutoDetachKernelDriver(enable: boolean): void;
  controlTransfer(
    requestType: number,
    request: number,
    value: number,
    index: number,
    data: Buffer,
    callback: (error: LibusbException | undefined, result: unknown) => void,
  ): unknown;
  getStringDescriptor(
    index: number,
    callback: (error?: LibusbException, value?: string | undefined) => void,
  ): void;
}

export interface LibusbModule {
  getDeviceList(): LibusbDevice[];
  readonly usb: {
    /** Not 0 when libusb does not work at all. */
    readonly INIT_ERROR: number;
    on(event: 'attach' | 'detach', listener: (device: LibusbDevice) => void): void;
    off(event: 'attach' | 'detach', listener: (device: LibusbDevice) => void): void;
  };
}

const requireUsb = () => load<typeof import('usb')>('usb');

/**
 * Loads the package, which is optional.
 * @param name what the user calls the port, for messages
 * @throws {TransportError} `PORT_UNSUPPORTED` when it is not installed, not the right one, or does not work here
 */
export function loadUsb(
  name: string,
  platform: string = process.platform,
  require: () => LibusbModule = requireUsb,
): LibusbModule {
  let module: LibusbModule;
  try {
    module = require();
  } catch (error) {
    throw packageMissing(name, error, platform);
  }
  if (typeof module.getDeviceList !== 'function') {
    throw new TransportError(
      `${name}: the package usb that is installed is version 3, which lets only one transfer wait at an endpoint. Version 2.18 is needed: npm install usb@2`,
      'PORT_UNSUPPORTED',
    );
  }
  if (module.usb.INIT_ERROR) {
    throw new TransportError(
      `${name}: USB cannot be used on this machine: libusb did not start (error ${module.usb.INIT_ERROR})`,
      'PORT_UNSUPPORTED',
    );
  }
  return module;
}
