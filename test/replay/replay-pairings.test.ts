import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Address } from '../../src/core/address.js';
import type { Device } from '../../src/gap/device.js';
import { Bond, MemoryBondStore } from '../../src/gap/index.js';
import { blankKeys, type CaptureRecord } from '../../src/hci/capture/index.js';
import {
  ReplayError,
  ReplayKeyError,
  type ReplaySecrets,
  replay,
  replayTest,
} from '../../src/replay/index.js';
import type { EncryptionKey } from '../../src/smp/keys.js';
import type { PairingDelegate } from '../../src/smp/pairing/index.js';
import { LOCK_PIN, lock, lockUuids } from '../../src/virtual/index.js';
import { describeWithShared } from '../support/shared.js';
import { playAtDevice } from './emulated.js';
import {
  addresses,
  asCentral,
  asPeripheral,
  delegateOf,
  isCommand,
  keysOf,
  type Method,
  methods,
  recordsOf,
  type Seen,
  type Side,
  secretsOf,
  securityOf,
  visitAgain,
  withKeyRequests,
} from './emulated-pairings.js';

/** What these replays permit: nothing but bring-up and parameters of connections; no other order, no other fragments. */
const permit = [
  'ignored command',
  'synthesised answer',
  'own parameter',
  'event not asked for',
  'connection parameters',
] as const;

interface Otherwise {
  readonly secrets?: ReplaySecrets;
  readonly delegate?: PairingDelegate;
}

/** Opens a device on the capture of a side, which does what the captured program did. */
async function playSide(method: Method, side: Side, otherwise: Otherwise = {}): Promise<Seen> {
  const { number_or_passkey: number } = keysOf(method);
  const { secrets = secretsOf(method, side), delegate = delegateOf(method, side, number) } = otherwise;
  const records = side === 'central' ? recordsOf(method, side) : withKeyRequests(method);
  const played = replay(records, { name: `${method}-${side}`, permit, secrets });
  const program = side === 'central' ? asCentral : asPeripheral;
  let seen: Seen | undefined;
  const body = async (device: Device) => {
    seen = await program(device);
  };
  await playAtDevice(played, body, {
    address: addresses[side],
    name: 'emul-peripheral',
    security: { ...securityOf(method), delegate },
  });
  return seen!;
}

/** How a replay ends that cannot go on. */
async function endOf(method: Method, side: Side, otherwise: Otherwise): Promise<unknown> {
  return playSide(method, side, otherwise).then(
    () => undefined,
    (error: unknown) => error,
  );
}

const levels = { 'sc-justworks': 2, 'sc-numeric': 4, 'sc-passkey': 4, 'legacy-passkey': 3 } as const;

describeWithShared('emulated pairings of the captures drive a device, frame for frame', () => {
  for (const method of methods) {
    for (const side of ['central', 'peripheral'] as const) {
      it(`${method}, as the ${side}: pairing, keys, encrypted GATT, and the link after it by the bond`, async () => {
        const { pairing, bond } = await playSide(method, side);
        const level = levels[method];
        expect(pairing.at(-1)).toEqual({ level, keySize: 16, bonded: true });
        expect(bond.at(-1)).toEqual({ level, keySize: 16, bonded: true });
      });
    }
  }
});

