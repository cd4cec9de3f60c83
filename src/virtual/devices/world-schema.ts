import * as z from 'zod/mini';
import { Address } from '../../core/address.js';
import { fromHex } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import { assertingControllers, faultKinds } from '../../hci/faults/plan.js';
import { airFaultKinds } from '../air/air-fault.js';
import { misbehaviours } from './misbehaviour.js';

// Compiling validators with `new Function` is forbidden under many pages' content security policies.
z.config({ jitless: true });

const number = (low: number, high: number, unit = '') => {
  const tail = unit ? ` ${unit}` : '';
  return z
    .number('a number is wanted')
    .check(z.gte(low, `at least ${low}${tail} is wanted`), z.lte(high, `at most ${high}${tail} is wanted`));
};
const integer = (low: number, high: number) =>
  z
    .int('a whole number is wanted')
    .check(z.gte(low, `at least ${low} is wanted`), z.lte(high, `at most ${high} is wanted`));
const optional = z.exactOptional;
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')} is wanted` });

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

const hex = (length?: number) =>
  parsed('octets in hexadecimal', (text) => {
    const octets = fromHex(text);
    if (length !== undefined && octets.length !== length) {
      throw new RangeError(`${octets.length} octets are not permitted; ${length} are`);
    }
  });
const octets = z.union([hex(), z.strictObject({ text: z.string() })], {
  error: 'octets are wanted: hexadecimal text, or { "text": … }',
});

const metres = number(-1e6, 1e6, 'm');
const ms = number(0, 1e12, 'ms');
const flat = z.strictObject({ x: metres, y: metres });
const place = z.strictObject({ x: optional(metres), y: optional(metres), z: optional(metres) });
const route = z.strictObject({
  points: z
    .array(z.strictObject({ x: metres, y: metres, z: optional(metres), pauseMs: optional(ms) }))
    .check(z.minLength(1, 'at least one point is wanted')),
  speed: optional(number(0.001, 1000, 'm/s')),
  end: optional(oneOf(['stop', 'return', 'repeat'])),
  startMs: optional(ms),
});

/** One of two objects, told apart by a key, so that messages name the field and not the choice. */
const either = <A extends z.ZodMiniType, B extends z.ZodMiniType>(key: string, withKey: A, without: B) =>
  z.pipe(
    z.unknown(),
    z.transform((value: unknown, context): z.output<A> | z.output<B> => {
      const has = typeof value === 'object' && value !== null && key in value;
      const result = z.safeParse(has ? withKey : without, value);
      if (result.success) return result.data as z.output<A> | z.output<B>;
      for (const issue of result.error.issues) context.issues.push(issue as never);
      return z.NEVER;
    }),
  );

const presence = z.strictObject({
  spans: optional(z.array(z.strictObject({ fromMs: ms, untilMs: optional(ms) }))),
  churn: optional(z.strictObject({ onMs: number(1, 1e12, 'ms'), offMs: number(1, 1e12, 'ms') })),
  batteryMinutes: optional(number(0.001, 1e9, 'minutes')),
});

const misbehaviour = z.union(
  [
    oneOf(misbehaviours),
    z.strictObject({
      misbehaviour: oneOf(misbehaviours),
      opcode: optional(integer(0, 0xff)),
      ms: optional(number(0, 86_400_000, 'ms')),
      mtu: optional(integer(0, 0xffff)),
    }),
  ],
  { error: `one of ${misbehaviours.join(', ')}, or { "misbehaviour": … } is wanted` },
);

const count = integer(0, 0xffffffff);
const probability = number(0, 1);
const day = number(0, 86_400_000, 'ms');

/** From when to when something happens. */
const span = { fromMs: optional(ms), untilMs: optional(ms) };
const inOrder = z.superRefine(
  ({ fromMs = 0, untilMs }: { fromMs?: number | undefined; untilMs?: number | undefined }, context) => {
    if (untilMs === undefined || untilMs >= fromMs) return;
    context.addIssue({ code: 'custom', path: ['untilMs'], message: `at least ${fromMs} ms is wanted` });
  },
);
/** What takes time says how long: checked here, so that the path is told. */
const takesTime = z.superRefine(
  ({ fault, ms: time }: { fault: string; ms?: number | [number, number] | undefined }, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (time === undefined && (fault === 'delay' || fault === 'stall')) {
      issue(['ms'], 'a number, or the least and the most, is wanted');
    }
    if (Array.isArray(time) && time[1] < time[0]) issue(['ms', 1], `at least ${time[0]} ms is wanted`);
  },
);

/** A plan of faults on a wire. */
const faults = z.strictObject({
  seed: optional(count),
  faults: z.array(
    z
      .strictObject({
        fault: oneOf(faultKinds),
        controller: optional(oneOf(assertingControllers)),
        direction: optional(oneOf(['toHost', 'toController', 'both'])),
        packet: optional(oneOf(['command', 'acl', 'sco', 'event', 'iso'])),
        opcode: optional(integer(0, 0xffff)),
        event: optional(integer(0, 0xff)),
        subevent: optional(integer(0, 0xff)),
        ...span,
        after: optional(count),
        every: optional(integer(1, 0xffffffff)),
        times: optional(integer(1, 0xffffffff)),
        probability: optional(probability),
        ms: optional(z.union([day, z.tuple([day, day])], 'a number, or the least and the most, is wanted')),
        octets: optional(integer(0, 0xffff)),
        bits: optional(integer(1, 0xffff)),
        code: optional(integer(0, 0xff)),
      })
      .check(inOrder, takesTime),
  ),
});

