import { fromHex } from './hex.js';

/** Address types as HCI carries them: Core Vol 4, Part E, 7.8.12 and 7.7.65. */
export const AddressType = {
  public: 0,
  random: 1,
  /** An RPA that the controller resolved to a public identity, or is to make from it. */
  publicIdentity: 2,
  /** An RPA that the controller resolved to a static random identity, or is to make from it. */
  randomIdentity: 3,
} as const;

/** One of {@link AddressType}; other numbers are passed on as they come. */
export type AddressTypeCode = number;

/** Six octets of a Bluetooth device address (Core Vol 6, Part B, 1.3), without its type. Immutable. */
export class BdAddr {
  /** The octets as they travel: least significant first. Not to be changed. */
  readonly wire: Uint8Array;

  private constructor(wire: Uint8Array) {
    this.wire = wire;
  }

  /** From six octets in wire order (least significant first) at `bytes[start, end)`; they are copied. */
  static fromWire(bytes: Uint8Array, start = 0, end: number = bytes.length): BdAddr {
    if (end - start !== 6) throw new RangeError(`an address has 6 octets, not ${end - start}`);
    // Octet by octet: slicing would make a Buffer of a Buffer, and is several times slower.
    const wire = new Uint8Array(6);
    for (let i = 0; i < 6; i++) wire[i] = bytes[start + i]!;
    return new BdAddr(wire);
  }

  /** From six octets, most significant first. */
  static fromBytes(bytes: Uint8Array): BdAddr {
    return BdAddr.fromWire(Uint8Array.prototype.slice.call(bytes).reverse());
  }

  /**
   * From text, most significant octet first: `C0:DE:C0:00:00:01`, `c0-de-c0-00-00-01` or `c0dec0000001`.
   * @throws {RangeError} on anything else
   */
  static parse(text: string): BdAddr {
    if (!/^([0-9a-f]{2}([:-]?)[0-9a-f]{2}(\2[0-9a-f]{2}){4})$/i.test(text)) {
      throw new RangeError(
        `${JSON.stringify(text)} is no Bluetooth address: C0:DE:C0:00:00:01 is the form wanted`,
      );
    }
    return BdAddr.fromBytes(fromHex(text));
  }

  /** 00:00:00:00:00:00. */
  static readonly zero: BdAddr = new BdAddr(new Uint8Array(6));

  /** The octets most significant first, as a copy. */
  get bytes(): Uint8Array {
    return this.wire.slice().reverse();
  }

  /** The address as one 48-bit integer: a key for maps. */
  get number(): number {
    return addressNumber(this.wire, 0);
  }

  equals(other: BdAddr): boolean {
    for (let i = 0; i < 6; i++) if (this.wire[i] !== other.wire[i]) return false;
    return true;
  }

  /** `C0:DE:C0:00:00:01`. */
  toString(): string {
    const w = this.wire;
    let text = '';
    for (let i = 5; i >= 0; i--) text += (w[i]! < 16 ? '0' : '') + w[i]!.toString(16) + (i > 0 ? ':' : '');
    return text.toUpperCase();
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Six octets in wire order at `offset` as one 48-bit integer. */
export function addressNumber(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16)) +
    (bytes[offset + 3]! | (bytes[offset + 4]! << 8) | (bytes[offset + 5]! << 16)) * 0x1000000
  );
}

/** What kind of random address the two most significant bits tell: Core Vol 6, Part B, 1.3.2. */
export function randomAddressKind(address: BdAddr): 'static' | 'resolvable' | 'non-resolvable' | 'reserved' {
  const bits = address.wire[5]! >> 6;
  return bits === 3 ? 'static' : bits === 1 ? 'resolvable' : bits === 0 ? 'non-resolvable' : 'reserved';
}

/** An address with its type: what names a peer. Immutable. */
export class Address {
  readonly type: AddressTypeCode;
  readonly bd: BdAddr;

  constructor(bd: BdAddr, type: AddressTypeCode) {
    this.bd = bd;
    this.type = type;
  }

  /**
   * From text with the type behind it: `C0:DE:C0:00:00:01/random`, `…/public`; `type` serves where the text has none.
   * @throws {RangeError} on any other form
   */
  static parse(text: string, type: AddressTypeCode = AddressType.public): Address {
    const [address, suffix] = text.split('/', 2) as [string, string | undefined];
    if (suffix === undefined) return new Address(BdAddr.parse(address), type);
    const kinds: Record<string, number> = { public: 0, p: 0, random: 1, r: 1 };
    const kind = kinds[suffix.toLowerCase()];
    if (kind === undefined) {
      throw new RangeError(`${JSON.stringify(suffix)} is no address type: public or random is wanted`);
    }
    return new Address(BdAddr.parse(address), kind);
  }

  /** What programs give for an address. @throws {RangeError} when it is none */
  static from(address: Address | string): Address {
    if (address instanceof Address) return address;
    if (typeof address === 'string') return Address.parse(address);
    throw new RangeError(`${address} is no Bluetooth address: an Address or text is wanted`);
  }

  /** Whether it is one of the random kinds. */
  get isRandom(): boolean {
    return (this.type & 1) === 1;
  }

  equals(other: Address): boolean {
    return (this.type & 1) === (other.type & 1) && this.bd.equals(other.bd);
  }

  /** A key for maps: address and whether it is random. */
  get key(): number {
    return addressKey(this.bd.number, this.type);
  }

  /** `C0:DE:C0:00:00:01/random`. */
  toString(): string {
    return `${this.bd}/${this.isRandom ? 'random' : 'public'}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A key for maps from a 48-bit address and its type (identity types count as what they stand for). */
export function addressKey(number: number, type: AddressTypeCode): number {
  return number * 2 + (type & 1);
}
