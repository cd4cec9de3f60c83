/** The host's side of HCI: Core Vol 4. */
export type { Malformed } from '../core/parameters.js';
export * from './acl.js';
export * from './acl-packet.js';
export * from './acl-reassembler.js';
export * from './advertising-report.js';
export * from './bridge.js';
export { bringUp, type ControllerInfo } from './bringup/bringup.js';
export type { AdvertisingCommands } from './bringup/controller-info.js';
export * from './bringup/diagnosis.js';
export * from './bringup/reset-hunt.js';
export type { SendOptions } from './command-queue.js';
/** The commands, by the specification's names: `commands.leSetScanEnable`. */
export * as commands from './commands/index.js';
export { type DecodedPacket, decodePacket, type VendorDeclarations } from './decode.js';
export * from './definition.js';
export * from './encode.js';
export * from './error-names.js';
export type { RawEventHandler, UnhandledEvent } from './event-router.js';
/** The events, by the specification's names: `events.leAdvertisingReport`. */
export * as events from './events/index.js';
export { type FaultyOptions, FaultyTransport, faulty } from './faults/faulty-transport.js';
export {
  checkFaultPlan,
  type FaultDirection,
  type FaultPlan,
  faultKinds,
  type WireFault,
  type WireFaultKind,
} from './faults/plan.js';
export * from './features.js';
/** Fields with their meanings, for declarations of one's own: `fields.status`. */
export * as fields from './fields/index.js';
export * from './framing/byte-stream.js';
export * from './framing/framing.js';
export * from './framing/h4-deframer.js';
export * from './framing/h4-transport.js';
export * from './framing/h5-transport.js';
export * from './host.js';
export * from './host-types.js';
export * from './iso.js';
export * from './iso-packet.js';
export * from './packet-trail.js';
export * from './packet-type.js';
export * from './recovery/fault.js';
export * from './recovery/policy.js';
export * from './recovery/state-mirror.js';
export * from './recovery/supervisor.js';
export * from './registry.js';
export * from './supported-commands.js';
export * from './transport/from-objects.js';
export * from './transport/port.js';
export * from './transport/registry.js';
export * from './transport/scheme.js';
export type { StreamOptions, StreamSource } from './transport/stream-pair.js';
export * from './transport/transport.js';
export type { WebSerialOptions } from './transport/web-serial.js';
export type {
  WebSerialFilter,
  WebSerialOpenOptions,
  WebSerialPort,
  WebSerialPortInfo,
} from './transport/web-serial-port.js';
/** Vendor commands and events of Espressif's controllers. */
export * as espressif from './vendor/espressif.js';
/** Vendor commands and events of NimBLE's controller. */
export * as nimble from './vendor/nimble.js';
export * from './vendor/registry.js';
/** Vendor commands and events of Nordic's SoftDevice Controller. */
export * as softdevice from './vendor/softdevice.js';
/** Vendor commands and events of Zephyr's controllers, some of which Nordic's have too. */
export * as zephyr from './vendor/zephyr.js';
