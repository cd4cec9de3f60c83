// Stands in for examples/support.mjs, which is Node's: what an example prints looks the same.
export { hex, show } from '../../../examples/format.mjs';

/** The page starts the example itself. */
export const start = () => {};
