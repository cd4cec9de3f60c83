/** Which keys a side gives to the other: Core Vol 3, Part H, 3.6.1. */
export interface KeyDistribution {
  /** LTK, EDIV and Rand; of no meaning with Secure Connections. */
  readonly encryption: boolean;
  /** IRK and identity address. */
  readonly identity: boolean;
  /** CSRK. */
  readonly signing: boolean;
  /** Whether a BR/EDR link key is to be derived; nothing is sent for it. Only for who has BR/EDR beside this stack. */
  readonly linkKey?: boolean;
}

/** None of them. */
export const noKeys: KeyDistribution = { encryption: false, identity: false, signing: false };

/** The octet of a Pairing Request or Response. */
export function keyMask({ encryption, identity, signing, linkKey }: KeyDistribution): number {
  return (encryption ? 1 : 0) | (identity ? 2 : 0) | (signing ? 4 : 0) | (linkKey ? 8 : 0);
}

/** What such an octet says; reserved bits are passed over. */
export function keysOfMask(mask: number): KeyDistribution {
  return {
    encryption: (mask & 1) !== 0,
    identity: (mask & 2) !== 0,
    signing: (mask & 4) !== 0,
    linkKey: (mask & 8) !== 0,
  };
}

/** What is in both. */
export function commonKeys(a: KeyDistribution, b: KeyDistribution): KeyDistribution {
  return keysOfMask(keyMask(a) & keyMask(b));
}

/** Whether `a` has nothing that `b` has not. */
export function withinKeys(a: KeyDistribution, b: KeyDistribution): boolean {
  return (keyMask(a) & ~keyMask(b)) === 0;
}
