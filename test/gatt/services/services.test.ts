import { describe, expect, it } from 'vitest';
import { AttRefusal } from '../../../src/gatt/server/attribute.js';
import {
  AlertLevel,
  immediateAlert,
  linkLoss,
  serveImmediateAlert,
  serveLinkLoss,
} from '../../../src/gatt/services/alerts.js';
import { battery, serveBattery } from '../../../src/gatt/services/battery.js';
import { bloodPressure, serveBloodPressure } from '../../../src/gatt/services/blood-pressure.js';
import { currentTimeOf, serveCurrentTime } from '../../../src/gatt/services/current-time.js';
import { cyclingPower, serveCyclingPower } from '../../../src/gatt/services/cycling-power.js';
import {
  cyclingSpeedAndCadence,
  serveCyclingSpeedAndCadence,
} from '../../../src/gatt/services/cycling-speed-and-cadence.js';
import { deviceInformation, serveDeviceInformation } from '../../../src/gatt/services/device-information.js';
import {
  environmentalSensing,
  serveEnvironmentalSensing,
} from '../../../src/gatt/services/environmental-sensing.js';
import { healthThermometer, serveHealthThermometer } from '../../../src/gatt/services/health-thermometer.js';
import { heartRate, serveHeartRate } from '../../../src/gatt/services/heart-rate.js';
import { serveUart, uart } from '../../../src/gatt/services/nordic-uart.js';
import {
  runningSpeedAndCadence,
  serveRunningSpeedAndCadence,
} from '../../../src/gatt/services/running-speed-and-cadence.js';
import { serveWeightScale, weightScale } from '../../../src/gatt/services/weight-scale.js';
import { linkedPair } from '../../support/gatt.js';

/** A link, with what the client's side is asked for. */
function link(mtu?: number) {
  const pair = linkedPair(mtu);
  const run = <T>(promise: Promise<T>) => pair.clock.run(promise);
  return { ...pair, run, peer: { gatt: pair.client } };
}

