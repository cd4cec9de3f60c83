import type { Address } from '../core/address.js';
import { type BleError, DisconnectedError, HciError } from '../core/errors.js';
import { messageOf } from '../core/message-of.js';
import type { ControllerInfo } from '../hci/bringup/bringup.js';
import {
  leLongTermKeyRequestNegativeReply,
  leRemoteConnectionParameterRequestNegativeReply,
  leRemoteConnectionParameterRequestReply,
  leSetDataLength,
} from '../hci/commands/index.js';
import { describeStatus } from '../hci/error-names.js';
import * as events from '../hci/events/index.js';
import { hasLeFeature } from '../hci/features.js';
import type { HciHost } from '../hci/host.js';
import type { Advertiser } from './advertising/advertiser.js';
import type { Initiator } from './connecting/initiator.js';
import type { Connection } from './connection.js';
import { REMOTE_USER_TERMINATED } from './errors.js';
import { type LinkLayers, type LinkMade, makeLink } from './link/make-link.js';
import { routeRadioEvents } from './link/radio-events.js';

/** What a {@link ConnectionManager} needs. */
export interface ConnectionManagerOptions extends LinkLayers {
  readonly initiator: Initiator;
  readonly advertiser: Advertiser;
  /** The address that an advertising set has for itself. */
  readonly addressOfSet: (advertisingHandle: number) => Address | undefined;
  /** The own address, where the controller does not tell another that it used. */
  readonly ownAddress: () => Address;
  /** A link came about, with all its layers; whoever waits for it hears of it later. */
  readonly created: (connection: Connection) => void;
  readonly connected: (connection: Connection) => void;
  readonly disconnected: (connection: Connection, reason: DisconnectedError) => void;
}

const ADVERTISING_TIMEOUT = 0x3c;
const UNACCEPTABLE_PARAMETERS = 0x3b;

/** Makes the connections that the controller reports, with all their layers, and ends them. */
export class ConnectionManager {
  private readonly host: HciHost;
  private readonly controller: () => ControllerInfo;
  private readonly options: ConnectionManagerOptions;
  private readonly byHandle = new Map<number, Connection>();
  private readonly announced = new Set<Connection>();
  /** Own addresses of links that are told of later, by their handles. */
  private readonly early = new Map<number, Address>();

  constructor(host: HciHost, controller: () => ControllerInfo, options: ConnectionManagerOptions) {
    this.host = host;
    this.controller = controller;
    this.options = options;
    host.onEvent(events.leConnectionComplete, (event) => this.complete(event));
    host.onEvent(events.leEnhancedConnectionCompleteV1, (event) => this.complete(event));
    host.onEvent(events.leEnhancedConnectionCompleteV2, (event) => this.complete(event));
    host.onEvent(events.leAdvertisingSetTerminated, ({ status, advertisingHandle, connectionHandle }) => {
      const own = status === 0 ? options.addressOfSet(advertisingHandle) : undefined;
      if (own) this.cameBy(own, connectionHandle & 0x0fff);
    });
    host.onEvent(events.disconnectionComplete, ({ status, connectionHandle, reason }) => {
      if (status === 0) this.end(connectionHandle & 0x0fff, reason);
    });
    host.onEvent(events.leConnectionUpdateComplete, (event) => {
      this.byHandle.get(event.connectionHandle & 0x0fff)?.parametersChanged(event.status, event);
    });
    host.onEvent(events.leLongTermKeyRequest, ({ connectionHandle }) => {
      // Nobody else answers for a device that has no keys, and the central would wait.
      if (!options.security())
        this.inBackground(host.send(leLongTermKeyRequestNegativeReply, { connectionHandle }));
    });
    routeRadioEvents(host, (handle) => this.byHandle.get(handle)?.radio);
    host.onEvent(events.leRemoteConnectionParameterRequest, (request) =>
      this.inBackground(this.asked(request)),
    );
    host.onEvent(events.leDataLengthChange, ({ connectionHandle, maxTxOctets, maxRxOctets }) => {
      this.byHandle.get(connectionHandle & 0x0fff)?.emit('dataLength', { maxTxOctets, maxRxOctets });
    });
  }

  /** The links there are. */
  get connections(): readonly Connection[] {
    return [...this.byHandle.values()];
  }

  /** Those of them that were given out: a link to a bonded peer is not before it is encrypted. */
  get given(): readonly Connection[] {
    return [...this.announced];
  }

  /** Whether there is a link with this handle. */
  has(handle: number): boolean {
    return this.byHandle.has(handle);
  }

  /** Exchanges the MTU; a peer that cannot, keeps 23 octets. */
  async exchangeMtu(connection: Connection): Promise<void> {
    try {
      await connection.gatt.exchangeMtu();
    } catch (error) {
      if (!connection.isConnected) throw error;
      this.report(connection.handle, `the MTU exchange failed: ${messageOf(error)}`);
    }
  }

  /** Tells that a link came about; its end is told then, too. */
  announce(connection: Connection): void {
    if (!this.byHandle.has(connection.handle)) return;
    this.announced.add(connection);
    this.options.connected(connection);
  }

