import { u8, u16, u32 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { byFlag, choice, flagged, optional, optionalByFlag } from './flagged.js';
import { type Layout, orUnknown, record, scaled } from './layout.js';
import { type DateTime, dateTimeLayout } from './time.js';

/** Weight Measurement: GATT Specification Supplement; Weight Scale Service 1.0, 3.2. */
export interface WeightMeasurement {
  /** Kilograms in steps of 0.005 (SI), or pounds in steps of 0.01 (imperial); `undefined` when the measurement failed. */
  readonly weight: number | undefined;
  readonly unit: 'si' | 'imperial';
  readonly timeStamp?: DateTime;
  /** 255 for somebody unknown. */
  readonly userId?: number;
  /** Body mass index in steps of 0.1. */
  readonly bmi?: number;
  /** Metres in steps of 0.001 (SI), or inches in steps of 0.1 (imperial). With `bmi`, or not at all. */
  readonly height?: number;
}

interface BmiAndHeight {
  readonly bmi: number;
  readonly height: number;
}

const weightOf = (per: number): Layout<number | undefined> =>
  orUnknown(u16, 0xffff, (steps) => scaled(steps, { per }));
const bmiAndHeight = (per: number) =>
  record<BmiAndHeight>({ bmi: scaled(u16, { per: 10 }), height: scaled(u16, { per }) });

type Wire = Omit<WeightMeasurement, 'bmi' | 'height'> & { readonly bmiAndHeight?: BmiAndHeight };

function weightMeasurementLayout(): Layout<WeightMeasurement> {
  const wire = flagged<Wire>(u8, {
    weight: byFlag<number | undefined>({ bit: 0, zero: weightOf(200), one: weightOf(100) }),
    unit: choice(0, 'si', 'imperial'),
    timeStamp: optional(1, dateTimeLayout),
    userId: optional(2, u8),
    bmiAndHeight: optionalByFlag(3, { bit: 0, zero: bmiAndHeight(1000), one: bmiAndHeight(10) }),
  });
  return {
    read(reader) {
      const { bmiAndHeight: both, ...rest } = wire.read(reader);
      return { ...rest, weight: rest.weight, ...both };
    },
    write(writer, value) {
      const { bmi, height, ...rest } = value;
      if ((bmi === undefined) !== (height === undefined))
        throw new TypeError('bmi and height go together: one of them is missing');
      wire.write(writer, bmi === undefined ? rest : { ...rest, bmiAndHeight: { bmi, height: height! } });
    },
  };
}

/** Weight Measurement, 0x2A9D. */
export const weightMeasurement: ValueCodec<WeightMeasurement> = /* @__PURE__ */ valueCodec(
  0x2a9d,
  'Weight Measurement',
  /* @__PURE__ */ weightMeasurementLayout(),
);

/** What a scale can: Weight Scale Feature. */
export interface WeightScaleFeature {
  readonly timeStamp: boolean;
  readonly multipleUsers: boolean;
  readonly bmi: boolean;
  /** 0 not told; 1 to 7: 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005 kg (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01 lb). */
  readonly weightResolution: number;
  /** 0 not told; 1 to 3: 0.01, 0.005, 0.001 m (1, 0.5, 0.1 in). */
  readonly heightResolution: number;
}

/** Weight Scale Feature, 0x2A9E. */
export const weightScaleFeature: ValueCodec<WeightScaleFeature> = /* @__PURE__ */ valueCodec(
  0x2a9e,
  'Weight Scale Feature',
  {
    read(reader) {
      const word = u32.read(reader);
      return {
        timeStamp: (word & 1) !== 0,
        multipleUsers: (word & 2) !== 0,
        bmi: (word & 4) !== 0,
        weightResolution: (word >>> 3) & 0x0f,
        heightResolution: (word >>> 7) & 0x07,
      };
    },
    write(writer, value) {
      const { timeStamp, multipleUsers, bmi, weightResolution, heightResolution } = value;
      const within = (number: number, high: number) => {
        if (!Number.isInteger(number) || number < 0 || number > high)
          throw new RangeError(`${number} is not permitted; an integer from 0 to ${high} is`);
        return number;
      };
      u32.write(
        writer,
        (timeStamp ? 1 : 0) |
          (multipleUsers ? 2 : 0) |
          (bmi ? 4 : 0) |
          (within(weightResolution, 15) << 3) |
          (within(heightResolution, 7) << 7),
      );
    },
  },
);
