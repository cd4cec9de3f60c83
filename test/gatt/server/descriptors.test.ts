import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { toHex } from '../../../src/core/hex.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { ScriptedServer } from '../../support/gatt.js';

let host: ScriptedServer;
let link: ReturnType<ScriptedServer['connect']>;

async function ask(pdu: string, to = link): Promise<string> {
  to.channel.give(pdu);
  await settle();
  return to.channel.take().join(' ');
}

const text = (value: string) => toHex(new TextEncoder().encode(value));

beforeEach(() => {
  host = new ScriptedServer();
  link = host.connect();
});

describe('descriptors (Vol 3, Part G, 3.3.3)', () => {
  it('stand behind the value: configuration, description, extended properties, broadcast, formats, aggregate, others', async () => {
    link.bearer.mtu = 100;
    host.server.add(
      service(0x180d, {
        a: characteristic(0x2a00, {
          read: true,
          notify: true,
          broadcast: true,
          reliableWrite: true,
          description: 'both',
          format: [{ format: 4 }, { format: 6, exponent: -2, unit: 0x272f, description: 0x010d }],
          descriptors: [{ uuid: 0x2906, value: Uint8Array.of(1, 2) }],
        }),
      }),
    );
    const types = ['0328', '002a', '0229', '0129', '0029', '0329', '0429', '0429', '0529', '0629'];
    const listed = types.map((type, i) => `${(i + 2).toString(16).padStart(2, '0')}00${type}`);
    expect(await ask('040200ffff')).toBe(`0501${listed.join('')}`);
    expect(await ask('0a0200')).toBe('0b930300002a');
    expect(await ask('0a0600')).toBe('0b0100');
    expect(await ask('0a0800')).toBe('0b04000027010000');
    expect(await ask('0a0900')).toBe('0b06fe2f27010d01');
    expect(await ask('0a0a00')).toBe('0b08000900');
    expect(await ask('0a0b00')).toBe('0b0102');
    for (const handle of ['05', '06', '08', '09', '0a', '0b']) {
      expect(await ask(`12${handle}000000`)).toBe(`0112${handle}0003`);
    }
  });

  it('a format whose fields do not fit is refused when it is declared', () => {
    for (const wrong of [{ format: 256 }, { format: 4, exponent: 128 }, { format: 4, unit: 0x10000 }]) {
      expect(() => characteristic(0x2a00, { format: wrong })).toThrow(RangeError);
    }
  });

  it('a User Description that clients may write has Extended Properties that say so (3.3.3.1, 3.3.3.2)', async () => {
    const told: string[] = [];
    host.server.add(
      service(0x180d, {
        a: characteristic(0x2a00, {
          read: true,
          description: { text: 'left', write: true, onWrite: (value) => void told.push(value) },
        }),
      }),
    );
    expect(await ask('0a0200')).toBe('0b820300002a');
    expect(await ask('0a0400')).toBe(`0b${text('left')}`);
    expect(await ask('0a0500')).toBe('0b0200');
    expect(await ask(`120400${text('über')}`)).toBe('13');
    expect(told).toEqual(['über']);
    expect(await ask('0a0400')).toBe(`0b${text('über')}`);
    // No UTF-8.
    expect(await ask('120400ff')).toBe('0112040013');
    expect(await ask('0a0400')).toBe(`0b${text('über')}`);
  });

  it('a User Description may need security to be written', async () => {
    host.server.add(
      service(0x180d, { a: characteristic(0x2a00, { description: { text: 'x', write: { level: 2 } } }) }),
    );
    expect(await ask('12040041')).toBe('0112040005');
    host.security = { level: 2, keySize: 16, bonded: true };
    expect(await ask('12040041')).toBe('13');
  });

  it('the Server Characteristic Configuration is one for all clients (3.3.3.4)', async () => {
    const told: boolean[] = [];
    const { a } = host.server.add(
      service(0x180d, {
        a: characteristic(0x2a00, { broadcast: true, onBroadcast: (broadcast) => void told.push(broadcast) }),
      }),
    ).characteristics;
    const other = host.connect();
    expect(await ask('0a0400')).toBe('0b0000');
    expect(await ask('1204000100')).toBe('13');
    expect(await ask('0a0400', other)).toBe('0b0100');
    expect(a.isBroadcast).toBe(true);
    expect(await ask('12040001')).toBe('011204000d');
    expect(await ask('1204000200')).toBe('0112040013');
    expect(await ask('1204000000', other)).toBe('13');
    expect(told).toEqual([true, false]);
    a.isBroadcast = true;
    expect(await ask('0a0400')).toBe('0b0100');
  });

  it('an included service may be named by its definition, when it was added before', () => {
    const battery = service(0x180f, {});
    const including = service(0x1810, {}, { includes: [battery] });
    expect(() => host.server.add(including)).toThrow('service 180f is included and was not added before');
    const added = host.server.add(battery);
    expect(host.server.add(including).endHandle).toBe(3);
    added.remove();
    expect(() => host.server.add(including)).toThrow('was not added before');
  });
});

