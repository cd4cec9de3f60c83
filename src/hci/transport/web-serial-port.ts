/** What Web Serial gives (https://wicg.github.io/serial/), as far as it is used: not every TypeScript library has it. */

/** How a port is opened: `SerialOptions` of Web Serial. */
export interface WebSerialOpenOptions {
  readonly baudRate: number;
  readonly dataBits?: 7 | 8;
  readonly stopBits?: 1 | 2;
  readonly parity?: 'none' | 'even' | 'odd';
  readonly bufferSize?: number;
  readonly flowControl?: 'none' | 'hardware';
}

/** A `SerialPort` of Web Serial. */
export interface WebSerialPort {
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  /** Whether the device is attached, in browsers that know. */
  readonly connected?: boolean;
  open(options: WebSerialOpenOptions): Promise<void>;
  close(): Promise<void>;
  setSignals(signals: { dataTerminalReady?: boolean; requestToSend?: boolean }): Promise<void>;
  getInfo(): WebSerialPortInfo;
}

/** Which device a port belongs to. */
export interface WebSerialPortInfo {
  readonly usbVendorId?: number;
  readonly usbProductId?: number;
}

/** Which ports a user may choose from. */
export interface WebSerialFilter {
  readonly usbVendorId: number;
  readonly usbProductId?: number;
}

/** `navigator.serial` */
export interface WebSerial {
  requestPort(options?: { readonly filters?: readonly WebSerialFilter[] }): Promise<WebSerialPort>;
  getPorts(): Promise<WebSerialPort[]>;
}

/** Web Serial of this platform; `undefined` where there is none. */
export function webSerialOfPlatform(): WebSerial | undefined {
  return (globalThis as { navigator?: { serial?: WebSerial } }).navigator?.serial;
}
