import { ByteReader } from '../../core/bytes.js';
import { BleError } from '../../core/errors.js';
import { Appointment } from '../air/agenda.js';
import { type ConnectionHost, type ConnectionState, type RemoteVersion, Role } from './connection-state.js';
import {
  type ControlPdu,
  encodeControlPdu,
  llEncReq,
  llPauseEncReq,
  llRejectExtInd,
  llRejectInd,
  llTerminateInd,
  llUnknownRsp,
  llVersionInd,
} from './control-pdu.js';
import { EncryptionPhase, LinkEncryption } from './encryption.js';
import { LeFeature, supports } from './features.js';
import { HciStatus } from './status.js';

/** Instants lie this many events ahead, and as many more as the peripheral may sleep: Core Vol 6, Part B, 5.1.1. */
const INSTANT_AHEAD = 6;

/** An instant that lies this many events ahead or more has passed: Core Vol 6, Part B, 5.5.1. */
const INSTANT_PASSED = 32_767;

/** The procedure response timeout in µs: Core Vol 6, Part B, 5.2. */
const RESPONSE_TIMEOUT = 40_000_000;

/** Local procedures that may wait for the one under way. */
const MAX_WAITING = 16;

/** A procedure that this end begins. It ends with {@link LinkControl.finish}. */
export interface Procedure {
  /** The opcode of the PDU that it begins with, by which the peer rejects it. */
  readonly request: number;
  /** Whether it takes effect at an instant, so that no other such may run beside it. */
  readonly hasInstant: boolean;
  begin(control: LinkControl): void;
  /** Any PDU that came while it was active, after its general effect. */
  received(control: LinkControl, opcode: number, body: unknown): void;
  /** A PDU of it has been acknowledged. */
  acknowledged?(control: LinkControl, opcode: number): void;
  /** The peer does not take part. */
  rejected(control: LinkControl, errorCode: number): void;
}

/** What an LL Control PDU from the peer does, whatever procedure of this end is active. */
export interface ControlHandler {
  readonly pdu: ControlPdu<unknown>;
  readonly handle: (control: LinkControl, body: unknown) => void;
  readonly conditions: ControlConditions;
}

/** When a PDU is unknown here. */
export interface ControlConditions {
  /** Who alone may receive it. */
  readonly role?: 'central' | 'peripheral';
  /** The bit of FeatureSet that it needs. */
  readonly feature?: number;
  /** Bits one of which it needs. */
  readonly anyFeature?: readonly number[];
}

/** The LL procedures of one connection: one local one at a time, and the answers to the peer's (Core Vol 6, Part B, 5). */
export class LinkControl {
  readonly connection: ConnectionState;
  readonly host: ConnectionHost;
  readonly encryption: LinkEncryption;
  remoteVersion: RemoteVersion | undefined;
  remoteFeatures: bigint | undefined;
  /** LL_TERMINATE_IND has been queued: no data follows. */
  terminating = false;
  /** The peer has asked for other connection parameters, and the host has not answered yet. */
  parametersAwaited = false;
  /** What is to be done when a PDU with an opcode has been acknowledged. */
  readonly whenAcknowledged = new Map<number, () => void>();
  private readonly handlers: ReadonlyMap<number, ControlHandler>;
  private readonly pdus: Uint8Array[] = [];
  private readonly waiting: Procedure[] = [];
  private active: Procedure | undefined;
  private instant: { readonly at: number; readonly apply: () => void } | undefined;
  private versionSent = false;
  private readonly response = new Appointment(() => this.onResponseTimeout());

  constructor(
    connection: ConnectionState,
    host: ConnectionHost,
    handlers: ReadonlyMap<number, ControlHandler>,
  ) {
    this.connection = connection;
    this.host = host;
    this.handlers = handlers;
    this.encryption = new LinkEncryption(this.isCentral);
  }

  get hasPdu(): boolean {
    return this.pdus.length > 0 && this.nextPdu !== undefined;
  }

  /** The PDU to be sent next; while encryption starts, those of other procedures wait. */
  get nextPdu(): Uint8Array | undefined {
    if (!this.encryption.holdsControl) return this.pdus[0];
    return this.pdus.find((pdu) => this.encryption.maySend(pdu[0]!));
  }

