/** What the USB transport wants of a USB device, whatever package reaches it. Numbers are those of USB 2.0, chapter 9. */

/** What kind of transfers an endpoint does: bmAttributes, bits 0 and 1. */
export type UsbTransferType = 'control' | 'isochronous' | 'bulk' | 'interrupt';

/** An endpoint descriptor. */
export interface UsbEndpoint {
  /** bEndpointAddress: bit 7 is set for one that sends to the host. */
  readonly address: number;
  readonly type: UsbTransferType;
  /** The most octets of one USB packet: wMaxPacketSize, bits 0 to 10. */
  readonly maxPacketSize: number;
}

/** The class triple of a device or an interface. */
export interface UsbClass {
  readonly classCode: number;
  readonly subclass: number;
  readonly protocol: number;
}

/** An interface descriptor: one alternate setting of one interface. */
export interface UsbInterface extends UsbClass {
  readonly interfaceNumber: number;
  readonly alternateSetting: number;
  readonly endpoints: readonly UsbEndpoint[];
}

/** What a device is, as far as it can be known without opening it. */
export interface UsbDescription extends UsbClass {
  readonly vendorId: number;
  readonly productId: number;
  /** The number of the bus, and the device's address on it, which changes each time it is plugged in. */
  readonly bus: number;
  readonly address: number;
  /** The ports from the root hub down to the device: where it is plugged in. */
  readonly ports: readonly number[];
  /** All alternate settings of the interfaces of the active configuration; none when they could not be read. */
  readonly interfaces: readonly UsbInterface[];
  /** Why `interfaces` could not be read. */
  readonly problem?: string | undefined;
}

/** The names that a device gives itself. */
export interface UsbStrings {
  readonly manufacturer?: string | undefined;
  readonly product?: string | undefined;
  readonly serialNumber?: string | undefined;
}

/** What a transfer came to. */
export type UsbStatus =
  | 'completed'
  /** The endpoint is halted, or the request is refused (USB 2.0, 8.5.3.4 and 9.4.5). */
  | 'stall'
  /** The device sent more than there was room for. */
  | 'overflow'
  | 'timeout'
  | 'cancelled'
  /** The device is not there any more. */
  | 'gone'
  | 'error';

/** Why a device could not be opened or claimed. */
export type UsbFailure = 'denied' | 'busy' | 'gone' | 'no-driver' | 'unsupported' | 'other';

/** What the methods of a {@link UsbDevice} throw. */
export class UsbError extends Error {
  readonly failure: UsbFailure;

  constructor(message: string, failure: UsbFailure, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'UsbError';
    this.failure = failure;
  }
}

/** Takes the end of a transfer. `bytes[0, length)` came, also when it failed: a view valid during the call. Never throws. */
export type UsbDone = (status: UsbStatus, bytes: Uint8Array, length: number) => void;

/** A transfer that can be used again and again, one at a time. */
export interface UsbInTransfer {
  /**
   * Asks for what the endpoint sends; ends with one call of {@link UsbDone}, later. May be called from there.
   * @throws {UsbError} when it cannot even begin
   */
  submit(): void;
  /** Asks for an early end, as `cancelled`; nothing happens without a transfer under way. */
  cancel(): void;
}

/** As {@link UsbInTransfer}, to the device. */
export interface UsbOutTransfer {
  /** @throws {UsbError} when it cannot even begin */
  submit(bytes: Uint8Array): void;
  cancel(): void;
}

/** The setup packet of a control transfer to the device; wLength is that of the data. */
export interface UsbSetup {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
}

/** A USB device. */
export interface UsbDevice {
  readonly description: UsbDescription;
  /** The names it gives itself; absent where they cannot be read. Never fails. */
  strings(): Promise<UsbStrings>;
  /** @throws {UsbError} */
  open(): Promise<void>;
  /**
   * Takes an interface for this program alone: a driver of the kernel is detached (Linux), and another alternate
   * setting than 0 is selected.
   * @throws {UsbError}
   */
  claim(interfaceNumber: number, alternateSetting: number): Promise<void>;
  /** A transfer of at most `length` octets from an endpoint. */
  inTransfer(endpoint: number, length: number, done: UsbDone): UsbInTransfer;
  /** A transfer to an endpoint; `done` gets no octets, and how many went. */
  outTransfer(endpoint: number, done: UsbDone): UsbOutTransfer;
  /** A control transfer to the device. Resolves in any case. */
  controlOut(setup: UsbSetup, bytes: Uint8Array): Promise<UsbStatus>;
  /** @throws {UsbError} */
  clearHalt(endpoint: number): Promise<void>;
  /**
   * Gives the interface back to the driver that had it, and closes the device. All transfers have ended before. Never
   * fails: a device that is gone is closed too.
   */
  close(): Promise<void>;
  /** Calls `gone` when the device is unplugged, until the function given back is called. */
  onGone(gone: () => void): () => void;
}

/** The USB devices of a machine. */
export interface UsbBus {
  /** What is plugged in, in no order. */
  devices(): UsbDevice[];
  /** Calls `changed` each time that something was plugged in or out, until the function given back is called. */
  watch(changed: () => void): () => void;
}
