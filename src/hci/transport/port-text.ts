import type { BoardProfile } from './boards.js';

/** The port string for a serial port with what its board wants, ready to be pasted. */
export function portText(path: string, { baudRates, rtscts }: BoardProfile): string {
  const options: string[] = [];
  const [baud] = baudRates;
  if (baud !== undefined && baud !== 1_000_000) options.push(`baud=${baud}`);
  if (rtscts) options.push('rtscts');
  return `serial:${path}${options.length === 0 ? '' : `?${options.join('&')}`}`;
}
