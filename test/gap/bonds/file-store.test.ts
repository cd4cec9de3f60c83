import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { randomUnit, seededRandom } from '../../../src/core/random.js';
import { Bond, BondStoreError } from '../../../src/gap/bonds/index.js';
import { BondFile, defaultBondFile } from '../../../src/gap/node/bond-file.js';
import { someKeys, somePeer } from './support.js';

const local = somePeer(0);
let folder: string;
let path: string;
let writer: string;
let programs: string;

const bond = (n: number) => new Bond({ identity: somePeer(n), keys: someKeys(n), level: 3 });

/** The numbers of the peers in a file; throws when the file is not whole. */
async function peers(file = path, of = local): Promise<number[]> {
  const { bonds } = await new BondFile(file).load(of);
  for (const { identity, keys } of bonds) {
    const n = identity.bd.number & 0xffff;
    expect(keys).toEqual(someKeys(n));
  }
  return bonds.map(({ identity }) => identity.bd.number & 0xffff);
}

async function refused(promise: Promise<unknown>): Promise<BondStoreError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BondStoreError)) throw new Error(`refused with ${String(error)}`);
  return error;
}

/** As a text is that somebody changed by hand. */
const withoutChecksum = (text: string) => text.replace(/ {2}"checksum": "[0-9a-f]{8}",\n/, '');

