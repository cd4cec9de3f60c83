import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { concatBytes, fromHex } from '../../src/core/hex.js';
import { bisAccessAddress, seedAccessAddress } from '../../src/virtual/air/big-structure.js';
import { type BigInfo, encodeAcad } from '../../src/virtual/link-layer/iso/big-info.js';
import { temporaryFolder } from './support/folders.js';
import { describeInterop } from './support/present.js';

/** LINKTYPE_BLUETOOTH_LE_LL. */
const LINK_TYPE = 251;

/** A capture of one extended advertising PDU on the advertising access address with an ACAD, as a sniffer has it. */
function capture(acad: Uint8Array): Uint8Array {
  // ADV_EXT_IND and its kin have type 7; no flag is set, so that what follows the flags is ACAD.
  const payload = concatBytes(Uint8Array.of(1 + acad.length, 0), acad);
  const pdu = concatBytes(fromHex('d6be898e'), Uint8Array.of(7, payload.length), payload, new Uint8Array(3));
  const header = new DataView(new ArrayBuffer(40));
  header.setUint32(0, 0xa1b2c3d4, true);
  header.setUint16(4, 2, true);
  header.setUint16(6, 4, true);
  header.setUint32(16, 0xffff, true);
  header.setUint32(20, LINK_TYPE, true);
  header.setUint32(32, pdu.length, true);
  header.setUint32(36, pdu.length, true);
  return concatBytes(new Uint8Array(header.buffer), pdu);
}

const names = [
  'big_offset',
  'big_offset_units',
  'iso_interval',
  'num_bis',
  'nse',
  'bn',
  'sub_interval',
  'pto',
  'bis_spacing',
  'irc',
  'max_pdu',
  'seed_access_address',
  'sdu_interval',
  'max_sdu',
  'base_crc_init',
  'channel_map',
  'phy',
  'bis_payload_count',
  'framing',
  'giv',
  'gskd',
  'big_control_access_address',
  'bis_access_address',
] as const;

/** What tshark makes of it, field by field. */
function seen(acad: Uint8Array): Record<(typeof names)[number], string> {
  const path = join(temporaryFolder(), 'biginfo.pcap');
  writeFileSync(path, capture(acad));
  const fields = names.flatMap((name) => ['-e', `btcommon.eir_ad.entry.biginfo.${name}`]);
  const args = ['-r', path, '-T', 'fields', '-E', 'separator=|', ...fields];
  const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const values = text.trimEnd().split('|');
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? ''])) as ReturnType<typeof seen>;
}

const info: Omit<BigInfo, 'offsetUnit'> = {
  schedule: {
    numBis: 31,
    isoInterval: 30_000,
    nse: 6,
    bn: 3,
    irc: 1,
    pto: 9,
    subInterval: 0x12345,
    bisSpacing: 0x6789a,
    phy: 2,
    maxPdu: 251,
    maxSdu: 0xabc,
    sduInterval: 0xfedcb,
    encrypted: true,
  },
  offset: 600_000,
  seed: seedAccessAddress(0x1234_5678),
  baseCrcInit: 0xbeef,
  channelMap: fromHex('0f00ff0013'),
  payloadCount: 0x12_3456_789a,
  framed: false,
  secrets: { giv: fromHex('0102030405060708'), gskd: fromHex('101112131415161718191a1b1c1d1e1f') },
};

describeInterop('BIGInfo as this project writes it, read by tshark', ['tshark'], () => {
  it('has every field where tshark looks for it, and access addresses as tshark works them out', () => {
    const fields = seen(encodeAcad(info));
    const addresses = Array.from({ length: 31 }, (_, i) => bisAccessAddress(info.seed, i + 1));
    const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
    expect(fields).toMatchObject({
      big_offset: '2000',
      big_offset_units: '1',
      iso_interval: '24',
      num_bis: '31',
      nse: '6',
      bn: '3',
      sub_interval: String(0x12345),
      pto: '9',
      bis_spacing: String(0x6789a),
      irc: '1',
      max_pdu: '251',
      seed_access_address: hex(info.seed),
      sdu_interval: String(0xfedcb),
      max_sdu: String(0xabc),
      base_crc_init: '0xbeef',
      phy: '1',
      bis_payload_count: String(0x12_3456_789a),
      framing: '0',
      giv: '0102030405060708',
      gskd: '101112131415161718191a1b1c1d1e1f',
      big_control_access_address: hex(bisAccessAddress(info.seed, 0)),
      bis_access_address: addresses.map(hex).join(','),
    });
    expect(Number(fields.channel_map)).toBe(0x13_00ff_000f);
  });
});
