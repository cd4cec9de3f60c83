/** Kinds of legacy advertising: Core Vol 4, Part E, 7.8.5. */
export const AdvertisingType = {
  /** ADV_IND: connectable and scannable, to everybody. */
  connectable: 0,
  /** ADV_DIRECT_IND, high duty cycle: to one peer, for 1.28 s at most. */
  directedHighDuty: 1,
  /** ADV_SCAN_IND: scannable only. */
  scannable: 2,
  /** ADV_NONCONN_IND: neither. */
  nonConnectable: 3,
  /** ADV_DIRECT_IND, low duty cycle. */
  directedLowDuty: 4,
} as const;
