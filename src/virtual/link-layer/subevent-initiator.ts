import type { ConnectIndication } from '../air/advertising-pdu.js';
import type { Air } from '../air/air.js';
import { Phy } from '../air/airtime.js';
import type { Radio } from '../air/propagation.js';
import { WINDOW_DELAY_AUX, WINDOW_DELAY_CODED } from './initiator.js';
import { HciStatus } from './status.js';
import type { SubeventAdvertising } from './subevent-advertising.js';

/** The controller around a {@link SubeventInitiator}. */
export interface SubeventInitiatorHost {
  readonly air: Air;
  readonly radio: Radio;
  /**
   * The AUX_CONNECT_REQ was answered.
   * @param firstAnchor when the first connection event begins, in µs
   */
  connectedInSubevent(request: ConnectIndication, firstAnchor: number, advertisingHandle: number): void;
  /** It came to nothing. */
  subeventConnectionFailed(status: number): void;
}

/** Initiating by a train with subevents: Core Vol 6, Part B, 4.4.2.12.2; Vol 4, Part E, 7.8.66. */
export class SubeventInitiator {
  private readonly host: SubeventInitiatorHost;
  private advertising: SubeventAdvertising | undefined;
  private firstAnchor = 0;

  constructor(host: SubeventInitiatorHost) {
    this.host = host;
  }

  get enabled(): boolean {
    return this.advertising !== undefined;
  }

  /** Connects to a receiver of a train, in the next subevent of a number. */
  start(
    advertising: SubeventAdvertising,
    handle: number,
    subevent: number,
    request: ConnectIndication,
  ): void {
    this.advertising = advertising;
    advertising.invite({
      subevent,
      request,
      sent: () => {
        const earliest =
          this.host.air.agenda.now + (request.phy === Phy.leCoded ? WINDOW_DELAY_CODED : WINDOW_DELAY_AUX);
        const offset = this.host.radio.time?.offsetFor(earliest, request.interval * 1250) ?? 0;
        this.firstAnchor = earliest + offset * 1250;
      },
      answered: (received) => {
        this.advertising = undefined;
        if (received) this.host.connectedInSubevent(request, this.firstAnchor, handle);
        else this.host.subeventConnectionFailed(HciStatus.connectionFailedToBeEstablished);
      },
      ended: () => {
        this.advertising = undefined;
        this.host.subeventConnectionFailed(HciStatus.operationCancelledByHost);
      },
    });
  }

  /** Stops; nothing happens when it does not run. */
  stop(): void {
    this.advertising?.withdraw();
    this.advertising = undefined;
  }
}
