import { afterEach, describe, expect, it } from 'vitest';
import { Address } from '../../../src/core/address.js';
import { AttError, StateError } from '../../../src/core/errors.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { MemoryBondStore, type SecurityOptions } from '../../../src/gap/index.js';
import { characteristic, service } from '../../../src/gatt/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import { c1, nobleCrypto } from '../../../src/smp/crypto/index.js';
import { scriptedLink, scriptedPeer, smpPacket, someKey, told } from '../../support/scripted-bond.js';
import { SecureWorld, User } from '../../support/secure-link.js';

let world: SecureWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function open(...options: Parameters<typeof SecureWorld.open>): Promise<SecureWorld> {
  world = await SecureWorld.open(...options);
  return world;
}
async function failure(promise: Promise<unknown>): Promise<Error> {
  const result = await world!.run(promise.catch((error: unknown) => error));
  if (!(result instanceof Error)) throw new Error('it did not fail');
  return result;
}
const compares = (user: User): SecurityOptions => ({
  delegate: { displayPasskey: user.display, compare: user.compare },
  mitm: false,
});

describe('signed writes (Vol 3, Part H, 2.4.5)', () => {
  it('want a bond, and one in which this device gave its key', async () => {
    const { central, ...all } = await open({ ownKeys: { encryption: true, identity: true, signing: false } });
    expect(central.bonds.size).toBe(0);
    const { mine } = await world!.connect();
    const signed = await world!.find(mine, 0xb006);
    expect((await failure(signed.writeSigned(Uint8Array.of(1)))).message).toMatch(/no bond with the peer/);
    await world!.run(mine.pair());
    await world!.part({ mine, theirs: all.peripheral.connections[0]! });
    const again = await world!.connect({ encrypt: false });
    const found = await world!.find(again.mine, 0xb006);
    const error = await failure(found.writeSigned(Uint8Array.of(1)));
    expect(error).toBeInstanceOf(StateError);
    expect(error.message).toMatch(/gave the peer no key for signatures/);
    expect(world!.written).toEqual([]);
  });

  it('are taken from a peer whose key the bond has, and from nobody when the bond is gone', async () => {
    const { peripheral } = await open({ encryptOnConnect: false });
    const first = await world!.connect();
    await world!.run(first.mine.pair());
    await world!.part(first);
    const { mine } = await world!.connect();
    const signed = await world!.find(mine, 0xb006);
    for (const value of [1, 2]) {
      await world!.run(signed.writeSigned(Uint8Array.of(value)));
      await world!.clock.advance(200);
      await world!.run(peripheral.bonds.clear());
    }
    expect(world!.written).toEqual(['signed 1']);
  });
});

describe('a bond that is removed while there is a link', () => {
  it('is none for the link from then on, which stays as it is, and says so (Vol 3, Part C, 10.3.1)', async () => {
    const { peripheral } = await open({ encryptOnConnect: false, raise: false });
    const first = await world!.connect();
    await world!.run(first.mine.pair());
    const changes: unknown[] = [];
    first.theirs.on('security', (security) => changes.push(security));
    const another = someKey;
    await world!.run(
      peripheral.bonds.add({
        identity: scriptedPeer,
        keys: { own: { encryption: another }, peer: {} },
        level: 4,
      }),
    );
    await world!.run(peripheral.bonds.remove(scriptedPeer));
    expect(changes).toEqual([]);
    const kept = peripheral.bonds.list()[0]!;
    await world!.run(peripheral.bonds.remove(kept.identity));
    expect(changes).toEqual([{ level: 2, keySize: 16, bonded: false }]);
    await world!.part(first);
    // Without a key at hand there has to be a pairing first: 0x05; with one encryption is all that is missing: 0x0F.
    await world!.run(peripheral.bonds.add(kept));
    const { mine } = await world!.connect();
    const secret = await world!.find(mine, 0xb002);
    expect(await failure(secret.read())).toMatchObject({ error: 0x0f });
    await world!.run(peripheral.bonds.clear());
    expect(await failure(secret.read())).toMatchObject({ error: 0x05 });
  });
});

