import { expect, it } from 'vitest';
import { Address, BdAddr } from '../../../src/core/address.js';
import { aesCmac, cmacSubkeys } from '../../../src/core/aes-cmac.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import * as toolbox from '../../../src/smp/crypto/index.js';
import { nobleCrypto, type SmpCrypto } from '../../../src/smp/crypto/index.js';
import { platformCrypto } from '../../../src/smp/crypto/node/node-crypto.js';
import { describeWithShared, sharedJson } from '../../support/shared.js';
import { runsVector } from '../../support/vector-case.js';

type Inputs = Readonly<Record<string, string> & Record<string, number>>;

interface Vector {
  readonly function: string;
  readonly name: string;
  readonly inputs: Inputs;
  readonly output: unknown;
}

const FILE = 'crypto.json';
/** The library that a vector is held to; each is, to both. */
let crypto: SmpCrypto = nobleCrypto;
/** A value as printed to one as sent, and back. */
const sent = (text: string) => fromHex(text).reverse();
const printed = (octets: Uint8Array) => toHex(octets.toReversed());
/** An address of 6 octets, with its type in front when there are 7, as printed. */
const addressOf = (text: string, type = 0) => {
  const wire = sent(text);
  return new Address(BdAddr.fromWire(wire, 0, 6), wire[6] ?? type);
};
const cmac = (key: string, message: string) => {
  const [k, m] = [fromHex(key), fromHex(message)];
  expect(toHex(crypto.cmac(k, m))).toBe(toHex(aesCmac(k, m)));
  return toHex(aesCmac(k, m));
};
const publicKey = (x: string, y: string) => ({ x: sent(x), y: sent(y) });

const functions: Readonly<Record<string, (inputs: Inputs) => unknown>> = {
  e: ({ key, plaintext }) => printed(toolbox.e(crypto, sent(key!), sent(plaintext!))),
  aes_cmac: ({ key, message }) => cmac(key!, message!),
  aes_cmac_subkeys: ({ key }) => {
    const { k1, k2 } = cmacSubkeys(fromHex(key!));
    return { K1: toHex(k1), K2: toHex(k2) };
  },
  p256_ecdh: (inputs) => {
    const pair = crypto.keyPairOf(sent(inputs['private']!));
    expect(printed(pair.publicKey.x)).toBe(inputs['public_x']);
    expect(printed(pair.publicKey.y)).toBe(inputs['public_y']);
    return printed(crypto.dhKey(pair.privateKey, publicKey(inputs['peer_x']!, inputs['peer_y']!))!);
  },
  p256_validate: (inputs) =>
    crypto.isOnCurve(publicKey(inputs['peer_x']!, inputs['peer_y']!)) ? 'accept' : 'reject',
  f4: ({ U, V, X, Z }) => printed(toolbox.f4(crypto, sent(U!), sent(V!), sent(X!), Number(`0x${Z}`))),
  f5: ({ DHKey, N1, N2, A1, A2 }) => {
    const { macKey, ltk } = toolbox.f5(
      crypto,
      sent(DHKey!),
      sent(N1!),
      sent(N2!),
      addressOf(A1!),
      addressOf(A2!),
    );
    return { MacKey: printed(macKey), LTK: printed(ltk) };
  },
  f6: ({ W, N1, N2, R, IOcap, A1, A2 }) =>
    printed(
      toolbox.f6(
        crypto,
        sent(W!),
        sent(N1!),
        sent(N2!),
        sent(R!),
        sent(IOcap!),
        addressOf(A1!),
        addressOf(A2!),
      ),
    ),
  g2: ({ U, V, X, Y }) => toolbox.g2(crypto, sent(U!), sent(V!), sent(X!), sent(Y!)),
  h6: ({ W, keyID }) => printed(toolbox.h6(crypto, sent(W!), sent(keyID!))),
  h7: ({ SALT, W }) => printed(toolbox.h7(crypto, sent(SALT!), sent(W!))),
  ah: ({ IRK, prand }) => printed(toolbox.ah(crypto, sent(IRK!), sent(prand!))),
  ltk_to_link_key: (inputs) =>
    printed(toolbox.linkKeyOfLtk(crypto, sent(inputs['LTK']!), Number(inputs['CT2']) === 1)),
  link_key_to_ltk: (inputs) =>
    printed(toolbox.ltkOfLinkKey(crypto, sent(inputs['link_key']!), Number(inputs['CT2']) === 1)),
  c1: (inputs) =>
    printed(
      toolbox.c1(crypto, sent(inputs['k']!), sent(inputs['r']!), {
        request: sent(inputs['preq']!),
        response: sent(inputs['pres']!),
        initiator: addressOf(inputs['ia']!, Number(inputs['iat'])),
        responder: addressOf(inputs['ra']!, Number(inputs['rat'])),
      }),
    ),
  s1: ({ k, r1, r2 }) => printed(toolbox.s1(crypto, sent(k!), sent(r1!), sent(r2!))),
  att_sign: (inputs) =>
    toHex(
      toolbox.sign(
        crypto,
        fromHex(inputs['csrk']!),
        fromHex(inputs['message']!),
        Number(inputs['sign_counter']),
      ),
    ),
  att_sign_verify: ({ csrk, pdu }) =>
    toolbox.verifySigned(crypto, fromHex(csrk!), fromHex(pdu!)) !== undefined,
  csis_sih: ({ k, r }) => printed(toolbox.sih(crypto, sent(k!), sent(r!))),
  csis_sef: ({ K, SIRK }) => printed(toolbox.sef(crypto, sent(K!), sent(SIRK!))),
  gatt_database_hash: ({ key, message }) => cmac(key!, message!),
};

/** What of an expected result is computed here: intermediate values of the specification's example are not. */
function wanted({ function: name, output }: Vector): unknown {
  if (name === 'g2') return (output as { mod_1000000: number }).mod_1000000;
  if (name !== 'f5') return output;
  const { MacKey, LTK } = output as { MacKey: string; LTK: string };
  return { MacKey, LTK };
}

describeWithShared('vectors of crypto.json', () => {
  const { vectors } = sharedJson<{ vectors: readonly Vector[] }>(`vectors/${FILE}`);
  vectors.forEach((vector, index) => {
    it(`${vector.function}: ${vector.name}`, runsVector(FILE, 'vectors', index), () => {
      const run = functions[vector.function];
      if (!run) throw new Error(`no function ${vector.function}`);
      for (crypto of [nobleCrypto, platformCrypto]) expect(run(vector.inputs)).toEqual(wanted(vector));
    });
  });
});
