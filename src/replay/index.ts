/**
 * Captures played again: at a host in the place of its controller, and at a controller in the place of its host; compared
 * field by field. And peers extracted from them, as simulated devices.
 */
export {
  type ComparedField,
  comparedFields,
  type FieldDifference,
  fieldDifferences,
  sideBySide,
} from './divergence.js';
export {
  ExtractError,
  type Extraction,
  type ExtractOptions,
  extractServer,
} from './extract/extract-server.js';
export { type DivergenceKind, lenient } from './kinds.js';
export { type ControllerDifference, controllerDifferences } from './play-host/permitted.js';
export {
  type ControllerDivergence,
  type HostPlay,
  type NotedDifference,
  type PlayHostOptions,
  playHost,
} from './play-host/play-host.js';
export { type Replay, type ReplayOptions, replay } from './replay.js';
export { type ReplayDivergence, ReplayError, ReplayKeyError } from './replay-error.js';
export { type DivergenceUse, ReplayReport } from './report.js';
export type { TestFunction } from './runner.js';
export type { ReplaySecrets } from './secrets.js';
export {
  type PycomReplayTestOptions,
  type ReplayedBluetooth,
  type ReplayedDevice,
  type ReplayTestOptions,
  replayTest,
} from './test/replay-test.js';