/** Runs a writer; `line` may kill it. Resolves to the lines that it printed. */
function run(args: readonly (string | number)[], line?: (text: string, kill: () => void) => void) {
  const child = spawn(process.execPath, [writer, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let stderr = '';
  child.stderr.on('data', (data) => void (stderr += data));
  createInterface(child.stdout).on('line', (text) => {
    lines.push(text);
    line?.(text, () => child.kill('SIGKILL'));
  });
  return new Promise<string[]>((resolve, reject) => {
    child.on('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(lines);
      else reject(new Error(`the writer ended with ${code}: ${stderr}`));
    });
  });
}

beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), 'bluewire-writer-'));
  writer = join(programs, 'writer.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('writer.ts', import.meta.url))],
    outfile: writer,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['bluewire-source'],
    logLevel: 'silent',
  });
});
afterAll(() => rmSync(programs, { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bluewire-bonds-'));
  path = join(folder, 'own', 'bonds.json');
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  rmSync(folder, { recursive: true });
});

describe('A file of bonds', () => {
  it('is its owner’s alone, in a folder that is as well', async () => {
    await new BondFile(path).save(local, bond(1));
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(join(folder, 'own')).mode & 0o777).toString(8)).toBe('700');
    expect(readdirSync(join(folder, 'own'))).toEqual(['bonds.json']);
  });

  it('keeps everything of a bond', async () => {
    const store = new BondFile(path);
    const whole = new Bond({
      identity: somePeer(1),
      keys: someKeys(1),
      level: 4,
      name: 'ein "Licht"\n🔦',
      server: {
        configurations: new Map([
          [5, 1],
          [65535, 2],
        ]),
        clientSupportedFeatures: Uint8Array.of(5),
        databaseHash: new Uint8Array(16).fill(7),
      },
      client: { databaseHash: new Uint8Array(16).fill(8), cache: { a: [1, null, 'x', true] } },
      signCounters: { own: 2 ** 32, peer: 77 },
      createdAt: 1_700_000_000_000,
      lastUsedAt: 1_700_000_000_001.5,
    });
    await store.save(local, whole);
    await store.save(local, bond(2));
    await store.saveIdentity(local, new Uint8Array(16).fill(9));
    const { irk, bonds } = await new BondFile(path).load(local);
    expect(irk).toEqual(new Uint8Array(16).fill(9));
    expect({ ...bonds[0] }).toEqual({ ...whole });
    expect(bonds[0]!.keys).toEqual(someKeys(1));
    expect(bonds[1]!.name).toBeUndefined();
    await store.remove(local, somePeer(2));
    expect(await peers()).toEqual([1]);
  });

  it('keeps a tag of the program’s beside the bonds of a local identity, until it is forgotten', async () => {
    const store = new BondFile(path);
    await store.save(local, bond(1));
    expect('tag' in (await store.load(local))).toBe(false);
    await store.saveTag(local, Uint8Array.of(1, 2));
    await store.saveTag(somePeer(9), new Uint8Array());
    expect((await new BondFile(path).load(local)).tag).toEqual(Uint8Array.of(1, 2));
    expect((await new BondFile(path).load(somePeer(9))).tag).toEqual(new Uint8Array());
    await new BondFile(path).save(local, bond(2));
    expect((await new BondFile(path).load(local)).tag).toEqual(Uint8Array.of(1, 2));
    await store.saveTag(local, undefined);
    expect('tag' in (await new BondFile(path).load(local))).toBe(false);
    expect(await peers()).toEqual([1, 2]);
  });

  it('has the bonds of several local identities', async () => {
    const store = new BondFile(path);
    await Promise.all([store.save(local, bond(1)), store.save(somePeer(100), bond(1))]);
    await store.save(somePeer(100), bond(2));
    await store.remove(local, somePeer(1));
    expect(await peers(path, local)).toEqual([]);
    expect(await peers(path, somePeer(100))).toEqual([1, 2]);
    expect((await store.locals()).map(String)).toEqual([String(local), String(somePeer(100))]);
  });

  it('is written once for all that is asked for in the same turn or while it is written', async () => {
    const rename = vi.spyOn(fs, 'rename');
    syncBuiltinESMExports();
    const store = new BondFile(path);
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.save(local, bond(i + 1))));
    expect(rename).toHaveBeenCalledTimes(1);
    expect(await peers()).toHaveLength(50);
    // Asked for when the first write is under way: one more write for all of them.
    const first = store.save(local, bond(51));
    await new Promise((resolve) => setImmediate(resolve));
    const others = Array.from({ length: 50 }, (_, i) => store.save(local, bond(i + 52)));
    await Promise.all([first, ...others]);
    expect(rename).toHaveBeenCalledTimes(3);
    expect(await peers()).toHaveLength(101);
  });

  it('is not written when nothing changes', async () => {
    const store = new BondFile(path);
    await store.save(local, bond(1));
    const { ino } = statSync(path);
    await store.save(local, bond(1));
    await store.remove(local, somePeer(9));
    expect(statSync(path).ino).toBe(ino);
  });

  it('goes on after a write that failed, and loses nothing of what was to be written', async () => {
    const store = new BondFile(path);
    await store.save(local, bond(1));
    // A folder in the place of the file that is written beside.
    const beside = `${path}.${process.pid}.tmp`;
    mkdirSync(join(beside, 'x'), { recursive: true });
    const error = await refused(store.save(local, bond(2)));
    expect(error).toMatchObject({ code: 'BONDS_UNREADABLE' });
    expect(error.message).toMatch(/bonds\.json cannot be written: /);
    rmSync(beside, { recursive: true });
    expect(await store.save(local, bond(2).with({ name: 'two' }))).toBe(true);
    expect(await peers()).toEqual([1, 2]);
  });

  it('may be behind a symbolic link, which stays', async () => {
    const target = join(folder, 'elsewhere.json');
    const link = join(folder, 'link.json');
    await new BondFile(target).save(local, bond(1));
    symlinkSync(target, link);
    await new BondFile(link).save(local, bond(2));
    expect(await peers(target)).toEqual([1, 2]);
    expect(readFileSync(link)).toEqual(readFileSync(target));
  });

  it('lies where the system keeps such things', () => {
    expect(defaultBondFile({ XDG_STATE_HOME: '/s' })).toMatch(/bluewire.bonds.bonds\.json$/);
  });
});

