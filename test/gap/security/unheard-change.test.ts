import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { Bond, type BondChange, type JsonValue } from '../../../src/gap/bonds/bond.js';
import { forgetWhatChanges } from '../../../src/gap/security/unheard-change.js';
import type { GattClient } from '../../../src/gatt/index.js';
import { someKeys, somePeer } from '../bonds/support.js';

/** A database as `openDatabase` keeps it, as far as it matters here: Service Changed has the handle 0x000A. */
const database = {
  services: [
    { uuid: '1800', characteristics: [{ uuid: '2a00', valueHandle: 3 }] },
    { uuid: '1801', characteristics: [{ uuid: '2a05', valueHandle: 10 }] },
  ],
} as unknown as JsonValue;

describe('a change of the peer’s services that nobody hears (Vol 3, Part G, 2.5.2 and 7.1)', () => {
  let unheard: { onUnheard?: (handle: number | undefined) => void };
  let bond: Bond | undefined;
  let changes: BondChange[];
  let reports: string[];
  let fault: unknown;

  beforeEach(() => {
    [unheard, changes, reports, fault] = [{}, [], [], undefined];
    bond = new Bond({ identity: somePeer(1), keys: someKeys(1), level: 3, client: { cache: database } });
    forgetWhatChanges(
      { subscriptions: { unheard } } as unknown as GattClient,
      {
        update: async (_, change) => {
          if (fault !== undefined) throw fault;
          changes.push(change);
          return bond;
        },
      },
      () => bond,
      (message) => reports.push(message),
    );
  });

  it.each([
    [10, 'Service Changed was indicated'],
    [undefined, 'a request was refused as out of sync'],
  ])('(%s) is known: %s, and what the bond has of them is forgotten', async (handle, _) => {
    unheard.onUnheard!(handle);
    await settle();
    expect(changes).toEqual([{ client: {} }]);
    expect(reports).toEqual([]);
  });

  it('is not what another characteristic tells, nor what is told where nothing is kept, or without a bond', async () => {
    unheard.onUnheard!(3);
    for (const cache of [null, 5, {}, { services: 5 }, { services: [null] }] as unknown as JsonValue[]) {
      bond = bond!.with({ client: { cache } });
      unheard.onUnheard!(10);
    }
    bond = bond!.with({ client: {} });
    unheard.onUnheard!(undefined);
    bond = undefined;
    unheard.onUnheard!(undefined);
    await settle();
    expect(changes).toEqual([]);
  });

  it.each([new Error('the disk is full'), 'the disk is full'])(
    'that cannot be forgotten is reported: %s',
    async (error) => {
      fault = error;
      unheard.onUnheard!(undefined);
      await settle();
      expect(reports).toEqual([
        `${somePeer(1)}: its services have changed, and what is known of them could not be forgotten: the disk is full`,
      ]);
    },
  );
});
