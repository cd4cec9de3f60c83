import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { c1, nobleCrypto, resolvablePrivateAddress, resolves } from '../../../src/smp/crypto/index.js';
import type { EncryptionKey } from '../../../src/smp/keys.js';
import { createOutOfBandData, securityPolicy } from '../../../src/smp/pairing/index.js';
import { centralAddress, PairOfHosts, peripheralAddress } from './pair-of-hosts.js';
import { AgainstScript } from './scripted-peer.js';

/** Features of a peer: NoInputNoOutput, bonding, Secure Connections, 16 octets, no keys. */
const REQUEST = '01 03 00 09 10 00 00';
const RESPONSE = '02 03 00 09 10 00 00';
const LEGACY_REQUEST = '01 03 00 01 10 00 00';
const LEGACY_RESPONSE = '02 03 00 01 10 00 00';
const zeros = (size: number) => '00'.repeat(size);
const peerKeys = nobleCrypto.newKeyPair(seededRandom(99));
/** Core Vol 3, Part H, 2.3.5.6.1 */
const debugKeys = nobleCrypto.keyPairOf(
  fromHex('3f49f6d4a3c55f3874c9b3e3d2103f504aff607beb40b7995899b8a6cd3c1abd').reverse(),
);
const publicKeyPdu = (x: Uint8Array, y: Uint8Array) => `0c${toHex(x)}${toHex(y)}`;
const PEER_KEY = publicKeyPdu(peerKeys.publicKey.x, peerKeys.publicKey.y);
/** A point with so small an X that X + p has 32 octets as well: the same point, written in a way that is not permitted. */
function pointBeyondTheField() {
  const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
  const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n;
    for (let [x, n] = [base, exponent]; n > 0n; n >>= 1n, x = (x * x) % p)
      if (n & 1n) result = (result * x) % p;
    return result;
  };
  const octets = (value: bigint) => fromHex(value.toString(16).padStart(64, '0')).reverse();
  for (let x = 1n; ; x++) {
    const square = ((((x * x - 3n) * x + b) % p) + p) % p;
    // p is 3 modulo 4.
    const y = power(square, (p + 1n) / 4n);
    if ((y * y) % p === square) return { x: octets(x), beyond: octets(x + p), y: octets(y) };
  }
}
const small = pointBeyondTheField();

/** p of P-256, least significant octet first. */
const P = fromHex('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff').reverse();

const authenticatedBond: EncryptionKey = {
  ltk: new Uint8Array(16).fill(7),
  ediv: 0,
  rand: new Uint8Array(8),
  keySize: 16,
  authenticated: true,
  secureConnections: true,
};

describe('a public key that is none', () => {
  const wrong = new Uint8Array(32).fill(0x42);
  it.each([
    ['a point beside the curve (CVE-2018-5383)', publicKeyPdu(peerKeys.publicKey.x, wrong)],
    ['all zeros', `0c${zeros(64)}`],
    ['a coordinate that is p', publicKeyPdu(P, peerKeys.publicKey.y)],
    ['a point whose X has p added to it', publicKeyPdu(small.beyond, small.y)],
    ['the debug key', publicKeyPdu(debugKeys.publicKey.x, debugKeys.publicKey.y)],
  ])('%s is refused, in both roles', async (_, pdu) => {
    const central = new AgainstScript('central');
    await central.begin();
    await central.give(RESPONSE);
    expect(await central.give(pdu)).toEqual(['050a']);
    const peripheral = new AgainstScript('peripheral');
    await peripheral.give(REQUEST);
    expect(await peripheral.give(pdu)).toEqual(['050a']);
    for (const { side } of [central, peripheral]) {
      expect(side.failed[0]).toMatchObject({ code: 'PAIRING_ERROR', reason: 0x0a, side: 'local' });
      expect(side.paired).toEqual([]);
    }
  });

  it('the point that has p added to its X is one without', () => {
    expect(nobleCrypto.isOnCurve(small)).toBe(true);
    expect(nobleCrypto.isOnCurve({ ...small, x: small.beyond })).toBe(false);
  });

  it('our own, sent back, is refused; with the other sign of Y as well', async () => {
    for (const mirrored of [false, true]) {
      const central = new AgainstScript('central');
      await central.begin();
      const [own] = await central.give(RESPONSE);
      const octets = fromHex(own!);
      if (mirrored) negateY(octets.subarray(33));
      expect(await central.give(octets)).toEqual(['050a']);
      expect(central.side.failed[0]).toMatchObject({ reason: 0x0a });
    }
  });
});

