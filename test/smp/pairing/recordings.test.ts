import { expect, it } from 'vitest';
import { Address, BdAddr } from '../../../src/core/address.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { PacketType } from '../../../src/hci/packet-type.js';
import { c1, nobleCrypto, s1 } from '../../../src/smp/crypto/index.js';
import { readBtsnoopRecords } from '../../support/btsnoop.js';
import { describeWithShared, shared, sharedJson, sharedJsonLines } from '../../support/shared.js';
import { runsVector } from '../../support/vector-case.js';
import { addressOf, type Recorded, replay, type Step } from './recorded.js';

interface VectorTest {
  readonly name: string;
  readonly iut_role: 'initiator' | 'responder';
  readonly secure_connections: boolean;
  readonly address_in_crypto: { readonly A_le: string; readonly B_le: string };
  readonly iut_private_key_le?: string;
  readonly iut_randoms_to_force: readonly string[];
  readonly exchange: readonly { from?: 'initiator' | 'responder'; pdu?: string; key?: string }[];
}

const typedAddress = (text: string) => addressOf(text.slice(0, 12), Number.parseInt(text.slice(12), 16));

describeWithShared('pairings of smp-pairings.json', () => {
  const { tests } = sharedJson<{ tests: readonly VectorTest[] }>('vectors/smp-pairings.json');
  tests.forEach((test, index) => {
    const recorded: Recorded = {
      steps: test.exchange.map(({ from, pdu, key }): Step => (from ? { from, pdu: pdu! } : { key: key! })),
      initiator: typedAddress(test.address_in_crypto.A_le),
      responder: typedAddress(test.address_in_crypto.B_le),
      privateKey: test.iut_private_key_le === undefined ? undefined : fromHex(test.iut_private_key_le),
    };
    it(`${test.name}, as ${test.iut_role}`, runsVector('smp-pairings.json', 'tests', index), async () => {
      const side = await replay(recorded, test.iut_role);
      expect(side.paired[0]).toMatchObject({ method: 'justWorks', level: 2, bonded: true });
    });
    // With Secure Connections the other side's private key is not told.
    if (!test.secure_connections) {
      const other = test.iut_role === 'initiator' ? 'responder' : 'initiator';
      it(`${test.name}, as ${other}`, async () => {
        await replay(recorded, other);
      });
    }
  });
});

interface Frame {
  readonly type: string;
  readonly dir: 'tx' | 'rx';
  readonly smp?: { readonly pdu: string };
  readonly evt?: { readonly code: string; readonly status?: number };
}

interface Keys {
  readonly number_or_passkey: number | null;
  readonly initiator_ecdh?: { readonly private_be: string };
  readonly responder_ecdh?: { readonly private_be: string };
  readonly initiator_keys: { readonly ltk?: { readonly value: string } };
}

describeWithShared('emulated pairings of the captures, with their keys', () => {
  const central = new Address(BdAddr.parse('F0:F0:F0:F0:F0:F0'), 1);
  const peripheral = new Address(BdAddr.parse('F1:F1:F1:F1:F1:F1'), 1);

  for (const name of ['sc-justworks', 'sc-numeric', 'sc-passkey', 'legacy-passkey']) {
    const keys = () => sharedJson<Keys>(`captures/emulated/emul-${name}.keys.json`);
    it.each(['initiator', 'responder'] as const)(`${name}, packet for packet, as %s`, async (role) => {
      const frames = sharedJsonLines<Frame>(`captures/oracle/emul-${name}-central.jsonl.gz`);
      const told = keys();
      const privateKey = told[`${role}_ecdh`]?.private_be;
      const steps = withEncryption(
        frames.flatMap(({ dir, smp }) =>
          smp ? [{ from: dir === 'tx' ? ('initiator' as const) : ('responder' as const), pdu: smp.pdu }] : [],
        ),
        told,
      );
      const side = await replay(
        {
          steps,
          initiator: central,
          responder: peripheral,
          privateKey: privateKey === undefined ? undefined : fromHex(privateKey).reverse(),
          passkey: told.number_or_passkey ?? undefined,
        },
        role,
      );
      const [pairing] = side.paired;
      if (told.initiator_keys.ltk) {
        expect(toHex(pairing!.encryption.ltk)).toBe(told.initiator_keys.ltk.value);
        expect(pairing!.level).toBe(name === 'sc-justworks' ? 2 : 4);
      } else {
        expect(pairing!.level).toBe(3);
      }
    });
  }

  /** The link is encrypted before the first key is given; with the LTK that was told, or with the STK that the packets come to. */
  function withEncryption(
    pdus: readonly { from: 'initiator' | 'responder'; pdu: string }[],
    told: Keys,
  ): Step[] {
    const at = pdus.findIndex(({ pdu }) => {
      const code = Number.parseInt(pdu.slice(0, 2), 16);
      return code >= 0x06 && code <= 0x0a;
    });
    const of = (code: string, from: string) =>
      fromHex(pdus.find((one) => one.from === from && one.pdu.startsWith(code))!.pdu).subarray(1);
    const key = told.initiator_keys.ltk?.value;
    const passkey = new Uint8Array(16);
    new DataView(passkey.buffer).setUint32(0, told.number_or_passkey ?? 0, true);
    const stk = () => toHex(s1(nobleCrypto, passkey, of('04', 'responder'), of('04', 'initiator')));
    return [...pdus.slice(0, at), { key: key ?? stk() }, ...pdus.slice(at)];
  }
});

describeWithShared('07-miband2-legacy-pairing.btsnoop', () => {
  it('its confirm values and its STK are those that its packets come to', () => {
    const frames = sharedJsonLines<Frame>('captures/oracle/07-miband2-legacy-pairing.jsonl.gz');
    const pdus = frames.flatMap(({ dir, smp }) => (smp ? [{ dir, pdu: fromHex(smp.pdu) }] : []));
    const of = (code: number, dir: string) => pdus.find((one) => one.dir === dir && one.pdu[0] === code)!.pdu;
    const input = {
      request: of(0x01, 'tx'),
      response: of(0x02, 'rx'),
      initiator: new Address(BdAddr.parse('74:3C:CF:60:32:BC'), 1),
      responder: new Address(BdAddr.parse('CE:5D:95:7B:30:53'), 1),
    };
    const tk = new Uint8Array(16);
    for (const dir of ['tx', 'rx']) {
      const confirm = c1(nobleCrypto, tk, of(0x04, dir).subarray(1), input);
      expect(toHex(confirm)).toBe(toHex(of(0x03, dir).subarray(1)));
    }
    const stk = s1(nobleCrypto, tk, of(0x04, 'rx').subarray(1), of(0x04, 'tx').subarray(1));
    // LE Enable Encryption: handle, Rand and EDIV of zero, and the key.
    const enable = readBtsnoopRecords(shared('captures/07-miband2-legacy-pairing.btsnoop')).find(
      ({ type, packet }) => type === PacketType.command && packet[0] === 0x19 && packet[1] === 0x20,
    );
    expect(toHex(enable!.packet.subarray(5))).toBe('00'.repeat(10) + toHex(stk));
  });
});
