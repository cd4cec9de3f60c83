import { aesCmac } from '../../core/aes-cmac.js';
import { checkKeys, checkNumber } from '../../core/check.js';
import { type Clock, systemClock } from '../../core/clock.js';
import { provideCmac } from '../../core/cmac.js';
import type { RandomSource } from '../../core/random.js';
import type { AdvertisingAnswer, AdvertisingPdu } from './advertising-pdu.js';
import { Agenda, Appointment } from './agenda.js';
import type { PhyCode } from './airtime.js';
import type { AuxiliaryReception } from './auxiliary.js';
import type { BigLink } from './big-link.js';
import type { Conditions } from './conditions.js';
import { Dice } from './dice.js';
import type { ExtendedPdu } from './extended-pdu.js';
import type { Medium } from './link.js';
import type { PeriodicTrain } from './periodic-train.js';
import { PathLoss, type Propagation, type Radio } from './propagation.js';
import { type Fate, sensitivityGain } from './reception.js';
import type { SubeventTrain } from './subevent-train.js';

/** While somebody listens on an otherwise silent air, time is looked at this often, in µs. */
const VIGIL = 60_000_000;

/** Milliseconds; see {@link AirOptions.slackMs}. */
const REAL_TIME_SLACK = 25;

/** Who has a receiver on the primary advertising channels: a scanner or an initiator. */
export interface Listener {
  readonly radio: Radio;
  /** Whether its receiver is on `phy` (1 or 3) and `channel` from `start` to `end` (µs) without a break. */
  isOpen(phy: PhyCode, channel: number, start: number, end: number): boolean;
  /** It received `pdu`, which ended now; gives what it answers with. */
  heard(pdu: AdvertisingPdu, rssi: number): AdvertisingAnswer | undefined;
  /** The time of its answer is over: it has been sent, received or not, unless the listener says that it has not. */
  answered(answer: AdvertisingAnswer): boolean;
  /** It received the scan response to its request. */
  scanResponse(pdu: AdvertisingPdu, rssi: number): void;
  /**
   * It received an ADV_EXT_IND, which ended now.
   * @param phy a code of `AdvertisingPhy`
   * @param auxStart when the PDU that its AuxPtr points to begins, in µs; meaningless without an AuxPtr
   * @param auxEnd when that ends
   * @returns what receives that PDU, when it goes there
   */
  indicated(
    pdu: ExtendedPdu,
    phy: number,
    rssi: number,
    auxStart: number,
    auxEnd: number,
  ): AuxiliaryReception | undefined;
}

/** A station on the air, whole: what {@link Air.close} switches off. */
export interface Station extends Radio {
  /** Stops at once, without a word to anybody. */
  powerOff(): void;
}

/** What {@link Air} takes. */
export interface AirOptions {
  /** Real time (`systemClock`) or simulated. */
  readonly clock: Clock;
  /** Decides what is chance on the air; `seededRandom` makes every run the same. */
  readonly random: RandomSource;
  /**
   * How far, in milliseconds, the clock may be ahead of what nobody waits for (advertising events, idle connection
   * events), so that a process in real time wakes up less often. Their order and their times on the air stay the same.
   * 25 on `systemClock`, else 0.
   */
  readonly slackMs?: number;
  /** How strong signals arrive; {@link PathLoss} in free space without. */
  readonly propagation?: Propagation;
  /** What becomes of packets that are strong enough: losses, interference, collisions, faults; they arrive without. */
  readonly conditions?: Conditions;
}

/**
 * What lies between radios: who is there, who listens, and what arrives how strongly. Any number of virtual
 * controllers join one air and hear each other on it. As long as nobody advertises, listens or is connected, it has
 * no timer and lets the process end.
 *
 * A radio that all roles of its controller share tells by its `time` what it is busy with. When several answer the same advertising PDU
 * at once, one of them is received: by chance, but a CONNECT_IND rather than a SCAN_REQ.
 */
export class Air implements Medium {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly agenda: Agenda;
  readonly propagation: Propagation;
  readonly conditions: Conditions | undefined;
  readonly dice: Dice;
  /** The periodic advertising trains on the air, by access address. */
  readonly trains = new Map<number, PeriodicTrain | SubeventTrain>();
  /** The Broadcast Isochronous Groups on the air, by Seed Access Address. */
  readonly bigs = new Map<number, BigLink>();
  private readonly listeners: Listener[] = [];
  private readonly present = new Set<Station>();
  private readonly vigil: Appointment;

