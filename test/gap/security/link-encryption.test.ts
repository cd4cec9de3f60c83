import { describe, expect, it } from 'vitest';
import { SecurityError, StateError } from '../../../src/core/errors.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import * as commands from '../../../src/hci/commands/index.js';
import { nobleCrypto } from '../../../src/smp/crypto/index.js';
import { c1, s1 } from '../../../src/smp/crypto/toolbox.js';
import { scriptedLink, scriptedPeer, smpPacket, someKey, told } from '../../support/scripted-bond.js';

const LTK = toHex(someKey.ltk);
/** LE Enable Encryption with the key of the bond: 7.8.24. */
const ENABLE = `0119201c4000${'00'.repeat(8)}0000${LTK}`;
const DISCONNECT = '01060403400005';

type Linked = Awaited<ReturnType<typeof scriptedLink>>;
/** Commands that were sent since. */
const sent = ({ controller }: Linked) => controller.sent.splice(0);
const messages = ({ diagnostics }: Linked) => diagnostics.map(({ message }) => message).join('\n');
/** What came of something that is to fail. */
async function failure({ clock }: Linked, promise: Promise<unknown>): Promise<Error> {
  const result = await clock.run(promise.catch((error: unknown) => error));
  if (!(result instanceof Error)) throw new Error('it did not fail');
  return result;
}

/** The other side of a legacy pairing by Just Works, up to where it would encrypt. */
class LegacyCentral {
  stk!: Uint8Array;
  private readonly one: Linked;

  constructor(one: Linked) {
    this.one = one;
  }

  async upToEncryption(): Promise<void> {
    const request = fromHex('01030001100000');
    const response = await this.exchange(request);
    const input = { request, response, initiator: scriptedPeer, responder: this.one.device.address };
    const tk = new Uint8Array(16);
    const random = new Uint8Array(16).fill(5);
    await this.exchange(Uint8Array.of(3, ...c1(nobleCrypto, tk, random, input)));
    const theirs = (await this.exchange(Uint8Array.of(4, ...random))).subarray(1);
    this.stk = s1(nobleCrypto, tk, theirs, random);
  }

  /** Sends a packet of SMP, and gives the one that comes for it. */
  private async exchange(pdu: Uint8Array): Promise<Uint8Array> {
    const { controller, clock } = this.one;
    controller.emit(smpPacket(toHex(pdu)));
    await clock.advance(1);
    const [answer] = sent(this.one);
    return fromHex(answer!).subarray(9);
  }
}

