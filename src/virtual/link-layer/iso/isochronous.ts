import { Appointment } from '../../air/agenda.js';
import { CisLink } from '../../air/cis-link.js';
import { type ConnectionState, Role, type StreamSignalling } from '../connection-state.js';
import { llRejectExtInd } from '../control-pdu.js';
import { LeFeature, supports } from '../features.js';
import type { LinkControl } from '../link-control.js';
import { HciStatus } from '../status.js';
import { type CigWish, planCig } from './cig-schedule.js';
import { Cis, type CisEvents, type CisHost } from './cis.js';
import { type CisIndication, type CisRequest, llCisInd, llCisReq, llCisRsp } from './cis-pdus.js';
import { CisCreation, type CisCreator, CisTermination, LEAST_CIS_OFFSET } from './cis-procedures.js';
import { isPossible, planOf, withDelays } from './cis-request.js';
import type { IsoStream } from './iso-stream.js';
import { meetingPoint } from './meeting-point.js';
import type { StreamHandles } from './stream-handles.js';

/** What the isochronous part tells the host. */
export interface IsochronousEvents extends CisEvents {
  /** The central asks for a stream. */
  cisRequested(cis: Cis): void;
  /** Whether the host wants to hear of that. */
  readonly hearsCisRequests: boolean;
}

/** The controller around it. */
export interface IsochronousHost extends CisHost {
  readonly features: bigint;
  readonly events: IsochronousEvents;
}

/** A group of streams of this central. */
export interface Cig {
  readonly wish: CigWish;
  /** Its streams by CIS_ID. */
  readonly cises: Map<number, Cis>;
  /** Whether a stream of it has been created: then it changes no more (Core Vol 4, Part E, 7.8.97). */
  isActive: boolean;
  /** An anchor point of it in µs, once there is one. */
  anchor: number | undefined;
}

/** The control of a connection, as far as streams need it. */
interface Controlled extends ConnectionState {
  readonly control: LinkControl;
}

/** How long the host may take to answer a request before it is set, in µs: Core Vol 4, Part E, 7.3.13. */
const DEFAULT_ACCEPT_TIMEOUT = 0x1f40 * 625;
const MOST_STREAMS = 31;

/** The connected isochronous streams of one controller. */
export class Isochronous implements StreamSignalling, CisCreator {
  /** By CIG_ID. */
  readonly cigs = new Map<number, Cig>();
  /** Streams by their handles. */
  readonly streams = new Map<number, Cis>();
  /** How long the host may take to answer a request, in µs. */
  acceptTimeout = DEFAULT_ACCEPT_TIMEOUT;
  private readonly host: IsochronousHost;
  private readonly handles: StreamHandles;
  private readonly waiting = new Map<Cis, Appointment>();
  /** What streams are told of as their controller. */
  private readonly around: CisHost;

  /** @param handles that streams of other kinds take theirs from, too */
  constructor(host: IsochronousHost, handles: StreamHandles) {
    this.host = host;
    this.handles = handles;
    const { air, radio, events } = host;
    this.around = {
      air,
      radio,
      events: {
        cisEstablished: (cis, status) => {
          events.cisEstablished(cis, status);
          if (status !== HciStatus.success) this.drop(cis);
        },
        cisDisconnected: (cis, reason) => {
          events.cisDisconnected(cis, reason);
          this.drop(cis);
        },
        sduReceived: (handle, sequenceNumber, timeStamp, sdu) =>
          events.sduReceived(handle, sequenceNumber, timeStamp, sdu),
        isoPacketsCompleted: (handle, packets) => events.isoPacketsCompleted(handle, packets),
      },
    };
  }

  /** As after a power-on: streams end without a word. */
  reset(): void {
    for (const timer of this.waiting.values()) this.host.air.agenda.cancel(timer);
    this.waiting.clear();
    for (const cis of this.streams.values()) cis.vanish();
    for (const handle of this.streams.keys()) this.handles.release(handle);
    this.streams.clear();
    this.cigs.clear();
    this.acceptTimeout = DEFAULT_ACCEPT_TIMEOUT;
  }

  /** The stream of a handle, when it takes SDUs from the host. */
  inputOf(handle: number): Cis | undefined {
    const cis = this.streams.get(handle);
    return cis?.state === 'established' && cis.paths.input ? cis : undefined;
  }

  /** Whether a stream is being created: one LE Create CIS at a time (Core Vol 4, Part E, 7.8.99). */
  get isCreating(): boolean {
    for (const { role, state } of this.streams.values()) {
      if (role === Role.central && state !== 'configured' && state !== 'established') return true;
    }
    return false;
  }

