import { Address } from '../../core/address.js';
import type { Clock } from '../../core/clock.js';
import { type RandomSource, seededRandom } from '../../core/random.js';
import { type AdvertisingOptions, Device } from '../../gap/index.js';
import type { GattServer } from '../../gatt/index.js';
import type { Air } from '../air/air.js';
import type { Position } from '../air/propagation.js';
import { VirtualController } from '../controller/controller.js';
import { fullPersonality } from '../controller/personalities/index.js';

/** What the parts of a simulated device work with. */
export interface Surroundings {
  readonly clock: Clock;
  /** The device's own source: what it measures does not depend on what others do. */
  readonly random: RandomSource;
}

/** A service that lives: adds itself to a server, and keeps its values moving as long as somebody is interested. */
export type SimulatedService = (server: GattServer, surroundings: Surroundings) => void;

/** A device to put into a world, declared. */
export interface SimulatedDevice {
  /** The Device Name, and what it is called in messages. */
  readonly name: string;
  /** With its type: `00:00:5E:00:53:02/public`, or a static random one, `C0:DE:C0:00:00:01/random`. */
  readonly address: string;
  /** Where it is, in metres. The user's controller is at the origin. */
  readonly position: Position;
  /** The power that it sends with, in dBm; 0. */
  readonly txPower?: number;
  /** What it looks like (assigned numbers, 2.6). */
  readonly appearance?: number;
  /** What it advertises, from the opening of the world on. */
  readonly advertising: AdvertisingOptions;
  /** What it serves beside Generic Access and Generic Attribute, in this order. */
  readonly services?: readonly SimulatedService[];
}

/** Puts a device into the air: a controller of its own with a host of its own on it, which advertises. */
export async function openSimulatedDevice(
  declared: SimulatedDevice,
  air: Air,
  { clock, random }: Surroundings,
): Promise<Device> {
  const { name, address, position, txPower = 0, appearance, advertising, services = [] } = declared;
  const own = Address.parse(address);
  const controller = new VirtualController(air, {
    name,
    // One with a random address is a chip without a public one.
    address: own.isRandom ? '00:00:00:00:00:00' : own.bd,
    position,
    personality: { ...fullPersonality, txPower },
  });
  const device = await Device.open({
    transport: controller.transport(),
    ...(own.isRandom ? { address: own.bd } : {}),
    name,
    ...(appearance === undefined ? {} : { appearance }),
    clock,
    random,
  });
  try {
    const surroundings = { clock, random: fork(random) };
    for (const serve of services) serve(device.server, surroundings);
    await device.startAdvertising(advertising);
  } catch (error) {
    await device.close();
    throw error;
  }
  return device;
}

/** A source of its own, seeded by another. */
function fork(random: RandomSource): RandomSource {
  const seed = random.fill(new Uint8Array(4));
  return seededRandom(seed[0]! | (seed[1]! << 8) | (seed[2]! << 16) | (seed[3]! << 24));
}
