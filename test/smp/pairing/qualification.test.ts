import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { nobleCrypto } from '../../../src/smp/crypto/index.js';
import { createOutOfBandData, type PairingDelegate } from '../../../src/smp/pairing/index.js';
import { PairOfHosts, type Role, type SideOptions } from './pair-of-hosts.js';
import { AgainstScript } from './scripted-peer.js';

/**
 * The cases of the Security Manager that want no controller, from what the specification demands where their names point to:
 * CEN and PER are the role of the stack; PROT the protocol, JW, PKE, OOB the methods of LE legacy pairing, SCJW, SCPK those of
 * Secure Connections, EKS the size of the key, KDU its distribution, SIP and PIS the peripheral's Security Request.
 */

const legacy = { secureConnections: 'never' } as const;
const only = { secureConnections: 'only' } as const;
const zeros = (size: number) => '00'.repeat(size);
const peerKeys = nobleCrypto.newKeyPair(seededRandom(98));

function display(pair: { passkey?: number }): PairingDelegate {
  return {
    displayPasskey: (passkey) => {
      pair.passkey = passkey;
    },
  };
}
function keyboard(pair: { passkey?: number }, wrong = 0): PairingDelegate {
  return {
    enterPasskey: async () => {
      for (let i = 0; i < 20 && pair.passkey === undefined; i++) await Promise.resolve();
      return ((pair.passkey ?? 0) + wrong) % 1_000_000;
    },
  };
}

/** Pairs, and wants it to come about on both sides. */
async function succeeds(central: SideOptions, peripheral: SideOptions, by: Role = 'central') {
  const pair = new PairOfHosts(central, peripheral);
  const { error } = await pair.pair(by);
  expect(error).toBeUndefined();
  expect(pair.central.paired).toHaveLength(1);
  expect(pair.peripheral.paired).toHaveLength(1);
  return pair;
}

/** Pairs, and wants it to fail on both sides for one reason. */
async function fails(reason: number, central: SideOptions, peripheral: SideOptions) {
  const pair = new PairOfHosts(central, peripheral);
  const { error } = await pair.pair();
  expect(error).toMatchObject({ code: 'PAIRING_ERROR', reason });
  for (const side of [pair.central, pair.peripheral]) {
    expect(side.failed[0]).toMatchObject({ reason });
    expect(side.paired).toEqual([]);
  }
  return pair;
}