  /**
   * LE Set CIG Parameters: Core Vol 4, Part E, 7.8.97.
   * @returns the handles in the order of the wish, or the status that refuses it
   */
  configure(cigId: number, wish: CigWish): readonly number[] | number {
    const known = this.cigs.get(cigId);
    if (known?.isActive) return HciStatus.commandDisallowed;
    const merged = new Map<number, CigWish['cises'][number]>();
    for (const one of known?.wish.cises ?? []) merged.set(one.cisId, one);
    for (const one of wish.cises) merged.set(one.cisId, one);
    const added = [...merged.keys()].filter((cisId) => !known?.cises.has(cisId)).length;
    if (this.streams.size + added > MOST_STREAMS) return HciStatus.connectionRejectedLimitedResources;
    const whole = { ...wish, cises: [...merged.values()] };
    const plan = whole.cises.length > 0 ? planCig(whole) : undefined;
    if (typeof plan === 'number') return plan;
    const cig: Cig = { wish: whole, cises: known?.cises ?? new Map(), isActive: false, anchor: undefined };
    for (const schedule of plan?.cises ?? []) {
      const cisPlan = {
        cigId,
        isoInterval: plan!.isoInterval * 1250,
        cigSyncDelay: plan!.cigSyncDelay,
        schedule,
      };
      const cis = cig.cises.get(schedule.cisId);
      if (cis) cis.plan = cisPlan;
      else cig.cises.set(schedule.cisId, this.add(Role.central, cisPlan));
    }
    this.cigs.set(cigId, cig);
    return wish.cises.map(({ cisId }) => cig.cises.get(cisId)!.handle);
  }

  private add(role: Cis['role'], plan: Cis['plan']): Cis {
    const handle = this.handles.take();
    const cis = new Cis(this.around, handle, role, plan);
    this.streams.set(handle, cis);
    return cis;
  }

  /** LE Remove CIG: Core Vol 4, Part E, 7.8.100. Gives a status. */
  remove(cigId: number): number {
    const cig = this.cigs.get(cigId);
    if (!cig) return HciStatus.unknownConnectionIdentifier;
    for (const { state } of cig.cises.values())
      if (state !== 'configured') return HciStatus.commandDisallowed;
    for (const { handle } of cig.cises.values()) this.forget(handle);
    this.cigs.delete(cigId);
    return HciStatus.success;
  }

  /** Begins to create a stream of this central on a connection. */
  create(cis: Cis, connection: Controlled): void {
    cis.connection = connection;
    cis.state = 'pending';
    this.cigs.get(cis.plan.cigId)!.isActive = true;
    connection.control.start(new CisCreation(this, cis));
  }

  /** For the central: the peripheral takes part. Says where and when. */
  accepted(control: LinkControl, cis: Cis): void {
    if (cis.cancelled) {
      const errorCode = HciStatus.operationCancelledByHost;
      control.send(llRejectExtInd, { rejectOpcode: llCisRsp.opcode, errorCode });
      this.failed(cis, errorCode);
      control.finish();
      return;
    }
    const { air } = this.host;
    const { isoInterval, cigSyncDelay, schedule, cigId } = cis.plan;
    const link = new CisLink(air, {
      isoInterval,
      subInterval: schedule.subInterval,
      nse: schedule.nse,
      phyCToP: schedule.cToP.phy,
      phyPToC: schedule.pToC.phy,
      channelMap: control.connection.channelMap,
    });
    meetingPoint(air).set(link.accessAddress, link);
    const instant = control.futureInstant();
    const ahead = (instant - control.connection.eventCounter) & 0xffff;
    const aclAnchor =
      control.connection.nextAnchor + (ahead - 1) * control.connection.parameters.interval * 1250;
    const cig = this.cigs.get(cigId)!;
    cig.anchor ??= aclAnchor + LEAST_CIS_OFFSET;
    const base = cig.anchor + schedule.offset;
    const turns = Math.max(0, Math.ceil((aclAnchor + LEAST_CIS_OFFSET - base) / isoInterval));
    const firstAnchor = base + turns * isoInterval;
    control.send(llCisInd, {
      accessAddress: link.accessAddress,
      cisOffset: firstAnchor - aclAnchor,
      cigSyncDelay,
      cisSyncDelay: schedule.cisSyncDelay,
      connEventCount: instant,
    });
    control.atInstant(instant, () => {
      cis.join(link, firstAnchor, control.encryption.streamKeys);
      control.finish();
    });
  }

  /** A stream did not come about. */
  failed(cis: Cis, status: number): void {
    this.host.events.cisEstablished(cis, status);
    this.drop(cis);
  }

  /** It is gone: a central's goes back to its group, a peripheral's handle is free. */
  drop(cis: Cis): void {
    this.stopWaiting(cis);
    cis.vanish();
    if (cis.role === Role.peripheral) this.forget(cis.handle);
  }

