import { checkInteger, checkKeys } from '../../core/check.js';
import { type AdvertisingPayload, payloadOctets } from '../advertising/set-options.js';

/** When something came in a train. */
export interface PeriodicOccasion {
  /** The paEventCounter of the event, where the controller tells it. */
  readonly periodicEventCounter: number | undefined;
  /** The subevent, in a train that has some. */
  readonly subevent: number | undefined;
}

/** The subevents of a train, and their response slots: Core Vol 4, Part E, 7.7.65.14. */
export interface TrainSubevents {
  /** Subevents of an event, 1–128. */
  readonly numSubevents: number;
  /** From one subevent to the next in milliseconds. */
  readonly subeventIntervalMs: number;
  /** From the begin of a subevent to its first response slot in milliseconds; 0 when there are none. */
  readonly responseSlotDelayMs: number;
  /** From one response slot to the next in milliseconds; 0 when there are none. */
  readonly responseSlotSpacingMs: number;
}

/** How subevents are listened to. */
export interface SubeventOptions {
  /** Put the power into the header of responses; false. */
  readonly includeTxPower?: boolean;
}

/** Where a response goes. */
export interface ResponseOptions {
  /** The response slot, 0–255. */
  readonly responseSlot: number;
  /** The subevent that it is sent in; that of the report. */
  readonly responseSubevent?: number;
}

const TX_POWER = 1 << 6;

/** Octets of data that a command has room for beside its other parameters: Core Vol 4, Part E, 5.4.1 and 7.8.126. */
const RESPONSE_LIMIT = 247;

/** The fields that the second version of events has; a train without subevents has none of them. */
export interface SubeventFields {
  readonly numSubevents?: number;
  readonly subeventInterval?: number;
  readonly responseSlotDelay?: number;
  readonly responseSlotSpacing?: number;
}

/** What an event says of the subevents of a train. */
export function subeventsOf(event: SubeventFields): TrainSubevents | undefined {
  const { numSubevents = 0, subeventInterval = 0, responseSlotDelay = 0, responseSlotSpacing = 0 } = event;
  if (numSubevents === 0) return undefined;
  return {
    numSubevents,
    subeventIntervalMs: subeventInterval * 1.25,
    responseSlotDelayMs: responseSlotDelay * 1.25,
    responseSlotSpacingMs: responseSlotSpacing * 0.125,
  };
}

/** The parameters of LE Set Periodic Sync Subevent. @throws {RangeError | TypeError} naming what is not permitted */
export function chosenSubevents(
  subevents: readonly number[],
  options: SubeventOptions,
  numSubevents: number,
) {
  checkKeys('setSubevents', options, ['includeTxPower']);
  if (!Array.isArray(subevents) || subevents.length === 0)
    throw new RangeError('subevents: a list of one at least is permitted');
  const chosen = new Set(subevents.map((one) => checkInteger('subevents', one, 0, numSubevents - 1)));
  return {
    periodicAdvertisingProperties: options.includeTxPower === true ? TX_POWER : 0,
    subevents: [...chosen].sort((a, b) => a - b),
  };
}

/** The parameters of LE Set Periodic Advertising Response Data. @throws {RangeError | TypeError} naming what is not permitted */
export function responseTo(
  report: PeriodicOccasion,
  data: AdvertisingPayload,
  options: ResponseOptions,
  numSubevents: number,
) {
  checkKeys('respond', options, ['responseSlot', 'responseSubevent']);
  const { periodicEventCounter: requestEvent, subevent: requestSubevent } = report;
  if (requestEvent === undefined || requestSubevent === undefined)
    throw new RangeError('respond: this report is of no subevent');
  const responseSubevent = options.responseSubevent ?? requestSubevent;
  return {
    requestEvent,
    requestSubevent,
    responseSubevent: checkInteger('responseSubevent', responseSubevent, 0, numSubevents - 1),
    responseSlot: checkInteger('responseSlot', options.responseSlot, 0, 255),
    responseData: payloadOctets('data', data, false, RESPONSE_LIMIT),
  };
}