describe('encryption that a central begins, by the octets (Vol 4, Part E, 7.8.24)', () => {
  it('sends the key of the bond, and is encrypted when the controller says so, and not before', async () => {
    const one = await scriptedLink('central', { key: someKey });
    const work = one.link.encrypt();
    await one.clock.advance(1);
    expect(sent(one)).toEqual([ENABLE]);
    expect(one.link.security.level).toBe(1);
    one.controller.emit(told.encryptionChange(0, 1));
    await one.clock.run(work);
    expect(one.link.security).toEqual({ level: 4, keySize: 16, bonded: true });
  });

  it('that two ask for at once is begun once', async () => {
    const one = await scriptedLink('central', { key: someKey });
    const both = Promise.all([one.link.encrypt(), one.link.encrypt()]);
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChange(0, 1));
    await one.clock.run(both);
    expect(sent(one)).toEqual([ENABLE]);
    // One that comes later changes the key of the session.
    const later = one.link.encrypt();
    await one.clock.advance(1);
    expect(sent(one)).toEqual([ENABLE]);
    one.controller.emit(told.keyRefresh(0));
    await one.clock.run(later);
  });

  it('that the controller refuses at once leaves the link as it is, and may be begun again', async () => {
    const one = await scriptedLink('central', { key: someKey });
    one.controller.answer(commands.leEnableEncryption, { status: 0x0c });
    const error = await failure(one, one.link.encrypt());
    expect(error).toBeInstanceOf(SecurityError);
    expect(error).toMatchObject({ code: 'ENCRYPTION_FAILED', cause: { status: 0x0c } });
    expect(one.link.security.level).toBe(1);
    one.controller.answer(commands.leEnableEncryption, { status: 0 });
    const work = one.link.encrypt();
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChange(0, 1));
    await one.clock.run(work);
    expect(one.link.security.level).toBe(4);
  });

  it.each([
    [0x06, 'KEY_MISSING'],
    [0x3d, 'ENCRYPTION_FAILED'],
  ] as const)('that ends with status %i: %s, and the link is not encrypted', async (status, code) => {
    const one = await scriptedLink('central', { key: someKey });
    const work = one.link.encrypt();
    work.catch(() => {});
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChange(status, 0));
    expect(await failure(one, work)).toMatchObject({ code });
    expect(one.link.security).toEqual({ level: 1, keySize: 0, bonded: true });
    expect(one.device.bonds.size).toBe(1);
  });

  it('that nobody tells the end of for 45 s ends the link: what holds is not known', async () => {
    const one = await scriptedLink('central', { key: someKey });
    const work = one.link.encrypt();
    work.catch(() => {});
    await one.clock.advance(44_999);
    expect(sent(one)).toEqual([ENABLE]);
    await one.clock.advance(1);
    expect(await failure(one, work)).toMatchObject({ code: 'TIMEOUT' });
    expect(sent(one)).toEqual([DISCONNECT]);
  });

  it('that the end of the link comes before rejects with that; what waits behind it as well', async () => {
    const one = await scriptedLink('central', { key: someKey });
    const other = { ...someKey, ltk: someKey.ltk.slice().reverse() };
    const first = one.link.encrypt();
    first.catch(() => {});
    await one.clock.advance(1);
    // A bond that was made anew meanwhile has another key, and waits for its turn.
    await one.device.bonds.add({
      identity: one.link.peer,
      keys: { own: { encryption: other }, peer: { encryption: other } },
      level: 4,
    });
    const second = one.link.encrypt();
    second.catch(() => {});
    await one.clock.advance(1);
    one.controller.emit(told.disconnection(0x08));
    for (const work of [first, second])
      expect(await failure(one, work)).toMatchObject({ code: 'DISCONNECTED', reason: 0x08 });
    expect(sent(one)).toEqual([ENABLE]);
  });

  it.each([
    ['is gone already (Unknown Connection Identifier)', 0x02, false, 0x02],
    ['this side is ending', 0x0c, true, 0x16],
  ] as const)('of a link that %s fails with the end of the link', async (_, status, leaving, reason) => {
    const one = await scriptedLink('central', { key: someKey });
    one.controller.answer(commands.leEnableEncryption, { status });
    if (leaving) one.link.disconnect().catch(() => {});
    const error = await failure(one, one.link.encrypt());
    expect(error).toMatchObject({ code: 'DISCONNECTED', reason, cause: { status } });
  });

  it('wants a bond', async () => {
    const one = await scriptedLink('central');
    expect(await failure(one, one.link.encrypt())).toBeInstanceOf(StateError);
    expect(await failure(one, one.link.requestSecurity())).toBeInstanceOf(StateError);
    expect(sent(one)).toEqual([]);
  });

  it.each([
    ['of too low a level', { authenticated: false }, { minimumLevel: 3 }],
    ['of legacy pairing', { secureConnections: false }, { secureConnections: 'only' }],
    ['that is too short', { keySize: 7 }, {}],
  ] as const)('does not use a key %s', async (_, change, security) => {
    const one = await scriptedLink('central', { key: { ...someKey, ...change }, security });
    expect(await failure(one, one.link.encrypt())).toMatchObject({ code: 'SECURITY_TOO_LOW' });
    expect(sent(one)).toEqual([]);
  });
});

describe('what the controller says of encryption', () => {
  const encrypted = async () => {
    const one = await scriptedLink('central', { key: someKey });
    const work = one.link.encrypt();
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChange(0, 1));
    await one.clock.run(work);
    sent(one);
    return one;
  };

  it('with a key that nobody gave it does not count', async () => {
    const one = await scriptedLink('peripheral', { key: someKey });
    one.controller.emit(told.encryptionChange(0, 1), told.keyRefresh(0));
    await one.clock.advance(1);
    expect(one.link.security.level).toBe(1);
    expect(messages(one)).toMatch(/with a key that nobody gave it/);
  });

  it('that it is off, which LE knows no way to, ends the link (Vol 6, Part B, 5.1.3)', async () => {
    const one = await encrypted();
    one.controller.emit(told.encryptionChange(0, 0));
    await one.clock.advance(1);
    expect(one.link.security.level).toBe(1);
    expect(sent(one)).toEqual([DISCONNECT]);
  });

  it('a key that could not be changed ends the link, which was paused for it (5.1.3.2)', async () => {
    const one = await encrypted();
    const work = one.link.refreshKey();
    work.catch(() => {});
    await one.clock.advance(1);
    expect(sent(one)).toEqual([ENABLE]);
    one.controller.emit(told.keyRefresh(0x3d));
    expect(await failure(one, work)).toMatchObject({ code: 'ENCRYPTION_FAILED' });
    expect(one.link.security.level).toBe(1);
    expect(sent(one)).toEqual([DISCONNECT]);
  });

  it('a change of the key that failed where there was none is told, and ends nothing', async () => {
    const one = await scriptedLink('peripheral', { key: someKey });
    const failed: Error[] = [];
    one.link.on('pairingFailed', (error) => failed.push(error));
    one.controller.emit(told.keyRefresh(0x3d));
    await one.clock.advance(1);
    expect(failed).toMatchObject([{ code: 'ENCRYPTION_FAILED' }]);
    expect(sent(one)).toEqual([]);
  });
});

