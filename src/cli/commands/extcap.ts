import type { Writable } from 'node:stream';
import type { Clock } from '../../core/clock.js';
import { type Machine, thisMachine } from '../../hci/transport/node/port-list.js';
import { parsePort } from '../../hci/transport/port.js';
import type { Command, CommandContext } from '../command.js';
import type { InstallPlace } from '../extcap/install.js';
import { portRows, type UsbLister, usbControllers } from '../port-rows.js';

/** What of the machine the command works with: replaced in tests. */
export interface ExtcapMachine {
  readonly ports: Machine;
  readonly listUsb: UsbLister;
  open(path: string, clock: Clock, signal: AbortSignal): Promise<Writable>;
  place(): Promise<InstallPlace>;
}

const here: ExtcapMachine = {
  ports: thisMachine,
  listUsb: usbControllers,
  open: async (path, clock, signal) => (await import('../extcap/fifo.js')).openFifo(path, clock, signal),
  place: async () => (await import('../extcap/install.js')).thisPlace(),
};

const LISTEN = 'tcp-server:127.0.0.1:6402';

/** `bluewire extcap`: live capture in Wireshark. */
export function extcapCommand(machine: ExtcapMachine = here): Command {
  return {
    name: 'extcap',
    summary: 'capture live in Wireshark: what Wireshark calls',
    description:
      "Speaks Wireshark's extcap protocol: every port of `bluewire ports`, and virtual:, becomes an\n" +
      'interface of Wireshark and tshark. --install makes them known to it; the rest Wireshark says\n' +
      'itself. An interface opens its controller and scans; or, with --mode bridge, lets another\n' +
      'host use the controller while Wireshark looks on. docs/wireshark.md tells more.',
    options: {
      install: { help: "write a wrapper into the user's extcap folders, and say where" },
      mode: { value: 'MODE', help: 'scan, or bridge: another host uses the controller [scan]' },
      scan: { value: 'HOW', help: 'active, passive or off, of the mode scan [active]' },
      listen: { value: 'PORT', help: `where the other host connects, of the mode bridge [${LISTEN}]` },
      'with-keys': { help: 'keep long-term and identity keys, which are zeroed otherwise' },
      fifo: { value: 'PATH', help: 'the pipe to write pcapng to' },
      'extcap-version': { value: 'VERSION', help: "Wireshark's; empty asks for this program's" },
      'extcap-interfaces': { help: 'list the interfaces' },
      'extcap-interface': { value: 'NAME', help: 'the interface that the call is about' },
      'extcap-dlts': { help: 'list its link types' },
      'extcap-config': { help: 'list its options' },
      'extcap-capture': { help: 'capture (Wireshark calls it --capture)' },
      'extcap-capture-filter': { value: 'FILTER', help: 'passed over: Wireshark filters itself' },
      'extcap-reload-option': { value: 'OPTION', help: 'passed over: no option has values to reload' },
      'extcap-cleanup-postkill': { help: 'passed over: nothing is left behind' },
    },
    run: (context) => run(context, machine),
  };
}

async function run(context: CommandContext, machine: ExtcapMachine): Promise<void> {
  const { options, output } = context;
  if (options.has('install')) {
    const { install } = await import('../extcap/install.js');
    for (const path of install(await machine.place())) await output.line(path);
    await output.note('Wireshark lists the interfaces the next time it starts');
    return;
  }
  const say = async (lines: readonly string[]) => {
    for (const line of lines) await output.line(line);
  };
  const sentences = await import('../extcap/sentences.js');
  if (options.has('extcap-interfaces')) {
    const rows = await portRows(machine.ports, machine.listUsb, (message) => output.diagnostic(message));
    return say(sentences.interfaceSentences(context.version, rows));
  }
  const name = options.text('extcap-interface');
  if (name === undefined) {
    if (options.text('extcap-version') === '') return say([sentences.versionSentence(context.version)]);
    throw options.wrong(
      '--extcap-interface is missing: bluewire extcap --extcap-interfaces lists what there is',
    );
  }
  const listed = sentences.portOfInterface(name);
  if (listed === undefined) throw options.wrong(`--extcap-interface ${name}: bluewire:PORT is wanted`);
  if (options.has('extcap-reload-option') || options.has('extcap-cleanup-postkill')) return;
  if (options.has('extcap-dlts')) return say(sentences.dltSentences);
  if (options.has('extcap-config')) return say(sentences.configSentences);
  if (!options.has('extcap-capture'))
    throw options.wrong('one of --extcap-dlts, --extcap-config and --capture is wanted');
  await capture(listed, context, machine);
}

async function capture(listed: string, context: CommandContext, machine: ExtcapMachine): Promise<void> {
  const { options } = context;
  const fifo = options.text('fifo');
  if (!fifo) throw options.wrong('--capture wants --fifo PATH');
  const mode = options.oneOf('mode', ['scan', 'bridge'], 'scan');
  const scan = options.oneOf('scan', ['active', 'passive', 'off'], 'active');
  const port = options.text('port') || listed;
  const listen = mode === 'bridge' ? options.text('listen') || LISTEN : undefined;
  // A wrong port is told before Wireshark's pipe is opened.
  for (const text of [port, listen]) if (text !== undefined) parsePort(text);
  const { captureTo } = await import('../extcap/capture.js');
  await captureTo(
    (clock, signal) => machine.open(fifo, clock, signal),
    { port, listen, scan, keys: options.has('with-keys') },
    context,
  );
}
