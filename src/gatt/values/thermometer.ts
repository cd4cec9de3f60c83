import { u8, u16 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { always, choice, flagged, optional } from './flagged.js';
import { float } from './float.js';
import { type DateTime, dateTimeLayout } from './time.js';

/** Temperature Measurement: GATT Specification Supplement; Health Thermometer Service 1.0, 3.1. */
export interface TemperatureMeasurement {
  /** In `unit`; `NaN` when there is none. */
  readonly temperatureMeasurementValue: number;
  readonly unit: 'celsius' | 'fahrenheit';
  readonly timeStamp?: DateTime;
  /** Where it was measured: see {@link TemperatureType}. */
  readonly temperatureType?: number;
}

/** Places of a measurement. */
export const TemperatureType = {
  armpit: 1,
  body: 2,
  ear: 3,
  finger: 4,
  gastroIntestinalTract: 5,
  mouth: 6,
  rectum: 7,
  toe: 8,
  tympanum: 9,
} as const;

const layout = /* @__PURE__ */ flagged<TemperatureMeasurement>(u8, {
  temperatureMeasurementValue: /* @__PURE__ */ always(float),
  unit: /* @__PURE__ */ choice(0, 'celsius', 'fahrenheit'),
  timeStamp: /* @__PURE__ */ optional(1, dateTimeLayout),
  temperatureType: /* @__PURE__ */ optional(2, u8),
});

/** Temperature Measurement, 0x2A1C. */
export const temperatureMeasurement: ValueCodec<TemperatureMeasurement> = /* @__PURE__ */ valueCodec(
  0x2a1c,
  'Temperature Measurement',
  layout,
);

/** Intermediate Temperature, 0x2A1E. */
export const intermediateTemperature: ValueCodec<TemperatureMeasurement> = /* @__PURE__ */ valueCodec(
  0x2a1e,
  'Intermediate Temperature',
  layout,
);

/** Temperature Type, 0x2A1D: see {@link TemperatureType}. */
export const temperatureType: ValueCodec<number> = /* @__PURE__ */ valueCodec(0x2a1d, 'Temperature Type', u8);

/** Measurement Interval, 0x2A21: seconds, 1–65535; 0 for no periodic measurement. */
export const measurementInterval: ValueCodec<number> = /* @__PURE__ */ valueCodec(
  0x2a21,
  'Measurement Interval',
  u16,
);
