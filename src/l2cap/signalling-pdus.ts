import {
  type Fields,
  meaning,
  repeated,
  rest,
  type Struct,
  struct,
  u8,
  u16,
  type Values,
} from '../core/codec.js';

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

const cid = /* @__PURE__ */ meaning(u16, { hex: true });
const cids = /* @__PURE__ */ repeated(cid);
const connectionInterval = /* @__PURE__ */ meaning(u16, { unit: [1.25, 'ms'] });

/** Results of 4.23, and those that 4.26 has for all channels or some of them: table 4.17 and 4.21. */
const connectionResults: Readonly<Record<number, string>> = {
  0: 'successful',
  2: 'refused: SPSM not supported',
  4: 'refused: insufficient resources available',
  5: 'refused: insufficient authentication',
  6: 'refused: insufficient authorization',
  7: 'refused: encryption key size too short',
  8: 'refused: insufficient encryption',
  9: 'refused: invalid Source CID',
  10: 'refused: Source CID already allocated',
  11: 'refused: unacceptable parameters',
  12: 'refused: invalid parameters',
  13: 'pending: no further information available',
  14: 'pending: authentication pending',
  15: 'pending: authorization pending',
};
const connectionResult = /* @__PURE__ */ meaning(u16, { names: (result) => connectionResults[result] });

/** Protocols on credit-based channels: assigned numbers, 2.7. */
const spsm = /* @__PURE__ */ meaning(u16, {
  names: (value) => (value === 0x0025 ? 'OTS' : value === 0x0027 ? 'EATT' : undefined),
});

/** 4.1 */
export const commandReject = /* @__PURE__ */ signal(0x01, 'Command Reject', {
  reason: /* @__PURE__ */ meaning(u16, {
    names: { 0: 'Command not understood', 1: 'Signaling MTU exceeded', 2: 'Invalid CID in request' },
  }),
  data: rest,
});
/** 4.6 */
export const disconnectionRequest = /* @__PURE__ */ signal(0x06, 'Disconnection Request', {
  destinationCid: cid,
  sourceCid: cid,
});
/** 4.7 */
export const disconnectionResponse = /* @__PURE__ */ signal(0x07, 'Disconnection Response', {
  destinationCid: cid,
  sourceCid: cid,
});
/** 4.20: intervals in 1.25 ms, timeout in 10 ms. */
export const connectionParameterUpdateRequest = /* @__PURE__ */ signal(
  0x12,
  'Connection Parameter Update Request',
  {
    intervalMin: connectionInterval,
    intervalMax: connectionInterval,
    latency: u16,
    timeout: /* @__PURE__ */ meaning(u16, { unit: [10, 'ms'] }),
  },
);
/** 4.21: 0 accepted, 1 rejected. */
export const connectionParameterUpdateResponse = /* @__PURE__ */ signal(
  0x13,
  'Connection Parameter Update Response',
  {
    result: /* @__PURE__ */ meaning(u16, { names: { 0: 'accepted', 1: 'rejected' } }),
  },
);
/** 4.22 */
export const leCreditBasedConnectionRequest = /* @__PURE__ */ signal(
  0x14,
  'LE Credit Based Connection Request',
  {
    spsm,
    sourceCid: cid,
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
    destinationCid: cid,
    mtu: u16,
    mps: u16,
    initialCredits: u16,
    result: connectionResult,
  },
);
/** 4.24 */
export const flowControlCredit = /* @__PURE__ */ signal(0x16, 'Flow Control Credit Ind', {
  cid,
  credits: u16,
});
/** 4.25: one to five Source CIDs. */
export const creditBasedConnectionRequest = /* @__PURE__ */ signal(0x17, 'Credit Based Connection Request', {
  spsm,
  mtu: u16,
  mps: u16,
  initialCredits: u16,
  sourceCids: cids,
});
/** 4.26 */
export const creditBasedConnectionResponse = /* @__PURE__ */ signal(
  0x18,
  'Credit Based Connection Response',
  {
    mtu: u16,
    mps: u16,
    initialCredits: u16,
    result: connectionResult,
    destinationCids: cids,
  },
);
/** 4.27 */
export const creditBasedReconfigureRequest = /* @__PURE__ */ signal(
  0x19,
  'Credit Based Reconfigure Request',
  {
    mtu: u16,
    mps: u16,
    destinationCids: cids,
  },
);
/** 4.28 */
export const creditBasedReconfigureResponse = /* @__PURE__ */ signal(
  0x1a,
  'Credit Based Reconfigure Response',
  {
    result: /* @__PURE__ */ meaning(u16, {
      names: {
        0: 'successful',
        1: 'failed: reduction in size of MTU not allowed',
        2: 'failed: reduction in size of MPS not allowed for more than one channel at a time',
        3: 'failed: one or more Destination CIDs invalid',
        4: 'failed: other unacceptable parameters',
      },
    }),
  },
);

/** Reasons of a Command Reject: 4.1, table 4.3. */
export const RejectReason = { notUnderstood: 0, mtuExceeded: 1, invalidCid: 2 } as const;

/** Results of {@link leCreditBasedConnectionResponse} and {@link creditBasedConnectionResponse}: 4.23, 4.26. */
export const ConnectionResult = {
  successful: 0x0000,
  spsmNotSupported: 0x0002,
  insufficientResources: 0x0004,
  insufficientAuthentication: 0x0005,
  insufficientAuthorization: 0x0006,
  keySizeTooShort: 0x0007,
  insufficientEncryption: 0x0008,
  invalidSourceCid: 0x0009,
  sourceCidAlreadyAllocated: 0x000a,
  unacceptableParameters: 0x000b,
  /** In enhanced mode only, as those that follow. */
  invalidParameters: 0x000c,
  pending: 0x000d,
  authenticationPending: 0x000e,
  authorizationPending: 0x000f,
} as const;

/** Results of {@link creditBasedReconfigureResponse}: 4.28. */
export const ReconfigureResult = {
  successful: 0x0000,
  mtuReduced: 0x0001,
  mpsReduced: 0x0002,
  invalidDestinationCid: 0x0003,
  unacceptableParameters: 0x0004,
} as const;

/** What a result of a connection response says, as `refused: SPSM not supported`; `undefined` when it is not known. */
export function connectionResultName(result: number): string | undefined {
  return connectionResults[result];
}

/** The header of a signalling command: 4. */
export const signallingHeader = /* @__PURE__ */ struct({ code: u8, identifier: u8, length: u16 });

/** All of them, for decoders. */
export const allSignals: readonly SignallingDefinition<unknown>[] = [
  commandReject,
  disconnectionRequest,
  disconnectionResponse,
  connectionParameterUpdateRequest,
  connectionParameterUpdateResponse,
  leCreditBasedConnectionRequest,
  leCreditBasedConnectionResponse,
  flowControlCredit,
  creditBasedConnectionRequest,
  creditBasedConnectionResponse,
  creditBasedReconfigureRequest,
  creditBasedReconfigureResponse,
] as readonly unknown[] as readonly SignallingDefinition<unknown>[];
