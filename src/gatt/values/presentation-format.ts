import { i8, u8, u16 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { record } from './layout.js';

/** Characteristic Presentation Format: Core Vol 3, Part G, 3.3.3.5. */
export interface PresentationFormat {
  /** Of the value: 1 boolean, 4 uint8, 6 uint16, 8 uint32, 0x0c sint8, 0x0e sint16, 0x10 sint32, 0x19 utf8s, … */
  readonly format: number;
  /** The power of 10 that an integer value is multiplied by. */
  readonly exponent: number;
  /** The UUID of the unit: 0x2700 none, 0x272f degrees Celsius, 0x27ad percent… */
  readonly unit: number;
  /** Whose `description` it is: 1 the Bluetooth SIG. */
  readonly namespace: number;
  /** Which one of several it is: 0 unknown, 1 first, … */
  readonly description: number;
}

/** Characteristic Presentation Format, descriptor 0x2904. */
export const presentationFormat: ValueCodec<PresentationFormat> = /* @__PURE__ */ valueCodec(
  0x2904,
  'Characteristic Presentation Format',
  /* @__PURE__ */ record<PresentationFormat>({
    format: u8,
    exponent: i8,
    unit: u16,
    namespace: u8,
    description: u16,
  }),
);
