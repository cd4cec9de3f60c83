import { checkInteger, checkKeys, checkNumber } from '../../core/check.js';
import { NotSupportedError } from '../../core/errors.js';
import { leSetDefaultSubrate } from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';
import type { SubrateOptions } from './radio-types.js';

const known = ['subrateMin', 'subrateMax', 'maxLatency', 'continuationNumber', 'supervisionTimeoutMs'];

/** The fields of LE Set Default Subrate and LE Subrate Request (Core Vol 4, Part E, 7.8.123 and 7.8.124), checked. */
export function encodeSubrate(what: string, wish: SubrateOptions) {
  checkKeys(what, wish, known);
  const subrateMax = checkInteger('subrateMax', wish.subrateMax, 1, 500);
  const subrateMin = checkInteger('subrateMin', wish.subrateMin ?? 1, 1, subrateMax);
  const maxLatency = checkInteger('maxLatency', wish.maxLatency ?? 0, 0, 499);
  const continuationNumber = checkInteger('continuationNumber', wish.continuationNumber ?? 0, 0, 499);
  const timeout = checkNumber('supervisionTimeoutMs', wish.supervisionTimeoutMs ?? 4000, 100, 32_000, 'ms');
  if (subrateMax * (maxLatency + 1) > 500)
    throw new RangeError('subrateMax × (maxLatency + 1) may be 500 at most');
  if (continuationNumber >= subrateMax)
    throw new RangeError(
      `continuationNumber: ${continuationNumber} is not permitted; less than subrateMax is`,
    );
  const supervisionTimeout = Math.round(timeout / 10);
  return { subrateMin, subrateMax, maxLatency, continuationNumber, supervisionTimeout };
}

/** See `Device.setDefaultSubrate`. */
export async function setDefaultSubrate(host: HciHost, wish: SubrateOptions): Promise<void> {
  const encoded = encodeSubrate('setDefaultSubrate', wish);
  if (!host.supports(leSetDefaultSubrate))
    throw new NotSupportedError(`${leSetDefaultSubrate.name}: this controller does not have the command`);
  await host.send(leSetDefaultSubrate, encoded);
}
