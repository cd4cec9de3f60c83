/** What advertising data structures of each AD type carry, to read and to build: Core Specification Supplement, Part A, 1. */
export type { AdContents } from './contents.js';
export { type AdvertisingKeyMaterial, decryptAdvertisingData, encryptAdvertisingData } from './encrypted.js';
export { type AdStructure, adStructure, readAdStructure } from './structure.js';
