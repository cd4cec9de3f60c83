import { describe, expect, it } from 'vitest';
import { Address, AddressType, BdAddr, SimulatedClock, seededRandom } from '../../../../src/core/index.js';
import { Agenda } from '../../../../src/virtual/air/agenda.js';
import { irkOf, Privacy } from '../../../../src/virtual/link-layer/privacy/address-resolver.js';
import { PrivacyMode } from '../../../../src/virtual/link-layer/privacy/resolving-list.js';
import { isMadeFrom, isRpa, makeRpa } from '../../../../src/virtual/link-layer/privacy/rpa.js';
import { platformAes } from './aes.js';

const publicAddress = new Address(BdAddr.parse('00:00:5E:00:53:01'), AddressType.public);
const staticAddress = new Address(BdAddr.parse('C0:00:5E:00:53:01'), AddressType.random);
const peer = new Address(BdAddr.parse('C0:00:5E:00:53:99'), AddressType.random);
const stranger = new Address(BdAddr.parse('C0:00:5E:00:53:77'), AddressType.random);
const peerIrk = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const localIrk = Uint8Array.from({ length: 16 }, (_, i) => 0xf0 - i);

function setUp() {
  const clock = new SimulatedClock();
  let aesCalls = 0;
  const privacy = new Privacy({
    aes128: (key, block) => {
      aesCalls++;
      return platformAes(key, block);
    },
    agenda: new Agenda(clock, 0),
    random: seededRandom(1),
    device: { ownAddress: (type) => (type === 0 ? publicAddress : staticAddress) },
    listSize: 4,
  });
  privacy.list.add(peer, peerIrk, localIrk);
  privacy.enabled = true;
  const rpaOf = (irk: Uint8Array, seed = 7) => makeRpa(platformAes, irk, seededRandom(seed));
  return { clock, privacy, rpaOf, aesCalls: () => aesCalls };
}

describe('who sends', () => {
  it('is known by the IRK of the resolving list, and named by the identity address (Vol 6, Part B, 4.7)', () => {
    const { privacy, rpaOf } = setUp();
    const sender = privacy.sender(rpaOf(peerIrk));
    expect(sender?.bd.equals(peer.bd)).toBe(true);
    expect(sender?.type).toBe(AddressType.randomIdentity);
  });

  it('stays an unknown resolvable private address where no IRK fits, or resolution is off', () => {
    const { privacy, rpaOf } = setUp();
    const foreign = rpaOf(localIrk);
    expect(privacy.sender(foreign)).toBe(foreign);
    privacy.enabled = false;
    const known = rpaOf(peerIrk);
    expect(privacy.sender(known)).toBe(known);
  });

  it('is ignored under its identity address in network privacy mode, and not in device privacy mode (Vol 6, Part B, 4.7)', () => {
    const { privacy } = setUp();
    expect(privacy.sender(peer)).toBeUndefined();
    expect(privacy.sender(stranger)).toBe(stranger);
    privacy.list.find(peer)!.mode = PrivacyMode.device;
    expect(privacy.sender(peer)).toBe(peer);
  });

  it('may show its identity address when there is no IRK of it', () => {
    const { privacy } = setUp();
    privacy.list.add(stranger, irkOf(new Uint8Array(16)), localIrk);
    expect(privacy.sender(stranger)).toBe(stranger);
  });

  it('is looked up once per address, until the list changes', () => {
    const { privacy, rpaOf, aesCalls } = setUp();
    const rpa = rpaOf(peerIrk);
    const before = aesCalls();
    for (let i = 0; i < 10; i++) privacy.sender(rpa);
    expect(aesCalls() - before).toBe(1);
    privacy.list.remove(peer);
    privacy.changed();
    privacy.list.add(stranger, peerIrk, undefined);
    expect(privacy.sender(rpa)?.bd.equals(stranger.bd)).toBe(true);
  });
});

describe('the own address', () => {
  it('is a resolvable private one of the local IRK towards a device of the list, and renewed in time (Vol 4, Part E, 7.8.45)', async () => {
    const { clock, privacy } = setUp();
    privacy.timeout = 60;
    const first = privacy.own(2, peer)!;
    expect(isRpa(first) && isMadeFrom(platformAes, localIrk, first)).toBe(true);
    await clock.advance(59_999);
    expect(privacy.own(2, peer)!.equals(first)).toBe(true);
    await clock.advance(1);
    const second = privacy.own(2, peer)!;
    expect(second.equals(first)).toBe(false);
    expect(privacy.isMade(first, peer)).toBe(true);
    expect(privacy.isMade(second, peer)).toBe(true);
    expect(privacy.isMade(staticAddress, peer)).toBe(false);
  });

  it('is the public or the random one where the list has nothing that fits (Vol 4, Part E, 7.8.5)', () => {
    const { privacy } = setUp();
    expect(privacy.own(2, stranger)).toBe(publicAddress);
    expect(privacy.own(3, stranger)).toBe(staticAddress);
    expect(privacy.own(3, undefined)).toBe(staticAddress);
    expect(privacy.own(0, peer)).toBe(publicAddress);
    expect(privacy.own(1, peer)).toBe(staticAddress);
  });

  it('lives as long as the new timeout says from the moment that it is set', async () => {
    const { clock, privacy } = setUp();
    const first = privacy.own(2, peer)!;
    await clock.advance(1000);
    privacy.timeout = 2;
    privacy.restartTimers();
    await clock.advance(1999);
    expect(privacy.own(2, peer)!.equals(first)).toBe(true);
    await clock.advance(1);
    expect(privacy.own(2, peer)!.equals(first)).toBe(false);
  });
});

describe('a directed PDU', () => {
  it('calls its target by a resolvable private address made from the IRK of the peer (Vol 4, Part E, 7.8.5)', () => {
    const { privacy } = setUp();
    expect(isMadeFrom(platformAes, peerIrk, privacy.targetOf(2, peer))).toBe(true);
    expect(privacy.targetOf(0, peer)).toBe(peer);
    expect(privacy.targetOf(2, stranger)).toBe(stranger);
  });

  it('is for this device under its own address, or one that a local IRK resolves (Vol 6, Part B, 6.3)', () => {
    const { privacy, rpaOf } = setUp();
    expect(privacy.asTarget(publicAddress, 0)).toBe(publicAddress);
    expect(privacy.asTarget(staticAddress, 0)).toBeUndefined();
    const resolved = privacy.asTarget(rpaOf(localIrk), 2);
    expect(resolved?.type).toBe(AddressType.publicIdentity);
    expect(resolved?.bd.equals(publicAddress.bd)).toBe(true);
    expect(privacy.asTarget(rpaOf(peerIrk), 2)).toBeUndefined();
    privacy.enabled = false;
    expect(privacy.asTarget(rpaOf(localIrk), 2)).toBeUndefined();
  });
});
