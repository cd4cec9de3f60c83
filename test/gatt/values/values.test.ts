import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedPacketError } from '../../../src/core/errors.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import type { ValueCodec } from '../../../src/gatt/values/index.js';
import * as values from '../../../src/gatt/values/index.js';

const noon = { year: 2024, month: 2, day: 29, hours: 12, minutes: 34, seconds: 56 };
const noonHex = 'e807021d0c2238';

/** Values with their octets, each worked out by hand from the tables of the GATT Specification Supplement. */
const examples: readonly [ValueCodec<never>, unknown, string][] = [
  [values.heartRateMeasurement, { heartRateMeasurementValue: 72 }, '0048'],
  [values.heartRateMeasurement, { heartRateMeasurementValue: 300 }, '012c01'],
  [values.heartRateMeasurement, { heartRateMeasurementValue: 60, sensorContactDetected: false }, '043c'],
  [
    values.heartRateMeasurement,
    {
      heartRateMeasurementValue: 60,
      sensorContactDetected: true,
      energyExpended: 0x1234,
      rrIntervals: [1, 0.5, 63.9990234375],
    },
    '1e3c3412' + '0004' + '0002' + 'ffff',
  ],
  [values.bodySensorLocation, values.BodySensorLocation.chest, '01'],
  [values.heartRateControlPoint, values.HeartRateControlPoint.resetEnergyExpended, '01'],
  [values.batteryLevel, 100, '64'],
  [values.alertLevel, values.AlertLevel.high, '02'],
  [values.temperatureMeasurement, { temperatureMeasurementValue: 36.7, unit: 'celsius' }, '006f0100ff'],
  [
    values.temperatureMeasurement,
    { temperatureMeasurementValue: 98.06, unit: 'fahrenheit', timeStamp: noon, temperatureType: 2 },
    `074e2600fe${noonHex}02`,
  ],
  [values.temperatureMeasurement, { temperatureMeasurementValue: Number.NaN, unit: 'celsius' }, '00ffff7f00'],
  [values.intermediateTemperature, { temperatureMeasurementValue: -0.5, unit: 'celsius' }, '00fbffffff'],
  [values.temperatureType, values.TemperatureType.ear, '03'],
  [values.measurementInterval, 3600, '100e'],
  [values.dateTime, noon, noonHex],
  [values.dateTime, { year: 0, month: 0, day: 0, hours: 0, minutes: 0, seconds: 0 }, '00000000000000'],
  [values.dayOfWeek, 7, '07'],
  [values.dayDateTime, { ...noon, dayOfWeek: 4 }, `${noonHex}04`],
  [values.exactTime256, { ...noon, dayOfWeek: 4, fractions256: 128 }, `${noonHex}0480`],
  [
    values.currentTime,
    {
      ...noon,
      dayOfWeek: 4,
      fractions256: 255,
      adjustReason: {
        manualTimeUpdate: true,
        externalReferenceTimeUpdate: false,
        changeOfTimeZone: true,
        changeOfDst: false,
      },
    },
    `${noonHex}04ff05`,
  ],
  [values.localTimeInformation, { timeZone: -20, dstOffset: 4 }, 'ec04'],
  [values.localTimeInformation, { timeZone: -128, dstOffset: 255 }, '80ff'],
  [
    values.referenceTimeInformation,
    { timeSource: 1, timeAccuracy: 8, daysSinceUpdate: 2, hoursSinceUpdate: 3 },
    '01080203',
  ],
  [
    values.bloodPressureMeasurement,
    { systolic: 120, diastolic: 80.5, meanArterialPressure: Number.NaN, unit: 'mmHg' },
    '007800' + '25f3' + 'ff07',
  ],
  [
    values.bloodPressureMeasurement,
    {
      systolic: 16,
      diastolic: 10.7,
      meanArterialPressure: 12,
      unit: 'kPa',
      timeStamp: noon,
      pulseRate: 61,
      userId: 3,
      measurementStatus: {
        bodyMovementDetected: true,
        cuffTooLoose: false,
        irregularPulseDetected: true,
        pulseRateExceedsUpperLimit: false,
        pulseRateBelowLowerLimit: false,
        improperMeasurementPosition: true,
      },
    },
    `1f10006bf00c00${noonHex}3d00032500`,
  ],
  [values.intermediateCuffPressure, { intermediateCuffPressure: 99, unit: 'mmHg' }, '006300ff07ff07'],
  [
    values.bloodPressureFeature,
    {
      bodyMovementDetection: true,
      cuffFitDetection: false,
      irregularPulseDetection: false,
      pulseRateRangeDetection: false,
      measurementPositionDetection: false,
      multipleBond: true,
    },
    '2100',
  ],
  [values.weightMeasurement, { weight: 70.5, unit: 'si' }, '0014' + '37'],
  [values.weightMeasurement, { weight: undefined, unit: 'si' }, '00ffff'],
  [
    values.weightMeasurement,
    { weight: 155.42, unit: 'imperial', timeStamp: noon, userId: 255, bmi: 22.1, height: 70.9 },
    `0fb63c${noonHex}ffdd00c502`,
  ],
  [
    values.weightMeasurement,
    { weight: 70.5, unit: 'si', bmi: 21.5, height: 1.811 },
    '081437' + 'd700' + '1307',
  ],
  [
    values.weightScaleFeature,
    { timeStamp: true, multipleUsers: false, bmi: true, weightResolution: 7, heightResolution: 3 },
    'bd010000',
  ],
  [values.temperature, 21.37, '5908'],
  [values.temperature, -273.15, '4d95'],
  [values.temperature, undefined, '0080'],
  [values.humidity, 100, '1027'],
  [values.humidity, undefined, 'ffff'],
  [values.pressure, 101_325, '02760f00'],
  [values.cscMeasurement, {}, '00'],
  [
    values.cscMeasurement,
    {
      wheelRevolutionData: { cumulativeWheelRevolutions: 0x01020304, lastWheelEventTime: 2 },
      crankRevolutionData: { cumulativeCrankRevolutions: 0x0506, lastCrankEventTime: 1.5 },
    },
    '03040302010008' + '06050006',
  ],
  [
    values.cscFeature,
    { wheelRevolutionData: true, crankRevolutionData: true, multipleSensorLocations: false },
    '0300',
  ],
  [
    values.rscMeasurement,
    { status: 'walking', instantaneousSpeed: 1.5, instantaneousCadence: 110 },
    '0080016e',
  ],
  [
    values.rscMeasurement,
    {
      status: 'running',
      instantaneousSpeed: 3,
      instantaneousCadence: 180,
      instantaneousStrideLength: 1.02,
      totalDistance: 1234.5,
    },
    '070003b4' + '6600' + '39300000',
  ],
  [
    values.rscFeature,
    {
      instantaneousStrideLength: false,
      totalDistance: true,
      walkingOrRunningStatus: true,
      calibrationProcedure: false,
      multipleSensorLocations: true,
    },
    '1600',
  ],
  [values.sensorLocation, 5, '05'],
  [
    values.cyclingPowerMeasurement,
    {
      instantaneousPower: -2,
      pedalPowerBalanceReference: 'unknown',
      accumulatedTorqueSource: 'wheel',
      offsetCompensation: false,
    },
    '0000feff',
  ],
  [
    values.cyclingPowerMeasurement,
    {
      instantaneousPower: 250,
      pedalPowerBalance: 49.5,
      pedalPowerBalanceReference: 'left',
      accumulatedTorque: 10.5,
      accumulatedTorqueSource: 'crank',
      wheelRevolutionData: { cumulativeWheelRevolutions: 7, lastWheelEventTime: 1 },
      crankRevolutionData: { cumulativeCrankRevolutions: 8, lastCrankEventTime: 1 },
      extremeForceMagnitudes: { maximum: 300, minimum: -300 },
      extremeTorqueMagnitudes: { maximum: 1, minimum: -1 },
      extremeAngles: { maximum: 0x123, minimum: 0x0ab },
      topDeadSpotAngle: 1,
      bottomDeadSpotAngle: 181,
      accumulatedEnergy: 500,
      offsetCompensation: true,
    },
    'ff1f' +
      'fa00' +
      '63' +
      '5001' +
      '070000000008' +
      '08000004' +
      '2c01d4fe' +
      '2000e0ff' +
      '23b10a' +
      '0100' +
      'b500' +
      'f401',
  ],
  [values.manufacturerName, 'Müller', '4dc3bc6c6c6572'],
  [values.modelNumber, '', ''],
  [
    values.systemId,
    { manufacturerDefinedIdentifier: 0xfe12345678, organizationallyUniqueIdentifier: 0x00158d },
    '78563412fe8d1500',
  ],
  [
    values.pnpId,
    { vendorIdSource: 2, vendorId: 0x1915, productId: 0x521f, productVersion: 0x0213 },
    '0215191f521302',
  ],
  [values.deviceName, 'x', '78'],
  [values.appearance, { category: 13, subcategory: 1 }, '4103'],
  [
    values.preferredConnectionParameters,
    { intervalMin: 6, intervalMax: 3200, latency: 0, supervisionTimeout: 0xffff },
    '0600800c0000ffff',
  ],
  [
    values.presentationFormat,
    { format: 0x0e, exponent: -2, unit: 0x272f, namespace: 1, description: 0 },
    '0efe2f27010000',
  ],
  [values.uartTx, 'ok\n', '6f6b0a'],
].map(([codec, value, octets]) => [codec as ValueCodec<never>, value, octets as string]);

