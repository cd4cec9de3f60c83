import {
  accessSync,
  constants,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PortInfo } from '../boards.js';
import { load } from './require.js';

/** What of the machine is looked at: replaced in tests by what was recorded. */
export interface Machine {
  readonly platform: string;
  /** What `SerialPort.list()` of the serialport package gives. */
  listSerialPorts(): Promise<readonly ListedPort[]>;
  /** The text of a file, without white space at its ends; `undefined` when it cannot be read. */
  read(path: string): string | undefined;
  /** The names in a folder; none when it is not there. */
  names(path: string): readonly string[];
  /** Where a path really leads; `undefined` when nowhere. */
  realPath(path: string): string | undefined;
  /** Whether this user may read and write it. */
  mayOpen(path: string): boolean;
  /** The number of the group that a file belongs to. */
  group(path: string): number | undefined;
  /** Where a link points; `undefined` when it is none, or may not be read. */
  link(path: string): string | undefined;
}

/** What is looked at of the system's files: all that USB needs too. */
export type SystemFiles = Pick<Machine, 'platform' | 'read' | 'names' | 'realPath' | 'mayOpen' | 'link'>;

/** A port as serialport lists it. */
export interface ListedPort {
  readonly path: string;
  readonly manufacturer?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly pnpId?: string | undefined;
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  readonly friendlyName?: string | undefined;
}

/** A serial port with its state. */
export interface PresentPort extends PortInfo {
  /** Whether this user may open it; true where that is not known beforehand. */
  readonly permitted: boolean;
  /** Of a port that may not be opened: the name of the group whose members may, where the system tells. */
  readonly group?: string | undefined;
  /** The process that holds it, where that can be seen. */
  readonly holder: { readonly pid: number; readonly name: string } | undefined;
}

const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

/** The machine that this runs on. */
export const thisMachine: Machine = {
  platform: process.platform,
  async listSerialPorts() {
    const { SerialPort } = load<typeof import('serialport')>('serialport');
    return SerialPort.list();
  },
  read: (path) => attempt(() => readFileSync(path, 'utf8').trim()),
  names: (path) => attempt(() => readdirSync(path)) ?? [],
  realPath: (path) => attempt(() => realpathSync(path)),
  mayOpen: (path) => attempt(() => accessSync(path, constants.R_OK | constants.W_OK) ?? true) === true,
  group: (path) => attempt(() => statSync(path).gid),
  link: (path) => attempt(() => readlinkSync(path)),
};

/**
 * What Linux tells of one port, by /sys alone: cheap enough for every opening. On other systems, and for what is no port of
 * a device (a pseudo-terminal), only the path.
 */
export function portInfoOf(path: string, machine: Machine = thisMachine): PortInfo {
  if (machine.platform !== 'linux') return { path };
  const real = machine.realPath(path) ?? path;
  const device = machine.realPath(join('/sys/class/tty', basename(real), 'device'));
  if (device === undefined) return { path: real };
  // The USB device is a few folders above the port: the first one with a vendor.
  let folder = device;
  for (let up = 0; up < 6 && folder.length > 1; up++) {
    const vendorId = machine.read(join(folder, 'idVendor'));
    if (vendorId !== undefined) {
      return {
        path: real,
        vendorId,
        productId: machine.read(join(folder, 'idProduct')),
        manufacturer: machine.read(join(folder, 'manufacturer')),
        product: machine.read(join(folder, 'product')),
        serialNumber: machine.read(join(folder, 'serial')),
      };
    }
    folder = dirname(folder);
  }
  return { path: real };
}

/** Names of serial ports in /sys/class/tty, as serialport picks them too. */
const SERIAL_NAME = /^tty(S|WCH|ACM|USB|AMA|MFD|O|XRUSB)\d/;

/**
 * What serialport lists. On Linux it asks `udevadm`, which containers and small systems lack: there the ports of
 * /sys/class/tty are taken, of which /sys tells the same.
 */
async function listedPorts(machine: Machine): Promise<readonly ListedPort[]> {
  try {
    return await machine.listSerialPorts();
  } catch (error) {
    if (machine.platform !== 'linux') throw error;
    const names = machine.names('/sys/class/tty').filter((name) => SERIAL_NAME.test(name));
    return names.sort().map((name) => ({ path: `/dev/${name}` }));
  }
}

