import { type Clock, sleep } from '../core/clock.js';
import { raceAbort } from '../core/mutex.js';
import { Device } from '../gap/index.js';
import type { CommandContext } from './command.js';
import { portFrom } from './port-option.js';

/** How long a controller that is no longer wanted may take to come up, so that it can be left clean. */
const GRACE_MS = 4000;

/** Opens the controller that the options name, works with it, and leaves it clean, however the work ends. */
export async function withDevice(
  context: CommandContext,
  work: (device: Device) => Promise<void>,
): Promise<void> {
  const device = await openDevice(context);
  try {
    await work(device);
  } finally {
    await device.close();
  }
}

function openDevice(context: CommandContext): Promise<Device> {
  const { options, output, clock, random } = context;
  const opening = Device.open({
    transport: portFrom(options),
    clock,
    random,
    onDiagnostic: ({ layer, message }) => void output.diagnostic(`[${layer}] ${message}`),
  });
  return unlessEnded(opening, context, (device) => device.close());
}

/** What `opening` gives. When the signal comes first, rejects with its reason, and closes what still comes about. */
export async function unlessEnded<T>(
  opening: Promise<T>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  close: (opened: T) => Promise<void>,
): Promise<T> {
  try {
    return await raceAbort(opening, signal);
  } catch (error) {
    if (signal.aborted) await Promise.race([opening.then(close).catch(() => {}), sleep(clock, GRACE_MS)]);
    throw error;
  }
}