describe('typed values (GATT Specification Supplement)', () => {
  it.each(examples)('%#: are their octets, and come back from them', (codec, value, octets) => {
    expect(toHex(codec.encode(value as never))).toBe(octets);
    expect(codec.decode(fromHex(octets))).toEqual(value);
  });

  const malformed: readonly [ValueCodec<never>, string, RegExp][] = [
    [values.heartRateMeasurement, '', /^Heart Rate Measurement: flags: packet too short/],
    [values.heartRateMeasurement, '0148', /heartRateMeasurementValue: packet too short/],
    [values.heartRateMeasurement, '1048', /rrIntervals: packet too short/],
    [values.heartRateMeasurement, '104800', /rrIntervals/],
    [values.heartRateMeasurement, '004800', /1 octets more than the value has/],
    [values.batteryLevel, '65', /^Battery Level: 101 is not permitted; 0 to 100 is$/],
    [values.batteryLevel, '6400', /1 octets more/],
    [values.alertLevel, '03', /0 to 2 is/],
    [values.dateTime, 'ff02021d0c2238', /year: 767 is not permitted; 0 or 1582 to 9999/],
    [values.dateTime, 'e8070d1d0c2238', /month: 13/],
    [values.dateTime, 'e807021d182238', /hours: 24/],
    [values.humidity, '1127', /100.01 is not permitted; 0 to 100 is/],
    [values.temperature, '4c95', /-273.16/],
    [values.localTimeInformation, '3900', /timeZone: 57/],
    [values.cscMeasurement, '0104030201', /wheelRevolutionData: lastWheelEventTime: packet too short/],
    [values.manufacturerName, 'ff', /^Manufacturer Name String: the octets are no UTF-8$/],
    [values.pnpId, '02', /vendorId: packet too short/],
    [values.intermediateCuffPressure, '006300ff07', /packet too short/],
  ].map(([codec, octets, text]) => [codec as ValueCodec<never>, octets as string, text as RegExp]);
  it.each(malformed)('%#: say what is wrong with octets', (codec, octets, text) => {
    const decode = () => codec.decode(fromHex(octets));
    expect(decode).toThrow(MalformedPacketError);
    expect(decode).toThrow(text);
  });

  const wrong: readonly [() => unknown, ErrorConstructor, RegExp][] = [
    [() => values.batteryLevel.encode(101), RangeError, /^Battery Level: 101 is not permitted/],
    [() => values.batteryLevel.encode(1.5), RangeError, /1.5 does not fit/],
    [
      () => values.heartRateMeasurement.encode({ heartRateMeasurementValue: 65_536 }),
      RangeError,
      /does not fit/,
    ],
    [() => values.heartRateMeasurement.encode({ rate: 3 } as never), TypeError, /unknown option "rate"/],
    [
      () => values.heartRateMeasurement.encode({} as never),
      RangeError,
      /heartRateMeasurementValue: undefined/,
    ],
    [
      () => values.heartRateMeasurement.encode({ heartRateMeasurementValue: 1, rrIntervals: [] }),
      TypeError,
      /rrIntervals: an array of one item or more/,
    ],
    [
      () => values.heartRateMeasurement.encode({ heartRateMeasurementValue: 1, rrIntervals: [1, 64] }),
      RangeError,
      /rrIntervals: 1: 65536 does not fit/,
    ],
    [() => values.temperature.encode(-300), RangeError, /^Temperature: -300 is not permitted/],
    [() => values.temperature.encode('warm' as never), TypeError, /a number is wanted/],
    [() => values.humidity.encode(Number.NaN), TypeError, /a number is wanted/],
    [
      () => values.weightMeasurement.encode({ weight: 327.675, unit: 'si' }),
      RangeError,
      /weight: 65535 steps/,
    ],
    [() => values.weightMeasurement.encode({ weight: 1, unit: 'si', bmi: 20 }), TypeError, /go together/],
    [
      () => values.weightMeasurement.encode({ weight: 1, unit: 'kg' as never }),
      RangeError,
      /si or imperial is/,
    ],
    [() => values.appearance.encode({ category: 1024, subcategory: 0 }), RangeError, /0 to 1023/],
    [() => values.manufacturerName.encode('x'.repeat(513)), RangeError, /513 octets/],
    [() => values.manufacturerName.encode(5 as never), TypeError, /a text is wanted/],
    [
      () =>
        values.bloodPressureMeasurement.encode({
          systolic: 1e12,
          diastolic: 1,
          meanArterialPressure: 1,
          unit: 'kPa',
        }),
      RangeError,
      /systolic: 1000000000000 is too large/,
    ],
    [() => values.dateTime.encode(5 as never), TypeError, /an object is wanted/],
  ] as never;
  it.each(wrong)('%#: refuse what has no octets', (encode, type, text) => {
    expect(encode).toThrow(type);
    expect(encode).toThrow(text);
  });

  it('pass over members of a later version, which flags announce', () => {
    expect(values.heartRateMeasurement.decode(fromHex('2048aabb'))).toEqual({
      heartRateMeasurementValue: 72,
    });
    expect(values.cscMeasurement.decode(fromHex('80aabbcc'))).toEqual({});
  });

  it('of any octets are a value, which has octets that say the same, or an error that tells which', () => {
    const codecs = Object.values(values).filter(
      (one): one is ValueCodec<never> => typeof one === 'object' && 'decode' in one,
    );
    expect(codecs.length).toBe(45);
    fc.assert(
      fc.property(
        fc.constantFrom(...codecs),
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 0, max: 0xff }),
        (codec, noise, flags) => {
          const octets = noise.length > 0 ? Uint8Array.of(flags & 0x1f, ...noise.subarray(1)) : noise;
          let value: unknown;
          try {
            value = codec.decode(octets);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedPacketError);
            expect((error as Error).message.startsWith(`${codec.name}: `)).toBe(true);
            return;
          }
          expect(codec.decode(codec.encode(value as never))).toEqual(value);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('FLOAT and SFLOAT (IEEE 11073-20601)', () => {
  const sfloat = values.valueCodec(0, 'SFLOAT', values.sfloat);
  const float = values.valueCodec(0, 'FLOAT', values.float);

  it.each([
    [0, '0000'],
    [Number.NaN, 'ff07'],
    [Number.POSITIVE_INFINITY, 'fe07'],
    [Number.NEGATIVE_INFINITY, '0208'],
    [2045, 'fd07'],
    [-2045, '0308'],
    [2050, 'cd10'],
    [0.1, '01f0'],
    [-1e-8, 'ff8f'],
    [2045e7, 'fd77'],
  ])('SFLOAT of %f is %s', (value, octets) => {
    expect(toHex(sfloat.encode(value))).toBe(octets);
    expect(sfloat.decode(fromHex(octets))).toBe(value);
  });

  it.each([
    [8388605, 'fdff7f00'],
    [-8388605, '03008000'],
    [1e30, '40420f18'],
    [36.65, '510e00fe'],
    [Number.NaN, 'ffff7f00'],
    [Number.NEGATIVE_INFINITY, '02008000'],
  ])('FLOAT of %f is %s', (value, octets) => {
    expect(toHex(float.encode(value))).toBe(octets);
    expect(float.decode(fromHex(octets))).toBe(value);
  });

  it('give back any mantissa with its decimals, and read any four octets', () => {
    fc.assert(
      fc.property(fc.integer({ min: -0x7ffffd, max: 0x7ffffd }), fc.nat(6), (mantissa, decimals) => {
        const value = mantissa / 10 ** decimals;
        expect(values.decodeFloat(values.encodeFloat(value, decimals))).toBe(value === 0 ? 0 : value);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
        if (bytes.length < 4) expect(() => values.decodeFloat(bytes)).toThrow(MalformedPacketError);
        else expect(typeof values.decodeFloat(bytes)).toBe('number');
      }),
    );
  });

  it('read NRes and what is reserved as no number', () => {
    for (const octets of ['0008', '0108']) expect(sfloat.decode(fromHex(octets))).toBeNaN();
    for (const octets of ['00008000', '01008000']) expect(float.decode(fromHex(octets))).toBeNaN();
  });

  it('keep decimals that are asked for, and say so when there is no room for them', () => {
    const tenths = values.valueCodec(0, 'FLOAT', values.floatWith(1));
    expect(toHex(tenths.encode(37))).toBe('720100ff');
    expect(toHex(tenths.encode(1e9))).toBe('00008000');
    expect(() => values.sfloatWith(8)).toThrow(/0 to 7/);
  });

  it('are as near to a number as they can be', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
        const got = float.decode(float.encode(value));
        expect(Math.abs(got - value)).toBeLessThanOrEqual(Math.abs(value) / 8e5 + 1e-120);
      }),
    );
  });
});

