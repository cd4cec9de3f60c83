import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CliRun } from './support.js';

const fixture = fileURLToPath(new URL('../../fixtures/heart-rate-virtual.hci', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bluewire-stats-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the program in real time: files take some. */
async function stats(...args: string[]) {
  const run = new CliRun();
  const code = await run.start('stats', ...args);
  return { code, run };
}

describe('bluewire stats', () => {
  it('tells what a capture came to', async () => {
    const { code, run } = await stats(fixture);
    expect(code).toBe(0);
    expect(run.stdout.text).toMatch(/^\d+ records in/);
    expect(run.stdout.text).toMatch(/C0:DE:C0:00:00:01\/random Heart Rate, central here/);
    expect(run.stdout.text).toMatch(/ATT requests +\d+/);
  });

  it('gives the same as JSON, and as a page', async () => {
    const { run } = await stats(fixture, '--json');
    expect(run.objects[0]).toMatchObject({
      connections: expect.arrayContaining([expect.objectContaining({ role: 'central' })]),
    });
    const page = join(folder, 'report.html');
    const { code, run: made } = await stats(fixture, '--html', page);
    expect(code).toBe(0);
    expect(made.stdout.text).toBe('');
    expect(made.stderr.text).toBe(`${page} is written\n`);
    expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('tells what a damaged capture has, where it ends, and ends with 1', async () => {
    const whole = readFileSync(fixture);
    const damaged = join(folder, 'damaged.hci');
    writeFileSync(damaged, `${whole.subarray(0, whole.length >> 1)}\nnonsense\n`);
    const { code, run } = await stats(damaged);
    expect(code).toBe(1);
    expect(run.stdout.text).toMatch(/damaged: /);
    expect(run.stderr.text).toMatch(/damaged\.hci is damaged: .*, at \d+/);
  });

  it('says of a file that is none, or no capture, what is wrong', async () => {
    expect((await stats(join(folder, 'none'))).run.stderr.text).toMatch(/there is no such file/);
    const text = join(folder, 'text');
    writeFileSync(text, 'Dear Sir or Madam,\n');
    const { code, run } = await stats(text);
    expect(code).toBe(1);
    expect(run.stderr.text).toMatch(/this is no capture/);
  });
});
