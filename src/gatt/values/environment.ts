import { i16, u16, u32 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { orUnknown, scaled } from './layout.js';

/** Temperature, 0x2A6E: degrees Celsius in steps of 0.01, -273.15 to 327.67; `undefined` when it is not known. */
export const temperature: ValueCodec<number | undefined> = /* @__PURE__ */ valueCodec(
  0x2a6e,
  'Temperature',
  /* @__PURE__ */ orUnknown(i16, -0x8000, (steps) => scaled(steps, { per: 100, low: -273.15, high: 327.67 })),
);

/** Humidity, 0x2A6F: percent in steps of 0.01, 0–100; `undefined` when it is not known. */
export const humidity: ValueCodec<number | undefined> = /* @__PURE__ */ valueCodec(
  0x2a6f,
  'Humidity',
  /* @__PURE__ */ orUnknown(u16, 0xffff, (steps) => scaled(steps, { per: 100, low: 0, high: 100 })),
);

/** Pressure, 0x2A6D: pascals in steps of 0.1, 0–429496729.5. */
export const pressure: ValueCodec<number> = /* @__PURE__ */ valueCodec(
  0x2a6d,
  'Pressure',
  /* @__PURE__ */ scaled(u32, { per: 10 }),
);
