import { type KeyDistribution, keyMask, keysOfMask } from './key-distribution.js';

/** What a device can show and take from its user: Core Vol 3, Part H, 3.5.1, table 3.4. */
export const IoCapability = {
  displayOnly: 0,
  displayYesNo: 1,
  keyboardOnly: 2,
  noInputNoOutput: 3,
  keyboardDisplay: 4,
} as const;

/** One of {@link IoCapability}. */
export type IoCapabilityCode = 0 | 1 | 2 | 3 | 4;

/** What a Pairing Request or Pairing Response says: Core Vol 3, Part H, 3.5.1. */
export interface PairingFeatures {
  readonly ioCapability: IoCapabilityCode;
  /** Whether the sender has out-of-band data of the other device. */
  readonly oob: boolean;
  readonly bonding: boolean;
  readonly mitm: boolean;
  readonly secureConnections: boolean;
  readonly keypress: boolean;
  /** Whether the sender says that it can the function h7 (CT2); not looked at in what comes. */
  readonly ct2?: boolean;
  /** The longest key, 7–16 octets. */
  readonly maxKeySize: number;
  readonly initiatorKeys: KeyDistribution;
  readonly responderKeys: KeyDistribution;
}

const FEATURES_LENGTH = 7;

/** The AuthReq octet: 3.5.1, figure 3.3. */
export function authReqOf(
  features: Pick<PairingFeatures, 'bonding' | 'mitm' | 'secureConnections' | 'keypress' | 'ct2'>,
) {
  const { bonding, mitm, secureConnections, keypress, ct2 } = features;
  const authentication = (bonding ? 0x01 : 0) | (mitm ? 0x04 : 0) | (secureConnections ? 0x08 : 0);
  return authentication | (keypress ? 0x10 : 0) | (ct2 ? 0x20 : 0);
}

/** What an AuthReq octet asks for; reserved bits are passed over. */
export function readAuthReq(octet: number) {
  return {
    bonding: (octet & 0x03) === 0x01,
    mitm: (octet & 0x04) !== 0,
    secureConnections: (octet & 0x08) !== 0,
    keypress: (octet & 0x10) !== 0,
  };
}

/** A Pairing Request (0x01) or Pairing Response (0x02), code first. */
export function encodeFeatures(code: 0x01 | 0x02, features: PairingFeatures): Uint8Array {
  return Uint8Array.of(
    code,
    features.ioCapability,
    features.oob ? 1 : 0,
    authReqOf(features),
    features.maxKeySize,
    keyMask(features.initiatorKeys),
    keyMask(features.responderKeys),
  );
}

/** @returns `undefined` when a value is outside of its range */
export function decodeFeatures(pdu: Uint8Array): PairingFeatures | undefined {
  const [, ioCapability = 0xff, oob = 0xff, authReq = 0, maxKeySize = 0, initiator = 0, responder = 0] = pdu;
  if (pdu.length !== FEATURES_LENGTH || ioCapability > 4 || oob > 1 || maxKeySize < 7 || maxKeySize > 16)
    return undefined;
  return {
    ioCapability: ioCapability as IoCapabilityCode,
    oob: oob === 1,
    ...readAuthReq(authReq),
    maxKeySize,
    initiatorKeys: keysOfMask(initiator),
    responderKeys: keysOfMask(responder),
  };
}
