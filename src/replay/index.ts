/** Captures played again: at a host in the place of its controller, and compared field by field. */
export {
  type ComparedField,
  comparedFields,
  type FieldDifference,
  fieldDifferences,
  sideBySide,
} from './divergence.js';
export { type DivergenceKind, lenient } from './kinds.js';
export { type Replay, type ReplayOptions, replay } from './replay.js';
export { type ReplayDivergence, ReplayError } from './replay-error.js';
export { type DivergenceUse, ReplayReport } from './report.js';
