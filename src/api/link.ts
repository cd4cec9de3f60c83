import type { Connection } from '../gap/index.js';
import { failed, OSError, texts } from './errors.js';

/**
 * Runs an operation on a connection.
 * @throws {OSError} `connection already closed` when it is, or goes meanwhile; else `the requested operation failed`
 */
export async function onLink<T>(connection: Connection, operation: () => Promise<T>): Promise<T> {
  if (!connection.isConnected) throw closed(connection);
  try {
    return await operation();
  } catch (error) {
    throw connection.isConnected ? failed(error) : closed(connection);
  }
}

function closed(connection: Connection): OSError {
  return new OSError(texts.closed, { cause: connection.disconnectReason });
}
