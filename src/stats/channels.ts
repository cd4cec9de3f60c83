import { u16At } from '../core/bytes.js';
import { hexCode, toHex } from '../core/hex.js';
import type { Side } from '../decode/state.js';
import { describeAttError } from '../gatt/att/error-codes.js';
import { AttOpcode, attPduName } from '../gatt/att/opcodes.js';
import { decodeSignal } from '../l2cap/decode.js';
import { decodeSmp } from '../smp/decode.js';
import { pairingFailedReasons } from '../smp/pdus.js';
import type { Connections, GatheredConnection } from './connections.js';
import type { ErrorCounter } from './errors.js';
import { Exchanges } from './exchanges.js';
import type { Moment } from './moment.js';
import type { PduCount, SequenceEntry } from './statistics.js';

const ATT_CID = 0x0004;
const SIGNALLING_CID = 0x0005;
const SMP_CID = 0x0006;
const PAIRING_FAILED = 0x05;
/** How many ATT and SMP packets are listed one by one. */
const SEQUENCE = 3000;
const SHOWN_OCTETS = 12;

/** Requests, and indications, by what answers them: Core Vol 3, Part F, 3.4.8. */
const answers: ReadonlyMap<number, number> = new Map([
  [AttOpcode.exchangeMtuReq, AttOpcode.exchangeMtuRsp],
  [AttOpcode.findInformationReq, AttOpcode.findInformationRsp],
  [AttOpcode.findByTypeValueReq, AttOpcode.findByTypeValueRsp],
  [AttOpcode.readByTypeReq, AttOpcode.readByTypeRsp],
  [AttOpcode.readReq, AttOpcode.readRsp],
  [AttOpcode.readBlobReq, AttOpcode.readBlobRsp],
  [AttOpcode.readMultipleReq, AttOpcode.readMultipleRsp],
  [AttOpcode.readByGroupTypeReq, AttOpcode.readByGroupTypeRsp],
  [AttOpcode.writeReq, AttOpcode.writeRsp],
  [AttOpcode.prepareWriteReq, AttOpcode.prepareWriteRsp],
  [AttOpcode.executeWriteReq, AttOpcode.executeWriteRsp],
  [AttOpcode.readMultipleVariableReq, AttOpcode.readMultipleVariableRsp],
  [AttOpcode.handleValueInd, AttOpcode.handleValueCfm],
]);
const responses: ReadonlySet<number> = new Set([...answers.values(), AttOpcode.errorRsp]);

/** PDUs whose first parameter is a handle. */
const withHandle: ReadonlySet<number> = new Set([
  AttOpcode.readReq,
  AttOpcode.readBlobReq,
  AttOpcode.writeReq,
  AttOpcode.writeCmd,
  AttOpcode.signedWriteCmd,
  AttOpcode.prepareWriteReq,
  AttOpcode.prepareWriteRsp,
  AttOpcode.handleValueNtf,
  AttOpcode.handleValueInd,
]);
/** PDUs that begin with a range of handles. */
const withRange: ReadonlySet<number> = new Set([
  AttOpcode.findInformationReq,
  AttOpcode.findByTypeValueReq,
  AttOpcode.readByTypeReq,
  AttOpcode.readByGroupTypeReq,
]);

/** What the L2CAP frames of all connections came to. */
export class Channels {
  readonly att = new Exchanges();
  /** Packets that the sequence had no room for. */
  leftOut = 0;
  readonly sequence: SequenceEntry[] = [];
  private readonly pdus = new Map<number, [sent: number, received: number]>();
  private readonly connections: Connections;
  private readonly errors: ErrorCounter;

  constructor(connections: Connections, errors: ErrorCounter) {
    this.connections = connections;
    this.errors = errors;
  }

  /** A whole frame, its header first; gives the octets of ATT payload. */
  frame(connection: GatheredConnection, sender: Side, frame: Uint8Array, moment: Moment): number {
    const cid = u16At(frame, 2);
    const payload = frame.subarray(4);
    if (payload.length === 0) return 0;
    if (cid === ATT_CID) return this.attPdu(connection, sender, payload, moment);
    if (cid === SMP_CID) this.smp(connection, sender, payload, moment);
    else if (cid === SIGNALLING_CID) this.signal(sender, payload, moment);
    return 0;
  }

  /** A connection is over: what waits on it gets no answer. */
  gone(connection: GatheredConnection): void {
    this.att.give(`${connection.number} `);
  }

  get attPdus(): readonly PduCount[] {
    return [...this.pdus]
      .sort(([a], [b]) => a - b)
      .map(([opcode, [sent, received]]) => ({
        opcode,
        name: attPduName(opcode) ?? `PDU ${hexCode(opcode)}`,
        sent,
        received,
      }));
  }

