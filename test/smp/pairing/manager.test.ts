import { describe, expect, it } from 'vitest';
import { BleError } from '../../../src/core/errors.js';
import { fromHex } from '../../../src/core/hex.js';
import type { EncryptionKey } from '../../../src/smp/keys.js';
import type { PairingDelegate, PairOptions } from '../../../src/smp/pairing/index.js';
import { PairOfHosts } from './pair-of-hosts.js';
import { AgainstScript } from './scripted-peer.js';

/** As a device's own, which the Security Manager does not know. */
class OtherError extends BleError {
  readonly code = 'OTHER';
}

/** NoInputNoOutput, bonding, Secure Connections, 16 octets, no keys. */
const REQUEST = '01 03 00 09 10 00 00';
const shows: PairingDelegate = { displayPasskey: () => {} };
const justWorksBond: EncryptionKey = {
  ltk: new Uint8Array(16).fill(1),
  ediv: 0,
  rand: new Uint8Array(8),
  keySize: 16,
  authenticated: false,
  secureConnections: true,
};

describe('what comes in one turn', () => {
  it('a Pairing Request right behind Pairing Failed is answered', async () => {
    const one = new AgainstScript('peripheral');
    await one.give(REQUEST);
    const answers = await one.give('05 08', REQUEST);
    expect(answers).toEqual([expect.stringMatching(/^02/)]);
    expect(one.side.failed).toHaveLength(1);
    expect(one.side.manager.pairing).toBe(true);
  });

  it('what ends a pairing is told at once, before the next packet', () => {
    const one = new AgainstScript('peripheral');
    one.side.manager.pdu(fromHex(REQUEST));
    one.side.manager.pdu(fromHex('0e 07'));
    expect(one.side.sent).toEqual(['050a']);
    expect(one.side.failed[0]).toMatchObject({ reason: 0x0a, side: 'local' });
    expect(one.side.manager.pairing).toBe(false);
  });
});

describe('who waits for an answer to a Security Request', () => {
  it('waits for the whole pairing, however long its steps take', async () => {
    let shown = 0;
    const pair = new PairOfHosts(
      {
        delegate: {
          displayPasskey: (passkey) => {
            shown = passkey;
          },
        },
      },
      {
        delegate: {
          enterPasskey: () => new Promise((resolve) => pair.clock.setTimeout(() => resolve(shown), 25_000)),
        },
      },
    );
    pair.central.onSend = ((send) => (pdu: Uint8Array) => {
      if (pdu[0] === 0x01) pair.clock.setTimeout(() => send(pdu), 20_000);
      else send(pdu);
    })(pair.central.onSend);
    const { pairing } = await pair.pair('peripheral');
    expect(pair.clock.now()).toBeGreaterThanOrEqual(45_000);
    expect(pairing).toBe(pair.peripheral.paired[0]);
    expect(pairing).toMatchObject({ method: 'passkey', level: 4 });
  });

  it('gets the error of a link that goes, and its timer goes with it', async () => {
    const pair = new PairOfHosts();
    pair.onAir = () => undefined;
    const work = pair.pair('peripheral');
    await pair.settle();
    pair.close();
    expect((await work).error).toMatchObject({ code: 'DISCONNECTED' });
  });

  it('an encrypted link is an answer', async () => {
    const one = new AgainstScript('peripheral');
    const work = one.side.manager.pair();
    await one.encrypt();
    expect(await work).toBeUndefined();
    await one.wait(31_000);
    expect(one.side.failed).toEqual([]);
  });
});

describe('the options of one pairing', () => {
  it('that are undefined leave the policy as it is', async () => {
    const one = new AgainstScript('central', { policy: { minimumLevel: 3, bonding: false } });
    const options = {
      minimumLevel: undefined,
      bonding: undefined,
      mitm: undefined,
    } as unknown as PairOptions;
    one.side.manager.pair(options).catch(() => {});
    expect(await one.give('')).toEqual(['0103000c100000']);
    expect(await one.give('02 03 00 09 10 00 00')).toEqual(['0503']);
  });

  it('that are none, or are not to be had, are told before anything is sent', async () => {
    for (const [options, message] of [
      [{ minimumLevel: 5 }, /minimumLevel/],
      [{ bondin: true }, /bondin/],
      [{ minimumLevel: 4 }, /Secure Connections/],
    ] as const) {
      const one = new AgainstScript('central', { policy: { secureConnections: 'never' } });
      await expect(one.side.manager.pair(options as PairOptions)).rejects.toThrow(message);
      expect(await one.begin()).toEqual([expect.stringMatching(/^01/)]);
    }
  });
});

