import * as commands from '../commands/index.js';
import type { AnyEvent } from '../definition.js';
import * as events from '../events/index.js';
import { hasLeFeature, type LeFeatureName } from '../features.js';
import type { HciHost } from '../host.js';
import { ask } from './ask.js';
import type { ControllerInfo } from './controller-info.js';

/** The events that the layers above handle; what nobody handles is not sent. */
const used: readonly AnyEvent[] = [
  events.disconnectionComplete,
  events.encryptionChangeV1,
  events.encryptionKeyRefreshComplete,
  events.readRemoteVersionInformationComplete,
  events.hardwareError,
  events.dataBufferOverflow,
  events.leMeta,
];

const usedLe: readonly AnyEvent[] = [
  events.leConnectionComplete,
  events.leAdvertisingReport,
  events.leConnectionUpdateComplete,
  events.leLongTermKeyRequest,
  events.leReadRemoteFeaturesPage0Complete,
  events.leDataLengthChange,
  events.leEnhancedConnectionCompleteV1,
  events.leDirectedAdvertisingReport,
  events.lePhyUpdateComplete,
];

/** Those of extended advertising and what builds on it: not for a controller that knows the legacy commands only. */
const usedExtended: readonly AnyEvent[] = [
  events.leExtendedAdvertisingReport,
  events.leScanTimeout,
  events.leAdvertisingSetTerminated,
  events.leScanRequestReceived,
];

type WithFeature = readonly [feature: LeFeatureName, ...list: AnyEvent[]];

const usedExtendedWith: readonly WithFeature[] = [
  [
    'lePeriodicAdvertising',
    events.lePeriodicAdvertisingSyncEstablishedV1,
    events.lePeriodicAdvertisingReportV1,
    events.lePeriodicAdvertisingSyncLost,
  ],
  ['periodicAdvertisingSyncTransferRecipient', events.lePeriodicAdvertisingSyncTransferReceivedV1],
  ['synchronizedReceiver', events.leBigInfoAdvertisingReport],
];

/** Those that a feature of links brings. */
const usedWith: readonly WithFeature[] = [
  ['lePathLossMonitoring', events.lePathLossThreshold],
  ['lePowerControlRequest', events.leTransmitPowerReporting],
  ['connectionSubrating', events.leSubrateChange],
];

/** Asks for the events that are used: Core Vol 4, Part E, 7.3.1 and 7.8.1. Of page 2 (7.3.69) none is, so that it stays as after a Reset. */
export async function setEventMasks(
  host: HciHost,
  { leFeatures, advertisingCommands }: Pick<ControllerInfo, 'leFeatures' | 'advertisingCommands'>,
): Promise<void> {
  await ask(host, commands.setEventMask, { eventMask: maskOf(used) });
  const extended = advertisingCommands === 'extended';
  const withFeature = extended ? [...usedWith, ...usedExtendedWith] : usedWith;
  const le = [
    ...usedLe,
    ...(extended ? usedExtended : []),
    ...withFeature.flatMap(([feature, ...list]) => (hasLeFeature(leFeatures, feature) ? list : [])),
  ];
  await ask(host, commands.leSetEventMask, { leEventMask: maskOf(le) });
}

function maskOf(list: readonly AnyEvent[]): bigint {
  return list.reduce((bits, { maskBit, name }) => {
    if (maskBit === undefined) throw new TypeError(`${name} has no bit in the event mask`);
    return bits | (1n << BigInt(maskBit));
  }, 0n);
}
