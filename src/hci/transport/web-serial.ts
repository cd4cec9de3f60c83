import * as z from 'zod/mini';
import { type Clock, systemClock } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import { type FramingOptions, framed } from '../framing/framing.js';
import { boardOf } from './boards.js';
import { framingFields, framingForm, framingOf } from './framing-options.js';
import { checkPort, flag, wholeNumber } from './port-options.js';
import type { TransportFactory } from './scheme.js';
import type { HciTransport } from './transport.js';
import {
  type WebSerial,
  type WebSerialPort,
  type WebSerialPortInfo,
  webSerialOfPlatform,
} from './web-serial-port.js';
import { WebSerialStream } from './web-serial-stream.js';

/** How a Web Serial port is opened. */
export interface WebSerialOptions extends FramingOptions {
  /** Bits a second; what the board at the port has, else 1,000,000. */
  readonly baudRate?: number;
  /** Flow control by RTS and CTS; as the board at the port wants it, else none. */
  readonly rtscts?: boolean;
  readonly parity?: 'none' | 'even' | 'odd';
  /** Octets that the browser keeps until the page takes them, 255–16,777,216; 65,536. */
  readonly bufferSize?: number;
  /** The control lines at opening; `keep`: as the browser sets them. Without it, as the board at the port wants them. */
  readonly dtr?: 'on' | 'off' | 'keep';
  readonly rts?: 'on' | 'off' | 'keep';
  /** What the port is called in messages; `web-serial:` and its USB identifiers. */
  readonly name?: string;
  /** Where time comes from; the machine's clock without. */
  readonly clock?: Clock;
}

/** The browser's own default, 255 octets, overruns at the first burst of advertising reports. */
const BUFFER = 65536;

/**
 * HCI over a port of Web Serial, not opened yet. Opening sends HCI_Reset until its answer is found, as with any serial
 * port of H4.
 */
export function webSerialTransport(
  port: WebSerialPort,
  options: WebSerialOptions = {},
): Promise<HciTransport> {
  const info = port.getInfo();
  const board = boardOf({ path: '', vendorId: hex(info.usbVendorId), productId: hex(info.usbProductId) });
  const {
    baudRate = board.baudRates[0] ?? 1_000_000,
    rtscts = board.rtscts,
    parity = 'none',
    bufferSize = BUFFER,
    dtr = board.dtr,
    rts = board.rts,
    name = nameOf(info),
    clock = systemClock,
    ...framing
  } = options;
  const flowControl = rtscts ? 'hardware' : 'none';
  const { maxWrite } = board;
  const settings = { baudRate, flowControl, parity, bufferSize, dtr, rts, maxWrite } as const;
  return framed(new WebSerialStream(name, port, settings, clock), clock, { hunt: true, ...framing });
}

/**
 * The port of a device that was unplugged and is there again: browsers make a new object for it.
 * @param port the one that was chosen
 */
export async function currentPort(serial: WebSerial, port: WebSerialPort): Promise<WebSerialPort> {
  if (port.connected !== false) return port;
  const { usbVendorId, usbProductId } = port.getInfo();
  const isSame = (info: WebSerialPortInfo) =>
    usbVendorId !== undefined && info.usbVendorId === usbVendorId && info.usbProductId === usbProductId;
  const ports = await serial.getPorts();
  return ports.find((other) => other.connected !== false && isSame(other.getInfo())) ?? port;
}

function nameOf({ usbVendorId, usbProductId }: WebSerialPortInfo): string {
  return usbVendorId === undefined
    ? 'web-serial:'
    : `web-serial:${hex(usbVendorId)}:${hex(usbProductId ?? 0)}`;
}

function hex(id: number): string;
function hex(id: number | undefined): string | undefined;
function hex(id: number | undefined): string | undefined {
  return id?.toString(16).padStart(4, '0');
}

const form = `web-serial:, web-serial:vid:pid in hexadecimal, or web-serial:0 for the first (options baud, rtscts, parity=none|even|odd, dtr=on|off|keep, rts=on|off|keep, ${framingForm})`;
/** Made at the first use: building a schema takes longer than using it. */
const schema = () => {
  const line = z.optional(z.enum(['on', 'off', 'keep'], { error: 'on, off or keep is wanted' }));
  return z.strictObject({
    target: z
      .string()
      .check(z.regex(/^(\d{1,3}|[0-9a-f]{4}:[0-9a-f]{4})?$/i, 'nothing, a number, or vid:pid is wanted')),
    baud: z.optional(wholeNumber(1200, 12_000_000)),
    rtscts: z.optional(flag()),
    parity: z._default(z.enum(['none', 'even', 'odd'], { error: 'none, even or odd is wanted' }), 'none'),
    dtr: line,
    rts: line,
    ...framingFields(),
  });
};

/** `web-serial:` among the ports that the user has given to the page before. */
export const webSerialFactory: TransportFactory = {
  async create(port, { clock }) {
    const { target, baud, rtscts, parity, dtr, rts, ...rest } = checkPort(port, form, schema());
    const found = await grantedPort(port.text, target.toLowerCase());
    return webSerialTransport(found, {
      ...(baud === undefined ? {} : { baudRate: baud }),
      ...(rtscts === undefined ? {} : { rtscts }),
      ...(dtr === undefined ? {} : { dtr }),
      ...(rts === undefined ? {} : { rts }),
      parity,
      name: port.text,
      clock,
      ...framingOf(rest),
    });
  },
};

async function grantedPort(name: string, target: string): Promise<WebSerialPort> {
  const serial = webSerialOfPlatform();
  if (!serial) throw noWebSerial(name);
  const granted = await serial.getPorts();
  const attached = granted.filter(({ connected }) => connected !== false);
  const fitting = target.includes(':')
    ? attached.filter((port) => nameOf(port.getInfo()) === `web-serial:${target}`)
    : attached;
  const index = /^\d+$/.test(target) ? Number(target) : 0;
  if (target === '' && fitting.length > 1)
    throw new TransportError(
      `${name}: the page may use ${fitting.length} serial ports: ${fitting.map((port) => nameOf(port.getInfo())).join(', ')}. Say which, by its identifiers or as web-serial:0`,
      'PORT_SPEC',
    );
  const found = fitting[index];
  if (found) return found;
  throw new TransportError(
    granted.length === 0
      ? `${name}: the user has given no serial port to this page. Call requestSerialController() when a button is pressed`
      : `${name}: none of the ${granted.length} serial ports that the page may use is attached and fits. Is the device plugged in?`,
    'PORT_NOT_FOUND',
  );
}

/** There is no Web Serial here. */
export function noWebSerial(name: string): TransportError {
  return new TransportError(
    `${name}: this browser has no Web Serial, or the page did not come by https: or from localhost. Chrome, Edge and Opera on a desktop have it`,
    'PORT_NOT_FOUND',
  );
}

/** Why the user's choice gave no port. */
export function noPortChosen(cause: unknown): TransportError {
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'NotFoundError')
    return new TransportError('web-serial: no port was chosen', 'PORT_NOT_FOUND', { cause });
  if (name === 'SecurityError')
    return new TransportError(
      'web-serial: the browser lets a page ask for a port only while a click or a key is handled, and where the permissions policy does not forbid it',
      'PORT_DENIED',
      { cause },
    );
  const message = cause instanceof Error ? cause.message : String(cause);
  return new TransportError(`web-serial: no port could be asked for (${message})`, 'TRANSPORT_ERROR', {
    cause,
  });
}