  takePdu(): Uint8Array | undefined {
    if (this.pdus.length === 0) return undefined;
    const pdu = this.nextPdu;
    if (!pdu) return undefined;
    this.pdus.splice(this.pdus.indexOf(pdu), 1);
    // What was queued before it has gone: instants in it are not missed.
    if (pdu[0] === llEncReq.opcode || pdu[0] === llPauseEncReq.opcode) this.encryption.holdsControl = true;
    return pdu;
  }

  /** Whether a procedure is under way, so that the peripheral must not sleep. */
  get busy(): boolean {
    return (
      this.active !== undefined ||
      this.instant !== undefined ||
      this.encryption.phase !== EncryptionPhase.none
    );
  }

  /** The opcode that the procedure under way began with. */
  get activeRequest(): number | undefined {
    return this.active?.request;
  }

  /** The opcode of a procedure under way that has an instant, whoever began it: 0xFF where it is the peer's. */
  get instantProcedure(): number | undefined {
    if (this.active?.hasInstant) return this.active.request;
    return this.instant && 0xff;
  }

  /** Whether no further procedure finds room to wait. */
  get full(): boolean {
    return this.waiting.length >= MAX_WAITING;
  }

  get isCentral(): boolean {
    return this.connection.role === Role.central;
  }

  /** Queues a PDU. */
  send<P>(pdu: ControlPdu<P>, values: P): void {
    this.pdus.push(encodeControlPdu(pdu, values));
    this.connection.wake();
  }

  /** Queues a PDU before those that wait. */
  sendFirst<P>(pdu: ControlPdu<P>, values: P): void {
    this.pdus.unshift(encodeControlPdu(pdu, values));
    this.connection.wake();
  }

  /** Begins a local procedure, after those before it. */
  start(procedure: Procedure): void {
    this.waiting.push(procedure);
    this.advance();
  }

  /** Whether a procedure of this kind is under way or waits. */
  has(kind: abstract new (...args: never[]) => Procedure): boolean {
    return this.active instanceof kind || this.waiting.some((procedure) => procedure instanceof kind);
  }

  /** The active procedure is over. */
  finish(): void {
    this.active = undefined;
    this.host.air.agenda.cancel(this.response);
    this.advance();
  }

  private advance(): void {
    while (!this.active && !this.instant && !this.terminating) {
      const next = this.waiting.shift();
      if (!next) return;
      this.active = next;
      this.expectAnswer();
      next.begin(this);
    }
  }

  /** The peer has 40 s for the next PDU of a procedure: Core Vol 6, Part B, 5.2. */
  expectAnswer(): void {
    const { agenda } = this.host.air;
    agenda.set(this.response, agenda.now + RESPONSE_TIMEOUT, true);
  }

  private onResponseTimeout(): void {
    const { phase } = this.encryption;
    // A key may take the host as long as it likes: it is the central that counts then.
    const waits = this.isCentral || phase !== EncryptionPhase.waitsForKey;
    if ((this.active && !this.instant) || (phase !== EncryptionPhase.none && waits)) {
      this.connection.close(HciStatus.responseTimeout);
    }
  }

  /** The connection is gone. */
  dispose(): void {
    this.host.air.agenda.cancel(this.response);
    this.waiting.length = 0;
    this.active = undefined;
  }

  /** Has something authenticated sent, unless that is under way. */
  ping(procedure: Procedure): void {
    if (!this.full && this.activeRequest !== procedure.request) this.start(procedure);
  }

  /** ACL Termination procedure: Core Vol 6, Part B, 5.1.6. */
  terminate(errorCode: number): void {
    this.terminating = true;
    this.pdus.length = 0;
    this.send(llTerminateInd, { errorCode });
  }

  /** Refuses the procedure that the peer began with `rejectOpcode`, in the way that the peer is known to understand. */
  reject(rejectOpcode: number, errorCode: number): void {
    const both = this.host.features & (this.remoteFeatures ?? 0n);
    if (supports(both, LeFeature.extendedRejectIndication)) {
      this.send(llRejectExtInd, { rejectOpcode, errorCode });
    } else this.send(llRejectInd, { errorCode });
  }

