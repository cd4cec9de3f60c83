import { type Clock, sleep } from '../core/clock.js';
import type { Emitter } from '../core/emitter.js';
import { raceAbort } from '../core/mutex.js';
import { Device, type DeviceOptions } from '../gap/index.js';
import type { Diagnostic } from '../hci/host-types.js';
import type { Fault } from '../hci/recovery/fault.js';
import type { Recovery, RecoveryAttempt } from '../hci/recovery/supervisor.js';
import type { CommandContext } from './command.js';
import type { OptionValues } from './option-values.js';
import { type Output, printable } from './output.js';
import { portFrom } from './port-option.js';

/** How long a controller that is no longer wanted may take to come up, so that it can be left clean. */
const GRACE_MS = 4000;

/** What a command wants of its device other than the options say. */
export interface Opening {
  /** Another controller than the one that the options name. */
  readonly transport?: DeviceOptions['transport'];
  readonly capture?: DeviceOptions['capture'];
  /** How it pairs; it does not without, and leaves the user's bonds alone. */
  readonly security?: DeviceOptions['security'];
}

/**
 * Opens the controller that the options name, works with it, and leaves it clean, however the work ends.
 */
export async function withDevice(
  context: CommandContext,
  work: (device: Device) => Promise<void>,
  how?: Opening,
): Promise<void> {
  const device = await openDevice(context, how);
  try {
    await work(device);
  } finally {
    await device.close();
  }
}

function openDevice(context: CommandContext, how?: Opening): Promise<Device> {
  const { options, output, clock, random } = context;
  let graceMs = GRACE_MS;
  const opening = Device.open({
    transport: how?.transport ?? portFrom(options),
    security: how?.security ?? false,
    clock,
    random,
    onDiagnostic(diagnostic) {
      tellDiagnostic(diagnostic, output);
      // A controller that calls may never do so, and whoever serves it sees that the connection ends.
      if (diagnostic.listeningAt !== undefined) graceMs = 0;
    },
    ...recoveryOption(options),
    capture: how?.capture ?? options.text('capture'),
  });
  opening.then((device) => tellRecovery(device, output)).catch(() => {});
  return unlessEnded(
    opening,
    context,
    (device) => device.close(),
    () => graceMs,
  );
}

/** Tells a diagnostic to whom wants to know it, and to everybody that a port waits for a connection. */
export function tellDiagnostic(
  { layer, message, listeningAt }: Pick<Diagnostic, 'message' | 'listeningAt'> & { readonly layer: string },
  output: Output,
): void {
  if (listeningAt === undefined) void output.diagnostic(`[${layer}] ${message}`);
  else void output.note(`bluewire: ${message}`);
}

/** `--no-recovery` as an option of devices. */
export function recoveryOption(options: OptionValues): { readonly recovery?: false } {
  return options.has('no-recovery') ? { recovery: false } : {};
}

/** Tells, in a line each, that the controller failed and that it came back. */
export function tellRecovery(
  source: Pick<Emitter<{ recovering: RecoveryAttempt; recovered: Recovery }>, 'on'>,
  output: Output,
): void {
  source.on('recovering', ({ fault, action, attempt, lastError }) => {
    if (attempt === 1) {
      void output.note(`bluewire: ${fault.message}. Bringing the controller back`);
      if (output.verbose) void tellPackets(fault, output);
    }
    const why = lastError ? `, as the last failed: ${lastError.message}` : '';
    void output.diagnostic(`[recovery] try ${attempt}: ${action}${why}`);
  });
  source.on('recovered', ({ durationMs }) => {
    void output.note(`bluewire: the controller is back after ${Math.round(durationMs / 100) / 10} s`);
  });
}

/** The commands and events before a fault, a line each. */
async function tellPackets({ packets }: Fault, output: Output): Promise<void> {
  const { describePackets } = await import('../decode/index.js');
  const lines = describePackets(packets.map(({ sent, packet }) => ({ sent, bytes: packet })));
  for (const [i, line] of lines.entries()) {
    const { at, counted } = packets[i]!;
    const data = counted.aclSent + counted.aclReceived + counted.events;
    if (data > 0) {
      await output.diagnostic(
        `[packets] … ${counted.aclSent} data packets sent, ${counted.aclReceived} received, ${counted.events} reports and completions`,
      );
    }
    await output.diagnostic(`[packets] ${(at / 1000).toFixed(3)} ${printable(line)}`);
  }
}

/** What `opening` gives. When the signal comes first, rejects with its reason, and closes what still comes about. */
export async function unlessEnded<T>(
  opening: Promise<T>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  close: (opened: T) => Promise<void>,
  graceMs: () => number = () => GRACE_MS,
): Promise<T> {
  try {
    return await raceAbort(opening, signal);
  } catch (error) {
    if (signal.aborted) await Promise.race([opening.then(close).catch(() => {}), sleep(clock, graceMs())]);
    throw error;
  }
}
