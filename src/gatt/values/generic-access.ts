import { u16 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { type Layout, record, text } from './layout.js';

/** Device Name, 0x2A00: up to 248 octets of UTF-8 (Core Vol 3, Part C, 12.1). */
export const deviceName: ValueCodec<string> = /* @__PURE__ */ valueCodec(0x2a00, 'Device Name', text);

/** Appearance: Core Vol 3, Part C, 12.2; assigned numbers, 2.6. */
export interface Appearance {
  /** 0–1023: 13 a heart rate sensor, 15 a HID device… */
  readonly category: number;
  /** 0–63. */
  readonly subcategory: number;
}

const appearanceLayout: Layout<Appearance> = {
  read(reader) {
    const word = u16.read(reader);
    return { category: word >>> 6, subcategory: word & 0x3f };
  },
  write(writer, { category, subcategory }) {
    for (const [part, high] of [
      [category, 0x3ff],
      [subcategory, 0x3f],
    ] as const) {
      if (!Number.isInteger(part) || part < 0 || part > high)
        throw new RangeError(`${part} is not permitted; an integer from 0 to ${high} is`);
    }
    u16.write(writer, (category << 6) | subcategory);
  },
};

/** Appearance, 0x2A01. */
export const appearance: ValueCodec<Appearance> = /* @__PURE__ */ valueCodec(
  0x2a01,
  'Appearance',
  appearanceLayout,
);

/** Peripheral Preferred Connection Parameters: Core Vol 3, Part C, 12.3; 0xFFFF for what does not matter. */
export interface PreferredConnectionParameters {
  /** Steps of 1.25 ms, 6–3200. */
  readonly intervalMin: number;
  readonly intervalMax: number;
  readonly latency: number;
  /** Steps of 10 ms. */
  readonly supervisionTimeout: number;
}

/** Peripheral Preferred Connection Parameters, 0x2A04. */
export const preferredConnectionParameters: ValueCodec<PreferredConnectionParameters> =
  /* @__PURE__ */ valueCodec(
    0x2a04,
    'Peripheral Preferred Connection Parameters',
    /* @__PURE__ */ record<PreferredConnectionParameters>({
      intervalMin: u16,
      intervalMax: u16,
      latency: u16,
      supervisionTimeout: u16,
    }),
  );
