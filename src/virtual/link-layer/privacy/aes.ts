import { Aes128 as Cipher } from '../../crypto/aes.js';
import type { Aes128 } from './rpa.js';

/** The security function e: Core Vol 3, Part H, 2.2.1. */
export const aes128: Aes128 = (key, block) => new Cipher(key).encrypt(block);