describe('what meets a pairing that is under way', () => {
  it('encryption with the key of the bond does not count as that of the pairing (2.4.4.1)', async () => {
    const rand = fromHex('0102030405060708');
    const key = { ...someKey, ediv: 0x1234, rand, authenticated: false, secureConnections: false };
    const one = await scriptedLink('peripheral', { key });
    one.controller.emit(smpPacket('01 03 00 09 10 00 00'));
    await one.clock.advance(1);
    one.controller.emit(told.keyRequest('0102030405060708', '3412'));
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChange(0, 1));
    await one.clock.advance(1);
    expect(one.link.security.level).toBe(2);
    one.controller.sent.length = 0;
    // Keys are taken after the encryption with the key of the pairing only.
    one.controller.emit(smpPacket(`08${'11'.repeat(16)}`));
    await one.clock.advance(1);
    expect(one.controller.sent.at(-1)).toBe('024000060002000600' + '0508');
    expect(one.device.bonds.list()[0]!.keys.own.encryption!.ltk).toEqual(key.ltk);
  });

  it('nor where the pairing has come to its key: none is given under the one of the bond', async () => {
    const rand = fromHex('0102030405060708');
    const key = { ...someKey, ediv: 0x1234, rand, authenticated: false, secureConnections: false };
    const one = await scriptedLink('peripheral', { key });
    const sent = async (pdu: string) => {
      one.controller.sent.length = 0;
      one.controller.emit(pdu, told.completedPackets);
      await one.clock.advance(1);
      return one.controller.sent
        .filter((packet) => packet.startsWith('02'))
        .map((packet) => packet.slice(18));
    };
    const request = fromHex('01 03 00 01 10 07 07');
    const [response] = await sent(smpPacket(toHex(request)));
    const own = Address.parse('C0:DE:C0:00:00:01/public');
    const random = new Uint8Array(16).fill(7);
    const input = { request, response: fromHex(response!), initiator: scriptedPeer, responder: own };
    await sent(smpPacket(`03${toHex(c1(nobleCrypto, new Uint8Array(16), random, input))}`));
    expect(await sent(smpPacket(`04${toHex(random)}`))).toEqual([expect.stringMatching(/^04/)]);
    await sent(told.keyRequest('0102030405060708', '3412'));
    expect(await sent(told.encryptionChange(0, 1))).toEqual([]);
    expect(one.link.security.level).toBe(2);
    // That of the pairing (EDIV and Rand of zero) does.
    await sent(told.keyRequest());
    expect((await sent(told.keyRefresh(0)))[0]).toMatch(/^06/);
  });

  it('requireSecurity waits for it, and takes what it comes to', async () => {
    const { central } = await open();
    const { mine } = await world!.connect();
    const told: unknown[] = [];
    mine.on('paired', ({ method }) => told.push(method));
    await world!.run(Promise.all([mine.pair(), mine.requireSecurity(2)]));
    expect(told).toEqual(['justWorks']);
    expect(central.bonds.size).toBe(1);
  });

  it('a request that was refused is repeated after it, and nobody pairs twice (Vol 3, Part C, 10.3.2)', async () => {
    await open();
    const { mine, theirs } = await world!.connect();
    let pairings = 0;
    theirs.on('paired', () => pairings++);
    const secret = await world!.find(mine, 0xb002);
    const [value] = await world!.run(Promise.all([secret.read(), theirs.requestSecurity()]));
    expect(value).toEqual(Uint8Array.of(2));
    expect(pairings).toBe(1);
  });
});

