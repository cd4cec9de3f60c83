import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { DisconnectedError } from '../../../src/core/errors.js';
import { fromHex } from '../../../src/core/hex.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import type { LocalCharacteristic } from '../../../src/gatt/server/local.js';
import { ScriptedServer } from '../../support/gatt.js';

/** The case's names are the SIG's; what is asked and answered is written from Core Vol 3, Parts F and G. */
let host: ScriptedServer;
let link: ReturnType<ScriptedServer['connect']>;
let told: LocalCharacteristic;

const LONG = Uint8Array.from({ length: 100 }, (_, i) => i);
const DESCRIPTOR = Uint8Array.from({ length: 50 }, (_, i) => 0x80 + i);
const hex = (bytes: Uint8Array, start = 0, end = bytes.length) =>
  Buffer.from(bytes.subarray(start, end)).toString('hex');

async function ask(pdu: string, to = link): Promise<string> {
  to.channel.give(pdu);
  await settle();
  return to.channel.take().join(' ');
}

/** Handles of values: 3, 5, 7, … to 17 in the order of the names; 18 a descriptor; 20 and 21 what is told and configured. */
beforeEach(() => {
  host = new ScriptedServer();
  const both = { read: true, write: true } as const;
  const needs = (access: { level: 2 | 3; keySize?: number }) => ({ read: access, write: access });
  const refused = { authorize: () => false };
  ({ told } = host.server.add(
    service(0x180d, {
      open: characteristic(0xa001, { ...both, writeWithoutResponse: true, value: fromHex('010203') }),
      unreadable: characteristic(0xa002, { write: true }),
      fixed: characteristic(0xa003, { read: true, value: Uint8Array.of(0x55) }),
      refused: characteristic(0xa004, { read: refused, write: refused }),
      authenticated: characteristic(0xa005, needs({ level: 3 })),
      encrypted: characteristic(0xa006, needs({ level: 2 })),
      strong: characteristic(0xa007, needs({ level: 2, keySize: 16 })),
      long: characteristic(0xa008, {
        ...both,
        value: LONG,
        maxLength: 120,
        descriptors: [{ uuid: 0xb001, read: true, write: true, value: DESCRIPTOR }],
      }),
      told: characteristic(0xa009, { notify: true, indicate: true }),
    }),
  ).characteristics);
  link = host.connect();
});

/** A link with an encryption key of 7 octets, from pairing without authentication. */
const encrypt = () => {
  host.security = { level: 2, keySize: 7, bonded: true };
};

