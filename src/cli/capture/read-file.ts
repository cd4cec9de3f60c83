import { createReadStream } from 'node:fs';
import type { CaptureFormat } from '../../hci/capture/index.js';
import { type CaptureEnd, CaptureReader, type CaptureRecord } from '../../hci/capture/index.js';

/** What reading a capture file came to. */
export interface FileRead extends CaptureEnd {
  readonly format: CaptureFormat | undefined;
}

/**
 * Reads a capture file chunk by chunk, giving each record to `take`, which is waited for. Memory does not grow with the file.
 * @throws {Error} of the system, in a sentence, when the file cannot be read
 */
export async function readCaptureFile(
  path: string,
  take: (record: CaptureRecord, format: CaptureFormat) => Promise<void> | void,
  signal: AbortSignal,
): Promise<FileRead> {
  let batch: CaptureRecord[] = [];
  const reader = new CaptureReader((record) => batch.push(record));
  const drain = async () => {
    const ready = batch;
    batch = [];
    for (const record of ready) {
      signal.throwIfAborted();
      await take(record, reader.format!);
    }
  };
  try {
    for await (const chunk of createReadStream(path)) {
      reader.push(chunk as Buffer);
      await drain();
    }
  } catch (error) {
    throw readable(path, error);
  }
  const end = reader.end();
  await drain();
  return { ...end, format: reader.format };
}

function readable(path: string, error: unknown): unknown {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === 'ENOENT') return new Error(`${path}: there is no such file`, { cause: error });
  if (code === 'EACCES') return new Error(`${path}: no permission to read it`, { cause: error });
  if (code === 'EISDIR') return new Error(`${path}: it is a folder, not a capture`, { cause: error });
  return error;
}
