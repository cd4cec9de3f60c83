import * as z from 'zod/mini';
import { framed } from '../../framing/framing.js';
import { framingFields, framingForm, framingOf } from '../framing-options.js';
import { checkPort, flag, wholeNumber } from '../port-options.js';
import type { TransportFactory } from '../scheme.js';
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

/** `serial:path?baud=…` */
export const serialFactory: TransportFactory = {
  create(port, { clock }) {
    const { target, framing, h5, window, crc, oof, ...options } = checkPort(port, form, schema());
    const framingOptions = framingOf({ framing, h5, window, crc, oof });
    const hunt = framingOptions.framing !== 'h5';
    return framed(
      new SerialStream(port.text, { path: target, hunt, ...options }, { clock }),
      clock,
      framingOptions,
    );
  },
};