describe('reading (Vol 3, Part G, 4.8)', () => {
  it.each([
    ['GATT/SR/GAR/BV-01-C: a value is read', '0a0300', '0b010203'],
    ['GATT/SR/GAR/BI-01-C: Read Not Permitted', '0a0500', '010a050002'],
    ['GATT/SR/GAR/BI-02-C: Invalid Handle', '0a3000', '010a300001'],
    ['GATT/SR/GAR/BI-03-C: Insufficient Authorization', '0a0900', '010a090008'],
    ['GATT/SR/GAR/BI-04-C: Insufficient Authentication', '0a0b00', '010a0b0005'],
    ['GATT/SR/GAR/BV-03-C: values are read by their type', '080100ffff01a0', '09050300010203'],
    ['GATT/SR/GAR/BI-06-C: Read Not Permitted by type', '080100ffff02a0', '0108050002'],
    ['GATT/SR/GAR/BI-07-C: Attribute Not Found by type', '080100ffff99a0', '010801000a'],
    ['GATT/SR/GAR/BI-08-C: Invalid Handle by type, of a range that is none', '080500040001a0', '0108050001'],
    ['GATT/SR/GAR/BI-09-C: Insufficient Authorization by type', '080100ffff04a0', '0108090008'],
    ['GATT/SR/GAR/BI-10-C: Insufficient Authentication by type', '080100ffff05a0', '01080b0005'],
    ['GATT/SR/GAR/BV-04-C: a part of a long value', '0c11001600', `0d${hex(LONG, 22, 44)}`],
    ['GATT/SR/GAR/BI-12-C: Read Not Permitted of a long value', '0c05000000', '010c050002'],
    ['GATT/SR/GAR/BI-13-C: Invalid Offset', '0c11006500', '010c110007'],
    ['GATT/SR/GAR/BI-14-C: Invalid Handle of a long value', '0c30000000', '010c300001'],
    ['GATT/SR/GAR/BI-15-C: Insufficient Authorization of a long value', '0c09000000', '010c090008'],
    ['GATT/SR/GAR/BI-16-C: Insufficient Authentication of a long value', '0c0b000000', '010c0b0005'],
    ['GATT/SR/GAR/BV-05-C: several values are read', '0e03000700', '0f01020355'],
    ['GATT/SR/GAR/BI-18-C: Read Not Permitted of one of several', '0e03000500', '010e050002'],
    ['GATT/SR/GAR/BI-19-C: Invalid Handle of one of several', '0e03003000', '010e300001'],
    ['GATT/SR/GAR/BI-20-C: Insufficient Authorization of one of several', '0e03000900', '010e090008'],
    ['GATT/SR/GAR/BI-21-C: Insufficient Authentication of one of several', '0e03000b00', '010e0b0005'],
    ['GATT/SR/GAR/BV-06-C: a descriptor is read', '0a1500', '0b0000'],
    ['GATT/SR/GAR/BV-09-C: several values of any length are read', '2003000700', '210300010203010055'],
    ['GATT/SR/GAR/BI-36-C: Read Not Permitted of one of any length', '2003000500', '0120050002'],
    ['GATT/SR/GAR/BI-38-C: Invalid Handle of one of any length', '2003003000', '0120300001'],
    ['GATT/SR/GAR/BI-40-C: Insufficient Authorization of one of any length', '2003000900', '0120090008'],
    ['GATT/SR/GAR/BI-42-C: Insufficient Authentication of one of any length', '2003000b00', '01200b0005'],
  ])('%s', async (_name, pdu, answer) => {
    expect(await ask(pdu)).toBe(answer);
  });

  it.each([
    ['GATT/SR/GAR/BI-05-C: Encryption Key Size Too Short', '0a0f00', '010a0f000c'],
    ['GATT/SR/GAR/BI-11-C: Encryption Key Size Too Short by type', '080100ffff07a0', '01080f000c'],
    ['GATT/SR/GAR/BI-17-C: Encryption Key Size Too Short of a long value', '0c0f000000', '010c0f000c'],
    ['GATT/SR/GAR/BI-22-C: Encryption Key Size Too Short of one of several', '0e03000f00', '010e0f000c'],
    ['GATT/SR/GAR/BI-44-C: Encryption Key Size Too Short of one of any length', '2003000f00', '01200f000c'],
  ])('%s', async (_name, pdu, answer) => {
    encrypt();
    expect(await ask(pdu)).toBe(answer);
    host.security = { level: 2, keySize: 16, bonded: true };
    expect(await ask(pdu)).not.toBe(answer);
  });

  it('GATT/SR/GAR/BV-07-C: a long descriptor is read in parts', async () => {
    const parts = [];
    for (const offset of ['0000', '1600', '2c00']) parts.push((await ask(`0c1200${offset}`)).slice(2));
    expect(parts.join('')).toBe(hex(DESCRIPTOR));
  });

  it('GATT/SR/GAR/BV-08-C: behind a long descriptor there is nothing, and farther behind Invalid Offset', async () => {
    expect(await ask('0c12003200')).toBe('0d');
    expect(await ask('0c12003300')).toBe('010c120007');
  });

  it('GATT/SR/GAR/BI-45-C: requests that do not wait for their answers are answered in their order', async () => {
    link.channel.give('0a0300', '080100ffff03a0', '0a0700', '0a3000');
    await settle();
    expect(link.channel.take()).toEqual(['0b010203', '0903070055', '0b55', '010a300001']);
  });
});

