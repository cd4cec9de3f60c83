import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromHex } from '../../../src/core/hex.js';
import { characteristic, service } from '../../../src/gatt/index.js';
import { Cid } from '../../../src/l2cap/index.js';
import { nobleCrypto, sign, verifySigned } from '../../../src/smp/crypto/index.js';
import { type Role, send, Tested, type TestedLink } from './support.js';

/** GAP/SEC/CSIGN: connection data signing, LE security mode 2 (Core Vol 3, Part C, 10.2.2 and 10.4). */

describe.each<Role>(['central', 'peripheral'])('as %s', (role) => {
  let tested: Tested;
  let link: TestedLink;
  let strictHandle: number;

  beforeEach(async () => {
    tested = await Tested.open(role, { encryptOnConnect: false, raise: false }, { encryptOnConnect: false });
    const { strict } = tested.own.server.add(
      service(0xb200, {
        strict: characteristic(0xb201, {
          writeSigned: { level: 3 },
          onWrite: () => void tested.written.push('strict'),
        }),
      }),
    ).characteristics;
    strictHandle = strict.valueHandle;
    await tested.bond();
    link = await tested.connect();
  });
  afterEach(() => tested.close());

  /** The key that the tester gave, by which the device that is tested knows its signatures. */
  const csrk = () => tested.tester.bonds.list()[0]!.keys.own.signing!.csrk;
  /** A Signed Write Command to the characteristic that is written signed. */
  async function signed(handle: number, value: number, counter: number, key = csrk()): Promise<Uint8Array> {
    const pdu = Uint8Array.of(0xd2, handle & 0xff, handle >> 8, value);
    return Uint8Array.of(...pdu, ...sign(nobleCrypto, key, pdu, counter));
  }
  const handle = async () => (await tested.world.find(link.tester, 0xb006)).valueHandle;

  it('GAP/SEC/CSIGN/BV-01-C: data is signed with the key that was given, and a counter that goes up', async () => {
    const found = await tested.world.find(link.own, 0xb006);
    for (const value of [1, 2]) await tested.world.run(found.writeSigned(Uint8Array.of(value)));
    await tested.world.clock.advance(300);
    const sent = tested.wire.att('> d2').map((text) => fromHex(text.slice(2)));
    expect(sent.map((pdu) => pdu.length)).toEqual([16, 16]);
    const key = tested.tester.bonds.list()[0]!.keys.peer.signing!.csrk;
    expect(sent.map((pdu) => verifySigned(nobleCrypto, key, pdu))).toEqual([0, 1]);
    expect(tested.world.written).toEqual([]);
  });

  it('GAP/SEC/CSIGN/BV-02-C: data that is signed with the key that was got is taken', async () => {
    const to = await handle();
    await send(tested, link.tester, Cid.att, await signed(to, 7, 0));
    await send(tested, link.tester, Cid.att, await signed(to, 8, 1));
    expect(tested.written).toEqual(['signed 7', 'signed 8']);
  });

  it('GAP/SEC/CSIGN/BI-01-C: data that is signed with another key is passed over in silence', async () => {
    const to = await handle();
    tested.wire.clear();
    await send(tested, link.tester, Cid.att, await signed(to, 7, 0, new Uint8Array(16).fill(5)));
    expect([tested.written, tested.wire.att('> '), link.own.isConnected]).toEqual([[], [], true]);
    // The counter of what was not signed is not used up.
    await send(tested, link.tester, Cid.att, await signed(to, 8, 0));
    expect(tested.written).toEqual(['signed 8']);
  });

  it('GAP/SEC/CSIGN/BI-02-C: a counter that was used is passed over in silence, on the next link as well', async () => {
    const to = await handle();
    await send(tested, link.tester, Cid.att, await signed(to, 7, 5));
    for (const counter of [5, 4, 0]) await send(tested, link.tester, Cid.att, await signed(to, 8, counter));
    await link.part();
    link = await tested.connect();
    tested.wire.clear();
    await send(tested, link.tester, Cid.att, await signed(to, 9, 5));
    expect([tested.written, tested.wire.att('> ')]).toEqual([['signed 7'], []]);
    await send(tested, link.tester, Cid.att, await signed(to, 10, 6));
    expect(tested.written).toEqual(['signed 7', 'signed 10']);
  });

  it('GAP/SEC/CSIGN/BI-03-C: without a bond nothing that is signed is taken', async () => {
    const to = await handle();
    const pdu = await signed(to, 7, 0);
    await tested.world.run(tested.own.bonds.clear());
    tested.wire.clear();
    await send(tested, link.tester, Cid.att, pdu);
    expect([tested.written, tested.wire.att('> '), link.own.isConnected]).toEqual([[], [], true]);
  });

  it('GAP/SEC/CSIGN/BI-04-C: a key of an unauthenticated pairing does not sign what wants more', async () => {
    tested.wire.clear();
    await send(tested, link.tester, Cid.att, await signed(strictHandle, 7, 0));
    expect([tested.written, tested.wire.att('> '), link.own.isConnected]).toEqual([[], [], true]);
  });
});
