import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { Uuid } from '../../../src/core/uuid.js';
import { AttRefusal } from '../../../src/gatt/server/attribute.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { ScriptedServer } from '../../support/gatt.js';

const LONG = '6e400001-b5a3-f393-e0a9-e50e24dcca9e';

let host: ScriptedServer;
let link: ReturnType<ScriptedServer['connect']>;

/** What the server answers to a PDU; an empty text when it says nothing. */
async function ask(pdu: string): Promise<string> {
  link.channel.give(pdu);
  await settle();
  return link.channel.take().join(' ');
}

beforeEach(() => {
  host = new ScriptedServer();
  link = host.connect();
});

/**
 * 0001 service 180D; 0002 0003 plain (read, write, without response); 0004 0005 nothing but notify, 0006 its
 * configuration; 0007 0008 only readable, 128-bit UUID, 0009 its description; 000a 000b at most 4 octets.
 */
function fillUsual() {
  return host.server.add(
    service(0x180d, {
      plain: characteristic(0x2a00, {
        read: true,
        write: true,
        writeWithoutResponse: true,
        value: Uint8Array.of(1, 2, 3),
      }),
      measurement: characteristic(0x2a37, { notify: true }),
      fixed: characteristic(LONG, { read: true, value: new Uint8Array(30).fill(7), description: 'x' }),
      short: characteristic(0x2a38, { read: true, write: true, maxLength: 4 }),
    }),
  );
}

