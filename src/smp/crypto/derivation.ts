import type { SmpCrypto } from './smp-crypto.js';
import { h6, h7 } from './toolbox.js';

/** Keys of one transport from those of the other: Core Vol 3, Part H, 2.4.2.4 and 2.4.2.5. All least significant octet first. */

const name = (text: string) => Uint8Array.from([...text].reverse(), (letter) => letter.charCodeAt(0));
const salt = (text: string) => Uint8Array.of(...name(text), ...new Uint8Array(12));

/** The BR/EDR link key from an LTK; `ct2` when both devices can h7. */
export function linkKeyOfLtk(crypto: SmpCrypto, ltk: Uint8Array, ct2: boolean): Uint8Array {
  const intermediate = ct2 ? h7(crypto, salt('tmp1'), ltk) : h6(crypto, ltk, name('tmp1'));
  return h6(crypto, intermediate, name('lebr'));
}

/** The LTK from a BR/EDR link key. */
export function ltkOfLinkKey(crypto: SmpCrypto, linkKey: Uint8Array, ct2: boolean): Uint8Array {
  const intermediate = ct2 ? h7(crypto, salt('tmp2'), linkKey) : h6(crypto, linkKey, name('tmp2'));
  return h6(crypto, intermediate, name('brle'));
}
