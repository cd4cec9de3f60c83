import { join } from 'node:path';
import type { TransportFactory } from '../scheme.js';
import { explainUsb, refusePlatform } from '../usb/advice.js';
import { chooseController, controllersOf, locationOf } from '../usb/choose.js';
import type { UsbBus, UsbDescription, UsbStrings } from '../usb/device.js';
import { hex4, knownController, usbId } from '../usb/known.js';
import { usbSelection } from '../usb/usb-port.js';
import { type FoundController, UsbTransport } from '../usb/usb-transport.js';
import { holderOf, kernelControllers, type SystemFiles, thisMachine } from './port-list.js';
import { packageBus } from './usb-device.js';
import { type LibusbModule, loadUsb } from './usb-package.js';

/** What of the machine USB needs: replaced in tests. */
export interface UsbMachine extends SystemFiles {
  /** Loads the package `usb`. */
  readonly loadUsb?: (() => LibusbModule) | undefined;
}

/** A controller on USB, as it is found without opening it. */
export interface UsbControllerInfo {
  /** What to give to `--port`: `usb:2fe3:000b`, with the serial number or the place where there are two alike. */
  readonly port: string;
  /** Four hexadecimal digits, in lower case. */
  readonly vendorId: string;
  readonly productId: string;
  readonly manufacturer: string | undefined;
  readonly product: string | undefined;
  readonly serialNumber: string | undefined;
  /** What the identifiers say that it is. */
  readonly name: string;
  /** What to know of it, a sentence; or nothing. */
  readonly note: string;
  /** The class triple of the interface that HCI is spoken at, `e0/01/01`. */
  readonly class: string;
  readonly bus: number;
  readonly address: number;
  /** Where it is plugged in: `1-2.3`. */
  readonly location: string;
  /** Whether this user may open it; true where that is not known beforehand. */
  readonly permitted: boolean;
  /** The kernel's name for it where the kernel uses it for BlueZ: `hci0`. Opening takes it away from there. */
  readonly kernelName: string | undefined;
  /** The process that has it open, where that can be seen. */
  readonly holder: { readonly pid: number; readonly name: string } | undefined;
}

/** What {@link watchUsb} tells. */
export interface UsbChange {
  readonly type: 'attached' | 'detached';
  readonly controller: UsbControllerInfo;
}

/** `usb:…`; see `usbForm` of usb-port.ts. */
export const usbFactory: TransportFactory = usbFactoryOn(thisMachine);

/** The same on another machine, for tests. */
export function usbFactoryOn(machine: UsbMachine): TransportFactory {
  return {
    create(port, { clock }) {
      const selection = usbSelection(port);
      return new UsbTransport(port.text, {
        clock,
        find: async () => {
          refusePlatform(port.text, machine.platform);
          return chooseController(port.text, busOf(port.text, machine), selection);
        },
        explain: ({ description }, error) =>
          explainUsb(port.text, description, error, {
            platform: machine.platform,
            kernelName: kernelNameOf(description, machine),
            holder: holderOf(nodeOf(description), machine),
          }),
      });
    },
  };
}

/**
 * The HCI controllers on USB, in the order in which `usb:0`, `usb:1`… count them. None is opened, except to read its names
 * where the system does not tell them (Windows).
 * @throws {TransportError} `PORT_UNSUPPORTED` when the package `usb` is not installed
 */
export async function listUsbControllers(machine: UsbMachine = thisMachine): Promise<UsbControllerInfo[]> {
  return listOn(busOf('usb:', machine), machine);
}

/**
 * Follows the HCI controllers on USB: calls `listener` for those that are there, and then each time that one is plugged in or
 * out. Resolves when those that are there have been told.
 * @returns a function that ends it
 * @throws {TransportError} `PORT_UNSUPPORTED` when the package `usb` is not installed
 */