describe('a public key that was overheard or is our own', () => {
  it('our own from the out-of-band data, sent to the peripheral in front of ours, is refused', async () => {
    const own = createOutOfBandData(nobleCrypto, seededRandom(3));
    const one = new AgainstScript('peripheral', { delegate: { oob: () => ({ own }) } });
    await one.give('01 03 01 09 10 00 00');
    const { x, y } = own.keyPair.publicKey;
    expect(await one.give(publicKeyPdu(x, y))).toEqual(['050a']);
    expect(one.side.paired).toEqual([]);
  });

  it('is not taken where legacy pairing is under way, in both roles (CVE-2019-17520)', async () => {
    const central = new AgainstScript('central');
    await central.begin();
    await central.give(LEGACY_RESPONSE);
    expect(await central.give(PEER_KEY)).toEqual(['0508']);
    const peripheral = new AgainstScript('peripheral');
    await peripheral.give(LEGACY_REQUEST);
    expect(await peripheral.give(PEER_KEY)).toEqual(['0508']);
  });
});

/** y becomes p − y: a point with the same X. */
function negateY(y: Uint8Array): void {
  let borrow = 0;
  for (let i = 0; i < 32; i++) {
    const difference = P[i]! - y[i]! - borrow;
    borrow = difference < 0 ? 1 : 0;
    y[i] = difference & 0xff;
  }
}

describe('what is sent back', () => {
  it('a confirm value of legacy pairing, which would pass the check', async () => {
    const central = new AgainstScript('central');
    await central.begin();
    const [confirm] = await central.give(LEGACY_RESPONSE);
    expect(await central.give(confirm!)).toEqual(['0504']);
  });

  it('a nonce of Secure Connections', async () => {
    const central = new AgainstScript('central');
    await central.begin();
    await central.give(RESPONSE);
    await central.give(PEER_KEY);
    const [nonce] = await central.give(`03${zeros(16)}`);
    expect(await central.give(nonce!)).toEqual(['0504']);
  });

  it('everything of passkey entry, by a peer that does not know the passkey (CVE-2020-26558)', async () => {
    const central = new AgainstScript('central', { delegate: { displayPasskey: () => {} } });
    await central.begin();
    const [ownKey] = await central.give('02 02 00 0d 10 00 00');
    expect(ownKey).toMatch(/^0c/);
    // With a key of its own it gets a confirm value for the first bit, and sends that back, and the nonce.
    const [, confirm] = [undefined, (await central.give(PEER_KEY))[0]!];
    expect(confirm).toMatch(/^03/);
    const [nonce] = await central.give(confirm);
    expect(nonce).toMatch(/^04/);
    expect(await central.give(nonce!)).toEqual(['0504']);
    // With ours it does not come that far.
    const other = new AgainstScript('central', { delegate: { displayPasskey: () => {} } });
    await other.begin();
    const [again] = await other.give('02 02 00 0d 10 00 00');
    expect(await other.give(again!)).toEqual(['050a']);
  });

  it('a nonce out of band, where it comes before ours is sent again', async () => {
    const own = createOutOfBandData(nobleCrypto, seededRandom(3));
    const one = new AgainstScript('central', {
      policy: { secureConnections: 'only' },
      delegate: { oob: () => ({ own }) },
    });
    await one.begin();
    await one.give('02 03 01 09 10 00 00');
    const [nonce] = await one.give(PEER_KEY);
    expect(nonce).toMatch(/^04/);
    expect(await one.give(nonce!)).toEqual(['0504']);
  });
});

