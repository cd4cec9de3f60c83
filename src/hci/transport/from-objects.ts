import type { StreamOptions, StreamSource } from './stream-pair.js';
import type { HciTransport } from './transport.js';
import type { WebSerialOptions } from './web-serial.js';
import { type WebSerialFilter, type WebSerialPort, webSerialOfPlatform } from './web-serial-port.js';

/**
 * A transport over streams that the program has: `{ readable, writable }` of Web streams, the same of Node's, or a
 * Duplex. It ends with them; to have a device bring it back, give {@link Device.open} a function that makes new ones.
 * @throws {TypeError} when it is no stream
 */
export async function streamTransport(source: StreamSource, options?: StreamOptions): Promise<HciTransport> {
  return (await import('./stream-pair.js')).transportOfStreams(source, options);
}

/**
 * A transport over a port of Web Serial (`navigator.serial`), not opened yet. Opening finds the controller by HCI_Reset,
 * as with the serial ports of Node.
 */
export async function webSerial(port: WebSerialPort, options?: WebSerialOptions): Promise<HciTransport> {
  return (await import('./web-serial.js')).webSerialTransport(port, options);
}

/** What a user may choose from, and how it is opened. */
export interface SerialControllerOptions extends WebSerialOptions {
  /** Shows the ports of these devices only; without it all. */
  readonly filters?: readonly WebSerialFilter[];
}

/**
 * Lets the user choose a serial port. Browsers permit that while they handle a click or a key only. Gives what
 * {@link Device.open} takes as `transport`: a function that makes a transport each time the port has to be opened, also
 * after the device was unplugged and is there again.
 * @throws {TransportError} `PORT_NOT_FOUND` when nothing was chosen, or there is no Web Serial; `PORT_DENIED` when the
 * browser does not permit it
 */
export async function requestSerialController(
  options: SerialControllerOptions = {},
): Promise<() => Promise<HciTransport>> {
  const { filters, ...opening } = options;
  const serial = webSerialOfPlatform();
  // Before anything is waited for: the permission of a click does not last.
  const requested = serial?.requestPort(filters ? { filters } : {});
  requested?.catch(() => {});
  const { currentPort, noPortChosen, noWebSerial, webSerialTransport } = await import('./web-serial.js');
  if (!serial || !requested) throw noWebSerial('web-serial:');
  const port = await requested.catch((cause: unknown) => {
    throw noPortChosen(cause);
  });
  return async () => webSerialTransport(await currentPort(serial, port), opening);
}