describe('writing (Vol 3, Part G, 4.9)', () => {
  it('GATT/SR/GAW/BV-01-C: without a response', async () => {
    expect(await ask('520300aabb')).toBe('');
    expect(await ask('0a0300')).toBe('0baabb');
  });

  it('GATT/SR/GAW/BV-03-C: with a response', async () => {
    expect(await ask('120300aabb')).toBe('13');
    expect(await ask('0a0300')).toBe('0baabb');
  });

  it.each([
    ['GATT/SR/GAW/BI-02-C: Invalid Handle', '12300001', '0112300001'],
    ['GATT/SR/GAW/BI-03-C: Write Not Permitted', '12070001', '0112070003'],
    ['GATT/SR/GAW/BI-04-C: Insufficient Authorization', '12090001', '0112090008'],
    ['GATT/SR/GAW/BI-05-C: Insufficient Authentication', '120b0001', '01120b0005'],
    ['GATT/SR/GAW/BI-07-C: Invalid Handle of a long value', '163000000001', '0116300001'],
    ['GATT/SR/GAW/BI-08-C: Write Not Permitted of a long value', '160700000001', '0116070003'],
    ['GATT/SR/GAW/BI-11-C: Insufficient Authorization of a long value', '160900000001', '0116090008'],
    ['GATT/SR/GAW/BI-12-C: Insufficient Authentication of a long value', '160b00000001', '01160b0005'],
  ])('%s', async (_name, pdu, answer) => {
    expect(await ask(pdu)).toBe(answer);
  });

  it.each([
    ['GATT/SR/GAW/BI-06-C: Encryption Key Size Too Short', '120f0001', '01120f000c', '13'],
    [
      'GATT/SR/GAW/BI-13-C: Encryption Key Size Too Short of a long value',
      '160f00000001',
      '01160f000c',
      '170f00000001',
    ],
  ])('%s', async (_name, pdu, answer, later) => {
    encrypt();
    expect(await ask(pdu)).toBe(answer);
    host.security = { level: 2, keySize: 16, bonded: true };
    expect(await ask(pdu)).toBe(later);
  });

  it('GATT/SR/GAW/BV-05-C: a long value in parts', async () => {
    const value = hex(LONG.toReversed());
    for (let at = 0; at < 100; at += 18) {
      const part = value.slice(2 * at, 2 * (at + 18));
      const pdu = `1100${at.toString(16).padStart(2, '0')}00${part}`;
      expect(await ask(`16${pdu}`)).toBe(`17${pdu}`);
    }
    expect(await ask('1801')).toBe('19');
    link.bearer.mtu = 200;
    expect(await ask('0a1100')).toBe(`0b${value}`);
  });

  it('GATT/SR/GAW/BI-09-C: Invalid Offset of a long value, when it is executed', async () => {
    expect(await ask('161100650001')).toBe('171100650001');
    expect(await ask('1801')).toBe('0118110007');
  });

  it('GATT/SR/GAW/BV-06-C: several values reliably', async () => {
    expect(await ask('160300000011')).toBe('170300000011');
    expect(await ask('160500000022')).toBe('170500000022');
    expect(await ask('1801')).toBe('19');
    expect(await ask('0a0300')).toBe('0b11');
  });

  it('GATT/SR/GAW/BV-07-C: writes that are cancelled leave everything as it is', async () => {
    await ask('160300000011');
    expect(await ask('1800')).toBe('19');
    expect(await ask('1801')).toBe('19');
    expect(await ask('0a0300')).toBe('0b010203');
  });

  it('GATT/SR/GAW/BV-10-C: parts of several long values, one among the other', async () => {
    for (const pdu of ['1100000000aa', '030000000011', '1100010000bb', '030001000022']) {
      const part = pdu.slice(0, 4) + pdu.slice(4, 8) + pdu.slice(10);
      expect(await ask(`16${part}`)).toBe(`17${part}`);
    }
    expect(await ask('1801')).toBe('19');
    expect(await ask('0a0300')).toBe('0b1122');
    expect(await ask('0a1100')).toBe('0baabb');
  });

  it('GATT/SR/GAW/BV-11-C: nothing is prepared, and nothing is executed', async () => {
    expect(await ask('1801')).toBe('19');
    expect(await ask('0a0300')).toBe('0b010203');
  });

  it('GATT/SR/GAW/BV-08-C: a descriptor', async () => {
    expect(await ask('1215000100')).toBe('13');
    expect(await ask('0a1500')).toBe('0b0100');
  });

  it('GATT/SR/GAW/BV-09-C: a long descriptor in parts', async () => {
    const parts = [hex(LONG, 0, 18), hex(LONG, 18, 36), hex(LONG, 36, 40)];
    for (const [i, part] of parts.entries()) {
      const pdu = `1200${(18 * i).toString(16).padStart(2, '0')}00${part}`;
      expect(await ask(`16${pdu}`)).toBe(`17${pdu}`);
    }
    expect(await ask('1801')).toBe('19');
    link.bearer.mtu = 100;
    expect(await ask('0a1200')).toBe(`0b${hex(LONG, 0, 40)}`);
  });

  it('GATT/SR/GAW/BI-32-C: a value that is too long: Invalid Attribute Value Length', async () => {
    link.bearer.mtu = 200;
    expect(await ask(`121100${'00'.repeat(121)}`)).toBe('011211000d');
    expect(await ask(`121100${'00'.repeat(120)}`)).toBe('13');
  });

  it('GATT/SR/GAW/BI-33-C: a long value that is too long: Invalid Attribute Value Length', async () => {
    await ask(`1611006400${'00'.repeat(18)}`);
    await ask(`1611007600${'00'.repeat(3)}`);
    expect(await ask('1801')).toBe('011811000d');
  });

  it('GATT/SR/GAW/BI-39-C: a value of more than 512 octets: Invalid Attribute Value Length', async () => {
    link.bearer.mtu = 517;
    expect(await ask(`120300${'00'.repeat(513)}`)).toBe('011203000d');
  });
});

