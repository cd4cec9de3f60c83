import * as z from 'zod/mini';
import { fromHex } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import type { ServiceForm } from './form.js';

// Compiling validators with `new Function` is forbidden under many pages' content security policies.
z.config({ jitless: true });

export const integer = (low: number, high: number) =>
  z
    .int('a whole number is wanted')
    .check(z.gte(low, `at least ${low} is wanted`), z.lte(high, `at most ${high} is wanted`));
export const handle = z.exactOptional(integer(1, 0xffff));

/** Text that a parser takes; what it says is the message. */
export const parsed = (what: string, parse: (text: string) => unknown) =>
  z.string(`${what} is wanted, as text`).check(
    z.superRefine((text: string, context) => {
      try {
        parse(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      }
    }),
  );

export const uuid = parsed('a UUID', (text) => Uuid.from(text));
export const hex = (limit: number) =>
  parsed('octets in hexadecimal', (text) => {
    const { length } = fromHex(text);
    if (length > limit) throw new RangeError(`${length} octets are not permitted; up to ${limit} are`);
  });
export const text = (limit: number) =>
  z
    .string('text is wanted')
    .check(
      z.refine(
        (value: string) => new TextEncoder().encode(value).length <= limit,
        `up to ${limit} octets are permitted`,
      ),
    );
export const octets = (limit: number) =>
  z.union([hex(limit), z.strictObject({ text: text(limit) })], {
    error: 'octets are wanted: hexadecimal text, or { "text": … }',
  });
export const value = octets(512);

const permission = z.union(
  [
    z.boolean(),
    z.strictObject({
      level: z.exactOptional(z.literal([1, 2, 3, 4], 'a level from 1 to 4 is wanted')),
      keySize: z.exactOptional(integer(7, 16)),
      error: z.exactOptional(integer(1, 0xff)),
    }),
  ],
  { error: 'true, false, or { level, keySize, error } is wanted' },
);

const descriptor = z.strictObject({
  uuid,
  handle,
  value: z.exactOptional(value),
  read: z.exactOptional(permission),
  write: z.exactOptional(permission),
});

/** The fields of a characteristic, for who has more of them. */
export const characteristicFields = {
  name: z.exactOptional(text(256)),
  uuid,
  properties: z.array(
    z.enum(
      [
        'broadcast',
        'read',
        'writeWithoutResponse',
        'write',
        'notify',
        'indicate',
        'authenticatedSignedWrites',
        'extendedProperties',
      ],
      { error: 'a property is wanted: read, write, writeWithoutResponse, notify, indicate, …' },
    ),
    'a list of properties is wanted',
  ),
  handle,
  valueHandle: handle,
  value: z.exactOptional(value),
  read: z.exactOptional(permission),
  write: z.exactOptional(permission),
  stored: z.exactOptional(z.boolean('true or false is wanted')),
  maxLength: z.exactOptional(integer(1, 512)),
  configurable: z.exactOptional(z.boolean('true or false is wanted')),
  descriptors: z.exactOptional(z.array(descriptor)),
};

/** A service with characteristics of some form. */
export const serviceOf = <C extends z.ZodMiniType>(characteristic: C) =>
  z.strictObject({
    uuid,
    primary: z.exactOptional(z.boolean('true or false is wanted')),
    handle,
    endHandle: handle,
    includes: z.exactOptional(z.array(z.strictObject({ service: integer(0, 0xffff), handle }))),
    characteristics: z.exactOptional(z.array(characteristic)),
  });

/** What a list of services has to be, field by field. */
export const servicesSchema: z.ZodMiniType<readonly ServiceForm[]> = z.array(
  serviceOf(z.strictObject(characteristicFields)),
  'a list of services is wanted',
);
