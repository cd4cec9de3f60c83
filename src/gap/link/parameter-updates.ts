import type { Address } from '../../core/address.js';
import type { Clock } from '../../core/clock.js';
import { type BleError, HciError, NotSupportedError } from '../../core/errors.js';
import { Transaction } from '../../core/transaction.js';
import { leConnectionUpdate } from '../../hci/commands/index.js';
import { describeStatus } from '../../hci/error-names.js';
import type { HciHost } from '../../hci/host.js';
import type { ConnectionParameterRequest, L2capLink } from '../../l2cap/index.js';
import {
  type ConnectionParameters,
  type CurrentConnectionParameters,
  decodeConnectionParameters,
  encodeConnectionParameters,
} from '../connection-parameters.js';
import { COMMAND_DISALLOWED } from '../errors.js';

/** What a link's {@link ParameterUpdates} work with. */
export interface ParameterUpdatesInit {
  readonly host: HciHost;
  readonly handle: number;
  readonly role: 'central' | 'peripheral';
  readonly peer: () => Address;
  readonly parameters: CurrentConnectionParameters;
  readonly l2cap: L2capLink;
  /** Whether the controller has the Connection Parameters Request procedure (Core Vol 6, Part B, 5.1.7). */
  readonly byLinkLayer: boolean;
}

type Encoded = ReturnType<typeof encodeConnectionParameters>;

/** TGAP(conn_param_timeout): Core Vol 3, Part C, Appendix A. */
const TIMEOUT_MS = 30_000;
/** LL Procedure Collision and Different Transaction Collision: the peer began something at the same time (2.35, 2.42). */
const COLLISIONS: readonly number[] = [0x23, 0x2a];
/** What was begun at the same time is over then, as a rule. */
const AGAIN_MS = 200;
/** Unsupported Remote Feature: Core Vol 1, Part F, 2.25. */
const UNSUPPORTED_REMOTE_FEATURE = 0x1a;
/** Unacceptable Connection Parameters: the peer's host says no (2.55). */
const UNACCEPTABLE_PARAMETERS = 0x3b;

/** The connection parameters of one link: Core Vol 3, Part C, 9.3.9. */
export class ParameterUpdates {
  private readonly init: ParameterUpdatesInit;
  private readonly clock: Clock;
  private readonly host: HciHost;
  private parameters: CurrentConnectionParameters;
  /** Until the peer turns out not to have it. */
  private byLinkLayer: boolean;
  private waiting: Transaction<CurrentConnectionParameters>[] = [];
  /** Those that collided, and are asked for again. */
  private readonly pausing = new Set<Transaction<void>>();

  constructor(init: ParameterUpdatesInit) {
    this.init = init;
    this.host = init.host;
    this.clock = init.host.clock;
    this.parameters = init.parameters;
    this.byLinkLayer = init.byLinkLayer;
  }

  /** As they are. */
  get current(): CurrentConnectionParameters {
    return this.parameters;
  }

  /** See `Connection.updateParameters`. */
  async request(
    parameters: ConnectionParameters,
    signal?: AbortSignal,
  ): Promise<CurrentConnectionParameters> {
    const encoded = encodeConnectionParameters(parameters);
    const { role } = this.init;
    if (role === 'central') return this.withoutCollision(signal, encoded);
    if (this.byLinkLayer) {
      try {
        return await this.withoutCollision(signal, encoded);
      } catch (error) {
        this.fallBack(error);
      }
    }
    return this.attempt(signal, () => this.askCentral(encoded, signal));
  }

  /** LE Connection Update Complete; gives what holds now, when something changed. */
  changed(
    status: number,
    event: Parameters<typeof decodeConnectionParameters>[0],
  ): CurrentConnectionParameters | undefined {
    const waiting = this.waiting.splice(0);
    if (status !== 0) {
      const why = `the connection parameters were not changed: ${describeStatus(status)}`;
      for (const update of waiting) update.reject(new HciError(why, status));
      return undefined;
    }
    this.parameters = decodeConnectionParameters(event);
    for (const update of waiting) update.resolve(this.parameters);
    return this.parameters;
  }

