import { type BoardProfile, boardOf } from '../hci/transport/boards.js';
import {
  kernelControllers,
  listPorts,
  type Machine,
  type PresentPort,
} from '../hci/transport/node/port-list.js';
import type { UsbControllerInfo } from '../hci/transport/node/usb.js';
import { portText } from '../hci/transport/port-text.js';
import { printable } from './output.js';

/** What lists the controllers on USB. */
export type UsbLister = () => Promise<readonly UsbControllerInfo[]>;

/** The controllers on USB; few commands look at it: its code is loaded here. */
export async function usbControllers(): Promise<readonly UsbControllerInfo[]> {
  return (await import('../hci/transport/node/usb.js')).listUsbControllers();
}

/** A row of `bluewire ports`, as `--json` prints it. */
export interface PortRow {
  /** What to give to `--port`; `null` for what bluewire cannot open. */
  readonly port: string | null;
  readonly path: string;
  readonly what: string;
  readonly board: string;
  /** `hci`, `maybe` or `no`. */
  readonly controller: BoardProfile['hci'];
  readonly state: string;
  readonly advice: string;
  readonly usb: string | null;
  readonly serialNumber: string | null;
}

const order = ['hci', 'maybe', 'no'];

/**
 * What is attached, what is most likely a controller first.
 * @param tell is told why USB could not be looked at
 */
export async function portRows(
  machine: Machine,
  listUsb: UsbLister,
  tell: (message: string) => Promise<void>,
): Promise<PortRow[]> {
  const usb = await usbRows(listUsb, tell);
  const rows = [
    ...(await listPorts(machine)).map((port) => rowOf(port, machine)),
    ...usb.rows,
    // What is told with its USB port is not told twice.
    ...kernelRows(machine).filter(({ path }) => !usb.kernelNames.includes(path)),
  ];
  return rows.sort(
    (a, b) => order.indexOf(a.controller) - order.indexOf(b.controller) || (a.path < b.path ? -1 : 1),
  );
}

function rowOf(port: PresentPort, machine: Machine): PortRow {
  const board = boardOf(port);
  const names = [board.name, port.product ?? port.friendlyName].filter((name) => name !== undefined);
  return {
    port: board.hci === 'no' ? null : portText(port.path, board),
    path: port.path,
    what: names.join(': '),
    board: board.id,
    controller: board.hci,
    state: stateOf(port, board, machine),
    advice: board.note,
    usb: port.vendorId === undefined ? null : `${port.vendorId}:${port.productId}`,
    serialNumber: port.serialNumber ?? null,
  };
}

function stateOf(
  { holder, permitted, group }: PresentPort,
  { hci }: BoardProfile,
  { platform }: Machine,
): string {
  if (holder) return `In use by ${holder.name} (pid ${holder.pid}): end it first`;
  if (!permitted) {
    if (platform !== 'linux') return 'No permission to open it';
    return group === undefined
      ? 'No permission: add yourself to the group dialout (uucp on Arch), and log in again'
      : `No permission: it belongs to the group ${printable(group)}: sudo usermod -aG ${printable(group)} $USER, and log in again`;
  }
  if (hci === 'no') return 'No controller';
  return hci === 'hci' ? 'A controller, free' : 'Free';
}

/** The controllers on USB; without the optional package there are none to be seen, which is said. */
async function usbRows(
  listUsb: UsbLister,
  tell: (message: string) => Promise<void>,
): Promise<{ rows: PortRow[]; kernelNames: (string | undefined)[] }> {
  let controllers: readonly UsbControllerInfo[];
  try {
    controllers = await listUsb();
  } catch (error) {
    await tell(`USB controllers are not listed: ${error instanceof Error ? error.message : String(error)}`);
    return { rows: [], kernelNames: [] };
  }
  return { rows: controllers.map(usbRow), kernelNames: controllers.map(({ kernelName }) => kernelName) };
}

function usbRow(info: UsbControllerInfo): PortRow {
  const { holder, permitted, kernelName } = info;
  const state = holder
    ? `In use by ${holder.name} (pid ${holder.pid}): end it first`
    : !permitted
      ? `No permission: opening it says which udev rule is wanted`
      : kernelName !== undefined
        ? `BlueZ has it as ${kernelName}: sudo hciconfig ${kernelName} down; opening it takes it away`
        : 'A controller, free';
  return {
    port: info.port,
    path: info.location,
    what: [info.name, info.product].filter((name) => name !== undefined).join(': '),
    board: 'usb',
    controller: 'hci',
    state,
    advice: info.note,
    usb: `${info.vendorId}:${info.productId}`,
    serialNumber: info.serialNumber ?? null,
  };
}

function kernelRows(machine: Machine): PortRow[] {
  return kernelControllers(machine).map(({ name, address, driver, vendorId, productId }) => ({
    port: null,
    path: name,
    what: `Bluetooth controller ${address ?? ''} of the Linux kernel`.replace('  ', ' '),
    board: 'kernel',
    controller: 'no' as const,
    state: `BlueZ has it (driver ${driver ?? 'unknown'})`,
    advice:
      driver === 'btusb' && vendorId !== undefined
        ? `To use it here: sudo hciconfig ${name} down, then --port usb:${vendorId}:${productId}`
        : `To use its serial port here, detach it from BlueZ first (btattach, hciattach): sudo hciconfig ${name} down`,
    usb: vendorId === undefined ? null : `${vendorId}:${productId}`,
    serialNumber: null,
  }));
}