export async function watchUsb(
  listener: (change: UsbChange) => void,
  machine: UsbMachine = thisMachine,
): Promise<() => void> {
  const bus = busOf('usb:', machine);
  let present = new Map<string, UsbControllerInfo>();
  let ended = false;
  let work: Promise<void> = Promise.resolve();
  const look = async () => {
    const now = new Map<string, UsbControllerInfo>();
    for (const info of await listOn(bus, machine)) now.set(`${info.bus}/${info.address}`, info);
    const before = present;
    present = now;
    for (const [key, controller] of before)
      if (!now.has(key) && !ended) listener({ type: 'detached', controller });
    for (const [key, controller] of now)
      if (!before.has(key) && !ended) listener({ type: 'attached', controller });
  };
  // One look after the other: reading names takes time.
  const unwatch = bus.watch(() => {
    work = work.then(look);
  });
  work = work.then(look);
  await work;
  return () => {
    ended = true;
    unwatch();
  };
}

async function listOn(bus: UsbBus, machine: UsbMachine): Promise<UsbControllerInfo[]> {
  const controllers = controllersOf(bus);
  const strings: UsbStrings[] = [];
  for (const { device } of controllers) strings.push(await device.strings());
  return controllers.map((controller, i) =>
    infoOf(controller, strings[i]!, { controllers, strings, machine }),
  );
}

interface Listing {
  readonly controllers: readonly FoundController[];
  readonly strings: readonly UsbStrings[];
  readonly machine: UsbMachine;
}

function infoOf({ device, hci }: FoundController, own: UsbStrings, listing: Listing): UsbControllerInfo {
  const { description } = device;
  const { vendorId, productId, bus, address } = description;
  const { machine } = listing;
  const { name, note } = knownController(vendorId, productId);
  const node = nodeOf(description);
  return {
    port: portOf(description, own, listing),
    vendorId: hex4(vendorId),
    productId: hex4(productId),
    manufacturer: own.manufacturer,
    product: own.product,
    serialNumber: own.serialNumber,
    name,
    note,
    class: hci.vendorClass ? 'ff/01/01' : 'e0/01/01',
    bus,
    address,
    location: locationOf(description),
    permitted: machine.platform !== 'linux' || machine.mayOpen(node),
    kernelName: kernelNameOf(description, machine),
    holder: holderOf(node, machine),
  };
}

/** The shortest port string that means this controller and no other one. */
function portOf(description: UsbDescription, own: UsbStrings, { controllers, strings }: Listing): string {
  const id = usbId(description.vendorId, description.productId);
  const alike = controllers.flatMap(({ device }, i) =>
    usbId(device.description.vendorId, device.description.productId) === id ? [strings[i]!] : [],
  );
  if (alike.length === 1) return `usb:${id}`;
  const { serialNumber } = own;
  const same = alike.filter((one) => one.serialNumber === serialNumber);
  return serialNumber !== undefined && same.length === 1
    ? `usb:${id}/${encodeURIComponent(serialNumber)}`
    : `usb:${locationOf(description)}`;
}

function busOf(name: string, machine: UsbMachine): UsbBus {
  const module = loadUsb(name, machine.platform, machine.loadUsb);
  return packageBus(module, (description) => stringsOf(description, machine));
}

/** Linux tells the names of a device to everybody; on macOS none is opened for them. */
function stringsOf(description: UsbDescription, machine: UsbMachine): UsbStrings | undefined {
  if (machine.platform === 'darwin') return {};
  if (machine.platform !== 'linux') return undefined;
  const folder = join('/sys/bus/usb/devices', locationOf(description));
  if (machine.read(join(folder, 'idVendor')) === undefined) return undefined;
  return {
    manufacturer: machine.read(join(folder, 'manufacturer')),
    product: machine.read(join(folder, 'product')),
    serialNumber: machine.read(join(folder, 'serial')),
  };
}

/** Where Linux has a device as a file. */
function nodeOf({ bus, address }: UsbDescription): string {
  const three = (value: number) => String(value).padStart(3, '0');
  return `/dev/bus/usb/${three(bus)}/${three(address)}`;
}

function kernelNameOf(description: UsbDescription, machine: UsbMachine): string | undefined {
  const folder = `/${locationOf(description)}:`;
  return kernelControllers(machine).find(({ name }) =>
    machine.realPath(join('/sys/class/bluetooth', name, 'device'))?.includes(folder),
  )?.name;
}
