import { createHash, createHmac } from 'node:crypto';
import { addressNumber } from '../../core/address.js';

/** Addresses and names that are remembered; what comes beyond is still replaced where it is declared. */
const LIMIT = 0x10000;
/** 00:00:5E:00:53:00 to FF are for documentation (RFC 7042, 2.1.2). */
const DOCUMENTATION = 256;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** What stands for what: the same for the same octets, wherever they are, and nothing that leads back to them. */
export class Pseudonyms {
  private readonly secret: Uint8Array;
  private readonly publics = new Map<number, number>();
  private readonly letters = new Map<string, number>();
  private readonly made = new Map<string, Uint8Array>();

  /** @param seed makes every run the same; otherwise 32 octets that nobody knows */
  constructor(seed: string | Uint8Array) {
    this.secret = createHash('sha256').update('bluewire scrub ').update(seed).digest();
  }

  /** Octets for octets. */
  octets(original: Uint8Array): Uint8Array {
    return this.remembered(original, 'octets', () => this.makeOctets(original));
  }

  /** What was made before is not made again: most of a capture says the same over and over. */
  private remembered(original: Uint8Array, label: string, make: () => Uint8Array): Uint8Array {
    if (original.length > 64) return make();
    const key = label + String.fromCharCode(...original);
    const before = this.made.get(key);
    if (before) return before;
    const made = make();
    if (this.made.size >= LIMIT) this.made.clear();
    this.made.set(key, made);
    return made;
  }

  private makeOctets(original: Uint8Array): Uint8Array {
    const made = new Uint8Array(original.length);
    for (let at = 0, block = 0; at < made.length; at += 32, block++) {
      const digest = this.digest(`octets ${block}`, original);
      made.set(digest.subarray(0, Math.min(32, made.length - at)), at);
    }
    return made;
  }

  /**
   * Letters for the octets of a name; what begins alike is replaced alike, so that a shortened name stays one. A zero ends
   * it, and what stands behind is zeroed.
   */
  name(original: Uint8Array): Uint8Array {
    const made = new Uint8Array(original.length);
    const end = original.indexOf(0);
    const length = end < 0 ? original.length : end;
    for (let i = 0; i < length; i++) {
      const letter = LETTERS.charCodeAt(this.letter(original.subarray(0, i + 1)));
      made[i] = i === 0 ? letter - 0x20 : letter;
    }
    return made;
  }

  /**
   * An address for an address, six octets least significant first: a public one from those for documentation, a random one
   * of the same kind (Core Vol 6, Part B, 1.3.2). All zeros and all ones stay: they are no addresses.
   */
  address(original: Uint8Array, isRandom: boolean): Uint8Array {
    if (original.every((octet) => octet === 0) || original.every((octet) => octet === 0xff)) return original;
    return this.remembered(original, isRandom ? 'random' : 'public', () =>
      this.makeAddress(original, isRandom),
    );
  }

  private makeAddress(original: Uint8Array, isRandom: boolean): Uint8Array {
    const digest = this.digest(isRandom ? 'random' : 'public', original);
    if (isRandom) {
      const made = Uint8Array.from(digest.subarray(0, 6));
      made[5] = (made[5]! & 0x3f) | (original[5]! & 0xc0);
      return made;
    }
    const number = addressNumber(original, 0);
    let index = this.publics.get(number);
    if (index === undefined && this.publics.size < DOCUMENTATION) {
      index = this.publics.size;
      this.publics.set(number, index);
    }
    return index === undefined
      ? // Of those that anybody may give himself.
        Uint8Array.of(digest[0]!, digest[1]!, digest[2]!, 0x5e, 0x00, 0x02)
      : Uint8Array.of(index, 0x53, 0x00, 0x5e, 0x00, 0x00);
  }

  private letter(prefix: Uint8Array): number {
    const key = String.fromCharCode(...prefix);
    let letter = this.letters.get(key);
    if (letter === undefined) {
      letter = this.digest('name', prefix)[0]! % LETTERS.length;
      if (this.letters.size < LIMIT) this.letters.set(key, letter);
    }
    return letter;
  }