/** Linux makes /dev/ttyS0 to ttyS31 whether or not a chip is there; the type of those without is 0. */
function hasChip(path: string, machine: Machine): boolean {
  const name = basename(path);
  return !/^ttyS\d+$/.test(name) || machine.read(join('/sys/class/tty', name, 'type')) !== '0';
}

/**
 * The serial ports that are attached.
 * @throws what the serialport package throws where it cannot list
 */
export async function listPorts(machine: Machine = thisMachine): Promise<PresentPort[]> {
  const all = await listedPorts(machine);
  const listed = machine.platform === 'linux' ? all.filter(({ path }) => hasChip(path, machine)) : all;
  // macOS lists each port twice: tty.… waits for a carrier, cu.… is the one to open, and is made of it here.
  return listed.map((port) => {
    const fromSys = machine.platform === 'linux' ? definedOf(portInfoOf(port.path, machine)) : {};
    const path = machine.platform === 'darwin' ? port.path.replace('/dev/tty.', '/dev/cu.') : port.path;
    const permitted = machine.platform === 'win32' || machine.mayOpen(path);
    return {
      ...definedOf(port),
      ...identifiersOf(port),
      ...fromSys,
      path,
      permitted,
      group: permitted ? undefined : groupOf(path, machine),
      holder: holderOf(path, machine),
    };
  });
}

/**
 * The identifiers in lower case. Windows writes them in capitals, and tells some only in the name of the device
 * instance, from which serialport does not take them.
 */
function identifiersOf({ vendorId, productId, pnpId }: ListedPort): Partial<PortInfo> {
  const match = /VID[_+]([0-9A-F]{4})[&+]PID[_+]([0-9A-F]{4})/i.exec(pnpId ?? '');
  return definedOf({
    vendorId: (vendorId ?? match?.[1])?.toLowerCase(),
    productId: (productId ?? match?.[2])?.toLowerCase(),
  });
}

function definedOf<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}

/** The name of the group that a port belongs to; not of root's, which nobody should join for a port. */
function groupOf(path: string, machine: Machine): string | undefined {
  const gid = machine.group(path);
  if (gid === undefined || gid === 0) return undefined;
  const fields = machine
    .read('/etc/group')
    ?.split('\n')
    .map((line) => line.split(':'));
  return fields?.find(([, , number]) => number === String(gid))?.[0];
}

/** The process that has a port open, as far as this user may see it: Linux, by /proc. */
export function holderOf(
  path: string,
  machine: SystemFiles = thisMachine,
): { pid: number; name: string } | undefined {
  if (machine.platform !== 'linux') return undefined;
  const real = machine.realPath(path) ?? path;
  for (const pid of machine.names('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const folder = join('/proc', pid, 'fd');
    for (const fd of machine.names(folder)) {
      if (machine.link(join(folder, fd)) === real)
        return { pid: Number(pid), name: machine.read(join('/proc', pid, 'comm')) ?? 'a process' };
    }
  }
  return undefined;
}

/** A controller that the kernel of Linux itself uses: `hci0`. */
export interface KernelController {
  readonly name: string;
  readonly address: string | undefined;
  /** The kernel's driver, as `btusb`. */
  readonly driver: string | undefined;
  readonly vendorId: string | undefined;
  readonly productId: string | undefined;
}

/** The controllers that Linux has taken for BlueZ. */
export function kernelControllers(machine: SystemFiles = thisMachine): KernelController[] {
  if (machine.platform !== 'linux') return [];
  return machine.names('/sys/class/bluetooth').map((name) => {
    const device = machine.realPath(join('/sys/class/bluetooth', name, 'device'));
    const driver = device && machine.realPath(join(device, 'driver'));
    // The device is an interface of the USB device above it.
    const usb = device && dirname(device);
    return {
      name,
      address: machine.read(join('/sys/class/bluetooth', name, 'address')),
      driver: driver === undefined ? undefined : basename(driver),
      vendorId: usb && machine.read(join(usb, 'idVendor')),
      productId: usb && machine.read(join(usb, 'idProduct')),
    };
  });
}
