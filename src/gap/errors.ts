import { HciError, TransportError } from '../core/errors.js';

/** Command Disallowed: the controller's state does not permit the command (Core Vol 1, Part F, 2.12). */
export const COMMAND_DISALLOWED = 0x0c;
/** Unknown Connection Identifier: also the status of a connection attempt that was cancelled (2.2). */
export const UNKNOWN_CONNECTION = 0x02;
/** Unknown Advertising Identifier: there is no such advertising set, or no such sync (2.63). */
export const UNKNOWN_ADVERTISING = 0x42;
/** Authentication Failure: what a link is ended with that is not as secure as it has to be (2.5). */
export const AUTHENTICATION_FAILURE = 0x05;
/** Remote User Terminated Connection: the usual reason to give (2.19). */
export const REMOTE_USER_TERMINATED = 0x13;
/** Connection Terminated by Local Host: why a link is gone that this side ended (2.22). */
export const LOCAL_HOST_TERMINATED = 0x16;
/** Connection Failed to be Established, or a sync: six intervals went without an answer (2.58; Vol 6, Part B, 4.5.2). */
export const FAILED_TO_BE_ESTABLISHED = 0x3e;

/** Whether a command, or what it began, failed with a status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof HciError && error.status === status;
}

/** Waits for a command that switches something off; that it is off already (0x0C) is no error. */
export async function ignoreDisallowed(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!hasStatus(error, COMMAND_DISALLOWED)) throw error;
  }
}

/** Whether a command was taken; false when the controller refused it. Other failures are thrown. */
export async function isTaken(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (error instanceof HciError) return false;
    throw error;
  }
}

/**
 * Sends what a controller takes only while something is off. Where it is on, and nobody here knows of it because the command that
 * was to end it had failed, it is ended now, and the same sent once more: or nothing of the kind would ever work again.
 * @param off switches it off
 */
export async function afterOff<T>(send: () => Promise<T>, off: () => Promise<unknown>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!hasStatus(error, COMMAND_DISALLOWED)) throw error;
    try {
      await off();
    } catch (why) {
      throw isReset(why) ? why : error;
    }
    return await send();
  }
}

/** Whether something failed because the controller is being reset. */
export function isReset(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'CONTROLLER_RESET';
}