  private digest(label: string, octets: Uint8Array): Uint8Array {
    return createHmac('sha256', this.secret).update(`${label}\0`).update(octets).digest();
  }
}

/** What must not be in a scrubbed capture, wherever it stands: the addresses and names that a first reading found. */
export class Known {
  /** By number: whether they are random. */
  private readonly addresses = new Map<number, boolean>();
  /** By their first four octets. */
  private readonly names = new Map<number, Uint8Array[]>();
  private nameCount = 0;

  /** How many addresses there are. */
  get addressCount(): number {
    return this.addresses.size;
  }

  /** An address was seen; with its type, where that was told. */
  address(octets: Uint8Array, isRandom: boolean | undefined): void {
    const number = addressNumber(octets, 0);
    if (number === 0 || number === 0xffffffffffff) return;
    const before = this.addresses.get(number);
    if (before === undefined && this.addresses.size >= LIMIT) return;
    // Where the type is not told, it may be elsewhere.
    if (before === undefined || isRandom !== undefined)
      this.addresses.set(number, isRandom ?? before ?? false);
  }

  /** Whether an address is a random one; `fallback` when nobody said so. */
  isRandom(octets: Uint8Array, fallback: boolean): boolean {
    return this.addresses.get(addressNumber(octets, 0)) ?? fallback;
  }

  /** A name was seen. Of fewer than four octets it is not looked for elsewhere: that might be anything. */
  name(octets: Uint8Array): void {
    const end = octets.indexOf(0);
    const name = octets.slice(0, end < 0 ? octets.length : end);
    if (name.length < 4 || this.nameCount >= LIMIT) return;
    const key = head(name, 0);
    const same = this.names.get(key) ?? [];
    if (same.some((one) => one.length === name.length && one.every((octet, i) => octet === name[i]))) return;
    this.nameCount++;
    // The longest first: a shortened name is the beginning of a whole one.
    this.names.set(
      key,
      [...same, name].sort((a, b) => b.length - a.length),
    );
  }

  /** Replaces what is known in octets that nobody took apart, where `done` is 0. @returns how many there were */
  sweep(octets: Uint8Array, done: Uint8Array, pseudonyms: Pseudonyms): number {
    let found = 0;
    for (let at = 0; at + 4 <= octets.length; at++) {
      if (done[at] !== 0) continue;
      const length =
        this.addressAt(octets, done, at, pseudonyms) || this.nameAt(octets, done, at, pseudonyms);
      if (length === 0) continue;
      done.fill(1, at, at + length);
      found++;
    }
    return found;
  }

  private addressAt(octets: Uint8Array, done: Uint8Array, at: number, pseudonyms: Pseudonyms): number {
    if (at + 6 > octets.length || !isFree(done, at, 6)) return 0;
    const wire = octets.slice(at, at + 6);
    const forward = this.addresses.get(addressNumber(wire, 0));
    if (forward !== undefined) {
      octets.set(pseudonyms.address(wire, forward), at);
      return 6;
    }
    wire.reverse();
    const backward = this.addresses.get(addressNumber(wire, 0));
    if (backward === undefined) return 0;
    octets.set(pseudonyms.address(wire, backward).slice().reverse(), at);
    return 6;
  }

  private nameAt(octets: Uint8Array, done: Uint8Array, at: number, pseudonyms: Pseudonyms): number {
    const same = this.names.get(head(octets, at));
    const name = same?.find(
      (one) =>
        at + one.length <= octets.length &&
        isFree(done, at, one.length) &&
        one.every((octet, i) => octet === octets[at + i]),
    );
    if (!name) return 0;
    octets.set(pseudonyms.name(name), at);
    return name.length;
  }
}

function head(octets: Uint8Array, at: number): number {
  return (octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16)) + octets[at + 3]! * 0x1000000;
}

function isFree(done: Uint8Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (done[i] !== 0) return false;
  return true;
}