  private attPdu(connection: GatheredConnection, sender: Side, pdu: Uint8Array, moment: Moment): number {
    const opcode = pdu[0]!;
    const counts = this.pdus.get(opcode) ?? [0, 0];
    counts[sender]++;
    this.pdus.set(opcode, counts);
    const key = (side: Side, kind: string) => `${connection.number} ${side} ${kind}`;
    const kind =
      opcode === AttOpcode.handleValueInd || opcode === AttOpcode.handleValueCfm ? 'indication' : 'request';
    if (answers.has(opcode)) this.att.ask(key(sender, kind), moment.at);
    else if (responses.has(opcode)) this.att.answer(key(sender === 0 ? 1 : 0, kind), moment.at);
    if (opcode === AttOpcode.exchangeMtuReq || opcode === AttOpcode.exchangeMtuRsp) {
      if (pdu.length >= 3) this.connections.mtu(connection, sender, u16At(pdu, 1), moment.at);
    } else if (opcode === AttOpcode.errorRsp && pdu.length >= 5) {
      const what = `ATT ${attPduName(pdu[1]!) ?? hexCode(pdu[1]!)}: ${describeAttError(pdu[4]!)} ${fromWhom(sender)}`;
      this.errors.add(what, moment);
    }
    this.enter(
      connection,
      sender,
      'ATT',
      attPduName(opcode) ?? `PDU ${hexCode(opcode)}`,
      attDetail(pdu),
      moment,
    );
    const octets = pdu.length - 1;
    connection.attPayload[sender] += octets;
    return octets;
  }

  /** Signals that refuse something: Core Vol 3, Part A, 4. */
  private signal(sender: Side, pdu: Uint8Array, moment: Moment): void {
    const { name, fields } = decodeSignal(pdu);
    const { result, reason } = fields;
    const refused =
      typeof result === 'number' && result !== 0 ? result : typeof reason === 'number' ? reason : undefined;
    if (refused !== undefined)
      this.errors.add(`L2CAP ${name ?? 'signal'}: ${hexCode(refused, 4)} ${fromWhom(sender)}`, moment);
  }

  private smp(connection: GatheredConnection, sender: Side, pdu: Uint8Array, moment: Moment): void {
    const { name, code } = decodeSmp(pdu);
    if (code === PAIRING_FAILED) {
      const reason = pdu[1] ?? 0;
      this.errors.add(
        `SMP Pairing Failed: ${pairingFailedReasons[reason] ?? hexCode(reason)} ${fromWhom(sender)}`,
        moment,
      );
    }
    // Without its octets: some of these packets are keys.
    this.enter(connection, sender, 'SMP', name ?? `packet ${hexCode(code ?? 0)}`, '', moment);
  }

  private enter(
    connection: GatheredConnection,
    sender: Side,
    protocol: SequenceEntry['protocol'],
    name: string,
    detail: string,
    { at, record }: Moment,
  ): void {
    if (this.sequence.length >= SEQUENCE) this.leftOut++;
    else
      this.sequence.push({
        at,
        record,
        connection: connection.number,
        sent: sender === 0,
        protocol,
        name,
        detail,
      });
  }
}

function fromWhom(sender: Side): string {
  return sender === 0 ? '(from here)' : '(from the peer)';
}

function attDetail(pdu: Uint8Array): string {
  const opcode = pdu[0]!;
  if (opcode === AttOpcode.errorRsp && pdu.length >= 5)
    return `${attPduName(pdu[1]!) ?? hexCode(pdu[1]!)} of ${hexCode(u16At(pdu, 2), 4)}: ${describeAttError(pdu[4]!)}`;
  if (opcode === AttOpcode.exchangeMtuReq || opcode === AttOpcode.exchangeMtuRsp)
    return pdu.length >= 3 ? String(u16At(pdu, 1)) : '';
  if (withRange.has(opcode) && pdu.length >= 5)
    return `${hexCode(u16At(pdu, 1), 4)} to ${hexCode(u16At(pdu, 3), 4)} ${octets(pdu, 5)}`.trimEnd();
  if (withHandle.has(opcode) && pdu.length >= 3)
    return `${hexCode(u16At(pdu, 1), 4)} ${octets(pdu, 3)}`.trimEnd();
  return octets(pdu, 1);
}

function octets(pdu: Uint8Array, from: number): string {
  const value = pdu.subarray(from);
  return toHex(value.subarray(0, SHOWN_OCTETS)) + (value.length > SHOWN_OCTETS ? `… (${value.length})` : '');
}