describe('several notifications in one PDU (Vol 3, Part F, 3.4.7.4)', () => {
  const octets = (length: number, value: number) => new Uint8Array(length).fill(value);
  const many = (...lengths: number[]) =>
    link.client.notifyMany(lengths.map((length, i) => ({ handle: i + 1, value: octets(length, i) })));

  it('go one by one to a client that does not support them', async () => {
    await many(1, 2);
    expect(link.channel.take()).toEqual(['1b010000', '1b02000101']);
  });

  it('GATT/SR/GAN/BV-02-C: go together to one that does, as many as the MTU permits', async () => {
    link.client.known.supportedFeatures = Uint8Array.of(4);
    await many(1, 2);
    expect(link.channel.take()).toEqual(['230100010000' + '020002000101']);
    // 22 octets behind the opcode: 4 + 7 and 4 + 7.
    await many(7, 7, 7);
    expect(link.channel.take()).toEqual([
      `2301000700${'00'.repeat(7)}02000700${'01'.repeat(7)}`,
      `1b0300${'02'.repeat(7)}`,
    ]);
    await many(7, 8);
    expect(link.channel.take()).toEqual([`1b0100${'00'.repeat(7)}`, `1b0200${'01'.repeat(8)}`]);
    await many(30, 1, 1);
    expect(link.channel.take()).toEqual([`1b0100${'00'.repeat(20)}`, '230200010001' + '0300010002']);
    await many();
    expect(link.channel.take()).toEqual([]);
  });

  it('go to each client what it subscribed to', async () => {
    const { a, b } = host.server.add(
      service(0x180d, {
        a: characteristic(0x2a00, { notify: true }),
        b: characteristic(0x2a01, { notify: true }),
      }),
    ).characteristics;
    const other = host.connect();
    link.client.known.supportedFeatures = Uint8Array.of(4);
    for (const pdu of ['1204000100', '1207000100']) await ask(pdu);
    await ask('1207000100', other);
    await host.server.notifyMany([
      [a, Uint8Array.of(1)],
      [b, Uint8Array.of(2)],
    ]);
    expect(link.channel.take()).toEqual(['230300010001' + '0600010002']);
    expect(other.channel.take()).toEqual(['1b060002']);
  });

  it('do not go to a client without the security that reading needs, though it subscribed (Vol 3, Part C, 10.3.1)', async () => {
    const { a, b } = host.server.add(
      service(0x180d, {
        a: characteristic(0x2a00, { read: { level: 2 }, notify: true }),
        b: characteristic(0x2a01, { notify: true }),
      }),
    ).characteristics;
    link.client.known.supportedFeatures = Uint8Array.of(4);
    for (const pdu of ['1204000100', '1207000100']) await ask(pdu);
    const many = () =>
      host.server.notifyMany([
        [a, Uint8Array.of(1)],
        [b, Uint8Array.of(2)],
      ]);
    await many();
    expect(link.channel.take()).toEqual(['1b060002']);
    host.security = { level: 2, keySize: 16, bonded: true };
    await many();
    expect(link.channel.take()).toEqual(['230300010001' + '0600010002']);
  });
});
