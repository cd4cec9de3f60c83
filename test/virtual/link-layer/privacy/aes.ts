import { createCipheriv } from 'node:crypto';
import type { Aes128 } from '../../../../src/virtual/link-layer/privacy/rpa.js';

/** AES-128 of one block by the platform: another implementation than the one under test uses. */
export const platformAes: Aes128 = (key, block) => {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return new Uint8Array(cipher.update(block));
};
