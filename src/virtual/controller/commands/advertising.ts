import { Address } from '../../../core/address.js';
import {
  leSetAdvertisingData,
  leSetAdvertisingEnable,
  leSetAdvertisingParameters,
  leSetRandomAddress,
  leSetScanResponseData,
} from '../../../hci/commands/index.js';
import {
  AdvertisingType,
  defaultAdvertisingParameters,
  legacyProperties,
} from '../../link-layer/advertising-parameters.js';
import { DataOperation } from '../../link-layer/fragmented-data.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandHandler, implement } from '../command-table.js';
import { needsPrivacy, ownAddressTypeKnown } from './checks.js';

/** High duty cycle directed advertising ends after 1.28 s: Core Vol 6, Part B, 4.4.2.4.3. */
const HIGH_DUTY_DURATION = 1_280_000;

/** Legacy advertising: Core Vol 4, Part E, 7.8.4 to 7.8.9. */
export const advertisingCommands: readonly CommandHandler[] = [
  implement(leSetRandomAddress, ({ linkLayer }, { randomAddress }) => {
    const { advertiser, scanner, initiator } = linkLayer;
    if (advertiser.legacy.enabled || scanner.enabled || initiator.enabled) return HciStatus.commandDisallowed;
    linkLayer.randomAddress = randomAddress;
    return {};
  }),
  implement(leSetAdvertisingParameters, ({ linkLayer }, p) => {
    const { legacy } = linkLayer.advertiser;
    const type = p.advertisingType;
    if (type > AdvertisingType.directedLowDuty || !ownAddressTypeKnown(p.ownAddressType)) {
      return HciStatus.invalidParameters;
    }
    if (p.peerAddressType > 1 || p.advertisingFilterPolicy > 3) return HciStatus.invalidParameters;
    if (p.advertisingChannelMap < 1 || p.advertisingChannelMap > 7) return HciStatus.invalidParameters;
    const { advertisingIntervalMin: min, advertisingIntervalMax: max } = p;
    // High duty cycle has no interval: 7.8.5.
    if (type !== AdvertisingType.directedHighDuty && (min < 0x0020 || max > 0x4000 || min > max)) {
      return HciStatus.invalidParameters;
    }
    if (needsPrivacy(linkLayer, p.ownAddressType)) return HciStatus.unsupportedFeatureOrParameterValue;
    if (legacy.enabled) return HciStatus.commandDisallowed;
    legacy.parameters = {
      ...defaultAdvertisingParameters,
      properties: legacyProperties[type]!,
      intervalMin: min,
      intervalMax: max,
      ownAddressType: p.ownAddressType,
      peer: new Address(p.peerAddress, p.peerAddressType),
      channelMap: p.advertisingChannelMap,
      filterPolicy: p.advertisingFilterPolicy,
    };
    return {};
  }),
  implement(leSetAdvertisingData, ({ linkLayer }, { advertisingData }) => {
    const { legacy } = linkLayer.advertiser;
    legacy.data.add(DataOperation.complete, advertisingData);
    legacy.refresh();
    return {};
  }),
  implement(leSetScanResponseData, ({ linkLayer }, { scanResponseData }) => {
    linkLayer.advertiser.legacy.response.add(DataOperation.complete, scanResponseData);
    return {};
  }),
  implement(leSetAdvertisingEnable, ({ linkLayer }, { advertisingEnable }) => {
    const { legacy } = linkLayer.advertiser;
    if (advertisingEnable > 1) return HciStatus.invalidParameters;
    if (advertisingEnable === 0) {
      legacy.disable();
      return {};
    }
    const own = linkLayer.addresses.own(legacy.parameters.ownAddressType, legacy.parameters.peer);
    if (!own) return HciStatus.invalidParameters;
    if (legacy.connectable && !linkLayer.hasRoomForConnection) return HciStatus.connectionLimitExceeded;
    legacy.enable(own, { duration: legacy.highDuty ? HIGH_DUTY_DURATION : 0, maxEvents: 0 });
    return {};
  }),
];
