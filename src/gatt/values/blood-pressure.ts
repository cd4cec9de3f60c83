import { u8, u16 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { always, choice, flagged, optional } from './flagged.js';
import { sfloat } from './float.js';
import { bits, type Layout } from './layout.js';
import { type DateTime, dateTimeLayout } from './time.js';

/** What a blood pressure monitor noticed: Measurement Status. */
export interface BloodPressureStatus {
  readonly bodyMovementDetected: boolean;
  readonly cuffTooLoose: boolean;
  readonly irregularPulseDetected: boolean;
  /** Pulse rate range: above the upper limit, or below the lower one. */
  readonly pulseRateExceedsUpperLimit: boolean;
  readonly pulseRateBelowLowerLimit: boolean;
  readonly improperMeasurementPosition: boolean;
}

/** Blood Pressure Measurement: GATT Specification Supplement; Blood Pressure Service 1.1, 3.1. */
export interface BloodPressureMeasurement {
  /** In `unit`; `NaN` when there is none. */
  readonly systolic: number;
  readonly diastolic: number;
  readonly meanArterialPressure: number;
  readonly unit: 'mmHg' | 'kPa';
  readonly timeStamp?: DateTime;
  /** Beats per minute. */
  readonly pulseRate?: number;
  /** 255 for somebody unknown. */
  readonly userId?: number;
  readonly measurementStatus?: BloodPressureStatus;
}

/** Intermediate Cuff Pressure. */
export interface IntermediateCuffPressure
  extends Omit<BloodPressureMeasurement, 'systolic' | 'diastolic' | 'meanArterialPressure'> {
  /** In `unit`. */
  readonly intermediateCuffPressure: number;
}

/** What a blood pressure monitor can: Blood Pressure Feature. */
export interface BloodPressureFeature {
  readonly bodyMovementDetection: boolean;
  readonly cuffFitDetection: boolean;
  readonly irregularPulseDetection: boolean;
  readonly pulseRateRangeDetection: boolean;
  readonly measurementPositionDetection: boolean;
  readonly multipleBond: boolean;
}

const status = /* @__PURE__ */ bits<BloodPressureStatus>(u16, {
  bodyMovementDetected: 0,
  cuffTooLoose: 1,
  irregularPulseDetected: 2,
  pulseRateExceedsUpperLimit: 3,
  pulseRateBelowLowerLimit: 4,
  improperMeasurementPosition: 5,
});

/** The two members of a measurement that an intermediate one leaves open: two SFLOAT, not numbers. */
const unused: Layout<undefined> = {
  read: (reader) => void reader.view(4),
  write: (writer) => {
    sfloat.write(writer, Number.NaN);
    sfloat.write(writer, Number.NaN);
  },
};

const shared = {
  unit: /* @__PURE__ */ choice(0, 'mmHg', 'kPa'),
  timeStamp: /* @__PURE__ */ optional(1, dateTimeLayout),
  pulseRate: /* @__PURE__ */ optional(2, sfloat),
  userId: /* @__PURE__ */ optional(3, u8),
  measurementStatus: /* @__PURE__ */ optional(4, status),
} as const;

/** Blood Pressure Measurement, 0x2A35. */
export const bloodPressureMeasurement: ValueCodec<BloodPressureMeasurement> = /* @__PURE__ */ valueCodec(
  0x2a35,
  'Blood Pressure Measurement',
  /* @__PURE__ */ flagged<BloodPressureMeasurement>(u8, {
    systolic: /* @__PURE__ */ always(sfloat),
    diastolic: /* @__PURE__ */ always(sfloat),
    meanArterialPressure: /* @__PURE__ */ always(sfloat),
    ...shared,
  }),
);

/** Intermediate Cuff Pressure, 0x2A36. */
export const intermediateCuffPressure: ValueCodec<IntermediateCuffPressure> = /* @__PURE__ */ valueCodec(
  0x2a36,
  'Intermediate Cuff Pressure',
  /* @__PURE__ */ flagged<IntermediateCuffPressure>(u8, {
    intermediateCuffPressure: /* @__PURE__ */ always<number>({
      read(reader) {
        const pressure = sfloat.read(reader);
        unused.read(reader);
        return pressure;
      },
      write(writer, value) {
        sfloat.write(writer, value);
        unused.write(writer, undefined);
      },
    }),
    ...shared,
  }),
);

/** Blood Pressure Feature, 0x2A49. */
export const bloodPressureFeature: ValueCodec<BloodPressureFeature> = /* @__PURE__ */ valueCodec(
  0x2a49,
  'Blood Pressure Feature',
  /* @__PURE__ */ bits<BloodPressureFeature>(u16, {
    bodyMovementDetection: 0,
    cuffFitDetection: 1,
    irregularPulseDetection: 2,
    pulseRateRangeDetection: 3,
    measurementPositionDetection: 4,
    multipleBond: 5,
  }),
);