describeWithShared('a pairing that goes otherwise than in the capture', () => {
  const passkey = () => keysOf('sc-passkey').number_or_passkey!;

  it('stops at the confirm value of the first bit that the user enters wrongly (Vol 3, Part H, 2.3.5.6.3)', async () => {
    const enterPasskey = () => passkey() ^ 0b1000;
    const error = await endOf('sc-passkey', 'peripheral', { delegate: { enterPasskey } });
    expect(error).toBeInstanceOf(ReplayError);
    expect((error as ReplayError).divergence).toMatchObject({ frame: 67, path: 'data.smp.confirmValue' });
  });

  it('stops at the first confirm value of a passkey that was displayed wrongly', async () => {
    const secrets = { ...secretsOf('sc-passkey', 'central'), passkeys: [passkey() ^ 1] };
    const delegate = { displayPasskey: () => {} };
    const error = await endOf('sc-passkey', 'central', { secrets, delegate });
    expect((error as ReplayError).divergence).toMatchObject({
      path: 'data.smp.confirmValue',
      expected: { name: 'SMP Pairing Confirm' },
    });
  });

  it('stops at the confirm value of LE legacy pairing with another passkey (2.3.5.5)', async () => {
    const error = await endOf('legacy-passkey', 'central', { delegate: { enterPasskey: () => 0 } });
    expect((error as ReplayError).divergence).toMatchObject({ frame: 35, path: 'data.smp.confirmValue' });
  });

  it('stops where the user says that the numbers differ: Pairing Failed comes in the place of the check (3.5.5)', async () => {
    const delegate = { displayPasskey: () => {}, compare: () => false };
    const error = await endOf('sc-numeric', 'peripheral', { delegate });
    expect((error as ReplayError).divergence).toMatchObject({
      expected: { name: 'SMP Pairing DHKey Check' },
      got: { name: 'SMP Pairing Failed' },
    });
  });
});

describeWithShared('a pairing whose capture does not show enough', () => {
  const privateKeys = () => secretsOf('sc-passkey', 'peripheral').privateKeys!;

  it('stops at the public key whose private key is missing, and says how to give it', async () => {
    for (const side of ['central', 'peripheral'] as const) {
      const error = await endOf('sc-justworks', side, { secrets: {} });
      expect(error).toBeInstanceOf(ReplayKeyError);
      expect(error).toMatchObject({ code: 'REPLAY_KEY_MISSING' });
      expect(String(error)).toMatch(
        /at frame \d+: the capture does not show the private key of the public key [\da-f]{8}…; give it by secrets.privateKeys$/,
      );
    }
  });

  it('says that the private keys that were given belong to other public keys', async () => {
    const error = await endOf('sc-justworks', 'central', { secrets: { privateKeys: privateKeys() } });
    expect(String(error)).toContain('none of the 1 that were given is it; give it by secrets.privateKeys');
  });

  it('takes private keys in any order, least or most significant octet first', async () => {
    const own = secretsOf('sc-justworks', 'central').privateKeys!;
    const given = [...privateKeys(), ...own.map((key) => key.slice().reverse())];
    await playSide('sc-justworks', 'central', { secrets: { privateKeys: given } });
  });

  it('wants the passkey that the captured host displayed', async () => {
    for (const [method, side] of [
      ['sc-passkey', 'central'],
      ['legacy-passkey', 'peripheral'],
    ] as const) {
      const { privateKeys: keys = [] } = secretsOf(method, side);
      const error = await endOf(method, side, { secrets: { privateKeys: keys } });
      expect(error).toBeInstanceOf(ReplayKeyError);
      expect(String(error)).toContain('the passkey that the captured host displayed; give it by');
    }
  });

  it('refuses secrets that are none', () => {
    const records = recordsOf('sc-justworks', 'central');
    const withSecrets = (secrets: object) => () => replay(records, { secrets });
    expect(withSecrets({ privateKey: [] })).toThrow(/unknown option "privateKey"/);
    expect(withSecrets({ privateKeys: [new Uint8Array(31)] })).toThrow(/secrets.privateKeys\[0\]: 31 octets/);
    expect(withSecrets({ passkeys: [1_000_000] })).toThrow(/secrets.passkeys\[0\]: 1000000/);
    expect(withSecrets({ randoms: ['00'] })).toThrow(/secrets.randoms\[0\]/);
  });
});

