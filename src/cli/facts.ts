/** Names for the numbers that a controller gives: assigned numbers 2.1 and 7.1. */

/** Core specification versions by HCI_Version, from 6 on: LE came with 4.0. */
const versions = ['4.0', '4.1', '4.2', '5.0', '5.1', '5.2', '5.3', '5.4', '6.0', '6.1', '6.2'];

/** The Core specification version that an HCI_Version or LMP_Version stands for. */
export function coreVersion(code: number): string | undefined {
  return versions[code - 6];
}

/** Who makes the controllers, and what runs on them, that this project is likely to meet. */
const manufacturers: Readonly<Record<number, string>> = {
  2: 'Intel',
  9: 'Infineon',
  10: 'Qualcomm Technologies International (CSR)',
  13: 'Texas Instruments',
  15: 'Broadcom',
  29: 'Qualcomm',
  48: 'ST Microelectronics',
  63: 'Bluetooth SIG',
  70: 'MediaTek',
  89: 'Nordic Semiconductor (SoftDevice Controller)',
  93: 'Realtek',
  305: 'Cypress',
  741: 'Espressif',
  767: 'Silicon Laboratories',
  1521: 'The Linux Foundation (Zephyr)',
  2024: 'Packetcraft',
};

/** The name behind a company identifier, where it is one of those that make controllers. */
export function manufacturerName(companyIdentifier: number): string | undefined {
  return manufacturers[companyIdentifier];
}

/** The numbers of the bits that are set, bit 0 of the first octet being 0. */
export function setBits(mask: Uint8Array): number[] {
  const bits: number[] = [];
  for (let bit = 0; bit < mask.length * 8; bit++) if (mask[bit >> 3]! & (1 << (bit & 7))) bits.push(bit);
  return bits;
}
