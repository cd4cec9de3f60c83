import type { AddressStore } from '../own-address.js';

/** In a browser nothing is kept unless the page gives a store of its own. */
export function platformAddressStore(): AddressStore | undefined {
  return undefined;
}
