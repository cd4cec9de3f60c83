import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bluewire-restart-'));
let air: ChildProcess;
const ports: string[] = [];

beforeAll(async () => {
  const args = ['dist/cli/main.js', 'air', '--json', '--controllers', '2', '--listen', 'tcp:127.0.0.1:0'];
  air = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface(air.stdout!)) {
    const { event, port } = JSON.parse(line);
    if (event === 'listening') ports.push(port);
    if (ports.length === 2) break;
  }
});
afterAll(() => {
  air.kill();
  rmSync(folder, { recursive: true });
});

/** Two devices with their bonds in files: they connect, pair where there is no bond, and read what wants encryption. */
const program = `
import { bondFile, characteristic, Device, service } from 'bluewire';
const [mine, theirs, folder] = process.argv.slice(1);
const open = async (transport, name, address) =>
  Device.open({ transport, address, security: { bonds: await bondFile(folder + '/' + name + '.json') } });
const peripheral = await open(theirs, 'peripheral', 'C0:DE:C0:00:00:0B');
const central = await open(mine, 'central', 'C0:DE:C0:00:00:0A');
peripheral.server.add(service(0xb000, { secret: characteristic(0xb001, { read: { level: 2 }, value: Uint8Array.of(42) }) }));
await peripheral.startAdvertising({ data: { flags: 6 } });
const known = central.bonds.size;
const link = await central.connect(peripheral.address);
const encrypted = link.security.level > 1;
let pairings = 0;
link.on('paired', () => pairings++);
const [found] = await link.gatt.discoverServices(0xb000);
const [secret] = await found.discoverCharacteristics();
const [value] = await secret.read();
console.log(JSON.stringify({ known, encrypted, pairings, value, level: link.security.level, bonded: link.security.bonded }));
await central.close();
await peripheral.close();
`;

function run(): unknown {
  const args = ['--input-type=module', '-e', program, ...ports, folder];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

it('a new process encrypts with the key that another one paired for, without pairing', () => {
  expect(run()).toMatchObject({ known: 0, encrypted: false, value: 42, level: 2, bonded: true });
  if (process.platform !== 'win32') expect(statSync(join(folder, 'central.json')).mode & 0o777).toBe(0o600);
  expect(run()).toEqual({ known: 1, encrypted: true, pairings: 0, value: 42, level: 2, bonded: true });
});