  /** Encryption has started, or will not: what waited for that is dealt with. */
  settleEncryption(): void {
    for (const payload of this.encryption.settle()) this.receive(payload);
    this.connection.wake();
  }

  /** Exchanges LL_VERSION_IND unless ours has gone: each side sends it once (Core Vol 6, Part B, 5.1.5). */
  sendVersion(): void {
    if (this.versionSent) return;
    this.versionSent = true;
    const { lmpVersion, manufacturer, subversion } = this.host.version;
    this.send(llVersionInd, { version: lmpVersion, companyIdentifier: manufacturer, subversion });
  }

  /** An instant far enough ahead for both ends to hear of it. */
  futureInstant(): number {
    const { eventCounter, parameters, subrating } = this.connection;
    return (eventCounter + (INSTANT_AHEAD + parameters.latency) * subrating.factor) & 0xffff;
  }

  /** Has `apply` called when the event `at` begins. An instant that has passed ends the link (Core Vol 6, Part B, 5.5). */
  atInstant(at: number, apply: () => void): void {
    const ahead = (at - this.connection.eventCounter) & 0xffff;
    if (ahead >= INSTANT_PASSED) {
      this.connection.close(HciStatus.instantPassed);
      return;
    }
    if (ahead === 0) {
      apply();
      return;
    }
    this.instant = { at, apply };
  }

  /** The event `counter` begins. */
  reachInstant(counter: number): void {
    if (this.instant?.at !== counter) return;
    const { apply } = this.instant;
    this.instant = undefined;
    apply();
    this.advance();
  }

  /** A control PDU that this end sent has been acknowledged. */
  acknowledged(pdu: Uint8Array): void {
    if (pdu[0] === llTerminateInd.opcode) this.connection.close(HciStatus.terminatedByLocalHost);
    else this.active?.acknowledged?.(this, pdu[0]!);
    const act = this.whenAcknowledged.get(pdu[0]!);
    this.whenAcknowledged.delete(pdu[0]!);
    act?.();
  }

  /** A control PDU has come. */
  receive(payload: Uint8Array): void {
    const opcode = payload[0] ?? 0xff;
    const verdict = this.encryption.judge(opcode, payload);
    if (verdict === 'violation') this.connection.close(HciStatus.micFailure);
    if (verdict !== 'take') return;
    const handler = this.handlers.get(opcode);
    if (!handler || !this.meets(handler)) {
      this.unknown(opcode);
      return;
    }
    let body: unknown;
    try {
      const reader = new ByteReader().reset(payload, 1);
      body = handler.pdu.body.read(reader);
      if (reader.remaining > 0) {
        this.unknown(opcode);
        return;
      }
    } catch (error) {
      if (!(error instanceof BleError)) throw error;
      this.unknown(opcode);
      return;
    }
    handler.handle(this, body);
    const { active } = this;
    if (!active) return;
    active.received(this, opcode, body);
    // What goes on has as long again.
    if (this.active === active && !this.instant) this.expectAnswer();
  }

  private meets({ conditions }: ControlHandler): boolean {
    const { role, feature, anyFeature } = conditions;
    if (role !== undefined && (role === 'central') !== this.isCentral) return false;
    if (anyFeature?.every((bit) => !supports(this.host.features, bit))) return false;
    return feature === undefined || supports(this.host.features, feature);
  }

  private unknown(opcode: number): void {
    // An answer to LL_UNKNOWN_RSP or a reject would never end.
    if (opcode !== llUnknownRsp.opcode && opcode !== llRejectInd.opcode && opcode !== llRejectExtInd.opcode) {
      this.send(llUnknownRsp, { unknownType: opcode });
    }
  }

  /** The peer does not take part in the procedure that began with `opcode`; without it, in the active one. */
  rejected(opcode: number | undefined, errorCode: number): void {
    const { active } = this;
    if (!active || (opcode !== undefined && active.request !== opcode)) return;
    active.rejected(this, errorCode);
    this.finish();
  }
}