describe('values that the server sends by itself (Vol 3, Part G, 4.10 and 4.11)', () => {
  const again = async () => {
    const { state } = link.client;
    link.channel.close(new DisconnectedError('gone'));
    const other = host.connect();
    return { state, other };
  };

  it('GATT/SR/GAN/BV-01-C: a notification; without a bond the configuration ends with the link', async () => {
    await ask('1215000100');
    await told.notify(Uint8Array.of(7));
    expect(link.channel.take()).toEqual(['1b140007']);
    const { other } = await again();
    expect(await ask('0a1500', other)).toBe('0b0000');
  });

  it('GATT/SR/GAN/BV-03-C: a notification; with a bond the configuration is there again', async () => {
    await ask('1215000100');
    await told.notify(Uint8Array.of(7));
    expect(link.channel.take()).toEqual(['1b140007']);
    const { state, other } = await again();
    await other.client.restoreState(state);
    expect(await ask('0a1500', other)).toBe('0b0100');
  });

  it('GATT/SR/GAI/BV-01-C: an indication and its confirmation; without a bond the configuration ends', async () => {
    await ask('1215000200');
    const confirmed = told.indicate(Uint8Array.of(7));
    expect(link.channel.take()).toEqual(['1d140007']);
    expect(await ask('1e')).toBe('');
    await confirmed;
    const { other } = await again();
    expect(await ask('0a1500', other)).toBe('0b0000');
  });

  it('GATT/SR/GAI/BV-02-C: an indication and its confirmation; with a bond the configuration is there again', async () => {
    await ask('1215000200');
    const confirmed = told.indicate(Uint8Array.of(7));
    expect(await ask('1e')).toBe('1d140007');
    await confirmed;
    const { state, other } = await again();
    await other.client.restoreState(state);
    expect(await ask('0a1500', other)).toBe('0b0200');
  });

  it('GATT/SR/GAT/BV-01-C: an indication that is not confirmed within 30 s ends the bearer', async () => {
    await ask('1215000200');
    const first = told.indicate(Uint8Array.of(7)).catch((error: unknown) => error);
    const second = link.client.indicate(20, Uint8Array.of(8)).catch((error: unknown) => error);
    expect(link.channel.take()).toEqual(['1d140007']);
    await link.clock.advance(29_999);
    expect(link.timeouts).toBe(0);
    await link.clock.advance(1);
    expect(link.timeouts).toBe(1);
    // Who indicates to all that subscribed is not told of one that is gone; who indicates to one is.
    expect(await first).toBeUndefined();
    expect(String(await second)).toMatch(
      /the ATT bearer is closed, connect again: ATT Handle Value Indication/,
    );
    expect(await ask('0a0300')).toBe('');
    expect(link.channel.take()).toEqual([]);
  });
});

