import * as z from 'zod/mini';
import { TransportError } from '../../../core/errors.js';
import { type FramingOptions, framed } from '../../framing/framing.js';
import { framingFields, framingForm, framingOf } from '../framing-options.js';
import type { Port } from '../port.js';
import { checkPort, flag, wholeNumber } from '../port-options.js';
import type { TransportFactory } from '../scheme.js';
import type { SerialOptions } from './serial-settings.js';
import { SerialStream } from './serial-stream.js';

const form =
  'serial:/dev/ttyACM0?baud=1000000&rtscts (options baud=RATE|auto, rtscts=on|off|auto, parity=none|even|odd, ' +
  `dtr=on|off|keep, rts=on|off|keep, hupcl=on|off, ${framingForm})`;

/** Made at the first use: building a schema takes longer than using it. */
const schema = () => {
  const line = z.optional(z.enum(['on', 'off', 'keep'], { error: 'on, off or keep is wanted' }));
  const auto = z.literal('auto');
  return z.strictObject({
    target: z.string().check(z.minLength(1, 'a path is wanted')),
    baud: z.optional(
      z.union([auto, wholeNumber(1200, 12_000_000)], {
        error: 'a rate from 1200 to 12000000, or auto, is wanted',
      }),
    ),
    rtscts: z.optional(
      z.union([auto, flag()], { error: 'one of on, off, yes, no, true, false, 1, 0, auto is wanted' }),
    ),
    dtr: line,
    rts: line,
    hupcl: z.optional(flag()),
    parity: z._default(z.enum(['none', 'even', 'odd'], { error: 'none, even or odd is wanted' }), 'none'),
    ...framingFields(),
  });
};

/**
 * What a port string of the form `serial:path?…` asks for.
 * @throws {TransportError} `PORT_SPEC` when its parts are wrong
 */
export function serialOptionsOf(port: Port): { serial: SerialOptions; framing: FramingOptions } {
  const { target, framing, h5, window, crc, oof, ...options } = checkPort(port, form, schema());
  const framingOptions = framingOf({ framing, h5, window, crc, oof });
  const isH5 = framingOptions.framing === 'h5';
  if (isH5 && (options.baud === 'auto' || options.rtscts === 'auto'))
    throw new TransportError(
      `${JSON.stringify(port.text)}: auto finds out by HCI_Reset over H4: name the baud rate of a port with h5`,
      'PORT_SPEC',
    );
  // Three wires have no RTS and CTS, whatever the board has for H4.
  const rtscts = options.rtscts ?? (isH5 ? false : undefined);
  return { serial: { ...options, rtscts, path: target, hunt: !isH5 }, framing: framingOptions };
}

/** `serial:path?baud=…` */
export const serialFactory: TransportFactory = {
  create(port, { clock }) {
    const { serial, framing } = serialOptionsOf(port);
    return framed(new SerialStream(port.text, serial, { clock }), clock, framing);
  },
};
