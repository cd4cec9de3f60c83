import type { SubrateRange, Subrating } from './connection-state.js';
import { llSubrateInd, llSubrateReq } from './control-pdu.js';
import { LeFeature, supports } from './features.js';
import type { LinkControl, Procedure } from './link-control.js';
import { HciStatus } from './status.js';

/** After a Reset: Core Vol 4, Part E, 7.8.123. */
export const defaultSubrateRange: SubrateRange = {
  subrateMin: 1,
  subrateMax: 1,
  maxLatency: 0,
  continuationNumber: 0,
  timeout: 0x0c80,
};

/** Whether a range is one: 7.8.123. */
export function subrateRangeValid(range: SubrateRange): boolean {
  const { subrateMin, subrateMax, maxLatency, continuationNumber, timeout } = range;
  return (
    subrateMin >= 1 &&
    subrateMin <= subrateMax &&
    subrateMax <= 0x01f4 &&
    maxLatency <= 0x01f3 &&
    subrateMax * (maxLatency + 1) <= 500 &&
    continuationNumber < subrateMax &&
    timeout >= 0x000a &&
    timeout <= 0x0c80
  );
}

/** Whether the timeout is more than twice the longest silence; the interval in 1.25 ms. */
export function timeoutFits(range: SubrateRange, interval: number): boolean {
  return range.timeout * 4 > (range.maxLatency + 1) * range.subrateMax * interval;
}

/** Whether the host of this end lets connections be subrated. */
export function hostSubrates(features: bigint): boolean {
  return supports(features, LeFeature.connectionSubratingHostSupport);
}

/** Connection Subrate Update by the central, Connection Subrate Request by the peripheral: Core Vol 6, Part B, 5.1.19 and 5.1.20. */
export class SubrateChange implements Procedure {
  readonly request: number;
  readonly hasInstant = false;
  private readonly range: SubrateRange;

  constructor(isCentral: boolean, range: SubrateRange) {
    this.request = (isCentral ? llSubrateInd : llSubrateReq).opcode;
    this.range = range;
  }

  begin(control: LinkControl): void {
    const { subrateMin, subrateMax, maxLatency, continuationNumber, timeout } = this.range;
    if (control.isCentral) {
      // The fewest events that the host allows.
      indicate(control, { factor: subrateMax, latency: maxLatency, continuationNumber, timeout });
    } else control.send(llSubrateReq, { subrateMin, subrateMax, maxLatency, continuationNumber, timeout });
  }

  received(): void {}

  rejected(control: LinkControl, errorCode: number): void {
    control.host.events.subrateChanged(control.connection, errorCode);
  }
}

function indicate(control: LinkControl, subrating: Subrating): void {
  const { eventCounter } = control.connection;
  control.whenAcknowledged.set(llSubrateInd.opcode, () =>
    apply(control, subrating, eventCounter, llSubrateInd.opcode),
  );
  control.send(llSubrateInd, {
    subrateFactor: subrating.factor,
    subrateBaseEvent: eventCounter,
    latency: subrating.latency,
    continuationNumber: subrating.continuationNumber,
    timeout: subrating.timeout,
  });
}

/** For the peripheral: the central has said how the connection is subrated. */
export function followSubrate(
  control: LinkControl,
  body: {
    subrateFactor: number;
    subrateBaseEvent: number;
    latency: number;
    continuationNumber: number;
    timeout: number;
  },
): void {
  const { subrateFactor: factor, subrateBaseEvent, latency, continuationNumber, timeout } = body;
  if (factor === 0) return;
  apply(control, { factor, latency, continuationNumber, timeout }, subrateBaseEvent, llSubrateReq.opcode);
}

function apply(control: LinkControl, subrating: Subrating, baseEvent: number, request: number): void {
  const { connection, host } = control;
  const isOurs = control.activeRequest === request;
  const changes = connection.subrate(subrating, baseEvent);
  if (changes || isOurs) host.events.subrateChanged(connection, HciStatus.success);
  if (isOurs) control.finish();
}

/** For the central: the peripheral asks for another subrate; its host has said what it may have. */
export function answerSubrateRequest(
  control: LinkControl,
  body: {
    subrateMin: number;
    subrateMax: number;
    maxLatency: number;
    continuationNumber: number;
    timeout: number;
  },
): void {
  const { host, connection } = control;
  const allowed = host.defaultSubrate;
  const factor = Math.min(body.subrateMax, allowed.subrateMax);
  const latency = Math.min(body.maxLatency, allowed.maxLatency);
  const timeout = Math.min(body.timeout, allowed.timeout);
  const range = { ...body, subrateMin: factor, subrateMax: factor, maxLatency: latency, timeout };
  const refuse = (errorCode: number) => control.reject(llSubrateReq.opcode, errorCode);
  if (!subrateRangeValid(body)) {
    refuse(HciStatus.invalidLlParameters);
    return;
  }
  if (!hostSubrates(host.features)) {
    refuse(HciStatus.unsupportedRemoteFeature);
    return;
  }
  const fits = factor >= Math.max(body.subrateMin, allowed.subrateMin);
  if (!fits || !timeoutFits(range, connection.parameters.interval)) {
    refuse(HciStatus.unsupportedLlParameterValue);
    return;
  }
  const continuationNumber = Math.min(
    Math.max(body.continuationNumber, allowed.continuationNumber),
    factor - 1,
  );
  indicate(control, { factor, latency, continuationNumber, timeout });
}
