/** Why pairing failed: Core Vol 3, Part H, 3.5.5, table 3.7. */
export const pairingFailedReasons: Readonly<Record<number, string>> = {
  1: 'Passkey Entry Failed',
  2: 'OOB Not Available',
  3: 'Authentication Requirements',
  4: 'Confirm Value Failed',
  5: 'Pairing Not Supported',
  6: 'Encryption Key Size',
  7: 'Command Not Supported',
  8: 'Unspecified Reason',
  9: 'Repeated Attempts',
  10: 'Invalid Parameters',
  11: 'DHKey Check Failed',
  12: 'Numeric Comparison Failed',
  13: 'BR/EDR Pairing in Progress',
  14: 'Cross-transport Key Derivation/Generation Not Allowed',
  15: 'Key Rejected',
  16: 'Busy',
};
