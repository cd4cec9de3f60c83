import { fromHex } from '../../core/hex.js';
import {
  type AdvertisingDataFields,
  AdvertisingFlags,
  type AdvertisingOptions,
  type SecurityOptions,
} from '../../gap/index.js';
import { nordicUart } from '../../gatt/values/uart.js';
import type { FaultPlan } from '../../hci/faults/plan.js';
import type { Position } from '../air/propagation.js';
import type { RouteOptions } from '../air/route.js';
import { iBeacon } from './beacon.js';
import { eddystoneTlm, eddystoneUid, eddystoneUrl } from './eddystone.js';
import { type KeyboardOptions, keyboardService } from './keyboard.js';
import { justWorks, LOCK_PIN, lockService, pinSecurity } from './lock.js';
import type { Misbehaviour, MisbehaviourName } from './misbehaviour.js';
import type { Presence } from './presence.js';
import {
  batteryService,
  deviceInformationService,
  healthThermometerService,
  heartRateService,
} from './services.js';
import type { SimulatedDevice, SimulatedService } from './simulated-device.js';
import { uartService } from './uart.js';

/** What may be said of a device of any kind. */
export interface DeviceBasics {
  /** With its type: `00:00:5E:00:53:02/public`, or a static random one, `C0:DE:C0:00:00:01/random`. */
  readonly address: string;
  /** The Device Name; that of the kind without. */
  readonly name?: string;
  /** Where it is, in metres, or the way that it goes; a metre from the origin without. */
  readonly position?: Partial<Position> | RouteOptions;
  /** dBm; 0. */
  readonly txPower?: number;
  /** Milliseconds from one advertising event to the next, 20–10240; 100. */
  readonly intervalMs?: number;
  readonly presence?: Presence;
  /** What it does wrongly: names, or names with what belongs to them. */
  readonly misbehaviours?: readonly (MisbehaviourName | Misbehaviour)[];
  readonly faults?: FaultPlan;
}

/** Octets in JSON: hexadecimal text, or text in UTF-8. */
export type Octets = string | { readonly text: string };

/** A device by its kind, as a world file has it. */
export type DeviceSpec = DeviceBasics &
  (
    | {
        readonly kind: 'heart-rate';
        /** Body Sensor Location, 0–6; 1, the chest. */
        readonly location?: number;
        /** Percent of its battery; 100. */
        readonly battery?: number;
        /** Years and kilograms of who wears it; 35 and 70. */
        readonly age?: number;
        readonly weight?: number;
      }
    | {
        readonly kind: 'thermometer';
        /** Temperature Type, 1–9; 2, the body. */
        readonly type?: number;
        readonly battery?: number;
      }
    | {
        readonly kind: 'battery';
        readonly battery?: number;
        /** Minutes that a percent lasts; 15. */
        readonly minutesPerPercent?: number;
      }
    | {
        readonly kind: 'uart';
        /** `echo` without a script, else `script`. */
        readonly script?: readonly {
          readonly when?: Octets;
          readonly say: readonly Octets[];
          readonly afterMs?: number;
        }[];
        readonly greeting?: Octets;
      }
    | {
        readonly kind: 'ibeacon';
        readonly uuid: string;
        readonly major: number;
        readonly minor: number;
        /** dBm at one metre; what it sends with, less 40 dB. */
        readonly measuredPower?: number;
      }
    | {
        readonly kind: 'eddystone-uid';
        /** Ten and six octets, in hexadecimal. */
        readonly namespace: string;
        readonly instance: string;
      }
    | { readonly kind: 'eddystone-url'; readonly url: string }
    | {
        readonly kind: 'eddystone-tlm';
        /** Millivolts; 3000. */
        readonly battery?: number;
        /** Degrees Celsius; 21. */
        readonly temperature?: number;
      }
    | ({ readonly kind: 'keyboard' } & Partial<KeyboardOptions>)
    | {
        readonly kind: 'lock';
        /** The PIN that it shows, 0–999999; 123456. */
        readonly pin?: number;
        /** Whether it is locked at first; true. */
        readonly locked?: boolean;
        /** What its use needs: 3, the PIN, or 4, the PIN by Secure Connections; 3. */
        readonly securityLevel?: 3 | 4;
      }
  );

