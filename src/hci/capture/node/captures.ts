import type { Clock } from '../../../core/clock.js';
import type { CaptureSink } from '../tap.js';
import { CaptureFile } from './capture-file.js';

/** A file that packets are recorded to. */
export function captureFile(path: string, clock: Clock): CaptureSink {
  return new CaptureFile(path, { clock });
}
