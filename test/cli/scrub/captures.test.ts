import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Scrubber } from '../../../src/cli/scrub/scrubber.js';
import { addressNumber, BdAddr } from '../../../src/core/address.js';
import { toHex } from '../../../src/core/hex.js';
import { Decoder, type ReadableField } from '../../../src/decode/index.js';
import { AdvertisingData } from '../../../src/gap/advertising-data.js';
import { AclReassembler } from '../../../src/hci/acl-reassembler.js';
import { type CaptureRecord, readCapture } from '../../../src/hci/capture/index.js';
import { decodePacket } from '../../../src/hci/decode.js';
import { decodeSmp } from '../../../src/smp/decode.js';
import { describeWithShared, shared, sharedJson } from '../../support/shared.js';

const names = [
  '01-idealled-legacy-connect.btsnoop',
  '02-horizon-treadmill-legacy.btsnoop',
  '03-pongbot-extended.btsnoop',
  '04-btsnooper-extadv-throughput.btsnoop',
  '05-bluez-init-linux-monitor.btsnoop',
  '06-jbd-bms-h1.btsnoop',
  '07-miband2-legacy-pairing.btsnoop',
  '08-bjled-att-phdr.pcapng',
  ...['cis', 'coc', 'ecred', 'legacy-passkey', 'sc-justworks', 'sc-numeric', 'sc-passkey'].flatMap((name) =>
    ['central', 'peripheral'].map((side) => `emulated/emul-${name}-${side}.btsnoop`),
  ),
];

const read = (name: string) => readCapture(new Uint8Array(readFileSync(shared(`captures/${name}`)))).list;

function scrubbed(list: readonly CaptureRecord[], seed = 'a seed', keepValues = false) {
  const made: CaptureRecord[] = [];
  const scrubber = new Scrubber(seed, { keepValues, keepPairing: false }, (record) => made.push(record));
  for (const record of list) scrubber.learn(record);
  for (const record of list) scrubber.scrub(record);
  scrubber.end();
  return { made, scrubber };
}

/** What a capture tells of people, found without the scrubber. */
class Secrets {
  readonly addresses = new Map<number, string>();
  readonly names = new Set<string>();
  readonly keys = new Set<string>();

  constructor(list: readonly CaptureRecord[], isVendor: (record: CaptureRecord) => boolean) {
    const frames = new Map<string, AclReassembler>();
    for (const record of list) {
      const { type, sent, packet } = record;
      if (type === 0 || isVendor(record)) continue;
      if (type === 2) {
        const link = `${packet[0]} ${packet[1]! & 15} ${sent}`;
        let frame = frames.get(link);
        if (!frame) {
          frame = new AclReassembler(
            { frame: (cid, bytes, start, end) => this.frame(cid, bytes.subarray(start, end)) },
            () => {},
          );
          frames.set(link, frame);
        }
        frame.receive((packet[1]! >> 4) & 3, packet, 4, packet.length);
      } else this.fields(decodePacket(type as 1, packet).fields, '');
    }
  }

  private frame(cid: number, pdu: Uint8Array): void {
    if (cid === 6) this.fields(decodeSmp(pdu, 0, pdu.length).fields, '');
  }

  private fields(value: unknown, key: string): void {
    if (value instanceof BdAddr) {
      if (value.number !== 0 && value.number !== 0xffffffffffff)
        this.addresses.set(value.number, value.toString());
    } else if (value instanceof Uint8Array) this.octets(value, key);
    else if (typeof value === 'object' && value !== null)
      for (const [name, inside] of Object.entries(value)) this.fields(inside, name);
  }

  private octets(octets: Uint8Array, key: string): void {
    if (/irk|longTermKey|signatureKey|identityResolvingKey/i.test(key) && octets.some((octet) => octet !== 0))
      this.keys.add(toHex(octets));
    if (key !== 'data' && !/advertisingData|scanResponseData/.test(key)) return;
    for (const { type, data } of new AdvertisingData(octets))
      if ((type === 8 || type === 9) && data.length >= 5 && !data.includes(0)) this.names.add(toHex(data));
  }
}

const isVendor = ({ type, packet }: CaptureRecord) =>
  (type === 1 && packet[1]! >> 2 === 0x3f) ||
  (type === 4 && (packet[0] === 0xff || (packet[0] === 0x0e && packet[4]! >> 2 === 0x3f)));

/** Fields with their places, without what they say. */
function skeleton(fields: readonly ReadableField[]): unknown[] {
  return fields
    .filter(({ bits }) => !bits)
    .map(({ key, offset, length, fields: inside }) => [key, offset, length, inside ? skeleton(inside) : []]);
}

/** The numbers of a packet: handles, codes, lengths, intervals. */
function numbers(fields: readonly ReadableField[]): unknown[] {
  return fields.flatMap(({ key, value, fields: inside }) => [
    ...(typeof value === 'number' && !/^(ediv|encryptedDiversifier)$/.test(key) ? [[key, value]] : []),
    ...(inside ? numbers(inside) : []),
  ]);
}

