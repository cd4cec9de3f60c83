import { Address, AddressType, BdAddr } from '../../core/address.js';
import { openLink } from '../../core/security.js';
import { AttBearer, GattClient, type GattServer } from '../../gatt/index.js';
import { hasLeFeature } from '../../hci/features.js';
import type { HciHost } from '../../hci/host.js';
import { type ChannelServers, Cid, type ConnectionParameterRequest, L2capLink } from '../../l2cap/index.js';
import { Connection } from '../connection.js';
import { decodeConnectionParameters } from '../connection-parameters.js';
import { AUTHENTICATION_FAILURE, REMOTE_USER_TERMINATED } from '../errors.js';
import type { DeviceSecurity } from '../security/device-security.js';
import type { LinkSecurer } from '../security/link-security.js';
import { NoLinkSecurity } from '../security/no-security.js';
import type { SecuredLinkInit } from '../security/secured-link.js';

/** The last Advertising_Handle and Sync_Handle; those beyond are none: Core Vol 4, Part E, 7.7.65.10. */
const LAST_SET = 0xef;
const LAST_SYNC = 0x0eff;

/** What the layers of all links of a device share. */
export interface LinkLayers {
  readonly server: GattServer;
  readonly channelServers: ChannelServers<Connection>;
  readonly mtu: number;
  /** The identity address of a peer, where it is known. */
  readonly identify: (address: Address) => Address;
  /** Secures links; `undefined` for a device that does not pair. */
  readonly security: () => DeviceSecurity | undefined;
  readonly acceptParameters: (connection: Connection, request: ConnectionParameterRequest) => boolean;
}

/** The fields of a link that came about, which all kinds of its event have. */
export interface LinkMade {
  readonly connectionHandle: number;
  readonly role: number;
  readonly peerAddressType: number;
  readonly peerAddress: BdAddr;
  readonly connectionInterval: number;
  readonly localResolvablePrivateAddress?: BdAddr;
  readonly peerResolvablePrivateAddress?: BdAddr;
  readonly peripheralLatency: number;
  readonly supervisionTimeout: number;
  readonly advertisingHandle?: number;
  readonly syncHandle?: number;
}

/** What a link is made on. */
export interface LinkGround {
  readonly host: HciHost;
  readonly leFeatures: Uint8Array;
  /** Ends the link, because it is of no use any more, and says why. */
  readonly end: (connection: Connection | undefined, message: string, reason: number) => void;
}

/**
 * Makes a link with all its layers of the event that tells of it.
 * @param ownAddress this device's address on air, where the controller does not tell another
 */
export function makeLink(
  event: LinkMade,
  ownAddress: Address,
  layers: LinkLayers,
  { host, leFeatures, end }: LinkGround,
): Connection {
  const handle = event.connectionHandle & 0x0fff;
  const role = event.role === 0 ? 'central' : 'peripheral';
  let connection: Connection | undefined;
  const l2cap = new L2capLink(host.acl, handle, {
    clock: host.clock,
    role,
    servers: layers.channelServers,
    context: () => connection,
    security: () => connection?.security ?? openLink,
    report: (message) => host.report({ layer: 'l2cap', message, connectionHandle: handle }),
    onParameterRequest: (request) => {
      if (!connection || !layers.acceptParameters(connection, request)) return false;
      connection.applyRequest(request);
      return true;
    },
  });
  const peer = new Address(event.peerAddress, event.peerAddressType);
  const peerOnAir = onAir(peer, event.peerResolvablePrivateAddress);
  const { localResolvablePrivateAddress: resolvable } = event;
  const own = onAir(ownAddress, resolvable);
  const securer = secure(layers.security(), host, l2cap, {
    handle,
    role,
    peer,
    onAir: peerOnAir,
    own: () => connection?.ownOnAir ?? own,
    end: (why) => end(connection, `${why}: the link is ended`, AUTHENTICATION_FAILURE),
    leaving: () => connection?.leaving ?? false,
  });
  const security = () => securer.current;
  const signing = securer.signing ? { signing: securer.signing } : {};
  const ofAtt = {
    report: (message: string) => host.report({ layer: 'att', message, connectionHandle: handle }),
  };
  const bearer = new AttBearer(l2cap.openFixed(Cid.att), {
    clock: host.clock,
    mtu: layers.mtu,
    trace: host.trace,
    ...ofAtt,
    onTimeout: () =>
      end(
        connection,
        'an ATT transaction timed out: the bearer cannot be used any more, the link is ended',
        REMOTE_USER_TERMINATED,
      ),
  });
  const gatt = new GattClient(bearer, { security, ...signing });
  if (securer.refused) gatt.requester.onRefused(securer.refused);
  connection = new Connection({
    host,
    handle,
    role,
    peer: () => layers.identify(peer),
    ownOnAir: own,
    ownIsTold: isTold(resolvable),
    peerOnAir,
    parameters: decodeConnectionParameters(event),
    ...originOf(event),
    l2cap,
    bearer,
    gatt,
    securer,
    byLinkLayer: hasLeFeature(leFeatures, 'connectionParametersRequestProcedure'),
  });
  const client = layers.server.connect(bearer, { context: connection, security, ...signing, ...ofAtt });
  securer.serve(client, gatt);
  connection.served = client;
  return connection;
}

function secure(
  security: DeviceSecurity | undefined,
  host: HciHost,
  l2cap: L2capLink,
  link: Omit<SecuredLinkInit, 'channel' | 'report' | 'delivered'>,
): LinkSecurer {
  const { handle: connectionHandle, role } = link;
  const report = (message: string) => host.report({ layer: 'smp', message, connectionHandle });
  const channel = l2cap.openFixed(Cid.smp);
  if (!security) return new NoLinkSecurity(channel, { role, report });
  return security.secure({ ...link, channel, report, delivered: () => l2cap.acl.delivered() });
}

/** The address that was on air: the private one that the controller tells of (Core Vol 4, Part E, 7.7.65.10), if any. */
function onAir(address: Address, resolvable: BdAddr | undefined): Address {
  return isTold(resolvable) ? new Address(resolvable, AddressType.random) : address;
}

function isTold(resolvable: BdAddr | undefined): resolvable is BdAddr {
  return resolvable !== undefined && !resolvable.equals(BdAddr.zero);
}

/** The periodic advertising with responses that a link came about by. */
function originOf({ advertisingHandle = 0xff, syncHandle = 0x0fff }: LinkMade) {
  return {
    advertisingHandle: advertisingHandle <= LAST_SET ? advertisingHandle : undefined,
    syncHandle: (syncHandle & 0x0fff) <= LAST_SYNC ? syncHandle & 0x0fff : undefined,
  };
}
