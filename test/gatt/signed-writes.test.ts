import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../src/core/clock.js';
import { StateError } from '../../src/core/errors.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import type { DataSigning, LinkSecurity } from '../../src/core/security.js';
import { GattClient } from '../../src/gatt/client/client.js';
import { CharacteristicProperty } from '../../src/gatt/client/remote.js';
import { characteristic, service } from '../../src/gatt/server/definition.js';
import { GattServer } from '../../src/gatt/server/server.js';
import { nobleCrypto, sign, verifySigned } from '../../src/smp/crypto/index.js';
import { scriptedBearer } from '../support/gatt.js';

const CSRK = fromHex('00112233445566778899aabbccddeeff');

/** Signing as a bond does it: a counter that goes up, and none taken twice. */
class Signing implements DataSigning {
  next = 7;
  lowest = 0;
  authenticated = false;

  async sign(data: Uint8Array): Promise<Uint8Array> {
    const counter = this.next++;
    await Promise.resolve();
    return sign(nobleCrypto, CSRK, data, counter);
  }

  async verify(signed: Uint8Array) {
    const counter = verifySigned(nobleCrypto, CSRK, signed);
    if (counter === undefined || counter < this.lowest) return undefined;
    this.lowest = counter + 1;
    await Promise.resolve();
    return { authenticated: this.authenticated };
  }
}

function signed(pdu: string, counter: number): string {
  const octets = fromHex(pdu);
  return pdu + toHex(sign(nobleCrypto, CSRK, octets, counter));
}

describe('Signed Write Commands to a server (Vol 3, Part F, 3.4.5.4)', () => {
  let signing: Signing;
  let written: string[];
  let allowed: boolean;
  let link: ReturnType<typeof scriptedBearer>;

  beforeEach(() => {
    signing = new Signing();
    written = [];
    allowed = true;
    const server = new GattServer();
    const onWrite = (name: string) => (value: Uint8Array) => void written.push(`${name} ${toHex(value)}`);
    server.add(
      service(0x180d, {
        signed: characteristic(0x2a00, { writeSigned: true, maxLength: 4, onWrite: onWrite('signed') }),
        open: characteristic(0x2a01, { write: true, writeWithoutResponse: true, onWrite: onWrite('open') }),
        strict: characteristic(0x2a02, { writeSigned: { level: 3 }, onWrite: onWrite('strict') }),
        asked: characteristic(0x2a03, {
          writeSigned: { authorize: () => allowed },
          onWrite: onWrite('asked'),
        }),
      }),
    );
    link = scriptedBearer();
    server.connect(link.bearer, { signing, report: (message) => void link.reports.push(message) });
  });

  async function give(...pdus: string[]): Promise<string[]> {
    link.channel.give(...pdus);
    await settle();
    expect(link.channel.take()).toEqual([]);
    return written.splice(0);
  }

  it('are taken when the signature is right, and are never answered', async () => {
    expect(await give(signed('d20300aabb', 0))).toEqual(['signed aabb']);
  });

  it('can be empty', async () => {
    expect(await give(signed('d20300', 0))).toEqual(['signed ']);
  });

  it('keep their order, though the check takes its time', async () => {
    expect(await give(signed('d2030001', 0), signed('d2030002', 1), '52050003')).toEqual([
      'signed 01',
      'signed 02',
      'open 03',
    ]);
  });

  it.each([
    ['value', 3],
    ['handle', 1],
    ['counter', 5],
    ['code', 12],
  ])('are dropped and told when the %s was changed', async (_what, at) => {
    const octets = fromHex(signed('d20300aabb', 0));
    octets[at] = octets[at]! ^ (at === 1 ? 0x0a ^ 0x03 : 1);
    if (at === 1) octets[1] = 0x09;
    expect(await give(toHex(octets))).toEqual([]);
    if (at !== 1)
      expect(link.reports.join()).toMatch(/0x0003 was dropped: its signature is not one of this peer/);
  });

  it('are dropped when they come again (Vol 3, Part H, 2.4.5)', async () => {
    const pdu = signed('d20300aa', 5);
    expect(await give(pdu, pdu)).toEqual(['signed aa']);
    expect(await give(signed('d20300bb', 4))).toEqual([]);
    expect(await give(signed('d20300cc', 6))).toEqual(['signed cc']);
  });

  it('do not reach what is written otherwise only, and cost no counter there', async () => {
    expect(await give(signed('d20500aa', 0))).toEqual([]);
    expect(signing.lowest).toBe(0);
  });

  it('do not reach with an unauthenticated key what wants an authenticated one (Vol 3, Part C, 10.2.2)', async () => {
    expect(await give(signed('d20700aa', 0))).toEqual([]);
    signing.authenticated = true;
    expect(await give(signed('d20700aa', 1))).toEqual(['strict aa']);
  });

  it("are the application's to authorise", async () => {
    allowed = false;
    expect(await give(signed('d20900aa', 0))).toEqual([]);
    allowed = true;
    expect(await give(signed('d20900aa', 1))).toEqual(['asked aa']);
  });

  it('are dropped when they are too long or too short', async () => {
    expect(await give(signed('d203000102030405', 0))).toEqual([]);
    expect(await give('d20300', 'd2', `d20300${'00'.repeat(11)}`)).toEqual([]);
  });

  it('are the only way to write what permits nothing else', async () => {
    expect(await give('520300aa', '520700aa')).toEqual([]);
  });

  it('are dropped on a link where nobody checks signatures', async () => {
    const server = new GattServer();
    server.add(
      service(0x180d, {
        a: characteristic(0x2a00, { writeSigned: true, onWrite: () => void written.push('a') }),
      }),
    );
    const bare = scriptedBearer();
    server.connect(bare.bearer);
    bare.channel.give(signed('d20300aa', 0));
    await settle();
    expect(written).toEqual([]);
  });

  it('show in the properties (Part G, 3.3.1.1)', async () => {
    link.channel.give('0802000200' + '0328');
    await settle();
    const [response] = link.channel.take();
    expect(fromHex(response!)[4]).toBe(CharacteristicProperty.authenticatedSignedWrites);
  });
});

