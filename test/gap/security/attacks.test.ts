import { afterEach, describe, expect, it } from 'vitest';
import { SecurityError } from '../../../src/core/errors.js';
import { allocateFrame, FRAME_HEADROOM } from '../../../src/core/frame.js';
import { MemoryBondStore, type SecurityOptions } from '../../../src/gap/index.js';
import { characteristic, service } from '../../../src/gatt/index.js';
import { Cid } from '../../../src/l2cap/index.js';
import { nobleCrypto, sign } from '../../../src/smp/crypto/index.js';
import { SecureWorld, serveSecrets } from '../../support/secure-link.js';

let world: SecureWorld;
afterEach(() => world.close());

async function failure(promise: Promise<unknown>): Promise<Error> {
  const result = await world.run(promise.catch((error: unknown) => error));
  if (!(result instanceof Error)) throw new Error('it did not fail');
  return result;
}

/** Pairs, leaves, and has the peripheral replaced by another device with its address. */
async function replaced(security: SecurityOptions | false): Promise<void> {
  const link = await world.connect();
  await world.run(link.mine.pair());
  await world.part(link);
  const { bd } = world.peripheral.address;
  await world.run(world.peripheral.close());
  world.peripheral = await world.device({ security }, world.controller({ address: bd }));
  serveSecrets(world.peripheral);
}

describe('a device that has only the address of a bonded peripheral (BLESA, USENIX WOOT 2020)', () => {
  it('gets no link out: nothing is read in the clear from whom one knows', async () => {
    world = await SecureWorld.open();
    await replaced(false);
    await world.run(world.peripheral.startAdvertising({ data: { flags: 6 } }));
    const seen: unknown[] = [];
    world.central.on('connection', (connection) => seen.push(connection));
    const error = await failure(world.central.connect(world.peripheral.address));
    expect(error).toBeInstanceOf(SecurityError);
    expect(error).toMatchObject({ code: 'KEY_MISSING' });
    expect(seen).toEqual([]);
    expect(world.central.connections).toEqual([]);
    expect(world.central.bonds.size).toBe(1);
  });

  it('does not take the place of the bond by a weaker pairing, even where missing keys are paired anew', async () => {
    world = await SecureWorld.open({ keyMissing: 'pair' });
    await replaced({ secureConnections: 'never' });
    const before = world.central.bonds.list()[0]!.keys.own.encryption!.ltk;
    await world.run(world.peripheral.startAdvertising({ data: { flags: 6 } }));
    await failure(world.central.connect(world.peripheral.address));
    expect(world.central.bonds.list()[0]!.keys.own.encryption!.ltk).toEqual(before);
  });
});

describe('a central that has only the address of a bonded one', () => {
  async function withStranger(): Promise<void> {
    const link = await world.connect();
    await world.run(link.mine.pair());
    await world.run((await world.find(link.mine, 0xb005)).subscribe(() => {}));
    await world.part(link);
    const { bd } = world.central.address;
    await world.run(world.central.close());
    world.central = await world.device({ security: { raise: false } }, world.controller({ address: bd }));
  }

  it('reads nothing that wants encryption, and is not sent what the other subscribed to', async () => {
    world = await SecureWorld.open();
    await withStranger();
    const { mine } = await world.connect();
    expect(await failure((await world.find(mine, 0xb002)).read())).toMatchObject({ error: 0x0f });
    const got: unknown[] = [];
    mine.gatt.subscriptions.onUnexpected = (handle) => got.push(handle);
    const [client] = world.peripheral.server.clients;
    expect([...client!.configurations]).toEqual([]);
    await world.clock.advance(200);
    expect(got).toEqual([]);
  });

  it('pairs in its place only with keys that are no weaker, and not at all where the policy says never', async () => {
    world = await SecureWorld.open({}, { rePairing: 'never' });
    await withStranger();
    const { mine } = await world.connect();
    expect(await failure(mine.pair())).toMatchObject({ reason: 0x05, side: 'peer' });
    expect(world.peripheral.bonds.size).toBe(1);
  });
});

