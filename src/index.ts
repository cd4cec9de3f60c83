/**
 * bluewire: a Bluetooth Low Energy host. Here is what programs need; the layers underneath are at `bluewire/hci`,
 * `bluewire/gatt`, `bluewire/gap`, `bluewire/virtual` and so on.
 */
import './virtual/devices/register.js';

export * from './api/index.js';
export { Address, AddressType, BdAddr } from './core/address.js';
export { type Clock, SimulatedClock, sleep, systemClock } from './core/clock.js';
export type { Unsubscribe } from './core/emitter.js';
export * from './core/errors.js';
export { fromHex, toHex } from './core/hex.js';
export { type RandomSource, seededRandom, systemRandom } from './core/random.js';
export { Uuid, type UuidLike } from './core/uuid.js';
export * from './gap/index.js';
export {
  AttErrorCode,
  AttRefusal,
  CharacteristicProperty,
  characteristic,
  type DescribedHandlers,
  describedServices,
  GattClient,
  GattServer,
  type GattServerOptions,
  type LocalCharacteristic,
  type LocalService,
  type ReadHandler,
  ReliableWriteError,
  RemoteCharacteristic,
  RemoteDescriptor,
  RemoteService,
  type ServerClient,
  type ServerClientState,
  StaleAttributeError,
  type SubscribeHandler,
  service,
  type WriteHandler,
} from './gatt/index.js';
export type { Diagnostic } from './hci/host-types.js';
export type { Fault, FaultKind } from './hci/recovery/fault.js';
export {
  type RecoveryAction,
  type RecoveryContext,
  type RecoveryDecision,
  type RecoveryOptions,
  type RecoveryPolicy,
  recoveryPolicy,
} from './hci/recovery/policy.js';
export type { Recovery, RecoveryAttempt } from './hci/recovery/supervisor.js';
export { requestSerialController, streamTransport, webSerial } from './hci/transport/from-objects.js';
export { createTransport, registerTransport, transportSchemes } from './hci/transport/registry.js';
export type { Scheme, TransportContext, TransportFactory } from './hci/transport/scheme.js';
export type { HciTransport, HciTransportSink, TransportOpened } from './hci/transport/transport.js';