describe('a nonce that was chosen when ours was known', () => {
  const asks = () => {
    const asked: number[] = [];
    const compare = (value: number) => asked.push(value) > 0;
    return { asked, delegate: { displayPasskey: () => {}, compare } };
  };

  it('is not the one that was promised: nobody can choose what six digits are compared (2.3.5.6.2)', async () => {
    for (const method of ['justWorks', 'numericComparison']) {
      const [one, other] = [asks(), asks()];
      const compared = method === 'numericComparison';
      const pair = new PairOfHosts(
        compared ? { delegate: one.delegate } : {},
        compared ? { delegate: other.delegate } : {},
      );
      pair.onAir = (pdu, from) =>
        from === 'peripheral' && pdu[0] === 0x04 ? fromHex(`04${'5a'.repeat(16)}`) : pdu;
      const { error } = await pair.pair();
      expect(pair.central.methods).toEqual([method]);
      expect(error).toMatchObject({ reason: 0x04, side: 'local' });
      // The user is not even asked.
      expect(one.asked).toEqual([]);
      expect(pair.peripheral.paired).toEqual([]);
    }
  });
});

describe('downgrade', () => {
  it('a key that is shorter than the policy wants is refused (Encryption Key Size), in both roles', async () => {
    const central = new AgainstScript('central');
    await central.begin();
    expect(await central.give('02 03 00 09 0f 00 00')).toEqual(['0506']);
    const peripheral = new AgainstScript('peripheral');
    expect(await peripheral.give('01 03 00 09 07 00 00')).toEqual(['0506']);
  });

  it.each(['00', '06', '11', 'ff'])(
    'a size of 0x%s, which there is not, is Invalid Parameters, in both roles (CVE-2019-19196)',
    async (size) => {
      for (const policy of [{}, { minKeySize: 7 }]) {
        const central = new AgainstScript('central', { policy });
        await central.begin();
        expect(await central.give(`02 03 00 09 ${size} 00 00`)).toEqual(['050a']);
        const peripheral = new AgainstScript('peripheral', { policy });
        expect(await peripheral.give(`01 03 00 09 ${size} 00 00`)).toEqual(['050a']);
      }
    },
  );

  it.each(['05 00', 'ff 00', '03 02', '03 ff'])(
    'IO capability and OOB flag %s, which there are not, are Invalid Parameters, in both roles',
    async (values) => {
      const central = new AgainstScript('central');
      await central.begin();
      expect(await central.give(`02 ${values} 09 10 00 00`)).toEqual(['050a']);
      const peripheral = new AgainstScript('peripheral');
      expect(await peripheral.give(`01 ${values} 09 10 00 00`)).toEqual(['050a']);
    },
  );

  it('a key for BR/EDR is neither asked for nor promised (BLURtooth, CVE-2020-15802)', async () => {
    const peripheral = new AgainstScript('peripheral');
    const [response] = await peripheral.give('01 03 00 29 10 0f 0f');
    expect(fromHex(response!).subarray(5)).toEqual(Uint8Array.of(7, 7));
    const central = new AgainstScript('central');
    const [request] = await central.begin();
    expect(fromHex(request!).subarray(5)).toEqual(Uint8Array.of(7, 7));
    expect(await central.give('02 03 00 29 10 0f 0f')).toEqual(['050a']);
  });

  it('legacy pairing is refused where only Secure Connections are wanted', async () => {
    const policy = { secureConnections: 'only' } as const;
    const central = new AgainstScript('central', { policy });
    await central.begin();
    expect(await central.give(LEGACY_RESPONSE)).toEqual(['0503']);
    const peripheral = new AgainstScript('peripheral', { policy });
    expect(await peripheral.give(LEGACY_REQUEST)).toEqual(['0503']);
  });

  it('Just Works is refused where an authenticated key is wanted', async () => {
    const policy = { minimumLevel: 3 } as const;
    const central = new AgainstScript('central', { policy });
    await central.begin();
    expect(await central.give(RESPONSE)).toEqual(['0503']);
  });

  it('level 4 wants Secure Connections and 16 octets, whatever else is said', () => {
    expect(securityPolicy({ minimumLevel: 4, minKeySize: 7 })).toMatchObject({
      secureConnections: 'only',
      minKeySize: 16,
    });
    expect(() => securityPolicy({ minimumLevel: 4, secureConnections: 'never' })).toThrow(/minimumLevel/);
  });

  it('features that were changed on the way do not pass: they are in the confirm and check values', async () => {
    for (const secureConnections of ['only', 'never'] as const) {
      const pair = new PairOfHosts({ policy: { secureConnections } }, { policy: { secureConnections } });
      // Bonding is what a man in the middle takes away here.
      pair.onAir = (pdu, from) =>
        from === 'central' && pdu[0] === 0x01
          ? pdu.map((octet, i) => (i === 3 ? octet & ~0x01 : octet))
          : pdu;
      const { error } = await pair.pair();
      expect(error).toMatchObject({ reason: secureConnections === 'only' ? 0x0b : 0x04 });
      expect(pair.central.paired).toEqual([]);
      expect(pair.peripheral.paired).toEqual([]);
    }
  });
});

