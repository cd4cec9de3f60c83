import { AttError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import { attName } from './opcodes.js';

/** ATT error codes: Core Vol 3, Part F, 3.4.1.1; 0xE0–0xFF: Core Specification Supplement, Part B. */
export const AttErrorCode = {
  invalidHandle: 0x01,
  readNotPermitted: 0x02,
  writeNotPermitted: 0x03,
  invalidPdu: 0x04,
  insufficientAuthentication: 0x05,
  requestNotSupported: 0x06,
  invalidOffset: 0x07,
  insufficientAuthorization: 0x08,
  prepareQueueFull: 0x09,
  attributeNotFound: 0x0a,
  attributeNotLong: 0x0b,
  encryptionKeySizeTooShort: 0x0c,
  invalidAttributeValueLength: 0x0d,
  unlikelyError: 0x0e,
  insufficientEncryption: 0x0f,
  unsupportedGroupType: 0x10,
  insufficientResources: 0x11,
  databaseOutOfSync: 0x12,
  valueNotAllowed: 0x13,
  writeRequestRejected: 0xfc,
  cccdImproperlyConfigured: 0xfd,
  procedureAlreadyInProgress: 0xfe,
  outOfRange: 0xff,
} as const;

const names: Readonly<Record<number, string>> = {
  1: 'Invalid Handle',
  2: 'Read Not Permitted',
  3: 'Write Not Permitted',
  4: 'Invalid PDU',
  5: 'Insufficient Authentication',
  6: 'Request Not Supported',
  7: 'Invalid Offset',
  8: 'Insufficient Authorization',
  9: 'Prepare Queue Full',
  10: 'Attribute Not Found',
  11: 'Attribute Not Long',
  12: 'Encryption Key Size Too Short',
  13: 'Invalid Attribute Value Length',
  14: 'Unlikely Error',
  15: 'Insufficient Encryption',
  16: 'Unsupported Group Type',
  17: 'Insufficient Resources',
  18: 'Database Out Of Sync',
  19: 'Value Not Allowed',
  252: 'Write Request Rejected',
  253: 'Client Characteristic Configuration Descriptor Improperly Configured',
  254: 'Procedure Already in Progress',
  255: 'Out of Range',
};

/** The name of an ATT error code; `undefined` for one that nobody knows. */
export function attErrorName(code: number): string | undefined {
  return names[code] ?? (code >= 0x80 && code <= 0x9f ? 'application error' : undefined);
}

/** An ATT error code with its meaning: `0x01 Invalid Handle`. */
export function describeAttError(code: number): string {
  return `${hexCode(code)} ${attErrorName(code) ?? 'unknown'}`;
}

/** The error for an Error Response that came. */
export function attErrorFor(code: number, request: number, handle: number): AttError {
  const where = handle === 0 ? '' : ` of handle ${hexCode(handle, 4)}`;
  return new AttError(
    `${attName(request)}${where} was refused by the peer: ${describeAttError(code)}`,
    code,
    request,
    handle,
  );
}
