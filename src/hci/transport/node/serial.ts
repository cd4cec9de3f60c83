import * as z from 'zod/mini';
import { H4Transport } from '../../framing/h4-transport.js';
import { checkPort, flag, wholeNumber } from '../port-options.js';
import type { TransportFactory } from '../scheme.js';
import { SerialStream } from './serial-stream.js';

const form =
  'serial:/dev/ttyACM0?baud=1000000&rtscts (options baud, rtscts, dtr=on|off|keep, rts=on|off|keep, hupcl=no)';
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
  });
};

/** `serial:path?baud=…` */
export const serialFactory: TransportFactory = {
  create(port, { clock }) {
    const { target, baud, rtscts, dtr, rts, hupcl } = checkPort(port, form, schema());
    const options = { path: target, baudRate: baud, rtscts, dtr, rts, hupcl };
    return new H4Transport(new SerialStream(port.text, options, clock), { clock });
  },
};