describe('a bonded central that the peripheral asks for security', () => {
  it('tells and reports when the encryption does not come about', async () => {
    const one = await scriptedLink('central', { key: someKey });
    const failed: Error[] = [];
    one.link.on('pairingFailed', (error) => failed.push(error));
    one.controller.emit(smpPacket('0b 01'));
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChange(0x06, 0));
    await one.clock.advance(1);
    expect(failed).toMatchObject([{ code: 'KEY_MISSING' }]);
    expect(one.diagnostics.map(({ message }) => message).join('\n')).toMatch(/has no key for this device/);
    expect(one.device.bonds.size).toBe(1);
  });

  it('tells nothing of it when the link goes meanwhile', async () => {
    const one = await scriptedLink('central', { key: someKey });
    const failed: Error[] = [];
    one.link.on('pairingFailed', (error) => failed.push(error));
    one.controller.emit(smpPacket('0b 01'));
    await one.clock.advance(1);
    one.controller.emit(told.disconnection(0x08));
    await one.clock.advance(1);
    expect(failed).toEqual([]);
  });

  it('is encrypted also when the bond is removed meanwhile, and the link has none then', async () => {
    const one = await scriptedLink('central', { key: someKey });
    const work = one.link.encrypt();
    await one.clock.advance(1);
    await one.clock.run(one.device.bonds.remove(scriptedPeer));
    one.controller.emit(told.encryptionChange(0, 1));
    await one.clock.run(work);
    expect(one.link.security).toEqual({ level: 4, keySize: 16, bonded: false });
  });
});

describe('the authenticated payload timeout', () => {
  const security = { authenticatedPayload: { timeoutMs: 1000 } };
  const NAME = /the authenticated payload timeout is not watched/;

  it.each([
    ['is reported where the controller has none', false],
    ['is nobody’s concern when the link goes meanwhile', true],
  ])('%s', async (_, gone) => {
    const one = await scriptedLink('peripheral', { key: someKey, security });
    one.controller.answer(commands.setEventMaskPage2, gone ? undefined : '01');
    one.controller.emit(told.keyRequest());
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChange(0, 1));
    await one.clock.advance(1);
    if (gone) {
      one.controller.emit(told.disconnection(0x13), '040e0401630c01');
      await one.clock.advance(1);
    }
    expect(one.diagnostics.some(({ message }) => NAME.test(message))).toBe(!gone);
  });
});

describe('a client that is refused for the want of security', () => {
  const withKey = (keySize: number) =>
    service(0xb100, {
      long: characteristic(0xb101, { read: { level: 2, keySize }, value: Uint8Array.of(keySize) }),
    });

  it('pairs anew for a longer key where it can, and says that it cannot where it has the longest', async () => {
    const weak: SecurityOptions = { minKeySize: 7, rePairing: 'always' };
    const { peripheral } = await open(weak, { ...weak, maxKeySize: 7 });
    peripheral.server.add(withKey(16));
    const { mine } = await world!.connect();
    await world!.run(mine.pair());
    expect(mine.security.keySize).toBe(7);
    let pairings = 0;
    mine.on('paired', () => pairings++);
    expect(await failure((await world!.find(mine, 0xb101)).read())).toMatchObject({ error: 0x0c });
    // Another pairing came to no longer key, and there is no third.
    expect(pairings).toBe(1);
  });

  it('leaves it where its own keys are as short as the link has', async () => {
    const weak: SecurityOptions = { minKeySize: 7, maxKeySize: 7 };
    const { peripheral } = await open(weak, { minKeySize: 7 });
    peripheral.server.add(withKey(16));
    const { mine } = await world!.connect();
    await world!.run(mine.pair());
    let pairings = 0;
    mine.on('paired', () => pairings++);
    expect(await failure((await world!.find(mine, 0xb101)).read())).toMatchObject({ error: 0x0c });
    expect(pairings).toBe(0);
  });

  it('leaves it where the link is authenticated, and Secure Connections are wanted all the same', async () => {
    const [one, other] = [new User(), new User()];
    const legacy = { secureConnections: 'never' as const };
    await open(
      { ...legacy, delegate: { enterPasskey: () => other.shown } },
      { ...legacy, delegate: { displayPasskey: other.display } },
    );
    const { mine } = await world!.connect();
    one.types = () => other.shown;
    await world!.run(mine.pair());
    expect(mine.security.level).toBe(3);
    expect(await failure((await world!.find(mine, 0xb004)).read())).toMatchObject({ error: 0x05 });
    // Nobody is asked again for what comes to no more.
    expect(other.asked).toEqual(['display']);
  });

  it('that is called off while its user is asked gives the reason of the signal, and the link stays', async () => {
    const [one, other] = [new User(), new User()];
    const asked = new Promise<void>((resolve) => {
      one.compare = () => {
        resolve();
        return new Promise<boolean>(() => {}) as unknown as boolean;
      };
    });
    await open({ ...compares(one), mitm: true }, compares(other));
    const { mine } = await world!.connect();
    const secret = await world!.find(mine, 0xb002);
    const reading = new AbortController();
    const read = secret.read(reading.signal);
    read.catch(() => {});
    await world!.run(asked);
    reading.abort(new Error('called off'));
    expect((await failure(read)).message).toMatch(/called off/);
    expect(mine.isConnected).toBe(true);
  });

  it('gets the ATT error where pairing comes to less than it wanted', async () => {
    await open({}, {});
    const { mine } = await world!.connect();
    await world!.run(mine.pair());
    let pairings = 0;
    mine.on('paired', () => pairings++);
    const secret = await world!.find(mine, 0xb003);
    // Once: a server that asks for what cannot be had does not have the two pair with each request.
    for (let i = 0; i < 3; i++) expect(await failure(secret.read())).toBeInstanceOf(AttError);
    expect(pairings).toBe(1);
  });
});

