import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CliRun } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'bluewire-pair-'));
afterAll(() => rmSync(folder, { recursive: true }));
const lock = 'C0:DE:C0:00:00:0A';
const world = join(folder, 'world.json');
writeFileSync(
  world,
  JSON.stringify({
    seed: 3,
    devices: [{ kind: 'lock', address: `${lock}/random`, name: 'Front Door', pin: 4711 }],
  }),
);
const port = ['--port', `virtual:${world}`];

describe('bluewire pair', () => {
  it('pairs by the digits on a label, and keeps the bond where it is told to', async () => {
    const cli = new CliRun();
    const file = join(folder, 'bonds.json');
    expect(await cli.run('pair', `${lock}/random`, ...port, '--passkey', '004711', '--file', file)).toBe(0);
    expect(cli.stdout.text).toBe(
      `paired with ${lock}/random by a passkey (LE Secure Connections): level 4, bonded\n`,
    );
    expect(readFileSync(file, 'utf8')).toContain(lock);
    const bonds = new CliRun();
    expect(await bonds.start('bonds', 'list', '--file', file)).toBe(0);
    expect(bonds.stdout.text).toContain(`${lock}/random`);
  });

  it('finds a device by its address without a type, or by its name, and tells in JSON', async () => {
    for (const peer of [lock, 'Front Door']) {
      const cli = new CliRun();
      expect(await cli.run('pair', peer, ...port, '--passkey', '4711', '--no-bond', '--json')).toBe(0);
      expect(cli.objects).toEqual([
        {
          address: lock,
          addressType: 'random',
          identity: null,
          method: 'passkey',
          secureConnections: true,
          level: 4,
          keySize: 16,
          bonded: false,
        },
      ]);
    }
  });

  it('asks at a terminal', async () => {
    const asked: string[] = [];
    const cli = new CliRun({
      ask: async (question) => {
        asked.push(question);
        return ' 4711 ';
      },
    });
    expect(await cli.run('pair', lock, ...port)).toBe(0);
    expect(asked).toEqual(['the six digits that the device shows: ']);
  });

  it('says what went wrong: wrong digits, no device, nobody to ask', async () => {
    const wrong = new CliRun();
    expect(await wrong.run('pair', lock, ...port, '--passkey', '1')).toBe(1);
    expect(wrong.stderr.text).toMatch(/0x04 Confirm Value Failed/);
    const nobody = new CliRun();
    expect(await nobody.run('pair', 'Back Door', ...port)).toBe(1);
    expect(nobody.stderr.text).toMatch(/Back Door: no device of that address or name advertises/);
    const tooLow = new CliRun();
    expect(await tooLow.run('pair', lock, ...port, '--level', '4')).toBe(1);
    expect(tooLow.stderr.text).toMatch(/Authentication Requirements/);
  });

  it('refuses what is no passkey, no address and no level, and wants a peer', async () => {
    for (const [args, message] of [
      [[lock, '--passkey', '1234567'], /up to six digits/],
      [[lock, '--passkey', 'abc'], /up to six digits/],
      [['C0:DE:C0'], /C0:DE:C0/],
      [[lock, '--level', '5'], /level/],
      [[], /PEER/],
    ] as const) {
      const cli = new CliRun();
      expect(await cli.run('pair', ...args, ...port)).toBe(2);
      expect(cli.stderr.text).toMatch(message);
    }
  });
});