/** The kinds of {@link DeviceSpec}. */
export type DeviceKind = DeviceSpec['kind'];

const flags = AdvertisingFlags.leGeneralDiscoverable | AdvertisingFlags.brEdrNotSupported;
/** What is lost over the first metre, in dB: the air's own figure. */
const FIRST_METRE = 40;

/** What is special about a kind. */
type Kind = Pick<SimulatedDevice, 'appearance' | 'services' | 'liveAdvertising' | 'security'> & {
  readonly name: string;
  readonly advertising: AdvertisingOptions;
};

/**
 * A simulated device, in a few lines.
 *
 * ```ts
 * const world = await createWorld({
 *   devices: [simulatedDevice({ kind: 'uart', address: 'C0:DE:C0:00:00:0A/random' })],
 * });
 * ```
 * @throws {RangeError | TypeError} naming the field that is wrong, here or when it is put into a world
 */
export function simulatedDevice(spec: DeviceSpec): SimulatedDevice {
  const { address, txPower, presence, misbehaviours, faults } = spec;
  const { name, advertising, ...rest } = kindOf(spec);
  return {
    ...rest,
    name: spec.name ?? name,
    address,
    position: placeOf(spec.position),
    advertising: { ...advertising, ...intervalOf(spec.intervalMs) },
    ...(txPower === undefined ? {} : { txPower }),
    ...(presence ? { presence } : {}),
    ...(faults ? { faults } : {}),
    ...(misbehaviours ? { misbehaviours: misbehaviours.map(misbehaviourOf) } : {}),
  };
}

function kindOf(spec: DeviceSpec): Kind {
  switch (spec.kind) {
    case 'heart-rate': {
      const { location = 1, battery = 100, age = 35, weight = 70 } = spec;
      const services = [
        heartRateService({ location, wearer: { age, weight } }),
        batteryService({ level: battery }),
        information(spec, 'heart rate belt'),
      ];
      return connectable(spec, 'Heart Rate', 0x0341, [0x180d, 0x180f], services);
    }
    case 'thermometer': {
      const { type = 2, battery = 100 } = spec;
      const services = [
        healthThermometerService({ type }),
        batteryService({ level: battery, minutesPerPercent: 60 }),
        information(spec, 'thermometer'),
      ];
      return connectable(spec, 'Thermometer', 0x0300, [0x1809], services);
    }
    case 'battery': {
      const { battery = 100, minutesPerPercent = 15 } = spec;
      const services = [batteryService({ level: battery, minutesPerPercent })];
      return connectable(spec, 'Battery', 0, [0x180f], services);
    }
    case 'uart': {
      const { script, greeting } = spec;
      const services = [
        uartService({
          mode: script ? 'script' : 'echo',
          ...(greeting === undefined ? {} : { greeting: octets(greeting) }),
          script: (script ?? []).map(({ when, say, afterMs }) => ({
            ...(when === undefined ? {} : { when: octets(when) }),
            ...(afterMs === undefined ? {} : { afterMs }),
            say: say.map(octets),
          })),
        }),
      ];
      // A UUID of 128 bits and a name of any length do not fit into one packet.
      const kind = connectable(spec, 'UART', 0, [], services);
      return {
        ...kind,
        advertising: {
          ...kind.advertising,
          data: { flags, serviceUuids: [nordicUart.service] },
          scanResponse: nameOf(spec.name ?? kind.name),
        },
      };
    }
    case 'keyboard': {
      const services = [
        keyboardService({
          text: spec.text ?? 'hello\n',
          ...(spec.keyMs === undefined ? {} : { keyMs: spec.keyMs }),
          ...(spec.securityLevel === undefined ? {} : { securityLevel: spec.securityLevel }),
        }),
        batteryService({ level: 100 }),
        information(spec, 'keyboard'),
      ];
      const kind = connectable(spec, 'Keyboard', 0x03c1, [0x1812], services);
      return spec.securityLevel === 1 ? kind : { ...kind, security: keyboardSecurity(spec.securityLevel) };
    }
    case 'lock': {
      const { pin = LOCK_PIN, locked, securityLevel } = spec;
      const services = [
        lockService({
          ...(locked === undefined ? {} : { locked }),
          ...(securityLevel === undefined ? {} : { securityLevel }),
        }),
        batteryService({ level: 100 }),
        information(spec, 'lock'),
      ];
      return { ...connectable(spec, 'Lock', 0x0708, [], services), security: pinSecurity(pin) };
    }
    case 'ibeacon': {
      const { uuid, major, minor, measuredPower = (spec.txPower ?? 0) - FIRST_METRE } = spec;
      return broadcasting('iBeacon', {
        flags,
        manufacturerData: iBeacon({ uuid, major, minor, measuredPower }),
      });
    }
    case 'eddystone-uid': {
      const [namespace, instance] = [fromHex(spec.namespace), fromHex(spec.instance)];
      return broadcasting('Eddystone-UID', eddystoneUid({ namespace, instance, power: spec.txPower ?? 0 }));
    }
    case 'eddystone-url':
      return broadcasting('Eddystone-URL', eddystoneUrl(spec.url, spec.txPower ?? 0));
    case 'eddystone-tlm': {
      const { battery = 3000, temperature = 21, intervalMs = 100 } = spec;
      const data = (onForMs: number) =>
        eddystoneTlm({ battery, temperature, frames: Math.floor(onForMs / intervalMs), uptimeMs: onForMs });
      return { ...broadcasting('Eddystone-TLM', data(0)), liveAdvertising: { everyMs: 1000, data } };
    }
  }
}

