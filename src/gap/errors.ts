import { HciError } from '../core/errors.js';

/** Command Disallowed: the controller's state does not permit the command (Core Vol 1, Part F, 2.12). */
export const COMMAND_DISALLOWED = 0x0c;
/** Unknown Connection Identifier: also the status of a connection attempt that was cancelled (2.2). */
export const UNKNOWN_CONNECTION = 0x02;
/** Remote User Terminated Connection: the usual reason to give (2.19). */
export const REMOTE_USER_TERMINATED = 0x13;

/** Waits for a command that switches something off; that it is off already (0x0C) is no error. */
export async function ignoreDisallowed(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof HciError && error.status === COMMAND_DISALLOWED)) throw error;
  }
}
