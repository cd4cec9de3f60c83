import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.js';
import { seededRandom } from '../../src/core/random.js';
import { Bonds } from '../../src/gap/bonds/bonds.js';
import { Bond } from '../../src/gap/bonds/index.js';
import { BondFile } from '../../src/gap/node/bond-file.js';
import { keyTexts, someKeys, somePeer } from '../gap/bonds/support.js';
import { CliRun } from './support.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bluewire-cli-bonds-'));
  file = join(folder, 'bonds.json');
  const store = new BondFile(file);
  const server = { configurations: new Map([[9, 1]]), clientSupportedFeatures: new Uint8Array() };
  const day = 86_400_000;
  const add = (n: number, more: object) =>
    store.save(somePeer(0), new Bond({ identity: somePeer(n), keys: someKeys(n), level: 3, ...more }));
  await add(1, { name: 'lamp', createdAt: day, lastUsedAt: 2 * day, server });
  await add(2, { lastUsedAt: 3 * day });
  await add(4, { name: 'a\u001b[31mred' });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Files take real time, and the program waits for nothing else. */
async function bonds(...args: string[]) {
  const run = new CliRun();
  const code = await run.start('bonds', ...args, '--file', file);
  return {
    code,
    out: run.stdout.text,
    lines: run.stdout.lines,
    err: run.stderr.text,
    objects: () => run.objects,
  };
}

const kept = async (local = somePeer(0)) =>
  (await new BondFile(file).load(local)).bonds.map(({ identity, name }) =>
    `${identity} ${name ?? ''}`.trim(),
  );

