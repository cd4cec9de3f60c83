import { TransportError } from '../../../core/errors.js';
import { hexCode } from '../../../core/hex.js';
import type { UsbBus, UsbDescription, UsbDevice, UsbStrings } from './device.js';
import { findHciFunction, promisesBluetooth } from './hci-function.js';
import { knownController, usbId } from './known.js';
import type { UsbSelection } from './usb-port.js';
import type { FoundController } from './usb-transport.js';

/** `1-2.3`: bus, then the ports from the root hub down to the device. */
export function locationOf({ bus, ports }: UsbDescription): string {
  return `${bus}-${ports.length === 0 ? 0 : ports.join('.')}`;
}

/** By where they are plugged in: bus, then port by port. The order stays the same from one start to the next. */
export function byLocation(a: UsbDevice, b: UsbDevice): number {
  const one = a.description;
  const other = b.description;
  if (one.bus !== other.bus) return one.bus - other.bus;
  for (let i = 0; i < Math.max(one.ports.length, other.ports.length); i++) {
    const difference = (one.ports[i] ?? -1) - (other.ports[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return one.address - other.address;
}

/** The controllers among the devices, in the order in which `usb:0`, `usb:1`… count them. */
export function controllersOf(bus: UsbBus): FoundController[] {
  return bus
    .devices()
    .sort(byLocation)
    .flatMap((device) => {
      const hci = findHciFunction(device.description);
      return hci ? [{ device, hci }] : [];
    });
}

/**
 * The controller that a port string means.
 * @throws {TransportError} `PORT_NOT_FOUND` when there is none, `PORT_SPEC` when it could be several
 */
export async function chooseController(
  name: string,
  bus: UsbBus,
  selection: UsbSelection,
): Promise<FoundController> {
  const controllers = controllersOf(bus);
  const { index, vendorId, location, serialNumber } = selection;
  const named = vendorId !== undefined || location !== undefined;
  let matching = named ? namedDevices(bus, selection) : controllers;
  if (named && matching.length === 0) throw notThere(name, bus, selection, controllers);
  let unreadable = 0;
  if (serialNumber !== undefined) {
    const strings = await Promise.all(matching.map(({ device }) => device.strings()));
    unreadable = strings.filter((one) => one.serialNumber === undefined).length;
    matching = matching.filter((_, i) => strings[i]!.serialNumber === serialNumber);
  }
  if (index !== undefined) matching = matching.slice(index, index + 1);
  const [found, ...others] = matching;
  if (!found) {
    const reason =
      serialNumber === undefined
        ? index === undefined || controllers.length === 0
          ? 'there is no Bluetooth controller on USB'
          : `there is no controller number ${index} on USB, counted from 0`
        : `there is no such controller with the serial number ${JSON.stringify(serialNumber)}${unreadable > 0 ? ` (of ${unreadable} it cannot be read)` : ''}`;
    throw new TransportError(`${name}: ${reason}. ${await whatThereIs(bus, controllers)}`, 'PORT_NOT_FOUND');
  }
  if (others.length > 0) {
    throw new TransportError(
      `${name}: ${matching.length} controllers match. Name one of them: ${await listed(matching)}`,
      'PORT_SPEC',
    );
  }
  return found;
}

/** Devices with the given identifiers or at the given place that have HCI, of whatever class. */
function namedDevices(bus: UsbBus, { vendorId, productId, location }: UsbSelection): FoundController[] {
  return bus
    .devices()
    .sort(byLocation)
    .flatMap((device) => {
      const { description } = device;
      if (location !== undefined && locationOf(description) !== location) return [];
      if (
        vendorId !== undefined &&
        (description.vendorId !== vendorId || description.productId !== productId)
      )
        return [];
      const hci = findHciFunction(description, true);
      return hci ? [{ device, hci }] : [];
    });
}

function notThere(
  name: string,
  bus: UsbBus,
  { vendorId, productId, location }: UsbSelection,
  controllers: readonly FoundController[],
): TransportError {
  const what = location === undefined ? usbId(vendorId!, productId!) : `at ${location}`;
  const present = bus
    .devices()
    .find(({ description }) =>
      location === undefined
        ? description.vendorId === vendorId && description.productId === productId
        : locationOf(description) === location,
    );
  const others = controllers.map(({ device }) => summary(device.description, {})).join('; ');
  const there = others === '' ? 'There is no Bluetooth controller on USB' : `Controllers: ${others}`;
  const reason = present
    ? `the device ${what} is there, but ${notHci(present.description)}`
    : `there is no USB device ${what}. Is it plugged in, with a cable that has data lines?`;
  return new TransportError(`${name}: ${reason} ${there}`, 'PORT_NOT_FOUND');
}

function notHci(description: UsbDescription): string {
  if (description.problem !== undefined) return `its descriptors cannot be read (${description.problem}).`;
  if (promisesBluetooth(description))
    return 'its Bluetooth interface lacks one of the endpoints for events and data. It may be in its boot loader, or broken.';
  const classes = [...new Set(description.interfaces.map(({ classCode }) => hexCode(classCode)))];
  const serial = classes.includes('0x02')
    ? ' It has a serial port, which may carry HCI: see bluewire ports.'
    : '';
  return `it has no HCI interface (class 0xE0/01/01), but ${classes.length === 0 ? 'none at all' : `class ${classes.join(', ')}`}.${serial}`;
}

async function whatThereIs(bus: UsbBus, controllers: readonly FoundController[]): Promise<string> {
  if (controllers.length > 0) return `There are: ${await listed(controllers)}`;
  const devices = bus.devices();
  const broken = devices.filter(({ description }) => promisesBluetooth(description));
  if (broken.length > 0) {
    const names = broken.map(({ description }) => `${summary(description, {})}, but ${notHci(description)}`);
    return `There is ${names.join('; ')}`;
  }
  return devices.length === 0
    ? 'No USB device can be seen at all: is this a container or a virtual machine that was given none?'
    : `${devices.length} other USB ${devices.length === 1 ? 'device is' : 'devices are'} there. Is the controller plugged in, and does it have firmware that speaks HCI over USB (not over a serial port)?`;
}

async function listed(controllers: readonly FoundController[]): Promise<string> {
  const lines = await Promise.all(
    controllers.map(async ({ device }) => summary(device.description, await device.strings())),
  );
  return lines.join('; ');
}

/** `usb:1-2 (2fe3:000b Zephyr hci_usb, serial 0123)` */
function summary(description: UsbDescription, { product, serialNumber }: UsbStrings): string {
  const { vendorId, productId } = description;
  const name = product ?? knownController(vendorId, productId).name;
  const serial = serialNumber === undefined ? '' : `, serial ${serialNumber}`;
  return `usb:${locationOf(description)} (${usbId(vendorId, productId)} ${name}${serial})`;
}
