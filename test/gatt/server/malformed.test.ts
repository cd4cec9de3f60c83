import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { attKnows, attPduName } from '../../../src/gatt/att/opcodes.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { ScriptedServer } from '../../support/gatt.js';

/**
 * What the specification demands of a server for each request that is wrong: Core Vol 3, Part F, 3.4. Handles: 1 the
 * service; value 3 can be read and written (3 octets, up to 4); 5 only written; 7 only read; 9 needs encryption; 11
 * authorisation; 12 its configuration.
 */
let host: ScriptedServer;
let link: ReturnType<ScriptedServer['connect']>;
let written: string[];

beforeEach(() => {
  written = [];
  const onWrite = (value: Uint8Array) => void written.push(Buffer.from(value).toString('hex'));
  host = new ScriptedServer();
  host.server.add(
    service(0x180d, {
      open: characteristic(0xa001, {
        read: true,
        write: true,
        writeWithoutResponse: true,
        value: Uint8Array.of(1, 2, 3),
        maxLength: 4,
        onWrite,
      }),
      writeOnly: characteristic(0xa002, { write: true, writeWithoutResponse: true, onWrite }),
      readOnly: characteristic(0xa003, { read: true }),
      encrypted: characteristic(0xa004, {
        read: { level: 2 },
        write: { level: 2 },
        writeWithoutResponse: true,
        onWrite,
      }),
      refused: characteristic(0xa005, {
        read: { authorize: () => false },
        write: { authorize: () => false },
        writeWithoutResponse: true,
        indicate: true,
        onWrite,
      }),
    }),
  );
  link = host.connect();
});

async function ask(pdu: string): Promise<string> {
  link.channel.give(pdu);
  await settle();
  return link.channel.take().join(' ');
}

/** By opcode: what is wrong, the PDU behind its opcode, and of the answer the handle and the error; `''` for none. */
const requests: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
  '02': [
    ['short', '17', '000004'],
    ['without parameters', '', '000004'],
    ['long', '170000', '000004'],
  ],
  '04': [
    ['short', '010001', '000004'],
    ['long', '0100ffff00', '000004'],
    ['from handle 0', '0000ffff', '000001'],
    ['reversed range', '05000400', '050001'],
    ['nothing there', '0d00ffff', '0d000a'],
  ],
  '06': [
    ['short', '0100ffff00', '000004'],
    ['without parameters', '', '000004'],
    ['from handle 0', '0000ffff00280d18', '000001'],
    ['reversed range', '0500040000280d18', '050001'],
    ['another value', '0100ffff00280f18', '01000a'],
    ['value cut short', '0100ffff00280d', '01000a'],
    ['another type', '0100ffff99a0', '01000a'],
    ['of what cannot be read', '0100ffff02a0', '01000a'],
  ],
  '08': [
    ['short', '0100ffff03', '000004'],
    ['of a type of 4 octets', '0100ffff03280000', '000004'],
    ['long', `0100ffff${'00'.repeat(17)}`, '000004'],
    ['from handle 0', '0000ffff0328', '000001'],
    ['reversed range', '050004000328', '050001'],
    ['no such type', '0100ffff99a0', '01000a'],
    ['no permission to read', '0100ffff02a0', '050002'],
    ['no encryption', '0100ffff04a0', '090005'],
    ['no authorisation', '0100ffff05a0', '0b0008'],
  ],
  '0a': [
    ['short', '03', '000004'],
    ['without parameters', '', '000004'],
    ['long', '030000', '000004'],
    ['handle 0', '0000', '000001'],
    ['handle behind all', '0d00', '0d0001'],
    ['no permission', '0500', '050002'],
    ['no encryption', '0900', '090005'],
    ['no authorisation', '0b00', '0b0008'],
  ],
  '0c': [
    ['short', '030000', '000004'],
    ['long', '0300000000', '000004'],
    ['handle 0', '00000000', '000001'],
    ['handle behind all', '0d000000', '0d0001'],
    ['bad offset', '03000400', '030007'],
    ['no permission', '05000000', '050002'],
    ['no permission and a bad offset', '0500ffff', '050002'],
    ['no encryption', '09000000', '090005'],
    ['no authorisation', '0b000000', '0b0008'],
  ],
  '0e': [
    ['of no handle', '', '000004'],
    ['of one handle', '0300', '000004'],
    ['of half a handle', '0300070003', '000004'],
    ['handle 0', '03000000', '000001'],
    ['handle behind all', '03000d00', '0d0001'],
    ['no permission', '03000500', '050002'],
    ['no encryption', '03000900', '090005'],
    ['no authorisation', '03000b00', '0b0008'],
    ['the first of several that are wrong', '05000d00', '050002'],
  ],
  '20': [
    ['of no handle', '', '000004'],
    ['of one handle', '0300', '000004'],
    ['of half a handle', '0300070003', '000004'],
    ['handle 0', '03000000', '000001'],
    ['handle behind all', '03000d00', '0d0001'],
    ['no permission', '03000500', '050002'],
    ['no encryption', '03000900', '090005'],
    ['no authorisation', '03000b00', '0b0008'],
  ],
  '10': [
    ['short', '0100ffff00', '000004'],
    ['of a type of 4 octets', '0100ffff00280000', '000004'],
    ['long', `0100ffff${'00'.repeat(17)}`, '000004'],
    ['from handle 0', '0000ffff0028', '000001'],
    ['reversed range', '050004000028', '050001'],
    ['of characteristics, which may not be', '0100ffff0328', '010010'],
    ['of a type that groups nothing', '0100ffff0229', '010010'],
    ['a reversed range before a wrong type', '050004000328', '050001'],
    ['no secondary service', '0100ffff0128', '01000a'],
    ['no service so far behind', '0200ffff0028', '02000a'],
  ],
  '12': [
    ['short', '03', '000004'],
    ['without parameters', '', '000004'],
    ['handle 0', '000001', '000001'],
    ['handle behind all', '0d0001', '0d0001'],
    ['no permission', '070001', '070003'],
    ['of a declaration', '020001', '020003'],
    ['no encryption', '090001', '090005'],
    ['no authorisation', '0b0001', '0b0008'],
    ['too long a value', '03000102030405', '03000d'],
    ['no permission and too long a value', `0700${'00'.repeat(513)}`, '070003'],
    ['a configuration that is too short', '0c0002', '0c000d'],
    ['a configuration that is too long', '0c00020000', '0c000d'],
    ['a configuration with a bit that the characteristic has not', '0c000100', '0c0013'],
    ['a configuration with a reserved bit', '0c000400', '0c0013'],
  ],
  '16': [
    ['short', '030000', '000004'],
    ['without parameters', '', '000004'],
    ['handle 0', '0000000001', '000001'],
    ['handle behind all', '0d00000001', '0d0001'],
    ['no permission', '0700000001', '070003'],
    ['no encryption', '0900000001', '090005'],
    ['no authorisation', '0b00000001', '0b0008'],
  ],
  '18': [
    ['without flags', '', '000004'],
    ['long', '0100', '000004'],
    ['flags that are reserved', '02', '000004'],
    ['flags that are reserved', 'ff', '000004'],
  ],
};

