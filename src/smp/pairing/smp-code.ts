import { hexCode } from '../../core/hex.js';

/** The codes of SMP packets: Core Vol 3, Part H, 3.3, table 3.3. */
export const SmpCode = {
  pairingRequest: 0x01,
  pairingResponse: 0x02,
  pairingConfirm: 0x03,
  pairingRandom: 0x04,
  pairingFailed: 0x05,
  encryptionInformation: 0x06,
  centralIdentification: 0x07,
  identityInformation: 0x08,
  identityAddressInformation: 0x09,
  signingInformation: 0x0a,
  securityRequest: 0x0b,
  pairingPublicKey: 0x0c,
  pairingDhKeyCheck: 0x0d,
  keypressNotification: 0x0e,
} as const;

/** One of {@link SmpCode}. */
export type SmpCodeValue = (typeof SmpCode)[keyof typeof SmpCode];

/** What each packet is called and how many octets it has, its code counted, by code: 3.5 and 3.6. */
const packets: readonly (readonly [name: string, length: number] | undefined)[] = [
  undefined,
  ['Pairing Request', 7],
  ['Pairing Response', 7],
  ['Pairing Confirm', 17],
  ['Pairing Random', 17],
  ['Pairing Failed', 2],
  ['Encryption Information', 17],
  ['Central Identification', 11],
  ['Identity Information', 17],
  ['Identity Address Information', 8],
  ['Signing Information', 17],
  ['Security Request', 2],
  ['Pairing Public Key', 65],
  ['Pairing DHKey Check', 17],
  ['Pairing Keypress Notification', 2],
];

/** How long a packet of this code is; `undefined` for a code that the specification does not know. */
export function pduLength(code: number): number | undefined {
  return packets[code]?.[1];
}

/** Whether a packet carries a key, or what belongs to one: those travel over an encrypted link only (3.6). */
export function isKeyPdu(code: number): boolean {
  return code >= SmpCode.encryptionInformation && code <= SmpCode.signingInformation;
}

/** A packet by its name. */
export function describePdu(code: number): string {
  return packets[code]?.[0] ?? `an SMP packet of code ${hexCode(code, 2)}`;
}
