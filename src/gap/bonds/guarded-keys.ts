import type { DistributedKeys, PairedKeys } from '../../smp/keys.js';

/** What was copied already. */
const copies = new WeakSet<PairedKeys>();

const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * A copy of the keys that does not show them when it is printed or made to JSON. Whoever wants the octets has to take them
 * out one by one.
 */
export function guarded(keys: PairedKeys): PairedKeys {
  if (copies.has(keys)) return keys;
  const copy = hide({ own: side(keys.own), peer: side(keys.peer) }, 'keys of both sides');
  copies.add(copy);
  return copy;
}

function side({ encryption, identity, signing }: DistributedKeys): DistributedKeys {
  const names: string[] = [];
  const keys: { -readonly [K in keyof DistributedKeys]: DistributedKeys[K] } = {};
  if (encryption) {
    names.push('encryption');
    const { ltk, rand } = encryption;
    keys.encryption = hide({ ...encryption, ltk: ltk.slice(), rand: rand.slice() }, 'an encryption key');
  }
  if (identity) {
    names.push('identity');
    keys.identity = hide({ ...identity, irk: identity.irk.slice() }, `of ${identity.address}`);
  }
  if (signing) {
    names.push('signing');
    keys.signing = hide({ ...signing, csrk: signing.csrk.slice() }, 'a signing key');
  }
  return hide(keys, names.join(', ') || 'none');
}

/** Gives an object the text that stands for it wherever it would be written out. */
function hide<T extends object>(keys: T, shown: string): T {
  const text = () => `<keys: ${shown}>`;
  Object.defineProperty(keys, inspect, { value: text });
  Object.defineProperty(keys, 'toJSON', { value: text });
  return keys;
}
