import * as z from 'zod/mini';
import { Address } from '../../core/address.js';
import {
  characteristicFields,
  hex,
  integer,
  octets,
  parsed,
  serviceOf,
  text,
  uuid,
  value,
} from '../../gatt/described/schema.js';
import type { DeviceDescription } from './description.js';

const milliseconds = (low: number, high: number) =>
  z
    .number('a number of milliseconds is wanted')
    .check(z.gte(low, `at least ${low} ms is wanted`), z.lte(high, `at most ${high} ms is wanted`));

const day = 86_400_000;

const characteristic = z.strictObject({
  ...characteristicFields,
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
  security: z.exactOptional(
    z.strictObject({
      pin: z.exactOptional(integer(0, 999_999)),
      secureConnections: z.exactOptional(
        z.enum(['allowed', 'only', 'never'], { error: 'allowed, only or never is wanted' }),
      ),
      bonding: z.exactOptional(z.boolean('true or false is wanted')),
    }),
  ),
  genericServices: z.exactOptional(z.boolean('true or false is wanted')),
  services: z.exactOptional(z.array(serviceOf(characteristic))),
});