describe('wrong requests get the error that the specification names (Vol 3, Part F, 3.4.1.1)', () => {
  beforeEach(() => void fillUsual());

  const INVALID_PDU = '04';
  const wrongLengths: Readonly<Record<string, readonly string[]>> = {
    'Exchange MTU Request': ['02', '0217', '02170000'],
    'Find Information Request': ['04', '0401000500ff', '04010005'],
    'Find By Type Value Request': ['06', '060100ffff00'],
    'Read By Type Request': ['08', '080100ffff', '080100ffff0328aa', '080100ffff03280000'],
    'Read Request': ['0a', '0a03', '0a0300ff'],
    'Read Blob Request': ['0c', '0c030000', '0c03000000ff'],
    'Read Multiple Request': ['0e', '0e0300', '0e03000800ff'],
    'Read Multiple Variable Request': ['20', '200300', '2003000800ff'],
    'Read By Group Type Request': ['10', '100100ffff', '100100ffff002800'],
    'Write Request': ['12', '1203'],
    'Prepare Write Request': ['16', '16030000'],
    'Execute Write Request': ['18', '180100', '1802', '18ff'],
  };
  for (const [name, requests] of Object.entries(wrongLengths)) {
    it(`${name} of a wrong form: Invalid PDU, handle 0`, async () => {
      for (const pdu of requests) expect(await ask(pdu)).toBe(`01${pdu.slice(0, 2)}0000${INVALID_PDU}`);
    });
  }

  for (const [opcode, tail] of [
    ['04', ''],
    ['06', '00280d18'],
    ['08', '0328'],
    ['10', '0028'],
  ] as const) {
    it(`${opcode}: a range from 0, or one that ends before it begins: Invalid Handle`, async () => {
      expect(await ask(`${opcode}0000ffff${tail}`)).toBe(`01${opcode}000001`);
      expect(await ask(`${opcode}05000400${tail}`)).toBe(`01${opcode}050001`);
    });

    it(`${opcode}: nothing in the range: Attribute Not Found, with the first handle`, async () => {
      expect(await ask(`${opcode}4000ffff${tail}`)).toBe(`01${opcode}40000a`);
    });
  }

  it('handle 0 and handles that are not there: Invalid Handle', async () => {
    expect(await ask('0a0000')).toBe('010a000001');
    expect(await ask('0a4000')).toBe('010a400001');
    expect(await ask('0c40000000')).toBe('010c400001');
    expect(await ask('124000aa')).toBe('0112400001');
    expect(await ask('1640000000aa')).toBe('0116400001');
    expect(await ask('0e03004000')).toBe('010e400001');
    expect(await ask('2003004000')).toBe('0120400001');
  });

  it('what cannot be read: Read Not Permitted; in a list of handles with that handle', async () => {
    expect(await ask('0a0500')).toBe('010a050002');
    expect(await ask('0c05000000')).toBe('010c050002');
    expect(await ask('0e03000500')).toBe('010e050002');
    expect(await ask('080100ffff372a')).toBe('0108050002');
  });

  it('what cannot be written: Write Not Permitted', async () => {
    for (const handle of ['0100', '0200', '0500', '0800']) {
      expect(await ask(`12${handle}aa`)).toBe(`0112${handle}03`);
      expect(await ask(`16${handle}0000aa`)).toBe(`0116${handle}03`);
    }
  });

  it('an offset behind the value: Invalid Offset; one at its end gives nothing', async () => {
    expect(await ask('0c03000400')).toBe('010c030007');
    expect(await ask('0c03000300')).toBe('0d');
    expect(await ask('0c03000100')).toBe('0d0203');
  });

  it('a value that is too long: Invalid Attribute Value Length', async () => {
    expect(await ask('120b000102030405')).toBe('01120b000d');
    expect(await ask('120b0001020304')).toBe('13');
    link.bearer.mtu = 600;
    expect(await ask(`120300${'00'.repeat(513)}`)).toBe('011203000d');
    expect(await ask(`120300${'00'.repeat(512)}`)).toBe('13');
  });

  it('a group type that is no service: Unsupported Group Type', async () => {
    expect(await ask('100100ffff0328')).toBe('0110010010');
    expect(await ask('100100ffff0228')).toBe('0110010010');
    expect(await ask(`100100ffff${'11'.repeat(16)}`)).toBe('0110010010');
  });

  it('a request that nobody knows: Request Not Supported; a command likewise: silence', async () => {
    expect(await ask('bf00')).toBe('01bf000006');
    expect(await ask('14')).toBe('0114000006');
    expect(await ask('ff00')).toBe('');
    expect(await ask('42')).toBe('');
  });

  it('a Write Command has no answer, whatever is wrong with it (3.4.5.3)', async () => {
    for (const pdu of ['52', '520300', '524000aa', '520100aa', '520b00aa', `520300${'00'.repeat(513)}`]) {
      expect(await ask(pdu)).toBe('');
    }
    expect(await ask('0a0300')).toBe('0b');
  });

  it('a Signed Write Command is dropped where the attribute permits none (3.4.5.4)', async () => {
    expect(await ask(`d20300aa${'00'.repeat(12)}`)).toBe('');
    expect(await ask('0a0300')).toBe('0b010203');
  });

  it('an MTU below 23 changes nothing (3.4.2.2)', async () => {
    expect(await ask('020500')).toBe('030502');
    expect(link.bearer.mtu).toBe(23);
    expect(await ask('02b900')).toBe('030502');
    expect(link.bearer.mtu).toBe(185);
  });
});

