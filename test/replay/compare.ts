/** Compares what the declarations read with what the other decoder tells. */
import { expect } from 'vitest';
import { toHex } from '../../src/core/hex.js';
import { Uuid } from '../../src/core/uuid.js';
import type { DecodedAttPdu } from '../../src/gatt/att/decode.js';
import type { DecodedPacket } from '../../src/hci/decode.js';
import { commandByOpcode, eventByCode } from '../../src/hci/registry.js';
import type { DecodedSignal } from '../../src/l2cap/decode.js';
import type { DecodedSmpPdu } from '../../src/smp/decode.js';
import { code, type OracleAtt, type OracleEvent, type OracleSignal, type OracleSmp } from './oracle.js';

/** What an event has of the things that the oracle tells, under the oracle's names. */
export function eventFields({ code: eventCode, subevent, fields }: DecodedPacket): Record<string, unknown> {
  const returned = fields['returnParameters'];
  // Commands that are not declared, those of BR/EDR, begin their answer with the status as well.
  const inner = returned instanceof Uint8Array ? { status: returned[0] } : (returned as object | undefined);
  const all: Record<string, unknown> = { ...inner, ...fields };
  const groups = (all['handles'] ?? []) as { connectionHandle: number; numCompletedPackets: number }[];
  const handle = (all['connectionHandle'] ?? all['handle'] ?? all['aclConnectionHandle']) as
    | number
    | undefined;
  return {
    code: eventCode,
    sub: subevent,
    cmd_opcode: all['commandOpcode'],
    status: all['status'],
    handles: handle === undefined ? groups.map((group) => group.connectionHandle) : [handle],
    num_completed: groups.map((group) => group.numCompletedPackets),
    role: all['role'],
    interval: all['connectionInterval'],
    latency: all['peripheralLatency'],
    timeout: all['supervisionTimeout'],
    addr: String(all['peerAddress']).toLowerCase(),
    addr_type: all['peerAddressType'],
    enc: all['encryptionEnabled'],
    reason: all['reason'],
  };
}

/** The oracle's event, its codes as numbers, without what it does not tell. */
export function oracleEventFields({ reports: _, ...event }: OracleEvent): Record<string, unknown> {
  const { code: eventCode, sub, cmd_opcode, ...rest } = event;
  const known = Object.entries({ ...rest, sub: code(sub), cmd_opcode: code(cmd_opcode) });
  return { code: code(eventCode), ...Object.fromEntries(known.filter(([, value]) => value !== undefined)) };
}

/** Whether an event, or the command that it answers, is declared. */
export function isDeclared(event: Record<string, unknown>): boolean {
  const { code: eventCode, sub, cmd_opcode } = event;
  if (eventByCode(Number(eventCode), sub as number | undefined) === undefined) return false;
  return cmd_opcode === undefined || cmd_opcode === 0 || commandByOpcode(Number(cmd_opcode)) !== undefined;
}

/** Of events and answers that are not declared no more than code, opcode and status are compared. */
export function withoutParameters(event: Record<string, unknown>): Record<string, unknown> {
  const { code: eventCode, cmd_opcode, status } = event;
  if (eventByCode(Number(eventCode)) === undefined || cmd_opcode === undefined) return { code: eventCode };
  return { code: eventCode, cmd_opcode, ...(status === undefined ? {} : { status }) };
}

