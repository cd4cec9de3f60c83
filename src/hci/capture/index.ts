/** Captures of HCI traffic: read and write btsnoop, PacketLogger, pcap, pcapng and hex text. */
export type { Encapsulation } from './encapsulation.js';
export type { CaptureFormat, Container } from './format.js';
export * from './reader.js';
export * from './record.js';
export { type CaptureSink, TappedTransport } from './tap.js';
export { blankKeys } from './without-keys.js';
export { CaptureWriter, captureFormats, formatOfName } from './writer.js';
