import { u8 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { bounded } from './layout.js';

/** What {@link alertLevel} says. */
export const AlertLevel = { none: 0, mild: 1, high: 2 } as const;

/** Alert Level, 0x2A06: see {@link AlertLevel}; 3–255 are reserved and refused. */
export const alertLevel: ValueCodec<number> = /* @__PURE__ */ valueCodec(
  0x2a06,
  'Alert Level',
  /* @__PURE__ */ bounded(u8, 0, 2),
);
