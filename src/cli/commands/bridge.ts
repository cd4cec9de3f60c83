import { sleep } from '../../core/clock.js';
import { raceAbort } from '../../core/mutex.js';
import { type BridgeCounts, bridge } from '../../hci/bridge.js';
import { createTransport } from '../../hci/transport/registry.js';
import type { Command, CommandContext } from '../command.js';

/** Milliseconds between two tries with `--reconnect`. */
const AGAIN_MS = 1000;

/** `bluewire bridge`: two ports become one. */
export const bridgeCommand: Command = {
  name: 'bridge',
  summary: 'join two ports: a dongle here, a stack elsewhere',
  description:
    'Passes every HCI packet from port A to port B and back, untouched, until one of them\n' +
    'is gone or Ctrl-C. A port that listens (tcp-server:, unix-server:, ws-server:) waits for\n' +
    'its peer:\n\n' +
    '  bluewire bridge serial:/dev/ttyACM0 tcp-server:127.0.0.1:6402',
  operands: ['A', 'B'],
  options: {
    reconnect: { help: 'when a side is gone, open both anew, and go on until Ctrl-C' },
  },
  async run(context: CommandContext): Promise<void> {
    const { options, output, clock, signal } = context;
    for (const name of ['port', 'baud', 'rtscts']) {
      if (options.has(name))
        throw options.wrong(`bridge takes its two ports, with their options, as A and B, not by --${name}`);
    }
    if (options.has('capture'))
      throw options.wrong(
        'bridge does not record: --capture is for the commands that run on the bridged port',
      );
    for (;;) {
      try {
        await once(context);
        signal.throwIfAborted();
        return;
      } catch (error) {
        if (signal.aborted || !options.has('reconnect')) throw error;
        await output.note(
          `bluewire: ${error instanceof Error ? error.message : String(error)}. Opening both again`,
        );
        await raceAbort(sleep(clock, AGAIN_MS), signal);
      }
    }
  },
};

async function once({ operands, output, options, clock, random, signal }: CommandContext): Promise<void> {
  const [a, b] = await Promise.all(operands.map((port) => createTransport(port, { clock, random })));
  const counts = await bridge(a!, b!, {
    signal,
    onDiagnostic: (_name, { kind, message }) =>
      void (kind === 'listening'
        ? output.note(`bluewire: ${message}`)
        : output.diagnostic(`[transport] ${message}`)),
  });
  if (options.has('json')) await output.json(counts);
  else await output.line(`${a!.name} → ${b!.name}: ${told(counts.forward)}; back: ${told(counts.back)}`);
}

function told({ packets, octets }: BridgeCounts['forward']): string {
  return `${packets} packets, ${octets} octets`;
}