  constructor(options: AirOptions) {
    checkKeys('air', options, ['clock', 'random', 'slackMs', 'propagation', 'conditions']);
    // Hosts on this air would otherwise load it at some moment of simulated time.
    provideCmac(aesCmac);
    this.clock = options.clock;
    this.random = options.random;
    const slackMs = options.slackMs ?? (options.clock === systemClock ? REAL_TIME_SLACK : 0);
    this.agenda = new Agenda(options.clock, checkNumber('slackMs', slackMs, 0, 500, 'ms') * 1000);
    this.propagation = options.propagation ?? new PathLoss();
    this.conditions = options.conditions;
    this.dice = new Dice(options.random);
    this.vigil = new Appointment((now) => this.agenda.set(this.vigil, now + VIGIL, true));
  }

  /** The stations that are on. */
  get stations(): ReadonlySet<Station> {
    return this.present;
  }

  /** For a station: it is switched on. */
  join(station: Station): void {
    this.present.add(station);
  }

  /** For a station: it is switched off. */
  leave(station: Station): void {
    this.present.delete(station);
  }

  /** Switches every station off: no timer is left. */
  close(): void {
    for (const station of [...this.present]) station.powerOff();
  }

  /** For a scanner or initiator: it listens from now on. */
  listen(listener: Listener): void {
    if (this.listeners.includes(listener)) return;
    this.listeners.push(listener);
    // A program that scans an empty world stays alive, as it would with a radio of flesh and blood.
    if (!this.vigil.stands) this.agenda.set(this.vigil, this.agenda.now + VIGIL, true);
  }

  /** For a scanner or initiator: it listens no more. */
  deafen(listener: Listener): void {
    const index = this.listeners.indexOf(listener);
    if (index < 0) return;
    this.listeners.splice(index, 1);
    if (this.listeners.length === 0) this.agenda.cancel(this.vigil);
  }

  /** Whether the listener still listens. */
  hears(listener: Listener): boolean {
    return this.listeners.includes(listener);
  }

  /**
   * Collects in `hearers` who may receive what `sender` sends on an advertising channel from `start` to `end` (µs): whose
   * receiver is open and near enough. What becomes of it there, {@link fate} says when it ends.
   */
  gather(
    sender: Radio,
    phy: PhyCode,
    channel: number,
    start: number,
    end: number,
    hearers: Listener[],
  ): void {
    hearers.length = 0;
    const gain = sensitivityGain(phy);
    for (const listener of this.listeners) {
      if (listener.radio === sender || !listener.isOpen(phy, channel, start, end)) continue;
      // With bit errors, what is weaker than the sensitivity may arrive all the same.
      const { radio } = listener;
      if (this.conditions || this.rssi(sender, radio, channel) >= radio.sensitivity - gain) {
        hearers.push(listener);
      }
    }
  }

  /** A station sends on `channel` (0–39) from `start` to `end` (µs). For every PDU, so that those that meet are known. */
  occupy(from: Radio, channel: number, start: number, end: number): void {
    this.conditions?.occupy(from, channel, start, end);
  }

  /**
   * What becomes of a PDU at a receiver. Asked once for each receiver, when the PDU has ended.
   * @param channel 0–39
   * @param octets of payload, behind the header of two
   * @param start when it began, in µs
   * @param end when it ended, in µs
   * @param attenuation how many dB less than its radio's power it was sent with
   */
  fate(
    from: Radio,
    to: Radio,
    channel: number,
    phy: PhyCode,
    octets: number,
    start: number,
    end: number,
    attenuation = 0,
  ): Fate {
    const { conditions, propagation } = this;
    if (conditions) {
      return conditions.fate(propagation, from, to, channel, phy, octets, start, end, attenuation);
    }
    const rssi = propagation.rssi(from, to, end, channel) - attenuation;
    const reaches = rssi >= to.sensitivity - sensitivityGain(phy);
    return reaches ? 'received' : 'missed';
  }

  /** dBm at `to` of what `from` sends now on `channel`, 0–39. */
  rssi(from: Radio, to: Radio, channel = 37): number {
    return this.propagation.rssi(from, to, this.agenda.now, channel);
  }

  /** Whether what `from` sends on LE 1M is strong enough for `to` now. */
  reaches(from: Radio, to: Radio, channel = 37): boolean {
    return this.rssi(from, to, channel) >= to.sensitivity;
  }
}
