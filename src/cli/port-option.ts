import { parsePort } from '../hci/transport/port.js';
import type { OptionValues } from './option-values.js';

/**
 * The port string that `--port`, `--baud` and `--rtscts` name together.
 * @throws {UsageError} when serial options are given for another kind of port, or twice
 * @throws {TransportError} `PORT_SPEC` when it is no port string
 */
export function portFrom(options: OptionValues): string {
  const text = options.text('port') ?? 'virtual:';
  const port = parsePort(text);
  const extra: string[] = [];
  for (const name of ['baud', 'rtscts'] as const) {
    if (!options.has(name)) continue;
    if (port.scheme !== 'serial') {
      throw options.wrong(`--${name} is for serial ports; ${JSON.stringify(text)} is none`);
    }
    if (Object.hasOwn(port.options, name)) {
      throw options.wrong(`${name} is given twice: in ${JSON.stringify(text)} and by --${name}`);
    }
    const value = options.text(name);
    extra.push(value === undefined ? name : `${name}=${encodeURIComponent(value)}`);
  }
  if (extra.length === 0) return text;
  return `${text}${text.includes('?') ? '&' : '?'}${extra.join('&')}`;
}
