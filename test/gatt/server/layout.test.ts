import { describe, expect, it } from 'vitest';
import { characteristic, GattServer, service } from '../../../src/gatt/index.js';

/** The handles of a server with their types. */
function handlesOf({ database }: GattServer): string[] {
  return [...database.inRange(1, 0xffff)].map(({ handle, type }) => `${handle} ${type.toShortString()}`);
}

describe('the handles of a service', () => {
  it('follow one another where none is fixed, the configuration behind the value', () => {
    const server = new GattServer();
    server.add(
      service('180d', {
        measurement: characteristic(0x2a37, {
          notify: true,
          description: 'Rate',
          descriptors: [{ uuid: 0x2904 }],
        }),
        location: characteristic(0x2a38, { read: true }),
      }),
    );
    expect(handlesOf(server)).toEqual(
      ['2800', '2803', '2a37', '2902', '2901', '2904', '2803', '2a38'].map((type, i) => `${i + 1} ${type}`),
    );
  });

  it('are those that are fixed, the configuration where it is put among the descriptors', () => {
    const server = new GattServer();
    const measurement = characteristic(0x2a37, {
      notify: true,
      handle: 0x22,
      valueHandle: 0x25,
      descriptors: [{ uuid: 0x2901 }, { uuid: 0x2902, handle: 0x28 }],
    });
    const added = server.add(service('180d', { measurement }, { handle: 0x20, endHandle: 0x2f }));
    expect(handlesOf(server)).toEqual(['32 2800', '34 2803', '37 2a37', '38 2901', '40 2902']);
    expect(added.characteristics.measurement.configurationHandle).toBe(0x28);
    expect(server.database.get(0x20)!.endGroupHandle).toBe(0x2f);
    expect(server.database.get(0x22)!.endGroupHandle).toBe(0x28);
  });

  it('of included services are in the include declaration, with a UUID of 16 bits only (Vol 3, Part G, 3.2)', async () => {
    const server = new GattServer();
    const battery = server.add(service('180f', {}, { primary: false, handle: 0x30 }));
    const own = server.add(
      service('7d1f0001-2c5b-4e0a-9a35-5d1c9be0a7f4', {}, { primary: false, handle: 0x40 }),
    );
    server.add(service('180d', {}, { handle: 0x10, includes: [battery, own] }));
    const client = {} as never;
    const values = [0x11, 0x12].map((handle) => server.database.get(handle)!.read(client));
    expect(values).toEqual([Uint8Array.of(0x30, 0, 0x30, 0, 0x0f, 0x18), Uint8Array.of(0x40, 0, 0x40, 0)]);
  });

  it('cannot be fixed in part within a service that is put where there is room', () => {
    const inside = service('180d', { one: characteristic(0x2a37, { handle: 4 }) });
    expect(() => new GattServer().add(inside)).toThrow(/wants one itself/);
  });
});
