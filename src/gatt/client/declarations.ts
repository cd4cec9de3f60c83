import type { Uuid } from '../../core/uuid.js';

/** Declarations: assigned numbers, 3.5. */
export const Declaration = {
  primaryService: 0x2800,
  secondaryService: 0x2801,
  include: 0x2802,
  characteristic: 0x2803,
} as const;

/** Bits of a characteristic's properties: Core Vol 3, Part G, 3.3.1.1. */
export const CharacteristicProperty = {
  broadcast: 0x01,
  read: 0x02,
  writeWithoutResponse: 0x04,
  write: 0x08,
  notify: 0x10,
  indicate: 0x20,
  authenticatedSignedWrites: 0x40,
  extendedProperties: 0x80,
} as const;

/** A range of handles that a service takes up. */
export interface ServiceRange {
  readonly uuid: Uuid;
  readonly startHandle: number;
  readonly endHandle: number;
}

/** An Include declaration: Core Vol 3, Part G, 3.2. */
export interface IncludedService extends ServiceRange {
  /** Handle of the declaration. */
  readonly handle: number;
}

/** A Characteristic declaration: Core Vol 3, Part G, 3.3.1. */
export interface CharacteristicDeclaration {
  /** Handle of the declaration. */
  readonly handle: number;
  readonly properties: number;
  readonly valueHandle: number;
  readonly uuid: Uuid;
}

/** A descriptor, or whatever attribute stands at a handle. */
export interface AttributeInformation {
  readonly handle: number;
  readonly type: Uuid;
}

/** A value that Read By Type found. */
export interface HandleValue {
  readonly handle: number;
  readonly value: Uint8Array;
}
