import { afterEach, describe, expect, it } from 'vitest';
import { Belongings } from '../support/sockets.js';
import { CliRun } from './support.js';

const belongings = new Belongings();
afterEach(() => belongings.dispose());

describe('bluewire bridge', () => {
  it.each([
    [['--port', 'virtual:'], /takes its two ports.*not by --port/],
    [['--baud', '115200'], /with their options, as A and B, not by --baud/],
    [['--rtscts'], /not by --rtscts/],
    [['--capture', 'a.pcap'], /bridge does not record/],
  ])('refuses %j, which it would not heed', async (extra, message) => {
    const run = new CliRun();
    const code = await run.clock.run(run.start('bridge', 'virtual:', 'tcp:127.0.0.1:9', ...extra));
    expect(code).toBe(2);
    expect(run.stderr.text).toMatch(message);
  });

  it.each([
    [[], /A/],
    [['virtual:'], /B/],
    [['virtual:', 'virtual:', 'virtual:'], /virtual:/],
  ])('says what is wrong with the ports %j', async (ports, message) => {
    const run = new CliRun();
    expect(await run.clock.run(run.start('bridge', ...ports))).toBe(2);
    expect(run.stderr.text).toMatch(message);
    expect(run.stdout.text).toBe('');
  });

  it('ends with code 1 and one line when a side cannot be opened', async () => {
    const run = new CliRun();
    const server = await belongings.server(() => {});
    const port = (server.address() as { port: number }).port;
    belongings.dispose();
    const code = await run.clock.run(run.start('bridge', 'virtual:', `tcp:127.0.0.1:${port}`));
    expect(code).toBe(1);
    expect(run.stderr.text).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}`));
    expect(run.stderr.text.trimEnd().split('\n')).toHaveLength(1);
  });
});