describe('Two users of one file', () => {
  it('do not lose each other’s bonds', async () => {
    const [one, other] = [new BondFile(path), new BondFile(path)];
    await Promise.all([one.load(local), other.load(local)]);
    const numbers = Array.from({ length: 20 }, (_, i) => i + 1);
    await Promise.all(numbers.flatMap((n) => [one.save(local, bond(n)), other.save(local, bond(n + 100))]));
    expect((await peers()).sort((a, b) => a - b)).toEqual([...numbers, ...numbers.map((n) => n + 100)]);
  });

  it('make one identity key', async () => {
    const [one, other] = [new BondFile(path), new BondFile(path)];
    const keys = await Promise.all([
      one.saveIdentity(local, new Uint8Array(16).fill(1)),
      other.saveIdentity(local, new Uint8Array(16).fill(2)),
    ]);
    expect(keys[0]).toEqual(keys[1]);
    expect((await one.load(local)).irk).toEqual(keys[0]);
  });

  it('change different parts of one bond', async () => {
    const [one, other] = [new BondFile(path), new BondFile(path)];
    await one.save(local, bond(1).with({ name: 'old' }));
    const [seen] = (await other.load(local)).bonds;
    await one.save(local, bond(1).with({ name: 'new', signCounters: { own: 64, peer: 3 } }));
    await other.save(
      local,
      seen!.with({ client: { cache: 'c' }, signCounters: { own: 0, peer: 9 }, lastUsedAt: 5 }),
    );
    const [bonded] = (await new BondFile(path).load(local)).bonds;
    expect(bonded).toMatchObject({
      name: 'new',
      client: { cache: 'c' },
      signCounters: { own: 64, peer: 9 },
      lastUsedAt: 5,
    });
    await one.save(local, bond(1));
    expect((await new BondFile(path).load(local)).bonds[0]!.name).toBeUndefined();
  });

  it('do not bring back what the other removed, unless it was paired anew', async () => {
    const [one, other] = [new BondFile(path), new BondFile(path)];
    await one.save(local, bond(1));
    await other.load(local);
    await other.remove(local, somePeer(1));
    expect(await one.save(local, bond(1).with({ name: 'x' }))).toBe(false);
    expect(await peers()).toEqual([]);
    const anew = new Bond({ identity: somePeer(1), keys: someKeys(1), level: 2 });
    expect(await one.save(local, anew)).toBe(true);
    // The other one pairs anew: what the first knows is no more.
    await other.load(local);
    await other.save(local, new Bond({ identity: somePeer(1), keys: someKeys(2), level: 2 }));
    expect(await one.save(local, anew.with({ name: 'y' }))).toBe(false);
    const [kept] = (await new BondFile(path).load(local)).bonds;
    expect(kept!.keys).toEqual(someKeys(2));
  });

  it('in two processes do not lose each other’s bonds', async () => {
    const lines = await Promise.all([run([path, 1, 40]), run([path, 1001, 40]), run([path, 2001, 40])]);
    for (const printed of lines) expect(printed.filter((line) => line.startsWith('kept'))).toHaveLength(40);
    expect(new Set(await peers()).size).toBe(120);
    expect(readdirSync(join(folder, 'own'))).toEqual(['bonds.json']);
  }, 60_000);
});

describe('A process that is killed', () => {
  it('before any operation of the file system leaves the old file or the new one, and no lock', async () => {
    const operations = Number((await run([path, 1, 1, 1e9])).at(-1)!.split(' ')[1]);
    expect(operations).toBeGreaterThan(12);
    const outcomes = new Set<number>();
    for (let at = 1; at <= operations; at++) {
      await run([path, 50, 1, at]);
      const found = await peers();
      expect([[1], [1, 50]]).toContainEqual(found);
      outcomes.add(found.length);
      // Whoever comes next can write at once, and clears what was left.
      await new BondFile(path).remove(local, somePeer(50));
      await new BondFile(path).save(local, bond(60));
      await new BondFile(path).remove(local, somePeer(60));
      const left = readdirSync(join(folder, 'own'));
      expect(left).toEqual(['bonds.json']);
    }
    // Killed both early and late.
    expect([...outcomes].sort()).toEqual([1, 2]);
  }, 120_000);

  it('at any moment has kept what it said that it kept', async () => {
    const random = seededRandom(7);
    let first = 1;
    for (let i = 0; i < 12; i++) {
      const after = 1 + Math.floor(randomUnit(random) * 12);
      let seen = 0;
      const lines = await run([path, first, 500], (line, kill) => {
        if (line.startsWith('kept') && ++seen === after) kill();
      });
      const kept = lines.filter((line) => line.startsWith('kept')).map((line) => Number(line.split(' ')[1]));
      const found = new Set(await peers());
      for (const n of kept) expect(found).toContain(n);
      first = Math.max(...found) + 1;
      for (let n = 1; n < first; n++) expect(found).toContain(n);
    }
  }, 120_000);

  it('with the lock in its hand does not stop the others', async () => {
    mkdirSync(join(folder, 'own'));
    const gone = await new Promise<number>((resolve) => {
      const child = spawn(process.execPath, ['-e', '']);
      child.on('close', () => resolve(child.pid!));
    });
    const lock = `${path}.lock`;
    writeFileSync(lock, JSON.stringify({ pid: gone, host: hostname(), token: 'x' }));
    await new BondFile(path).save(local, bond(1));
    expect(existsSync(lock)).toBe(false);
    // Half written, on another machine, or by a process whose number another has now: by age.
    for (const content of [
      '',
      '{',
      JSON.stringify({ pid: 1, host: 'elsewhere' }),
      `{"pid":${process.pid},"host":"${hostname()}"}`,
    ]) {
      writeFileSync(lock, content);
      utimesSync(lock, 1000, 1000);
      await new BondFile(path).save(local, bond(2));
      expect(existsSync(lock)).toBe(false);
    }
  });

  it('is told from one that holds the lock and lives', async () => {
    await new BondFile(path).save(local, bond(1));
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: process.ppid, host: hostname(), token: 'x' }));
    const error = await refused(new BondFile(path, { lockTimeoutMs: 20 }).save(local, bond(2)));
    expect(error.code).toBe('BONDS_LOCKED');
    expect(error.message).toBe(
      `${path}: the lock is held by process ${process.ppid}. When no such process uses it, remove ${path}.lock`,
    );
    // Reading needs no lock.
    expect(await peers()).toEqual([1]);
  });

  it('does not overwrite what others wrote after its lock was taken away', async () => {
    const store = new BondFile(path);
    await store.save(local, bond(1));
    const { open } = fs;
    let stolen = 0;
    vi.spyOn(fs, 'open').mockImplementation(async (...args) => {
      const file = await open(...args);
      if (String(args[0]).endsWith('.tmp') && stolen++ === 0) {
        // This process sleeps for an hour here; another one takes the lock away, and writes.
        rmSync(`${path}.lock`);
        const text = readFileSync(path, 'utf8').replace('"level": 3', '"level": 2');
        writeFileSync(path, withoutChecksum(text));
      }
      return file;
    });
    syncBuiltinESMExports();
    await store.save(local, bond(2));
    const { bonds } = await new BondFile(path).load(local);
    expect(bonds.map(({ level }) => level)).toEqual([2, 3]);
    expect(stolen).toBe(2);
  });
});