describe('a bond whose key works in the other role only (LE legacy pairing, Vol 3, Part H, 2.4.4.2)', () => {
  it('is not replaced by a stranger with weaker keys', async () => {
    const store = new MemoryBondStore();
    world = await SecureWorld.open({ secureConnections: 'never' }, { bonds: store });
    const identity = world.central.address;
    const encryption = {
      ltk: new Uint8Array(16).fill(7),
      ediv: 0x1234,
      rand: new Uint8Array(8).fill(1),
      keySize: 16,
      authenticated: true,
      secureConnections: false,
    };
    await world.peripheral.bonds.add({ identity, keys: { own: {}, peer: { encryption } }, level: 3 });
    const { mine } = await world.connect({ encrypt: false });
    expect(await failure(mine.pair())).toMatchObject({ reason: 0x03, side: 'peer' });
    expect(world.peripheral.bonds.get(identity)!.keys.peer.encryption!.ltk).toEqual(encryption.ltk);
  });
});

describe('a stranger that says to be somebody else in the keys it gives', () => {
  it('does not get the bond of whom it names, when its keys are weaker', async () => {
    const friend = 'C0:DE:C0:00:00:99';
    world = await SecureWorld.open({}, {});
    // The friend pairs by Secure Connections.
    const known = await world.device({ address: friend });
    await world.run(world.peripheral.startAdvertising({ data: { flags: 6 }, restart: 'always' }));
    const link = await world.run(known.connect(world.peripheral.address));
    await world.run(link.pair());
    const identity = known.address;
    const before = world.peripheral.bonds.get(identity)!.keys.own.encryption!.ltk;
    await world.run(known.close());
    // The stranger tells the friend's address as its identity: its store says that it is the friend's.
    const store = new MemoryBondStore();
    const stranger = await world.device({ security: { secureConnections: 'never', bonds: store } });
    const theirs = await world.run(stranger.connect(world.peripheral.address));
    Object.defineProperty(stranger.bonds, 'local', { value: identity });
    await world.run(theirs.pair().catch(() => {}));
    await world.clock.advance(1000);
    expect(world.peripheral.bonds.get(identity)!.keys.own.encryption!.ltk).toEqual(before);
    expect(theirs.isConnected).toBe(false);
    expect(world.diagnostics.some(({ message }) => /does not let it replace/.test(message))).toBe(true);
    await world.run(stranger.close());
  });
});

describe('a signed write that is recorded and sent again (Vol 3, Part H, 2.4.5)', () => {
  it('is not taken, on the same link, the next, or after the bonds were loaded anew', async () => {
    const store = new MemoryBondStore();
    world = await SecureWorld.open({ encryptOnConnect: false, raise: false }, { bonds: store });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    const link = await world.connect();
    const signed = await world.find(link.mine, 0xb006);
    await world.run(signed.writeSigned(Uint8Array.of(1)));
    await world.clock.advance(200);
    expect(world.written).toEqual(['signed 1']);
    const { identity, keys, signCounters } = world.peripheral.bonds.list()[0]!;
    expect(signCounters.peer).toBe(1);
    const pdu = Uint8Array.of(0xd2, signed.valueHandle & 0xff, signed.valueHandle >> 8, 1);
    const again = Uint8Array.of(...pdu, ...sign(nobleCrypto, keys.peer.signing!.csrk, pdu, 0));
    const send = (to: typeof link.mine) => {
      const frame = allocateFrame(again.length);
      frame.set(again, FRAME_HEADROOM);
      to.l2cap.openFixed(Cid.att).send(frame);
      return world.clock.advance(200);
    };
    await send(link.mine);
    await world.part(link);
    const second = await world.connect();
    await send(second.mine);
    await world.part(second);
    const { bd } = world.peripheral.address;
    await world.run(world.peripheral.close());
    world.peripheral = await world.device({ security: { bonds: store } }, world.controller({ address: bd }));
    serveSecrets(world.peripheral, world.written);
    expect(world.peripheral.bonds.get(identity)!.signCounters.peer).toBe(1);
    const third = await world.connect();
    await send(third.mine);
    expect(world.written).toEqual(['signed 1']);
    await world.run((await world.find(third.mine, 0xb006)).writeSigned(Uint8Array.of(2)));
    await world.clock.advance(200);
    expect(world.written).toEqual(['signed 1', 'signed 2']);
  });
});

