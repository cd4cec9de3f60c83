import { Address, AddressType, BdAddr } from '../core/address.js';
import { messageOf } from '../core/message-of.js';

import type { RandomSource } from '../core/random.js';
import type { ControllerInfo } from '../hci/bringup/bringup.js';
import { leSetRandomAddress } from '../hci/commands/index.js';
import type { HciHost } from '../hci/host.js';

/** Keeps static random addresses from run to run. */
export interface AddressStore {
  /** The address kept under a key; `undefined` when there is none, or it cannot be read. */
  load(key: string): Promise<BdAddr | undefined>;
  /** Keeps an address. @throws {Error} when it cannot be kept */
  save(key: string, address: BdAddr): Promise<void>;
}

/** What {@link ownAddress} chooses from. */
export interface AddressChoice {
  readonly chosen: BdAddr | undefined;
  readonly random: RandomSource;
  /** Asked when an address has to be made. Without a store it lasts as long as the device. */
  readonly store: () => Promise<AddressStore | undefined>;
}

/**
 * The chosen address, else the public one, else one that the chip was made with, else a static random one that is made once
 * and kept (Core Vol 6, Part B, 1.3.2.1): a peer that knows this device by its address finds it again.
 */
export async function ownAddress(
  host: HciHost,
  controller: ControllerInfo,
  { chosen, random, store }: AddressChoice,
): Promise<Address> {
  if (!chosen && !controller.publicAddress.equals(BdAddr.zero)) {
    return new Address(controller.publicAddress, AddressType.public);
  }
  const address =
    chosen ?? controller.staticAddresses[0] ?? (await keptAddress(host, controller, random, await store()));
  await host.send(leSetRandomAddress, { randomAddress: address });
  return new Address(address, AddressType.random);
}

async function keptAddress(
  host: HciHost,
  controller: ControllerInfo,
  random: RandomSource,
  store: AddressStore | undefined,
): Promise<BdAddr> {
  // The port's options (a baud rate) do not make it another board.
  const key = controller.portIdentity ?? host.transport.name.replace(/\?.*$/, '');
  const kept = await store?.load(key);
  if (kept) return kept;
  const wire = random.fill(new Uint8Array(6));
  wire[5] = wire[5]! | 0xc0;
  // All random bits zero, or all one, is not permitted (1.3.2.1).
  if (wire.every((octet, i) => octet === (i === 5 ? 0xc0 : 0)) || wire.every((octet) => octet === 0xff))
    wire[0] = 1;
  const address = BdAddr.fromWire(wire);
  try {
    await store?.save(key, address);
  } catch (error) {
    host.report({
      layer: 'gap',
      message: `the address ${address} could not be kept for the next run: ${messageOf(error)}`,
    });
  }
  return address;
}
