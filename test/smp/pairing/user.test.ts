import { describe, expect, it } from 'vitest';
import { Address, BdAddr } from '../../../src/core/address.js';
import { SimulatedClock } from '../../../src/core/clock.js';
import { HciError } from '../../../src/core/errors.js';
import { seededRandom } from '../../../src/core/random.js';
import { nobleCrypto } from '../../../src/smp/crypto/index.js';
import {
  createOutOfBandData,
  PairingAttempts,
  type PairingDelegate,
  randomKeys,
} from '../../../src/smp/pairing/index.js';
import { PairOfHosts, type Role } from './pair-of-hosts.js';
import { AgainstScript } from './scripted-peer.js';

const only = { secureConnections: 'only' } as const;
const throws = () => {
  throw new Error('no screen');
};

/** Pairs, and wants the reason on both sides. */
async function fails(
  reason: number,
  central: PairingDelegate,
  peripheral: PairingDelegate,
  policy: object = only,
) {
  const pair = new PairOfHosts({ policy, delegate: central }, { policy, delegate: peripheral });
  await pair.pair();
  for (const side of [pair.central, pair.peripheral]) {
    expect(side.failed[0]).toMatchObject({ reason });
    expect(side.paired).toEqual([]);
  }
  return pair;
}

describe('a user who does not take part', () => {
  const shows: PairingDelegate = { displayPasskey: () => {} };

  it.each([
    ['says nothing', () => undefined],
    ['says something else', () => 1_000_000],
    ['says no number', () => 1.5],
    ['throws', throws],
    ['rejects', () => Promise.reject(new Error('no keyboard'))],
  ])('enterPasskey %s: Passkey Entry Failed', async (_, enterPasskey) => {
    await fails(0x01, { enterPasskey: enterPasskey as () => number }, shows);
  });

  it.each([
    ['throws', throws],
    ['rejects', () => Promise.reject(new Error('no screen'))],
  ])('displayPasskey %s: Passkey Entry Failed', async (_, displayPasskey) => {
    const pair = await fails(0x01, { displayPasskey }, { enterPasskey: () => new Promise(() => {}) });
    expect(pair.central.failed[0]!.message).toMatch(/could not be displayed: no screen/);
  });

  it('compare that throws, rejects or says no: Numeric Comparison Failed', async () => {
    const agrees: PairingDelegate = { displayPasskey: () => {}, compare: () => true };
    for (const compare of [
      throws,
      () => Promise.reject(new Error('away')),
      () => Promise.reject('no'),
      () => false,
    ])
      await fails(0x0c, { displayPasskey: () => {}, compare }, agrees);
  });

  it.each(['no', 1, {}, undefined])('%j is no yes, where true or false is asked for', async (answer) => {
    const says = () => answer as boolean;
    const agrees: PairingDelegate = { displayPasskey: () => {}, compare: () => true };
    await fails(0x0c, { displayPasskey: () => {}, compare: says }, agrees);
    await fails(0x0c, agrees, { displayPasskey: () => {}, compare: says });
    await fails(0x08, {}, { confirm: says });
  });

  it('a capability that the delegate has not, claimed by the policy, ends the pairing', async () => {
    const keyboard = { ...only, ioCapability: 2 as const };
    const pair = new PairOfHosts({ policy: keyboard }, { policy: only, delegate: shows });
    expect((await pair.pair()).error).toMatchObject({ reason: 0x01 });
    const display = { ...only, ioCapability: 0 as const };
    const other = new PairOfHosts({ policy: display }, { policy: only, delegate: { enterPasskey: () => 1 } });
    expect((await other.pair()).error).toMatchObject({ reason: 0x01 });
    const yesNo = { ...only, ioCapability: 1 as const };
    const third = new PairOfHosts({ policy: yesNo }, { policy: yesNo });
    expect((await third.pair()).error).toMatchObject({ reason: 0x0c });
  });

  it('confirm is asked where the peer began, and says no: Unspecified Reason', async () => {
    const asked: Role[] = [];
    const no: PairingDelegate = {
      confirm: ({ role }) => {
        asked.push(role);
        return false;
      },
    };
    await fails(0x08, {}, no);
    const pair = new PairOfHosts({ delegate: no });
    expect((await pair.pair('peripheral')).error).toMatchObject({ reason: 0x08, side: 'peer' });
    expect(asked).toEqual(['peripheral', 'central']);
    // Who calls pair() has confirmed with that.
    const own = new PairOfHosts({ delegate: no });
    expect((await own.pair()).error).toBeUndefined();
    const throwing = new PairOfHosts({}, { delegate: { confirm: throws } });
    expect((await throwing.pair()).error).toMatchObject({ reason: 0x08 });
  });

  it('the signal is aborted when the pairing ends while the user is asked', async () => {
    let signal: AbortSignal | undefined;
    const pair = new PairOfHosts(
      { policy: only, delegate: shows },
      {
        policy: only,
        delegate: {
          enterPasskey: (context) => {
            ({ signal } = context);
            return new Promise(() => {});
          },
        },
      },
    );
    const work = pair.pair();
    await pair.settle();
    expect(signal!.aborted).toBe(false);
    pair.close();
    expect((await work).error).toMatchObject({ code: 'DISCONNECTED' });
    expect(signal!.aborted).toBe(true);
  });

  it('keypress that throws is reported, and the pairing goes on', async () => {
    const policy = { ...only, keypress: true };
    const pair = new PairOfHosts(
      {
        policy,
        delegate: {
          enterPasskey: ({ keypress }) => {
            keypress('started');
            keypress('nothing' as 'started');
            return 7;
          },
        },
      },
      { policy: { ...policy, passkey: 7 }, delegate: { ...shows, keypress: throws } },
    );
    expect((await pair.pair()).error).toBeUndefined();
    expect(pair.peripheral.reports).toEqual([expect.stringMatching(/keypress failed: no screen/)]);
  });

  it('what is thrown and is no error is told all the same', async () => {
    const throwsText = () => {
      throw 'no keys';
    };
    const keypress = new AgainstScript('peripheral', {
      policy: { keypress: true },
      delegate: { ...shows, keypress: throwsText },
    });
    await keypress.give('01 02 00 1d 10 00 00');
    await keypress.give('0e 01');
    expect(keypress.side.reports).toEqual([expect.stringMatching(/keypress failed: no keys/)]);
    const oob = new PairOfHosts({ delegate: { oob: throwsText } });
    expect((await oob.pair()).error).toMatchObject({
      reason: 0x08,
      message: expect.stringMatching(/no keys/),
    });
  });

  it('a keypress is dropped unless both sides asked for it', async () => {
    const told: string[] = [];
    for (const keypress of [false, true]) {
      const one = new AgainstScript('peripheral', {
        policy: { keypress },
        delegate: { ...shows, keypress: (what) => void told.push(`${keypress} ${what}`) },
      });
      for (const authReq of ['0d', '1d']) {
        await one.give(`01 02 00 ${authReq} 10 00 00`);
        expect(await one.give('0e 01')).toEqual([]);
        await one.give('05 08');
      }
    }
    expect(told).toEqual(['true entered']);
  });

  it('a keypress where none is due is dropped; one of an unknown kind is Invalid Parameters', async () => {
    const one = new AgainstScript('peripheral', { delegate: shows });
    expect(await one.give('0e 00')).toEqual([]);
    await one.give('01 03 00 09 10 00 00');
    expect(await one.give('0e 00')).toEqual([]);
    expect(await one.give('0e 05')).toEqual(['050a']);
  });
});