describeWithShared('a capture whose keys were zeroed', () => {
  /** A capture as this stack writes it to a file. */
  const withoutKeys = (records: readonly CaptureRecord[]): CaptureRecord[] =>
    records.map((record) => {
      const packet = record.packet.slice();
      blankKeys(record.type, packet, 0, packet.length);
      return { ...record, packet };
    });

  it('replays a pairing by Secure Connections, but for what the keys are', async () => {
    const records = withoutKeys(recordsOf('sc-numeric', 'central'));
    const secrets = secretsOf('sc-numeric', 'central');
    const played = replay(records, { permit: [...permit, 'zeroed key'], secrets });
    const delegate = delegateOf('sc-numeric', 'central', keysOf('sc-numeric').number_or_passkey);
    const options = {
      address: addresses.central,
      security: { ...securityOf('sc-numeric'), delegate },
    };
    const report = await playAtDevice(played, async (device) => void (await asCentral(device)), options);
    // The same key for the link that paired and the one after it; IRK and CSRK are given as they are shown.
    const name = 'LE_Enable_Encryption Long_Term_Key';
    expect(report.of('zeroed key').map(({ what }) => what.slice(0, name.length))).toEqual([name, name]);
    const strictly = replay(records, { permit, secrets });
    const body = async (device: Device) => void (await asCentral(device));
    await expect(playAtDevice(strictly, body, options)).rejects.toThrow(/Long_Term_Key \(longTermKey\) is/);
  });

  it('replays a link that a bond encrypts, with any key in the place of the one that it was', async () => {
    const all = recordsOf('sc-numeric', 'central');
    const scan = all.findIndex(isCommand(0x200b));
    // Bring-up, and all from the scan for the bonded peer on.
    const records = withoutKeys([...all.slice(0, 28), ...all.slice(scan)]);
    const key: EncryptionKey = {
      ltk: new Uint8Array(16).fill(7),
      ediv: 0,
      rand: new Uint8Array(8),
      keySize: 16,
      authenticated: true,
      secureConnections: true,
    };
    const bonds = new MemoryBondStore();
    const identity = Address.parse(`${addresses.peripheral}/random`);
    const keys = { own: { encryption: key }, peer: { encryption: key } };
    await bonds.save(
      Address.parse(`${addresses.central}/random`),
      new Bond({ identity, keys, level: 4, createdAt: 0, lastUsedAt: 0 }),
    );
    const body = async (device: Device) => {
      const link = await visitAgain(device);
      expect(link.security).toMatchObject({ level: 4, bonded: true });
      await link.disconnect();
    };
    const played = replay(records, { permit: [...permit, 'zeroed key'] });
    await playAtDevice(played, body, { address: addresses.central, security: { bonds } });
  });
});

/** The session of fixtures/record/virtual.mjs with the simulated lock. */
const lockPairing = readFileSync(new URL('../../fixtures/lock-pairing.btsnoop', import.meta.url));
const lockSecrets = { privateKeys: [Uint8Array.from({ length: 32 }, (_, n) => n + 1)] };

async function visitLock(device: Device): Promise<void> {
  for (const visit of ['first', 'second']) {
    const link = await device.connect(lock.address);
    const [service] = await link.gatt.discoverServices(lockUuids.service);
    const [state, control] = await service!.discoverCharacteristics();
    expect(await state!.read()).toEqual(Uint8Array.of(visit === 'first' ? 1 : 0));
    if (visit === 'first') await control!.write(Uint8Array.of(0));
    await link.disconnect();
  }
}

await replayTest(lockPairing, ({ device }) => visitLock(device), {
  title:
    'a session of this stack with a lock replays octet for octet: replayTest gives the device what the capture shows',
  permit: 'strict',
  // Behind it the capture has the closing of the device.
  until: 246,
  secrets: lockSecrets,
  device: { security: { delegate: { enterPasskey: () => LOCK_PIN } } },
  onReport: (report) => expect(report.uses).toEqual([]),
});

describe('a pairing of this stack with a lock', () => {
  it('stops at the first confirm value when the PIN is another one', async () => {
    const played = replay(lockPairing, { permit: 'strict', secrets: lockSecrets });
    const security = { delegate: { enterPasskey: () => LOCK_PIN + 1 } };
    const error = await playAtDevice(played, visitLock, { security }).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect((error as ReplayError).divergence.path).toBe('data.smp.confirmValue');
  });
});
