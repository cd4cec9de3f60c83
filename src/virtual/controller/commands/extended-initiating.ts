import { Address } from '../../../core/address.js';
import { leExtendedCreateConnectionV1, leExtendedCreateConnectionV2 } from '../../../hci/commands/index.js';
import type { ParametersOf } from '../../../hci/definition.js';
import { basePhy } from '../../air/advertising-airtime.js';
import { AdvertisingPduType } from '../../air/advertising-pdu.js';
import { Phy } from '../../air/airtime.js';
import { Link } from '../../air/link.js';
import { LeFeature } from '../../link-layer/features.js';
import type { LinkLayer } from '../../link-layer/link-layer.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandHandler, implement } from '../command-table.js';
import { connectionRangeValid, extendedScanTimesValid, needsPrivacy, ownAddressTypeKnown } from './checks.js';

type Parameters = ParametersOf<typeof leExtendedCreateConnectionV1>;
type SubeventParameters = ParametersOf<typeof leExtendedCreateConnectionV2>;

/** Advertising_Handle and Subevent of an attempt that is not made by periodic advertising. */
const NONE = 0xff;

/** The status that refuses parameters that all attempts have in common, or success. */
function checkCommon(linkLayer: LinkLayer, p: Parameters, peer: Address | undefined): number {
  const phys = p.initiatingPhys;
  if (!phys.every((one) => connectionRangeValid(one))) return HciStatus.invalidParameters;
  if (!ownAddressTypeKnown(p.ownAddressType)) return HciStatus.invalidParameters;
  if (peer && p.peerAddressType > 1) return HciStatus.invalidParameters;
  if (needsPrivacy(linkLayer, p.ownAddressType)) return HciStatus.unsupportedFeatureOrParameterValue;
  if (linkLayer.initiating) return HciStatus.commandDisallowed;
  if (!linkLayer.addresses.own(p.ownAddressType, peer)) return HciStatus.invalidParameters;
  if (peer && linkLayer.isConnectedTo(peer)) return HciStatus.connectionAlreadyExists;
  return linkLayer.hasRoomForConnection ? HciStatus.success : HciStatus.connectionLimitExceeded;
}

/** Connects to an advertiser. */
function connect(linkLayer: LinkLayer, p: Parameters): number {
  const phys = p.initiatingPhys;
  const mask = phys.reduce((sum, { phy }) => sum | (1 << (phy - 1)), 0);
  if ((mask & ~linkLayer.phys) !== 0) return HciStatus.unsupportedFeatureOrParameterValue;
  // LE 2M has no primary channels: it cannot be alone.
  const primary = phys.filter(({ phy }) => phy !== Phy.le2M);
  if (primary.length === 0) return HciStatus.invalidParameters;
  if (!primary.every((one) => extendedScanTimesValid(one.scanInterval, one.scanWindow))) {
    return HciStatus.invalidParameters;
  }
  if (p.initiatorFilterPolicy > 1) return HciStatus.invalidParameters;
  const byList = p.initiatorFilterPolicy === 1;
  const peer = byList ? undefined : new Address(p.peerAddress, p.peerAddressType);
  const status = checkCommon(linkLayer, p, peer);
  if (status !== HciStatus.success) return status;
  linkLayer.initiator.start({
    phys: phys.map((one) => ({
      phy: one.phy,
      scanInterval: one.scanInterval,
      scanWindow: one.scanWindow,
      interval: one.connectionIntervalMin,
      latency: one.maxLatency,
      timeout: one.supervisionTimeout,
    })),
    extended: true,
    peer,
    ownAddressType: p.ownAddressType,
  });
  return HciStatus.success;
}

/** Connects to a receiver of a train with subevents. */
function connectInSubevent(linkLayer: LinkLayer, p: SubeventParameters): number {
  const { advertisingHandle, subevent } = p;
  const set = linkLayer.advertiser.get(advertisingHandle);
  if (!set) return HciStatus.unknownAdvertisingIdentifier;
  const advertising = set.periodic?.withSubevents;
  if (!advertising) return HciStatus.commandDisallowed;
  const phy = basePhy(advertising.train.phy);
  const parameters = p.initiatingPhys.find((one) => one.phy === phy);
  if (subevent >= advertising.plan.numSubevents || !parameters) return HciStatus.invalidParameters;
  const peer = new Address(p.peerAddress, p.peerAddressType);
  const status = checkCommon(linkLayer, p, peer);
  if (status !== HciStatus.success) return status;
  linkLayer.subeventInitiator.start(advertising, advertisingHandle, subevent, {
    type: AdvertisingPduType.connectInd,
    initA: linkLayer.addresses.own(p.ownAddressType, peer, set.randomAddress)!,
    advA: linkLayer.addresses.targetOf(p.ownAddressType, peer),
    chSel: true,
    interval: parameters.connectionIntervalMin,
    latency: parameters.maxLatency,
    timeout: parameters.supervisionTimeout,
    channelMap: linkLayer.channelMap.slice(),
    sca: linkLayer.sca,
    phy,
    link: new Link(linkLayer.air),
  });
  return HciStatus.success;
}

/** Extended initiating: Core Vol 4, Part E, 7.8.66. */
export const extendedInitiatingCommands: readonly CommandHandler[] = [
  implement(leExtendedCreateConnectionV1, ({ linkLayer }, p) => connect(linkLayer, p), {
    feature: LeFeature.leExtendedAdvertising,
  }),
  implement(
    leExtendedCreateConnectionV2,
    ({ linkLayer }, p) => {
      if (p.advertisingHandle === NONE && p.subevent === NONE) return connect(linkLayer, p);
      return connectInSubevent(linkLayer, p);
    },
    { feature: LeFeature.periodicAdvertisingWithResponsesAdvertiser },
  ),
];