describeWithShared('scrubbed captures', () => {
  it.each(names)('%s: the same packets, and nobody in them', (name) => {
    const list = read(name);
    const { made, scrubber } = scrubbed(list);
    const packets = list.filter(({ type }) => type !== 0);
    expect(made).toHaveLength(packets.length);
    const before = new Decoder();
    const after = new Decoder();
    for (const [i, { time, type, sent, packet, missing, drops, index }] of packets.entries()) {
      const other = made[i]!;
      expect(other).toMatchObject({
        time,
        type,
        sent,
        missing,
        drops,
        index,
        note: undefined,
        comments: undefined,
      });
      expect(other.packet.length).toBe(packet.length);
      const was = before.decode(sent, type, packet);
      const is = after.decode(sent, type, other.packet);
      expect(is.name, `packet ${i}`).toBe(was.name);
      if (isVendor(packets[i]!)) continue;
      expect(is.malformed, `packet ${i}`).toBe(was.malformed);
      // As text: comparing trees of this size takes its time.
      const shape = (fields: readonly ReadableField[]) => JSON.stringify([skeleton(fields), numbers(fields)]);
      expect(shape(is.fields), `packet ${i}`).toBe(shape(was.fields));
    }
    expect(scrubber.counts.packets).toBe(packets.length);
    expect(scrubber.counts.notes).toBe(list.length - packets.length);
    expect(remains(made, new Secrets(list, isVendor), name)).toEqual([]);
  });

  it.each(names.filter((name) => /0[1346]-|peripheral/.test(name)))(
    '%s: with the values kept, addresses, names and keys are gone all the same',
    (name) => {
      const list = read(name);
      const { made } = scrubbed(list, 'a seed', true);
      // 00 01 02 … is an IRK of the emulated pairs, and the value of one of their characteristics.
      const found = remains(made, new Secrets(list, isVendor), name);
      expect(found.filter((text) => !text.startsWith('000102030405'))).toEqual([]);
    },
  );

  it('finds what is to be gone: the captures have it', () => {
    const all = names.map((name) => new Secrets(read(name), isVendor));
    expect(new Set(all.flatMap(({ addresses }) => [...addresses.keys()])).size).toBeGreaterThan(100);
    expect(new Set(all.flatMap(({ names: found }) => [...found])).size).toBeGreaterThan(15);
    expect(new Set(all.flatMap(({ keys }) => [...keys])).size).toBeGreaterThan(10);
  });

  it.each(['01-idealled-legacy-connect.btsnoop', 'emulated/emul-legacy-passkey-central.btsnoop'])(
    '%s: the same seed gives the same octets, another seed others',
    (name) => {
      const list = read(name);
      const octets = (seed: string) =>
        scrubbed(list, seed)
          .made.map(({ packet }) => toHex(packet))
          .join(' ');
      expect(octets('1')).toBe(octets('1'));
      expect(octets('1')).not.toBe(octets('2'));
    },
  );

  it('an address is the same one everywhere, and of its kind', () => {
    const list = read('07-miband2-legacy-pairing.btsnoop').slice(0, 5000);
    const { made } = scrubbed(list);
    const renamed = new Map<string, string>();
    const seen = new Set<string>();
    const pair = (was: readonly ReadableField[], is: readonly ReadableField[]) => {
      for (const [i, field] of was.entries()) {
        const other = is[i]!;
        if (
          typeof field.value === 'string' &&
          /^(..:){5}..$/.test(field.value) &&
          typeof other.value === 'string'
        ) {
          expect(renamed.get(field.value) ?? other.value).toBe(other.value);
          renamed.set(field.value, other.value);
          const type = was.find(({ key }) => key === `${field.key}Type`)?.value;
          const top = (text: string) => Number.parseInt(text.slice(0, 2), 16) >> 6;
          if (type === 1) {
            expect(top(other.value)).toBe(top(field.value));
            seen.add(`random ${top(field.value)}`);
          } else if (type === 0 && field.value !== '00:00:00:00:00:00') {
            expect(other.value).toMatch(/^(00:00:5E:00:53|02:00:5E)/);
            seen.add('public');
          }
        }
        if (field.fields) pair(field.fields, other.fields ?? []);
      }
    };
    const before = new Decoder();
    const after = new Decoder();
    for (const [i, { sent, type, packet }] of list.entries())
      pair(before.decode(sent, type, packet).fields, after.decode(sent, type, made[i]!.packet).fields);
    expect(new Set(renamed.values()).size).toBe(renamed.size);
    expect([...seen].sort()).toEqual(['public', 'random 0', 'random 1', 'random 3']);
  });
});

/** Six octets, most significant first, as a number. */
function reversedNumber(octets: Uint8Array, at: number): number {
  let number = 0;
  for (let i = at; i < at + 6; i++) number = number * 256 + octets[i]!;
  return number;
}

/** Where secrets are still there, in either order of the octets. */
function remains(made: readonly CaptureRecord[], secrets: Secrets, name: string): string[] {
  const found: string[] = [];
  const keysFile = name.replace(/-(central|peripheral)\.btsnoop$/, '.keys.json');
  if (keysFile !== name && /legacy|sc-/.test(name)) {
    const text = JSON.stringify(sharedJson(`captures/${keysFile}`));
    for (const [key] of text.matchAll(/[0-9a-f]{32}(?=")/g)) if (/[1-9a-f]/.test(key)) secrets.keys.add(key);
  }
  const texts = [...secrets.names, ...secrets.keys].flatMap((text) => [
    Buffer.from(text, 'hex'),
    Buffer.from(text, 'hex').reverse(),
  ]);
  for (const { packet } of made) {
    for (let at = 0; at + 6 <= packet.length; at++) {
      const forward = secrets.addresses.get(addressNumber(packet, at));
      const backward = secrets.addresses.get(reversedNumber(packet, at));
      if (forward ?? backward) found.push(`${forward ?? backward} in ${toHex(packet)}`);
    }
    const buffer = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
    for (const text of texts)
      if (buffer.includes(text)) found.push(`${text.toString('hex')} in ${toHex(packet)}`);
  }
  return found;
}
