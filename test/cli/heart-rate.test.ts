import { describe, expect, it } from 'vitest';
import { Interrupted } from '../../src/cli/errors.js';
import { pythonText } from '../../src/cli/python.js';
import { fromHex } from '../../src/core/hex.js';
import { CliRun } from './support.js';

describe('bluewire heart-rate', () => {
  it("prints the sensor's services and values as the page's example does, and ends by itself", async () => {
    const cli = new CliRun();
    expect(await cli.run('heart-rate', '--port', 'virtual:?seed=7')).toBe(0);
    expect(cli.stdout.lines).toEqual([
      'Reading chars from service = 1800',
      "char 10752 value = b'Heart Rate'",
      "char 10753 value = b'A\\x03'",
      'Reading chars from service = 1801',
      "char 11049 value = b'\\x00'",
      expect.stringMatching(/^char 11050 value = b'.+'$/),
      "char 11066 value = b'\\x00'",
      'Reading chars from service = 180d',
      "char 10808 value = b'\\x01'",
      'Reading chars from service = 180f',
      "char 10777 value = b'W'",
      'Reading chars from service = 180a',
      "char 10793 value = b'bluewire'",
      "char 10788 value = b'Simulated heart rate belt'",
      "char 10789 value = b'HR-0001'",
      "char 10790 value = b'1.0.0'",
      "Reading chars from service = b'\\xf4\\xa7\\xe0\\x9b\\x1c]5\\x9a\\nN[,\\x01\\x00\\x1f}'",
      "char b'\\xf4\\xa7\\xe0\\x9b\\x1c]5\\x9a\\nN[,\\x02\\x00\\x1f}' value = b'35 years, 70 kg'",
    ]);
    expect(cli.stderr.text).toBe('');
    expect(cli.clock.pending).toBe(0);
  });

  it('gives each value as a line of JSON', async () => {
    const cli = new CliRun();
    expect(await cli.run('heart-rate', '--json')).toBe(0);
    expect(cli.objects).toContainEqual({ service: '180d', characteristic: '2a38', value: '01' });
    expect(cli.objects).toContainEqual({
      service: '7d1f0001-2c5b-4e0a-9a35-5d1c9be0a7f4',
      characteristic: '7d1f0002-2c5b-4e0a-9a35-5d1c9be0a7f4',
      value: '33352079656172732c203730206b67',
    });
  });

  it('disconnects, and leaves nothing behind, when Ctrl-C comes in the middle of it', async () => {
    const cli = new CliRun();
    const run = cli.start('heart-rate');
    cli.stdout.onWrite(() => cli.ending.abort(new Interrupted('SIGINT', 130)));
    expect(await cli.clock.run(run)).toBe(130);
    expect(cli.stdout.lines.length).toBeLessThan(3);
    expect(cli.stderr.text).toBe('');
    expect(cli.clock.pending).toBe(0);
  });

  it('gives up at the end of its time', async () => {
    const cli = new CliRun();
    expect(await cli.run('heart-rate', '--timeout', '0.2')).toBe(1);
    expect(cli.stderr.lines).toHaveLength(1);
    expect(cli.stderr.text).toContain('heart-rate has not ended (--timeout gives it longer)');
    expect(cli.clock.pending).toBe(0);
  });

  it('fails with one line when the port is not there', async () => {
    const cli = new CliRun();
    expect(await cli.start('heart-rate', '--port', 'unix:/nowhere/at/all')).toBe(1);
    expect(cli.stderr.lines).toHaveLength(1);
    expect(cli.stderr.text).toContain('there is no such socket');
  });
});

describe("octets in Python's way", () => {
  it('escapes what is not printable', () => {
    expect(pythonText(fromHex('000a0d09275c41ff20'))).toBe("b'\\x00\\n\\r\\t\\'\\\\A\\xff '");
    expect(pythonText(0x2a38)).toBe('10808');
  });
});