describe('what this side says of itself', () => {
  it('is CT2 where the policy has it, in a response as in a Security Request (3.5.1, 3.6.7)', async () => {
    for (const ct2 of [false, true]) {
      const one = new AgainstScript('peripheral', { policy: { ct2, bonding: false } });
      expect(await one.give('01 03 00 08 10 00 00')).toEqual([ct2 ? '02030028100000' : '02030008100000']);
    }
  });
});

describe('out of band', () => {
  const data = (seed: number) => createOutOfBandData(nobleCrypto, seededRandom(seed));
  const given = ({ random, confirm }: ReturnType<typeof data>) => ({ random, confirm });

  it('works when only one side has the data of the other', async () => {
    for (const has of ['central', 'peripheral'] as const) {
      const theirs = data(1);
      const knows: PairingDelegate = { oob: () => ({ peer: given(theirs) }) };
      const known: PairingDelegate = { oob: () => ({ own: theirs }) };
      const pair = new PairOfHosts(
        { policy: only, delegate: has === 'central' ? knows : known },
        { policy: only, delegate: has === 'central' ? known : knows },
      );
      expect((await pair.pair()).pairing).toMatchObject({ method: 'outOfBand', level: 4 });
    }
  });

  it('data of another key: Confirm Value Failed; another random value: DHKey Check Failed', async () => {
    const [a, b, c] = [data(1), data(2), data(3)];
    await fails(
      0x04,
      { oob: () => ({ own: a, peer: given(c) }) },
      { oob: () => ({ own: b, peer: given(a) }) },
    );
    await fails(
      0x0b,
      { oob: () => ({ own: a, peer: given(b) }) },
      { oob: () => ({ own: { ...b, random: c.random }, peer: given(a) }) },
    );
  });

  it('data that this side did not give, and a TK in place of it: OOB Not Available', async () => {
    const a = data(1);
    const { x, y } = a.keyPair.publicKey;
    const key = Uint8Array.of(0x0c, ...x, ...y);
    const central = new AgainstScript('central', { policy: only });
    await central.begin();
    await central.give('02 03 01 09 10 00 00');
    expect(await central.give(key)).toEqual(['0502']);
    await fails(0x02, { oob: () => ({ tk: new Uint8Array(16) }) }, { oob: () => ({ own: a }) });
  });

  it('a delegate that has none for this peer pairs without (2.3.5.1)', async () => {
    const pair = new PairOfHosts({ delegate: { oob: () => undefined } });
    expect((await pair.pair()).pairing).toMatchObject({ method: 'justWorks' });
    expect(pair.central.sent[0]).toMatch(/^010300/);
  });

  it('data of a wrong size, and oob that throws, end the pairing', async () => {
    for (const oob of [() => ({ tk: new Uint8Array(15) }), throws]) {
      const pair = new PairOfHosts({ delegate: { oob } });
      expect((await pair.pair()).error).toMatchObject({ code: 'PAIRING_ERROR', reason: 0x08 });
    }
  });
});