describe('a store of bonds that fails', () => {
  class Failing extends MemoryBondStore {
    failure: unknown;
    override async save(...given: Parameters<MemoryBondStore['save']>): Promise<boolean> {
      if (this.failure !== undefined) throw this.failure;
      return super.save(...given);
    }
  }

  it.each([new Error('the disk is full'), 'the disk is full'])(
    'is reported, whatever it throws, for who pairs and for what clients do later',
    async (cause) => {
      const store = new Failing();
      await open({}, { bonds: store });
      const link = await world!.connect();
      store.failure = cause;
      await world!.run(link.mine.pair());
      await world!.run((await world!.find(link.mine, 0xb005)).subscribe(() => {}));
      await world!.clock.advance(100);
      const said = world!.diagnostics.map(({ message }) => message);
      expect(said.some((one) => /the bond could not be kept: .*disk is full/.test(one))).toBe(true);
      expect(
        said.some((one) => /what the server knows of it could not be kept: .*disk is full/.test(one)),
      ).toBe(true);
      store.failure = undefined;
    },
  );
});

describe('a peer that gives no identity (Vol 3, Part H, 2.4.2.1)', () => {
  const ownKeys = { encryption: true, identity: false, signing: true };

  it('is known by its address on air, where that is public or static', async () => {
    const { peripheral } = await open({ ownKeys });
    const { mine } = await world!.connect();
    await world!.run(mine.pair());
    expect(peripheral.bonds.list().map(({ identity }) => String(identity))).toEqual([
      String(world!.central.address),
    ]);
  });

  it('is not bonded with where that is private: there is nothing to know it by again', async () => {
    const { central, peripheral } = await open({}, {});
    await world!.run(central.close());
    world!.central = await world!.device({ privacy: true, security: { ownKeys } });
    const { mine, theirs } = await world!.connect();
    await world!.run(mine.pair());
    expect(theirs.security).toMatchObject({ level: 2, bonded: false });
    expect(peripheral.bonds.size).toBe(0);
    expect(world!.diagnostics.map(({ message }) => message).join('\n')).toMatch(
      /has a private address and told no other/,
    );
  });
});

describe('options', () => {
  it.each([null, 5, 'no'])('security: %s is told', async (given) => {
    const other = new SecureWorld();
    await expect(other.device({ security: given as never })).rejects.toThrow(/security: options, or false/);
  });
});
