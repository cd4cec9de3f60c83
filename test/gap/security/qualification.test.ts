import { afterEach, describe, expect, it } from 'vitest';
import { SecureWorld } from '../../support/secure-link.js';

/**
 * The cases of the Security Manager that want a controller: EKS the size of the key, KDU what distributed keys are used for,
 * PIS and SIE the security and the encryption that a peripheral begins.
 */

let world: SecureWorld;
afterEach(() => world.close());

/** Pairs, and leaves. */
async function bonded(): Promise<void> {
  const link = await world.connect();
  await world.run(link.mine.pair());
  await world.part(link);
}

describe.each([
  ['LE Secure Connections', 'only'],
  ['LE legacy pairing', 'never'],
] as const)('with %s', (_name, secureConnections) => {
  it('SM/CEN/EKS/BV-01-C: a central encrypts with the shortest key, where its peer has no longer one', async () => {
    world = await SecureWorld.open(
      { secureConnections, minKeySize: 7 },
      { secureConnections, minKeySize: 7, maxKeySize: 7 },
    );
    const { mine } = await world.connect();
    expect(await world.run(mine.pair())).toMatchObject({ keySize: 7, level: 2 });
    expect(await world.run((await world.find(mine, 0xb002)).read())).toEqual(Uint8Array.of(2));
    const { encryption } = world.central.bonds.list()[0]!.keys.peer;
    expect(encryption!.ltk.subarray(7)).toEqual(new Uint8Array(9));
  });

  it('SM/PER/EKS/BV-02-C: a peripheral likewise', async () => {
    world = await SecureWorld.open(
      { secureConnections, minKeySize: 7, maxKeySize: 7 },
      { secureConnections, minKeySize: 7 },
    );
    const { mine, theirs } = await world.connect();
    await world.run(mine.pair());
    expect(theirs.security).toEqual({ level: 2, keySize: 7, bonded: true });
    expect(await world.run((await world.find(mine, 0xb002)).read())).toEqual(Uint8Array.of(2));
  });

  it('SM/PER/KDU/BV-07-C: the keys that a peripheral gave are used on the next link', async () => {
    world = await SecureWorld.open({ secureConnections }, { secureConnections });
    await bonded();
    const { own } = world.peripheral.bonds.list()[0]!.keys;
    expect(Object.keys(own).sort()).toEqual(['encryption', 'identity', 'signing']);
    const { theirs } = await world.connect();
    expect(theirs.security).toEqual({ level: 2, keySize: 16, bonded: true });
  });

  it('SM/PER/PIS/BV-02-C: a peripheral asks a bonded central for security, which encrypts with the bond', async () => {
    world = await SecureWorld.open({ secureConnections, encryptOnConnect: false }, { secureConnections });
    await bonded();
    const { mine, theirs } = await world.connect();
    let pairings = 0;
    mine.on('paired', () => pairings++);
    const result = await world.run(theirs.requestSecurity());
    expect(result).toMatchObject({ method: undefined, level: 2, bonded: true });
    await world.clock.advance(100);
    expect([mine.security.level, pairings]).toEqual([2, 0]);
  });

  it('SM/PER/SIE/BV-01-C: a peripheral has a link encrypted anew that is encrypted already', async () => {
    world = await SecureWorld.open({ secureConnections }, { secureConnections });
    await bonded();
    const { mine, theirs } = await world.connect();
    expect(theirs.security.level).toBe(2);
    await world.run(theirs.encrypt());
    await world.clock.advance(100);
    expect([mine.security.level, theirs.security.level]).toEqual([2, 2]);
    expect(await world.run((await world.find(mine, 0xb002)).read())).toEqual(Uint8Array.of(2));
  });
});
