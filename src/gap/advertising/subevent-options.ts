import { checkInteger, checkKeys, checkNumber } from '../../core/check.js';
import { type AdvertisingPayload, payloadOctets } from './set-options.js';

/** What a subevent says, and in which response slots it may be answered. */
export interface SubeventData {
  /** Up to 249 octets; empty without. */
  readonly data?: AdvertisingPayload;
  /** The first response slot that is listened to; 0. */
  readonly responseSlotStart?: number;
  /** How many are listened to; all from the first one on. */
  readonly responseSlotCount?: number;
}

/** Data of a subevent: alone, or with its response slots; nothing, and the controller is not told of any. */
export type SubeventAnswer = SubeventData | Uint8Array | undefined;

/**
 * How a set advertises periodically with responses: Core Vol 4, Part E, 7.8.61. Each periodic event has subevents, and each of
 * those response slots.
 */
export interface PeriodicResponsesOptions {
  /** Subevents of an event, 1–128. */
  readonly numSubevents: number;
  /** From one subevent to the next in milliseconds, 7.5–318.75. */
  readonly subeventIntervalMs: number;
  /** Response slots of a subevent, 0–255; 0: nobody can answer. */
  readonly numResponseSlots?: number;
  /** From the begin of a subevent to its first response slot in milliseconds, 1.25–317.5, and less than `subeventIntervalMs`. */
  readonly responseSlotDelayMs?: number;
  /** From one response slot to the next in milliseconds, 0.25–31.875: all have room in their subevent. */
  readonly responseSlotSpacingMs?: number;
  /** Shortest interval in milliseconds, 7.5–81918.75: all subevents have room in it; just that. */
  readonly intervalMinMs?: number;
  /** Longest interval in milliseconds; `intervalMinMs`. */
  readonly intervalMaxMs?: number;
  /** Put the power into the header; false. */
  readonly includeTxPower?: boolean;
  /**
   * Gives the data of a subevent, whenever the controller asks for it: shortly before it is sent, and once for each time. What is
   * promised may come too late; it is given up then.
   */
  readonly data: (subevent: number) => SubeventAnswer | PromiseLike<SubeventAnswer>;
}

/** Octets of data that a command has room for beside its other parameters: Core Vol 4, Part E, 5.4.1 and 7.8.125. */
export const SUBEVENT_LIMIT = 249;

const known = [
  'numSubevents',
  'subeventIntervalMs',
  'numResponseSlots',
  'responseSlotDelayMs',
  'responseSlotSpacingMs',
  'intervalMinMs',
  'intervalMaxMs',
  'includeTxPower',
  'data',
];
const TX_POWER = 1 << 6;

/** The parameters of the command, but for the handle. */
export type SubeventParameters = ReturnType<typeof subeventParameters>;

/** @throws {RangeError | TypeError} naming the option that is not permitted, or that has no room */
export function subeventParameters(options: PeriodicResponsesOptions) {
  checkKeys('startPeriodicWithResponses', options, known);
  if (typeof options.data !== 'function') throw new TypeError('data: a function is permitted');
  const numSubevents = checkInteger('numSubevents', options.numSubevents, 1, 128);
  const subeventInterval = quarters('subeventIntervalMs', options.subeventIntervalMs, 7.5, 318.75);
  const numResponseSlots = checkInteger('numResponseSlots', options.numResponseSlots ?? 0, 0, 255);
  const needed = numSubevents * subeventInterval * 1.25;
  const min = options.intervalMinMs ?? needed;
  const intervalMin = quarters('intervalMinMs', min, 7.5, 81_918.75);
  const intervalMax = quarters('intervalMaxMs', options.intervalMaxMs ?? min, min, 81_918.75);
  if (numSubevents * subeventInterval > intervalMin)
    throw new RangeError(
      `intervalMinMs: ${numSubevents} subevents every ${subeventInterval * 1.25} ms want ${needed} ms at least`,
    );
  return {
    periodicAdvertisingIntervalMin: intervalMin,
    periodicAdvertisingIntervalMax: intervalMax,
    periodicAdvertisingProperties: options.includeTxPower === true ? TX_POWER : 0,
    numSubevents,
    subeventInterval,
    ...slotParameters(options, numResponseSlots, subeventInterval),
    numResponseSlots,
  };
}

function slotParameters(
  { responseSlotDelayMs, responseSlotSpacingMs }: PeriodicResponsesOptions,
  numResponseSlots: number,
  subeventInterval: number,
) {
  if (numResponseSlots === 0) {
    if (responseSlotDelayMs !== undefined || responseSlotSpacingMs !== undefined)
      throw new RangeError('numResponseSlots: without response slots there is no delay and no spacing');
    return { responseSlotDelay: 0, responseSlotSpacing: 0 };
  }
  const responseSlotDelay = quarters('responseSlotDelayMs', responseSlotDelayMs, 1.25, 317.5);
  if (responseSlotDelay >= subeventInterval)
    throw new RangeError('responseSlotDelayMs: has to be less than subeventIntervalMs');
  // One slot is at no distance from another.
  if (numResponseSlots === 1 && responseSlotSpacingMs === undefined)
    return { responseSlotDelay, responseSlotSpacing: 0 };
  const spacing = checkNumber('responseSlotSpacingMs', responseSlotSpacingMs, 0.25, 31.875, 'ms');
  const responseSlotSpacing = Math.round(spacing / 0.125);
  const room = 10 * (subeventInterval - responseSlotDelay);
  if (responseSlotSpacing * numResponseSlots > room)
    throw new RangeError(
      `responseSlotSpacingMs: ${numResponseSlots} slots want ${responseSlotSpacing * numResponseSlots * 0.125} ms, and the subevent has ${room * 0.125} ms behind responseSlotDelayMs`,
    );
  return { responseSlotDelay, responseSlotSpacing };
}

/** A time in units of 1.25 ms. */
function quarters(option: string, value: unknown, low: number, high: number): number {
  return Math.round(checkNumber(option, value, low, high, 'ms') / 1.25);
}

/** An answer as the command has it. @throws {RangeError | TypeError} naming what is not permitted */
export function encodeAnswer(
  subevent: number,
  answer: SubeventData | Uint8Array,
  { numResponseSlots }: SubeventParameters,
) {
  const given = answer instanceof Uint8Array ? { data: answer } : answer;
  checkKeys('data', given, ['data', 'responseSlotStart', 'responseSlotCount']);
  const last = Math.max(0, numResponseSlots - 1);
  const start = checkInteger('responseSlotStart', given.responseSlotStart ?? 0, 0, last);
  const most = numResponseSlots - start;
  return {
    subevent,
    responseSlotStart: start,
    responseSlotCount: checkInteger('responseSlotCount', given.responseSlotCount ?? most, 0, most),
    subeventData: payloadOctets('data', given.data, false, SUBEVENT_LIMIT),
  };
}
