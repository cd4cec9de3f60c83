import { type Machine, thisMachine } from '../../hci/transport/node/port-list.js';
import type { Command, CommandContext } from '../command.js';
import { printable } from '../output.js';
import { type PortRow, portRows, type UsbLister, usbControllers } from '../port-rows.js';

/** `bluewire ports`: what is attached, and what it probably is. */
export function portsCommand(machine: Machine = thisMachine, listUsb: UsbLister = usbControllers): Command {
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
  listUsb: UsbLister,
): Promise<void> {
  const rows = await portRows(machine, listUsb, (message) => output.diagnostic(message));
  // What is nearly right is worth a word: the wrong firmware, a controller that somebody else has.
  const isWanted = ({ controller, board }: PortRow) => controller !== 'no' || /^(nordic|kernel)/.test(board);
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
