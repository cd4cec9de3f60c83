import { Address } from '../../core/address.js';
import { StateError } from '../../core/errors.js';
import { raceAbort } from '../../core/mutex.js';
import { AdvertisingReport } from '../../hci/advertising-report.js';
import type { Connection } from '../connection.js';
import type { ConnectionManager } from '../connection-manager.js';
import { AUTHENTICATION_FAILURE, FAILED_TO_BE_ESTABLISHED, hasStatus } from '../errors.js';
import { connectPeer, type Seeking } from '../privacy/connect-peer.js';
import type { AcceptList } from './accept-list.js';
import { connectQuery } from './connect-found.js';
import { connectListed } from './connect-listed.js';
import type { ConnectOptions } from './connect-options.js';
import type { PeerQuery } from './find-peer.js';

/** Whom to connect to: an address, what was just seen of it, or what it has to be like. */
export type PeerLike = Address | string | AdvertisingReport | PeerQuery;

const RETRIES = 2;

/** Connecting as a central, up to a link that the program can be given. */
export class Central {
  private readonly manager: ConnectionManager;
  private readonly acceptList: AcceptList;
  private readonly seeking: Seeking;

  constructor(manager: ConnectionManager, acceptList: AcceptList, seeking: Seeking) {
    this.manager = manager;
    this.acceptList = acceptList;
    this.seeking = seeking;
  }

  /** See `Device.connect`. */
  async connect(peer: PeerLike, options: ConnectOptions): Promise<Connection> {
    return this.insist(() => this.establish(peer, options), options);
  }

  /** See `Device.connectAny`. */
  async connectAny(options: ConnectOptions): Promise<Connection> {
    const linked = this.links.map(({ peer }) => peer);
    return this.insist(() => connectListed(this.acceptList, linked, options, this.seeking), options);
  }

  /** A link that the peer never answered on is no link: it did not hear the request, and is asked again. */
  private async insist(establish: () => Promise<Connection>, options: ConnectOptions): Promise<Connection> {
    for (let left = RETRIES; ; left--) {
      const connection = await this.attempt(establish, left > 0 && options.through !== undefined);
      if (!connection) continue;
      try {
        return await this.finish(connection, options);
      } catch (error) {
        if (left === 0 || connection.disconnectReason?.reason !== FAILED_TO_BE_ESTABLISHED) throw error;
        options.signal?.throwIfAborted();
        this.manager.report(
          connection.handle,
          `${connection.peer} did not answer on the link (0x3E): it is asked again`,
        );
      }
    }
  }

  /** @param again whether no answer in a subevent, where a peer is asked once, is no error but nothing */
  private async attempt(
    establish: () => Promise<Connection>,
    again: boolean,
  ): Promise<Connection | undefined> {
    try {
      return await establish();
    } catch (error) {
      if (again && hasStatus(error, FAILED_TO_BE_ESTABLISHED)) return undefined;
      throw error;
    }
  }

  private get links(): Connection[] {
    return this.manager.connections.filter(({ role }) => role === 'central');
  }

  private establish(peer: PeerLike, options: ConnectOptions): Promise<Connection> {
    if (peer === undefined || peer === null)
      throw new TypeError(
        'connect: an address, an advertisement, or a name, a service or a predicate is wanted',
      );
    if (typeof peer !== 'string' && !(peer instanceof Address) && !(peer instanceof AdvertisingReport)) {
      if (options.through) throw new RangeError('through: the address of a peer is wanted');
      return connectQuery(peer, options, this.seeking);
    }
    const given =
      typeof peer === 'string' ? Address.parse(peer) : peer instanceof Address ? peer : peer.address;
    // A controller that resolves the addresses of a peer connects to it by its identity only (Core Vol 6, Part B, 6.4).
    const address = this.seeking.privacy?.identify(given) ?? given;
    if (this.links.some((link) => link.peer.equals(address)))
      throw new StateError(`connect: there is a link to ${address} already`);
    const seen = peer instanceof AdvertisingReport ? peer : undefined;
    return connectPeer(address, seen, options, this.seeking);
  }

  private async finish(connection: Connection, options: ConnectOptions): Promise<Connection> {
    const { encrypt = connection.securer.encryptsFirst } = options;
    if (encrypt) await this.encryptFirst(connection, options.signal);
    this.manager.announce(connection);
    if (options.exchangeMtu !== false) await this.manager.exchangeMtu(connection);
    return connection;
  }

  /** Encrypts a link before anything is read from it: whoever has only the peer's address, has no key. */
  private async encryptFirst(connection: Connection, signal: AbortSignal | undefined): Promise<void> {
    try {
      await raceAbort(connection.encrypt(), signal);
    } catch (error) {
      await connection.disconnect(AUTHENTICATION_FAILURE).catch(() => {});
      throw error;
    }
  }
}
