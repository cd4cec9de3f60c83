import { StateError } from '../../core/errors.js';
import type { DataSigning, SignedBy } from '../../core/security.js';
import { sign, verifySigned } from '../../smp/crypto/signing.js';
import type { SmpCrypto } from '../../smp/crypto/smp-crypto.js';
import type { Bond } from '../bonds/bond.js';
import type { Bonds } from '../bonds/bonds.js';

/** Signs and checks signatures with the keys and counters of a link's bond: Core Vol 3, Part H, 2.4.5. */
export class BondSigning implements DataSigning {
  private readonly bonds: Bonds;
  private readonly crypto: SmpCrypto;
  private readonly bond: () => Bond | undefined;

  constructor(bonds: Bonds, crypto: SmpCrypto, bond: () => Bond | undefined) {
    this.bonds = bonds;
    this.crypto = crypto;
    this.bond = bond;
  }

  async sign(data: Uint8Array): Promise<Uint8Array> {
    const bond = this.bond();
    if (!bond) throw new StateError('writeSigned: there is no bond with the peer; pair first');
    if (!bond.keys.own.signing)
      throw new StateError('writeSigned: this device gave the peer no key for signatures when they paired');
    // The counter is used up before anybody sees it: no crash brings it back.
    const counter = await this.bonds.nextSignCounter(bond.identity);
    return sign(this.crypto, bond.keys.own.signing.csrk, data, counter);
  }

  async verify(signed: Uint8Array): Promise<SignedBy | undefined> {
    const bond = this.bond();
    const key = bond?.keys.peer.signing;
    // One of all zeros is none: everybody could sign with it.
    if (!bond || !key || key.csrk.every((octet) => octet === 0)) return undefined;
    const counter = verifySigned(this.crypto, key.csrk, signed);
    if (counter === undefined || !(await this.bonds.acceptSignCounter(bond.identity, counter)))
      return undefined;
    return { authenticated: key.authenticated };
  }
}
