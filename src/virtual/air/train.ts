import type { Agenda } from './agenda.js';
import { ChannelSequence } from './channel-selection.js';
import type { Medium } from './link.js';
import type { Radio } from './propagation.js';

/** What a train is made with. */
export interface TrainOptions {
  readonly accessAddress: number;
  /** Units of 1.25 ms. */
  readonly interval: number;
  /** A code of `AdvertisingPhy`. */
  readonly phy: number;
  /** The sleep clock accuracy of the advertiser, 0–7. */
  readonly sca: number;
  /** The channels in use: 37 bits in five octets. */
  readonly channelMap: Uint8Array;
}

/** µs of a unit of 1.25 ms. */
const UNIT = 1250;

/** What periodic advertising trains of either kind have: when and how they are on the air, and who listens to them. */
export abstract class Train<Listener> {
  readonly radio: Radio;
  readonly accessAddress: number;
  readonly interval: number;
  readonly phy: number;
  readonly sca: number;
  readonly channelMap: Uint8Array;
  protected readonly air: Medium;
  protected readonly agenda: Agenda;
  protected readonly listeners: Listener[] = [];
  protected readonly sequence: ChannelSequence;

  constructor(air: Medium, radio: Radio, options: TrainOptions) {
    this.air = air;
    this.agenda = air.agenda;
    this.radio = radio;
    this.accessAddress = options.accessAddress;
    this.interval = options.interval;
    this.phy = options.phy;
    this.sca = options.sca;
    this.channelMap = options.channelMap;
    const { accessAddress } = options;
    this.sequence = new ChannelSequence({ algorithm2: true, accessAddress, hopIncrement: 0 });
  }

  /** µs from one event to the next. */
  get period(): number {
    return this.interval * UNIT;
  }

  join(listener: Listener): void {
    this.listeners.push(listener);
  }

  leave(listener: Listener): void {
    const index = this.listeners.indexOf(listener);
    if (index >= 0) this.listeners.splice(index, 1);
  }
}