describe('a pairing that the peer has begun', () => {
  it('is waited for by who wants to pair: nobody begins a second one', async () => {
    const pair = new PairOfHosts();
    const asked = pair.pair('peripheral');
    while (!pair.central.manager.pairing) await Promise.resolve();
    const mine = pair.pair('central');
    expect((await mine).pairing).toMatchObject({ level: 2, bonded: true });
    expect((await asked).pairing).toMatchObject({ level: 2 });
    expect(pair.log.filter(({ pdu }) => pdu.startsWith('01'))).toHaveLength(1);
    const other = new PairOfHosts();
    const begun = other.pair('central');
    while (!other.peripheral.manager.pairing) await Promise.resolve();
    expect((await other.pair('peripheral')).pairing).toMatchObject({ level: 2 });
    expect((await begun).pairing).toMatchObject({ level: 2 });
    expect(other.log.filter(({ pdu }) => pdu.startsWith('0b'))).toEqual([]);
  });

  it.each([
    [{ bonding: true }, { bonding: false }],
    [{ minimumLevel: 3, mitm: true }, {}],
    [{ mitm: true }, {}],
  ] as const)('is followed by another one where it comes to less than %j', async (wanted, first) => {
    const passkey = 4711;
    const pair = new PairOfHosts(
      { policy: { mitm: false }, delegate: { displayPasskey: () => {}, enterPasskey: () => passkey } },
      { policy: { mitm: false, passkey }, delegate: { displayPasskey: () => {} } },
    );
    // The last key is at the peer before anything else is sent.
    pair.central.delivered = () => pair.settle();
    const asked = pair.pair('peripheral', first);
    while (!pair.central.manager.pairing) await Promise.resolve();
    const { pairing } = await pair.pair('central', wanted);
    expect((await asked).pairing).toMatchObject({ method: 'justWorks' });
    expect(pairing).toMatchObject('bonding' in wanted ? { bonded: true } : { method: 'passkey', level: 4 });
    expect(pair.log.filter(({ pdu }) => pdu.startsWith('01'))).toHaveLength(2);
  });

  it('that fails, fails for all who wait for it; one who calls off ends it', async () => {
    const one = new AgainstScript('central');
    await one.give('0b 01');
    const work = one.side.manager.pair();
    await expect(one.side.manager.pair()).rejects.toThrow(/under way/);
    await expect(one.side.manager.pair({ minimumLevel: 9 as 4 })).rejects.toThrow(/under way/);
    work.catch(() => {});
    await one.give('05 05');
    await expect(work).rejects.toMatchObject({ reason: 0x05, side: 'peer' });
    const two = new AgainstScript('central');
    await two.give('0b 01');
    await expect(two.side.manager.pair({ minimumLevel: 9 as 4 })).rejects.toThrow(/minimumLevel/);
    const { signal, abort } = abortable();
    const left = two.side.manager.pair({ signal });
    abort('enough');
    await expect(left).rejects.toBe('enough');
    expect(await two.give()).toEqual(['0508']);
    expect(two.side.manager.pairing).toBe(false);
  });
});

describe('a pairing that is called off', () => {
  const waits = { enterPasskey: () => new Promise<number>(() => {}) };

  it('by a central ends on both sides: the peer is told, and who called has the reason of the signal', async () => {
    const pair = new PairOfHosts({ delegate: waits }, { delegate: { displayPasskey: () => {} } });
    const { signal, abort } = abortable();
    const work = pair.pair('central', { signal });
    await pair.settle();
    expect(pair.central.manager.pairing).toBe(true);
    abort('enough');
    expect((await work).error).toBe('enough');
    for (const [{ manager, failed }, side] of [
      [pair.central, 'local'],
      [pair.peripheral, 'peer'],
    ] as const) {
      expect(manager.pairing).toBe(false);
      expect(failed).toMatchObject([{ reason: 0x08, side }]);
    }
    expect(pair.central.sent.filter((pdu) => pdu.startsWith('05'))).toEqual(['0508']);
  });

  it('by a peripheral, before the central has done anything: a Pairing Request is answered as any other then', async () => {
    const one = new AgainstScript('peripheral');
    const { signal, abort } = abortable();
    const work = one.side.manager.pair({ signal, minimumLevel: 3 });
    expect(await one.give()).toEqual(['0b0d']);
    abort('enough');
    await expect(work).rejects.toBe('enough');
    await one.wait(31_000);
    expect(one.side.failed).toEqual([]);
    expect(await one.give('01 03 00 09 10 00 00')).toEqual([expect.stringMatching(/^02/)]);
  });

  it('before it begins sends nothing, and after its end changes nothing', async () => {
    const one = new AgainstScript('peripheral');
    await expect(one.side.manager.pair({ signal: AbortSignal.abort('no') })).rejects.toBe('no');
    expect(await one.give()).toEqual([]);
    const pair = new PairOfHosts();
    const { signal, abort } = abortable();
    expect((await pair.pair('central', { signal })).pairing).toMatchObject({ level: 2 });
    abort('late');
    await pair.settle();
    expect(pair.central.failed).toEqual([]);
    expect((await pair.pair()).error).toBeUndefined();
  });
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason: unknown) => controller.abort(reason) };
}

