import * as commands from '../commands/index.js';
import type { AnyEvent } from '../definition.js';
import * as events from '../events/index.js';
import { hasLeFeature, LeFeature, type LeFeatureName } from '../features.js';
import type { HciHost } from '../host.js';
import { ask } from './ask.js';
import type { ControllerInfo } from './controller-info.js';

/** What bring-up needs for controllers of Bluetooth 5 and later; loaded for those only. */

/** What a host needs of the extended commands to do all that it does with the legacy ones. */
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

/** Whether a controller has all that is needed to do without the legacy commands. */
export function hasExtendedCommands(host: HciHost, leFeatures: Uint8Array): boolean {
  return hasLeFeature(leFeatures, 'leExtendedAdvertising') && needed.every((one) => host.supports(one));
}

/** Asks how far extended advertising goes. These commands are of the extended kind themselves (3.1.1). */
export async function readAdvertisingLimits(
  host: HciHost,
): Promise<
  Pick<ControllerInfo, 'maxAdvertisingDataLength' | 'advertisingSets' | 'periodicAdvertiserListSize'>
> {
  const length = await ask(host, commands.leReadMaximumAdvertisingDataLength, {});
  const sets = await ask(host, commands.leReadNumberOfSupportedAdvertisingSets, {});
  const list = await ask(host, commands.leReadPeriodicAdvertiserListSize, {});
  return {
    maxAdvertisingDataLength: length?.maxAdvertisingDataLength ?? 31,
    advertisingSets: sets?.numSupportedAdvertisingSets ?? 1,
    periodicAdvertiserListSize: list?.periodicAdvertiserListSize,
  };
}

/** What a controller does only where its host can do it as well, and the bit that says so. */
const hostFeatures = [
  ['connectionSubrating', 'connectionSubratingHostSupport'],
  ['advertisingCodingSelection', 'advertisingCodingSelectionHostSupport'],
] as const;

/** Tells the controller what this host does of its own accord, where both have to: 7.8.115. */
export async function setHostFeatures(host: HciHost, leFeatures: Uint8Array): Promise<void> {
  for (const [feature, hostSupport] of hostFeatures) {
    if (!hasLeFeature(leFeatures, feature)) continue;
    await ask(host, commands.leSetHostFeatureV1, { bitNumber: LeFeature[hostSupport], bitValue: 1 });
  }
}

type WithFeature = readonly [feature: LeFeatureName, ...list: AnyEvent[]];

const ofExtended: readonly WithFeature[] = [
  [
    'leExtendedAdvertising',
    events.leExtendedAdvertisingReport,
    events.leScanTimeout,
    events.leAdvertisingSetTerminated,
    events.leScanRequestReceived,
  ],
  [
    'lePeriodicAdvertising',
    events.lePeriodicAdvertisingSyncEstablishedV1,
    events.lePeriodicAdvertisingReportV1,
    events.lePeriodicAdvertisingSyncLost,
  ],
  ['periodicAdvertisingSyncTransferRecipient', events.lePeriodicAdvertisingSyncTransferReceivedV1],
  [
    'periodicAdvertisingWithResponsesAdvertiser',
    events.lePeriodicAdvertisingSubeventDataRequest,
    events.lePeriodicAdvertisingResponseReport,
    events.leEnhancedConnectionCompleteV2,
  ],
  [
    'periodicAdvertisingWithResponsesScanner',
    events.lePeriodicAdvertisingSyncEstablishedV2,
    events.lePeriodicAdvertisingReportV2,
    events.lePeriodicAdvertisingSyncTransferReceivedV2,
    events.leEnhancedConnectionCompleteV2,
  ],
  ['synchronizedReceiver', events.leBigInfoAdvertisingReport],
];

const ofLinks: readonly WithFeature[] = [
  ['lePathLossMonitoring', events.lePathLossThreshold],
  ['lePowerControlRequest', events.leTransmitPowerReporting],
  ['connectionSubrating', events.leSubrateChange],
];

/** The events that the features of a controller bring. */
export function eventsOf({
  leFeatures,
  advertisingCommands,
}: Pick<ControllerInfo, 'leFeatures' | 'advertisingCommands'>): AnyEvent[] {
  const all = advertisingCommands === 'extended' ? [...ofExtended, ...ofLinks] : ofLinks;
  return all.flatMap(([feature, ...list]) => (hasLeFeature(leFeatures, feature) ? list : []));
}
