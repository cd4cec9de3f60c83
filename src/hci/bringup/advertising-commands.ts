import * as commands from '../commands/index.js';
import { hasLeFeature } from '../features.js';
import type { HciHost } from '../host.js';
import { ask } from './ask.js';
import type { AdvertisingCommands, ControllerInfo } from './controller-info.js';

/** What a host needs of the extended ones to do all that it did with the legacy ones. */
const needed = [
  commands.leSetAdvertisingSetRandomAddress,
  commands.leSetExtendedAdvertisingParametersV1,
  commands.leSetExtendedAdvertisingData,
  commands.leSetExtendedScanResponseData,
  commands.leSetExtendedAdvertisingEnable,
  commands.leRemoveAdvertisingSet,
  commands.leSetExtendedScanParameters,
  commands.leSetExtendedScanEnable,
  commands.leExtendedCreateConnectionV1,
];

/**
 * The kind of commands for a controller: extended ones where it has all that is needed of them, else legacy ones.
 * @param wish `auto`, or the kind to use whatever the controller says
 */
export function chooseAdvertisingCommands(
  host: HciHost,
  leFeatures: Uint8Array,
  wish: AdvertisingCommands | 'auto',
): AdvertisingCommands {
  if (wish !== 'auto') return wish;
  const able = hasLeFeature(leFeatures, 'leExtendedAdvertising') && needed.every((one) => host.supports(one));
  return able ? 'extended' : 'legacy';
}

/** Asks how far extended advertising goes. These commands are of the extended kind themselves. */
export async function readAdvertisingLimits(
  host: HciHost,
  kind: AdvertisingCommands,
): Promise<
  Pick<ControllerInfo, 'maxAdvertisingDataLength' | 'advertisingSets' | 'periodicAdvertiserListSize'>
> {
  if (kind === 'legacy')
    return { maxAdvertisingDataLength: 31, advertisingSets: 1, periodicAdvertiserListSize: undefined };
  const length = await ask(host, commands.leReadMaximumAdvertisingDataLength, {});
  const sets = await ask(host, commands.leReadNumberOfSupportedAdvertisingSets, {});
  const list = await ask(host, commands.leReadPeriodicAdvertiserListSize, {});
  return {
    maxAdvertisingDataLength: length?.maxAdvertisingDataLength ?? 31,
    advertisingSets: sets?.numSupportedAdvertisingSets ?? 1,
    periodicAdvertiserListSize: list?.periodicAdvertiserListSize,
  };
}
