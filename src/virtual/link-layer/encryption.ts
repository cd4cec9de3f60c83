import { Aes128 } from '../crypto/aes.js';
import { MIC, PacketCipher } from '../crypto/packet-cipher.js';
import {
  llEncReq,
  llEncRsp,
  llPauseEncReq,
  llPauseEncRsp,
  llRejectExtInd,
  llRejectInd,
  llStartEncReq,
  llStartEncRsp,
  llTerminateInd,
} from './control-pdu.js';
import type { SessionKeys } from './iso/stream-cipher.js';

/** What each end adds to the session key diversifier and to the initialization vector. */
export interface SessionHalf {
  /** 8 octets, least significant first. */
  readonly skd: Uint8Array;
  /** 4 octets, least significant first. */
  readonly iv: Uint8Array;
}

/** How far encryption is being started or paused: Core Vol 6, Part B, 5.1.3. */
export const EncryptionPhase = {
  /** Neither. */
  none: 0,
  /** The central has asked and waits for LL_ENC_RSP or LL_PAUSE_ENC_RSP. */
  asked: 1,
  /** The central waits for LL_START_ENC_REQ, the peripheral for its host's key. */
  waitsForKey: 2,
  /** LL_START_ENC_RSP is awaited. */
  starts: 3,
  /** The peripheral waits for LL_PAUSE_ENC_RSP. */
  pauses: 4,
  /** The peripheral waits for LL_ENC_REQ. */
  paused: 5,
} as const;

/** The PDUs of the procedures, and those that may end them at any time. */
const ours: readonly number[] = [
  llEncReq.opcode,
  llEncRsp.opcode,
  llStartEncReq.opcode,
  llStartEncRsp.opcode,
  llPauseEncReq.opcode,
  llPauseEncRsp.opcode,
  llTerminateInd.opcode,
  llRejectInd.opcode,
  llRejectExtInd.opcode,
];

const expectedOfPeripheral: Readonly<Record<number, readonly number[]>> = {
  [EncryptionPhase.waitsForKey]: [llStartEncReq.opcode, llRejectInd.opcode, llRejectExtInd.opcode],
  [EncryptionPhase.starts]: [llStartEncRsp.opcode],
};

const expectedOfCentral: Readonly<Record<number, readonly number[]>> = {
  [EncryptionPhase.waitsForKey]: [],
  [EncryptionPhase.starts]: [llStartEncRsp.opcode],
  [EncryptionPhase.pauses]: [llPauseEncRsp.opcode],
  [EncryptionPhase.paused]: [llEncReq.opcode],
};

/** Peer's PDUs that may wait until encryption has started; it has one procedure at a time, and answers to ours. */
const MAX_DEFERRED = 8;

/** The ciphers of one end of a connection, and how far they are in use: Core Vol 6, Part B, 5.1.3, and Part E. */
export class LinkEncryption {
  /** What encrypts what this end sends. */
  tx: PacketCipher | undefined;
  /** What decrypts what it receives. */
  rx: PacketCipher | undefined;
  /** For the peripheral: what will encrypt what it sends, once the central has answered. */
  txNext: PacketCipher | undefined;
  /** What the ciphers have been made of. */
  private keys: SessionKeys | undefined;
  /** One of {@link EncryptionPhase}. */
  phase: number = EncryptionPhase.none;
  /** Whether the connection was encrypted before: what is under way changes its key. */
  refreshes = false;
  /** No data is sent until it has started. */
  holdsData = false;
  /** No control PDU of another procedure is sent until it has started. */
  holdsControl = false;
  private readonly isCentral: boolean;
  private deferred: Uint8Array[] = [];
  private central: SessionHalf | undefined;
  private peripheral: SessionHalf | undefined;

  constructor(isCentral: boolean) {
    this.isCentral = isCentral;
  }

  /** Whether both directions are encrypted, and nothing is being changed. */
  get isOn(): boolean {
    return this.tx !== undefined && this.rx !== undefined && this.phase === EncryptionPhase.none;
  }

  /** What encrypts streams that are created now: as the connection, or not at all (Core Vol 6, Part B, 4.5.13). */
  get streamKeys(): SessionKeys | undefined {
    return this.isOn ? this.keys : undefined;
  }

  /** Octets that encryption adds to a PDU that is not empty. */
  get overhead(): number {
    return this.tx ? MIC : 0;
  }

  /** Enters a phase in which this end sends no data. */
  enter(phase: number): void {
    this.phase = phase;
    this.holdsData = true;
    if (!this.isCentral) this.holdsControl = true;
  }

  /** Keeps what the two ends have drawn for the session key that comes. */
  setHalves(central: SessionHalf, peripheral: SessionHalf | undefined): void {
    this.central = central;
    this.peripheral = peripheral;
  }

  /** The other end's part has come. */
  setPeripheralHalf(half: SessionHalf): void {
    this.peripheral = half;
  }

  /**
   * Makes the session key of a long term key (Core Vol 6, Part B, 5.1.3.1), and the ciphers of both directions; both count
   * from zero.
   * @param longTermKey 16 octets, least significant first
   */
  session(longTermKey: Uint8Array): { fromCentral: PacketCipher; fromPeripheral: PacketCipher } {
    const { central, peripheral } = this;
    const skd = new Uint8Array(16);
    skd.set(central!.skd);
    skd.set(peripheral!.skd, 8);
    const iv = new Uint8Array(8);
    iv.set(central!.iv);
    iv.set(peripheral!.iv, 4);
    const key = new Aes128(longTermKey.toReversed()).encrypt(skd.toReversed());
    const aes = new Aes128(key);
    this.keys = { aes, iv };
    return {
      fromCentral: new PacketCipher(aes, iv, true),
      fromPeripheral: new PacketCipher(aes, iv, false),
    };
  }

  /** It has started, or will not: gives the peer's PDUs that have waited for that. */
  settle(): readonly Uint8Array[] {
    this.phase = EncryptionPhase.none;
    this.refreshes = false;
    this.holdsData = false;
    this.holdsControl = false;
    const { deferred } = this;
    this.deferred = [];
    return deferred;
  }

  /** Whether a queued control PDU may be sent now. */
  maySend(opcode: number): boolean {
    return !this.holdsControl || ours.includes(opcode);
  }

  /**
   * What is to be done with a PDU that came: take it, take it later ({@link settle}), or end the connection because
   * it must not come in this phase.
   * @param opcode of an LL Control PDU, `undefined` for data
   */
  judge(opcode: number | undefined, payload: Uint8Array): 'take' | 'later' | 'violation' {
    const { phase } = this;
    if (phase === EncryptionPhase.none) return 'take';
    if (phase !== EncryptionPhase.asked) {
      if (opcode === llTerminateInd.opcode) return 'take';
      const expected = (this.isCentral ? expectedOfPeripheral : expectedOfCentral)[phase]!;
      return opcode !== undefined && expected.includes(opcode) ? 'take' : 'violation';
    }
    // The peer does not know of it yet; what it begins is answered when this is over.
    if (opcode === undefined || ours.includes(opcode) || this.deferred.length >= MAX_DEFERRED) return 'take';
    this.deferred.push(payload.slice());
    return 'later';
  }
}
