import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { u16At } from '../../../src/core/bytes.js';
import { SimulatedClock } from '../../../src/core/clock.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { Uuid } from '../../../src/core/uuid.js';
import { Device } from '../../../src/gap/index.js';
import { readCapture } from '../../../src/hci/capture/index.js';
import { ExtractError, extractServer } from '../../../src/replay/extract/extract-server.js';
import { capturedPeers } from '../../../src/replay/extract/links.js';
import { checkDescription } from '../../../src/virtual/devices/check-description.js';
import { type DeviceDescription, describedDevice, World } from '../../../src/virtual/devices/index.js';
import { describeWithShared, shared } from '../../support/shared.js';
import { readOracle } from '../oracle.js';
import { compareAnswers } from './answers.js';

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url)));
const captured = (name: string) => readFileSync(shared(`captures/${name}`));

/** Each capture with what chooses the peer in it, and how many requests were answered. */
const captures: readonly (readonly [file: string, choice: { address?: string; handle?: number }])[] = [
  ['01-idealled-legacy-connect.btsnoop', {}],
  ['02-horizon-treadmill-legacy.btsnoop', {}],
  ['03-pongbot-extended.btsnoop', { address: '5C:B2:60:06:49:73' }],
  ['03-pongbot-extended.btsnoop', { address: '74:B8:39:DF:CE:4A/public' }],
  ['04-btsnooper-extadv-throughput.btsnoop', {}],
  ['06-jbd-bms-h1.btsnoop', { handle: 75 }],
  ['06-jbd-bms-h1.btsnoop', { handle: 79 }],
  ['07-miband2-legacy-pairing.btsnoop', {}],
  ['emulated/emul-sc-justworks-central.btsnoop', {}],
  ['emulated/emul-legacy-passkey-central.btsnoop', {}],
];

/**
 * Answers that may be others than in the capture, and why; by the requests.
 * - 01: the peer put fewer services into its first two answers than fit, which it may (Vol 3, Part F, 3.4.4.10).
 * - 07: the peer says the handle behind the range in Attribute Not Found, where the first of the range is to stand (3.4.4.2,
 *   3.4.4.10).
 */
const permitted: Readonly<Record<string, (captured: string, described: string) => boolean>> = {
  '01': (captured, described) => captured.startsWith('11') && described.startsWith('11'),
  '07': (captured, described) => /^01(08|10)....0a$/.test(captured) && /^01(08|10)....0a$/.test(described),
};

const uses = new Map<string, number>();
afterAll(() => {
  for (const [file, count] of uses)
    process.stdout.write(`extraction: ${count} permitted differences in ${file}\n`);
});

/** Attributes by handle: `type value`, as far as a description has them. */
function attributesOf({ services = [] }: DeviceDescription) {
  const declared = new Map<number, string>();
  const values = new Map<number, string>();
  for (const one of services) {
    declared.set(one.handle!, `service ${one.uuid} ${one.endHandle}`);
    for (const { uuid, handle, valueHandle, value, descriptors = [] } of one.characteristics ?? []) {
      declared.set(handle!, `characteristic ${uuid} ${valueHandle}`);
      if (typeof value === 'string') values.set(valueHandle!, value);
      for (const descriptor of descriptors) {
        declared.set(descriptor.handle!, `descriptor ${descriptor.uuid}`);
        if (typeof descriptor.value === 'string') values.set(descriptor.handle!, descriptor.value);
      }
    }
  }
  return { declared, values };
}

/** The same, from another decoder's view of the frames. */
function oracleOf(name: string, handle: number | undefined) {
  const declared = new Map<number, string>();
  const values = new Map<number, string>();
  let asked = '';
  for (const { acl, att, dir } of readOracle(name)) {
    if (!att || (handle !== undefined && acl?.handle !== handle)) continue;
    const pdu = fromHex(att.pdu);
    const at = (i: number) => u16At(pdu, i);
    const uuid = (from: number, to: number) => Uuid.fromWire(pdu, from, to).toShortString();
    if (dir === 'tx') {
      if ((pdu[0]! & 0x41) === 0) asked = att.pdu;
    } else if (pdu[0] === 0x11) {
      for (let i = 2; i < pdu.length; i += pdu[1]!) {
        declared.set(at(i), `service ${uuid(i + 4, i + pdu[1]!)} ${at(i + 2)}`);
      }
    } else if (pdu[0] === 0x09 && asked.endsWith('0328')) {
      for (let i = 2; i < pdu.length; i += pdu[1]!) {
        declared.set(at(i), `characteristic ${uuid(i + 5, i + pdu[1]!)} ${at(i + 3)}`);
      }
    } else if (pdu[0] === 0x05) {
      const width = pdu[1] === 1 ? 2 : 16;
      for (let i = 2; i < pdu.length; i += 2 + width) {
        const known = declared.get(at(i));
        if (known === undefined) declared.set(at(i), `descriptor ${uuid(i + 2, i + 2 + width)}`);
      }
    } else if (pdu[0] === 0x0b && asked.startsWith('0a')) {
      const read = u16At(fromHex(asked), 1);
      if (!values.has(read)) values.set(read, att.pdu.slice(2));
    } else if (pdu[0] === 0x0d && asked.startsWith('0c')) {
      const read = u16At(fromHex(asked), 1);
      const before = values.get(read) ?? '';
      if (u16At(fromHex(asked), 3) * 2 === before.length) values.set(read, before + att.pdu.slice(2));
    }
  }
  return { declared, values };
}

