import { leSetExtendedScanEnable, leSetExtendedScanParameters } from '../../../hci/commands/index.js';
import { Phy } from '../../air/airtime.js';
import { FilterDuplicates } from '../../link-layer/duplicate-filter.js';
import { LeFeature, supports } from '../../link-layer/features.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandHandler, implement } from '../command-table.js';
import { extendedScanTimesValid, needsPrivacy, ownAddressTypeKnown } from './checks.js';

const extended = { feature: LeFeature.leExtendedAdvertising };
/** Units of 10 ms in one of 1.28 s. */
const DURATIONS_IN_PERIOD = 128;

/** Extended scanning: Core Vol 4, Part E, 7.8.64 and 7.8.65. */
export const extendedScanningCommands: readonly CommandHandler[] = [
  implement(
    leSetExtendedScanParameters,
    ({ linkLayer, personality }, { ownAddressType, scanningFilterPolicy, scanningPhys }) => {
      const { scanner } = linkLayer;
      // LE 2M has no primary channels.
      const isPrimary = (phy: number) =>
        phy === Phy.le1M || (phy === Phy.leCoded && (linkLayer.phys & 4) !== 0);
      if (scanningPhys.length === 0) return HciStatus.invalidParameters;
      if (!scanningPhys.every(({ phy }) => isPrimary(phy)))
        return HciStatus.unsupportedFeatureOrParameterValue;
      for (const { scanType, scanInterval, scanWindow } of scanningPhys) {
        if (scanType > 1 || !extendedScanTimesValid(scanInterval, scanWindow))
          return HciStatus.invalidParameters;
      }
      if (!ownAddressTypeKnown(ownAddressType) || scanningFilterPolicy > 3)
        return HciStatus.invalidParameters;
      const policies = supports(personality.leFeatures, LeFeature.extendedScanningFilterPolicies) ? 3 : 1;
      if (needsPrivacy(linkLayer, ownAddressType) || scanningFilterPolicy > policies) {
        return HciStatus.unsupportedFeatureOrParameterValue;
      }
      if (scanner.enabled) return HciStatus.commandDisallowed;
      scanner.parameters = {
        phys: scanningPhys.map(({ phy, scanType, scanInterval, scanWindow }) => ({
          phy,
          active: scanType === 1,
          interval: scanInterval,
          window: scanWindow,
        })),
        ownAddressType,
        filterPolicy: scanningFilterPolicy,
      };
      return {};
    },
    extended,
  ),
  implement(
    leSetExtendedScanEnable,
    ({ linkLayer }, { enable, filterDuplicates, duration, period }) => {
      const { scanner } = linkLayer;
      if (enable > 1) return HciStatus.invalidParameters;
      if (enable === 0) {
        scanner.disable();
        return {};
      }
      const eachPeriod = filterDuplicates === FilterDuplicates.onEachPeriod;
      if (
        filterDuplicates > FilterDuplicates.onEachPeriod ||
        (eachPeriod && (duration === 0 || period === 0))
      ) {
        return HciStatus.invalidParameters;
      }
      if (duration > 0 && period > 0 && duration >= period * DURATIONS_IN_PERIOD) {
        return HciStatus.invalidParameters;
      }
      const own = linkLayer.ownAddress(scanner.parameters.ownAddressType, true);
      if (!own) return HciStatus.invalidParameters;
      scanner.enable(own, { filterDuplicates, duration, period }, true);
      return {};
    },
    extended,
  ),
];
