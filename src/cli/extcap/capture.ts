import type { Writable } from 'node:stream';
import { type Clock, sleep } from '../../core/clock.js';
import { raceAbort } from '../../core/mutex.js';
import type { Device } from '../../gap/index.js';
import { bridge } from '../../hci/bridge.js';
import { TappedTransport } from '../../hci/capture/index.js';
import { createTransport } from '../../hci/transport/registry.js';
import type { CommandContext } from '../command.js';
import { Interrupted } from '../errors.js';
import { LinkedAbort } from '../linked-abort.js';
import { withDevice } from '../opening.js';
import { CleanTransport } from './clean-transport.js';
import { PipeSink } from './fifo.js';

/** What Wireshark wants to see. */
export interface ExtcapRequest {
  readonly port: string;
  /** Another host uses the controller, through this address; without, it is opened here. */
  readonly listen: string | undefined;
  readonly scan: 'active' | 'passive' | 'off';
  readonly keys: boolean;
}

/** Milliseconds before the next host is waited for. */
const AGAIN_MS = 250;

/** The reader has what it wanted. */
class ReaderGone extends Error {}

/**
 * Captures from a controller to a pipe, until its reader goes or the program is told to end, both of which are as it should
 * be. The controller is left clean.
 */
export async function captureTo(
  open: (clock: Clock, signal: AbortSignal) => Promise<Writable>,
  request: ExtcapRequest,
  context: CommandContext,
): Promise<void> {
  const { clock, signal } = context;
  const stream = await open(clock, signal);
  const end = new LinkedAbort(signal);
  const sink = new PipeSink(stream, {
    clock,
    keys: request.keys,
    gone: (error) => end.abort(error ?? new ReaderGone()),
  });
  try {
    const inner: CommandContext = { ...context, signal: end.signal };
    if (request.listen === undefined) await scanTo(sink, request, inner);
    else await bridgeTo(sink, request.port, request.listen, inner);
  } catch (error) {
    // Wireshark ends a capture so; it is no failure.
    const isEnd = error instanceof ReaderGone || error instanceof Interrupted;
    if (!end.signal.aborted || !isEnd) throw error;
  } finally {
    end.release();
    await sink.close();
  }
}

function scanTo(sink: PipeSink, { port, scan }: ExtcapRequest, context: CommandContext): Promise<void> {
  return withDevice(
    context,
    async (device) => {
      const ended = endOf(device);
      ended.catch(() => {});
      if (scan !== 'off') {
        const running = await device.startScan({ active: scan === 'active', onReport: () => {} });
        // A controller that refuses to go on after a fault ends the scan.
        running.once('stopped', ({ error }) => {
          if (error && device.isOpen) void context.output.note(`bluewire: the scan ended: ${error.message}`);
        });
      }
      await raceAbort(ended, context.signal);
    },
    { transport: port, capture: sink },
  );
}

/** Rejects when the device is lost. */
function endOf(device: Device): Promise<void> {
  return new Promise((resolve, reject) => {
    device.once('closed', (error) => (error ? reject(error) : resolve()));
  });
}

async function bridgeTo(
  sink: PipeSink,
  port: string,
  listen: string,
  context: CommandContext,
): Promise<void> {
  const { clock, random, signal, output } = context;
  for (;;) {
    const tapped = new TappedTransport(await createTransport(port, { clock, random }), sink, clock);
    const controller = new CleanTransport(tapped, clock);
    const host = new CleanTransport(await createTransport(listen, { clock, random }), clock, false);
    try {
      await bridge(controller, host, {
        signal,
        onDiagnostic: (name, { message }) => void output.diagnostic(`[transport] ${name}: ${message}`),
      });
      signal.throwIfAborted();
    } catch (error) {
      // Only when the host has left there is another one to wait for.
      if (signal.aborted || controller.lost || !controller.opened || !host.opened) throw error;
      await output.diagnostic(`bluewire: ${error instanceof Error ? error.message : String(error)}`);
    }
    await raceAbort(sleep(clock, AGAIN_MS), signal);
  }
}
