import { AttError, BleError, MalformedPacketError } from '../../core/errors.js';
import { toHex } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import { AttErrorCode } from '../att/error-codes.js';
import { AttOpcode } from '../att/opcodes.js';
import { rangeRequest } from '../att/requests.js';
import type { HandleValue } from './declarations.js';
import type { RemoteCharacteristic, RemoteService } from './remote.js';
import type { Requester } from './requester.js';
import { parseHandleValues } from './responses.js';

/** Characteristics of the Generic Attribute service: Core Vol 3, Part G, 7. */
export const GattServiceUuid = {
  service: 0x1801,
  serviceChanged: 0x2a05,
  clientSupportedFeatures: 0x2b29,
  databaseHash: 0x2b2a,
  serverSupportedFeatures: 0x2b3a,
} as const;

/** Bits of Client Supported Features: 7.2. */
export const ClientFeature = {
  robustCaching: 0x01,
  enhancedAttBearer: 0x02,
  multipleNotifications: 0x04,
} as const;
/** Bit of Server Supported Features: 7.4. */
const SERVER_HAS_EATT = 0x01;

/** A characteristic of the Generic Attribute service, where the server has it. */
export function gattCharacteristic(
  services: readonly RemoteService[],
  uuid: number,
): RemoteCharacteristic | undefined {
  return services.find((one) => one.uuid.short === GattServiceUuid.service)?.characteristic(uuid);
}

/**
 * Reads a characteristic of the Generic Attribute service by its UUID; `undefined` where the server has none. It is asked for
 * with one request for all handles, which a server answers also to a client that does not know of a change (2.5.2.1).
 */
export async function readGattCharacteristic(
  requester: Requester,
  uuid: number,
  signal?: AbortSignal,
): Promise<HandleValue | undefined> {
  const frame = rangeRequest(AttOpcode.readByTypeReq, 1, 0xffff, Uuid.from(uuid).attWire);
  try {
    const found = await requester.request(frame, 1, AttOpcode.readByTypeRsp, parseHandleValues, signal);
    return found[0];
  } catch (error) {
    if (error instanceof AttError && error.error === AttErrorCode.attributeNotFound) return undefined;
    throw error;
  }
}

/** Reads the Database Hash, in hexadecimal; `undefined` where the server has none. */
export async function readDatabaseHash(
  requester: Requester,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const found = await readGattCharacteristic(requester, GattServiceUuid.databaseHash, signal);
  if (!found) return undefined;
  if (found.value.length !== 16) throw new MalformedPacketError('a Database Hash has 16 octets');
  return toHex(found.value);
}

/**
 * Tells the server what this client can, with the bits that it has set before: a client never clears one (7.2).
 * @param eatt whether this side does enhanced ATT bearers; told where the server does too
 * @returns the bits as they are now; 0 where the server has no such characteristic, or refuses
 */
export async function writeClientFeatures(
  services: readonly RemoteService[],
  eatt: boolean,
  report: (message: string) => void,
  signal?: AbortSignal,
): Promise<number> {
  const features = gattCharacteristic(services, GattServiceUuid.clientSupportedFeatures);
  if (!features) return 0;
  try {
    let wanted: number = ClientFeature.multipleNotifications;
    if (gattCharacteristic(services, GattServiceUuid.databaseHash)) wanted |= ClientFeature.robustCaching;
    const server = gattCharacteristic(services, GattServiceUuid.serverSupportedFeatures);
    if (eatt && server && ((await server.read(signal))[0] ?? 0) & SERVER_HAS_EATT)
      wanted |= ClientFeature.enhancedAttBearer;
    const present = (await features.read(signal))[0] ?? 0;
    if ((present & wanted) !== wanted) await features.write(Uint8Array.of(present | wanted), signal);
    return present | wanted;
  } catch (error) {
    if (!(error instanceof AttError)) throw error;
    report(`the client's features were not told: ${error.message}`);
    return 0;
  }
}

/** Whether an error is of the peer's making, and no reason to give up what else was found out. */
export function isRefusal(error: unknown): error is BleError {
  return error instanceof BleError && (error.code === 'ATT_ERROR' || error.code === 'NOT_SUPPORTED');
}