describeWithShared('extraction of a peer from a real capture', () => {
  for (const [file, choice] of captures) {
    const name = `${file.slice(0, 2)} ${Object.values(choice).join('')}`.trim();

    it(`agrees with another decoder on handles, UUIDs and values: ${file} ${JSON.stringify(choice)}`, () => {
      const extraction = extractServer(captured(file), choice);
      const own = attributesOf(extraction.description);
      const links = capturedPeers(readCapture(captured(file)).list).links.filter(
        ({ peer }) => peer?.toString() === extraction.address,
      );
      const oracleName = file.replace('emulated/', '').replace(/\.\w+$/, '');
      const only = choice.handle ?? (choice.address ? links[0]?.handle : undefined);
      const oracle = oracleOf(oracleName, only);
      for (const [handle, declared] of oracle.declared)
        expect(own.declared.get(handle), `${handle}`).toBe(declared);
      for (const [handle, declared] of own.declared) {
        // What was concluded from what the client did is in the list of what is missing.
        if (!oracle.declared.has(handle))
          expect(extraction.missing.join(), declared).toMatch(/assumed|where one was written/);
      }
      for (const [handle, value] of oracle.values) {
        if (declaresValue(own.declared, handle))
          expect(own.values.get(handle) ?? '', `${handle}`).toBe(value);
      }
    });

    it(`makes a server that gives the captured answers to the captured requests, PDU for PDU: ${name}`, async () => {
      const { description, address } = extractServer(captured(file), choice);
      checkDescription(JSON.parse(JSON.stringify(description)));
      const links = capturedPeers(readCapture(captured(file)).list).links.filter(({ peer, handle }) =>
        choice.handle === undefined ? peer?.toString() === address : handle === choice.handle,
      );
      for (const link of links) {
        const all = await compareAnswers(description, link);
        const others = all.filter((one) => one.captured !== one.described);
        const rule = permitted[file.slice(0, 2)];
        const wrong = others.filter((one) => !rule?.(one.captured, one.described));
        expect(wrong).toEqual([]);
        if (others.length > 0) uses.set(file, (uses.get(file) ?? 0) + others.length);
      }
    });
  }

  /** Whether a handle is that of a value which a description has a place for. */
  function declaresValue(declared: ReadonlyMap<number, string>, handle: number): boolean {
    const own = declared.get(handle);
    if (own) return own.startsWith('descriptor') && !own.endsWith(' 2902');
    return [...declared.values()].some(
      (one) => one.startsWith('characteristic') && one.endsWith(` ${handle}`),
    );
  }

  it('has advertising data, scan response, interval, MTU and the parameters that the peer asked for (01)', () => {
    const { description, address, parameters } = extractServer(
      captured('01-idealled-legacy-connect.btsnoop'),
    );
    expect(address).toBe('1A:B9:3A:2D:5E:63/public');
    expect(description).toMatchObject({
      name: 'ISP-2D5E63',
      address: '1A:B9:3A:2D:5E:63/public',
      mtu: 512,
      advertising: {
        data: '0201060b084953502d3244354536330fff5452006110001701020100640064',
        scanResponse: '1107fb349b5f8000008000100000f0ff0000',
      },
      connection: { intervalMinMs: 10, intervalMaxMs: 20, latency: 0, supervisionTimeoutMs: 6000 },
    });
    expect(parameters[0]).toEqual({ intervalMs: 48.75, latency: 0, supervisionTimeoutMs: 20_000 });
  });

  it('tells answers to writes from values that come by themselves (06: a battery that is polled)', () => {
    const { description } = extractServer(captured('06-jbd-bms-h1.btsnoop'), { handle: 77 });
    const all = description.services!.flatMap(({ characteristics = [] }) => characteristics);
    const command = all.find(({ uuid }) => uuid === 'ff02')!;
    expect(all.find(({ uuid }) => uuid === 'ff01')!.notifications).toBeUndefined();
    const answer = command.answers!.find(({ when }) => when === 'dda50300fffd77')!;
    // One answer in two notifications: the device splits what is longer than ATT_MTU - 3.
    expect(answer.notify!.map(({ characteristic }) => characteristic)).toEqual([17, 17]);
  });

  it('lists what the capture does not show', () => {
    const { missing } = extractServer(captured('02-horizon-treadmill-legacy.btsnoop'));
    expect(missing).toContain('MTU: it was not exchanged');
    expect(missing).toContain('value of 2a00 at 0x0004: it was not read');
    expect(missing.join('\n')).toMatch(/261 values told of 0x0012, which is not known to be the value/);
  });

  it('wants the peer to be chosen where a capture has several, and says which there are', () => {
    const file = captured('03-pongbot-extended.btsnoop');
    const refused = (address?: string) => {
      try {
        extractServer(file, address === undefined ? {} : { address });
      } catch (error) {
        return error as ExtractError;
      }
      throw new Error('nothing was thrown');
    };
    expect(refused()).toMatchObject({ code: 'EXTRACT_AMBIGUOUS' });
    expect(refused().addresses).toHaveLength(3);
    expect(refused('00:00:00:00:00:01').message).toMatch(/5C:B2:60:06:49:73\/public/);
    expect(refused('00:00:00:00:00:01')).toMatchObject({ code: 'EXTRACT_NOTHING' });
    expect(() => extractServer(file, { address: 'here' })).toThrow(RangeError);
  });
});