  /** Ends all links: the controller is gone. */
  abort(cause: BleError): void {
    this.early.clear();
    for (const connection of [...this.byHandle.values()]) {
      this.byHandle.delete(connection.handle);
      this.finish(
        connection,
        new DisconnectedError(`the link to ${connection.peer} is gone: ${cause.message}`, undefined, {
          cause,
        }),
      );
    }
  }

  private complete(event: LinkMade & { readonly status: number }): void {
    const { initiator, advertiser } = this.options;
    if (event.status !== 0) {
      if (event.role === 1 && event.status === ADVERTISING_TIMEOUT) advertiser.timedOut();
      else initiator.failed(event.status);
      return;
    }
    const connection = this.create(event);
    this.setDataLength(connection);
    if (connection.role === 'peripheral' && connection.syncHandle !== undefined) {
      // It did not come by what is advertised for.
      this.announce(connection);
      return;
    }
    if (connection.role === 'peripheral') {
      this.inBackground(advertiser.connected());
      if (!advertiser.admits(connection.peer)) {
        this.inBackground(connection.disconnect(REMOTE_USER_TERMINATED));
        return;
      }
      this.announce(connection);
      return;
    }
    // Whoever waits for it announces it, when it is as it has to be.
    if (initiator.connected(connection)) return;
    this.report(
      connection.handle,
      `a link to ${connection.peer} came about that nobody waits for: it is ended`,
    );
    this.inBackground(connection.disconnect(REMOTE_USER_TERMINATED));
  }

  /** Which of several advertisements a link came by is told behind it (7.7.65.18), and here and there before. */
  private cameBy(own: Address, handle: number): void {
    const connection = this.byHandle.get(handle);
    if (connection) connection.cameBy(own);
    else this.early.set(handle, own);
  }

  private create(event: LinkMade): Connection {
    const handle = event.connectionHandle & 0x0fff;
    // The controller has forgotten a link that it gives the same handle again.
    if (this.byHandle.has(handle)) this.end(handle, undefined);
    const own = this.early.get(handle) ?? this.options.ownAddress();
    this.early.delete(handle);
    const connection = makeLink(event, own, this.options, {
      host: this.host,
      leFeatures: this.controller().leFeatures,
      end: (link, message, reason) => {
        this.report(handle, message);
        if (link) this.inBackground(link.disconnect(reason));
      },
    });
    this.byHandle.set(handle, connection);
    this.options.created(connection);
    return connection;
  }

  /** The peer asks by the Link Layer for other connection parameters: 7.7.65.6. */
  private async asked(event: {
    readonly connectionHandle: number;
    readonly intervalMin: number;
    readonly intervalMax: number;
    readonly maxLatency: number;
    readonly timeout: number;
  }): Promise<void> {
    const { connectionHandle, maxLatency: latency, ...times } = event;
    const connection = this.byHandle.get(connectionHandle & 0x0fff);
    const accepted = connection && this.options.acceptParameters(connection, { ...times, latency });
    if (!accepted) {
      const reason = UNACCEPTABLE_PARAMETERS;
      await this.host.send(leRemoteConnectionParameterRequestNegativeReply, { connectionHandle, reason });
      return;
    }
    await this.host.send(leRemoteConnectionParameterRequestReply, {
      ...event,
      minCeLength: 0,
      maxCeLength: 0,
    });
  }

  private end(handle: number, reason: number | undefined): void {
    const connection = this.byHandle.get(handle);
    if (!connection) return;
    this.byHandle.delete(handle);
    this.host.acl.detach(handle);
    const why =
      reason === undefined ? 'the controller gave its handle to another link' : describeStatus(reason);
    this.finish(connection, new DisconnectedError(`the link to ${connection.peer} is gone: ${why}`, reason));
    if (connection.role === 'peripheral') this.inBackground(this.options.advertiser.disconnected());
  }

  private finish(connection: Connection, reason: DisconnectedError): void {
    connection.ended(reason);
    if (this.announced.delete(connection)) this.options.disconnected(connection, reason);
  }

  /** Asks for the longest Data PDUs; controllers that cannot are left alone. */
  private setDataLength({ handle }: Connection): void {
    const { leFeatures } = this.controller();
    if (!hasLeFeature(leFeatures, 'leDataPacketLengthExtension') || !this.host.supports(leSetDataLength))
      return;
    this.inBackground(
      this.host.send(leSetDataLength, { connectionHandle: handle, txOctets: 251, txTime: 2120 }),
    );
  }

  /** Lets something go on by itself; a refusal is told as a diagnostic. */
  private inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (error instanceof HciError) this.host.report({ layer: 'gap', message: error.message });
      else if (this.host.isOpen) {
        this.host.report({ layer: 'gap', message: messageOf(error) });
      }
    });
  }

  /** Tells as a diagnostic what did not go as it should on a link. */
  report(connectionHandle: number, message: string): void {
    this.host.report({ layer: 'gap', message, connectionHandle });
  }
}
