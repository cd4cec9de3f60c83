/** Packets for people: each as a line, and as a tree of fields with names, values, units and meanings. */
export { loadAssignedNumbers } from './assigned-numbers.js';
export { type DecodeOptions, Decoder, decode } from './decoder.js';
export { describePackets, type StreamPacket } from './describe.js';
export type { NameTables } from './names.js';
export { toText } from './render.js';
export { findField, type ReadableField, type ReadablePacket } from './tree.js';