/** Compares what the declaration of an ATT PDU reads with what the oracle tells. */
export function compareAtt({ opcode, name, fields, malformed }: DecodedAttPdu, att: OracleAtt): void {
  expect(opcode, att.pdu).toBe(code(att.opcode));
  expect(name, att.pdu).toBeDefined();
  expect(malformed, att.pdu).toBeUndefined();
  const hex = (value: unknown) => (value instanceof Uint8Array ? toHex(value) : undefined);
  const handles = attHandles(opcode, fields);
  // The oracle takes some values apart as well, and finds further handles in them.
  if (handles) expect(handles, att.pdu).toEqual(att.handles?.slice(0, handles.length));
  if (att.range) expect([fields['startingHandle'], fields['endingHandle']]).toEqual(att.range);
  if (att.error) {
    const { requestOpcodeInError, errorCode } = fields;
    expect({ req: requestOpcodeInError, code: errorCode }).toEqual({
      ...att.error,
      req: code(att.error.req),
    });
  }
  if (att.mtu !== undefined) expect(fields['clientRxMtu'] ?? fields['serverRxMtu']).toBe(att.mtu);
  if (att.offset !== undefined && fields['valueOffset'] !== undefined) {
    expect(fields['valueOffset']).toBe(att.offset);
  }
  const type = fields['attributeType'] ?? fields['attributeGroupType'];
  if (att.uuid16 !== undefined && type !== undefined) {
    expect(Uuid.from(type as number | Uint8Array).short).toBe(code(att.uuid16));
  }
  if (att.value !== undefined) {
    expect(hex(fields['attributeValue'] ?? fields['partAttributeValue'])).toBe(att.value);
  }
}

/** The handles in a PDU where the oracle has the same ones; it adds others that it remembers from the request. */
function attHandles(
  opcode: number | undefined,
  fields: Readonly<Record<string, unknown>>,
): number[] | undefined {
  const handle = fields['attributeHandle'] ?? fields['attributeHandleInError'];
  if (handle !== undefined) return [handle as number];
  const every = (octets: unknown, size: number) => {
    const bytes = octets as Uint8Array;
    return Array.from(
      { length: bytes.length / size },
      (_, i) => bytes[i * size]! | (bytes[i * size + 1]! << 8),
    );
  };
  if (opcode === 0x05) return every(fields['informationData'], fields['format'] === 1 ? 4 : 18);
  if (opcode === 0x07) return every(fields['handlesInformationList'], 4);
  if (opcode === 0x11) return every(fields['attributeDataList'], fields['length'] as number);
  return undefined;
}

/** The oracle's names of the fields of SMP packets. */
const smpNames = {
  io: 'ioCapability',
  authreq: 'authReq',
  key_size: 'maximumEncryptionKeySize',
  ikd: 'initiatorKeyDistribution',
  rkd: 'responderKeyDistribution',
} as const;

/** Compares what the declaration of an SMP packet reads with what the oracle tells. */
export function compareSmp({ code: opcode, name, fields, malformed }: DecodedSmpPdu, smp: OracleSmp): void {
  expect(opcode, smp.pdu).toBe(code(smp.opcode));
  expect(name, smp.pdu).toBeDefined();
  expect(malformed, smp.pdu).toBeUndefined();
  for (const [theirs, ours] of Object.entries(smpNames)) {
    const told = smp[theirs as keyof typeof smpNames];
    if (told !== undefined) expect(fields[ours], `${smp.pdu} ${ours}`).toBe(told);
  }
}

/** The oracle's names of the fields of signalling commands. */
const signalNames: Readonly<Record<string, string>> = {
  min_interval: 'intervalMin',
  max_interval: 'intervalMax',
  latency: 'latency',
  timeout: 'timeout',
  move_result: 'result',
  le_result: 'result',
  scid: 'sourceCid',
  dcid: 'destinationCid',
  le_psm: 'spsm',
  mps: 'mps',
  initial_credits: 'initialCredits',
  credits: 'credits',
};

/** Compares what the declaration of a signalling command reads with what the oracle tells. */
export function compareSignal(signal: DecodedSignal, told: OracleSignal): void {
  expect(told.code.length).toBe(1);
  expect([signal.code, signal.identifier]).toEqual([code(told.code[0]), told.ident[0]]);
  expect(signal.name).toBeDefined();
  expect(signal.malformed).toBeUndefined();
  for (const [theirs, ours] of Object.entries(signalNames)) {
    const values = told[theirs];
    if (values) expect(signal.fields[ours], theirs).toBe(values[0]);
  }
}