  /** As a central: brings about what the peripheral asked for. */
  apply(request: ConnectionParameterRequest): Promise<unknown> {
    return this.command({
      connectionIntervalMin: request.intervalMin,
      connectionIntervalMax: request.intervalMax,
      maxLatency: request.latency,
      supervisionTimeout: request.timeout,
    });
  }

  ended(reason: BleError): void {
    for (const update of this.waiting.splice(0)) update.reject(reason);
    for (const pause of this.pausing) pause.reject(reason);
  }

  /** By the Link Layer; once more when it collided with what the peer began. */
  private async withoutCollision(
    signal: AbortSignal | undefined,
    encoded: Encoded,
  ): Promise<CurrentConnectionParameters> {
    const attempt = () => this.attempt(signal, () => this.command(encoded));
    try {
      return await attempt();
    } catch (error) {
      if (!isCollision(error)) throw error;
    }
    const { clock } = this;
    const pause = new Transaction<void>({ clock, what: 'a collision', signal });
    const timer = clock.setTimeout(() => pause.resolve(), AGAIN_MS);
    this.pausing.add(pause);
    try {
      await pause.promise;
    } finally {
      clock.clearTimeout(timer);
      this.pausing.delete(pause);
    }
    return attempt();
  }

  private async attempt(
    signal: AbortSignal | undefined,
    ask: () => Promise<unknown>,
  ): Promise<CurrentConnectionParameters> {
    const update = new Transaction<CurrentConnectionParameters>({
      clock: this.clock,
      what: `new connection parameters with ${this.init.peer()}`,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    if (update.settled) return update.promise;
    this.waiting.push(update);
    update.start();
    try {
      // Its time may be over before whoever was asked has answered.
      const [, parameters] = await Promise.all([ask(), update.promise]);
      return parameters;
    } catch (error) {
      update.reject(error);
      throw error;
    } finally {
      this.waiting = this.waiting.filter((present) => present !== update);
    }
  }

  /** Core Vol 4, Part E, 7.8.18: of a peripheral it begins the Connection Parameters Request procedure. */
  private command(encoded: Encoded): Promise<unknown> {
    const { handle: connectionHandle } = this.init;
    return this.host.send(leConnectionUpdate, {
      connectionHandle,
      ...encoded,
      minCeLength: 0,
      maxCeLength: 0,
    });
  }

  /** Returns where L2CAP may ask in place of the Link Layer: only where one side has not the procedure (Vol 3, Part A, 4.20). */
  private fallBack(error: unknown): void {
    if (!(error instanceof HciError)) throw error;
    if (error.status === UNACCEPTABLE_PARAMETERS) throw this.refused(error);
    if (isCollision(error)) throw error;
    // What the controller itself does not take, is no answer of the peer's.
    const refused = error.opcode !== undefined;
    if (!refused && error.status !== UNSUPPORTED_REMOTE_FEATURE) throw error;
    if (error.status !== COMMAND_DISALLOWED) this.byLinkLayer = false;
  }

  private async askCentral(encoded: Encoded, signal?: AbortSignal): Promise<void> {
    const accepted = await this.init.l2cap.requestParameters(
      {
        intervalMin: encoded.connectionIntervalMin,
        intervalMax: encoded.connectionIntervalMax,
        latency: encoded.maxLatency,
        timeout: encoded.supervisionTimeout,
      },
      signal,
    );
    if (!accepted) throw this.refused();
  }

  private refused(cause?: unknown): NotSupportedError {
    return new NotSupportedError(
      `${this.init.peer()}, the central, refused the connection parameters`,
      cause === undefined ? {} : { cause },
    );
  }
}

function isCollision(error: unknown): boolean {
  return error instanceof HciError && COLLISIONS.includes(error.status);
}