describe('the manager', () => {
  it('pairs once at a time, and not while the peer has to wait', async () => {
    const one = new AgainstScript('central');
    await one.begin();
    await expect(one.side.manager.pair()).rejects.toMatchObject({ code: 'INVALID_STATE' });
    const waiting = new AgainstScript('peripheral');
    waiting.side.attempts.failed(new Address(BdAddr.parse('C0:00:5E:00:53:01'), 1));
    await expect(waiting.side.manager.pair()).rejects.toMatchObject({ reason: 0x09, side: 'local' });
  });

  it('a Security Request that nobody answers times out, and may be sent again', async () => {
    const one = new AgainstScript('peripheral');
    const work = one.side.manager.pair().catch((error: unknown) => error);
    await one.wait(30_000);
    expect(await work).toMatchObject({ code: 'TIMEOUT' });
    expect(await one.begin()).toEqual(['0b09']);
    // The central that says no is heard.
    await one.give('05 05');
    expect(one.side.manager.pairing).toBe(false);
  });

  it('a Security Request is refused while its peer has to wait, and by the policy', async () => {
    const waiting = new AgainstScript('central');
    waiting.side.attempts.failed(new Address(BdAddr.parse('00:00:5E:00:53:02'), 0));
    expect(await waiting.give('0b 01')).toEqual(['0509']);
    const bond = {
      ltk: new Uint8Array(16),
      ediv: 0,
      rand: new Uint8Array(8),
      keySize: 16,
      authenticated: false,
      secureConnections: true,
    };
    const delegate = { displayPasskey: () => {} };
    const never = new AgainstScript('central', { bond, delegate, policy: { rePairing: 'never' } });
    expect(await never.give('0b 05')).toEqual(['0503']);
    expect(await never.give('0b 01')).toEqual([]);
    expect(never.side.started).toBe(bond);
    const wrong = new AgainstScript('peripheral');
    expect(await wrong.give('0b 01')).toEqual(['0507']);
  });

  it('a peer that does not bond is paired with, without keys', async () => {
    const one = new AgainstScript('central');
    const [request] = await one.give('0b 00');
    expect(request).toBe('01030008100000');
  });

  it('Pairing Failed of a wrong length ends a pairing too; without one it is reported', async () => {
    const one = new AgainstScript('central');
    await one.begin();
    expect(await one.give('05')).toEqual([]);
    expect(one.side.failed[0]).toMatchObject({ side: 'peer', reason: 0x08 });
    await one.give('05 77');
    expect(one.side.reports.at(-1)).toMatch(/0x77 a reason that is not assigned/);
  });

  it('encryption that fails ends the pairing with its error; without one it is nothing', async () => {
    const one = new AgainstScript('central', { policy: { secureConnections: 'never' } });
    one.side.manager.encryptionFailed(new HciError('PIN or Key Missing', 0x06));
    await one.begin();
    one.side.manager.encryptionFailed(new HciError('PIN or Key Missing', 0x06));
    expect(await one.give('')).toEqual([]);
    expect(one.side.failed[0]).toMatchObject({ code: 'HCI_ERROR', status: 0x06 });
    one.side.manager.encrypted();
  });

  it('a pairing is over when the peer has the last key: who ends the link then takes nothing from it', async () => {
    const pair = new PairOfHosts();
    let deliver = () => {};
    pair.central.delivered = () =>
      new Promise((resolve) => {
        deliver = resolve;
      });
    const work = pair.pair();
    await pair.settle();
    expect(pair.peripheral.paired).toHaveLength(1);
    expect(pair.central.paired).toEqual([]);
    deliver();
    expect((await work).pairing).toBe(pair.central.paired[0]);
  });

  it('a link that is gone sends and takes nothing', async () => {
    const pair = new PairOfHosts();
    pair.close();
    pair.central.manager.closed(new HciError('again', 8));
    await expect(pair.central.manager.pair()).rejects.toMatchObject({ code: 'DISCONNECTED' });
    pair.peripheral.manager.pdu(new Uint8Array([1, 3, 0, 1, 16, 0, 0]));
    expect(pair.log).toEqual([]);
  });

  it('asks for a key by its name only when it has one', async () => {
    const one = new AgainstScript('peripheral');
    expect(one.side.manager.longTermKey(0, new Uint8Array(8))).toBeUndefined();
    expect(one.side.manager.longTermKey(1, new Uint8Array(8))).toBeUndefined();
  });

  it('without an identity of its own it gives none', async () => {
    const pair = new PairOfHosts({ identity: undefined }, { identity: undefined });
    await pair.pair();
    expect(pair.central.paired[0]!.keys.own.identity).toBeUndefined();
    // One that is gone when its turn comes is told as none (2.4.2.1).
    const losing = new PairOfHosts();
    losing.central.onStart = ((start) => (key) => {
      losing.peripheral.identity = undefined;
      start(key);
    })(losing.central.onStart);
    expect((await losing.pair()).pairing!.keys.peer.identity!.irk).toEqual(new Uint8Array(16));
  });
});

