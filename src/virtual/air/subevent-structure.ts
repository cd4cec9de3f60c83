/** The subevents of a train, and where their response slots are: Core Vol 6, Part B, 4.4.2.12. */
export interface SubeventStructure {
  readonly numSubevents: number;
  /** Units of 1.25 ms. */
  readonly subeventInterval: number;
  /** Units of 1.25 ms; 0 when there are no response slots. */
  readonly responseSlotDelay: number;
  /** Units of 0.125 ms; 0 when there is one response slot, or none. */
  readonly responseSlotSpacing: number;
}

/** The AD type of Periodic Advertising Response Timing Information: Assigned Numbers, 2.3. */
const RESPONSE_TIMING = 0x32;
const LENGTH = 8;

/** The ACAD of an AUX_ADV_IND that tells of subevents, an AD structure: CSS, Part A, 1.21. @param accessAddress of the responses, four octets */
export function encodeTiming(structure: SubeventStructure, accessAddress: Uint8Array): Uint8Array {
  const acad = new Uint8Array(2 + LENGTH);
  acad[0] = 1 + LENGTH;
  acad[1] = RESPONSE_TIMING;
  acad.set(accessAddress, 2);
  acad.set(structureOctets(structure), 6);
  return acad;
}

/** Number of subevents, their interval, delay and spacing of response slots, as they travel. */
export function structureOctets(structure: SubeventStructure): Uint8Array {
  const { numSubevents, subeventInterval, responseSlotDelay, responseSlotSpacing } = structure;
  return Uint8Array.of(numSubevents, subeventInterval, responseSlotDelay, responseSlotSpacing);
}

/** What {@link structureOctets} says; `undefined` when it makes no sense. */
export function readStructure(octets: Uint8Array): SubeventStructure | undefined {
  const [numSubevents, subeventInterval, responseSlotDelay, responseSlotSpacing] = octets;
  if (octets.length !== 4 || numSubevents! < 1 || numSubevents! > 0x80 || subeventInterval! < 6)
    return undefined;
  return {
    numSubevents: numSubevents!,
    subeventInterval: subeventInterval!,
    responseSlotDelay: responseSlotDelay!,
    responseSlotSpacing: responseSlotSpacing!,
  };
}

/** The subevents that an ACAD tells of; `undefined` when there are none, or none that make sense. */
export function decodeTiming(acad: Uint8Array): SubeventStructure | undefined {
  for (let at = 0; at + 1 < acad.length; at += 1 + acad[at]!) {
    const length = acad[at]! - 1;
    if (length < 0 || at + 2 + length > acad.length) return undefined;
    if (acad[at + 1] === RESPONSE_TIMING && length === LENGTH)
      return readStructure(acad.slice(at + 6, at + 10));
  }
  return undefined;
}
