// This project, recording every packet to a file: beside `bluewire`, what that costs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'bluewire-bench-capture-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.env.BLUEWIRE_CAPTURE = join(folder, `bench.${process.env.BLUEWIRE_CAPTURE_FORMAT ?? 'btsnoop'}`);
await import('./bluewire.mjs');