  private forget(handle: number): void {
    this.streams.delete(handle);
    this.handles.release(handle);
  }

  /** For the peripheral: LL_CIS_REQ has come. */
  requested(connection: ConnectionState, request: CisRequest): void {
    const { control } = connection as Controlled;
    const { events, features } = this.host;
    const refuse = (errorCode: number) =>
      control.send(llRejectExtInd, { rejectOpcode: llCisReq.opcode, errorCode });
    if (!supports(features, LeFeature.connectedIsochronousStreamHostSupport) || !events.hearsCisRequests) {
      refuse(HciStatus.unsupportedRemoteFeature);
      return;
    }
    if (!isPossible(request)) {
      refuse(HciStatus.invalidLlParameters);
      return;
    }
    if (request.maxSduCToP.framed) {
      refuse(HciStatus.unsupportedFeatureOrParameterValue);
      return;
    }
    if (this.streams.size >= MOST_STREAMS) {
      refuse(HciStatus.connectionRejectedLimitedResources);
      return;
    }
    const cis = this.add(Role.peripheral, planOf(request));
    cis.connection = connection;
    cis.state = 'pending';
    const timer = new Appointment(() => {
      this.waiting.delete(cis);
      refuse(HciStatus.connectionAcceptTimeoutExceeded);
      this.failed(cis, HciStatus.connectionAcceptTimeoutExceeded);
    });
    this.waiting.set(cis, timer);
    this.host.air.agenda.set(timer, this.host.air.agenda.now + this.acceptTimeout);
    events.cisRequested(cis);
  }

  /** Whether the host has still to answer the request for a stream. */
  isWaiting(stream: IsoStream): boolean {
    return this.waiting.has(stream as Cis);
  }

  private stopWaiting(cis: Cis): void {
    const timer = this.waiting.get(cis);
    if (timer) this.host.air.agenda.cancel(timer);
    this.waiting.delete(cis);
  }

  /** The host of the peripheral accepts: Core Vol 4, Part E, 7.8.101. */
  accept(cis: Cis): void {
    this.stopWaiting(cis);
    const { control } = cis.connection as Controlled;
    control.send(llCisRsp, {
      cisOffsetMin: LEAST_CIS_OFFSET,
      cisOffsetMax: cis.plan.isoInterval - 1 + LEAST_CIS_OFFSET,
      connEventCount: control.futureInstant(),
    });
  }

  /** The host of the peripheral refuses: Core Vol 4, Part E, 7.8.102. */
  reject(cis: Cis, errorCode: number): void {
    const { control } = cis.connection as Controlled;
    control.send(llRejectExtInd, { rejectOpcode: llCisReq.opcode, errorCode });
    this.drop(cis);
  }

  /** For the peripheral: LL_CIS_IND has come. */
  indicated(connection: ConnectionState, body: CisIndication): void {
    const { control } = connection as Controlled;
    const cis = this.pendingOn(connection);
    const map = meetingPoint(this.host.air);
    const link = map.get(body.accessAddress);
    map.delete(body.accessAddress);
    if (!cis || !link) return;
    const { cigSyncDelay, cisSyncDelay } = body;
    cis.plan = { ...cis.plan, cigSyncDelay, schedule: withDelays(cis.plan, cigSyncDelay, cisSyncDelay) };
    control.atInstant(body.connEventCount, () => cis.join(link, undefined, control.encryption.streamKeys));
  }

  /** For the peripheral: the central has thought better of it. */
  rejectedByCentral(connection: ConnectionState, errorCode: number): void {
    const cis = this.pendingOn(connection);
    if (cis) this.failed(cis, errorCode);
  }

  private pendingOn(connection: ConnectionState): Cis | undefined {
    for (const cis of this.streams.values()) {
      if (cis.connection === connection && cis.state === 'pending' && cis.role === Role.peripheral)
        return cis;
    }
    return undefined;
  }

  /** Ends a stream, or gives up one that is being created. The connection knows how. */
  disconnect(cis: Cis, reason: number): void {
    const { control } = cis.connection as Controlled;
    if (cis.state === 'established') control.start(new CisTermination(cis, reason));
    else cis.cancelled = true;
  }

  /** LL_CIS_TERMINATE_IND has come. */
  terminatedByPeer(connection: ConnectionState, cigId: number, cisId: number, errorCode: number): void {
    for (const cis of this.streams.values()) {
      if (cis.connection === connection && cis.plan.cigId === cigId && cis.cisId === cisId)
        cis.close(errorCode);
    }
  }

  /** A connection is gone, and its streams with it. */
  connectionLost(connection: ConnectionState, reason: number): void {
    for (const cis of [...this.streams.values()]) {
      if (cis.connection !== connection) continue;
      if (cis.state === 'established') cis.close(reason);
      else this.failed(cis, reason);
    }
  }
}
