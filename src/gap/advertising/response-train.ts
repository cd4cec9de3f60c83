import { Emitter, type Unsubscribe } from '../../core/emitter.js';
import { type BleError, HciError, NotSupportedError, StateError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { AsyncQueue } from '../../core/queue.js';
import {
  leSetPeriodicAdvertisingEnable,
  leSetPeriodicAdvertisingParametersV2,
  leSetPeriodicAdvertisingSubeventData,
} from '../../hci/commands/index.js';
import {
  lePeriodicAdvertisingResponseReport,
  lePeriodicAdvertisingSubeventDataRequest,
} from '../../hci/events/index.js';
import { hasLeFeature } from '../../hci/features.js';
import type { HciHost } from '../../hci/host.js';
import { ignoreDisallowed, isReset } from '../errors.js';
import type { LinkPhy } from '../link/radio-types.js';
import type { Radio } from '../radio.js';
import { ResponseReports, type SubeventResponse } from './response-reports.js';
import type { Train } from './set-train.js';
import {
  encodeAnswer,
  type PeriodicResponsesOptions,
  type SubeventAnswer,
  type SubeventParameters,
  subeventParameters,
} from './subevent-options.js';

/** What a {@link ResponseTrain} tells. */
export interface ResponseTrainEvents {
  /** Something came in a response slot, or nothing that could be received. */
  response: SubeventResponse;
  /** The controller did not send a subevent: nobody can have answered it. */
  notSent: { readonly subevent: number };
  /** The controller did not take data: 0x46 too late, 0x45 too long for the time before the response slots. */
  dataRefused: { readonly subevents: readonly number[]; readonly error: BleError };
  /** It is over: stopped without an error, else with its device or set. */
  ended: BleError | undefined;
}

/** The set of a train. @internal */
export interface TrainSet {
  /** Advertising_Handle. */
  readonly handle: number;
  /** The PHY of its data. */
  readonly phy: LinkPhy;
}

type Encoded = ReturnType<typeof encodeAnswer>;

/** Responses that wait for each iterator: more than two subevents of the most slots. */
const RESPONSES_WAITING = 512;
/** Subevents of one command, and octets of its parameters and of what stands before each data: 7.8.125. */
const SUBEVENTS = 15;
const OCTETS = 255;
const HEAD = 2;
const EACH = 4;

/**
 * A periodic advertising train with responses: Core Vol 3, Part C, 9.5.6; Vol 4, Part E, 7.8.61 and 7.8.125. Made by
 * `AdvertisingSet.startPeriodicWithResponses`. Iterate over it for the responses, or listen; leaving a loop does not end it.
 */
export class ResponseTrain
  extends Emitter<ResponseTrainEvents>
  implements Train, AsyncIterable<SubeventResponse>, AsyncDisposable
{
  /** The Advertising_Handle of its set. */
  readonly advertisingHandle: number;
  /** The PHY that it is sent on. */
  readonly phy: LinkPhy;
  private readonly host: HciHost;
  private readonly parameters: SubeventParameters;
  private readonly provider: PeriodicResponsesOptions['data'];
  private readonly leave: () => Promise<void>;
  private readonly handlers: Unsubscribe[];
  private readonly reports: ResponseReports;
  private readonly queues = new Set<AsyncQueue<SubeventResponse>>();
  /** Data that the controller was not told of yet, by subevent: what is newer replaces what is older. */
  private readonly outgoing = new Map<number, Encoded>();
  /** What is promised, by subevent. */
  private readonly promised = new Map<number, object>();
  private sending = false;
  private over = false;
  private lost = 0;

  /** @internal @param leave ends it in its set */
  constructor(
    radio: Radio,
    { handle: advertisingHandle, phy }: TrainSet,
    options: PeriodicResponsesOptions,
    leave: () => Promise<void>,
  ) {
    super();
    const { host, controller } = radio;
    this.parameters = subeventParameters(options);
    if (!hasLeFeature(controller().leFeatures, 'periodicAdvertisingWithResponsesAdvertiser'))
      throw new NotSupportedError(
        'startPeriodicWithResponses: this controller has no Periodic Advertising with Responses as an advertiser',
      );
    this.host = host;
    this.advertisingHandle = advertisingHandle;
    this.phy = phy;
    this.provider = options.data;
    this.leave = leave;
    const halfMs = (this.parameters.periodicAdvertisingIntervalMin * 1.25) / 2;
    this.reports = new ResponseReports(
      () => host.clock.now(),
      halfMs,
      (message) => this.tell(message),
    );
    this.handlers = [
      host.onEvent(lePeriodicAdvertisingSubeventDataRequest, (event) => {
        if (event.advertisingHandle === advertisingHandle)
          this.asked(event.subeventStart, event.subeventDataCount);
      }),
      host.onEvent(lePeriodicAdvertisingResponseReport, ({ advertisingHandle: of, subevent, ...rest }) => {
        if (of !== advertisingHandle) return;
        if (rest.txStatus !== 0) this.emit('notSent', { subevent });
        for (const part of rest.responses) this.came(this.reports.take(subevent, part));
      }),
    ];
  }

  /** Subevents of an event. */
  get numSubevents(): number {
    return this.parameters.numSubevents;
  }

  /** Response slots of a subevent. */
  get numResponseSlots(): number {
    return this.parameters.numResponseSlots;
  }

  /** Whether it goes on. */
  get active(): boolean {
    return !this.over;
  }

  /** Responses that iterators did not take in time, and lost. */
  get dropped(): number {
    let { lost } = this;
    for (const queue of this.queues) lost += queue.dropped;
    return lost;
  }

  /** Ends the train; its set goes on. Idempotent. @throws {HciError} when the controller refuses */
  async stop(): Promise<void> {
    if (!this.over) await this.leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The responses from now on; 512 wait, further ones are dropped and counted. */
  [Symbol.asyncIterator](): AsyncIterator<SubeventResponse> {
    const queue = new AsyncQueue<SubeventResponse>(RESPONSES_WAITING, () => {
      if (this.queues.delete(queue)) this.lost += queue.dropped;
    });
    if (this.over) queue.end();
    else this.queues.add(queue);
    return queue;
  }

  /** @internal */
  async enable(): Promise<void> {
    const { host, advertisingHandle } = this;
    this.outgoing.clear();
    await host.send(leSetPeriodicAdvertisingParametersV2, { advertisingHandle, ...this.parameters });
    await host.send(leSetPeriodicAdvertisingEnable, { enable: 1, advertisingHandle });
  }

  /** @internal */
  disable(): Promise<void> {
    const { host, advertisingHandle } = this;
    return ignoreDisallowed(host.send(leSetPeriodicAdvertisingEnable, { enable: 0, advertisingHandle }));
  }

  /** @internal */
  setData(): Promise<void> {
    throw new StateError('setPeriodicData: a train with responses asks for the data of each subevent');
  }

  /** @internal Whether it is sent by a device on this host. */
  isOf(host: HciHost): boolean {
    return this.host === host;
  }

  /** @internal It is no part of its set any more. */
  end(error: BleError | undefined): void {
    if (this.over) return;
    this.over = true;
    for (const off of this.handlers) off();
    this.outgoing.clear();
    this.promised.clear();
    for (const queue of this.queues) queue.end(error);
    this.emit('ended', error);
  }

  /** LE Periodic Advertising Subevent Data Request: 7.7.65.36. */
  private asked(start: number, count: number): void {
    const { numSubevents } = this.parameters;
    for (let i = 0; i < Math.min(count, numSubevents); i++) this.ask((start + i) % numSubevents);
    this.flush();
  }

  private ask(subevent: number): void {
    // A promise for an event before this one is not kept any more.
    this.promised.delete(subevent);
    this.outgoing.delete(subevent);
    let answer: SubeventAnswer | PromiseLike<SubeventAnswer>;
    try {
      answer = this.provider(subevent);
    } catch (error) {
      this.failed(subevent, error);
      return;
    }
    if (!isPromise(answer)) {
      this.take(subevent, answer);
      return;
    }
    const token = {};
    this.promised.set(subevent, token);
    const wanted = () => this.promised.get(subevent) === token && this.promised.delete(subevent);
    answer.then(
      (given) => {
        if (!wanted()) return;
        this.take(subevent, given);
        this.flush();
      },
      (error: unknown) => {
        if (wanted()) this.failed(subevent, error);
      },
    );
  }

  private take(subevent: number, answer: SubeventAnswer): void {
    if (answer === undefined) return;
    try {
      this.outgoing.set(subevent, encodeAnswer(subevent, answer, this.parameters));
    } catch (error) {
      this.failed(subevent, error);
    }
  }

  /** Tells the controller of what there is, in as few commands as it goes into, one after the other. */
  private flush(): void {
    if (this.sending) return;
    this.sendAll().catch((error: unknown) => {
      // The train begins anew after a reset.
      if (!isReset(error) && !this.over) this.tell(`data of subevents was not sent: ${why(error)}`);
    });
  }

  private async sendAll(): Promise<void> {
    const { host, advertisingHandle } = this;
    this.sending = true;
    try {
      while (this.outgoing.size > 0) {
        const subevents = this.batch();
        try {
          await host.send(leSetPeriodicAdvertisingSubeventData, { advertisingHandle, subevents });
        } catch (error) {
          if (!(error instanceof HciError)) throw error;
          this.emit('dataRefused', { subevents: subevents.map(({ subevent }) => subevent), error });
        }
      }
    } finally {
      // At once: what comes in the next moment is sent.
      this.sending = false;
    }
  }

  private batch(): Encoded[] {
    const batch: Encoded[] = [];
    let octets = HEAD;
    for (const [subevent, encoded] of this.outgoing) {
      octets += EACH + encoded.subeventData.length;
      if (octets > OCTETS || batch.length === SUBEVENTS) break;
      batch.push(encoded);
      this.outgoing.delete(subevent);
    }
    return batch;
  }

  private came(response: SubeventResponse | undefined): void {
    if (!response) return;
    for (const queue of this.queues) queue.push(response);
    this.emit('response', response);
  }

  private failed(subevent: number, error: unknown): void {
    this.tell(`there is no data for subevent ${subevent}: ${why(error)}`);
  }

  private tell(message: string): void {
    this.host.report({ layer: 'gap', message });
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === 'function';
}

function why(error: unknown): string {
  return messageOf(error);
}