for (const [opcode, cases] of Object.entries(requests)) {
  const name = attPduName(Number.parseInt(opcode, 16));
  describe(`${name} (Vol 3, Part F, 3.4)`, () => {
    it.each(cases)(
      '%s: %s is answered with handle and error %s, and the next request as ever',
      async (_wrong, pdu, answer) => {
        link.bearer.mtu = 600;
        expect(await ask(`${opcode}${pdu}`)).toBe(`01${opcode}${answer}`);
        expect(await ask('0a0300')).toBe('0b010203');
        expect(written).toEqual([]);
      },
    );
  });
}

describe('Execute Write, of parts that do not fit (3.4.6.3)', () => {
  it.each([
    ['an offset behind the value', ['0300040001'], '030007'],
    ['an offset behind a part before it', ['03000000aa', '03000200bb'], '030007'],
    ['too long a value', ['030000000102030405'], '03000d'],
    ['too long a value in two parts', ['0300000001020304', '0300040005'], '03000d'],
    ['too short a configuration', ['0c00000002'], '0c000d'],
    ['a configuration that may not be', ['0c0000000100'], '0c0013'],
    ['a good part before a bad one', ['0500000001', '0300040001'], '030007'],
  ])('%s: nothing is written, and nothing is left', async (_name, parts, answer) => {
    for (const part of parts) expect(await ask(`16${part}`)).toBe(`17${part}`);
    expect(await ask('1801')).toBe(`0118${answer}`);
    expect(await ask('1801')).toBe('19');
    expect(written).toEqual([]);
  });

  it('more parts than the queue takes: Prepare Queue Full', async () => {
    for (let i = 0; i < 64; i++) expect(await ask('160300000001')).toBe('170300000001');
    expect(await ask('160300000001')).toBe('0116030009');
    // What stands in the way of the write itself comes first.
    expect(await ask('160700000001')).toBe('0116070003');
    expect(await ask('1800')).toBe('19');
    expect(await ask('160300000001')).toBe('170300000001');
  });
});

describe('commands have no answer, whatever is wrong (3.4.5.3, 3.4.5.4)', () => {
  it.each([
    ['a Write Command without handle', '5203'],
    ['a Write Command of handle 0', '52000001'],
    ['a Write Command of a handle behind all', '520d0001'],
    ['a Write Command without permission', '52070001'],
    ['a Write Command without encryption', '52090001'],
    ['a Write Command without authorisation', '520b0001'],
    ['a Write Command of a descriptor', '520c000200'],
    ['a Write Command with too long a value', '5203000102030405'],
    ['a Signed Write Command without signature', 'd203000102'],
    ['a Signed Write Command of what takes none', `d2030001${'00'.repeat(12)}`],
    ['an unknown command', '7f'],
    ['an unknown command with a signature', `fe${'00'.repeat(14)}`],
  ])('%s', async (_name, pdu) => {
    expect(await ask(pdu)).toBe('');
    expect(written).toEqual([]);
    expect(await ask('0a0300')).toBe('0b010203');
  });
});

describe('opcodes', () => {
  const known = (opcode: number) => attKnows(opcode);
  const hex = (opcode: number) => opcode.toString(16).padStart(2, '0');

  it('of which the specification knows nothing: Request Not Supported, and silence where they are commands', async () => {
    for (let opcode = 0; opcode < 256; opcode++) {
      if (known(opcode)) continue;
      const isCommand = (opcode & 0x40) !== 0;
      for (const parameters of ['', '0300', '03000000010203']) {
        expect(await ask(hex(opcode) + parameters), hex(opcode)).toBe(
          isCommand ? '' : `01${hex(opcode)}000006`,
        );
      }
    }
  });

  it('of responses, notifications and confirmations that nobody waits for: no answer', async () => {
    for (const opcode of [
      0x01, 0x03, 0x05, 0x07, 0x09, 0x0b, 0x0d, 0x0f, 0x11, 0x13, 0x17, 0x19, 0x1b, 0x1e, 0x21,
    ]) {
      expect(await ask(`${hex(opcode)}0300`), hex(opcode)).toBe('');
    }
    expect(await ask('0a0300')).toBe('0b010203');
  });
});
