import { messageOf } from '../../core/message-of.js';

import type { GattCache, GattClient } from '../../gatt/index.js';
import type { Bond, JsonValue } from '../bonds/bond.js';
import type { Bonds } from '../bonds/bonds.js';

/**
 * Forgets what a bond has of the peer's database when the peer tells of a change and nobody listens, by Service Changed or by
 * refusing a request: it does not tell again (Core Vol 3, Part G, 2.5.2, 7.1). Whoever opens the database later keeps it anew.
 * @param bond the bond that the link is encrypted with; `undefined` while it is not
 */
export function forgetWhatChanges(
  { subscriptions: { unheard } }: GattClient,
  bonds: Pick<Bonds, 'update'>,
  bond: () => Bond | undefined,
  report: (message: string) => void,
): void {
  unheard.onUnheard = (handle) => {
    const { identity, client } = bond() ?? {};
    if (!identity || client?.cache === undefined) return;
    if (handle !== undefined && handle !== serviceChangedAt(client.cache)) return;
    bonds.update(identity, { client: {} }).catch((error: unknown) => {
      const why = messageOf(error);
      report(
        `${identity}: its services have changed, and what is known of them could not be forgotten: ${why}`,
      );
    });
  };
}

/** Where a kept database has Service Changed. One that is damaged is not used in any case. */
function serviceChangedAt(kept: JsonValue): number | undefined {
  const cache = kept as Partial<GattCache> | null;
  try {
    const service = cache?.services?.find(({ uuid }) => uuid === '1801');
    return service?.characteristics.find(({ uuid }) => uuid === '2a05')?.valueHandle;
  } catch {
    return undefined;
  }
}