/** A keyboard whose values want more than encryption has a passkey, which is entered on it: here it is known. */
function keyboardSecurity(level = 2): SecurityOptions {
  return level > 2 ? pinSecurity(LOCK_PIN) : justWorks;
}

function connectable(
  spec: DeviceSpec,
  usualName: string,
  appearance: number,
  serviceUuids: readonly number[],
  services: readonly SimulatedService[],
): Kind {
  const name = spec.name ?? usualName;
  return {
    name,
    ...(appearance === 0 ? {} : { appearance }),
    services,
    advertising: {
      data: { flags, serviceUuids, ...(appearance === 0 ? {} : { appearance }) },
      scanResponse: nameOf(name),
      restart: 'whenDisconnected',
    },
  };
}

function broadcasting(name: string, data: AdvertisingDataFields): Kind {
  return { name, advertising: { type: 'nonConnectable', data } };
}

function information({ address }: DeviceSpec, what: string): SimulatedService {
  return deviceInformationService({
    manufacturer: 'bluewire',
    model: `Simulated ${what}`,
    serialNumber: address.slice(0, 17).replaceAll(':', ''),
    firmware: '1.0.0',
  });
}

/** The name in a scan response, shortened where it does not fit. */
function nameOf(name: string): AdvertisingDataFields {
  const limit = 29;
  const whole = new TextEncoder().encode(name);
  if (whole.length <= limit) return { completeLocalName: name };
  let short = name;
  while (new TextEncoder().encode(short).length > limit) short = [...short].slice(0, -1).join('');
  return { shortenedLocalName: short };
}

function intervalOf(ms: number | undefined): AdvertisingOptions {
  return ms === undefined ? {} : { intervalMinMs: ms, intervalMaxMs: ms };
}

/** A place or a way, whole. */
export function placeOf(position: DeviceBasics['position']): Position | RouteOptions {
  if (!position) return { x: 1, y: 0, z: 0 };
  return 'points' in position ? position : { x: 0, y: 0, z: 0, ...position };
}

/** A misbehaviour, whole. */
export function misbehaviourOf(one: MisbehaviourName | Misbehaviour): Misbehaviour {
  return typeof one === 'string' ? { misbehaviour: one } : one;
}

function octets(value: Octets): Uint8Array {
  return typeof value === 'string' ? fromHex(value) : new TextEncoder().encode(value.text);
}