describe('guessing a passkey', () => {
  const wrongConfirm = `03${zeros(16)}`;
  const attempt = async (peripheral: AgainstScript) => {
    const answer = await peripheral.give('01 02 00 05 10 00 00');
    if (answer[0]?.startsWith('05')) return answer[0];
    await peripheral.give(wrongConfirm);
    const [failed] = await peripheral.give(`04${zeros(16)}`);
    return failed!;
  };

  it('each failure makes the peer wait twice as long (2.3.6), on a new link as well', async () => {
    const peripheral = new AgainstScript('peripheral', {
      policy: { secureConnections: 'never', passkey: 123456 },
      delegate: { displayPasskey: () => {} },
    });
    expect(await attempt(peripheral)).toBe('0504');
    for (const wait of [1000, 2000, 4000, 8000]) {
      expect(await attempt(peripheral)).toBe('0509');
      await peripheral.wait(wait - 1);
      expect(await attempt(peripheral)).toBe('0509');
      await peripheral.wait(1);
      expect(await attempt(peripheral)).toBe('0504');
    }
    expect(peripheral.side.attempts.waitFor(centralAddress)).toBe(16_000);
  });

  it('a peripheral that guesses what the central displays cannot have it begin anew at once', async () => {
    const central = new AgainstScript('central', {
      policy: { secureConnections: 'never' },
      delegate: { displayPasskey: () => {} },
    });
    await central.give('0b 05');
    await central.give('02 02 00 05 10 00 00');
    await central.give(wrongConfirm);
    expect(await central.give(`04${zeros(16)}`)).toEqual(['0504']);
    for (const wait of [1000, 2000]) {
      expect(await central.give('0b 05')).toEqual(['0509']);
      await central.wait(wait);
      expect(await central.give('0b 05')).toEqual([expect.stringMatching(/^01/)]);
      await central.give('02 02 00 05 10 00 00');
      await central.give(wrongConfirm);
      expect(await central.give(`04${zeros(16)}`)).toEqual(['0504']);
    }
  });

  it('with Secure Connections it is the same, where a wrong guess is found out bit by bit and where it is broken off', async () => {
    const peripheral = new AgainstScript('peripheral', {
      policy: { secureConnections: 'only', passkey: 123456 },
      delegate: { displayPasskey: () => {} },
    });
    const guess = async (last: string) => {
      const [answer] = await peripheral.give('01 02 00 0d 10 00 00');
      if (answer!.startsWith('05')) return answer;
      await peripheral.give(PEER_KEY, wrongConfirm);
      return (await peripheral.give(last))[0];
    };
    expect(await guess(`04${zeros(16)}`)).toBe('0504');
    for (const wait of [1000, 2000]) {
      expect(await guess('0508')).toBe('0509');
      await peripheral.wait(wait);
      expect(await guess('0508')).toBeUndefined();
    }
    expect(peripheral.side.attempts.waitFor(centralAddress)).toBe(4000);
  });

  it('a guess that is broken off counts as well', async () => {
    const peripheral = new AgainstScript('peripheral', {
      policy: { secureConnections: 'never' },
      delegate: { displayPasskey: () => {} },
    });
    await peripheral.give('01 02 00 05 10 00 00');
    await peripheral.give(wrongConfirm);
    await peripheral.give('05 08');
    expect(await attempt(peripheral)).toBe('0509');
  });
});

