import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bluewire-restart-'));
let air: ChildProcess;
const running = new Set<ChildProcess>();
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
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A program in a process of its own, which prints JSON lines. */
class Program {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly ended: Promise<number | null>;
  private stderr = '';

  constructor(code: string, ...given: string[]) {
    const env = { ...process.env, XDG_STATE_HOME: folder };
    const args = ['--input-type=module', '-e', code, ...given, folder];
    this.child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.child);
    this.child.on('exit', () => running.delete(this.child));
    this.child.stderr!.on('data', (data) => {
      this.stderr += data;
    });
    this.lines = createInterface(this.child.stdout!)[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => this.child.on('exit', resolve));
  }

  /** What it says next. */
  async says(): Promise<Record<string, unknown>> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`it ended with ${await this.ended}: ${this.stderr}`);
    return JSON.parse(value);
  }

  /** Waits until it has ended by itself. */
  async end(): Promise<void> {
    const code = await this.ended;
    if (code !== 0) throw new Error(`it ended with ${code}: ${this.stderr}`);
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

const opening = (name: string, address: string) => `
import { Bluetooth, bondFile, characteristic, Device, service } from 'bluewire';
const transport = process.argv[1];
const folder = process.argv.at(-1);
const bonds = await bondFile(folder + '/${name}.json');
const device = await Device.open({ transport, address: '${address}', security: { bonds } });
const say = (what) => console.log(JSON.stringify(what));
`;

/** Serves what wants encryption, and says with whom it was bonded, and what became of the link. */
const peripheral = `${opening('peripheral', 'C0:DE:C0:00:00:0B')}
device.server.add(service(0xb000, { secret: characteristic(0xb001, { read: { level: 2 }, value: Uint8Array.of(42) }) }));
let pairings = 0;
device.on('connection', (link) => {
  link.on('paired', () => pairings++);
  link.on('security', async ({ level, bonded }) => {
    if (level === 1 || !bonded) return;
    // What is kept, is on the disk.
    await bonds.close();
    say({ pairings, level, bonded });
  });
  link.on('disconnected', () => device.close());
});
await device.startAdvertising({ data: { flags: 6 } });
say({ known: device.bonds.size });
`;

/** Connects, pairs where there is no bond, and reads what wants encryption; \`stay\` leaves the link there. */
const central = (stay: boolean) => `${opening('central', 'C0:DE:C0:00:00:0A')}
const known = device.bonds.size;
const link = await device.connect('C0:DE:C0:00:00:0B/random');
const encrypted = link.security.level > 1;
let pairings = 0;
link.on('paired', () => pairings++);
const [found] = await link.gatt.discoverServices(0xb000);
const [secret] = await found.discoverCharacteristics();
const [value] = await secret.read();
say({ known, encrypted, pairings, value, level: link.security.level, bonded: link.security.bonded });
${stay ? '' : 'await link.disconnect(); await device.close();'}
`;

describe('two devices, each in a process of its own', () => {
  it('pair, and are both killed', async () => {
    const theirs = new Program(peripheral, ports[1]!);
    expect(await theirs.says()).toEqual({ known: 0 });
    const mine = new Program(central(true), ports[0]!);
    expect(await mine.says()).toMatchObject({
      known: 0,
      encrypted: false,
      value: 42,
      level: 2,
      bonded: true,
    });
    expect(await theirs.says()).toEqual({ pairings: 1, level: 2, bonded: true });
    await Promise.all([mine.kill(), theirs.kill()]);
    if (process.platform === 'win32') return;
    for (const name of ['central', 'peripheral'])
      expect(statSync(join(folder, `${name}.json`)).mode & 0o777).toBe(0o600);
  });

  it.each([1, 2])('encrypt with the keys of that pairing when they run again, time %i', async () => {
    const theirs = new Program(peripheral, ports[1]!);
    expect(await theirs.says()).toEqual({ known: 1 });
    const mine = new Program(central(false), ports[0]!);
    expect(await mine.says()).toEqual({
      known: 1,
      encrypted: true,
      pairings: 0,
      value: 42,
      level: 2,
      bonded: true,
    });
    expect(await theirs.says()).toEqual({ pairings: 0, level: 2, bonded: true });
    await Promise.all([mine.end(), theirs.end()]);
  });
});

/** A lock of the Pycom API, whose pin is set in each run; it says how many bonds that left. */
const lock = (pin: number) => `
import { Bluetooth } from 'bluewire';
const [transport] = process.argv.slice(1);
const bt = new Bluetooth({ transport });
await bt.init({ transport });
await bt.set_pin(${pin});
const say = (what) => console.log(JSON.stringify(what));
bt.device.on('connection', (link) => {
  link.on('paired', ({ level }) => say({ paired: level }));
  link.on('disconnected', () => bt.deinit());
});
say({ known: bt.device.bonds.size, address: String(bt.device.addressOnAir), identity: String(bt.device.address) });
await bt.set_advertisement({ name: 'lock' });
await bt.advertise(true);
`;

/** Pairs with it. */
const visitor = (pin: number) => `${opening('visitor', 'C0:DE:C0:00:00:0C')}
device.setSecurity({ delegate: { enterPasskey: () => ${pin} }, rePairing: 'always', encryptOnConnect: false });
const link = await device.connect(process.argv[2], { timeoutMs: 10_000 });
await link.pair();
await link.disconnect();
await device.close();
`;

it('the pin of a run before is known by the file of bonds: the same keeps the bonds, another removes them', async () => {
  for (const [pin, known] of [
    [123456, 0],
    [123456, 1],
    [654321, 0],
    [654321, 1],
  ] as const) {
    const server = new Program(lock(pin), ports[1]!);
    const said = await server.says();
    expect(said).toMatchObject({ known });
    expect(said['address']).not.toBe(said['identity']);
    const guest = new Program(visitor(pin), ports[0]!, String(said['address']));
    expect(await server.says()).toEqual({ paired: 4 });
    await Promise.all([guest.end(), server.end()]);
  }
});
