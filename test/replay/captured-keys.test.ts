import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import { seededRandom } from '../../src/core/random.js';
import { CapturedKeys } from '../../src/replay/captured-keys.js';
import { capturedPairings } from '../../src/replay/captured-pairings.js';
import { ReplayKeyError } from '../../src/replay/replay-error.js';
import type { CapturedPacket } from '../../src/replay/script.js';
import type { ReplaySecrets } from '../../src/replay/secrets.js';
import { nobleCrypto } from '../../src/smp/crypto/index.js';
import type { KeySource } from '../../src/smp/pairing/index.js';

const request = '01 03 00 09 10 07 07';
const failed = '05 04';
const octets = (digit: string, count = 16) => digit.repeat(2 * count);
const nonce = (digit: string) => `04 ${octets(digit)}`;

/** SMP packets, `>` of the host, `<` of its peer, on a handle where one is said: `> 04 …`, `2> 04 …`; `-` ends the link. */
function packets(lines: readonly string[]): CapturedPacket[] {
  return lines.map((line, i) => {
    const [, on, direction, pdu] = /^(\d?)([<>-])(.*)$/.exec(line)!;
    const handle = Number(on || '1');
    const base = { frame: i + 1, at: i, sent: direction === '>' };
    if (direction === '-') return { ...base, type: 4, bytes: Uint8Array.of(0x05, 4, 0, handle, 0, 0x13) };
    const octets = fromHex(pdu!.replaceAll(' ', ''));
    const { length } = octets;
    return {
      ...base,
      type: 2,
      bytes: Uint8Array.of(handle, 0, length + 4, 0, length, 0, 6, 0, ...octets),
    };
  });
}

/** The keys of such a capture, at a position that the test sets. */
function keysOf(lines: readonly string[], secrets: ReplaySecrets = {}) {
  const state = { position: 1, missing: undefined as ReplayKeyError | undefined };
  const keys = new CapturedKeys({
    name: 'test',
    captured: capturedPairings(packets(lines)),
    secrets,
    fallback: seededRandom(7),
    position: () => state.position,
    missing: (error) => {
      state.missing = error;
    },
  });
  const source: KeySource = keys.source(nobleCrypto);
  return Object.assign(state, { source, random: () => toHex(source.random()) });
}