describe('adopted services, both sides', () => {
  it('heart rate: measurements as they fit, location, energy', async () => {
    const { server, run, peer, clock } = link();
    let resets = 0;
    const sensor = serveHeartRate(server, { bodySensorLocation: 2, onResetEnergyExpended: () => resets++ });
    const found = await run(heartRate(peer));
    expect(await run(found.bodySensorLocation())).toBe(2);
    const got: unknown[] = [];
    await run(found.subscribe((measurement) => void got.push(measurement)));
    await run(
      sensor.notify({ heartRateMeasurementValue: 61, rrIntervals: Array.from({ length: 12 }, () => 1) }),
    );
    await clock.advance(0);
    expect(got).toEqual([{ heartRateMeasurementValue: 61, rrIntervals: Array.from({ length: 9 }, () => 1) }]);
    await run(found.resetEnergyExpended());
    expect(resets).toBe(1);
    const point = found.service.characteristic(0x2a39)!;
    await expect(run(point.write(Uint8Array.of(2)))).rejects.toMatchObject({ error: 0x80 });
  });

  it('a sensor that has only what it must', async () => {
    const { server, run, peer } = link();
    serveHeartRate(server);
    const found = await run(heartRate(peer));
    expect(await run(found.bodySensorLocation())).toBeUndefined();
    await expect(found.resetEnergyExpended()).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    await expect(run(battery(peer))).rejects.toThrow(/the peer has no service Battery \(180f\)/);
    expect(await run(heartRate(found.service))).toMatchObject({ service: found.service });
    await expect(battery(found.service)).rejects.toThrow(/the service is 180d, not Battery/);
  });

  it('battery', async () => {
    const { server, run, peer, clock } = link();
    const local = serveBattery(server, 80);
    const found = await run(battery(peer));
    const got: number[] = [];
    await run(found.subscribe((percent) => void got.push(percent)));
    await run(local.update(79));
    await clock.advance(0);
    expect([await run(found.level()), got]).toEqual([79, [79]]);
    await expect(local.update(101)).rejects.toBeInstanceOf(RangeError);
  });

  it('device information: what there is of it', async () => {
    const { server, run, peer } = link();
    const information = {
      manufacturerName: 'Acme',
      serialNumber: '0815 with more letters than one response has',
      pnpId: { vendorIdSource: 1, vendorId: 0xffff, productId: 1, productVersion: 0x0100 },
      systemId: { manufacturerDefinedIdentifier: 1, organizationallyUniqueIdentifier: 2 },
    };
    serveDeviceInformation(server, information);
    expect(await run(deviceInformation(peer))).toEqual(information);
  });

  it('health thermometer', async () => {
    const { server, run, peer } = link();
    const local = serveHealthThermometer(server, { temperatureType: 3 });
    const found = await run(healthThermometer(peer));
    const got: number[] = [];
    await run(found.subscribe((one) => void got.push(one.temperatureMeasurementValue)));
    await run(local.indicate({ temperatureMeasurementValue: 36.9, unit: 'celsius' }));
    expect(got).toEqual([36.9]);
    expect(await run(found.temperatureType())).toBe(3);
    expect(await run(found.measurementInterval())).toBeUndefined();
    await expect(found.subscribeIntermediate(() => {})).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });

  it('current time: read, set, adjusted', async () => {
    const { server, run, peer, clock } = link();
    const time = {
      year: 2024,
      month: 2,
      day: 29,
      hours: 1,
      minutes: 2,
      seconds: 3,
      dayOfWeek: 4,
      fractions256: 5,
    };
    const set: number[] = [];
    const local = serveCurrentTime(server, {
      now: () => time,
      onSet: ({ year }) => {
        if (year < 2000) throw new AttRefusal(0x80);
        set.push(year);
      },
      localTimeInformation: () => ({ timeZone: 4, dstOffset: 0 }),
    });
    const found = await run(currentTimeOf(peer));
    const read = await run(found.read());
    expect(read).toMatchObject(time);
    await run(found.write({ ...read, year: 2030 }));
    await expect(run(found.write({ ...read, year: 1999 }))).rejects.toMatchObject({ error: 0x80 });
    expect(set).toEqual([2030]);
    expect(await run(found.localTimeInformation())).toEqual({ timeZone: 4, dstOffset: 0 });
    expect(await run(found.referenceTimeInformation())).toBeUndefined();
    const got: unknown[] = [];
    await run(found.subscribe(({ adjustReason }) => void got.push(adjustReason.changeOfDst)));
    await run(local.adjusted({ changeOfDst: true }));
    await clock.advance(0);
    expect(got).toEqual([true]);
  });

  it('UART: octets and lines in both directions, however long', async () => {
    const { server, run, peer, clock } = link();
    const heard: number[] = [];
    const local = serveUart(server, (octets) => void heard.push(...octets));
    const found = await run(uart(peer));
    const text = 'ä'.repeat(100);
    await run(found.write(text));
    await clock.advance(0);
    expect(new TextDecoder().decode(Uint8Array.from(heard))).toBe(text);
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of found.lines()) if (lines.push(line) === 2) break;
    })();
    await clock.advance(0);
    await run(local.write(`${text}\r\nsecond\nrest`));
    await run(reading);
    expect(lines).toEqual([text, 'second']);
    expect(local.service.characteristics.tx.subscribers).toEqual([]);
  });

  it('environmental sensing: what there is, and what is not known', async () => {
    const { server, run, peer, clock } = link();
    const local = serveEnvironmentalSensing(server, { temperature: 21.5, humidity: undefined });
    const found = await run(environmentalSensing(peer));
    expect(await run(found.temperature())).toBe(21.5);
    expect(await run(found.humidity())).toBeUndefined();
    expect(await run(found.pressure())).toBeUndefined();
    const got: unknown[] = [];
    await run(found.subscribe('humidity', (value) => void got.push(value)));
    await run(local.update('humidity', 40.25));
    await run(local.update('humidity', undefined));
    await clock.advance(0);
    expect(got).toEqual([40.25, undefined]);
    await expect(local.update('pressure', 1)).rejects.toThrow(/pressure is not served/);
  });

  it('alerts', async () => {
    const { server, run, peer, clock } = link();
    const alerts: string[] = [];
    serveImmediateAlert(server, (level) => void alerts.push(`now ${level}`));
    serveLinkLoss(server, (level) => void alerts.push(`on loss ${level}`));
    const [now, loss] = [await run(immediateAlert(peer)), await run(linkLoss(peer))];
    await run(now.alert(AlertLevel.high));
    await run(loss.write(AlertLevel.mild));
    await clock.advance(0);
    expect(alerts).toEqual(['now 2', 'on loss 1']);
    expect(await run(loss.read())).toBe(1);
  });

  it('blood pressure, weight, cycling and running', async () => {
    const { server, run, peer, clock } = link(185);
    const pressure = { systolic: 120, diastolic: 80, meanArterialPressure: 93, unit: 'mmHg' } as const;
    const bp = serveBloodPressure(server, {
      feature: {
        bodyMovementDetection: false,
        cuffFitDetection: true,
        irregularPulseDetection: false,
        pulseRateRangeDetection: false,
        measurementPositionDetection: false,
        multipleBond: false,
      },
    });
    const scale = serveWeightScale(server, {
      feature: {
        timeStamp: false,
        multipleUsers: false,
        bmi: false,
        weightResolution: 7,
        heightResolution: 0,
      },
    });
    const csc = serveCyclingSpeedAndCadence(server, {
      feature: { wheelRevolutionData: true, crankRevolutionData: false, multipleSensorLocations: false },
      sensorLocation: 4,
    });
    const rsc = serveRunningSpeedAndCadence(server, {
      feature: {
        instantaneousStrideLength: false,
        totalDistance: false,
        walkingOrRunningStatus: true,
        calibrationProcedure: false,
        multipleSensorLocations: false,
      },
    });
    const power = serveCyclingPower(server, {
      feature: {
        pedalPowerBalance: false,
        accumulatedTorque: false,
        wheelRevolutionData: false,
        crankRevolutionData: false,
        extremeMagnitudes: false,
        extremeAngles: false,
        topAndBottomDeadSpotAngles: false,
        accumulatedEnergy: false,
        offsetCompensationIndicator: false,
        offsetCompensation: false,
      },
    });
    const got: unknown[] = [];
    const hear = (value: unknown) => void got.push(value);
    const [a, b, c, d, e] = [
      await run(bloodPressure(peer)),
      await run(weightScale(peer)),
      await run(cyclingSpeedAndCadence(peer)),
      await run(runningSpeedAndCadence(peer)),
      await run(cyclingPower(peer)),
    ];
    for (const one of [a, b, c, d, e]) await run(one.subscribe(hear as never));
    expect((await run(a.feature()))?.cuffFitDetection).toBe(true);
    expect((await run(b.feature()))?.weightResolution).toBe(7);
    expect(await run(c.sensorLocation())).toBe(4);
    expect(await run(d.sensorLocation())).toBeUndefined();
    const values = [
      pressure,
      { weight: 70.5, unit: 'si' },
      { wheelRevolutionData: { cumulativeWheelRevolutions: 1, lastWheelEventTime: 1 } },
      { status: 'running', instantaneousSpeed: 3, instantaneousCadence: 180 },
      {
        instantaneousPower: 250,
        pedalPowerBalanceReference: 'unknown',
        accumulatedTorqueSource: 'wheel',
        offsetCompensation: false,
      },
    ] as const;
    await run(bp.indicate(values[0]));
    await run(scale.indicate(values[1]));
    await run(csc.notify(values[2]));
    await run(rsc.notify(values[3]));
    await run(power.notify(values[4]));
    await clock.advance(0);
    expect(got).toEqual(values);
  });
});