describe('encryption that the central begins, at the peripheral (7.7.65.5)', () => {
  const REPLY = `011a20124000${LTK}`;
  const NEGATIVE = '011b20024000';

  it('is answered with the key of the bond', async () => {
    const one = await scriptedLink('peripheral', { key: someKey });
    one.controller.emit(told.keyRequest());
    await one.clock.advance(1);
    expect(sent(one)).toEqual([REPLY]);
    expect(one.link.security.level).toBe(1);
    one.controller.emit(told.encryptionChange(0, 1));
    await one.clock.advance(1);
    expect(one.link.security).toEqual({ level: 4, keySize: 16, bonded: true });
  });

  it('that does not come about is told by the event pairingFailed', async () => {
    const one = await scriptedLink('peripheral', { key: someKey });
    const failed: Error[] = [];
    one.link.on('pairingFailed', (error) => failed.push(error));
    one.controller.emit(told.keyRequest());
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChange(0x3d, 0));
    await one.clock.advance(1);
    expect(failed).toMatchObject([{ code: 'ENCRYPTION_FAILED' }]);
    expect(one.link.security.level).toBe(1);
    // The key that was given for it has no meaning any more.
    one.controller.emit(told.encryptionChange(0, 1));
    await one.clock.advance(1);
    expect(one.link.security.level).toBe(1);
  });

  it.each([
    ['another EDIV', '0000000000000000', '0100'],
    ['another Rand', '0100000000000000', '0000'],
  ])('with %s has no key', async (_, rand, ediv) => {
    const one = await scriptedLink('peripheral', { key: someKey });
    one.controller.emit(told.keyRequest(rand, ediv));
    await one.clock.advance(1);
    expect(sent(one)).toEqual([NEGATIVE]);
  });

  it('has no key where there is no bond, nor where its key is less than the policy wants', async () => {
    const strange = await scriptedLink('peripheral');
    const weak = await scriptedLink('peripheral', {
      key: { ...someKey, authenticated: false },
      security: { minimumLevel: 3 },
    });
    for (const one of [strange, weak]) {
      one.controller.emit(told.keyRequest());
      await one.clock.advance(1);
      expect(sent(one)).toEqual([NEGATIVE]);
    }
    expect(messages(weak)).toMatch(/asks for a key that is not used/);
  });

  it('a controller that does not take the answer is reported, but for a link that went meanwhile', async () => {
    const one = await scriptedLink('peripheral', { key: someKey });
    one.controller.answer(commands.leLongTermKeyRequestReply, '0c 4000');
    one.controller.emit(told.keyRequest());
    await one.clock.advance(1);
    expect(messages(one)).toMatch(/did not take the answer to its request for a key/);
    const other = await scriptedLink('peripheral', { key: someKey });
    other.controller.answer(commands.leLongTermKeyRequestReply, undefined);
    other.controller.emit(told.keyRequest());
    await other.clock.advance(1);
    other.controller.emit(told.disconnection(0x13), '040e06011a20024000');
    await other.clock.advance(1);
    expect(messages(other)).not.toMatch(/did not take/);
  });

  it('whoever asks for security is told that the central has encrypted, without a pairing (2.4.6)', async () => {
    const one = await scriptedLink('peripheral', { key: someKey });
    const work = one.link.requestSecurity();
    await one.clock.advance(1);
    one.controller.emit(told.completedPackets, told.keyRequest());
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChange(0, 1));
    expect(await one.clock.run(work)).toMatchObject({ level: 4, method: undefined, secureConnections: true });
  });
});

