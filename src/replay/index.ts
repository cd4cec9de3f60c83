/** Captures played again: at a host in the place of its controller, and compared field by field. */
export {
  type ComparedField,
  comparedFields,
  type FieldDifference,
  fieldDifferences,
  sideBySide,
} from './divergence.js';
