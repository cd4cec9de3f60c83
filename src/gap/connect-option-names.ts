/** What a connection attempt may do otherwise on one PHY. */
export const ofPhy: readonly string[] = ['parameters', 'scanIntervalMs', 'scanWindowMs'];

/** The names of the options of `Device.connect`: apart from it, as it is loaded with the first device only. */
export const connectOptions: readonly string[] = [
  ...ofPhy,
  'timeoutMs',
  'signal',
  'phys',
  'through',
  'ownAddressType',
  'exchangeMtu',
  'encrypt',
];
