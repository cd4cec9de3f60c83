import { HciError, MalformedPacketError, NotSupportedError, TimeoutError } from '../../core/errors.js';
import type { CommandDefinition } from '../definition.js';
import type { HciHost } from '../host.js';

/** Milliseconds that the answer to something that is only good to know may take. */
const PATIENCE_MS = 1000;

/**
 * Asks something that is only good to know. What a controller does not have, refuses, answers in another layout or not at
 * all is `undefined`; the last two are told as diagnostics.
 */
export async function ask<P, R>(
  host: HciHost,
  command: CommandDefinition<P, R>,
  parameters: P,
): Promise<R | undefined> {
  if (!host.supports(command)) return undefined;
  try {
    return await host.send(command, parameters, { timeoutMs: PATIENCE_MS });
  } catch (error) {
    if (error instanceof HciError || error instanceof NotSupportedError) return undefined;
    if (error instanceof MalformedPacketError || error instanceof TimeoutError) {
      host.report({ layer: 'hci', message: `${error.message}; it is done without` });
      return undefined;
    }
    throw error;
  }
}

/** Asks something that has to be known. A command may get lost (zephyr#37731): it is sent a second time then. */
export async function demand<P, R>(
  host: HciHost,
  command: CommandDefinition<P, R>,
  parameters: P,
): Promise<R> {
  try {
    return await host.send(command, parameters, { timeoutMs: PATIENCE_MS, evenIfUnsupported: true });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    return host.send(command, parameters, { evenIfUnsupported: true });
  }
}
