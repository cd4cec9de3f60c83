import { checkInteger } from '../../core/check.js';
import { Uuid, type UuidLike } from '../../core/uuid.js';
import type { AdvertisingDataFields } from '../../gap/index.js';

const APPLE = 0x004c;
const IBEACON = 0x02;
/** Octets of UUID, major, minor and measured power. */
const LENGTH = 0x15;

/** What an iBeacon says. */
export interface IBeacon {
  /** Whose beacon it is. */
  readonly uuid: UuidLike;
  /** 0–65535 each. */
  readonly major: number;
  readonly minor: number;
  /** dBm at one metre. */
  readonly measuredPower: number;
}

/** An iBeacon's manufacturer data. Unlike all else in Bluetooth, its numbers have the most significant octet first. */
export function iBeacon({
  uuid,
  major,
  minor,
  measuredPower,
}: IBeacon): NonNullable<AdvertisingDataFields['manufacturerData']> {
  checkInteger('major', major, 0, 0xffff);
  checkInteger('minor', minor, 0, 0xffff);
  checkInteger('measuredPower', measuredPower, -128, 127);
  const data = Uint8Array.of(
    IBEACON,
    LENGTH,
    ...Uuid.from(uuid).wire128.slice().reverse(),
    major >> 8,
    major & 0xff,
    minor >> 8,
    minor & 0xff,
    measuredPower & 0xff,
  );
  return { companyIdentifier: APPLE, data };
}
