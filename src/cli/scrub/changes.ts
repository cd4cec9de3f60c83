import type { Known, Pseudonyms } from './pseudonyms.js';

/** What a scrub does and leaves. */
export interface ScrubOptions {
  /** Attribute values, advertised data, audio stay; addresses and names in them do not. */
  readonly keepValues: boolean;
  /** Confirm and random values, public keys and DHKey checks of pairings stay. */
  readonly keepPairing: boolean;
}

/** What was changed: how often. */
export interface ScrubCounts {
  packets: number;
  addresses: number;
  names: number;
  keys: number;
  pairing: number;
  values: number;
  /** Packets of manufacturers that were blanked. */
  vendor: number;
  /** Octets that nobody could take apart: malformed, unknown, or the rest of a frame that is not there. */
  opaque: number;
  /** Records that are no packets, and comments, which were left out. */
  notes: number;
}

export function noCounts(): ScrubCounts {
  return {
    packets: 0,
    addresses: 0,
    names: 0,
    keys: 0,
    pairing: 0,
    values: 0,
    vendor: 0,
    opaque: 0,
    notes: 0,
  };
}

/** Octets under change: a packet, or a frame put together of several. */
export class Changes {
  readonly octets: Uint8Array;
  /** Not 0 where octets were dealt with. */
  private readonly done: Uint8Array;
  private readonly pseudonyms: Pseudonyms;
  private readonly known: Known;
  private readonly counts: ScrubCounts;

  constructor(octets: Uint8Array, pseudonyms: Pseudonyms, known: Known, counts: ScrubCounts) {
    this.octets = octets;
    this.done = new Uint8Array(octets.length);
    this.pseudonyms = pseudonyms;
    this.known = known;
    this.counts = counts;
  }

  /** An address, whose type is told or not. */
  address(at: number, isRandom: boolean | undefined): void {
    const original = this.octets.slice(at, at + 6);
    if (original.length < 6) {
      this.opaque(at, original.length);
      return;
    }
    const random = isRandom ?? this.known.isRandom(original, false);
    this.put(at, this.pseudonyms.address(original, random), 'addresses');
  }

  name(at: number, length: number): void {
    this.put(at, this.pseudonyms.name(this.octets.slice(at, at + length)), 'names');
  }

  key(at: number, length: number): void {
    this.put(at, new Uint8Array(Math.max(0, Math.min(length, this.octets.length - at))), 'keys');
  }

  /** Other octets for those that mean something to two parties. Zeros stay: they say that there is nothing. */
  replaced(at: number, length: number, what: 'values' | 'pairing' | 'opaque' | 'keys'): void {
    const original = this.octets.slice(at, at + length);
    if (original.every((octet) => octet === 0)) this.done.fill(1, at, at + length);
    else this.put(at, this.pseudonyms.octets(original), what);
  }

  opaque(at: number, length: number): void {
    this.replaced(at, length, 'opaque');
  }

  zeroed(at: number): void {
    this.octets.fill(0, at);
    this.done.fill(1, at);
  }

  /** Looks once more for what must not be there in what nobody touched. */
  sweep(): void {
    this.counts.addresses += this.known.sweep(this.octets, this.done, this.pseudonyms);
  }

  private put(at: number, made: Uint8Array, what: keyof ScrubCounts): void {
    if (made.length === 0) return;
    this.octets.set(made, at);
    this.done.fill(1, at, at + made.length);
    this.counts[what]++;
  }
}
