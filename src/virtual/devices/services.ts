import { AttErrorCode, AttRefusal, characteristic, service } from '../../gatt/index.js';
import { encodeFloat } from '../../gatt/values/float.js';
import { fitHeartRateMeasurement, heartRateMeasurement } from '../../gatt/values/heart-rate.js';
import { Feed } from './feed.js';
import { Heart } from './heart.js';
import { HeartRateMonitor, type Wearer } from './heart-rate-monitor.js';
import type { SimulatedService } from './simulated-device.js';
import { Thermometer } from './thermometer.js';

/** The application error of the Heart Rate Control Point: Heart Rate Service 1.0, 2.1. */
const CONTROL_POINT_NOT_SUPPORTED = 0x80;
const RESET_ENERGY_EXPENDED = 1;
/** The ATT header of a notification or indication. */
const ATT_HEADER = 3;

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Heart Rate (0x180D), which measures once a second while somebody is subscribed. */
export function heartRateService(options: {
  /** Body Sensor Location: 0 other, 1 chest, 2 wrist, 3 finger, 4 hand, 5 ear lobe, 6 foot. */
  readonly location: number;
  readonly wearer: Wearer;
}): SimulatedService {
  return (server, { clock, random }) => {
    const heart = new Heart(clock.now(), { random });
    const monitor = new HeartRateMonitor(heart, options.wearer, clock.now());
    const definition = service(0x180d, {
      measurement: characteristic(0x2a37, {
        notify: true,
        onSubscribe: (_configuration, client) => feed.subscribed(client),
      }),
      location: characteristic(0x2a38, { read: true, value: Uint8Array.of(options.location) }),
      controlPoint: characteristic(0x2a39, {
        write: true,
        maxLength: 1,
        onWrite: (value) => {
          if (value.length !== 1) throw new AttRefusal(AttErrorCode.invalidAttributeValueLength);
          if (value[0] !== RESET_ENERGY_EXPENDED) throw new AttRefusal(CONTROL_POINT_NOT_SUPPORTED);
          monitor.resetEnergy();
        },
      }),
    });
    const { measurement } = server.add(definition).characteristics;
    const feed = new Feed({
      clock,
      intervalMs: 1000,
      subscribers: () => measurement.subscribers,
      started: () => monitor.start(clock.now()),
      measure: (subscribers) => {
        const room = Math.min(...subscribers.map(({ mtu }) => mtu)) - ATT_HEADER;
        const measured = fitHeartRateMeasurement(monitor.measure(clock.now()), room);
        return measurement.notify(heartRateMeasurement.encode(measured));
      },
    });
  };
}

/** Health Thermometer (0x1809), which indicates its temperature every five seconds while somebody is subscribed. */
export function healthThermometerService(options: {
  /** Temperature Type: 1 armpit, 2 body, 3 ear, 4 finger, … 9 eardrum. */
  readonly type: number;
}): SimulatedService {
  const intervalMs = 5000;
  return (server, { clock, random }) => {
    const thermometer = new Thermometer(random, clock.now());
    const definition = service(0x1809, {
      measurement: characteristic(0x2a1c, {
        indicate: true,
        onSubscribe: (_configuration, client) => feed.subscribed(client),
      }),
      type: characteristic(0x2a1d, { read: true, value: Uint8Array.of(options.type) }),
      interval: characteristic(0x2a21, { read: true, value: Uint8Array.of(intervalMs / 1000, 0) }),
    });
    const { measurement } = server.add(definition).characteristics;
    const feed = new Feed({
      clock,
      intervalMs,
      subscribers: () => measurement.subscribers,
      // Flags 0: degrees Celsius, no time stamp, the type is a characteristic (Health Thermometer Service 1.0, 3.1.1).
      measure: () =>
        measurement.indicate(Uint8Array.of(0, ...encodeFloat(thermometer.celsius(clock.now()), 1))),
    });
  };
}

/** Battery (0x180F), which loses a percent every so often, and says so to those subscribed. */
export function batteryService(options: {
  /** Percent at the beginning. */
  readonly level: number;
  /** Minutes that a percent lasts; 15. */
  readonly minutesPerPercent?: number;
}): SimulatedService {
  const { level: full, minutesPerPercent = 15 } = options;
  return (server, { clock }) => {
    const began = clock.now();
    const now = () => Math.max(1, full - Math.floor((clock.now() - began) / (minutesPerPercent * 60_000)));
    let told = full;
    const definition = service(0x180f, {
      level: characteristic(0x2a19, {
        read: true,
        notify: true,
        onRead: () => Uint8Array.of(now()),
        onSubscribe: (_configuration, client) => feed.subscribed(client),
      }),
    });
    const { level } = server.add(definition).characteristics;
    const feed = new Feed({
      clock,
      intervalMs: 60_000,
      subscribers: () => level.subscribers,
      started: () => {
        told = now();
      },
      measure: async () => {
        if (now() === told) return;
        told = now();
        await level.notify(Uint8Array.of(told));
      },
    });
  };
}

/** Device Information (0x180A): texts that do not change. */
export function deviceInformationService(texts: {
  readonly manufacturer: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly firmware: string;
}): SimulatedService {
  const text = (uuid: number, value: string) => characteristic(uuid, { read: true, value: utf8(value) });
  return (server) => {
    server.add(
      service(0x180a, {
        manufacturer: text(0x2a29, texts.manufacturer),
        model: text(0x2a24, texts.model),
        serialNumber: text(0x2a25, texts.serialNumber),
        firmware: text(0x2a26, texts.firmware),
      }),
    );
  };
}

/** A service that nobody assigned: whose heart it is, as text, under 128-bit UUIDs. */
export function wearerService(wearer: Wearer): SimulatedService {
  return (server) => {
    server.add(
      service('7d1f0001-2c5b-4e0a-9a35-5d1c9be0a7f4', {
        wearer: characteristic('7d1f0002-2c5b-4e0a-9a35-5d1c9be0a7f4', {
          read: true,
          value: utf8(`${wearer.age} years, ${wearer.weight} kg`),
          description: 'Wearer',
        }),
      }),
    );
  };
}
