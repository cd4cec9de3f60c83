import { outsideOf } from '../core/clock.js';
import { type BleError, HciError } from '../core/errors.js';
import { Advertiser } from './advertising/advertiser.js';
import { AdvertisingSets } from './advertising/advertising-sets.js';
import { AcceptList } from './connecting/accept-list.js';
import { Initiator } from './connecting/initiator.js';
import { Turns } from './connecting/turns.js';
import type { ChannelClassification } from './link/channel-classification.js';
import type { Radio } from './radio.js';
import type { PeriodicSyncs, TrainListener } from './scanning/periodic-syncs.js';
import type { Reception } from './scanning/reception.js';
import { Scanner } from './scanning/scanner.js';

/** All that a device does with its controller's radio beside its links. */
export class RadioParts {
  readonly acceptList: AcceptList;
  readonly scanner: Scanner;
  readonly advertiser: Advertiser;
  readonly sets: AdvertisingSets;
  readonly initiator: Initiator;
  private readonly turns: Turns;
  private readonly radio: Radio;
  private readonly listener: TrainListener;
  private trains: PeriodicSyncs | undefined;
  private classification: ChannelClassification | undefined;

  constructor(radio: Radio, listener: TrainListener) {
    this.radio = radio;
    this.listener = listener;
    this.acceptList = new AcceptList(radio);
    this.turns = new Turns(radio.host.clock, () => {
      const message = 'the controller does not scan while it connects: the two take turns';
      radio.host.report({ layer: 'gap', message });
    });
    this.scanner = new Scanner(radio, this.acceptList, this.turns);
    this.advertiser = new Advertiser(radio, this.acceptList);
    this.sets = new AdvertisingSets(radio, this.acceptList);
    this.advertiser.hasSets = () => this.sets.size > 0;
    this.sets.isTaken = () => this.advertiser.isWanted;
    this.acceptList.isHeld = () => this.advertiser.isFiltered || this.sets.areFiltered;
    this.acceptList.isBound = () => this.advertiser.filtersScans || this.sets.areFiltered;
    this.initiator = new Initiator(radio, this.acceptList, this.turns);
  }

  /** The periodic advertising that is received; loaded with the first train. */
  async periodicSyncs(): Promise<PeriodicSyncs> {
    const { clock } = this.radio.host;
    const { PeriodicSyncs } = await outsideOf(clock, import('./scanning/periodic-syncs.js'));
    this.trains ??= new PeriodicSyncs(this.radio, this.scanner, this.listener);
    return this.trains;
  }

  /** What the host knows of the data channels; loaded with the first. */
  async avoidChannels(channels: readonly number[]): Promise<void> {
    const { host } = this.radio;
    const { ChannelClassification } = await outsideOf(host.clock, import('./link/channel-classification.js'));
    this.classification ??= new ChannelClassification(host);
    await this.classification.avoid(channels);
  }

  /** Has trains received that any peer tells of on a link. */
  async receiveTransfers(how: Reception): Promise<void> {
    await (await this.periodicSyncs()).receiveAll(how);
  }

  /** Stops what a user started; the controller is reset after it. */
  stop(): Promise<unknown> {
    return Promise.allSettled([this.scanner.stopAll(), this.advertiser.stop()]);
  }

  /** The controller has to be reset: attempts end, all else waits for it. */
  suspend(error: BleError): void {
    this.advertiser.suspend();
    this.trains?.suspend(error);
    this.turns.abort();
    this.initiator.abort(error);
  }

  /** The controller was brought back: it does again what it did. */
  async restore(): Promise<void> {
    const { scanner, advertiser, sets, radio } = this;
    await scanner.restore();
    await sets.restore();
    try {
      await advertiser.restore();
    } catch (error) {
      if (!(error instanceof HciError)) throw error;
      advertiser.abort();
      radio.host.report({ layer: 'gap', message: `advertising did not come back: ${error.message}` });
    }
    this.trains?.restore();
  }

  /**
   * What a controller that was restarted by itself does not do any more: it takes commands that are disallowed while it scans or
   * advertises.
   */
  async forgotten(): Promise<string | undefined> {
    if (await this.scanner.wasForgotten()) return 'it does not scan any more';
    if (await this.advertiser.wasForgotten()) return 'it does not advertise any more';
    if (await this.sets.wasForgotten()) return 'it does not know an advertising set any more';
    if (await this.trains?.wasForgotten()) return 'it does not know a periodic advertising train any more';
    return undefined;
  }

  /** It is gone for good. @param error why, unless the program closed the device */
  abort(error: BleError | undefined, reason: BleError): void {
    this.scanner.abort(error);
    this.advertiser.abort();
    this.sets.abort(reason);
    this.trains?.abort(reason);
    this.turns.abort();
    this.initiator.abort(reason);
  }
}