describe('a signing key of all zeros', () => {
  it('is the key of nobody: what everybody can sign is not taken', async () => {
    world = await SecureWorld.open({ encryptOnConnect: false });
    const { mine } = await world.connect();
    const csrk = new Uint8Array(16);
    const identity = world.central.address;
    await world.peripheral.bonds.add({
      identity,
      keys: { own: {}, peer: { signing: { csrk, authenticated: true } } },
      level: 2,
    });
    const signed = await world.find(mine, 0xb006);
    const pdu = Uint8Array.of(0xd2, signed.valueHandle & 0xff, signed.valueHandle >> 8, 1);
    const octets = Uint8Array.of(...pdu, ...sign(nobleCrypto, csrk, pdu, 0));
    const frame = allocateFrame(octets.length);
    frame.set(octets, FRAME_HEADROOM);
    mine.l2cap.openFixed(Cid.att).send(frame);
    await world.clock.advance(200);
    expect(world.written).toEqual([]);
  });
});

describe('a flood of pairings', () => {
  it('from a peer that fails again and again is refused for longer each time, over all its links', async () => {
    let entered = 0;
    world = await SecureWorld.open(
      { delegate: { enterPasskey: () => entered++ }, encryptOnConnect: false },
      { delegate: { displayPasskey: () => {} } },
    );
    const reasons: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const link = await world.connect();
      const error = await failure(link.mine.pair());
      reasons.push((error as { reason?: number }).reason);
      await world.part(link);
    }
    expect(reasons[0]).toBe(0x04);
    expect(reasons.slice(1)).toContain(0x09);
    expect(world.peripheral.bonds.size).toBe(0);
  });

  it('of Pairing Requests on one link is answered with one refusal each, and leaves the link usable', async () => {
    world = await SecureWorld.open({}, false);
    const { mine, theirs } = await world.connect();
    const request = Uint8Array.of(0x01, 3, 0, 0x09, 16, 7, 7);
    for (let i = 0; i < 200; i++) {
      const frame = allocateFrame(request.length);
      frame.set(request, FRAME_HEADROOM);
      mine.l2cap.openFixed(Cid.smp).send(frame);
    }
    await world.clock.advance(30_000);
    expect([mine.isConnected, theirs.isConnected]).toEqual([true, true]);
    expect(await world.run((await world.find(mine, 0xb001)).read())).toEqual(Uint8Array.of(1));
  });
});

describe('notifications of what wants security', () => {
  it('do not go to a client in the clear, though it subscribed, and go once the link is encrypted', async () => {
    world = await SecureWorld.open({ raise: false });
    const { told } = world.peripheral.server.add(
      service(0xb100, { told: characteristic(0xb101, { read: { level: 2 }, notify: true }) }),
    ).characteristics;
    const { mine } = await world.connect();
    const got: number[] = [];
    await world.run((await world.find(mine, 0xb101)).subscribe((value) => got.push(value[0]!)));
    await world.run(told.notify(Uint8Array.of(1)));
    await world.clock.advance(200);
    expect(got).toEqual([]);
    await world.run(mine.pair());
    await world.run(told.notify(Uint8Array.of(2)));
    await world.clock.advance(200);
    expect(got).toEqual([2]);
  });
});