describe('Signed Write Commands of a client (Vol 3, Part G, 4.9.2)', () => {
  function clientWith(level: LinkSecurity['level'], signing?: DataSigning) {
    const link = scriptedBearer();
    const security = () => ({ level, keySize: level > 1 ? 16 : 0, bonded: true });
    return { ...link, client: new GattClient(link.bearer, { security, ...(signing ? { signing } : {}) }) };
  }

  it('carry a signature over opcode, handle and value, with counters in their order', async () => {
    const { client, channel } = clientWith(1, new Signing());
    await Promise.all([client.writeSigned(3, fromHex('aa')), client.writeSigned(4, fromHex('bb'))]);
    expect(channel.take()).toEqual([signed('d20300aa', 7), signed('d20400bb', 8)]);
  });

  it('are Write Commands on a link that is encrypted', async () => {
    const { client, channel } = clientWith(2, new Signing());
    await client.writeSigned(3, fromHex('aa'));
    expect(channel.take()).toEqual(['520300aa']);
  });

  it('are refused to the caller without a key, and do not go without a signature', async () => {
    const { client, channel } = clientWith(1);
    await expect(client.writeSigned(3, fromHex('aa'))).rejects.toThrow(StateError);
    expect(channel.take()).toEqual([]);
  });

  it('have room for ATT_MTU - 15 octets', async () => {
    const { client, channel } = clientWith(1, new Signing());
    await client.writeSigned(3, new Uint8Array(8));
    expect(fromHex(channel.take()[0]!)).toHaveLength(23);
    expect(() => client.writeSigned(3, new Uint8Array(9))).toThrow(RangeError);
  });
});
