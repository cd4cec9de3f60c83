import { expect } from 'vitest';
import { Address, BdAddr } from '../../../src/core/address.js';
import { SimulatedClock } from '../../../src/core/clock.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { nobleCrypto } from '../../../src/smp/crypto/index.js';
import type { KeySource, PairingDelegate, SecurityPolicy } from '../../../src/smp/pairing/index.js';
import { Side } from './pair-of-hosts.js';

/** One step of a recorded pairing. */
export type Step =
  | { readonly from: 'initiator' | 'responder'; readonly pdu: string }
  /** The link is encrypted. */
  | { readonly key: string };

/** A recorded pairing, with what cannot be seen on air. */
export interface Recorded {
  readonly steps: readonly Step[];
  readonly initiator: Address;
  readonly responder: Address;
  /** The private key of the side that is played, 32 octets, least significant first. */
  readonly privateKey?: Uint8Array | undefined;
  readonly passkey?: number | undefined;
}

/** An address of 6 octets as sent. */
export function addressOf(wire: string, type: number): Address {
  return new Address(BdAddr.fromWire(fromHex(wire)), type);
}

/**
 * Plays one side of a recorded pairing by the stack, with the recorded randomness, and compares each packet that it sends,
 * and the key that it encrypts with.
 */
export async function replay(recorded: Recorded, role: 'initiator' | 'responder'): Promise<Side> {
  const { steps } = recorded;
  const pdus = steps.flatMap((step) => ('pdu' in step ? [step] : []));
  const mine = pdus.filter(({ from }) => from === role).map(({ pdu }) => fromHex(pdu));
  const features = mine[0]!;
  const clock = new SimulatedClock();
  const [own, peer] =
    role === 'initiator'
      ? [recorded.initiator, recorded.responder]
      : [recorded.responder, recorded.initiator];
  const irk = mine.find(([code]) => code === 0x08)?.slice(1);
  const identityAddress = mine.find(([code]) => code === 0x09);
  const side = new Side(role === 'initiator' ? 'central' : 'peripheral', own, peer, clock, seededRandom(1), {
    policy: policyOf(features, role),
    delegate: delegateOf(recorded.passkey),
    keys: recordedKeys(mine, recorded),
    identity:
      irk && identityAddress
        ? { irk, address: addressOf(toHex(identityAddress.slice(2)), identityAddress[1]!) }
        : undefined,
  });
  let sent = 0;
  const expected: string[] = [];
  if (role === 'initiator') void side.manager.pair().catch(() => {});
  await settle();
  for (const step of steps) {
    if ('key' in step) {
      const key = role === 'initiator' ? side.started : side.manager.longTermKey(0, new Uint8Array(8));
      expect(key && toHex(key.ltk)).toBe(step.key);
      side.manager.encrypted();
      await settle();
    } else if (step.from === role) {
      expected.push(step.pdu);
      expect(side.sent[sent++]).toBe(step.pdu);
    } else {
      side.manager.pdu(fromHex(step.pdu));
      await settle();
    }
  }
  expect(side.sent).toEqual(expected);
  expect(side.failed).toEqual([]);
  expect(side.reports).toEqual([]);
  expect(side.paired).toHaveLength(1);
  return side;
}

async function settle(): Promise<void> {
  for (let i = 0; i < 60; i++) await Promise.resolve();
}

/** A policy that comes to the very features that were recorded. */
function policyOf(features: Uint8Array, role: 'initiator' | 'responder'): Partial<SecurityPolicy> {
  const [, io, , authReq, size, initiator, responder] = features as unknown as number[];
  const mask = (value: number) => ({
    encryption: (value & 1) !== 0,
    identity: (value & 2) !== 0,
    signing: (value & 4) !== 0,
    linkKey: (value & 8) !== 0,
  });
  const [own, peer] = role === 'initiator' ? [initiator, responder] : [responder, initiator];
  return {
    ioCapability: io as 0 | 1 | 2 | 3 | 4,
    bonding: (authReq! & 1) !== 0,
    mitm: (authReq! & 4) !== 0,
    secureConnections: authReq! & 8 ? 'allowed' : 'never',
    keypress: (authReq! & 0x10) !== 0,
    maxKeySize: size!,
    ownKeys: mask(own!),
    peerKeys: mask(peer!),
  };
}

function delegateOf(passkey: number | undefined): PairingDelegate {
  return {
    displayPasskey: (shown) => expect(shown).toBe(passkey),
    enterPasskey: () => passkey,
    compare: (value) => {
      expect(value).toBe(passkey);
      return true;
    },
  };
}

function recordedKeys(mine: readonly Uint8Array[], { privateKey, passkey }: Recorded): KeySource {
  const of = (code: number) => mine.filter((pdu) => pdu[0] === code);
  const randoms = of(0x04).map((pdu) => pdu.slice(1));
  const take = <T>(list: T[], what: string): T => {
    const next = list.shift();
    if (next === undefined) throw new Error(`the recording has no further ${what}`);
    return next;
  };
  return {
    keyPair: () => nobleCrypto.keyPairOf(privateKey!),
    random: () => take(randoms, 'random value'),
    passkey: () => passkey!,
    longTermKey: () => {
      const [information] = of(0x06);
      const [name] = of(0x07);
      return { ltk: information!.slice(1), ediv: name![1]! | (name![2]! << 8), rand: name!.slice(3) };
    },
    signingKey: () => of(0x0a)[0]!.slice(1),
  };
}
