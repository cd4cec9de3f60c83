import { expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { hashedFields } from '../../../src/gatt/server/database-hash.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { fixedAttribute } from '../../../src/gatt/server/descriptors.js';
import { GattServer } from '../../../src/gatt/server/server.js';
import { describeWithShared, sharedJson } from '../../support/shared.js';
import { runsVector } from '../../support/vector-case.js';

interface Vectors {
  readonly vectors: readonly {
    readonly function: string;
    readonly inputs: {
      readonly message: string;
      readonly attributes: readonly { handle: string; type: string; value?: string }[];
    };
    readonly output: string;
  }[];
}

describeWithShared('the Database Hash (Vol 3, Part G, 7.3.1)', () => {
  const { vectors } = sharedJson<Vectors>('vectors/crypto.json');
  for (const [index, { inputs, output, ...one }] of vectors.entries()) {
    if (one.function !== 'gatt_database_hash') continue;
    it(
      'is the AES-CMAC of the fields of appendix B, least significant octet first',
      runsVector('crypto.json', 'vectors', index),
      async () => {
        const server = new GattServer();
        const attributes = inputs.attributes.map(({ handle, type, value = '' }) =>
          fixedAttribute(Number(handle), Number.parseInt(type, 16), fromHex(value)),
        );
        const starts = attributes.filter(({ type }) => [0x2800, 0x2801].includes(type.short!));
        for (const [i, { handle }] of starts.entries()) {
          const endHandle = (starts[i + 1]?.handle ?? attributes.at(-1)!.handle + 1) - 1;
          const mine = attributes.filter((of) => of.handle >= handle && of.handle <= endHandle);
          server.database.add({ startHandle: handle, endHandle }, mine);
        }
        expect(toHex(hashedFields(server.database))).toBe(inputs.message);
        expect(toHex((await server.changes.hash()).toReversed())).toBe(output);
      },
    );

    it('is that of appendix B also when the services are declared', async () => {
      const server = new GattServer();
      const unread = { read: true } as const;
      server.add(
        service(0x1800, {
          name: characteristic(0x2a00, { read: true, write: true }),
          appearance: characteristic(0x2a01, unread),
        }),
      );
      server.add(
        service(0x1801, {
          changed: characteristic(0x2a05, { indicate: true }),
          features: characteristic(0x2b29, { read: true, write: true }),
          hash: characteristic(0x2b2a, unread),
        }),
      );
      const battery = service(
        0x180f,
        { level: characteristic(0x2a19, unread) },
        { primary: false, handle: 0x14 },
      );
      server.add(battery);
      server.add(
        service(
          0x1808,
          {
            measurement: characteristic(0x2a18, {
              properties: 0xa2,
              read: true,
              configurable: true,
              descriptors: [{ uuid: 0x2900, value: Uint8Array.of(0, 0) }],
            }),
          },
          { handle: 0x0e, includes: [battery] },
        ),
      );
      expect(toHex((await server.changes.hash()).toReversed())).toBe(output);
    });
  }
});
