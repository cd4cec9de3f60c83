import { outsideOf } from '../../core/clock.js';
import type { BleError } from '../../core/errors.js';
import type { Radio } from '../radio.js';
import type { ResponseTrain, TrainSet } from './response-train.js';
import type { Train } from './set-train.js';
import type { PeriodicResponsesOptions } from './subevent-options.js';

/** Does one thing of a set at a time. */
type Change = (work: () => Promise<void>) => Promise<void>;

/** The one train that a set may have, of either kind. */
export class SetTrains {
  private train: Train | undefined;

  /** The train that there is. */
  get current(): Train | undefined {
    return this.train;
  }

  /** Begins a train, in place of what there was. One thing at a time. */
  async begin(train: Train): Promise<void> {
    await this.end();
    this.train = train;
    try {
      await train.enable();
    } catch (error) {
      this.forget(undefined);
      throw error;
    }
  }

  /** Begins one with responses. */
  async beginWithResponses(
    radio: Radio,
    set: TrainSet,
    options: PeriodicResponsesOptions,
    change: Change,
  ): Promise<ResponseTrain> {
    const { ResponseTrain } = await outsideOf(radio.host.clock, import('./response-train.js'));
    const leave = () =>
      change(async () => {
        if (this.train === train) await this.end();
      });
    const train: ResponseTrain = new ResponseTrain(radio, set, options, leave);
    try {
      await change(() => this.begin(train));
    } catch (error) {
      train.end(undefined);
      throw error;
    }
    return train;
  }

  /** Ends what there is. One thing at a time. */
  async end(): Promise<void> {
    await this.forget(undefined)?.disable();
  }

  /** There is none any more; the controller is not told. @param error why, unless it was stopped */
  forget(error: BleError | undefined): Train | undefined {
    const { train } = this;
    this.train = undefined;
    train?.end(error);
    return train;
  }
}