describe('the values of captured pairings', () => {
  it('gives each random value once, in the order in which they were sent (Vol 3, Part H, 3.5.4)', () => {
    const keys = keysOf([`>${request}`, `>${nonce('a')}`, `<${nonce('b')}`, `>${nonce('c')}`]);
    // The host draws the second before the replay has taken the first.
    expect([keys.random(), keys.random()]).toEqual([octets('a'), octets('c')]);
    expect(() => keys.random()).toThrow(ReplayKeyError);
    expect(keys.missing).toMatchObject({ code: 'REPLAY_KEY_MISSING', frame: 1 });
    expect(keys.missing!.message).toBe(
      'test: at frame 1: the capture does not show the random value of its pairing, as its Pairing Random was never sent; give it by secrets.randoms',
    );
  });

  it('passes over values of pairings that the replay is beyond', () => {
    const keys = keysOf([`>${request}`, `>${nonce('a')}`, '-', `>${request}`, `>${nonce('b')}`]);
    keys.position = 4;
    expect(keys.random()).toBe(octets('b'));
  });

  it('does not give a pairing that failed the value of the next one, but what the user says', () => {
    const lines = [`<${request}`, `>03 ${octets('1')}`, `<${failed}`, `<${request}`, `>${nonce('b')}`];
    const without = keysOf(lines);
    without.position = 2;
    expect(() => without.random()).toThrow(/secrets.randoms/);
    const keys = keysOf(lines, { randoms: [fromHex(octets('9'))] });
    keys.position = 2;
    expect(keys.random()).toBe(octets('9'));
    keys.position = 5;
    expect(keys.random()).toBe(octets('b'));
  });

  it('keeps the pairings of two links apart where both are under way', () => {
    const keys = keysOf([`>${request}`, `2>${request}`, `2>${nonce('b')}`, `>${nonce('a')}`]);
    keys.position = 3;
    expect(keys.random()).toBe(octets('b'));
    keys.position = 4;
    expect(keys.random()).toBe(octets('a'));
  });

  it('gives the LTK with its EDIV and Rand, zeros as well, and the CSRK, as the host gave them (3.6.2, 3.6.3, 3.6.6)', () => {
    const { source } = keysOf([
      `>${request}`,
      `>06 ${octets('d')}`,
      `>07 0000 ${octets('0', 8)}`,
      `>0a ${octets('e')}`,
    ]);
    const { ltk, ediv, rand } = source.longTermKey();
    expect([toHex(ltk), ediv, toHex(rand)]).toEqual([octets('d'), 0, octets('0', 8)]);
    expect(toHex(source.signingKey())).toBe(octets('e'));
    expect(() => source.signingKey()).toThrow(/does not show the CSRK that the host gives its peer/);
    expect(() => source.longTermKey()).toThrow(/does not show the LTK/);
  });

  it('finds the private key of each public key, and none for another (3.5.6)', () => {
    const pairs = [1, 2].map((seed) => nobleCrypto.newKeyPair(seededRandom(seed)));
    const sent = pairs.map(({ publicKey: { x, y } }) => `>0c ${toHex(x)}${toHex(y)}`);
    const lines = [`>${request}`, sent[1]!, `<${failed}`, `>${request}`, sent[0]!];
    const keys = keysOf(lines, { privateKeys: pairs.map(({ privateKey }) => privateKey) });
    expect(keys.source.keyPair()).toEqual(pairs[1]);
    keys.position = 4;
    expect(keys.source.keyPair()).toEqual(pairs[0]);
    // The octets of neither way are a private key, or it is of nobody's.
    const others = [octets('f', 32), octets('0', 32), octets('5', 32)].map(fromHex);
    const lost = keysOf(lines, { privateKeys: others });
    expect(() => lost.source.keyPair()).toThrow(/none of the 3 that were given is it/);
  });

  it('gives displayed passkeys in their order', () => {
    const { source } = keysOf([`>${request}`], { passkeys: [12, 999_999] });
    expect([source.passkey(), source.passkey()]).toEqual([12, 999_999]);
    expect(() => source.passkey()).toThrow(/secrets.passkeys/);
  });

  it('draws by chance behind the end of the capture, where nothing is compared', () => {
    const keys = keysOf([`>${request}`]);
    keys.position = Number.POSITIVE_INFINITY;
    const { source } = keys;
    expect(source.random()).toHaveLength(16);
    expect(nobleCrypto.isOnCurve(source.keyPair().publicKey)).toBe(true);
    expect(source.longTermKey()).toMatchObject({ ediv: 1 });
    expect(source.signingKey()).toHaveLength(16);
    expect(source.passkey()).toBe(0);
    expect(keys.missing).toBeUndefined();
  });

  it('takes no packet for one of a pairing that came without a Pairing Request', () => {
    const lost = keysOf([`>${nonce('a')}`]);
    expect(() => lost.random()).toThrow(ReplayKeyError);
  });

  it('takes no packet that has not the length of its kind, nor one that never became whole', () => {
    const lines = [`>${request}`, '>04 aabb', `>${nonce('a')}00`, `>${nonce('b')}`, '>'];
    const keys = keysOf(lines);
    expect(keys.random()).toBe(octets('b'));
    expect(() => keys.random()).toThrow(ReplayKeyError);
    const [start, cut] = packets([`>${request}`, `>${nonce('a')}`]);
    const halves = [start!, { ...cut!, bytes: Uint8Array.of(1, 0, 6, 0, 17, 0, 6, 0, 4, 1) }];
    expect(capturedPairings(halves).sent.map(({ frame }) => frame)).toEqual([1]);
  });
});
