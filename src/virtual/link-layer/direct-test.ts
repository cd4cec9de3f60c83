import { advertisingAirtime, basePhy } from '../air/advertising-airtime.js';
import { Appointment } from '../air/agenda.js';
import type { Air } from '../air/air.js';
import type { Radio } from '../air/propagation.js';

/** What a direct test does. */
export interface DirectTestSetting {
  /** RF channel 0–39: 2402 MHz + 2 MHz each. */
  readonly rfChannel: number;
  /** 1, 2, 3 (LE Coded, S=8) or 4 (S=2); a receiver takes both codings as 3. */
  readonly phy: number;
  /** Octets of payload; without, it receives. */
  readonly length: number | undefined;
}

/** I(L), the time between two test packets, in µs: Core Vol 6, Part F, 4.1.6. */
export function packetInterval(length: number, phy: number): number {
  return Math.ceil((advertisingAirtime(length, phy) + 249) / 625) * 625;
}

/** The channel of an RF channel: Core Vol 6, Part B, 1.4.1. */
export function channelOf(rfChannel: number): number {
  if (rfChannel === 0) return 37;
  if (rfChannel === 12) return 38;
  if (rfChannel === 39) return 39;
  return rfChannel < 12 ? rfChannel - 1 : rfChannel - 2;
}

/** Who receives test packets on an air. */
const receivers = new WeakMap<Air, Set<DirectTest>>();

function receiversOn(air: Air): Set<DirectTest> {
  let set = receivers.get(air);
  if (!set) {
    set = new Set();
    receivers.set(air, set);
  }
  return set;
}

/** Direct test mode of one controller: test packets sent or counted. Core Vol 6, Part F. */
export class DirectTest {
  private readonly air: Air;
  private readonly radio: Radio;
  private readonly packet = new Appointment((now) => this.onPacketEnd(now));
  private readonly next = new Appointment((now) => this.send(now));
  private setting: DirectTestSetting | undefined;
  private started = 0;
  private count = 0;

  constructor(air: Air, radio: Radio) {
    this.air = air;
    this.radio = radio;
  }

  get running(): boolean {
    return this.setting !== undefined;
  }

  /** Begins to send, or to receive. */
  start(setting: DirectTestSetting): void {
    this.setting = setting;
    this.count = 0;
    if (setting.length === undefined) receiversOn(this.air).add(this);
    else this.send(this.air.agenda.now);
  }

  private send(now: number): void {
    const { rfChannel, phy, length } = this.setting!;
    const end = now + advertisingAirtime(length!, phy);
    this.started = now;
    this.air.occupy(this.radio, channelOf(rfChannel), now, end);
    this.air.agenda.set(this.packet, end);
  }

  private onPacketEnd(now: number): void {
    const setting = this.setting!;
    for (const receiver of receiversOn(this.air)) receiver.hear(this.radio, setting, this.started, now);
    this.air.agenda.set(this.next, this.started + packetInterval(setting.length!, setting.phy));
  }

  private hear(
    sender: Radio,
    { rfChannel, phy, length }: DirectTestSetting,
    start: number,
    end: number,
  ): void {
    const { setting } = this;
    if (!setting || setting.rfChannel !== rfChannel || setting.phy !== basePhy(phy)) return;
    const fate = this.air.fate(sender, this.radio, channelOf(rfChannel), basePhy(phy), length!, start, end);
    if (fate === 'received') this.count = Math.min(0xffff, this.count + 1);
  }

  /** Ends the test; gives the number of packets received, 0 after sending (Core Vol 4, Part E, 7.8.30). */
  end(): number {
    const { count } = this;
    this.stop();
    return count;
  }

  /** As after a power-on. */
  stop(): void {
    this.setting = undefined;
    this.count = 0;
    receiversOn(this.air).delete(this);
    this.air.agenda.cancel(this.packet);
    this.air.agenda.cancel(this.next);
  }
}
