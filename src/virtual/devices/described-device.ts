import { AdvertisingFlags, type AdvertisingOptions, type SecurityOptions } from '../../gap/index.js';
import { advertisedContent, connectionParameters } from './described-radio.js';
import { serveDescribed } from './described-services.js';
import type { DeviceDescription, SecurityDescription } from './description.js';
import { justWorks, pinSecurity } from './lock.js';
import type { SimulatedDevice } from './simulated-device.js';

/** What a description leaves to the world that a device is put into. */
export type DescribedDeviceOptions = Partial<Pick<SimulatedDevice, 'position' | 'presence' | 'txPower'>>;

const flags = AdvertisingFlags.leGeneralDiscoverable | AdvertisingFlags.brEdrNotSupported;
const ORIGIN = { x: 1, y: 0, z: 0 };
const ASKED_AFTER_MS = 1000;

/**
 * A device to put into a world, from its description: a value of that type, or what `JSON.parse` gives.
 *
 * ```ts
 * const thermometer = await describedDevice(JSON.parse(text), { position: { x: 3, y: 0, z: 1 } });
 * await using world = await createWorld({ devices: [thermometer] });
 * ```
 * @param options where it is, one metre away without, and when
 * @throws {DescriptionError} with the path of the field that is wrong
 */
export async function describedDevice(
  description: unknown,
  options: DescribedDeviceOptions = {},
): Promise<SimulatedDevice> {
  // It takes the time to load zod, which few programs need.
  const { checkDescription } = await import('./check-description.js');
  return deviceOf(checkDescription(description), options);
}

/** The device of a description that was checked. */
export function deviceOf(
  described: DeviceDescription,
  { position = ORIGIN, presence, txPower = described.txPower }: DescribedDeviceOptions = {},
): SimulatedDevice {
  const { name, address, appearance, mtu, connection, security } = described;
  return {
    name,
    address,
    position,
    ...(txPower === undefined ? {} : { txPower }),
    ...(presence === undefined ? {} : { presence }),
    ...(appearance === undefined ? {} : { appearance }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(security === undefined ? {} : { security: securityOf(security) }),
    advertising: advertisingOf(described),
    services: [(server, { clock }) => serveDescribed(described, server, clock)],
    ...(connection === undefined
      ? {}
      : {
          connected: (link, { clock }) => {
            const timer = clock.setTimeout(() => {
              // A central may refuse: then the link goes on as it is.
              link.updateParameters(connectionParameters(connection)).catch(() => {});
            }, connection.afterMs ?? ASKED_AFTER_MS);
            link.on('disconnected', () => clock.clearTimeout(timer));
          },
        }),
  };
}

function advertisingOf({ name, advertising = {} }: DeviceDescription): AdvertisingOptions {
  const { type = 'connectable', data, scanResponse, intervalMinMs, intervalMaxMs } = advertising;
  const content =
    data === undefined && scanResponse === undefined ? { flags, completeLocalName: name } : undefined;
  return {
    type,
    data: content ?? advertisedContent(data),
    ...(scanResponse === undefined ? {} : { scanResponse: advertisedContent(scanResponse) }),
    ...(intervalMinMs === undefined ? {} : { intervalMinMs }),
    ...(intervalMaxMs === undefined ? {} : { intervalMaxMs }),
    restart: 'whenDisconnected',
  };
}

function securityOf({ pin, ...policy }: SecurityDescription): SecurityOptions {
  return { ...(pin === undefined ? justWorks : pinSecurity(pin)), ...policy };
}
