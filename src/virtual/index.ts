/** A radio world in one process: virtual LE controllers and the air between them. */
export { type FaultyOptions, FaultyTransport, faulty } from '../hci/faults/faulty-transport.js';
export type { FaultDirection, FaultPlan, WireFault, WireFaultKind } from '../hci/faults/plan.js';
export { Air, type AirOptions, type Station } from './air/air.js';
export type { AirFault } from './air/air-fault.js';
export { Conditions, type ConditionsOptions } from './air/conditions.js';
export type { Interferer, Jammer, WifiInterferer } from './air/interference.js';
export {
  type FadingOptions,
  PathLoss,
  type PathLossOptions,
  type Position,
  type Propagation,
  type Radio,
  type ShadowingOptions,
  type Wall,
} from './air/propagation.js';
export type { Fate } from './air/reception.js';
export { Route, type RouteOptions, type WayPoint } from './air/route.js';
export {
  type ControllerActivity,
  type ControllerLink,
  VirtualController,
  type VirtualControllerOptions,
} from './controller/controller.js';
export type { ControllerCounters } from './controller/counters.js';
export {
  bluetooth40Personality,
  csr8510Personality,
  esp32Personality,
  fullPersonality,
  personalities,
  smallBuffersPersonality,
  softdevicePersonality,
  zephyrPersonality,
} from './controller/personalities/index.js';
export { CoreVersion, type Personality, type ZephyrFigures } from './controller/personality.js';
export type { AttachedHost, AttachResult } from './controller/transport.js';
export * from './devices/index.js';
export { featureSet, LeFeature } from './link-layer/features.js';
