import type { SmpCrypto } from './smp-crypto.js';
import { ah } from './toolbox.js';

/** The functions of the Coordinated Set Identification Service, 4. Values are least significant octet first. */

/** sih: the hash of a Resolvable Set Identifier for its random part, 3 octets each (4.7). */
export function sih(crypto: SmpCrypto, sirk: Uint8Array, random: Uint8Array): Uint8Array {
  return ah(crypto, sirk, random);
}

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** sef: encrypts a SIRK with a key K, and decrypts it again (4.5). */
export function sef(crypto: SmpCrypto, k: Uint8Array, sirk: Uint8Array): Uint8Array {
  const salt = crypto.cmac(new Uint8Array(16), ascii('SIRKenc'));
  const t = crypto.cmac(salt, k.toReversed());
  const mask = crypto.cmac(t, ascii('csis')).reverse();
  return sirk.map((octet, i) => octet ^ mask[i]!);
}