describe('peers that failed', () => {
  const address = (i: number) =>
    new Address(BdAddr.parse(`C0:00:00:00:00:${i.toString(16).padStart(2, '0')}`), 1);

  it('are remembered in a bounded number, the oldest forgotten first', () => {
    const attempts = new PairingAttempts(new SimulatedClock(), { limit: 3 });
    for (let i = 0; i < 5; i++) attempts.failed(address(i));
    expect([0, 1, 2, 3, 4].map((i) => attempts.waitFor(address(i)) > 0)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
    attempts.succeeded(address(4));
    expect(attempts.waitFor(address(4))).toBe(0);
  });

  it('are forgotten after the longest wait without a failure, and wait no longer than that', async () => {
    const clock = new SimulatedClock();
    const attempts = new PairingAttempts(clock, { firstMs: 10, longestMs: 40 });
    const wait = (ms: number) => clock.run(new Promise<void>((resolve) => clock.setTimeout(resolve, ms)));
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      attempts.failed(address(1));
      waits.push(attempts.waitFor(address(1)));
    }
    expect(waits).toEqual([10, 20, 40, 40, 40]);
    await wait(81);
    expect(attempts.waitFor(address(1))).toBe(0);
    attempts.failed(address(1));
    expect(attempts.waitFor(address(1))).toBe(10);
  });
});

describe('values by chance', () => {
  it('passkeys are uniform below a million, and keys have a name of their own', () => {
    const draws = [0xffff_ffff, 4_294_000_000, 4_293_999_999];
    let zeros = 2;
    const keys = randomKeys(nobleCrypto, {
      fill: (target) => {
        if (target.length === 4) new DataView(target.buffer).setUint32(0, draws.shift()!, true);
        else if (target.length === 2 || target.length === 8) target.fill(zeros-- > 0 ? 0 : 1);
        return target;
      },
    });
    expect(keys.passkey()).toBe(999_999);
    const { ediv, rand } = keys.longTermKey();
    expect(ediv !== 0 || rand.some((octet) => octet !== 0)).toBe(true);
  });
});
