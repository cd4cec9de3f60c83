import type { ServerClient } from '../server/client.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import { alertLevel } from '../values/alert.js';
import { remoteService, required, type ServiceSource } from './source.js';

export { AlertLevel } from '../values/alert.js';

const IMMEDIATE_ALERT = 0x1802;
const LINK_LOSS = 0x1803;

/** Has a peer alert now: Immediate Alert Service 1.0. @throws {NotSupportedError} when it cannot */
export async function immediateAlert(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, IMMEDIATE_ALERT, 'Immediate Alert', signal);
  const level = required(found, alertLevel);
  return {
    service: found,
    /** @param value see `AlertLevel` */
    alert: (value: number) => level.writeWithoutResponse(alertLevel.encode(value)),
  };
}

/** Says how a peer is to alert when the link is lost: Link Loss Service 1.0. @throws {NotSupportedError} when it cannot */
export async function linkLoss(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, LINK_LOSS, 'Link Loss', signal);
  const level = required(found, alertLevel);
  return {
    service: found,
    read: (stop?: AbortSignal) => level.readAs(alertLevel, stop),
    /** @param value see `AlertLevel` */
    write: (value: number, stop?: AbortSignal) => level.writeAs(alertLevel, value, stop),
  };
}

/** Serves the Immediate Alert Service. @param onAlert takes the level that a client wants; see `AlertLevel` */
export function serveImmediateAlert(
  server: GattServer,
  onAlert: (level: number, client: ServerClient) => void,
) {
  const level = characteristic(alertLevel, { writeWithoutResponse: true, onWrite: onAlert });
  return { service: server.add(service(IMMEDIATE_ALERT, { level })) };
}

/**
 * Serves the Link Loss Service. When a link is lost, the program alerts as that client has set it.
 * @param onSet takes the level that a client sets; see `AlertLevel`
 */
export function serveLinkLoss(server: GattServer, onSet: (level: number, client: ServerClient) => void) {
  const level = characteristic(alertLevel, { read: true, write: true, value: 0, onWrite: onSet });
  return { service: server.add(service(LINK_LOSS, { level })) };
}
