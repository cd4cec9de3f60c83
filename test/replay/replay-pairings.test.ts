import { expect, it } from 'vitest';
import { fromHex } from '../../src/core/hex.js';
import type { LinkSecurity } from '../../src/core/security.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import type { AdvertisingReport, SecurityOptions } from '../../src/gap/index.js';
import { characteristic, service } from '../../src/gatt/index.js';
import { type CaptureRecord, readCapture } from '../../src/hci/capture/index.js';
import { PacketType } from '../../src/hci/packet-type.js';
import { ReplayError, ReplayKeyError, type ReplaySecrets, replay } from '../../src/replay/index.js';
import type { PairingDelegate } from '../../src/smp/pairing/index.js';
import { describeWithShared, sharedJson } from '../support/shared.js';
import { sharedCapture } from './app.js';
import { advertise, arrives, connect, gone, playAtDevice } from './emulated.js';

type Side = 'central' | 'peripheral';
const methods = ['sc-justworks', 'sc-numeric', 'sc-passkey', 'legacy-passkey'] as const;
type Method = (typeof methods)[number];

/** What the makers of the captures wrote beside them. */
interface Keys {
  readonly number_or_passkey: number | null;
  readonly initiator_ecdh?: { readonly private_be: string };
  readonly responder_ecdh?: { readonly private_be: string };
  readonly initiator_keys: { readonly ltk?: { readonly value: string } };
}

const keysOf = (method: Method) => sharedJson<Keys>(`captures/emulated/emul-${method}.keys.json`);

/** What the capture does not show of a side. */
function secretsOf(method: Method, side: Side): ReplaySecrets {
  const { initiator_ecdh, responder_ecdh, number_or_passkey } = keysOf(method);
  const pair = side === 'central' ? initiator_ecdh : responder_ecdh;
  return {
    privateKeys: pair ? [fromHex(pair.private_be)] : [],
    passkeys: number_or_passkey === null ? [] : [number_or_passkey],
  };
}

/** The user of the captured device: can do what its Pairing Request or Response says. */
function delegateOf(method: Method, side: Side, number: number | null): PairingDelegate {
  const displayPasskey = (shown: number) => expect(shown).toBe(number);
  const compare = (shown: number) => {
    expect(shown).toBe(number);
    return true;
  };
  if (method === 'sc-justworks') return {};
  if (method === 'sc-numeric') return { displayPasskey, compare };
  const isDisplay = (method === 'sc-passkey') === (side === 'central');
  return isDisplay ? { displayPasskey } : { enterPasskey: () => number ?? undefined };
}

const everything = { encryption: true, identity: true, signing: true, linkKey: true };

function securityOf(method: Method): SecurityOptions {
  return {
    secureConnections: method === 'legacy-passkey' ? 'never' : 'allowed',
    ownKeys: everything,
    peerKeys: everything,
    bonds: null,
  };
}

const addresses = { central: 'F0:F0:F0:F0:F0:F0', peripheral: 'F1:F1:F1:F1:F1:F1' } as const;

function recordsOf(method: Method, side: Side): CaptureRecord[] {
  return [...readCapture(sharedCapture(`emulated/emul-${method}-${side}`)).list];
}

const isCommand = (opcode: number) => (record: CaptureRecord) =>
  record.type === PacketType.command && record.packet[0]! + (record.packet[1]! << 8) === opcode;
const isEncryptionChange = ({ type, packet }: CaptureRecord) =>
  type === PacketType.event && packet[0] === 0x08;

/**
 * The capture of a peripheral, with what its emulated controller leaves out: it never asked its host for the key (LE Long Term Key
 * Request, Core Vol 4, Part E, 7.7.65.5), and said at once that the link is encrypted. What it would have asked for, and the key
 * that the host has to answer with, are those of the LE_Enable_Encryption of the central in the same session.
 */