describe('searches', () => {
  beforeEach(() => void fillUsual());

  it('Find Information gives types of one length at a time (3.4.3.2)', async () => {
    expect(await ask('040500ffff')).toBe('05010500372a0600022907000328');
    expect(await ask('040800ffff')).toBe(`05020800${'9ecadc240ee5a9e093f3a3b50100406e'}`);
  });

  it('Find By Type Value ends a group where it ends, else at the handle itself (3.4.3.4)', async () => {
    expect(await ask('060100ffff00280d18')).toBe('0701000b00');
    // The declaration of a characteristic opens a group as well (Part G, 2.5.3).
    expect(await ask('060100ffff0328100500372a')).toBe('0704000600');
    expect(await ask('060100ffff002a010203')).toBe('0703000300');
    expect(await ask('060100ffff00280d19')).toBe('010601000a');
  });

  it('Read By Type gives entries of one length, and cuts a long one (3.4.4.2)', async () => {
    expect(await ask('080100ffff0328')).toBe('090702000e0300002a0400100500372a');
    expect(await ask(`080100ffff9ecadc240ee5a9e093f3a3b50100406e`)).toBe(`09150800${'07'.repeat(19)}`);
  });

  it('Read By Group Type gives the services with their ends (3.4.4.10)', async () => {
    host.server.add(service(0x180f, {}, { primary: false }));
    expect(await ask('100100ffff0028')).toBe('110601000b000d18');
    expect(await ask('100100ffff0128')).toBe('11060c000c000f18');
  });

  it('Read Multiple cuts at ATT_MTU - 1; its variable form never cuts a length (3.4.4.8, 3.4.4.12)', async () => {
    expect(await ask('0e03000800')).toBe(`0f010203${'07'.repeat(19)}`);
    expect(await ask('2003000800')).toBe(`210300010203${'1e00'}${'07'.repeat(15)}`);
    expect(await ask('2003000300030003000800')).toBe(`21${'0300010203'.repeat(4)}1e00`);
    expect(await ask('200300030003000300030003000800')).toBe(`21${'0300010203'.repeat(4)}0300`);
    link.bearer.mtu = 22;
    expect(await ask('20030003000300030003000800')).toBe(`21${'0300010203'.repeat(4)}`);
  });

  it('cuts a read at ATT_MTU - 1', async () => {
    expect(await ask('0a0800')).toBe(`0b${'07'.repeat(22)}`);
    expect(await ask('0c08001600')).toBe(`0d${'07'.repeat(8)}`);
  });

  it('finds the last of 10,000 attributes', async () => {
    for (let i = 0; i < 99; i++) {
      const many = Array.from({ length: 50 }, (_, n) => [
        `c${n}`,
        characteristic(0x2a00 + n, { read: true }),
      ]);
      host.server.add(service(0x1900 + i, Object.fromEntries(many)));
    }
    const { size, lastHandle } = host.server.database;
    expect(size).toBeGreaterThan(10_000);
    expect(lastHandle).toBe(size);
    const last = Uint8Array.of(lastHandle & 0xff, lastHandle >> 8);
    expect(await ask('060100ffff00286219')).toMatch(
      new RegExp(`^07....${Buffer.from(last).toString('hex')}$`),
    );
    expect(host.server.database.get(lastHandle)?.type.equals(Uuid.from(0x2a31))).toBe(true);
  });
});

describe('security (Vol 3, Part C, 10.3.1)', () => {
  beforeEach(() => {
    host.server.add(
      service(0x180d, {
        encrypted: characteristic(0x2a00, { read: { level: 2, keySize: 16 }, write: { level: 2 } }),
        authenticated: characteristic(0x2a01, { read: { level: 3 } }),
        asked: characteristic(0x2a02, { read: { authorize: (client) => client.mtu > 23 } }),
      }),
    );
  });

  it('without encryption and bond: Insufficient Authentication', async () => {
    expect(await ask('0a0300')).toBe('010a030005');
    expect(await ask('120300aa')).toBe('0112030005');
    expect(await ask('1603000000aa')).toBe('0116030005');
    expect(await ask('080100ffff002a')).toBe('0108030005');
    expect(await ask('0e03000500')).toBe('010e030005');
  });

  it('with a bond and without encryption: Insufficient Encryption', async () => {
    host.security = { level: 1, keySize: 0, bonded: true };
    expect(await ask('0a0300')).toBe('010a03000f');
  });

  it('with too short a key: Encryption Key Size Too Short', async () => {
    host.security = { level: 2, keySize: 7, bonded: true };
    expect(await ask('0a0300')).toBe('010a03000c');
    expect(await ask('120300aa')).toBe('13');
  });

  it('with too low a level: Insufficient Authentication; with enough: the value', async () => {
    host.security = { level: 2, keySize: 16, bonded: true };
    expect(await ask('0a0300')).toBe('0b');
    expect(await ask('0a0500')).toBe('010a050005');
    host.security = { level: 3, keySize: 16, bonded: true };
    expect(await ask('0a0500')).toBe('0b');
  });

  it('without the application’s leave: Insufficient Authorization', async () => {
    expect(await ask('0a0700')).toBe('010a070008');
    link.bearer.agreeMtu(100);
    expect(await ask('0a0700')).toBe('0b');
  });

  it('what may not be read is passed over by Find By Type Value, and ends a Read By Type', async () => {
    expect(await ask('060100ffff002a')).toBe('010601000a');
    host.server.add(
      service(0x1810, {
        open: characteristic(0x2b00, { read: true }),
        shut: characteristic(0x2b00, { read: { level: 2 } }),
      }),
    );
    expect(await ask('080100ffff002b')).toBe('09020a00');
  });
});

