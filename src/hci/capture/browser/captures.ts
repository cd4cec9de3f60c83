import type { Clock } from '../../../core/clock.js';
import { NotSupportedError } from '../../../core/errors.js';
import type { CaptureSink } from '../tap.js';

/** A page has no files. @throws {NotSupportedError} */
export function captureFile(path: string, _clock: Clock): CaptureSink {
  throw new NotSupportedError(`capture: ${path}: a page has no files; give a sink with packet() and close()`);
}

/** A page has no files. @throws {NotSupportedError} */
export function textOfFile(path: string): string {
  throw new NotSupportedError(`${path}: a page has no files; give what stands in it to worldFromJson()`);
}