describe('A file that is not as it should be', () => {
  async function written(): Promise<string> {
    const store = new BondFile(path);
    await store.saveIdentity(local, new Uint8Array(16).fill(1));
    for (const n of [1, 2]) await store.save(local, bond(n));
    return readFileSync(path, 'utf8');
  }

  it.each([
    ['is cut off', (text: string) => text.slice(0, 500), 'the text ends in the middle'],
    ['is empty', () => '', 'line 1: the text ends in the middle'],
    ['is something else', () => '{ "a": 1 }', 'line 1: this is no file of bonds'],
    ['is full of zeros', (text: string) => '\u0000'.repeat(text.length), 'line 1: a value is wanted'],
    [
      'has a key that is too short',
      (text: string) => text.replace(/("ltk": "..)../, '$1'),
      '.ltk: 16 octets',
    ],
    [
      'has a key that is no text',
      (text: string) => text.replace(/"irk": "\w+"/, '"irk": 5'),
      '.irk: 16 octets',
    ],
    [
      'has a word too much',
      (text: string) => text.replace('"ediv": 1,', '"ediv": 1, "edivX": 2,'),
      'edivX: there is no such field',
    ],
    [
      'lacks a field',
      (text: string) => text.replace(/"level": 3,/, ''),
      'level: a level from 1 to 4 is wanted',
    ],
    [
      'has a number out of range',
      (text: string) => text.replace('"keySize": 16', '"keySize": 17'),
      'keySize: a whole number from 7 to 16',
    ],
    [
      'has a private address',
      (text: string) => text.replace('"identity": "C0:DE:C0:00:00:02', '"identity": "40:DE:C0:00:00:02'),
      'bonds.1.identity: an identity address, public or static random, is wanted',
    ],
    [
      'has a peer twice',
      (text: string) =>
        text.replace(/"identity": "C0:DE:C0:00:00:02\/random"/, '"identity": "C0:DE:C0:00:00:01/public"'),
      'bonds.1.identity: it is there twice',
    ],
    [
      'has a peer twice, written in two ways',
      (text: string) =>
        withoutChecksum(text).replace(
          /"identity": "C0:DE:C0:00:00:02\/random"/,
          '"identity": "c0-de-c0-00-00-01/public"',
        ),
      'bonds.1.identity: it is there twice',
    ],
    [
      'has a list twice, of which one would be lost',
      (text: string) => withoutChecksum(text).replace('"locals": [', '"locals": [],\n"locals": ['),
      'line 5: a name is there twice',
    ],
    [
      'has a moment beyond all calendars',
      (text: string) => withoutChecksum(text).replace(/"createdAt": \d+/, '"createdAt": 9e15'),
      'createdAt: milliseconds since 1970 are wanted',
    ],
    [
      'has version 0',
      (text: string) => text.replace('"version": 2', '"version": 0'),
      'line 3: version: 1 or 2 is wanted',
    ],
    [
      'has another digit in a key, and looks sound all the same',
      (text: string) =>
        text.replace(/("ltk": ")(.)/, (_, begin, digit) => `${begin}${digit === 'a' ? 'b' : 'a'}`),
      'line 4: checksum: what follows is not what was written',
    ],
    [
      'lacks a bond that was written',
      (text: string) => {
        const content = JSON.parse(text);
        content.locals[0].bonds.pop();
        return JSON.stringify(content, undefined, 2);
      },
      'line 4: checksum: what follows is not what was written',
    ],
    [
      'has a checksum that is none',
      (text: string) => text.replace(/"checksum": "\w+"/, '"checksum": "no"'),
      'line 4: checksum: eight hexadecimal digits are wanted',
    ],
    [
      'has a tag that is too long',
      (text: string) => text.replace('"irk":', `"tag": "${'5a'.repeat(65)}",\n"irk":`),
      'tag: 0 to 64 octets',
    ],
  ])('because it %s is refused with its line, set aside, and kept', async (_, damage, message) => {
    const text = damage(await written());
    writeFileSync(path, text);
    const line = text.split('\n').length;
    const error = await refused(new BondFile(path).load(local));
    expect(error.code).toBe('BONDS_DAMAGED');
    expect(error.message).toMatch(/line \d+: /);
    expect(Number(/line (\d+): /.exec(error.message)![1])).toBeLessThanOrEqual(line);
    expect(error.message).toMatch(new RegExp(message.replaceAll('.', '\\.')));
    expect(error.message).toContain(`It is kept as ${path}.damaged-1`);
    expect(readFileSync(`${path}.damaged-1`, 'utf8')).toBe(text);
    expect(existsSync(path)).toBe(false);
    // No octet of a key is told.
    for (const [key] of text.matchAll(/[0-9a-f]{16,}/g)) expect(error.message).not.toContain(key.slice(0, 8));
    // The next run goes on without, and says what lies there.
    const onWarning = vi.fn();
    expect((await new BondFile(path, { onWarning }).load(local)).bonds).toEqual([]);
    expect(onWarning).toHaveBeenCalledWith(`beside ${path} lies what was damaged: bonds.json.damaged-1`);
  });

  it('names the line that is wrong', async () => {
    const lines = (await written()).split('\n');
    const at = lines.findLastIndex((line) => line.includes('"csrk"'));
    writeFileSync(path, lines.with(at, '"csrk": "no",').join('\n'));
    const { message } = await refused(new BondFile(path).load(local));
    expect(message).toContain(`line ${at + 1}: locals.0.bonds.1.keys.peer.signing.csrk: `);
    writeFileSync(path, Buffer.from(lines.join('\n').replace('"level": 3', '"näme": "\u0001"'), 'latin1'));
    const binary = await refused(new BondFile(path).load(local));
    const wrong = lines.findIndex((line) => line.includes('"level": 3'));
    expect(binary.message).toContain(`line ${wrong + 1}: `);
    expect(binary.message).toContain(`${path}.damaged-2`);
  });

  it('of version 1, which has no checksum, is read, and is of version 2 when it is written the next time', async () => {
    const text = withoutChecksum(await written()).replace('"version": 2', '"version": 1');
    writeFileSync(path, text);
    expect(await peers()).toEqual([1, 2]);
    expect(readFileSync(path, 'utf8')).toBe(text);
    await new BondFile(path).save(local, bond(3));
    expect(readFileSync(path, 'utf8')).toMatch(/"version": 2,\n {2}"checksum": "[0-9a-f]{8}",/);
    expect(await peers()).toEqual([1, 2, 3]);
  });

  it('is sound however it is laid out, and when who changed it by hand took the checksum out', async () => {
    const text = await written();
    writeFileSync(path, JSON.stringify(JSON.parse(text)));
    expect(await peers()).toEqual([1, 2]);
    const named = text.replace('"level": 3', '"name": "by hand",\n"level": 3');
    writeFileSync(path, named);
    expect((await refused(new BondFile(path).load(local))).message).toContain('takes this line out');
    writeFileSync(path, withoutChecksum(named));
    expect((await new BondFile(path).load(local)).bonds[0]!.name).toBe('by hand');
  });

  it('has one octet changed, whichever it is: refused, or nothing is lost by it', async () => {
    const text = await written();
    const sound = JSON.stringify(JSON.parse(text).locals);
    const random = seededRandom(3);
    for (let at = 0; at < text.length; at += 1 + Math.floor(randomUnit(random) * 24)) {
      const octet = 0x20 + Math.floor(randomUnit(random) * 0x5f);
      const changed = text.slice(0, at) + String.fromCharCode(octet) + text.slice(at + 1);
      writeFileSync(path, changed);
      const outcome = await new BondFile(path).load(local).catch((error: BondStoreError) => error.code);
      if (typeof outcome === 'string') expect(['BONDS_DAMAGED', 'BONDS_NEWER']).toContain(outcome);
      else expect(JSON.stringify(JSON.parse(changed).locals)).toBe(sound);
    }
  });

  it('and was written by a newer version is left alone, by whoever comes', async () => {
    const text = (await written()).replace('"version": 2', '"version": 3').replace('"ltk"', '"LTK"');
    writeFileSync(path, text);
    const store = new BondFile(path);
    for (const attempt of [() => store.load(local), () => store.save(local, bond(3)), () => store.locals()]) {
      const error = await refused(attempt());
      expect(error).toMatchObject({ code: 'BONDS_NEWER' });
      expect(error.message).toContain('has version 3; this program knows up to 2');
    }
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(join(folder, 'own'))).toEqual(['bonds.json']);
  });

  it('while it is in use is set aside, and made anew from what is known', async () => {
    const onWarning = vi.fn();
    const store = new BondFile(path, { onWarning });
    await store.saveIdentity(local, new Uint8Array(16).fill(4));
    await store.save(local, bond(1));
    writeFileSync(path, '{"format": "bluew');
    expect(await store.save(local, bond(2))).toBe(true);
    expect(await peers()).toEqual([1, 2]);
    expect((await new BondFile(path).load(local)).irk).toEqual(new Uint8Array(16).fill(4));
    expect(onWarning.mock.calls[0]![0]).toContain(`line 1: `);
    expect(readFileSync(`${path}.damaged-1`, 'utf8')).toBe('{"format": "bluew');
    // Taken away, it comes back.
    rmSync(path);
    expect(await store.save(local, bond(2))).toBe(true);
    expect(await peers()).toEqual([1, 2]);
  });

  it('cannot be read is refused with the reason', async () => {
    mkdirSync(path, { recursive: true });
    expect(await refused(new BondFile(path).load(local))).toMatchObject({
      code: 'BONDS_UNREADABLE',
      message: `${path} cannot be read: it is no file`,
    });
    const under = join(folder, 'file');
    writeFileSync(under, '');
    expect((await refused(new BondFile(join(under, 'bonds.json')).load(local))).code).toBe(
      'BONDS_UNREADABLE',
    );
  });

  it('and cannot be set aside is refused with its line all the same', async () => {
    const text = (await written()).replace('"keySize": 16', '"keySize": 17');
    writeFileSync(path, text);
    // As in a folder that is not the user's.
    mkdirSync(`${path}.lock`);
    const error = await refused(new BondFile(path).load(local));
    expect(error).toMatchObject({ code: 'BONDS_DAMAGED', cause: { code: 'BONDS_UNREADABLE' } });
    expect(error.message).toMatch(/line \d+: locals\.0\.bonds\.0\..*keySize: .* It is left where it is, as/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('can be read by others, which is told', async () => {
    await written();
    chmodSync(path, 0o644);
    chmodSync(join(folder, 'own'), 0o777);
    const onWarning = vi.fn();
    await new BondFile(path, { onWarning }).load(local);
    expect(onWarning.mock.calls.flat()).toEqual([
      `${path} can be read or written by others (mode 644): chmod 600 ${path}`,
      `others may put files into ${join(folder, 'own')} (mode 777): chmod 700 ${join(folder, 'own')}`,
    ]);
    // The next write mends the file.
    await new BondFile(path).save(local, bond(5));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
