import { type BoardProfile, boardOf } from '../../hci/transport/boards.js';
import {
  kernelControllers,
  listPorts,
  type Machine,
  type PresentPort,
  thisMachine,
} from '../../hci/transport/node/port-list.js';
import type { UsbControllerInfo } from '../../hci/transport/node/usb.js';
import { portText } from '../../hci/transport/port-text.js';
import type { Command, CommandContext } from '../command.js';
import { type Output, printable } from '../output.js';

/** USB is looked at by this command alone: its code is loaded here. */
async function usbControllers(): Promise<readonly UsbControllerInfo[]> {
  return (await import('../../hci/transport/node/usb.js')).listUsbControllers();
}

/** A row of `bluewire ports`, as `--json` prints it. */
interface Row {
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

/** `bluewire ports`: what is attached, and what it probably is. */
export function portsCommand(
  machine: Machine = thisMachine,
  listUsb: () => Promise<readonly UsbControllerInfo[]> = usbControllers,
): Command {
  return {
    name: 'ports',
    summary: 'list what is attached, and what it probably is',
    description:
      'Lists the serial ports and controllers that are attached: what to give to --port, what\n' +
      'it probably is, whether it can be opened, and what to know of it.',
    options: { all: { help: 'also ports that are surely no controllers: modems, phones, GPS receivers' } },
    async run(context: CommandContext): Promise<void> {
      await print(context, machine, listUsb);
    },
  };
}

async function print(
  { options, output }: CommandContext,
  machine: Machine,
  listUsb: () => Promise<readonly UsbControllerInfo[]>,
): Promise<void> {
  const usb = await usbRows(listUsb, output);
  const rows = [
    ...(await listPorts(machine)).map((port) => rowOf(port, machine)),
    ...usb.rows,
    // What is told with its USB port is not told twice.
    ...kernelRows(machine).filter(({ path }) => !usb.kernelNames.includes(path)),
  ];
  rows.sort(
    (a, b) => order.indexOf(a.controller) - order.indexOf(b.controller) || (a.path < b.path ? -1 : 1),
  );
  // What is nearly right is worth a word: the wrong firmware, a controller that somebody else has.
  const isWanted = ({ controller, board }: Row) => controller !== 'no' || /^(nordic|kernel)/.test(board);
  const shown = options.has('all') ? rows : rows.filter(isWanted);
  for (const row of shown) {
    if (options.has('json')) await output.json(row);
    else {
      await output.line(`${output.emphasise(row.port ?? row.path, 'bold')}  ${printable(row.what)}`);
      await output.line(`    ${[row.state, row.advice].filter((part) => part !== '').join('. ')}`);
    }
  }
  const left = rows.length - shown.length;
  if (left > 0 && !options.has('json'))
    await output.note(
      `${left} ${left === 1 ? 'port is' : 'ports are'} surely no controller (--all shows them)`,
    );
  // A port of the computer's own is there whether or not something is plugged in.
  if (!rows.some(({ usb, board }) => usb !== null && board !== 'kernel') && !options.has('json')) {
    await output.note(
      `nothing ${rows.length === 0 ? 'is' : 'else is'} attached. ` +
        'Is it plugged in, with a cable that has data lines (not one for charging only)? ' +
        `${machine.platform === 'win32' ? 'Does the device manager show it without a warning (driver)?' : 'Does its light go on?'} ` +
        'Without hardware, virtual: is always there',
    );
  }
}

function rowOf(port: PresentPort, machine: Machine): Row {
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
  listUsb: () => Promise<readonly UsbControllerInfo[]>,
  output: Output,
): Promise<{ rows: Row[]; kernelNames: (string | undefined)[] }> {
  let controllers: readonly UsbControllerInfo[];
  try {
    controllers = await listUsb();
  } catch (error) {
    await output.diagnostic(
      `USB controllers are not listed: ${error instanceof Error ? error.message : String(error)}`,
    );
    return { rows: [], kernelNames: [] };
  }
  return { rows: controllers.map(usbRow), kernelNames: controllers.map(({ kernelName }) => kernelName) };
}

function usbRow(info: UsbControllerInfo): Row {
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

function kernelRows(machine: Machine): Row[] {
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