describe('a passkey between pairings by Just Works', () => {
  it('is not guessed any faster: a pairing that proves nothing does not end the waiting (2.3.6)', async () => {
    const peripheral = new AgainstScript('peripheral', {
      policy: { secureConnections: 'never', passkey: 123456, bonding: false },
      delegate: { displayPasskey: () => {} },
    });
    const guess = async () => {
      const [answer] = await peripheral.give('01 02 00 04 10 00 00');
      if (answer!.startsWith('05')) return answer;
      await peripheral.give(`03${zeros(16)}`);
      return (await peripheral.give(`04${zeros(16)}`))[0];
    };
    const justWorks = async () => {
      const request = fromHex('01 03 00 00 10 00 00');
      const [response] = await peripheral.give(request);
      if (response!.startsWith('05')) return response;
      const input = {
        request,
        response: fromHex(response!),
        initiator: centralAddress,
        responder: peripheralAddress,
      };
      const random = new Uint8Array(16).fill(7);
      await peripheral.give(`03${toHex(c1(nobleCrypto, new Uint8Array(16), random, input))}`);
      await peripheral.give(`04${toHex(random)}`);
      await peripheral.encrypt();
      return 'paired';
    };
    expect(await guess()).toBe('0504');
    for (const wait of [1000, 2000, 4000]) {
      expect(await guess()).toBe('0509');
      await peripheral.wait(wait);
      expect(await justWorks()).toBe('paired');
      expect(await guess()).toBe('0504');
    }
    expect(peripheral.side.attempts.waitFor(centralAddress)).toBe(8000);
  });
});

describe('making dialogues appear', () => {
  it.each([
    ['confirm', '01 03 00 09 10 00 00', { confirm: () => new Promise<boolean>(() => {}) }],
    ['confirm', '01 03 00 01 10 00 00', { confirm: () => false }],
    ['enterPasskey', '01 00 00 05 10 00 00', { enterPasskey: () => new Promise<number>(() => {}) }],
  ])('%s cannot be had again at once, whether the user answers or not', async (_, request, delegate) => {
    const one = new AgainstScript('peripheral', { delegate });
    await one.give(request);
    await one.give('05 08');
    expect(one.side.failed).toHaveLength(1);
    expect(await one.give(request)).toEqual(['0509']);
    await one.wait(1000);
    expect(await one.give(request)).not.toEqual(['0509']);
  });
});

describe('method confusion (Tschirschnitz and others, 2021): the limit of what pairing can do', () => {
  it('a user who carries the number of one method into the other pairs with who stands between', async () => {
    const only = { secureConnections: 'only' } as const;
    const methods: string[] = [];
    let finish = (_: boolean) => {};
    let number: number | undefined;
    // The one between is a display with a button for the central …
    const first = new PairOfHosts(
      {
        policy: only,
        delegate: {
          displayPasskey: () => {},
          compare: (value, { method }) => {
            methods.push(method);
            number = value;
            return new Promise<boolean>((resolve) => {
              finish = resolve;
            });
          },
        },
      },
      { policy: only, delegate: { displayPasskey: () => {}, compare: () => true } },
    );
    const one = first.central.manager.pair();
    await first.settle();
    expect(number).toBeDefined();
    // … and for the peripheral one that displays what the central computed.
    const second = new PairOfHosts(
      { policy: { ...only, passkey: number! }, delegate: { displayPasskey: () => {} } },
      {
        policy: only,
        delegate: {
          enterPasskey: ({ method }) => {
            methods.push(method);
            return number!;
          },
        },
      },
      2,
    );
    const other = await second.pair();
    finish(true);
    expect(await one).toMatchObject({ level: 4 });
    expect(other.pairing).toMatchObject({ level: 4 });
    // What each user could see: the two devices do not do the same.
    expect(methods).toEqual(['numericComparison', 'passkey']);
  });
});

