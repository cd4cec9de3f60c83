import type { Clock } from '../../core/clock.js';
import type { HciTransport } from '../transport/transport.js';
import type { ByteStream } from './byte-stream.js';
import { H4Transport } from './h4-transport.js';

/** How packets lie in a stream of octets. */
export interface FramingOptions {
  /** `h4` (UART transport layer), or `h5` (three-wire UART transport layer); `h4`. */
  readonly framing?: 'h4' | 'h5';
  /** Of H4: whether opening sends HCI_Reset until its answer is found among the octets that come; false. */
  readonly hunt?: boolean;
  /** Of H5: the window to offer, 1–7; 4. */
  readonly window?: number;
  /** Of H5: whether to offer a CRC on each packet; true. */
  readonly crc?: boolean;
  /** Of H5: whether to offer XON and XOFF; false. */
  readonly flowControl?: boolean;
}

/** HCI packets over a stream of octets; H5 is loaded when it is asked for. */
export async function framed(
  stream: ByteStream,
  clock: Clock,
  { framing, hunt = false, ...options }: FramingOptions = {},
): Promise<HciTransport> {
  if (framing !== 'h5') return new H4Transport(stream, { clock, hunt });
  const { H5Transport } = await import('./h5-transport.js');
  return new H5Transport(stream, { clock, ...options });
}
