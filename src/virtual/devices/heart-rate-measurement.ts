import { ByteWriter } from '../../core/bytes.js';

/** What a Heart Rate Measurement (0x2A37) says: Heart Rate Service 1.0, 3.1. */
export interface HeartRateMeasurement {
  /** Beats per minute, 0–65535. */
  readonly rate: number;
  /** Whether the sensor touches the skin; left out by sensors that cannot tell. */
  readonly contact?: boolean;
  /** Kilojoules since the last reset, 0–65535. */
  readonly energyExpended?: number;
  /** RR intervals since the last measurement in 1/1024 s, oldest first. */
  readonly rrIntervals?: readonly number[];
}

const RATE_IS_16_BIT = 0x01;
const CONTACT_DETECTED = 0x02;
const CONTACT_SUPPORTED = 0x04;
const ENERGY_PRESENT = 0x08;
const RR_PRESENT = 0x10;

/** The octets of a measurement. Of RR intervals that do not fit in `limit` octets, the oldest are left out. */
export function encodeHeartRateMeasurement(measurement: HeartRateMeasurement, limit: number): Uint8Array {
  const { rate, contact, energyExpended } = measurement;
  const head = 2 + (rate > 0xff ? 1 : 0) + (energyExpended === undefined ? 0 : 2);
  const room = Math.max(0, Math.floor((limit - head) / 2));
  const intervals = room === 0 ? [] : (measurement.rrIntervals ?? []).slice(-room);
  const writer = new ByteWriter(limit);
  writer.u8(
    (rate > 0xff ? RATE_IS_16_BIT : 0) |
      (contact === undefined ? 0 : CONTACT_SUPPORTED | (contact ? CONTACT_DETECTED : 0)) |
      (energyExpended === undefined ? 0 : ENERGY_PRESENT) |
      (intervals.length > 0 ? RR_PRESENT : 0),
  );
  if (rate > 0xff) writer.u16(rate);
  else writer.u8(rate);
  if (energyExpended !== undefined) writer.u16(energyExpended);
  for (const interval of intervals) writer.u16(interval);
  return writer.finish();
}