describe('packets out of their order', () => {
  const all = [
    REQUEST,
    RESPONSE,
    `03${zeros(16)}`,
    `04${zeros(16)}`,
    `06${zeros(16)}`,
    `07${zeros(10)}`,
    `08${zeros(16)}`,
    `09${zeros(7)}`,
    `0a${zeros(16)}`,
    PEER_KEY,
    `0d${zeros(16)}`,
  ];

  it.each(all)('%s in place of the Pairing Response, or of the first packet of phase 2', async (pdu) => {
    const central = new AgainstScript('central');
    await central.begin();
    if (pdu !== RESPONSE) {
      const [answer] = await central.give(pdu);
      expect(answer).toMatch(pdu === REQUEST ? /^0507$/ : /^0508$/);
      expect(central.side.failed).toHaveLength(1);
    }
    const peripheral = new AgainstScript('peripheral');
    await peripheral.give(REQUEST);
    if (pdu !== PEER_KEY) {
      expect(await peripheral.give(pdu)).toEqual(['0508']);
      expect(peripheral.side.failed).toHaveLength(1);
    }
    expect(central.side.paired).toEqual([]);
    expect(peripheral.side.paired).toEqual([]);
  });

  it('keys are not taken before the link is encrypted with the key of this pairing', async () => {
    const pair = new PairOfHosts();
    // The peripheral's first key overtakes the encryption.
    pair.central.onStart = () => pair.central.manager.pdu(fromHex(`08${zeros(16)}`));
    const { error } = await pair.pair();
    expect(error).toMatchObject({ reason: 0x08 });
    expect(pair.central.paired).toEqual([]);
  });

  it('encryption that is told before this pairing has a key does not count', async () => {
    const central = new AgainstScript('central');
    await central.begin();
    await central.encrypt();
    expect(await central.give(`08${zeros(16)}`)).toEqual(['0508']);
    // Nor does it later on: no key goes out before the link is encrypted with that of this pairing.
    const policy = { secureConnections: 'never' } as const;
    const peripheral = new AgainstScript('peripheral', { policy });
    const request = fromHex('01 03 00 01 10 07 07');
    await peripheral.give(request);
    await peripheral.encrypt();
    const random = new Uint8Array(16).fill(7);
    const input = {
      request,
      response: fromHex('02 03 00 01 10 07 07'),
      initiator: centralAddress,
      responder: peripheralAddress,
    };
    await peripheral.give(`03${toHex(c1(nobleCrypto, new Uint8Array(16), random, input))}`);
    expect(await peripheral.give(`04${toHex(random)}`)).toEqual([expect.stringMatching(/^04/)]);
    expect(await peripheral.encrypt()).toEqual([
      expect.stringMatching(/^06/),
      expect.stringMatching(/^07/),
      expect.stringMatching(/^08/),
      expect.stringMatching(/^09/),
      expect.stringMatching(/^0a/),
    ]);
  });

  it('a peer that sends without waiting is stopped', async () => {
    const peripheral = new AgainstScript('peripheral', {
      delegate: { confirm: () => new Promise(() => {}) },
    });
    await peripheral.give(REQUEST);
    const answers = await peripheral.give(...new Array<string>(100).fill(PEER_KEY));
    expect(answers).toEqual(['0508']);
  });
});

describe('a bond that somebody wants to replace', () => {
  it('an authenticated key is not replaced by Just Works', async () => {
    const peripheral = new AgainstScript('peripheral', { bond: authenticatedBond });
    expect(await peripheral.give(REQUEST)).toEqual(['0503']);
    const central = new AgainstScript('central', { bond: authenticatedBond });
    await central.begin();
    expect(await central.give(RESPONSE)).toEqual(['0503']);
    expect(central.side.paired).toEqual([]);
  });

  it('with the policy `never` not by anything', async () => {
    const peripheral = new AgainstScript('peripheral', {
      bond: { ...authenticatedBond, authenticated: false },
      policy: { rePairing: 'never' },
    });
    expect(await peripheral.give(REQUEST)).toEqual(['0505']);
  });

  it('with the policy `always` by everything', async () => {
    const pair = new PairOfHosts(
      { bond: authenticatedBond, policy: { rePairing: 'always' } },
      { bond: authenticatedBond, policy: { rePairing: 'always' } },
    );
    const { pairing } = await pair.pair();
    expect(pairing).toMatchObject({ level: 2 });
  });

  it('a bond that is as good may be made anew', async () => {
    const bond = { ...authenticatedBond, authenticated: false };
    const pair = new PairOfHosts({ bond }, { bond });
    const { pairing } = await pair.pair();
    expect(pairing).toMatchObject({ level: 2, bonded: true });
  });
});

