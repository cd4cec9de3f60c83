import { TransportError } from '../../core/errors.js';

/** A port string taken apart: `serial:/dev/ttyACM0?baud=1000000&rtscts` → scheme, target, options. */
export interface Port {
  /** The text as it was given. */
  readonly text: string;
  readonly scheme: string;
  /** What stands between the scheme and the options: a path, `host:port`, or nothing. */
  readonly target: string;
  /** The options; one without a value is `true`. */
  readonly options: Readonly<Record<string, string | true>>;
}

/**
 * Takes a port string apart. A path without a scheme (`/dev/ttyACM0`, `COM3`) is a serial port.
 * What the parts mean is for the scheme's own transport to check.
 * @throws {TransportError} `PORT_SPEC` when it has no form at all
 */
export function parsePort(text: string): Port {
  const plain = /^(\/|\.{1,2}\/|COM\d+$|\\\\\.\\)/i.test(text) ? `serial:${text}` : text;
  const match = /^([a-z][a-z0-9+-]*):([^?]*)(?:\?(.*))?$/i.exec(plain);
  if (!match) {
    throw new TransportError(
      `${JSON.stringify(text)} is no port. Forms: serial:/dev/ttyACM0?baud=1000000&rtscts, tcp:host:port, unix:path, usb:vid:pid, virtual:`,
      'PORT_SPEC',
    );
  }
  const options: Record<string, string | true> = {};
  for (const part of (match[3] ?? '').split('&')) {
    if (part === '') continue;
    const [key, ...value] = part.split('=');
    options[decode(key!, text)] = value.length === 0 ? true : decode(value.join('='), text);
  }
  return { text, scheme: match[1]!.toLowerCase(), target: decode(match[2]!, text), options };
}

function decode(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new TransportError(
      `${JSON.stringify(text)}: ${JSON.stringify(part)} is no well-formed text`,
      'PORT_SPEC',
    );
  }
}