describe('handlers', () => {
  it('may take their time: the answers keep the order of the requests', async () => {
    let give!: (value: Uint8Array) => void;
    host.server.add(
      service(0x180d, {
        late: characteristic(0x2a00, {
          read: true,
          onRead: () => new Promise((resolve) => (give = resolve)),
        }),
        soon: characteristic(0x2a01, { read: true, value: Uint8Array.of(9) }),
      }),
    );
    expect(await ask('0a0300')).toBe('');
    expect(await ask('0a0500')).toBe('');
    give(Uint8Array.of(8));
    await settle();
    expect(link.channel.take()).toEqual(['0b08', '0b09']);
  });

  it('may refuse with an error of their own (0x80–0x9F)', async () => {
    host.server.add(
      service(0x180d, {
        one: characteristic(0x2a00, {
          read: true,
          write: true,
          onRead: () => {
            throw new AttRefusal(0x80);
          },
          onWrite: () => Promise.reject(new AttRefusal(0x81)),
        }),
        two: characteristic(0x2a01, { read: true }),
      }),
    );
    expect(await ask('0a0300')).toBe('010a030080');
    expect(await ask('0c03000000')).toBe('010c030080');
    expect(await ask('080100ffff002a')).toBe('0108030080');
    expect(await ask('0e05000300')).toBe('010e030080');
    expect(await ask('120300aa')).toBe('0112030081');
    expect(await ask('1603000000aa')).toBe('1703000000aa');
    expect(await ask('1801')).toBe('0118030081');
    expect(link.reports).toEqual([]);
  });

  it('that throw are answered with Unlikely Error and reported, with the handle concerned', async () => {
    host.server.add(
      service(0x180d, {
        one: characteristic(0x2a00, { read: true }),
        bad: characteristic(0x2a01, {
          read: true,
          write: true,
          writeWithoutResponse: true,
          onRead: () => Promise.reject(new Error('no sensor')),
          onWrite: () => {
            throw new Error('no motor');
          },
        }),
      }),
    );
    for (const [pdu, answer] of [
      ['0a0500', '010a05000e'],
      ['0e03000500', '010e05000e'],
      ['080100ffff012a', '010805000e'],
      ['120500aa', '011205000e'],
      ['520500aa', ''],
      ['1605000000aa', '1705000000aa'],
      ['1801', '011805000e'],
    ] as const) {
      expect(await ask(pdu)).toBe(answer);
    }
    expect(link.reports).toHaveLength(6);
    expect(link.reports[0]).toBe('the handler of attribute 0x0005 failed: no sensor');
  });

  it('that give no octets are answered with Unlikely Error', async () => {
    const onRead = (() => undefined) as unknown as () => Uint8Array;
    host.server.add(service(0x180d, { one: characteristic(0x2a00, { read: true, onRead }) }));
    expect(await ask('0a0300')).toBe('010a03000e');
    expect(link.reports).toHaveLength(1);
  });

  it('are told the offset of a Read Blob Request, 0 for every other read', async () => {
    const offsets: number[] = [];
    const onRead = (_client: unknown, offset: number) => {
      offsets.push(offset);
      return new Uint8Array(30);
    };
    host.server.add(service(0x180d, { one: characteristic(0x2a00, { read: true, onRead }) }));
    for (const pdu of ['0a0300', '0c03001600', '080100ffff002a', '0e03000300']) await ask(pdu);
    expect(offsets).toEqual([0, 22, 0, 0, 0]);
  });

  it('that never answer hold at most 64 PDUs up', async () => {
    const onRead = () => new Promise<Uint8Array>(() => {});
    host.server.add(service(0x180d, { one: characteristic(0x2a00, { read: true, onRead }) }));
    for (let i = 0; i < 100; i++) link.channel.give('0a0300');
    expect(link.reports).toHaveLength(35);
  });
});