describe('an IRK of all zeros', () => {
  it('comes with an identity, and resolves no address', async () => {
    const irk = new Uint8Array(16);
    const pair = new PairOfHosts({}, { identity: { irk, address: peripheralAddress } });
    const { pairing } = await pair.pair();
    // 2.4.2.1: a device without one says so by zeros.
    expect(pairing!.keys.peer.identity).toEqual({ irk, address: peripheralAddress });
    const anybodys = resolvablePrivateAddress(nobleCrypto, irk, seededRandom(1));
    expect(resolves(nobleCrypto, irk, anybodys)).toBe(false);
  });
});

describe('a long term key of all zeros', () => {
  it.each([
    ['central', `06${zeros(16)}`, 16],
    ['peripheral', `06${zeros(16)}`, 16],
    // What lies beyond the size that was agreed on does not count (2.3.4).
    ['central', `06${zeros(7)}${'ff'.repeat(9)}`, 7],
    ['peripheral', `06${zeros(7)}${'ff'.repeat(9)}`, 7],
  ] as const)(
    'given to the %s (%s, %i octets) is rejected (Key Rejected, 3.5.5), and nothing is kept',
    async (to, key, size) => {
      const policy = { secureConnections: 'never', minKeySize: 7, maxKeySize: size } as const;
      const pair = new PairOfHosts({ policy }, { policy });
      pair.onAir = (pdu, from) => (from !== to && pdu[0] === 0x06 ? fromHex(key) : pdu);
      await pair.pair();
      expect(pair[to].failed).toMatchObject([{ reason: 0x0f, side: 'local' }]);
      expect(pair[to].paired).toEqual([]);
      expect(pair[to].sent.at(-1)).toBe('050f');
    },
  );
});

describe('identities', () => {
  const upToIdentity = async (identity: string) => {
    const pair = new PairOfHosts();
    pair.onAir = (pdu, from) => (from === 'peripheral' && pdu[0] === 0x09 ? fromHex(identity) : pdu);
    return { pair, outcome: await pair.pair() };
  };

  it.each([
    ['a type that is not assigned', '09 02 01 02 03 04 05 c6'],
    ['a resolvable private address', '09 01 01 02 03 04 05 46'],
    ['a non-resolvable private address', '09 01 01 02 03 04 05 06'],
    ['nobody', '09 00 00 00 00 00 00 00'],
  ])('%s is no identity address', async (_, pdu) => {
    const { pair, outcome } = await upToIdentity(pdu);
    expect(outcome.error).toMatchObject({ reason: 0x0a });
    expect(pair.central.paired).toEqual([]);
  });
});

describe('a flood of requests', () => {
  it('costs no key pair, and leaves nothing behind', async () => {
    let made = 0;
    const peripheral = new AgainstScript('peripheral', {
      keys: {
        keyPair: () => {
          made++;
          throw new Error('not wanted');
        },
        random: () => new Uint8Array(16),
        passkey: () => 0,
        longTermKey: () => ({ ltk: new Uint8Array(16), ediv: 1, rand: new Uint8Array(8) }),
        signingKey: () => new Uint8Array(16),
      },
    });
    for (let i = 0; i < 200; i++) await peripheral.give(REQUEST);
    expect(made).toBe(0);
    // Each second one ends the pairing that the one before it began.
    expect(peripheral.side.failed).toHaveLength(100);
    await peripheral.wait(31_000);
    expect(peripheral.side.manager.pairing).toBe(false);
  });

  it('Security Requests do not begin one pairing over another', async () => {
    const central = new AgainstScript('central');
    const sent = await central.give(...new Array<string>(50).fill('0b 01'));
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatch(/^01/);
  });
});
