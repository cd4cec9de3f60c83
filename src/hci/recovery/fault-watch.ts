import { hexCode } from '../../core/hex.js';
import type { UnhandledEvent } from '../event-router.js';
import * as events from '../events/index.js';
import { zephyrCompanies } from '../vendor/zephyr-power.js';
import type { FaultFound } from './fault.js';

/** First octets of vendor events that tell of the firmware's end. */
const ZEPHYR_ASSERTION = 0xaa;
const ZEPHYR_FATAL_ERROR = 0x02;
/** NimBLE's controller has 0 or 1 there, by its version, then the place as text. */
const NIMBLE_ASSERTION_MAX = 0x01;

/** The fault behind a Hardware Error event (Core Vol 4, Part E, 7.7.16). */
export function hardwareFault(hardwareCode: number): FaultFound {
  return {
    kind: 'hardwareError',
    message: `the controller reports a hardware error, code ${hexCode(hardwareCode, 2)}`,
    hardwareCode,
  };
}

/**
 * The fault that a vendor's event tells of: a failed assertion of Zephyr's, Nordic's or NimBLE's controller with its file
 * and line, or Zephyr's fatal error. `undefined` for all other events.
 */
export function vendorFault(event: UnhandledEvent, companyIdentifier: number): FaultFound | undefined {
  if (event.code !== events.vendorSpecific.code) return undefined;
  const { parameters } = event;
  const id = parameters[0] ?? 0xff;
  const isZephyr = zephyrCompanies.includes(companyIdentifier);
  if (isZephyr && id === ZEPHYR_ASSERTION) return assertionAt(placeBinary(parameters), parameters);
  if (isZephyr && id === ZEPHYR_FATAL_ERROR) {
    return {
      kind: 'fatalError',
      message: "the controller's firmware reports a fatal error: it answers no more until it is reset",
      bytes: parameters,
    };
  }
  if (id > NIMBLE_ASSERTION_MAX) return undefined;
  const place = placeText(parameters);
  return place && assertionAt(place, parameters);
}

interface Place {
  readonly file: string;
  readonly line: number;
}

function assertionAt(place: Place | undefined, bytes: Uint8Array): FaultFound {
  const where = place ? ` at ${place.file}:${place.line}` : '';
  return {
    kind: 'assertion',
    message: `an assertion failed in the controller${where}: it answers no more until it is reset`,
    bytes,
    ...place,
  };
}

/** `aa <file> 00 <line, 4 octets, least significant first>`. */
function placeBinary(parameters: Uint8Array): Place | undefined {
  const end = parameters.indexOf(0, 1);
  if (end < 0 || end + 5 > parameters.length) return undefined;
  const file = String.fromCharCode(...parameters.subarray(1, end)).replace(/[^\x20-\x7e]/g, '?');
  const [a, b, c, d] = parameters.subarray(end + 1, end + 5);
  return { file, line: (a! | (b! << 8) | (c! << 16) | (d! << 24)) >>> 0 };
}

/** `<id> file.c:123`, text to the end. */
function placeText(parameters: Uint8Array): Place | undefined {
  const match = /^([\x20-\x7e]+\.[a-z]{1,4}):(\d{1,6})$/i.exec(
    String.fromCharCode(...parameters.subarray(1)),
  );
  return match ? { file: match[1]!, line: Number(match[2]) } : undefined;
}
