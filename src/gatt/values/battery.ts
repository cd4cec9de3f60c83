import { u8 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { bounded } from './layout.js';

/** Battery Level, 0x2A19: percent, 0–100. */
export const batteryLevel: ValueCodec<number> = /* @__PURE__ */ valueCodec(
  0x2a19,
  'Battery Level',
  /* @__PURE__ */ bounded(u8, 0, 100),
);
