import { readFileSync } from 'node:fs';
import type { Clock } from '../../../core/clock.js';
import type { CaptureSink } from '../tap.js';
import { CaptureFile } from './capture-file.js';

/** A file that packets are recorded to. */
export function captureFile(path: string, clock: Clock): CaptureSink {
  return new CaptureFile(path, { clock });
}

/** The text of a file, in UTF-8; without waiting, since a program on simulated time would not wait for it. */
export function textOfFile(path: string): string {
  return readFileSync(path, 'utf8');
}
