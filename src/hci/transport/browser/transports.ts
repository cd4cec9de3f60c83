import type { Scheme } from '../registry.js';

/** The schemes that a browser has of itself. */
export const platformSchemes: Readonly<Record<string, Scheme>> = {};
