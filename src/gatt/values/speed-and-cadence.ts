import { u8, u16, u32 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { always, choice, flagged, optional } from './flagged.js';
import { bits, record, scaled } from './layout.js';

/** Turns of a wheel, counted. */
export interface WheelRevolutionData {
  /** 0–4294967295, then from 0 again. */
  readonly cumulativeWheelRevolutions: number;
  /** When the last turn ended, in seconds: steps of 1/1024 s, from 0 again after 64 s. */
  readonly lastWheelEventTime: number;
}

/** Turns of a crank, counted. */
export interface CrankRevolutionData {
  /** 0–65535, then from 0 again. */
  readonly cumulativeCrankRevolutions: number;
  /** When the last turn ended, in seconds: steps of 1/1024 s, from 0 again after 64 s. */
  readonly lastCrankEventTime: number;
}

/** CSC Measurement: GATT Specification Supplement; Cycling Speed and Cadence Service 1.0, 3.1. */
export interface CscMeasurement {
  readonly wheelRevolutionData?: WheelRevolutionData;
  readonly crankRevolutionData?: CrankRevolutionData;
}

/** CSC Measurement, 0x2A5B. */
export const cscMeasurement: ValueCodec<CscMeasurement> = /* @__PURE__ */ valueCodec(
  0x2a5b,
  'CSC Measurement',
  /* @__PURE__ */ flagged<CscMeasurement>(u8, {
    wheelRevolutionData: /* @__PURE__ */ optional(
      0,
      /* @__PURE__ */ record<WheelRevolutionData>({
        cumulativeWheelRevolutions: u32,
        lastWheelEventTime: /* @__PURE__ */ scaled(u16, { per: 1024 }),
      }),
    ),
    crankRevolutionData: /* @__PURE__ */ optional(
      1,
      /* @__PURE__ */ record<CrankRevolutionData>({
        cumulativeCrankRevolutions: u16,
        lastCrankEventTime: /* @__PURE__ */ scaled(u16, { per: 1024 }),
      }),
    ),
  }),
);

/** What a sensor on a bicycle can: CSC Feature. */
export interface CscFeature {
  readonly wheelRevolutionData: boolean;
  readonly crankRevolutionData: boolean;
  readonly multipleSensorLocations: boolean;
}

/** CSC Feature, 0x2A5C. */
export const cscFeature: ValueCodec<CscFeature> = /* @__PURE__ */ valueCodec(
  0x2a5c,
  'CSC Feature',
  /* @__PURE__ */ bits<CscFeature>(u16, {
    wheelRevolutionData: 0,
    crankRevolutionData: 1,
    multipleSensorLocations: 2,
  }),
);

/** RSC Measurement; Running Speed and Cadence Service 1.0, 3.1. */
export interface RscMeasurement {
  readonly status: 'walking' | 'running';
  /** Metres per second in steps of 1/256. */
  readonly instantaneousSpeed: number;
  /** Steps per minute, 0–255. */
  readonly instantaneousCadence: number;
  /** Metres in steps of 0.01. */
  readonly instantaneousStrideLength?: number;
  /** Metres in steps of 0.1. */
  readonly totalDistance?: number;
}

/** RSC Measurement, 0x2A53. */
export const rscMeasurement: ValueCodec<RscMeasurement> = /* @__PURE__ */ valueCodec(
  0x2a53,
  'RSC Measurement',
  /* @__PURE__ */ flagged<RscMeasurement>(u8, {
    status: /* @__PURE__ */ choice(2, 'walking', 'running'),
    instantaneousSpeed: /* @__PURE__ */ always(/* @__PURE__ */ scaled(u16, { per: 256 })),
    instantaneousCadence: /* @__PURE__ */ always(u8),
    instantaneousStrideLength: /* @__PURE__ */ optional(0, /* @__PURE__ */ scaled(u16, { per: 100 })),
    totalDistance: /* @__PURE__ */ optional(1, /* @__PURE__ */ scaled(u32, { per: 10 })),
  }),
);

/** What a sensor on a foot can: RSC Feature. */
export interface RscFeature {
  readonly instantaneousStrideLength: boolean;
  readonly totalDistance: boolean;
  readonly walkingOrRunningStatus: boolean;
  readonly calibrationProcedure: boolean;
  readonly multipleSensorLocations: boolean;
}

/** RSC Feature, 0x2A54. */
export const rscFeature: ValueCodec<RscFeature> = /* @__PURE__ */ valueCodec(
  0x2a54,
  'RSC Feature',
  /* @__PURE__ */ bits<RscFeature>(u16, {
    instantaneousStrideLength: 0,
    totalDistance: 1,
    walkingOrRunningStatus: 2,
    calibrationProcedure: 3,
    multipleSensorLocations: 4,
  }),
);

/** Sensor Location, 0x2A5D: 0 other, 1 top of shoe, 2 in shoe, 3 hip, 4 front wheel, 5 left crank, 6 right crank, … */
export const sensorLocation: ValueCodec<number> = /* @__PURE__ */ valueCodec(0x2a5d, 'Sensor Location', u8);
