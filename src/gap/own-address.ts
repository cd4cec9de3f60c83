import { Address, AddressType, BdAddr } from '../core/address.js';
import type { RandomSource } from '../core/random.js';
import type { ControllerInfo } from '../hci/bringup/bringup.js';
import { leSetRandomAddress } from '../hci/commands/index.js';
import type { HciHost } from '../hci/host.js';

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

/** The chosen address, else the public one, else a static random one made here (Core Vol 6, Part B, 1.3.2.1). */
export async function ownAddress(
  host: HciHost,
  controller: ControllerInfo,
  chosen: BdAddr | undefined,
  random: RandomSource,
): Promise<Address> {
  if (!chosen && !controller.publicAddress.equals(BdAddr.zero)) {
    return new Address(controller.publicAddress, AddressType.public);
  }
  let address = chosen;
  if (!address) {
    const wire = random.fill(new Uint8Array(6));
    wire[5] = wire[5]! | 0xc0;
    address = BdAddr.fromWire(wire);
  }
  await host.send(leSetRandomAddress, { randomAddress: address });
  return new Address(address, AddressType.random);
}
