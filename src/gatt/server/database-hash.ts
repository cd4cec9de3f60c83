import { ByteWriter } from '../../core/bytes.js';
import { cmacIfLoaded, loadCmac } from '../../core/cmac.js';
import { hexCode } from '../../core/hex.js';
import type { AttributeDatabase } from './database.js';

/** Of these types handle, type and value go into the hash. */
const WITH_VALUE = [0x2800, 0x2801, 0x2802, 0x2803, 0x2900];
/** Of these, handle and type. */
const WITHOUT_VALUE = [0x2901, 0x2902, 0x2903, 0x2904, 0x2905];

/**
 * What the Database Hash is made of: Core Vol 3, Part G, 7.3.1.
 * @throws {Error} when a declaration has no constant value
 */
export function hashedFields(database: AttributeDatabase): Uint8Array {
  const writer = new ByteWriter();
  for (const { handle, type, constant } of database.inRange(1, 0xffff)) {
    const { short = 0 } = type;
    const whole = WITH_VALUE.includes(short);
    if (!whole && !WITHOUT_VALUE.includes(short)) continue;
    writer.u16(handle).u16(short);
    if (!whole) continue;
    if (!constant) {
      throw new Error(`attribute ${hexCode(handle, 4)} is a declaration and has no constant value`);
    }
    writer.bytes(constant);
  }
  return writer.finish();
}

/** The Database Hash, least significant octet first, as it is sent: AES-CMAC with a key of zeros (7.3.1). */
export async function databaseHash(fields: Uint8Array): Promise<Uint8Array> {
  const cmac = cmacIfLoaded() ?? (await loadCmac());
  return cmac(new Uint8Array(16), fields).reverse();
}
