import { i16, u8, u16, u24, u32 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { always, choice, flag, flagged, optional } from './flagged.js';
import { bits, type Layout, record, scaled } from './layout.js';
import type { CrankRevolutionData, WheelRevolutionData } from './speed-and-cadence.js';

/** Cycling Power Measurement: GATT Specification Supplement; Cycling Power Service 1.1, 3.2. */
export interface CyclingPowerMeasurement {
  /** Watts, -32768 to 32767. */
  readonly instantaneousPower: number;
  /** Percent in steps of 0.5. */
  readonly pedalPowerBalance?: number;
  /** What the balance refers to. */
  readonly pedalPowerBalanceReference: 'unknown' | 'left';
  /** Newton metres in steps of 1/32; from 0 again after 2048. */
  readonly accumulatedTorque?: number;
  readonly accumulatedTorqueSource: 'wheel' | 'crank';
  /** The time in steps of 1/2048 s, from 0 again after 32 s. */
  readonly wheelRevolutionData?: WheelRevolutionData;
  readonly crankRevolutionData?: CrankRevolutionData;
  /** Newtons. */
  readonly extremeForceMagnitudes?: { readonly maximum: number; readonly minimum: number };
  /** Newton metres in steps of 1/32. */
  readonly extremeTorqueMagnitudes?: { readonly maximum: number; readonly minimum: number };
  /** Degrees, 0–359. */
  readonly extremeAngles?: { readonly maximum: number; readonly minimum: number };
  /** Degrees. */
  readonly topDeadSpotAngle?: number;
  /** Degrees. */
  readonly bottomDeadSpotAngle?: number;
  /** Kilojoules. */
  readonly accumulatedEnergy?: number;
  readonly offsetCompensation: boolean;
}

interface Extremes {
  readonly maximum: number;
  readonly minimum: number;
}

/** Two numbers of 12 bits in three octets. */
const angles: Layout<Extremes> = {
  read(reader) {
    const word = u24.read(reader);
    return { maximum: word & 0xfff, minimum: word >>> 12 };
  },
  write(writer, { maximum, minimum }) {
    for (const angle of [maximum, minimum]) {
      if (!Number.isInteger(angle) || angle < 0 || angle > 0xfff)
        throw new RangeError(`${angle} is not permitted; an integer from 0 to 4095 is`);
    }
    u24.write(writer, maximum | (minimum << 12));
  },
};

/** Cycling Power Measurement, 0x2A63. */
export const cyclingPowerMeasurement: ValueCodec<CyclingPowerMeasurement> = /* @__PURE__ */ valueCodec(
  0x2a63,
  'Cycling Power Measurement',
  /* @__PURE__ */ flagged<CyclingPowerMeasurement>(u16, {
    instantaneousPower: /* @__PURE__ */ always(i16),
    pedalPowerBalance: /* @__PURE__ */ optional(0, /* @__PURE__ */ scaled(u8, { per: 2 })),
    pedalPowerBalanceReference: /* @__PURE__ */ choice(1, 'unknown', 'left'),
    accumulatedTorque: /* @__PURE__ */ optional(2, /* @__PURE__ */ scaled(u16, { per: 32 })),
    accumulatedTorqueSource: /* @__PURE__ */ choice(3, 'wheel', 'crank'),
    wheelRevolutionData: /* @__PURE__ */ optional(
      4,
      /* @__PURE__ */ record<WheelRevolutionData>({
        cumulativeWheelRevolutions: u32,
        lastWheelEventTime: /* @__PURE__ */ scaled(u16, { per: 2048 }),
      }),
    ),
    crankRevolutionData: /* @__PURE__ */ optional(
      5,
      /* @__PURE__ */ record<CrankRevolutionData>({
        cumulativeCrankRevolutions: u16,
        lastCrankEventTime: /* @__PURE__ */ scaled(u16, { per: 1024 }),
      }),
    ),
    extremeForceMagnitudes: /* @__PURE__ */ optional(
      6,
      /* @__PURE__ */ record<Extremes>({ maximum: i16, minimum: i16 }),
    ),
    extremeTorqueMagnitudes: /* @__PURE__ */ optional(
      7,
      /* @__PURE__ */ record<Extremes>({
        maximum: /* @__PURE__ */ scaled(i16, { per: 32 }),
        minimum: /* @__PURE__ */ scaled(i16, { per: 32 }),
      }),
    ),
    extremeAngles: /* @__PURE__ */ optional(8, angles),
    topDeadSpotAngle: /* @__PURE__ */ optional(9, u16),
    bottomDeadSpotAngle: /* @__PURE__ */ optional(10, u16),
    accumulatedEnergy: /* @__PURE__ */ optional(11, u16),
    offsetCompensation: /* @__PURE__ */ flag(12),
  }),
);

/** What a power meter can: Cycling Power Feature, as far as a client needs it to read measurements. */
export interface CyclingPowerFeature {
  readonly pedalPowerBalance: boolean;
  readonly accumulatedTorque: boolean;
  readonly wheelRevolutionData: boolean;
  readonly crankRevolutionData: boolean;
  readonly extremeMagnitudes: boolean;
  readonly extremeAngles: boolean;
  readonly topAndBottomDeadSpotAngles: boolean;
  readonly accumulatedEnergy: boolean;
  readonly offsetCompensationIndicator: boolean;
  readonly offsetCompensation: boolean;
}

/** Cycling Power Feature, 0x2A65. */
export const cyclingPowerFeature: ValueCodec<CyclingPowerFeature> = /* @__PURE__ */ valueCodec(
  0x2a65,
  'Cycling Power Feature',
  /* @__PURE__ */ bits<CyclingPowerFeature>(u32, {
    pedalPowerBalance: 0,
    accumulatedTorque: 1,
    wheelRevolutionData: 2,
    crankRevolutionData: 3,
    extremeMagnitudes: 4,
    extremeAngles: 5,
    topAndBottomDeadSpotAngles: 6,
    accumulatedEnergy: 7,
    offsetCompensationIndicator: 8,
    offsetCompensation: 9,
  }),
);