describe('bluewire bonds', () => {
  it('lists them, the one that was used last first, and no keys', async () => {
    const { code, lines, out } = await bonds('list');
    expect(code).toBe(0);
    expect(lines).toEqual([
      'C0:DE:C0:00:00:02/random  level 3  1970-01-04T00:00:00Z',
      'C0:DE:C0:00:00:01/public  level 3  1970-01-03T00:00:00Z  lamp',
      'C0:DE:C0:00:00:04/random  level 3  a\\x1b[31mred',
    ]);
    const json = await bonds('list', '--json');
    expect(json.objects()[1]).toMatchObject({
      local: 'C0:DE:C0:00:00:00/random',
      identity: 'C0:DE:C0:00:00:01/public',
      name: 'lamp',
      keys: { own: ['encryption', 'identity', 'signing'], peer: ['encryption', 'identity', 'signing'] },
      configurations: { 9: 1 },
    });
    const shown = await bonds('show', 'lamp');
    const shownJson = await bonds('show', 'lamp', '--json');
    const all = (out + json.out + shown.out + shownJson.out).toLowerCase();
    for (const n of [1, 2, 4]) for (const key of keyTexts(n)) expect(all).not.toContain(key);
  });

  it('shows one', async () => {
    const { lines } = await bonds('show', 'c0-de-c0-00-00-01');
    expect(lines).toEqual([
      'Peer           C0:DE:C0:00:00:01/public',
      'Name           lamp',
      'Own address    C0:DE:C0:00:00:00/random',
      'Level          3',
      'Pairing        LE legacy pairing, authenticated, key of 16 octets',
      'Keys           own encryption, identity, signing; peer encryption, identity, signing',
      'Subscriptions  9: 1',
      'Attributes     not cached',
      "Signatures     own counters below 0, the peer's from 0",
      'Paired         1970-01-02T00:00:00Z',
      'Last used      1970-01-03T00:00:00Z',
    ]);
  });

  it('renames and removes', async () => {
    expect(await bonds('rename', 'C0:DE:C0:00:00:02/random', 'the door')).toMatchObject({
      code: 0,
      out: 'C0:DE:C0:00:00:02/random is "the door" now\n',
    });
    expect((await bonds('rename', 'lamp', '')).out).toBe('C0:DE:C0:00:00:01/public has no name now\n');
    expect((await bonds('remove', 'the door')).out).toBe('C0:DE:C0:00:00:02/random is forgotten\n');
    expect(await kept()).toEqual(['C0:DE:C0:00:00:01/public', 'C0:DE:C0:00:00:04/random a\u001b[31mred']);
    const { code, err } = await bonds('rename', 'lamp', 'x');
    expect({ code, err }).toEqual({ code: 1, err: `bluewire: ${file}: there is no bond with "lamp"\n` });
    expect((await bonds('rename', 'C0:DE:C0:00:00:01', 'x'.repeat(249))).code).toBe(2);
  });

  it('tells bonds of several own addresses apart', async () => {
    const store = new BondFile(file);
    await store.save(somePeer(10), new Bond({ identity: somePeer(1), keys: someKeys(7), level: 2 }));
    const { lines } = await bonds('list');
    expect(lines).toContain('C0:DE:C0:00:00:01/public  level 2  of C0:DE:C0:00:00:0A/random');
    const { code, err } = await bonds('remove', 'C0:DE:C0:00:00:01');
    expect(code).toBe(1);
    expect(err).toContain(
      '"C0:DE:C0:00:00:01" is 2 bonds: C0:DE:C0:00:00:01/public of C0:DE:C0:00:00:00/random, C0:DE:C0:00:00:01/public of C0:DE:C0:00:00:0A/random',
    );
    expect((await bonds('remove', 'C0:DE:C0:00:00:01', '--local', `${somePeer(10)}`)).code).toBe(0);
    expect(await kept(somePeer(10))).toEqual([]);
    expect(await kept()).toHaveLength(3);
    expect((await bonds('list', '--local', 'nobody')).err).toContain(
      '--local "nobody" is no Bluetooth address',
    );
  });

  it('exports with keys when it is told to, in a file of its owner’s alone', async () => {
    const plain = await bonds('export');
    expect(JSON.parse(plain.out)).toMatchObject({ format: 'bluewire bonds', version: 2, keys: false });
    for (const key of keyTexts(1)) expect(plain.out).not.toContain(key);
    const to = join(folder, 'export.json');
    expect(await bonds('export', '--keys', '-o', to)).toMatchObject({
      code: 0,
      out: '',
      err: `3 bonds are written to ${to}\n`,
    });
    expect(statSync(to).mode & 0o777).toBe(0o600);
    const other = await Bonds.open({
      store: new BondFile(join(folder, 'other.json')),
      local: somePeer(0),
      resolves: () => false,
      clock: new SimulatedClock(),
      random: seededRandom(1),
    });
    await other.import(readFileSync(to, 'utf8'));
    expect(other.get(somePeer(4))!.keys).toEqual(someKeys(4));
    // Keys go into no file that may be open to others.
    expect((await bonds('export', '--keys', '-o', to)).err).toBe(
      `bluewire: ${to} is there already: keys are written into a new file only\n`,
    );
  });

  it('tells what is wrong', async () => {
    const unknown = await bonds('lst');
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('bonds has no action "lst". Did you mean list?');
    expect((await bonds()).err).toContain('bonds wants one of list, show, rename, remove, export');
    expect((await bonds('show')).err).toContain('bonds show wants PEER: PEER is missing');
    expect((await bonds('list', 'x')).err).toContain('"x": bonds list takes options only');
    expect((await bonds('list', '--keys')).err).toContain('--keys is for bonds export');
    writeFileSync(file, '{\n"format": "bluewire bonds",\n"version": 1,\n"locals": 7 }', { mode: 0o644 });
    const { code, err } = await bonds('list');
    expect(code).toBe(1);
    expect(err).toContain(`${file}: line 4: locals: a list is wanted. It is kept as ${file}.damaged-1`);
    expect(await bonds('list')).toMatchObject({ code: 1, err: `bluewire: ${file}: there is no such file\n` });
  });

  it('warns of a file that others may read', async () => {
    writeFileSync(file, readFileSync(file), { mode: 0o600 });
    const { chmodSync } = await import('node:fs');
    chmodSync(file, 0o640);
    expect((await bonds('list')).err).toBe(
      `warning: ${file} can be read or written by others (mode 640): chmod 600 ${file}\n`,
    );
  });

  it('has help for its actions, and says so when there is nothing', async () => {
    const help = new CliRun();
    await help.start('bonds', '--help');
    expect(help.stdout.text).toMatch(/usage: bluewire bonds ACTION \[OPTIONS\]\n\nactions:\n {2}list /);
    const empty = new CliRun({ env: { XDG_STATE_HOME: folder } });
    expect(await empty.start('bonds', 'list')).toBe(0);
    expect(empty.stderr.text).toBe(`no bonds in ${join(folder, 'bluewire', 'bonds', 'bonds.json')}\n`);
  });
});
