import * as z from 'zod/mini';
import { TransportError } from '../../core/errors.js';
import type { Port } from './port.js';

// Compiling validators with `new Function` is forbidden under many pages' content security policies.
z.config({ jitless: true });

/** A whole number in text, between `low` and `high`. */
export function wholeNumber(low: number, high: number) {
  return z.pipe(
    z.pipe(
      z.string().check(z.regex(/^\d+$/, 'a whole number is wanted')),
      z.transform((text: string) => Number(text)),
    ),
    z.number().check(z.gte(low, `at least ${low} is wanted`), z.lte(high, `at most ${high} is wanted`)),
  );
}

/** An option that is there or not: `rtscts`, `rtscts=1`, `rtscts=no`. */
export const flag = () =>
  z.pipe(
    z.union([z.literal(true), z.enum(['1', '0', 'true', 'false', 'yes', 'no', 'on', 'off'])], {
      error: 'one of on, off, yes, no, true, false, 1, 0 is wanted',
    }),
    z.transform((value) => value === true || ['1', 'true', 'yes', 'on'].includes(value)),
  );

/**
 * Checks a port's target and options against a schema.
 * @throws {TransportError} `PORT_SPEC` that names the wrong part and shows the right form
 */
export function checkPort<T>(port: Port, form: string, schema: z.ZodMiniType<T>): T {
  const result = z.safeParse(schema, { target: port.target, ...port.options });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where =
    issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'port');
  const what = issue?.code === 'unrecognized_keys' ? 'no such option' : (issue?.message ?? 'wrong');
  throw new TransportError(
    `${JSON.stringify(port.text)}: ${where}: ${what}. The form is ${form}`,
    'PORT_SPEC',
  );
}
