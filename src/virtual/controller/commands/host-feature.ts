import { leSetHostFeatureV1 } from '../../../hci/commands/index.js';
import { LeFeature, supports } from '../../link-layer/features.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandHandler, implement } from '../command-table.js';

/** The bits that the host sets, and the features of the controller one of which each of them needs. */
const hostBits: ReadonlyMap<number, readonly number[]> = new Map([
  [
    LeFeature.connectedIsochronousStreamHostSupport,
    [LeFeature.connectedIsochronousStreamCentral, LeFeature.connectedIsochronousStreamPeripheral],
  ],
  [LeFeature.connectionSubratingHostSupport, [LeFeature.connectionSubrating]],
  [LeFeature.advertisingCodingSelectionHostSupport, [LeFeature.advertisingCodingSelection]],
]);

/** What the host says that it can do: Core Vol 4, Part E, 7.8.115. */
export const hostFeatureCommands: readonly CommandHandler[] = [
  implement(leSetHostFeatureV1, ({ linkLayer }, { bitNumber, bitValue }) => {
    if (bitValue > 1) return HciStatus.invalidParameters;
    const needed = hostBits.get(bitNumber);
    if (!needed?.some((bit) => supports(linkLayer.features, bit))) {
      return HciStatus.unsupportedFeatureOrParameterValue;
    }
    if (linkLayer.connections.size > 0) return HciStatus.commandDisallowed;
    const bit = 1n << BigInt(bitNumber);
    linkLayer.features = bitValue === 1 ? linkLayer.features | bit : linkLayer.features & ~bit;
    return {};
  }),
];
