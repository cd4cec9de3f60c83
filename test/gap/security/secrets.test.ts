import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../../../src/core/hex.js';
import { SecureWorld } from '../../support/secure-link.js';

let world: SecureWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

describe('keys', () => {
  it('are not shown by a device, its links, bonds and clients that are printed, or made to JSON', async () => {
    world = await SecureWorld.open();
    const { mine, theirs } = await world.connect();
    await world.run(mine.pair());
    await world.run(world.central.setPrivacy(true));
    const { bonds } = world.central;
    const { keys } = bonds.list()[0]!;
    const secrets = [
      bonds.irk,
      keys.peer.encryption!.ltk,
      keys.own.signing!.csrk,
      keys.peer.signing!.csrk,
      keys.peer.identity!.irk,
    ];
    const shown = {
      device: world.central,
      link: mine,
      bonds,
      bond: bonds.list()[0],
      keys,
      clients: [...world.peripheral.server.clients].map(({ context }) => context),
    };
    for (const [name, what] of Object.entries(shown)) {
      // Arrays on one line, however deep they stand.
      const text = inspect(what, { depth: 8, maxArrayLength: 100, breakLength: Number.POSITIVE_INFINITY });
      const json = JSON.stringify(what);
      for (const secret of secrets) {
        expect(text, name).not.toContain([...secret].join(', '));
        expect(json, name).not.toContain([...secret].map((octet, i) => `"${i}":${octet}`).join(','));
        expect(json, name).not.toContain(toHex(secret));
      }
    }
    expect(inspect(theirs)).toBe(`Connection { ${theirs.peer}, peripheral, level 2 }`);
    expect(inspect(world.central)).toBe(`Device { ${world.central.address}, 1 connection }`);
    expect(JSON.parse(JSON.stringify(world.central))).toEqual({
      address: String(world.central.address),
      connections: [
        { peer: String(mine.peer), role: 'central', isConnected: true, security: { ...mine.security } },
      ],
    });
    await world.part({ mine, theirs });
    expect(inspect(mine)).toBe(`Connection { ${mine.peer}, central, ended }`);
    expect(inspect(world.central)).toContain('0 connections');
  });
});