describe('helpers of values', () => {
  it('leave out the oldest RR intervals where the MTU is short', () => {
    const measurement = { heartRateMeasurementValue: 60, energyExpended: 1, rrIntervals: [1, 2, 3] };
    const fitted = values.fitHeartRateMeasurement(measurement, 9);
    expect(fitted.rrIntervals).toEqual([2, 3]);
    expect(values.heartRateMeasurement.encode(fitted)).toHaveLength(8);
    expect(values.fitHeartRateMeasurement(measurement, 5)).toEqual({
      heartRateMeasurementValue: 60,
      energyExpended: 1,
    });
  });

  it('turn a Date into a time and back, in UTC and here', () => {
    const date = new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 500));
    expect(values.exactTimeOf(date, true)).toEqual({ ...noon, dayOfWeek: 4, fractions256: 128 });
    for (const utc of [true, false])
      expect(values.dateOf(values.exactTimeOf(date, utc), utc)?.getTime()).toBe(date.getTime());
    expect(values.dateOf({ ...noon, day: 0 })).toBeUndefined();
    expect(values.dateOf({ ...noon, day: 30 })).toBeUndefined();
  });

  it('put lines together from values that are cut anywhere', () => {
    const lines = new values.LineReader(8);
    const octets = new TextEncoder().encode('grün\r\nund\nso');
    const got: string[] = [];
    for (const octet of octets) got.push(...lines.push(Uint8Array.of(octet)));
    expect(got).toEqual(['grün', 'und']);
    expect(lines.unfinished).toBe('so');
    expect(lines.push(new TextEncoder().encode('xxxxxxxxx'))).toEqual(['soxxxxxx']);
  });

  it('go under another UUID', () => {
    const vendor = values.withUuid('6e400003-b5a3-f393-e0a9-e50e24dcca9e', values.batteryLevel);
    expect(vendor.decode(Uint8Array.of(5))).toBe(5);
    expect(String(vendor.uuid)).toBe('6e400003-b5a3-f393-e0a9-e50e24dcca9e');
  });
});
