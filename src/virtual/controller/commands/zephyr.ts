import { BdAddr } from '../../../core/address.js';
import {
  zephyrReadChipTemperature,
  zephyrReadKeyHierarchyRoots,
  zephyrReadSupportedFeatures,
  zephyrWriteBdAddr,
} from '../../../hci/vendor/zephyr.js';
import {
  zephyrReadBuildInformation,
  zephyrReadStaticAddresses,
  zephyrReadSupportedCommands,
  zephyrReadVersionInformation,
} from '../../../hci/vendor/zephyr-information.js';
import { type CommandHandler, implement } from '../command-table.js';
import type { Personality, ZephyrFigures } from '../personality.js';

/** Bit n of the mask is opcode 0xFC01 + n. */
const FIRST_OPCODE = 0xfc01;

function vendorMask({ vendorCommands = [] }: Personality): Uint8Array {
  const mask = new Uint8Array(64);
  for (const opcode of vendorCommands) {
    const bit = opcode - FIRST_OPCODE;
    if (bit >= 0 && bit < 512) mask[bit >> 3]! |= 1 << (bit & 7);
  }
  return mask;
}

function figures({ zephyr }: Personality): ZephyrFigures {
  if (!zephyr) throw new RangeError('personality.zephyr: missing beside the vendor commands that tell of it');
  return zephyr;
}

/** The vendor commands of Zephyr and, in part, of the SoftDevice Controller: zephyr/bluetooth/hci_vs.h. */
export const zephyrCommands: readonly CommandHandler[] = [
  implement(zephyrReadVersionInformation, ({ personality }) => {
    const { buildInformation: _text, chipTemperature: _degrees, ...version } = figures(personality);
    return version;
  }),
  implement(zephyrReadSupportedCommands, ({ personality }) => ({
    supportedCommands: vendorMask(personality),
  })),
  implement(zephyrReadSupportedFeatures, () => ({ features: new Uint8Array(8) })),
  implement(zephyrWriteBdAddr, ({ linkLayer }, { bdAddr }) => {
    linkLayer.address = bdAddr;
    return {};
  }),
  implement(zephyrReadBuildInformation, ({ personality }) => ({
    buildInformation: figures(personality).buildInformation,
  })),
  implement(zephyrReadStaticAddresses, ({ chip }) => ({
    addresses: chip.staticAddress.equals(BdAddr.zero)
      ? []
      : [{ address: chip.staticAddress, identityRoot: chip.identityRoot }],
  })),
  implement(zephyrReadKeyHierarchyRoots, ({ chip }) => ({
    identityRoot: chip.identityRoot,
    encryptionRoot: chip.encryptionRoot,
  })),
  implement(zephyrReadChipTemperature, ({ personality }) => ({
    temperature: figures(personality).chipTemperature,
  })),
];
