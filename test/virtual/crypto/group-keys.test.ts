import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/index.js';
import { Aes128 } from '../../../src/virtual/crypto/aes.js';
import { aesCmac } from '../../../src/virtual/crypto/cmac.js';
import { groupSessionKey, h6, h7, h8 } from '../../../src/virtual/crypto/group-keys.js';
import { describeWithShared, sharedJson } from '../../support/shared.js';

interface Vector {
  readonly function: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly output: string;
}

describeWithShared('AES-CMAC, h6 and h7, by the vectors', () => {
  const { vectors } = sharedJson<{ vectors: Vector[] }>('vectors/crypto.json');
  const named = (name: string) =>
    vectors.filter((vector) => vector.function === name).map((vector) => [vector.name, vector] as const);
  const octets = (hex: string | undefined) => fromHex(hex!);

  it.each(named('aes_cmac'))('%s', (_name, { inputs, output }) => {
    expect(toHex(aesCmac(new Aes128(octets(inputs['key'])), octets(inputs['message'])))).toBe(output);
  });

  it.each(named('h6'))('%s', (_name, { inputs, output }) => {
    expect(toHex(h6(octets(inputs['W']), octets(inputs['keyID'])))).toBe(output);
  });

  it.each(named('h7'))('%s', (_name, { inputs, output }) => {
    expect(toHex(h7(octets(inputs['SALT']), octets(inputs['W'])))).toBe(output);
  });
});

describe('the group session key', () => {
  it('is made by h8 as the sample data has it (Vol 6, Part C)', () => {
    const k = fromHex('ec0234a357c8ad05341010a60a397d9b');
    const s = fromHex('1536d18de3d20df99b7044c12f9ed5ba');
    expect(toHex(h8(k, s, fromHex('cc030148')))).toBe('e5e5bebaae7228e722a38904ed350f6d');
  });

  it('comes of the Broadcast_Code by h7, h6 and h8, as another implementation of AES-CMAC has it', () => {
    // Broadcast_Code 00 … 0F and GSKD 10 … 1F, least significant octet first.
    const code = Uint8Array.from({ length: 16 }, (_, i) => i);
    const gskd = Uint8Array.from({ length: 16 }, (_, i) => 16 + i);
    expect(toHex(groupSessionKey(code, gskd))).toBe('e1f0225c7f9bbfd548e17c9f4a377148');
  });
});
