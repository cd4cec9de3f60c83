import type { Signalling } from './signalling.js';
import * as pdus from './signalling-pdus.js';
import { RejectReason } from './signalling-pdus.js';

/** What a peripheral asks for: Core Vol 3, Part A, 4.20. */
export interface ConnectionParameterRequest {
  /** In units of 1.25 ms, 6–3200. */
  readonly intervalMin: number;
  /** In units of 1.25 ms, 6–3200. */
  readonly intervalMax: number;
  /** Connection events the peripheral may sleep through, 0–499. */
  readonly latency: number;
  /** Supervision timeout in units of 10 ms, 10–3200. */
  readonly timeout: number;
}

/**
 * As a peripheral: asks the central for other connection parameters (4.20).
 * @returns whether the central accepts; the new parameters come with an event of the controller
 * @throws {L2capError} when the central rejects the command itself
 */
export function requestParameters(
  signalling: Signalling,
  request: ConnectionParameterRequest,
  signal?: AbortSignal,
): Promise<boolean> {
  return signalling.request({
    request: pdus.connectionParameterUpdateRequest,
    parameters: request,
    response: pdus.connectionParameterUpdateResponse,
    complete: ({ result }) => result === 0,
    signal,
  });
}

/**
 * Answers what the peer asks for. Only a peripheral may ask: by a peripheral the command is not understood (4.20).
 * @param accept asked about sound parameters
 */
export function answerParameterRequests(
  signalling: Signalling,
  role: 'central' | 'peripheral',
  accept: (request: ConnectionParameterRequest) => boolean,
): void {
  signalling.handle(pdus.connectionParameterUpdateRequest, (request, identifier) => {
    if (role === 'peripheral') {
      signalling.reject(identifier, RejectReason.notUnderstood);
      return;
    }
    const accepted = validParameters(request) && accept(request);
    signalling.respond(pdus.connectionParameterUpdateResponse, identifier, { result: accepted ? 0 : 1 });
  });
}

/** The ranges of 4.20, and a supervision timeout of more than twice the time between events (Vol 6, Part B, 4.5.2). */
function validParameters(request: ConnectionParameterRequest): boolean {
  const { intervalMin, intervalMax, latency, timeout } = request;
  return (
    intervalMin >= 6 &&
    intervalMin <= intervalMax &&
    intervalMax <= 3200 &&
    latency <= 499 &&
    timeout >= 10 &&
    timeout <= 3200 &&
    timeout * 4 > (1 + latency) * intervalMax
  );
}
