import { i8, u8, u16 } from '../../core/codec.js';
import { MalformedPacketError } from '../../core/errors.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { bits, bounded, type Layout, record } from './layout.js';

/** Date Time: GATT Specification Supplement. A zero for year, month or day says that it is not known. */
export interface DateTime {
  /** 1582–9999, or 0. */
  readonly year: number;
  /** 1–12, or 0. */
  readonly month: number;
  /** Day of the month: 1–31, or 0. */
  readonly day: number;
  /** 0–23. */
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

/** Day Date Time. */
export interface DayDateTime extends DateTime {
  /** 1 Monday to 7 Sunday; 0 when it is not known. */
  readonly dayOfWeek: number;
}

/** Exact Time 256. */
export interface ExactTime256 extends DayDateTime {
  /** Parts of 1/256 s, 0–255. */
  readonly fractions256: number;
}

/** Why the time was changed: Current Time, Adjust Reason. */
export interface AdjustReason {
  readonly manualTimeUpdate: boolean;
  readonly externalReferenceTimeUpdate: boolean;
  readonly changeOfTimeZone: boolean;
  readonly changeOfDst: boolean;
}

/** Current Time; Current Time Service 1.1, 3.1. */
export interface CurrentTime extends ExactTime256 {
  readonly adjustReason: AdjustReason;
}

/** Local Time Information. */
export interface LocalTimeInformation {
  /** Steps of 15 minutes from UTC, -48 to 56, without daylight saving; -128 when it is not known. */
  readonly timeZone: number;
  /** Steps of 15 minutes: 0 standard time, 2 half an hour, 4 an hour, 8 two hours; 255 when it is not known. */
  readonly dstOffset: number;
}

/** Reference Time Information. */
export interface ReferenceTimeInformation {
  /** 0 unknown, 1 NTP, 2 GPS, 3 radio, 4 manual, 5 atomic clock, 6 cellular network. */
  readonly timeSource: number;
  /** Steps of 1/8 s up to 253; 254 more than that, 255 unknown. */
  readonly timeAccuracy: number;
  /** Days since the last update; 255 for 255 or more, and then `hoursSinceUpdate` is 255 too. */
  readonly daysSinceUpdate: number;
  /** 0–23, or 255. */
  readonly hoursSinceUpdate: number;
}

const year: Layout<number> = {
  read: (reader) => checkYear(u16.read(reader), MalformedPacketError),
  write: (writer, value) => u16.write(writer, checkYear(value, RangeError)),
};

function checkYear(value: number, Refusal: new (message: string) => Error): number {
  if (value !== 0 && !(value >= 1582 && value <= 9999))
    throw new Refusal(`${value} is not permitted; 0 or 1582 to 9999 is`);
  return value;
}

const dateTimeMembers = {
  year,
  month: /* @__PURE__ */ bounded(u8, 0, 12),
  day: /* @__PURE__ */ bounded(u8, 0, 31),
  hours: /* @__PURE__ */ bounded(u8, 0, 23),
  minutes: /* @__PURE__ */ bounded(u8, 0, 59),
  seconds: /* @__PURE__ */ bounded(u8, 0, 59),
};
const dayOfWeekLayout = /* @__PURE__ */ bounded(u8, 0, 7);

/** A Date Time inside of other values: seven octets. */
export const dateTimeLayout: Layout<DateTime> = /* @__PURE__ */ record<DateTime>(dateTimeMembers);

/** Date Time, 0x2A08. */
export const dateTime: ValueCodec<DateTime> = /* @__PURE__ */ valueCodec(0x2a08, 'Date Time', dateTimeLayout);

/** Day of Week, 0x2A09: 1 Monday to 7 Sunday; 0 when it is not known. */
export const dayOfWeek: ValueCodec<number> = /* @__PURE__ */ valueCodec(
  0x2a09,
  'Day of Week',
  dayOfWeekLayout,
);

/** Day Date Time, 0x2A0A. */
export const dayDateTime: ValueCodec<DayDateTime> = /* @__PURE__ */ valueCodec(
  0x2a0a,
  'Day Date Time',
  /* @__PURE__ */ record<DayDateTime>({ ...dateTimeMembers, dayOfWeek: dayOfWeekLayout }),
);

/** Exact Time 256, 0x2A0C. */
export const exactTime256: ValueCodec<ExactTime256> = /* @__PURE__ */ valueCodec(
  0x2a0c,
  'Exact Time 256',
  /* @__PURE__ */ record<ExactTime256>({ ...dateTimeMembers, dayOfWeek: dayOfWeekLayout, fractions256: u8 }),
);

/** Current Time, 0x2A2B. */
export const currentTime: ValueCodec<CurrentTime> = /* @__PURE__ */ valueCodec(
  0x2a2b,
  'Current Time',
  /* @__PURE__ */ record<CurrentTime>({
    ...dateTimeMembers,
    dayOfWeek: dayOfWeekLayout,
    fractions256: u8,
    adjustReason: /* @__PURE__ */ bits<AdjustReason>(u8, {
      manualTimeUpdate: 0,
      externalReferenceTimeUpdate: 1,
      changeOfTimeZone: 2,
      changeOfDst: 3,
    }),
  }),
);

/** One of a few numbers beside a range. */
function zone(low: number, high: number, unknown: number): Layout<number> {
  const check = (value: number, Refusal: new (message: string) => Error) => {
    if (value !== unknown && !(value >= low && value <= high))
      throw new Refusal(`${value} is not permitted; ${low} to ${high} or ${unknown} is`);
    return value;
  };
  return {
    read: (reader) => check(i8.read(reader), MalformedPacketError),
    write: (writer, value) => i8.write(writer, check(value, RangeError)),
  };
}

/** Local Time Information, 0x2A0F. */
export const localTimeInformation: ValueCodec<LocalTimeInformation> = /* @__PURE__ */ valueCodec(
  0x2a0f,
  'Local Time Information',
  /* @__PURE__ */ record<LocalTimeInformation>({
    timeZone: /* @__PURE__ */ zone(-48, 56, -128),
    dstOffset: u8,
  }),
);

/** Reference Time Information, 0x2A14. */
export const referenceTimeInformation: ValueCodec<ReferenceTimeInformation> = /* @__PURE__ */ valueCodec(
  0x2a14,
  'Reference Time Information',
  /* @__PURE__ */ record<ReferenceTimeInformation>({
    timeSource: u8,
    timeAccuracy: u8,
    daysSinceUpdate: u8,
    hoursSinceUpdate: u8,
  }),
);

/** The time of a `Date` as its own clock shows it, in the zone of the platform, or in UTC. */
export function exactTimeOf(date: Date, utc = false): ExactTime256 {
  const day = utc ? date.getUTCDay() : date.getDay();
  return {
    year: utc ? date.getUTCFullYear() : date.getFullYear(),
    month: (utc ? date.getUTCMonth() : date.getMonth()) + 1,
    day: utc ? date.getUTCDate() : date.getDate(),
    hours: utc ? date.getUTCHours() : date.getHours(),
    minutes: utc ? date.getUTCMinutes() : date.getMinutes(),
    seconds: utc ? date.getUTCSeconds() : date.getSeconds(),
    dayOfWeek: day === 0 ? 7 : day,
    fractions256: Math.floor(((utc ? date.getUTCMilliseconds() : date.getMilliseconds()) * 256) / 1000),
  };
}

/**
 * The `Date` of a time, in the zone of the platform, or in UTC; `undefined` where year, month or day is not known, or
 * there is no such day.
 */
export function dateOf(time: DateTime & { readonly fractions256?: number }, utc = false): Date | undefined {
  const { year: y, month, day, hours, minutes, seconds, fractions256 = 0 } = time;
  if (y === 0 || month === 0 || day === 0) return undefined;
  const milliseconds = Math.round((fractions256 * 1000) / 256);
  const date = utc
    ? new Date(Date.UTC(y, month - 1, day, hours, minutes, seconds, milliseconds))
    : new Date(y, month - 1, day, hours, minutes, seconds, milliseconds);
  return (utc ? date.getUTCDate() : date.getDate()) === day ? date : undefined;
}