describe('what is not supported (Vol 3, Part F, 3.3.1 and 3.4.1.1)', () => {
  it('GATT/SR/UNS/BI-01-C: an unknown request is refused', async () => {
    expect(await ask('bf')).toBe('01bf000006');
    expect(await ask('1a')).toBe('011a000006');
  });

  it('GATT/SR/UNS/BI-02-C: an unknown command is passed over', async () => {
    expect(await ask('7f0102')).toBe('');
    expect(await ask('ff0102')).toBe('');
    expect(await ask('0a0700')).toBe('0b55');
  });
});

describe('the rest of the procedures', () => {
  it('GATT/SR/GAC/BV-01-C: the MTU is exchanged, and the smaller holds', async () => {
    expect(await ask('026400')).toBe('030502');
    expect(link.client.mtu).toBe(100);
    expect(await ask('0a1100')).toBe(`0b${hex(LONG, 0, 99)}`);
  });

  it('GATT/SR/GAD/BV-01-C: the primary services', async () => {
    host.server.add(service(0x180f, {}, { primary: false }));
    host.server.add(service('12345678-1234-1234-1234-123456789abc', {}));
    expect(await ask('100100ffff0028')).toBe('1106010015000d18');
    expect(await ask('101600ffff0028')).toBe('111417001700bc9a78563412341234123412' + '78563412');
    expect(await ask('101800ffff0028')).toBe('011018000a');
  });

  it('GATT/SR/GAD/BV-02-C: the primary services of one UUID', async () => {
    host.server.add(service(0x180d, {}));
    expect(await ask('060100ffff00280d18')).toBe('070100150016001600');
    expect(await ask('060100ffff00280e18')).toBe('010601000a');
  });

  it('GATT/SR/GAD/BV-03-C: the services that one includes, of 16 and of 128 bits', async () => {
    const short = host.server.add(service(0x180f, {}));
    const long = service('12345678-1234-1234-1234-123456789abc', {});
    host.server.add(long);
    host.server.add(service(0x1810, {}, { includes: [short, long] }));
    expect(await ask('080100ffff0228')).toBe('0908190016001600' + '0f18');
    expect(await ask('081a00ffff0228')).toBe('0906' + '1a00' + '17001700');
  });

  it('GATT/SR/GAD/BV-04-C: the characteristics of a service', async () => {
    expect(await ask('080100050003' + '28')).toBe('0907' + '02000e030001a0' + '040008050002a0');
  });

  it('GATT/SR/GAD/BV-05-C: the characteristics of one UUID, among all', async () => {
    expect(await ask('081300150003' + '28')).toBe('0907' + '130030140009a0');
    expect(await ask('081400150003' + '28')).toBe('010814000a');
  });

  it('GATT/SR/GAD/BV-06-C: the descriptors of a characteristic', async () => {
    expect(await ask('0412001200')).toBe('0501120001b0');
    expect(await ask('0415001500')).toBe('050115000229');
    expect(await ask('041600ffff')).toBe('010416000a');
  });
});
