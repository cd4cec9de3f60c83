import {
  leAddDeviceToFilterAcceptList,
  leClearFilterAcceptList,
  leReadFilterAcceptListSize,
  leRemoveDeviceFromFilterAcceptList,
  leSetScanEnable,
  leSetScanParameters,
} from '../../../hci/commands/index.js';
import { Phy } from '../../air/airtime.js';
import { LeFeature, supports } from '../../link-layer/features.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandHandler, implement } from '../command-table.js';
import { needsPrivacy, ownAddressTypeKnown, scanTimesValid } from './checks.js';

/** Types that the Filter Accept List takes: public, random, and anonymous advertisers. */
function isListable(addressType: number): boolean {
  return addressType <= 1 || addressType === 0xff;
}

/** Legacy scanning and the Filter Accept List: Core Vol 4, Part E, 7.8.10, 7.8.11 and 7.8.14 to 7.8.17. */
export const scanningCommands: readonly CommandHandler[] = [
  implement(leSetScanParameters, ({ linkLayer, personality }, p) => {
    const { scanner } = linkLayer;
    const { leScanType, leScanInterval, leScanWindow, ownAddressType, scanningFilterPolicy } = p;
    if (leScanType > 1 || !scanTimesValid(leScanInterval, leScanWindow)) return HciStatus.invalidParameters;
    if (!ownAddressTypeKnown(ownAddressType) || scanningFilterPolicy > 3) return HciStatus.invalidParameters;
    // Policies 2 and 3 are the Extended Scanner Filter Policies: 7.8.10.
    const policies = supports(personality.leFeatures, LeFeature.extendedScanningFilterPolicies) ? 3 : 1;
    if (needsPrivacy(linkLayer, ownAddressType) || scanningFilterPolicy > policies) {
      return HciStatus.unsupportedFeatureOrParameterValue;
    }
    if (scanner.enabled) return HciStatus.commandDisallowed;
    scanner.parameters = {
      phys: [{ phy: Phy.le1M, active: leScanType === 1, interval: leScanInterval, window: leScanWindow }],
      ownAddressType,
      filterPolicy: scanningFilterPolicy,
    };
    return {};
  }),
  implement(leSetScanEnable, ({ linkLayer }, { leScanEnable, filterDuplicates }) => {
    const { scanner } = linkLayer;
    // Filter_Duplicates says nothing when scanning is switched off.
    if (leScanEnable > 1 || (leScanEnable === 1 && filterDuplicates > 1)) return HciStatus.invalidParameters;
    if (leScanEnable === 0) {
      scanner.disable();
      return {};
    }
    const own = linkLayer.ownAddress(scanner.parameters.ownAddressType, true);
    if (!own) return HciStatus.invalidParameters;
    scanner.enable(own, { filterDuplicates, duration: 0, period: 0 });
    return {};
  }),
  implement(leReadFilterAcceptListSize, ({ linkLayer }) => ({
    filterAcceptListSize: linkLayer.acceptList.capacity,
  })),
  implement(leClearFilterAcceptList, ({ linkLayer }) => {
    if (linkLayer.acceptListInUse) return HciStatus.commandDisallowed;
    linkLayer.acceptList.clear();
    return {};
  }),
  implement(leAddDeviceToFilterAcceptList, ({ linkLayer }, { addressType, address }) => {
    if (!isListable(addressType)) return HciStatus.invalidParameters;
    if (linkLayer.acceptListInUse) return HciStatus.commandDisallowed;
    return linkLayer.acceptList.add(addressType, address) ? {} : HciStatus.memoryCapacityExceeded;
  }),
  implement(leRemoveDeviceFromFilterAcceptList, ({ linkLayer }, { addressType, address }) => {
    if (!isListable(addressType)) return HciStatus.invalidParameters;
    if (linkLayer.acceptListInUse) return HciStatus.commandDisallowed;
    linkLayer.acceptList.remove(addressType, address);
    return {};
  }),
];
