import { BdAddr } from '../../core/address.js';
import type { HciHost } from '../host.js';
import * as zephyr from '../vendor/zephyr-information.js';
import { ask } from './ask.js';

/** What runs on a controller. */
export interface Firmware {
  /** For people: `Zephyr link layer`, `Nordic SoftDevice Controller`. */
  readonly name: string;
  /** Its version and chip, where a vendor command tells them. */
  readonly version: string | undefined;
  /** What is known to be wrong with it; `undefined` when nothing is. */
  readonly problem: string | undefined;
}

/** What the vendor's commands tell. */
export interface VendorFacts {
  readonly firmware: Firmware;
  readonly staticAddresses: readonly BdAddr[];
}

/** Company identifiers of those who make controllers. */
const ZEPHYR = 0x05f1;
const NORDIC = 0x0059;

/** What a company's controllers run. */
const names: Readonly<Record<number, string>> = {
  2: 'Intel firmware',
  10: 'CSR firmware',
  13: 'Texas Instruments firmware',
  15: 'Broadcom firmware',
  29: 'Qualcomm firmware',
  70: 'MediaTek firmware',
  [NORDIC]: 'Nordic SoftDevice Controller',
  93: 'Realtek firmware',
  305: 'Cypress firmware',
  741: 'Espressif controller',
  [ZEPHYR]: 'Zephyr link layer',
  2024: 'Packetcraft link layer',
};

/** What of a version tells that the operating system has to load firmware first. */
interface VersionFacts {
  readonly companyIdentifier: number;
  readonly hciVersion: number;
  readonly lmpSubversion: number;
}

/** RTL8761B tells its chip as LMP subversion until its firmware is there. */
const REALTEK_ROMS: readonly number[] = [0x8761, 0x8822, 0x8852, 0x8723, 0x8821];

/** What is missing, as the version tells it. */
export function missingFirmware({
  companyIdentifier,
  lmpSubversion,
  hciVersion,
}: VersionFacts): string | undefined {
  if (companyIdentifier === 0x005d && REALTEK_ROMS.includes(lmpSubversion)) {
    return (
      `its firmware was not loaded (it still runs its ROM, 0x${lmpSubversion.toString(16)}): let Linux load it first ` +
      '(package firmware-realtek, files rtl_bt/*), as bluewire does not'
    );
  }
  if (companyIdentifier === 0x0002 && hciVersion === 0 && lmpSubversion === 0)
    return 'its firmware was not loaded: the operating system does that (linux-firmware, files intel/ibt-*)';
  return undefined;
}

/**
 * What runs on the controller. Vendor commands are sent to their own vendor's controllers only: the same opcodes mean other
 * things elsewhere.
 */
export async function readFirmware(host: HciHost, version: VersionFacts): Promise<VendorFacts> {
  const { companyIdentifier } = version;
  const name = names[companyIdentifier] ?? 'unknown firmware';
  const problem = missingFirmware(version);
  if (companyIdentifier !== ZEPHYR && companyIdentifier !== NORDIC)
    return { firmware: { name, version: undefined, problem }, staticAddresses: [] };
  const supported = await ask(host, zephyr.zephyrReadSupportedCommands, {});
  // Bit n of the mask is command 0xFC01 + n.
  const has = (opcode: number) => {
    const bit = (opcode & 0x3ff) - 1;
    return ((supported?.supportedCommands[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  };
  const read = async <R>(command: Parameters<typeof ask<Record<never, never>, R>>[1]) =>
    has(command.opcode) ? ask(host, command, {}) : undefined;
  const information = await read(zephyr.zephyrReadVersionInformation);
  const build = await read(zephyr.zephyrReadBuildInformation);
  const addresses = await read(zephyr.zephyrReadStaticAddresses);
  const parts = [
    information && `${information.firmwareVersion}.${information.firmwareRevision}`,
    information && chip(information.hardwarePlatform, information.hardwareVariant),
    build?.buildInformation.replace(/\0.*$/s, '').trim(),
  ].filter((part): part is string => part !== undefined && part !== '');
  return {
    firmware: { name, version: parts.length === 0 ? undefined : parts.join(', '), problem },
    staticAddresses: (addresses?.addresses ?? [])
      .map(({ address }) => address)
      .filter((address) => address.wire[5]! >> 6 === 3 && !address.equals(BdAddr.zero)),
  };
}

const nordicChips = ['', 'nRF51', 'nRF52', 'nRF53', 'nRF54H', 'nRF54L'];

function chip(platform: number, variant: number): string | undefined {
  if (platform === 2) return nordicChips[variant] || 'Nordic chip';
  return { 1: 'Intel', 3: 'NXP', 4: 'Espressif chip' }[platform];
}