describe('extraction of a peer', () => {
  it('of a capture without anybody who answers is refused', () => {
    expect(() => extractServer(new Uint8Array(0))).toThrow(ExtractError);
    expect(() => extractServer(fixture('server-bumble.btsnoop'))).toThrow(/nobody answered ATT requests/);
  });

  it.each(['central-bumble.btsnoop', 'central-btvirt.btsnoop'])(
    "brings Bumble's heart rate sensor home from %s: a client finds and reads the same, and is notified",
    async (name) => {
      const { description } = extractServer(fixture(name));
      const clock = new SimulatedClock();
      const random = seededRandom(3);
      const world = await clock.run(
        World.open({ clock, random, devices: [await describedDevice(description)] }),
      );
      const transport = world.controller('00:00:5E:00:53:01').transport();
      const device = await clock.run(Device.open({ transport, clock, random }));
      const link = await clock.run(device.connect(description.address));
      const services = await clock.run(link.gatt.discoverAll());
      const all = services.flatMap(({ characteristics }) => [...characteristics]);
      const at = (uuid: string) => all.find((one) => one.uuid.equals(uuid))!;
      expect(new TextDecoder().decode(await clock.run(at('2a29').read()))).toBe('Bumble');
      const long = await clock.run(at('3e7c0003-94d1-4f4b-8b1a-6e0f5d2c7a10').readLong());
      expect(long).toEqual(Uint8Array.from({ length: 300 }, (_, n) => n & 0xff));
      const rates: string[] = [];
      await clock.run(at('2a37').subscribe((value) => rates.push(toHex(value))));
      await clock.advance(5000);
      expect(rates).toEqual(['0046', '0047', '0048', '0049', '004a']);
      await clock.run(device.close());
      await clock.run(world.close());
      expect(clock.pending).toBe(0);
    },
  );

  it('joins the parts of long values, and keeps the refusals of reads (fixtures/long-values)', () => {
    const { description } = extractServer(fixture('long-values.btsnoop'));
    const { characteristics } = description.services!.at(-1)!;
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(6);
    expect(characteristics![0]).toMatchObject({ value: toHex(new TextEncoder().encode(text)) });
    expect(characteristics![2]).toMatchObject({ read: { error: 0x08 } });
  });

  it('lets its scripts begin again when that is asked for', () => {
    const { description } = extractServer(fixture('heart-rate.btsnoop'), { repeat: true });
    const scripts = description
      .services!.flatMap((one) => one.characteristics ?? [])
      .flatMap((one) => one.notifications ?? []);
    expect(scripts.map(({ repeat, values }) => [repeat, values.length >= 5])).toEqual([[true, true]]);
  });

  it('of a damaged capture gives a sound description, or says that there is nothing: 200 times damaged', () => {
    const { list } = readCapture(fixture('central-bumble.btsnoop'));
    const random = seededRandom(11);
    const number = () => {
      const octets = random.fill(new Uint8Array(2));
      return octets[0]! | (octets[1]! << 8);
    };
    let sound = 0;
    for (let round = 0; round < 200; round++) {
      const damaged = list.map((record) => ({ ...record, packet: record.packet.slice() }));
      for (let i = 0; i < 8; i++) {
        const { packet } = damaged[number() % damaged.length]!;
        packet[number() % packet.length] = number() & 0xff;
      }
      try {
        checkDescription(extractServer(damaged).description);
        sound++;
      } catch (error) {
        expect(error).toBeInstanceOf(ExtractError);
      }
    }
    expect(sound).toBeGreaterThan(100);
  });
});
