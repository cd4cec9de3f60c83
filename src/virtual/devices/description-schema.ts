import * as z from 'zod/mini';
import { Address } from '../../core/address.js';
import { fromHex } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import type { DeviceDescription } from './description.js';

// Compiling validators with `new Function` is forbidden under many pages' content security policies.
z.config({ jitless: true });

const integer = (low: number, high: number) =>
  z
    .int('a whole number is wanted')
    .check(z.gte(low, `at least ${low} is wanted`), z.lte(high, `at most ${high} is wanted`));
const milliseconds = (low: number, high: number) =>
  z
    .number('a number of milliseconds is wanted')
    .check(z.gte(low, `at least ${low} ms is wanted`), z.lte(high, `at most ${high} ms is wanted`));
const handle = z.exactOptional(integer(1, 0xffff));

/** Text that a parser takes; what it says is the message. */
const parsed = (what: string, parse: (text: string) => unknown) =>
  z.string(`${what} is wanted, as text`).check(
    z.superRefine((text: string, context) => {
      try {
        parse(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      }
    }),
  );

const uuid = parsed('a UUID', (text) => Uuid.from(text));
const hex = (limit: number) =>
  parsed('octets in hexadecimal', (text) => {
    const { length } = fromHex(text);
    if (length > limit) throw new RangeError(`${length} octets are not permitted; up to ${limit} are`);
  });
const text = (limit: number) =>
  z
    .string('text is wanted')
    .check(
      z.refine(
        (value: string) => new TextEncoder().encode(value).length <= limit,
        `up to ${limit} octets are permitted`,
      ),
    );
const octets = (limit: number) =>
  z.union([hex(limit), z.strictObject({ text: text(limit) })], {
    error: 'octets are wanted: hexadecimal text, or { "text": … }',
  });
const value = octets(512);

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

const day = 86_400_000;

const descriptor = z.strictObject({
  uuid,
  handle,
  value: z.exactOptional(value),
  read: z.exactOptional(permission),
  write: z.exactOptional(permission),
});

const characteristic = z.strictObject({
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
  notifications: z.exactOptional(
    z.strictObject({
      values: z
        .array(z.strictObject({ afterMs: milliseconds(0, day), value }))
        .check(z.minLength(1, 'at least one value is wanted')),
      repeat: z.exactOptional(z.boolean('true or false is wanted')),
    }),
  ),
  answers: z.exactOptional(
    z.array(
      z.strictObject({
        when: z.exactOptional(value),
        error: z.exactOptional(integer(1, 0xff)),
        notify: z.exactOptional(
          z.array(
            z.strictObject({
              characteristic: z.union([uuid, integer(1, 0xffff)], {
                error: 'a UUID, or the handle of a value, is wanted',
              }),
              afterMs: milliseconds(0, day),
              value,
            }),
          ),
        ),
      }),
    ),
  ),
  configurable: z.exactOptional(z.boolean('true or false is wanted')),
  descriptors: z.exactOptional(z.array(descriptor)),
});

const service = z.strictObject({
  uuid,
  primary: z.exactOptional(z.boolean('true or false is wanted')),
  handle,
  endHandle: handle,
  includes: z.exactOptional(z.array(z.strictObject({ service: integer(0, 0xffff), handle }))),
  characteristics: z.exactOptional(z.array(characteristic)),
});

const advertisingFields = z.strictObject({
  flags: z.exactOptional(integer(0, 0xff)),
  serviceUuids: z.exactOptional(z.array(uuid)),
  incompleteServiceUuids: z.exactOptional(z.array(uuid)),
  completeLocalName: z.exactOptional(text(29)),
  shortenedLocalName: z.exactOptional(text(29)),
  txPower: z.exactOptional(integer(-127, 127)),
  appearance: z.exactOptional(integer(0, 0xffff)),
  manufacturerData: z.exactOptional(
    z.strictObject({ companyIdentifier: integer(0, 0xffff), data: octets(27) }),
  ),
  serviceData: z.exactOptional(z.array(z.strictObject({ uuid, data: octets(27) }))),
});
const advertised = z.exactOptional(z.union([hex(31), advertisingFields]));
const interval = z.exactOptional(milliseconds(20, 10240));

/** What a {@link DeviceDescription} has to be, field by field; `checkDescription` looks at how they fit together as well. */
export const descriptionSchema: z.ZodMiniType<DeviceDescription> = z.strictObject({
  name: text(248),
  address: parsed('an address', (text) => Address.parse(text)),
  appearance: z.exactOptional(integer(0, 0xffff)),
  txPower: z.exactOptional(integer(-127, 20)),
  advertising: z.exactOptional(
    z.strictObject({
      type: z.exactOptional(
        z.enum(['connectable', 'scannable', 'nonConnectable'], {
          error: 'connectable, scannable or nonConnectable is wanted',
        }),
      ),
      data: advertised,
      scanResponse: advertised,
      intervalMinMs: interval,
      intervalMaxMs: interval,
    }),
  ),
  mtu: z.exactOptional(integer(23, 517)),
  connection: z.exactOptional(
    z.strictObject({
      afterMs: z.exactOptional(milliseconds(0, day)),
      intervalMinMs: milliseconds(7.5, 4000),
      intervalMaxMs: milliseconds(7.5, 4000),
      latency: z.exactOptional(integer(0, 499)),
      supervisionTimeoutMs: z.exactOptional(milliseconds(100, 32_000)),
    }),
  ),
  genericServices: z.exactOptional(z.boolean('true or false is wanted')),
  services: z.exactOptional(z.array(service)),
});
