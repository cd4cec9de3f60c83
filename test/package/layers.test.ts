import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders: string[] = [];

/** A small project with the given sources and the lint rules of this one. */
function plant(sources: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'bluewire-layers-'));
  folders.push(folder);
  for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
    copyFileSync(join(root, name), join(folder, name));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(sources)) {
    const file = join(folder, 'src', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  }
  return folder;
}

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

/** What dependency-cruiser finds: `rule: file`, sorted. */
function layerViolations(sources: Record<string, string>): string[] {
  const cruiser = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const run = spawnSync(
    process.execPath,
    [cruiser, '--config', '.dependency-cruiser.cjs', '-T', 'json', 'src'],
    { cwd: plant(sources), encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  const { summary } = JSON.parse(run.stdout) as { summary: { violations: Violation[] } };
  return summary.violations.map(({ from, rule }) => `${rule.name}: ${from.replace('src/', '')}`).sort();
}

/** What scripts/check-sources.mjs says, without the folder's name. */
function sourceProblems(sources: Record<string, string>): { status: number | null; problems: string[] } {
  const folder = join(plant(sources), 'src');
  const run = spawnSync(process.execPath, [join(root, 'scripts', 'check-sources.mjs'), folder], {
    encoding: 'utf8',
  });
  const problems = run.stderr.split('\n').filter((line) => line !== '');
  return { status: run.status, problems: problems.map((line) => line.replace(`${folder}/`, '')) };
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const declaration = 'export const x = 1;';

describe('the layer rules of the lint', () => {
  it('pass imports that point down, and the platform choice through #transports', () => {
    const violations = layerViolations({
      'core/index.ts': declaration,
      'hci/definition.ts': "export * from '../core/index.js';",
      'hci/host.ts': "import '#transports';\nimport './definition.js';",
      'hci/transport/node/transports.ts': "import 'node:net';\nvoid import('serialport');",
      'hci/transport/browser/transports.ts': declaration,
      'l2cap/index.ts': "import '../hci/host.js';",
      'smp/index.ts': "import '../l2cap/index.js';",
      'gatt/index.ts': "import '../l2cap/index.js';",
      'gap/index.ts': "import '../gatt/index.js';\nimport '../smp/index.js';",
      'api/index.ts': "import '../gap/index.js';",
      'virtual/controller.ts': "import '../hci/definition.js';",
      'virtual/devices/sensor.ts': "import '../../gap/index.js';\nimport '../controller.js';",
      'virtual/index.ts': "import './devices/sensor.js';",
      'gatt/att/pdus.ts': declaration,
      'gap/advertising-data.ts': declaration,
      'decode/index.ts':
        "import '../hci/definition.js';\nimport '../gatt/att/pdus.js';\nimport '../gap/advertising-data.js';",
      'index.ts': "import './api/index.js';\nimport './virtual/index.js';",
      'cli/main.ts': "import 'node:process';\nimport '../index.js';\nimport '../decode/index.js';",
    });
    expect(violations).toEqual([]);
  });

  it('fail an import that points up, from every layer, also one of a type alone', () => {
    const upward = "import type { x } from '../cli/main.js';\nexport type T = typeof x;";
    const layers = ['core', 'hci', 'l2cap', 'smp', 'gatt', 'gap', 'api', 'virtual'];
    const sources = Object.fromEntries(layers.map((layer) => [`${layer}/part.ts`, upward]));
    const violations = layerViolations({ 'cli/main.ts': declaration, ...sources });
    expect(violations).toEqual(layers.map((layer) => `layer-${layer}: ${layer}/part.ts`).sort());
  });

  it('fail gatt importing smp, and smp importing gatt', () => {
    const violations = layerViolations({
      'gatt/a.ts': declaration,
      'smp/a.ts': declaration,
      'gatt/b.ts': "import '../smp/a.js';",
      'smp/b.ts': "import '../gatt/a.js';",
    });
    expect(violations).toEqual(['layer-gatt: gatt/b.ts', 'layer-smp: smp/b.ts']);
  });

  it('fail host logic in the virtual controller, the virtual controller in a layer, and api in a simulated device', () => {
    const violations = layerViolations({
      'hci/host.ts': declaration,
      'api/index.ts': declaration,
      'virtual/devices/sensor.ts': "import '../../api/index.js';",
      'virtual/controller.ts': "import '../hci/host.js';",
      'virtual/air.ts': "import './devices/lamp.js';",
      'virtual/devices/lamp.ts': declaration,
      'gap/device.ts': "import '../virtual/controller.js';",
    });
    expect(violations).toEqual([
      'layer-gap: gap/device.ts',
      'layer-virtual-devices: virtual/devices/sensor.ts',
      'layer-virtual: virtual/air.ts',
      'layer-virtual: virtual/controller.ts',
    ]);
  });

  it('fail the logic of the host in a replay, which judges it, but not in the helper for tests; and a replay in a layer', () => {
    const violations = layerViolations({
      'hci/host.ts': declaration,
      'hci/definition.ts': declaration,
      'hci/capture/record.ts': declaration,
      'decode/index.ts': declaration,
      'replay/index.ts': "export * from './transport.js';\nexport * from './test/helper.js';",
      'replay/transport.ts':
        "import '../hci/definition.js';\nimport '../hci/capture/record.js';\nimport '../decode/index.js';",
      'replay/player.ts': "import '../hci/host.js';",
      'replay/test/helper.ts': "import '../../hci/host.js';",
      'gap/device.ts': "import '../replay/transport.js';",
    });
    expect(violations).toEqual(['layer-gap: gap/device.ts', 'layer-replay: replay/player.ts']);
  });

  it('fail what acts on packets in the decoder, and the decoder in a layer', () => {
    const violations = layerViolations({
      'hci/host.ts': declaration,
      'hci/registry.ts': declaration,
      'gatt/att/bearer.ts': declaration,
      'decode/index.ts': "import '../hci/registry.js';",
      'decode/host.ts': "import '../hci/host.js';",
      'decode/att.ts': "import '../gatt/att/bearer.js';",
      'hci/supervisor.ts': "import '../decode/index.js';",
      'gap/device.ts': "import '../decode/index.js';",
      'virtual/controller.ts': "import '../decode/index.js';",
    });
    expect(violations).toEqual([
      'layer-decode: decode/att.ts',
      'layer-decode: decode/host.ts',
      'layer-gap: gap/device.ts',
      'layer-hci: hci/supervisor.ts',
      'layer-virtual: virtual/controller.ts',
    ]);
  });

  it('fail node: imports, serialport and a direct way into node/ anywhere else', () => {
    const violations = layerViolations({
      'core/file.ts': "import 'node:fs';",
      'hci/port.ts': "import 'serialport';",
      'hci/node/tty.ts': declaration,
      'hci/open.ts': "import './node/tty.js';",
    });
    expect(violations).toEqual([
      'node-folders-by-condition-only: hci/open.ts',
      'node-only-in-node-folders: core/file.ts',
      'serialport-only-in-node-folders: hci/port.ts',
    ]);
  });

  it('pass usb, an optional peer dependency, in the one file that loads it, and fail it in its neighbours', () => {
    const usesUsb = "export type U = typeof import('usb');";
    const violations = layerViolations({
      'hci/transport/node/usb-package.ts': `${usesUsb}\nimport 'node:module';`,
      'hci/transport/node/usb.ts': usesUsb,
      'hci/transport/usb/device.ts': usesUsb,
      'cli/main.ts': "import 'usb';",
    });
    expect(violations).toEqual([
      'usb-only-in-its-adapter: cli/main.ts',
      'usb-only-in-its-adapter: hci/transport/node/usb.ts',
      'usb-only-in-its-adapter: hci/transport/usb/device.ts',
    ]);
  });

  it('fail a cycle, an import of nothing, of a development dependency and of a test', () => {
    const violations = layerViolations({
      'core/a.ts': "import './b.js';",
      'core/b.ts': "import './a.js';",
      'core/c.ts': "import './absent.js';",
      'core/d.ts': "import 'fast-check';",
      'core/e.ts': "import '../../tsconfig.json';\nimport '../../test/helper.js';",
      '../test/helper.ts': declaration,
    });
    expect(violations).toEqual([
      'no-cycles: core/a.ts',
      'resolvable: core/c.ts',
      'runtime-dependencies-only: core/d.ts',
      'src-stands-alone: core/e.ts',
    ]);
  });
});

describe('the source check of the lint', () => {
  it('passes time in core/clock.ts, randomness in core/random.ts, and what Node alone has in node/ and cli/', () => {
    const { status, problems } = sourceProblems({
      'core/clock.ts': 'setTimeout(() => performance.now(), Date.now());',
      'core/random.ts': 'Math.random(); globalThis.crypto.getRandomValues(new Uint8Array(1));',
      'hci/node/port.ts': 'Buffer.from([process.pid]);',
      'cli/main.ts': 'process.exit();',
      'hci/host.ts':
        'export function f(clock: { setTimeout(): void }) { clock.setTimeout(); return new Date(0); }',
      'gap/p.ts': 'export function g(process: { require: 1 }) { return process.require; }',
    });
    expect(problems).toEqual([]);
    expect(status).toBe(0);
  });

  it('fails timers, the wall clock, randomness, Node globals and long files elsewhere, naming line and remedy', () => {
    const { status, problems } = sourceProblems({
      'a.ts': '\nsetTimeout(() => {}, 1);',
      'b.ts': 'export const t = [Date.now(), new Date()];',
      'c.ts': 'globalThis.setInterval(() => performance.now(), 1);',
      'd.ts': 'export const r = Math.random() + crypto.randomUUID();',
      'e.ts': 'export const b = Buffer.alloc(1);',
      'f.ts': 'const a = 1;\n'.repeat(450),
    });
    expect(status).toBe(1);
    expect(problems.map((line) => line.replace(/: [^:]*\(core.*|: Node alone.*|: part.*/, ''))).toEqual([
      'a.ts:2: setTimeout',
      'b.ts:1: Date.now',
      'b.ts:1: new Date()',
      'c.ts:1: globalThis.setInterval',
      'c.ts:1: performance',
      'd.ts:1: Math.random',
      'd.ts:1: crypto',
      'e.ts:1: Buffer',
      'f.ts: 451 lines, more than 450',
    ]);
  });
});
