import { Address } from '../../src/core/address.js';
import { concatBytes, fromHex, toHex } from '../../src/core/hex.js';
import type { Connection } from '../../src/gap/connection.js';
import { Bond, MemoryBondStore, type SecurityOptions } from '../../src/gap/index.js';
import * as commands from '../../src/hci/commands/index.js';
import type { EncryptionKey } from '../../src/smp/keys.js';
import { event } from './scripted-controller.js';
import { leController, scriptedDevice } from './scripted-device.js';

/** An authenticated key of Secure Connections. */
export const someKey: EncryptionKey = {
  ltk: Uint8Array.from({ length: 16 }, (_, i) => i + 1),
  ediv: 0,
  rand: new Uint8Array(8),
  keySize: 16,
  authenticated: true,
  secureConnections: true,
};

/** The peer of {@link scriptedLink}. */
export const scriptedPeer = Address.parse('C0:00:00:00:00:02/random');

/** A link of handle 0x0040 on a scripted controller, which is not encrypted yet, and the bond with its peer, when a key is given. */
export async function scriptedLink(
  role: 'central' | 'peripheral',
  { key, security = {} }: { readonly key?: EncryptionKey; readonly security?: SecurityOptions } = {},
) {
  const store = new MemoryBondStore();
  if (key) {
    const keys = { own: { encryption: key }, peer: { encryption: key } };
    await store.save(
      Address.parse('C0:DE:C0:00:00:01/public'),
      new Bond({ identity: scriptedPeer, keys, level: 4, createdAt: 0, lastUsedAt: 0 }),
    );
  }
  const controller = leController()
    .answer(commands.leCreateConnection, { status: 0 })
    .answer(commands.leEnableEncryption, { status: 0 })
    .answer(commands.leLongTermKeyRequestReply, '00 4000')
    .answer(commands.leLongTermKeyRequestNegativeReply, '00 4000')
    .answer(commands.disconnect, { status: 0 });
  const all = await scriptedDevice(controller, { security: { bonds: store, ...security } });
  const { device, clock } = all;
  const connected = (code: string) => event(0x3e, `01 00 4000 ${code} 01 0200000000c0 1800 0000 9001 00`);
  let link: Connection;
  if (role === 'central') {
    const attempt = device.connect(scriptedPeer, { exchangeMtu: false, encrypt: false });
    await clock.advance(1);
    controller.emit(connected('00'));
    link = await clock.run(attempt);
  } else {
    controller.emit(connected('01'));
    await clock.advance(1);
    [link] = device.connections as [Connection];
  }
  controller.sent.length = 0;
  return { ...all, link };
}

/** A packet of the Security Manager from the peer of {@link scriptedLink}, as it comes by HCI. */
export function smpPacket(hex: string): string {
  const pdu = fromHex(hex);
  const header = Uint8Array.of(0x02, 0x40, 0x20, pdu.length + 4, 0, pdu.length, 0, 0x06, 0);
  return toHex(concatBytes(header, pdu));
}

/** Events of the link of {@link scriptedLink}. */
export const told = {
  encryptionChange: (status: number, enabled: number) => event(0x08, `${hex(status)} 4000 ${hex(enabled)}`),
  encryptionChangeV2: (status: number, enabled: number, keySize: number) =>
    event(0x59, `${hex(status)} 4000 ${hex(enabled)} ${hex(keySize)}`),
  keyRefresh: (status: number) => event(0x30, `${hex(status)} 4000`),
  keyRequest: (rand = '0000000000000000', ediv = '0000') => event(0x3e, `05 4000 ${rand} ${ediv}`),
  completedPackets: event(0x13, '01 4000 0100'),
  disconnection: (reason: number) => event(0x05, `00 4000 ${hex(reason)}`),
};

function hex(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}
