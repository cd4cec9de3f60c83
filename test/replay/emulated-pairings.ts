/** The captures of pairings that two hosts of another stack made with one another: their keys, their users and their programs. */
import { expect } from 'vitest';
import { fromHex } from '../../src/core/hex.js';
import type { LinkSecurity } from '../../src/core/security.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import type { AdvertisingReport, SecurityOptions } from '../../src/gap/index.js';
import { characteristic, service } from '../../src/gatt/index.js';
import { type CaptureRecord, readCapture } from '../../src/hci/capture/index.js';
import { PacketType } from '../../src/hci/packet-type.js';
import type { ReplaySecrets } from '../../src/replay/index.js';
import type { PairingDelegate } from '../../src/smp/pairing/index.js';
import { sharedJson } from '../support/shared.js';
import { sharedCapture } from './app.js';
import { advertise, arrives, connect, gone } from './emulated.js';

export type Side = 'central' | 'peripheral';
export const methods = ['sc-justworks', 'sc-numeric', 'sc-passkey', 'legacy-passkey'] as const;
export type Method = (typeof methods)[number];

/** What the makers of the captures wrote beside them. */
export interface Keys {
  readonly number_or_passkey: number | null;
  readonly initiator_ecdh?: { readonly private_be: string };
  readonly responder_ecdh?: { readonly private_be: string };
  readonly initiator_keys: { readonly ltk?: { readonly value: string } };
}

export const keysOf = (method: Method) => sharedJson<Keys>(`captures/emulated/emul-${method}.keys.json`);

/** What the capture does not show of a side. */
export function secretsOf(method: Method, side: Side): ReplaySecrets {
  const { initiator_ecdh, responder_ecdh, number_or_passkey } = keysOf(method);
  const pair = side === 'central' ? initiator_ecdh : responder_ecdh;
  return {
    privateKeys: pair ? [fromHex(pair.private_be)] : [],
    passkeys: number_or_passkey === null ? [] : [number_or_passkey],
  };
}

/** The user of the captured device: can do what its Pairing Request or Response says. */
export function delegateOf(method: Method, side: Side, number: number | null): PairingDelegate {
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

export const everything = { encryption: true, identity: true, signing: true, linkKey: true };

export function securityOf(method: Method): SecurityOptions {
  return {
    secureConnections: method === 'legacy-passkey' ? 'never' : 'allowed',
    ownKeys: everything,
    peerKeys: everything,
    bonds: null,
  };
}

export const addresses = { central: 'F0:F0:F0:F0:F0:F0', peripheral: 'F1:F1:F1:F1:F1:F1' } as const;

export function recordsOf(method: Method, side: Side): CaptureRecord[] {
  return [...readCapture(sharedCapture(`emulated/emul-${method}-${side}`)).list];
}

export const isCommand = (opcode: number) => (record: CaptureRecord) =>
  record.type === PacketType.command && record.packet[0]! + (record.packet[1]! << 8) === opcode;
export const isEncryptionChange = ({ type, packet }: CaptureRecord) =>
  type === PacketType.event && packet[0] === 0x08;

/**
 * The capture of a peripheral, with what its emulated controller leaves out: it never asked its host for the key (LE Long Term Key
 * Request, Core Vol 4, Part E, 7.7.65.5), and said at once that the link is encrypted. What it would have asked for, and the key
 * that the host has to answer with, are those of the LE_Enable_Encryption of the central in the same session.
 */
export function withKeyRequests(method: Method): CaptureRecord[] {
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

export const ramp = Uint8Array.from({ length: 512 }, (_, i) => i & 255);

/**
 * The Generic Attribute service of the captured peripheral, in the place of this stack's, which has Server Supported Features as
 * well: so the handles behind it, and the Database Hash, come out as they are in the capture.
 */
export function serveAsCaptured({ server }: Device): void {
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
export function watch(link: Connection): LinkSecurity[] {
  const seen: LinkSecurity[] = [];
  link.on('security', (security) => void seen.push(security));
  return seen;
}

/** What a program saw: of the link that paired, and of the one that was encrypted by the bond. */
export interface Seen {
  readonly pairing: readonly LinkSecurity[];
  readonly bond: readonly LinkSecurity[];
}

/** The captured program of the peripheral: its services, and a central that comes twice. */
export async function asPeripheral(device: Device): Promise<Seen> {
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
export async function asCentral(device: Device): Promise<Seen> {
  const link = await connect(device);
  const pairing = watch(link);
  await link.pair();
  const services = await link.gatt.discoverServices();
  for (const one of services) await one.discoverCharacteristics();
  for (const handle of [0x0003, 0x0005, 0x000b, 0x000d, 0x0010]) await link.gatt.read(handle);
  expect(await link.gatt.readLong(0x0014)).toEqual(ramp);
  await link.disconnect();
  const again = await visitAgain(device);
  const bond = [again.security];
  await again.disconnect();
  return { pairing, bond };
}

/** Looks for the peer, and connects: the bond encrypts the link. */
export async function visitAgain(device: Device): Promise<Connection> {
  let found: AdvertisingReport | undefined;
  const scan = { active: true, intervalMs: 60, windowMs: 60, filterDuplicates: true };
  for await (const report of device.scan(scan)) {
    found = report;
    break;
  }
  // As it was heard: of a bonded peer that is called by its identity this stack would look for the private addresses.
  return device.connect(found!, { exchangeMtu: false });
}