describe('a Security Request to a central with a bond', () => {
  it('is passed over while the encryption that it asked for is under way (2.4.6)', async () => {
    const one = new AgainstScript('central', { bond: justWorksBond });
    let started = 0;
    one.side.onStart = () => {
      started++;
    };
    expect(await one.give('0b 01', '0b 01', '0b 05')).toEqual([]);
    expect(started).toBe(1);
    await one.encrypt();
    await one.give('0b 01');
    expect(started).toBe(2);
    one.side.manager.encryptionFailed(new OtherError('no key'));
    await one.give('0b 01');
    expect(started).toBe(3);
  });

  it.each([
    ['too short', { ...justWorksBond, keySize: 7 }, {}],
    ['of legacy pairing', { ...justWorksBond, secureConnections: false }, { secureConnections: 'only' }],
    ['of too low a level', justWorksBond, { minimumLevel: 3 }],
  ] as const)('pairs anew where the policy does not take its key: %s', async (_, bond, policy) => {
    const one = new AgainstScript('central', { bond, policy, delegate: shows });
    expect(await one.give('0b 01')).toEqual([expect.stringMatching(/^01/)]);
    expect(one.side.started).toBeUndefined();
  });

  it('is not lured from its key by a peer that asks for protection and then has none', async () => {
    // Nobody to ask here: there is no better key to be had.
    const silent = new AgainstScript('central', { bond: justWorksBond });
    expect(await silent.give('0b 05')).toEqual([]);
    expect(silent.side.started).toBe(justWorksBond);
    // With a user the pairing has to be an authenticated one.
    const asked = new AgainstScript('central', { bond: justWorksBond, delegate: shows });
    await asked.give('0b 0d');
    expect(await asked.give('02 03 00 09 10 00 00')).toEqual(['0503']);
    // Level 4 stays 4.
    const strict = new AgainstScript('central', {
      bond: justWorksBond,
      delegate: shows,
      policy: { minimumLevel: 4 },
    });
    await strict.give('0b 0d');
    expect(await strict.give('02 02 00 05 10 00 00')).toEqual(['0503']);
  });
});

describe('errors', () => {
  it('of the device keep what they are', async () => {
    const pair = new PairOfHosts();
    const error = new OtherError('the controller says no');
    pair.central.onStart = () => pair.central.manager.encryptionFailed(error);
    expect((await pair.pair()).error).toBe(error);
    expect(pair.central.failed).toEqual([error]);
    // The peer is told nothing: its own controller did.
    expect(pair.central.sent.filter((pdu) => pdu.startsWith('05'))).toEqual([]);
  });

  it('that nobody expected keep their cause', async () => {
    const cause = new Error('broken');
    const one = new AgainstScript('central', {
      delegate: {
        oob: () => {
          throw cause;
        },
      },
    });
    await one.begin();
    expect(one.side.failed[0]).toMatchObject({ reason: 0x08, cause });
  });

  it('of a channel that does not send leave the way for another call', async () => {
    const one = new AgainstScript('peripheral');
    one.side.onSend = () => {
      throw new Error('the channel is full');
    };
    await expect(one.side.manager.pair()).rejects.toThrow(/channel is full/);
    one.side.onSend = () => {};
    one.side.sent.length = 0;
    expect(await one.begin()).toEqual(['0b09']);
  });
});

describe('a passkey that does not change', () => {
  it('may be printed on a device that shows nothing', async () => {
    const pair = new PairOfHosts(
      { delegate: { enterPasskey: () => 42 } },
      { policy: { passkey: 42, minimumLevel: 3 } },
    );
    const { pairing } = await pair.pair();
    expect(pairing).toMatchObject({ method: 'passkey', level: 4 });
    expect(pair.peripheral.sent[0]).toMatch(/^0200/);
  });
});
