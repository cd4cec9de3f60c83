import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../../src/core/index.js';
import * as commands from '../../../../src/hci/commands/index.js';
import { disconnectionComplete, leLongTermKeyRequest } from '../../../../src/hci/events/index.js';
import { Aes128 } from '../../../../src/virtual/crypto/aes.js';
import { GroupCipher } from '../../../../src/virtual/link-layer/iso/group-cipher.js';
import { StreamCipher } from '../../../../src/virtual/link-layer/iso/stream-cipher.js';
import { World } from '../../world.js';
import { allIso, openPath, sendSdu, streamingPair, withStream } from './streams.js';

const octets = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);

// Worked out with the AES-CCM of OpenSSL and a nonce put together by Core Vol 6, Part E, 2.1.
describe('the payloads of streams, as another implementation of CCM has them', () => {
  const payload = octets(20, 1);

  it('of a broadcast group: direction bit 1, GIV with the access address, bisPayloadCount', () => {
    const secrets = { giv: octets(8, 0xa0), gskd: octets(16, 0x10) };
    const cipher = new GroupCipher(octets(16), secrets, 0x78e52493, 2);
    const sealed = '842f72f79bc704f4aeaa0ac86d37a819e42a08365e7e30a5';
    expect(toHex(cipher.seal(2, 0x12_3456_7890, 0, payload))).toBe(sealed);
    expect(cipher.open(2, 0x12_3456_7890, 0, fromHex(sealed))).toEqual(payload);
    expect(cipher.open(1, 0x12_3456_7890, 0, fromHex(sealed))).toBeUndefined();
    expect(cipher.open(2, 0x12_3456_7891, 0, fromHex(sealed))).toBeUndefined();
    expect(toHex(cipher.seal(0, 600, 3, Uint8Array.of(1, 0x13, 0x40, 0x02)))).toBe('058c91462cc3243f');
  });

  it('of a connected stream: the keys of the connection, its own access address, cisPayloadCounter', () => {
    const keys = {
      aes: new Aes128(fromHex('99ad1b5226a37e3e058e3b8e27c2c666')),
      iv: fromHex('24abdcbabebaafde'),
    };
    const fromCentral = new StreamCipher(keys, 0x8e89bed7, true);
    const fromPeripheral = new StreamCipher(keys, 0x8e89bed7, false);
    const first = '2dc6ae2e2ee994bc2fd680281716f68d558de90ad52d07b9';
    expect(toHex(fromCentral.seal(0x102, 1, payload))).toBe(first);
    // The same again, when it is sent again.
    expect(toHex(fromCentral.seal(0x102, 1, payload))).toBe(first);
    const other = 'de6015e220b9ec0ce96a70ca0ac11a60d1741521fbb3795c';
    expect(toHex(fromPeripheral.seal(0x102, 0, payload))).toBe(other);
    expect(fromPeripheral.open(0x102, 0, fromHex(other))).toEqual(payload);
  });

  it('without octets have no MIC', () => {
    const keys = { aes: new Aes128(new Uint8Array(16)), iv: new Uint8Array(8) };
    const cipher = new StreamCipher(keys, 1, true);
    expect(cipher.seal(0, 0, new Uint8Array(0))).toHaveLength(0);
    expect(cipher.open(0, 0, new Uint8Array(0))).toHaveLength(0);
  });
});

/** A stream with data paths on a connection that is encrypted. */
async function encryptedStream(world: World) {
  const acl = await streamingPair(world);
  const { central, peripheral } = acl;
  const longTermKey = octets(16);
  const request = { randomNumber: 0n, encryptedDiversifier: 0 };
  await central.hci.command(commands.leEnableEncryption, { connectionHandle: 1, ...request, longTermKey });
  await peripheral.hci.eventually(leLongTermKeyRequest);
  await peripheral.hci.command(commands.leLongTermKeyRequestReply, { connectionHandle: 1, longTermKey });
  await world.clock.advance(100);
  for (const { hci } of [central, peripheral]) hci.received.length = 0;
  const pair = await withStream(world, acl);
  await openPath(central.hci, pair.cisAtCentral, 0);
  await openPath(peripheral.hci, pair.cisAtPeripheral, 1);
  return pair;
}

describe('a connected stream on an encrypted connection', () => {
  it('sends its PDUs with MICs, and brings their SDUs (Vol 6, Part B, 4.5.13)', async () => {
    const world = new World();
    const pair = await encryptedStream(world);
    const lengths = new Set<number>();
    const { air } = world;
    const fate = air.fate.bind(air);
    air.fate = (...all) => {
      if (all[3] === 2) lengths.add(all[4]);
      return fate(...all);
    };
    for (let i = 0; i < 3; i++) await sendSdu(pair.central.hci, pair.cisAtCentral, i, octets(100, i));
    await world.clock.advance(60);
    // 100 octets and a MIC; null PDUs have neither.
    expect([...lengths].sort((a, b) => a - b)).toEqual([0, 104]);
    const whole = allIso(pair.peripheral.hci).filter(({ sdu }) => sdu?.packetStatusFlag === 0);
    expect(whole.map(({ data }) => data)).toEqual([0, 1, 2].map((i) => octets(100, i)));
  });

  it('ends with 0x3D at who receives a PDU whose MIC is wrong; the connection goes on', async () => {
    const world = new World();
    const pair = await encryptedStream(world);
    // What no peer of this kind does: another key for the stream than for the connection.
    const { linkLayer } = pair.central.controller as unknown as {
      linkLayer: { isochronous: { streams: Map<number, { tx: StreamCipher }> } };
    };
    const keys = { aes: new Aes128(octets(16, 7)), iv: octets(8) };
    linkLayer.isochronous.streams.get(pair.cisAtCentral)!.tx = new StreamCipher(keys, 1, true);
    pair.peripheral.hci.received.length = 0;
    await sendSdu(pair.central.hci, pair.cisAtCentral, 0, octets(100));
    const connectionHandle = pair.cisAtPeripheral;
    await pair.peripheral.hci.eventually(disconnectionComplete, { connectionHandle, reason: 0x3d });
    await world.clock.advance(500);
    expect(pair.peripheral.hci.all(disconnectionComplete)).toEqual([]);
  });
});
