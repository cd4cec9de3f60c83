import { type Fields, rest, type Struct, struct, u8, u16, type Values } from '../core/codec.js';

/** Fixed channels of an LE-U link: Core Vol 3, Part A, 2.1. */
export const Cid = { att: 0x0004, signalling: 0x0005, smp: 0x0006 } as const;

/** A signalling command, declared: Core Vol 3, Part A, 4. */
export interface SignallingDefinition<P> {
  readonly code: number;
  readonly name: string;
  readonly parameters: Struct<P>;
}

function signal<F extends Fields>(code: number, name: string, fields: F): SignallingDefinition<Values<F>> {
  return { code, name, parameters: struct(fields) };
}

/** 4.1 */
export const commandReject = /* @__PURE__ */ signal(0x01, 'Command Reject', { reason: u16, data: rest });
/** 4.6 */
export const disconnectionRequest = /* @__PURE__ */ signal(0x06, 'Disconnection Request', {
  destinationCid: u16,
  sourceCid: u16,
});
/** 4.7 */
export const disconnectionResponse = /* @__PURE__ */ signal(0x07, 'Disconnection Response', {
  destinationCid: u16,
  sourceCid: u16,
});
/** 4.20: intervals in 1.25 ms, timeout in 10 ms. */
export const connectionParameterUpdateRequest = /* @__PURE__ */ signal(
  0x12,
  'Connection Parameter Update Request',
  {
    intervalMin: u16,
    intervalMax: u16,
    latency: u16,
    timeout: u16,
  },
);
/** 4.21: 0 accepted, 1 rejected. */
export const connectionParameterUpdateResponse = /* @__PURE__ */ signal(
  0x13,
  'Connection Parameter Update Response',
  {
    result: u16,
  },
);
/** 4.22 */
export const leCreditBasedConnectionRequest = /* @__PURE__ */ signal(
  0x14,
  'LE Credit Based Connection Request',
  {
    spsm: u16,
    sourceCid: u16,
    mtu: u16,
    mps: u16,
    initialCredits: u16,
  },
);
/** 4.23 */
export const leCreditBasedConnectionResponse = /* @__PURE__ */ signal(
  0x15,
  'LE Credit Based Connection Response',
  {
    destinationCid: u16,
    mtu: u16,
    mps: u16,
    initialCredits: u16,
    result: u16,
  },
);
/** 4.24 */
export const flowControlCredit = /* @__PURE__ */ signal(0x16, 'Flow Control Credit Ind', {
  cid: u16,
  credits: u16,
});
/** 4.25: up to five Source CIDs. */
export const creditBasedConnectionRequest = /* @__PURE__ */ signal(0x17, 'Credit Based Connection Request', {
  spsm: u16,
  mtu: u16,
  mps: u16,
  initialCredits: u16,
  sourceCids: rest,
});
/** 4.26 */
export const creditBasedConnectionResponse = /* @__PURE__ */ signal(
  0x18,
  'Credit Based Connection Response',
  {
    mtu: u16,
    mps: u16,
    initialCredits: u16,
    result: u16,
    destinationCids: rest,
  },
);
/** 4.27 */
export const creditBasedReconfigureRequest = /* @__PURE__ */ signal(
  0x19,
  'Credit Based Reconfigure Request',
  {
    mtu: u16,
    mps: u16,
    destinationCids: rest,
  },
);
/** 4.28 */
export const creditBasedReconfigureResponse = /* @__PURE__ */ signal(
  0x1a,
  'Credit Based Reconfigure Response',
  {
    result: u16,
  },
);

/** Reasons of a Command Reject: 4.1, table 4.3. */
export const RejectReason = { notUnderstood: 0, mtuExceeded: 1, invalidCid: 2 } as const;

/** The header of a signalling command: 4. */
export const signallingHeader = /* @__PURE__ */ struct({ code: u8, identifier: u8, length: u16 });