describe('the size of the key that Encryption Change [v2] tells (7.7.8; Vol 3, Part C, 10.3.1)', () => {
  const shorter = { minKeySize: 7 };

  it.each([16, 0])('as it was agreed on, or none (%i), changes nothing', async (keySize) => {
    const one = await scriptedLink('central', { key: someKey });
    const work = one.link.encrypt();
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChangeV2(0, 1, keySize));
    await one.clock.run(work);
    expect(one.link.security).toEqual({ level: 4, keySize: 16, bonded: true });
    expect(one.diagnostics).toEqual([]);
  });

  it('that is more than was agreed on does not make the key longer', async () => {
    const key = { ...someKey, keySize: 7, ltk: someKey.ltk.slice().fill(0, 7) };
    const one = await scriptedLink('central', { key, security: shorter });
    const work = one.link.encrypt();
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChangeV2(0, 1, 16));
    await one.clock.run(work);
    expect(one.link.security).toEqual({ level: 3, keySize: 7, bonded: true });
  });

  it('that is less than the policy takes ends the link, as a central', async () => {
    const one = await scriptedLink('central', { key: someKey });
    const levels: number[] = [];
    one.link.on('security', ({ level }) => levels.push(level));
    const work = one.link.encrypt();
    work.catch(() => {});
    await one.clock.advance(1);
    sent(one);
    one.controller.emit(told.encryptionChangeV2(0, 1, 15));
    const error = await failure(one, work);
    expect(error).toMatchObject({ code: 'SECURITY_TOO_LOW' });
    expect(error.message).toMatch(/a key of 15 octets, where 16 were agreed on/);
    expect(levels).toEqual([]);
    expect(sent(one)).toEqual([DISCONNECT]);
  });

  it('that is less than the policy takes ends the link, as a peripheral, which tells it', async () => {
    const one = await scriptedLink('peripheral', { key: someKey });
    const failed: Error[] = [];
    one.link.on('pairingFailed', (error) => failed.push(error));
    one.controller.emit(told.keyRequest());
    await one.clock.advance(1);
    sent(one);
    one.controller.emit(told.encryptionChangeV2(0, 1, 1));
    await one.clock.advance(1);
    expect(failed).toMatchObject([{ code: 'SECURITY_TOO_LOW' }]);
    expect(one.link.security.level).toBe(1);
    expect(sent(one)).toEqual([DISCONNECT]);
  });

  it('that the policy takes, though it is less than was agreed on, is what the link has: level 3, also after a refresh', async () => {
    const one = await scriptedLink('central', { key: someKey, security: shorter });
    const work = one.link.encrypt();
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChangeV2(0, 1, 7));
    await one.clock.run(work);
    expect(one.link.security).toEqual({ level: 3, keySize: 7, bonded: true });
    expect(messages(one)).toMatch(/a key of 7 octets, where 16 were agreed on/);
    const refreshed = one.link.refreshKey();
    await one.clock.advance(1);
    one.controller.emit(told.keyRefresh(0));
    await one.clock.run(refreshed);
    expect(one.link.security).toEqual({ level: 3, keySize: 7, bonded: true });
  });

  it('that is less than a level of the policy wants ends the link as well', async () => {
    // Level 4 has no key of less than 16 octets (10.2.1).
    const one = await scriptedLink('central', { key: someKey, security: { minimumLevel: 4 } });
    const work = one.link.encrypt();
    work.catch(() => {});
    await one.clock.advance(1);
    one.controller.emit(told.encryptionChangeV2(0, 1, 15));
    expect(await failure(one, work)).toMatchObject({ code: 'SECURITY_TOO_LOW' });
  });

  it('that is too little in the middle of a pairing ends that, and nothing is kept', async () => {
    const one = await scriptedLink('peripheral');
    const failed: Error[] = [];
    one.link.on('pairingFailed', (error) => failed.push(error));
    const peer = new LegacyCentral(one);
    await peer.upToEncryption();
    one.controller.emit(told.keyRequest());
    await one.clock.advance(1);
    expect(sent(one)).toEqual([`011a20124000${toHex(peer.stk)}`]);
    one.controller.emit(told.encryptionChangeV2(0, 1, 7));
    await one.clock.advance(1);
    expect(failed).toMatchObject([{ code: 'SECURITY_TOO_LOW' }]);
    expect(one.device.bonds.size).toBe(0);
    expect(sent(one)).toEqual([DISCONNECT]);
  });
});

describe('encryption that is begun before the pairing has a key (Sweyntooth: CVE-2019-19194, CVE-2020-13593)', () => {
  it.each([
    ['LE legacy pairing', '01 03 00 01 10 00 00'],
    ['LE Secure Connections', '01 03 00 09 10 00 00'],
  ])('is given none, in %s: the controller is told that it is missing', async (_, request) => {
    const one = await scriptedLink('peripheral');
    const NEGATIVE = '011b20024000';
    one.controller.emit(told.keyRequest());
    await one.clock.advance(1);
    expect(one.controller.sent.splice(0)).toEqual([NEGATIVE]);
    one.controller.emit(smpPacket(request));
    await one.clock.advance(1);
    one.controller.sent.length = 0;
    one.controller.emit(told.keyRequest());
    await one.clock.advance(1);
    expect(one.controller.sent.splice(0)).toEqual([NEGATIVE]);
    // Should the controller encrypt all the same, it does not count, and keys are not taken.
    one.controller.emit(told.encryptionChange(0, 1), smpPacket(`06${'11'.repeat(16)}`));
    await one.clock.advance(1);
    expect(one.link.security.level).toBe(1);
    expect(one.controller.sent).toEqual(['0240000600020006000508']);
  });
});