const basics = {
  address: parsed('an address', (text) => Address.parse(text)),
  name: optional(z.string('text is wanted').check(z.minLength(1, 'a name is wanted'))),
  position: optional(either('points', route, place)),
  txPower: optional(integer(-127, 20)),
  intervalMs: optional(number(20, 10_240, 'ms')),
  presence: optional(presence),
  misbehaviours: optional(z.array(misbehaviour)),
  faults: optional(faults),
};

const percent = integer(1, 100);

const { position, txPower } = basics;

/** The kinds of devices. A description is checked by who knows it, when it has been read. */
const device = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('heart-rate'),
      ...basics,
      location: optional(integer(0, 6)),
      battery: optional(percent),
      age: optional(number(0, 120)),
      weight: optional(number(1, 500, 'kg')),
    }),
    z.strictObject({
      kind: z.literal('thermometer'),
      ...basics,
      type: optional(integer(1, 9)),
      battery: optional(percent),
    }),
    z.strictObject({
      kind: z.literal('battery'),
      ...basics,
      battery: optional(percent),
      minutesPerPercent: optional(number(0.001, 1e6, 'minutes')),
    }),
    z.strictObject({
      kind: z.literal('uart'),
      ...basics,
      script: optional(
        z.array(z.strictObject({ when: optional(octets), say: z.array(octets), afterMs: optional(day) })),
      ),
      greeting: optional(octets),
    }),
    z.strictObject({
      kind: z.literal('ibeacon'),
      ...basics,
      uuid: parsed('a UUID', (text) => Uuid.from(text)),
      major: integer(0, 0xffff),
      minor: integer(0, 0xffff),
      measuredPower: optional(integer(-128, 127)),
    }),
    z.strictObject({ kind: z.literal('eddystone-uid'), ...basics, namespace: hex(10), instance: hex(6) }),
    z.strictObject({ kind: z.literal('eddystone-url'), ...basics, url: z.string('a URL is wanted') }),
    z.strictObject({
      kind: z.literal('eddystone-tlm'),
      ...basics,
      battery: optional(integer(0, 0xffff)),
      temperature: optional(number(-128, 127.99, '°C')),
    }),
    z.strictObject({
      kind: z.literal('keyboard'),
      ...basics,
      text: optional(z.string('text is wanted')),
      keyMs: optional(number(1, 86_400_000, 'ms')),
      securityLevel: optional(z.literal([1, 2, 3, 4], 'a level from 1 to 4 is wanted')),
    }),
    z.strictObject({
      kind: z.literal('lock'),
      ...basics,
      pin: optional(integer(0, 999_999)),
      locked: optional(z.boolean('true or false is wanted')),
      securityLevel: optional(z.literal([3, 4], '3 or 4 is wanted')),
    }),
    z.strictObject({
      kind: z.literal('description'),
      description: optional(z.unknown()),
      file: optional(z.string('the name of a file is wanted')),
      position,
      txPower,
      presence: basics.presence,
      misbehaviours: basics.misbehaviours,
      faults: basics.faults,
    }),
  ],
  {
    error:
      'one of heart-rate, thermometer, battery, uart, ibeacon, eddystone-uid, eddystone-url, eddystone-tlm, keyboard, description is wanted',
  },
);

const propagation = z.strictObject({
  exponent: optional(number(0, 10)),
  referenceLoss: optional(number(0, 200, 'dB')),
  walls: optional(z.array(z.strictObject({ from: flat, to: flat, loss: number(0, 200, 'dB') }))),
  shadowing: optional(
    z.strictObject({ deviation: number(0, 30, 'dB'), coherenceMs: optional(number(1, 1e9, 'ms')) }),
  ),
  fading: optional(z.strictObject({ k: number(-40, 40, 'dB'), coherenceMs: optional(number(1, 1e9, 'ms')) })),
});

const channel = integer(0, 39);
const solid = z.strictObject({ x: metres, y: metres, z: metres });
const burst = optional(number(0.01, 1e6, 'ms'));
const power = optional(number(-100, 60, 'dBm'));

const airFaultBasics = {
  from: optional(z.string('the name of a station is wanted')),
  to: optional(z.string('the name of a station is wanted')),
  channels: optional(z.array(channel)),
  ...span,
  after: optional(count),
  every: optional(integer(1, 0xffffffff)),
  times: optional(count),
  probability: optional(probability),
};
const airFault = z
  .discriminatedUnion(
    'fault',
    [
      z.strictObject({ fault: z.literal(['drop', 'corrupt']), ...airFaultBasics }),
      z.strictObject({ fault: z.literal('delay'), us: number(0, 1e6, 'µs'), ...airFaultBasics }),
      z.strictObject({ fault: z.literal('stall'), ms, ...airFaultBasics }),
    ],
    { error: `one of ${airFaultKinds.join(', ')} is wanted` },
  )
  .check(inOrder);

const conditions = z.strictObject({
  loss: optional(probability),
  bitErrors: optional(z.boolean('true or false is wanted')),
  collisions: optional(z.boolean('true or false is wanted')),
  interferers: optional(
    z.array(
      z.discriminatedUnion(
        'kind',
        [
          z.strictObject({
            kind: z.literal('wifi'),
            channel: integer(1, 13),
            dutyCycle: probability,
            power,
            burstMs: burst,
            position: optional(solid),
          }),
          z
            .strictObject({
              kind: z.literal('jammer'),
              channels: z.array(channel),
              power,
              dutyCycle: optional(probability),
              burstMs: burst,
              position: optional(solid),
              ...span,
            })
            .check(inOrder),
        ],
        { error: 'one of wifi, jammer is wanted' },
      ),
    ),
  ),
  faults: optional(z.array(airFault)),
});

/** A world file. */
export const worldSchema = z.strictObject({
  $schema: optional(z.string()),
  seed: optional(count),
  propagation: optional(propagation),
  conditions: optional(conditions),
  devices: optional(z.array(device)),
});
