import { BdAddr } from '../core/address.js';

/** @throws {RangeError} when it is no static random address */
export function staticAddress(given: string | BdAddr): BdAddr {
  const address = typeof given === 'string' ? BdAddr.parse(given) : given;
  if (address.wire[5]! >> 6 !== 3) {
    throw new RangeError(
      `address: ${address} is no static random address; its first octet has to be C0 to FF`,
    );
  }
  return address;
}