describe('timeout (Core Vol 3, Part H, 3.4)', () => {
  it('SM/CEN/PROT/BV-01-C: without an answer for 30 s it fails, and there is no SMP on this link any more', async () => {
    const central = new AgainstScript('central');
    await central.begin();
    await central.wait(29_999);
    expect(central.side.failed).toEqual([]);
    expect(await central.wait(1)).toEqual([]);
    expect(central.side.failed[0]).toMatchObject({ code: 'TIMEOUT' });
    expect(await central.give('02 03 00 01 10 00 00', '0b 01')).toEqual([]);
    await expect(central.side.manager.pair()).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('SM/PER/PROT/BV-02-C: the same for the responder', async () => {
    const peripheral = new AgainstScript('peripheral');
    await peripheral.give('01 03 00 01 10 00 00');
    await peripheral.wait(30_000);
    expect(peripheral.side.failed[0]).toMatchObject({ code: 'TIMEOUT' });
    expect(await peripheral.give('01 03 00 01 10 00 00')).toEqual([]);
  });
});

describe('LE legacy pairing', () => {
  it.each(['SM/CEN/JW/BV-05-C', 'SM/PER/JW/BV-02-C'])('%s: Just Works', async () => {
    const pair = await succeeds({ policy: legacy }, { policy: legacy });
    expect(pair.central.paired[0]).toMatchObject({ method: 'justWorks', level: 2, secureConnections: false });
  });

  it('SM/CEN/JW/BI-01-C: a wrong confirm value ends in Confirm Value Failed, as initiator', async () => {
    const central = new AgainstScript('central', { policy: legacy });
    await central.begin();
    await central.give('02 03 00 01 10 00 00');
    await central.give(`03${zeros(16)}`);
    expect(await central.give(`04${zeros(16)}`)).toEqual(['0504']);
  });

  it('SM/PER/JW/BI-02-C: a wrong confirm value ends in Confirm Value Failed, as responder', async () => {
    const peripheral = new AgainstScript('peripheral', { policy: legacy });
    await peripheral.give('01 03 00 01 10 00 00');
    await peripheral.give(`03${zeros(16)}`);
    expect(await peripheral.give(`04${zeros(16)}`)).toEqual(['0504']);
  });

  it.each(['SM/CEN/JW/BI-04-C', 'SM/PER/JW/BI-03-C'])(
    '%s: reserved bits of AuthReq are passed over, and go into the confirm value',
    async () => {
      const pair = new PairOfHosts({ policy: legacy }, { policy: legacy });
      const reserved = (pdu: Uint8Array) =>
        pdu[0] === 0x01 || pdu[0] === 0x02 ? pdu.map((o, i) => (i === 3 ? o | 0xe0 : o)) : pdu;
      pair.onAir = reserved;
      await pair.pair();
      // Each side has seen the other's features as changed: confirm values differ, and that shows that they went in.
      expect(pair.central.failed[0]).toMatchObject({ reason: 0x04 });
      const peripheral = new AgainstScript('peripheral', { policy: legacy });
      expect(await peripheral.give('01 03 00 e1 10 00 00')).toEqual(['02030001100000']);
    },
  );

  it('SM/CEN/PKE/BV-01-C: passkey entry as initiator', async () => {
    const screen = {};
    const pair = await succeeds(
      { policy: legacy, delegate: keyboard(screen) },
      { policy: legacy, delegate: display(screen) },
    );
    expect(pair.central.paired[0]).toMatchObject({ method: 'passkey', level: 3 });
  });

  it('SM/PER/PKE/BV-02-C: passkey entry as responder', async () => {
    const screen = {};
    await succeeds(
      { policy: legacy, delegate: display(screen) },
      { policy: legacy, delegate: keyboard(screen) },
    );
  });

  it.each(['SM/CEN/PKE/BV-04-C', 'SM/PER/PKE/BV-05-C'])(
    '%s: Just Works when neither side asks for protection, whatever they could do',
    async () => {
      const screen = {};
      const policy = { ...legacy, mitm: false };
      const pair = await succeeds(
        { policy, delegate: keyboard(screen) },
        { policy, delegate: display(screen) },
      );
      expect(pair.peripheral.methods).toEqual(['justWorks']);
    },
  );

  it.each([
    ['SM/CEN/PKE/BI-01-C', 'central'],
    ['SM/CEN/PKE/BI-02-C', 'peripheral'],
    ['SM/PER/PKE/BI-03-C', 'peripheral'],
  ])('%s: a wrong passkey at the %s', async (_, where) => {
    const screen = {};
    const [enters, shows] = [keyboard(screen, 1), display(screen)];
    await fails(
      0x04,
      { policy: legacy, delegate: where === 'central' ? enters : shows },
      { policy: legacy, delegate: where === 'central' ? shows : enters },
    );
  });

  const tk = new Uint8Array(16).fill(0x5a);
  const has: PairingDelegate = { oob: () => ({ tk }) };
  it.each(['SM/CEN/OOB/BV-05-C', 'SM/PER/OOB/BV-08-C'])(
    '%s: the central alone has out-of-band data: another method is taken',
    async () => {
      const pair = await succeeds({ policy: legacy, delegate: has }, { policy: legacy });
      expect(pair.log[0]!.pdu.slice(4, 6)).toBe('01');
      expect(pair.central.methods).toEqual(['justWorks']);
    },
  );
  it.each(['SM/CEN/OOB/BV-07-C', 'SM/PER/OOB/BV-06-C'])(
    '%s: the peripheral alone has out-of-band data: another method is taken',
    async () => {
      const pair = await succeeds({ policy: legacy }, { policy: legacy, delegate: has });
      expect(pair.log[1]!.pdu.slice(4, 6)).toBe('01');
      expect(pair.central.methods).toEqual(['justWorks']);
    },
  );
  it('out-of-band data that only one of two kinds is for ends in OOB Not Available', async () => {
    const own = createOutOfBandData(nobleCrypto, seededRandom(3));
    const other: PairingDelegate = { oob: () => ({ peer: { random: own.random, confirm: own.confirm } }) };
    await fails(0x02, { policy: legacy, delegate: other }, { policy: legacy, delegate: has });
  });
});

describe('the size of the key (2.3.4)', () => {
  it.each(['SM/CEN/EKS/BI-01-C', 'SM/PER/EKS/BI-02-C'])(
    '%s: below the least that is taken it ends in Encryption Key Size',
    async (name) => {
      const policy = { ...legacy, minKeySize: 10 };
      const one = new AgainstScript(name.includes('CEN') ? 'central' : 'peripheral', { policy });
      if (name.includes('CEN')) await one.begin();
      const features = name.includes('CEN') ? '02 03 00 01 09 00 00' : '01 03 00 01 09 00 00';
      expect(await one.give(features)).toEqual(['0506']);
    },
  );

  it.each([7, 10, 16])('a key of %d octets has zeros above, with either kind of pairing', async (size) => {
    for (const policy of [legacy, only]) {
      const pair = await succeeds(
        { policy: { ...policy, minKeySize: 7 } },
        { policy: { ...policy, minKeySize: 7, maxKeySize: size } },
      );
      for (const { paired } of [pair.central, pair.peripheral]) {
        const { encryption, keys } = paired[0]!;
        for (const key of [encryption, keys.own.encryption!, keys.peer.encryption!]) {
          expect(key.keySize).toBe(size);
          expect(toHex(key.ltk.subarray(size))).toBe(zeros(16 - size));
          expect(key.ltk.subarray(0, size).some((octet) => octet !== 0)).toBe(true);
        }
      }
    }
  });

  it.each(['06', '11', '00', 'ff'])('a size of 0x%s is Invalid Parameters', async (size) => {
    const peripheral = new AgainstScript('peripheral');
    expect(await peripheral.give(`01 03 00 01 ${size} 00 00`)).toEqual(['050a']);
  });
});

describe('distribution of keys (2.4.3, 3.6.1)', () => {
  const none = { encryption: false, identity: false, signing: false };
  const kinds = {
    encryption: { ...none, encryption: true },
    identity: { ...none, identity: true },
    signing: { ...none, signing: true },
  };
  const all = { encryption: true, identity: true, signing: true };

  it.each([
    ['SM/CEN/KDU/BV-05-C', 'identity', 'central'],
    ['SM/CEN/KDU/BV-06-C', 'signing', 'central'],
    ['SM/PER/KDU/BV-01-C', 'encryption', 'peripheral'],
    ['SM/PER/KDU/BV-02-C', 'identity', 'peripheral'],
    ['SM/PER/KDU/BV-03-C', 'signing', 'peripheral'],
    ['SM/PER/KDU/BV-08-C', 'identity', 'peripheral'],
    ['SM/PER/KDU/BV-09-C', 'signing', 'peripheral'],
  ] as const)('%s: %s keys alone are given by the %s', async (name, kind, role) => {
    // Secure Connections give no LTK.
    const base = name.endsWith('BV-08-C') || name.endsWith('BV-09-C') ? only : legacy;
    const gives = { ...base, ownKeys: kinds[kind], peerKeys: none };
    const takes = { ...base, ownKeys: none, peerKeys: all };
    const pair = await succeeds(
      { policy: role === 'central' ? gives : takes },
      { policy: role === 'central' ? takes : gives },
    );
    const codes = { encryption: ['06', '07'], identity: ['08', '09'], signing: ['0a'] };
    const given = pair.log.filter(({ pdu }) => ['06', '07', '08', '09', '0a'].includes(pdu.slice(0, 2)));
    expect(given.map(({ pdu }) => pdu.slice(0, 2))).toEqual(codes[kind]);
    expect(new Set(given.map(({ from }) => from))).toEqual(new Set([role]));
    const other = role === 'central' ? pair.peripheral : pair.central;
    expect(other.paired[0]!.keys.peer[kind]).toEqual(pair[role].paired[0]!.keys.own[kind]);
  });

  it('SM/CEN/KDU/BV-10-C: all keys both ways, the responder first, in the order of 3.6.1', async () => {
    const pair = await succeeds({ policy: legacy }, { policy: legacy });
    const given = pair.log.slice(6).map(({ from, pdu }) => `${from} ${pdu.slice(0, 2)}`);
    const order = ['06', '07', '08', '09', '0a'];
    expect(given).toEqual([
      ...order.map((code) => `peripheral ${code}`),
      ...order.map((code) => `central ${code}`),
    ]);
  });

  it('all combinations are given as agreed', async () => {
    for (const policy of [legacy, only]) {
      for (let own = 0; own < 8; own++) {
        for (let peer = 0; peer < 8; peer++) {
          const of = (mask: number) => ({
            encryption: (mask & 1) !== 0,
            identity: (mask & 2) !== 0,
            signing: (mask & 4) !== 0,
          });
          const pair = await succeeds(
            { policy: { ...policy, ownKeys: of(own), peerKeys: of(peer) } },
            { policy },
          );
          const { keys } = pair.central.paired[0]!;
          const kindsOf = (given: object) => Object.keys(given).filter((kind) => kind !== 'encryption');
          const named = (mask: number) =>
            Object.entries(of(mask)).flatMap(([kind, there]) =>
              there && kind !== 'encryption' ? [kind] : [],
            );
          expect(kindsOf(keys.own)).toEqual(named(own));
          expect(kindsOf(keys.peer)).toEqual(named(peer));
          expect(keys.own.encryption !== undefined).toBe(policy === only || (own & 1) !== 0);
          expect(keys).toEqual({
            own: pair.peripheral.paired[0]!.keys.peer,
            peer: pair.peripheral.paired[0]!.keys.own,
          });
        }
      }
    }
  });

  it('a response with keys that were not asked for is Invalid Parameters', async () => {
    const central = new AgainstScript('central', { policy: { ...legacy, ownKeys: none } });
    await central.begin();
    expect(await central.give('02 03 00 01 10 01 00')).toEqual(['050a']);
  });

  const { x } = peerKeys.publicKey;
  const wrongY = toHex(new Uint8Array(32).fill(0x42));
  it.each([
    ['SM/CEN/KDU/BI-01-C', `0c${toHex(x)}${wrongY}`],
    ['SM/PER/KDU/BI-01-C', `0c${toHex(x)}${wrongY}`],
    ['SM/PER/KDU/BI-02-C', `0c${zeros(32)}${toHex(peerKeys.publicKey.y)}`],
    ['SM/PER/KDU/BI-03-C', `0c${zeros(64)}`],
    ['SM/PER/KDU/BI-04-C', `0c${'ff'.repeat(64)}`],
  ])('%s: a public key that is not on the curve ends the pairing', async (name, pdu) => {
    const isCentral = name.includes('CEN');
    const one = new AgainstScript(isCentral ? 'central' : 'peripheral', { policy: only });
    if (isCentral) await one.begin();
    await one.give(isCentral ? '02 03 00 09 10 00 00' : '01 03 00 09 10 00 00');
    expect(await one.give(pdu)).toEqual(['050a']);
    expect(one.side.paired).toEqual([]);
  });
});

describe('the Security Request (2.4.6)', () => {
  it('SM/CEN/SIP/BV-02-C: a central answers with a Pairing Request', async () => {
    const central = new AgainstScript('central');
    const [request] = await central.give('0b 01');
    expect(request).toMatch(/^01/);
  });

  it('SM/PER/SIP/BV-01-C: a peripheral asks, and pairs', async () => {
    const pair = await succeeds({}, {}, 'peripheral');
    expect(pair.log[0]).toEqual({ from: 'peripheral', pdu: '0b09' });
    expect(pair.log[1]!.pdu).toMatch(/^01/);
  });

  it('SM/PER/PIS/BV-01-C: a central with a key encrypts in answer', async () => {
    const bond = {
      ltk: fromHex('000102030405060708090a0b0c0d0e0f'),
      ediv: 0,
      rand: new Uint8Array(8),
      keySize: 16,
      authenticated: false,
      secureConnections: true,
    };
    const pair = new PairOfHosts({ bond }, { bond });
    expect(await pair.pair('peripheral')).toEqual({ pairing: undefined });
    expect(pair.log).toHaveLength(1);
    expect(pair.key).toBe(toHex(bond.ltk));
  });

  it('a key that is not authenticated does not do where protection is asked for', async () => {
    const bond = {
      ltk: new Uint8Array(16).fill(1),
      ediv: 0,
      rand: new Uint8Array(8),
      keySize: 16,
      authenticated: false,
      secureConnections: true,
    };
    const delegate = display({});
    const central = new AgainstScript('central', { bond, delegate });
    const [request] = await central.give('0b 0d');
    expect(request).toMatch(/^0100000d/);
    expect(central.side.started).toBeUndefined();
  });
});

describe('LE Secure Connections', () => {
  it.each(['SM/CEN/SCJW/BV-01-C', 'SM/PER/SCJW/BV-02-C'])('%s: Just Works', async () => {
    const pair = await succeeds({ policy: only }, { policy: only });
    expect(pair.central.paired[0]).toMatchObject({ method: 'justWorks', level: 2, secureConnections: true });
  });

  it.each(['SM/CEN/SCJW/BV-04-C', 'SM/PER/SCJW/BV-03-C', 'SM/CEN/SCPK/BV-04-C', 'SM/PER/SCPK/BV-03-C'])(
    '%s: reserved bits of AuthReq are passed over',
    async (name) => {
      const passkey = name.includes('SCPK');
      const isCentral = name.includes('CEN');
      const delegate = passkey ? { delegate: { displayPasskey: () => {} } } : {};
      const one = new AgainstScript(isCentral ? 'central' : 'peripheral', { policy: only, ...delegate });
      if (isCentral) await one.begin();
      const code = isCentral ? '02' : '01';
      await one.give(passkey ? `${code} 02 00 cd 10 00 00` : `${code} 03 00 c9 10 00 00`);
      expect(one.side.failed).toEqual([]);
      expect(one.side.methods).toEqual([passkey ? 'passkey' : 'justWorks']);
    },
  );

  it.each(['SM/CEN/SCJW/BI-01-C', 'SM/PER/SCJW/BI-02-C'])(
    '%s: a wrong check value ends in DHKey Check Failed',
    async (name) => {
      const from = name.includes('CEN') ? 'peripheral' : 'central';
      const pair = new PairOfHosts({ policy: only }, { policy: only });
      pair.onAir = (pdu, sender) =>
        sender === from && pdu[0] === 0x0d ? pdu.map((octet, i) => (i === 5 ? octet ^ 1 : octet)) : pdu;
      const { error } = await pair.pair();
      expect(error).toMatchObject({ reason: 0x0b, side: name.includes('CEN') ? 'local' : 'peer' });
    },
  );

  it('SM/CEN/SCPK/BV-01-C: passkey entry as initiator', async () => {
    const screen = {};
    await succeeds({ policy: only, delegate: keyboard(screen) }, { policy: only, delegate: display(screen) });
  });

  it('SM/PER/SCPK/BV-02-C: passkey entry as responder', async () => {
    const screen = {};
    await succeeds({ policy: only, delegate: display(screen) }, { policy: only, delegate: keyboard(screen) });
  });

  it.each([
    ['SM/CEN/SCPK/BI-01-C', 'central'],
    ['SM/CEN/SCPK/BI-02-C', 'peripheral'],
    ['SM/PER/SCPK/BI-03-C', 'peripheral'],
    ['SM/PER/SCPK/BI-04-C', 'central'],
  ])('%s: a wrong passkey at the %s', async (_, where) => {
    const screen = {};
    const [enters, shows] = [keyboard(screen, 1), display(screen)];
    await fails(
      0x04,
      { policy: only, delegate: where === 'central' ? enters : shows },
      { policy: only, delegate: where === 'central' ? shows : enters },
    );
  });

  it('keypresses are told where both sides want it (3.5.8)', async () => {
    const told: string[] = [];
    const policy = { ...only, keypress: true };
    const pair = new PairOfHosts(
      {
        policy,
        delegate: {
          enterPasskey: ({ keypress }) => {
            for (const what of ['started', 'entered', 'erased', 'cleared', 'completed'] as const)
              keypress(what);
            return 42;
          },
        },
      },
      {
        policy: { ...policy, passkey: 42 },
        delegate: { displayPasskey: () => {}, keypress: (what) => told.push(what) },
      },
    );
    const { error } = await pair.pair();
    expect(error).toBeUndefined();
    expect(told).toEqual(['started', 'entered', 'erased', 'cleared', 'completed']);
    expect(pair.log.filter(({ pdu }) => pdu.startsWith('0e')).map(({ pdu }) => pdu)).toEqual([
      '0e00',
      '0e01',
      '0e02',
      '0e03',
      '0e04',
    ]);
  });
});
