import { checkBytes, checkInteger, checkNumber } from '../../core/check.js';
import type { AdvertisingDataFields } from '../../gap/index.js';

/** The service that Eddystone's frames are the data of. */
const EDDYSTONE = 0xfeaa;
const FRAME = { uid: 0x00, url: 0x10, tlm: 0x20 } as const;
/** Octets of an encoded URL at most. */
const URL_LIMIT = 17;

const schemes = ['http://www.', 'https://www.', 'http://', 'https://'];
const endings = ['.com', '.org', '.edu', '.net', '.info', '.biz', '.gov'];
/** What an octet below 14 in an encoded URL stands for. */
const expansions = [...endings.map((ending) => `${ending}/`), ...endings];

/** What an Eddystone-UID frame says. */
export interface EddystoneUid {
  /** Ten octets. */
  readonly namespace: Uint8Array;
  /** Six octets. */
  readonly instance: Uint8Array;
  /** dBm at a distance of 0 m, −100 to 20. */
  readonly power: number;
}

/** What an Eddystone-TLM frame says. */
export interface EddystoneTlm {
  /** Millivolts; 0 when it is not known. */
  readonly battery: number;
  /** Degrees Celsius, −128 to 127.99. */
  readonly temperature: number;
  /** How many frames there were since the beacon was switched on. */
  readonly frames: number;
  /** How long ago that was, in milliseconds. */
  readonly uptimeMs: number;
}

/** The advertising data of an Eddystone-UID beacon. @throws {RangeError} on a wrong field */
export function eddystoneUid({ namespace, instance, power }: EddystoneUid): AdvertisingDataFields {
  checkBytes('namespace', namespace, 10, 10);
  checkBytes('instance', instance, 6, 6);
  return frame(FRAME.uid, signed(power), ...namespace, ...instance, 0, 0);
}

/**
 * The advertising data of an Eddystone-URL beacon.
 * @param url with its scheme, http or https; up to 17 octets behind `https://www.` when its ending is encoded
 * @param power dBm at a distance of 0 m, −100 to 20
 * @throws {RangeError} when it has another scheme, other characters, or is too long
 */
export function eddystoneUrl(url: string, power: number): AdvertisingDataFields {
  const scheme = schemes.findIndex((one) => url.startsWith(one));
  if (scheme < 0) {
    throw new RangeError(`url: ${JSON.stringify(url)} is not permitted; it begins with http:// or https://`);
  }
  const encoded: number[] = [];
  for (let at = schemes[scheme]!.length; at < url.length; ) {
    const expansion = expansions.findIndex((one) => url.startsWith(one, at));
    const code = url.charCodeAt(at);
    if (expansion < 0 && (code <= 0x20 || code >= 0x7f)) {
      throw new RangeError(`url: ${JSON.stringify(url[at])} is not permitted; graphic ASCII is`);
    }
    encoded.push(expansion < 0 ? code : expansion);
    at += expansion < 0 ? 1 : expansions[expansion]!.length;
  }
  if (encoded.length > URL_LIMIT) {
    throw new RangeError(
      `url: ${encoded.length} octets when encoded are not permitted; up to ${URL_LIMIT} are`,
    );
  }
  return frame(FRAME.url, signed(power), scheme, ...encoded);
}

/** The advertising data of an unencrypted Eddystone-TLM frame. @throws {RangeError} on a wrong field */
export function eddystoneTlm({
  battery,
  temperature,
  frames,
  uptimeMs,
}: EddystoneTlm): AdvertisingDataFields {
  checkInteger('battery', battery, 0, 0xffff);
  checkNumber('temperature', temperature, -128, 127.99, '°C');
  checkNumber('frames', frames, 0, Number.MAX_SAFE_INTEGER);
  checkNumber('uptimeMs', uptimeMs, 0, Number.MAX_SAFE_INTEGER, 'ms');
  const fixed = Math.round(temperature * 256) & 0xffff;
  return frame(
    FRAME.tlm,
    0,
    ...big(battery, 2),
    ...big(fixed, 2),
    ...big(frames % 0x100000000, 4),
    ...big(Math.floor(uptimeMs / 100) % 0x100000000, 4),
  );
}

function frame(...octets: number[]): AdvertisingDataFields {
  return {
    flags: 0x06,
    serviceUuids: [EDDYSTONE],
    serviceData: [{ uuid: EDDYSTONE, data: Uint8Array.from(octets) }],
  };
}

function signed(power: number): number {
  return checkInteger('power', power, -100, 20) & 0xff;
}

/** The octets of a number, the most significant first. */
function big(value: number, length: number): number[] {
  return Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) & 0xff);
}
