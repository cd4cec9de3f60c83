import { u8, u16 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { flagged, optional, type Part, supportedFlag } from './flagged.js';
import { listOf, scaled } from './layout.js';

/** Heart Rate Measurement: GATT Specification Supplement; Heart Rate Service 1.0, 3.1. */
export interface HeartRateMeasurement {
  /** Beats per minute, 0–65535. */
  readonly heartRateMeasurementValue: number;
  /** Whether the sensor touches the skin; absent where the sensor cannot tell. */
  readonly sensorContactDetected?: boolean;
  /** Kilojoules since the last reset, 0–65535. */
  readonly energyExpended?: number;
  /** Times between beats since the last measurement in seconds, in steps of 1/1024 s up to 64 s, oldest first. */
  readonly rrIntervals?: readonly number[];
}

/** 8 bits where the number fits, else 16, as bit 0 of the flags says. */
const rate: Part<number> = {
  mask: 0x01,
  flags: (value) => (value > 0xff ? 0x01 : 0),
  read: (reader, flags) => ((flags & 0x01) === 0 ? u8 : u16).read(reader),
  write: (writer, value, flags) => ((flags & 0x01) === 0 ? u8 : u16).write(writer, value),
};

/** Heart Rate Measurement, 0x2A37. */
export const heartRateMeasurement: ValueCodec<HeartRateMeasurement> = /* @__PURE__ */ valueCodec(
  0x2a37,
  'Heart Rate Measurement',
  /* @__PURE__ */ flagged<HeartRateMeasurement>(u8, {
    heartRateMeasurementValue: rate,
    sensorContactDetected: /* @__PURE__ */ supportedFlag(2, 1),
    energyExpended: /* @__PURE__ */ optional(3, u16),
    rrIntervals: /* @__PURE__ */ optional(
      4,
      /* @__PURE__ */ listOf(/* @__PURE__ */ scaled(u16, { per: 1024 })),
    ),
  }),
);

/** A measurement whose octets are `limit` at most: of RR intervals that do not fit, the oldest are left out. */
export function fitHeartRateMeasurement(
  measurement: HeartRateMeasurement,
  limit: number,
): HeartRateMeasurement {
  const { rrIntervals = [], ...rest } = measurement;
  const head =
    (measurement.heartRateMeasurementValue > 0xff ? 3 : 2) +
    (measurement.energyExpended === undefined ? 0 : 2);
  const room = Math.max(0, Math.floor((limit - head) / 2));
  const kept = room === 0 ? [] : rrIntervals.slice(-room);
  return kept.length === 0 ? rest : { ...rest, rrIntervals: kept };
}

/** Places of {@link bodySensorLocation}; others are kept as they come. */
export const BodySensorLocation = {
  other: 0,
  chest: 1,
  wrist: 2,
  finger: 3,
  hand: 4,
  earLobe: 5,
  foot: 6,
} as const;

/** Body Sensor Location, 0x2A38: see {@link BodySensorLocation}. */
export const bodySensorLocation: ValueCodec<number> = /* @__PURE__ */ valueCodec(
  0x2a38,
  'Body Sensor Location',
  u8,
);

/** What the heart rate control point takes. */
export const HeartRateControlPoint = { resetEnergyExpended: 1 } as const;

/** Heart Rate Control Point, 0x2A39: see {@link HeartRateControlPoint}. */
export const heartRateControlPoint: ValueCodec<number> = /* @__PURE__ */ valueCodec(
  0x2a39,
  'Heart Rate Control Point',
  u8,
);
