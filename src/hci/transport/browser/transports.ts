import type { Scheme } from '../scheme.js';

/** The schemes that a browser has of itself. */
export const platformSchemes: Readonly<Record<string, Scheme>> = {};
