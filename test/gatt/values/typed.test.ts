import { describe, expect, it } from 'vitest';
import { MalformedPacketError } from '../../../src/core/errors.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import * as values from '../../../src/gatt/values/index.js';
import { linkedPair } from '../../support/gatt.js';

describe('typed values on a link', () => {
  async function link() {
    const pair = linkedPair();
    const written: unknown[] = [];
    const local = pair.server.add(
      service(0x180d, {
        measurement: characteristic(values.heartRateMeasurement, { notify: true, indicate: true }),
        location: characteristic(values.bodySensorLocation, { read: true, value: 1 }),
        level: characteristic(values.batteryLevel, {
          read: true,
          write: true,
          onRead: () => Promise.resolve(55),
          onWrite: (value) => void written.push(value),
        }),
        name: characteristic(values.manufacturerName, {
          read: true,
          value: 'a name of more octets than fit in one response',
          descriptors: [
            {
              uuid: values.presentationFormat.uuid,
              value: values.presentationFormat.encode({
                format: 0x19,
                exponent: 0,
                unit: 0x2700,
                namespace: 1,
                description: 0,
              }),
            },
          ],
        }),
      }),
    ).characteristics;
    const [found] = await pair.clock.run(pair.client.discoverAll());
    return { ...pair, local, found: found!, written };
  }

  it('are read, however long, and a descriptor too', async () => {
    const { clock, found } = await link();
    expect(await clock.run(found.characteristic(0x2a38)!.readAs(values.bodySensorLocation))).toBe(1);
    expect(await clock.run(found.characteristic(0x2a19)!.readAs(values.batteryLevel))).toBe(55);
    const name = found.characteristic(0x2a29)!;
    expect(await clock.run(name.readAs(values.manufacturerName))).toMatch(/^a name of .* one response$/);
    const format = await clock.run(name.descriptors[0]!.readAs(values.presentationFormat));
    expect(format).toMatchObject({ format: 0x19, unit: 0x2700 });
    await expect(clock.run(name.readAs(values.batteryLevel))).rejects.toBeInstanceOf(MalformedPacketError);
  });

  it('are written; the server refuses octets that are none, and keeps the value (0x0D, 0x13)', async () => {
    const { clock, found, written, local } = await link();
    const level = found.characteristic(0x2a19)!;
    await clock.run(level.writeAs(values.batteryLevel, 7));
    expect(() => level.writeAs(values.batteryLevel, 101)).toThrow(RangeError);
    await expect(clock.run(level.write(Uint8Array.of(101)))).rejects.toMatchObject({ error: 0x13 });
    await expect(clock.run(level.write(Uint8Array.of(1, 2)))).rejects.toMatchObject({ error: 0x0d });
    await expect(clock.run(level.write(new Uint8Array(0)))).rejects.toMatchObject({ error: 0x0d });
    expect(written).toEqual([7]);
    expect([...local.level.value]).toEqual([7]);
  });

  it('are notified and indicated; malformed ones are reported, or given to who asked for them', async () => {
    const { clock, found, local, reports } = await link();
    const measurement = found.characteristic(0x2a37)!;
    const got: unknown[] = [];
    const bad: string[] = [];
    const codec = values.heartRateMeasurement;
    await clock.run(
      measurement.subscribeAs(codec, (value) => void got.push(value.heartRateMeasurementValue)),
    );
    await clock.run(local.measurement.notifyAs(codec, { heartRateMeasurementValue: 61 }));
    await clock.run(local.measurement.notify(new Uint8Array(0)));
    await clock.advance(0);
    expect(reports).toEqual([expect.stringMatching(/^Heart Rate Measurement: flags: packet too short/)]);
    await clock.run(
      measurement.subscribeAs(codec, (value) => void got.push(value.heartRateMeasurementValue), {
        indicate: true,
        onMalformed: (error, octets) => void bad.push(`${error.code} ${octets.length}`),
      }),
    );
    await clock.run(local.measurement.updateAs(codec, { heartRateMeasurementValue: 62 }));
    await clock.run(local.measurement.indicate(Uint8Array.of(1)));
    await clock.advance(0);
    expect(got).toEqual([61, 62, 62, 62, 62]);
    expect(bad).toEqual(['MALFORMED_PACKET 1']);
    await expect(
      local.measurement.notifyAs(codec, { heartRateMeasurementValue: 70_000 }),
    ).rejects.toBeInstanceOf(RangeError);
  });
});
