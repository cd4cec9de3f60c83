import { equalBytes, toHex } from '../core/hex.js';
import type { RandomSource } from '../core/random.js';
import type { CapturedPairings, SentSmp } from './captured-pairings.js';
import { ReplayKeyError } from './replay-error.js';
import type { ReplaySecrets } from './secrets.js';

/** SMP packets that show what a host drew: Core Vol 3, Part H, 3.5 and 3.6. */
const RANDOM = 0x04;
const ENCRYPTION_INFORMATION = 0x06;
const CENTRAL_IDENTIFICATION = 0x07;
const SIGNING_INFORMATION = 0x0a;
const PUBLIC_KEY = 0x0c;

/** A key pair on P-256: octets least significant first, 32 each. */
export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: { readonly x: Uint8Array; readonly y: Uint8Array };
}

/** The part of a host's ciphers that is needed here: no key of a capture is computed by the replay itself. */
export interface CurveOfHost {
  keyPairOf(privateKey: Uint8Array): KeyPair;
  newKeyPair(random: RandomSource): KeyPair;
}

/** Values of pairings, as a host asks for them: the `KeySource` of `bluewire/smp`. */
export interface PairingValues {
  keyPair(): KeyPair;
  random(): Uint8Array;
  passkey(): number;
  longTermKey(): { readonly ltk: Uint8Array; readonly ediv: number; readonly rand: Uint8Array };
  signingKey(): Uint8Array;
}

/** What {@link CapturedKeys} needs. */
export interface CapturedKeysOptions {
  /** What the replay is called in messages. */
  readonly name: string;
  readonly captured: CapturedPairings;
  readonly secrets: ReplaySecrets;
  /** For what comes behind the end of the capture. */
  readonly fallback: RandomSource;
  /** The number of the packet that is next; infinite at the end. */
  readonly position: () => number;
  /** Something is missing, without which the host cannot do as the captured one: the replay is at its end. */
  readonly missing: (error: ReplayKeyError) => void;
}

/**
 * Where a host gets the values of its pairings from when it is replayed: what the captured host drew, as far as it sent it
 * later, and what the user knows beside. Each value is given once, that of the pairing which is under way.
 */
export class CapturedKeys {
  private readonly options: CapturedKeysOptions;
  private readonly given = new Set<SentSmp>();
  private readonly passkeys: number[];
  private readonly randoms: Uint8Array[];

  constructor(options: CapturedKeysOptions) {
    this.options = options;
    this.passkeys = [...(options.secrets.passkeys ?? [])];
    this.randoms = [...(options.secrets.randoms ?? [])];
  }

  /** These values as a pairing asks for them. @param curve the host's ciphers */
  source(curve: CurveOfHost): PairingValues {
    return {
      keyPair: () => this.keyPair(curve),
      random: () => this.random(),
      passkey: () => this.passkey(),
      longTermKey: () => this.longTermKey(),
      signingKey: () => this.valueOf(SIGNING_INFORMATION, 'the CSRK') ?? this.drawn(16),
    };
  }

  /** The pair whose public key the captured host sent next: its private key has to be among those that were given. */
  private keyPair(curve: CurveOfHost): KeyPair {
    const sent = this.next(PUBLIC_KEY, 'the public key');
    if (!sent) return curve.newKeyPair(this.options.fallback);
    const [x, y] = [sent.pdu.subarray(1, 33), sent.pdu.subarray(33, 65)];
    const given = this.options.secrets.privateKeys ?? [];
    for (const key of given) {
      // Some write them as numbers are written: the public key tells which way is right.
      for (const privateKey of [key.slice(), key.slice().reverse()]) {
        const pair = pairOf(curve, privateKey);
        if (pair && equalBytes(pair.publicKey.x, x) && equalBytes(pair.publicKey.y, y)) return pair;
      }
    }
    const what = `the private key of the public key ${toHex(x.slice().reverse()).slice(0, 8)}…`;
    const others = given.length > 0 ? `, and none of the ${given.length} that were given is it` : '';
    throw this.missing(sent.frame, `${what}${others}; give it by secrets.privateKeys`);
  }

  /** A nonce, or the Mrand or Srand of LE legacy pairing. */
  private random(): Uint8Array {
    const sent = this.find(RANDOM);
    if (sent) return sent.pdu.slice(1);
    if (this.isOver) return this.drawn(16);
    const known = this.randoms.shift();
    if (known) return known.slice();
    throw this.missing(
      this.options.position(),
      'the random value of its pairing, as its Pairing Random was never sent; give it by secrets.randoms',
    );
  }

  private passkey(): number {
    const known = this.passkeys.shift();
    if (known !== undefined) return known;
    if (this.isOver) return 0;
    throw this.missing(
      this.options.position(),
      'the passkey that the captured host displayed; give it by secrets.passkeys, or by the option security.passkey of the device',
    );
  }

  private longTermKey(): { ltk: Uint8Array; ediv: number; rand: Uint8Array } {
    const ltk = this.valueOf(ENCRYPTION_INFORMATION, 'the LTK');
    const name = this.valueOf(CENTRAL_IDENTIFICATION, 'EDIV and Rand of the LTK');
    if (!ltk || !name) return { ltk: this.drawn(16), ediv: 1, rand: this.drawn(8) };
    return { ltk, ediv: name[0]! | (name[1]! << 8), rand: name.slice(2) };
  }

  /** What stands behind the code of the next packet of a kind; `undefined` behind the end of the capture. */
  private valueOf(code: number, what: string): Uint8Array | undefined {
    return this.next(code, what)?.pdu.slice(1);
  }

  private next(code: number, what: string): SentSmp | undefined {
    const found = this.find(code);
    if (found || this.isOver) return found;
    throw this.missing(this.options.position(), `${what} that the host gives its peer`);
  }

  /** The next packet of a kind that was not asked for yet; `undefined` where the pairing that is under way has none. */
  private find(code: number): SentSmp | undefined {
    const { captured, position } = this.options;
    const now = position();
    const found = captured.sent.find(
      (one) => one.pdu[0] === code && one.frame >= now && !this.given.has(one),
    );
    if (!found) return undefined;
    const { handle, start } = found.pairing;
    const other = captured.pairings.some(
      (one) => one !== found.pairing && one.handle === handle && one.start < now && now <= one.end,
    );
    if (start >= now && other) return undefined;
    this.given.add(found);
    return found;
  }

  /** Whether the capture is at its end, behind which nothing is compared. */
  private get isOver(): boolean {
    return this.options.position() === Number.POSITIVE_INFINITY;
  }

  private drawn(octets: number): Uint8Array {
    return this.options.fallback.fill(new Uint8Array(octets));
  }

  private missing(frame: number, what: string): ReplayKeyError {
    const error = new ReplayKeyError(this.options.name, frame, `the capture does not show ${what}`);
    this.options.missing(error);
    return error;
  }
}

/** The pair of a private key; `undefined` when it is none. */
function pairOf(curve: CurveOfHost, privateKey: Uint8Array): KeyPair | undefined {
  try {
    return curve.keyPairOf(privateKey);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