function withKeyRequests(method: Method): CaptureRecord[] {
  const enabled = recordsOf(method, 'central').filter(isCommand(0x2019));
  return recordsOf(method, 'peripheral').flatMap((record) => {
    if (!isEncryptionChange(record)) return [record];
    const [handle, named, key] = [
      [3, 5],
      [5, 15],
      [15, 31],
    ].map(([from, to]) => enabled[0]!.packet.subarray(from, to));
    enabled.shift();
    const made = (type: number, sent: boolean, ...octets: number[]): CaptureRecord => ({
      ...record,
      type: type as CaptureRecord['type'],
      sent,
      packet: Uint8Array.from(octets),
    });
    return [
      made(PacketType.event, false, 0x3e, 13, 0x05, ...handle!, ...named!),
      made(PacketType.command, true, 0x1a, 0x20, 18, ...handle!, ...key!),
      made(PacketType.event, false, 0x0e, 6, 1, 0x1a, 0x20, 0, ...handle!),
      record,
    ];
  });
}

const ramp = Uint8Array.from({ length: 512 }, (_, i) => i & 255);

/**
 * The Generic Attribute service of the captured peripheral, in the place of this stack's, which has Server Supported Features as
 * well: so the handles behind it, and the Database Hash, come out as they are in the capture.
 */
function serveAsCaptured({ server }: Device): void {
  server.database.remove(6);
  // The captured host sends the octets of its AES-CMAC most significant first, against Vol 3, Part G, 7.3: the hash is the same.
  const backwards = async () => (await server.changes.hash()).slice().reverse();
  server.add(
    service(
      0x1801,
      {
        serviceChanged: characteristic(0x2a05, { indicate: true }),
        clientSupportedFeatures: characteristic(0x2b29, { read: true, write: true, value: Uint8Array.of(0) }),
        databaseHash: characteristic(0x2b2a, { read: true, onRead: backwards }),
      },
      { handle: 6 },
    ),
  );
}

/** The security of a link, each time that it changes. */
function watch(link: Connection): LinkSecurity[] {
  const seen: LinkSecurity[] = [];
  link.on('security', (security) => void seen.push(security));
  return seen;
}

/** What a program saw: of the link that paired, and of the one that was encrypted by the bond. */
interface Seen {
  readonly pairing: readonly LinkSecurity[];
  readonly bond: readonly LinkSecurity[];
}

/** The captured program of the peripheral: its services, and a central that comes twice. */
async function asPeripheral(device: Device): Promise<Seen> {
  serveAsCaptured(device);
  const level = { read: true, notify: true, value: Uint8Array.of(77) };
  device.server.add(service(0x180f, { level: characteristic(0x2a19, level) }, { handle: 0x0e }));
  // Only for whom the link is encrypted.
  const locked = { read: { level: 2 }, write: true, value: ramp } as const;
  device.server.add(
    service('8140e247-04f0-42c1-bc34-534c344dafca', {
      locked: characteristic('8140e247-04f0-42c1-bc34-534c344dafcb', locked),
    }),
  );
  const visit = async () => {
    const arrived = arrives(device);
    await advertise(device);
    const link = await arrived;
    const seen = watch(link);
    await gone(link);
    return seen;
  };
  return { pairing: await visit(), bond: await visit() };
}

/** The captured program of the central. */
async function asCentral(device: Device): Promise<Seen> {
  const link = await connect(device);
  const pairing = watch(link);
  await link.pair();
  const services = await link.gatt.discoverServices();
  for (const one of services) await one.discoverCharacteristics();
  for (const handle of [0x0003, 0x0005, 0x000b, 0x000d, 0x0010]) await link.gatt.read(handle);
  expect(await link.gatt.readLong(0x0014)).toEqual(ramp);
  await link.disconnect();
  let found: AdvertisingReport | undefined;
  const scan = { active: true, intervalMs: 60, windowMs: 60, filterDuplicates: true };
  for await (const report of device.scan(scan)) {
    found = report;
    break;
  }
  // As it was heard: of a bonded peer that is called by its identity this stack would look for the private addresses.
  const again = await device.connect(found!, { exchangeMtu: false });
  const bond = [again.security];
  await again.disconnect();
  return { pairing, bond };
}

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
