import { afterEach, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import { frameOf } from '../../src/core/index.js';
import type { Connection } from '../../src/gap/index.js';
import { SecureWorld } from '../support/secure-link.js';

/** One end of a link whose L2CAP signalling is the test's; all else is its host's. */
function scripted(link: Connection, now: () => number) {
  const channel = link.l2cap.openFixed(0x0005);
  const came: { readonly pdu: string; readonly at: number }[] = [];
  channel.attach({
    pdu: (bytes, start, end) => void came.push({ pdu: toHex(bytes.subarray(start, end)), at: now() }),
    closed: () => {},
  });
  return {
    take: () => came.splice(0),
    send: (pdu: string) => channel.send(frameOf(fromHex(pdu.replaceAll(' ', '')))),
  };
}

/** A request for as many channels as there are CIDs on EATT's SPSM: identifier, then MTU and MPS of 64, one credit (Part A, 4.25). */
const request = (identifier: string, cids: string) =>
  `17${identifier}${le(8 + cids.length / 2)}2700400040000100${cids}`;
/** Its answer: MTU, MPS, credits, the result, and a CID for each, 0 for one that is refused (4.26). */
const answer = (identifier: string, result: string, cids: string) =>
  `18${identifier}${le(8 + cids.length / 2)}400040000100${result}${cids}`;
const le = (value: number) => toHex(Uint8Array.of(value & 0xff, value >> 8));

const NO_RESOURCES = '0400';

describe('both sides open enhanced bearers at the same time, and there is not room enough (Vol 3, Part G, 5.4)', () => {
  let world: SecureWorld;
  afterEach(() => world.close());

  /** An encrypted link; our end in a role, and the script at the other. */
  async function ends(role: 'central' | 'peripheral', parameters: object = {}) {
    world = await SecureWorld.open({}, {}, { eatt: true });
    const { mine, theirs } = await world.connect();
    await world.run(mine.pair());
    await world.run(mine.updateParameters({ supervisionTimeoutMs: 10_000, ...slots(30), ...parameters }));
    await world.clock.advance(1000);
    const [ours, other] = role === 'central' ? [mine, theirs] : [theirs, mine];
    return { ours, peer: scripted(other, () => world.clock.now()) };
  }
  const slots = (ms: number, latency = 0) => ({ intervalMinMs: ms, intervalMaxMs: ms, latency });

  /** Lets time pass until the other end has something, and gives it. */
  async function next(peer: ReturnType<typeof scripted>) {
    for (let ms = 0; ms < 10_000; ms++) {
      const [one, ...more] = peer.take();
      if (one) return { ...one, more };
      await world.clock.advance(1);
    }
    throw new Error('nothing came in 10 s');
  }

  /** Our request comes; the peer sends its own, which is served, and then refuses all of ours. */
  async function collide(peer: ReturnType<typeof scripted>) {
    const asked = await next(peer);
    const identifier = asked.pdu.slice(2, 4);
    const cids = asked.pdu.slice(-8);
    expect(asked.pdu).toBe(`17${identifier}0c002700${asked.pdu.slice(12, 24)}${cids}`);
    peer.send(request('7f', '50005100'));
    peer.send(answer(identifier, NO_RESOURCES, '00000000'));
    const at = world.clock.now();
    const served = await next(peer);
    expect(served.pdu).toMatch(/^187f0c00.{12}0000.{8}$/);
    return { at, more: served.more };
  }

  it('a central asks again at once, and has both', async () => {
    const { ours, peer } = await ends('central');
    const opening = ours.openEatt({ count: 2, mtu: 64 });
    const { at, more } = await collide(peer);
    const again = more[0] ?? (await next(peer));
    expect(again.pdu).toMatch(/^17..0c0027004000/);
    // Two intervals of 30 ms: to us and back.
    expect(again.at - at).toBeLessThanOrEqual(2 * 30);
    peer.send(answer(again.pdu.slice(2, 4), '0000', '60006100'));
    expect(await world.run(opening)).toBe(2);
    // Two of the peer's beside them.
    expect(ours.served.enhancedBearers).toBe(4);
  });

  it.each([
    ['100 ms where intervals are short', slots(30), 100],
    ['2 × (latency + 1) intervals where those are longer', slots(30, 4), 300],
    ['two intervals of 200 ms', slots(200), 400],
  ])('a peripheral leaves the central %s, and asks then', async (_, parameters, ms) => {
    const { ours, peer } = await ends('peripheral', parameters);
    const opening = ours.openEatt({ count: 2, mtu: 64 });
    const { at, more } = await collide(peer);
    expect(more).toEqual([]);
    const again = await next(peer);
    expect(again.pdu).toMatch(/^17..0c0027004000/);
    const interval = parameters.intervalMinMs;
    expect(again.at - at).toBeGreaterThanOrEqual(ms);
    expect(again.at - at).toBeLessThanOrEqual(ms + 2 * (parameters.latency + 1) * interval);
    peer.send(answer(again.pdu.slice(2, 4), '0000', '60006100'));
    expect(await world.run(opening)).toBe(2);
    expect(ours.served.enhancedBearers).toBe(4);
  });

  it('asks only for what is missing, where one of two was refused', async () => {
    const { ours, peer } = await ends('central');
    const opening = ours.openEatt({ count: 2, mtu: 64 });
    const asked = await next(peer);
    peer.send(request('7f', '5000'));
    peer.send(answer(asked.pdu.slice(2, 4), NO_RESOURCES, '60000000'));
    const { pdu, more } = await next(peer);
    expect(pdu).toMatch(/^187f/);
    const again = more[0] ?? (await next(peer));
    expect(again.pdu).toMatch(/^17..0a002700/);
    peer.send(answer(again.pdu.slice(2, 4), '0000', '6100'));
    expect(await world.run(opening)).toBe(2);
    expect(ours.served.enhancedBearers).toBe(3);
  });

  it('does not ask again without end: what is refused twice is refused', async () => {
    const { ours, peer } = await ends('central');
    const opening = ours.openEatt({ count: 2, mtu: 64 }).catch((error: unknown) => error);
    const { more } = await collide(peer);
    const again = more[0] ?? (await next(peer));
    peer.send(answer(again.pdu.slice(2, 4), NO_RESOURCES, '00000000'));
    expect(await world.run(opening)).toMatchObject({ code: 'L2CAP_ERROR', reason: 4 });
    await world.clock.advance(5000);
    expect(peer.take()).toEqual([]);
    expect(ours.served.enhancedBearers).toBe(2);
  });

  it('is no collision where the peer asked for none: it has no room, and is not asked again', async () => {
    const { ours, peer } = await ends('central');
    const opening = ours.openEatt({ count: 2, mtu: 64 }).catch((error: unknown) => error);
    const asked = await next(peer);
    peer.send(answer(asked.pdu.slice(2, 4), NO_RESOURCES, '00000000'));
    expect(await world.run(opening)).toMatchObject({ reason: 4 });
    await world.clock.advance(5000);
    expect(peer.take()).toEqual([]);
  });

  it('ends the wait with the caller’s signal, and with the link', async () => {
    const { ours, peer } = await ends('peripheral', slots(200, 4));
    const leaving = new AbortController();
    const left = ours
      .openEatt({ count: 2, mtu: 64, signal: leaving.signal })
      .catch((error: unknown) => error);
    await collide(peer);
    leaving.abort(new Error('enough'));
    expect(await world.run(left)).toMatchObject({ message: 'enough' });
    await world.clock.advance(5000);
    expect(peer.take()).toEqual([]);
    const lost = ours.openEatt({ count: 1, mtu: 64 }).catch((error: unknown) => error);
    const asked = await next(peer);
    peer.send(request('7e', '5200'));
    peer.send(answer(asked.pdu.slice(2, 4), NO_RESOURCES, '0000'));
    await next(peer);
    await world.run(ours.disconnect());
    expect(await world.run(lost)).toMatchObject({ code: 'DISCONNECTED' });
  });
});
