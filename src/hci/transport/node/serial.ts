import * as z from 'zod/mini';
import { framed } from '../../framing/framing.js';
import { framingFields, framingForm, framingOf } from '../framing-options.js';
import { checkPort, flag, wholeNumber } from '../port-options.js';
import type { TransportFactory } from '../scheme.js';
import { SerialStream } from './serial-stream.js';

const form = `serial:/dev/ttyACM0?baud=1000000&rtscts (options baud, rtscts, parity=none|even|odd, dtr=on|off|keep, rts=on|off|keep, hupcl=no, ${framingForm})`;
/** Made at the first use: building a schema takes longer than using it. */
const schema = () => {
  const line = z._default(z.enum(['on', 'off', 'keep'], { error: 'on, off or keep is wanted' }), 'keep');
  return z.strictObject({
    target: z.string().check(z.minLength(1, 'a path is wanted')),
    baud: z._default(wholeNumber(1200, 12_000_000), 1_000_000),
    rtscts: z._default(flag(), false),
    dtr: line,
    rts: line,
    hupcl: z._default(flag(), true),
    parity: z._default(z.enum(['none', 'even', 'odd'], { error: 'none, even or odd is wanted' }), 'none'),
    ...framingFields(),
  });
};

/** `serial:path?baud=…` */
export const serialFactory: TransportFactory = {
  create(port, { clock }) {
    const { target, baud, rtscts, dtr, rts, hupcl, parity, ...rest } = checkPort(port, form, schema());
    const framing = framingOf(rest);
    const hunt = framing.framing !== 'h5';
    const options = { path: target, baudRate: baud, rtscts, dtr, rts, hupcl, parity, hunt };
    return framed(new SerialStream(port.text, options, clock), clock, framing);
  },
};
