// Builds dist/ (docs/adr/0001-build.md says why so):
//   dist/**/*.js    for Node: few files, by rollup
//   dist/esm/       for bundlers, browsers and all else: a module a source file
//   dist/**/*.d.ts  the types, by tsc
// Options:
//   --no-types   JavaScript only
//   --if-stale   nothing, when no source is newer than the last build
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, transform } from 'esbuild';
import { rollup } from 'rollup';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, '.built');
/** Goes with the parts of zod that are compiled in. */
const zodLicence = join(dist, 'zod.LICENSE');
/** Goes with the names of assigned numbers. */
const namesLicence = join(dist, 'decode', 'assigned-numbers.LICENSE');

/** What package.json points at in Node; the rest becomes chunks that these share. */
const entries = [
  'index',
  'core/index',
  'hci/index',
  'hci/capture/index',
  'hci/commands/index',
  'hci/events/index',
  'l2cap/index',
  'gatt/index',
  'gatt/values/index',
  'gatt/services/alerts',
  'gatt/services/battery',
  'gatt/services/blood-pressure',
  'gatt/services/current-time',
  'gatt/services/cycling-power',
  'gatt/services/cycling-speed-and-cadence',
  'gatt/services/device-information',
  'gatt/services/environmental-sensing',
  'gatt/services/health-thermometer',
  'gatt/services/heart-rate',
  'gatt/services/nordic-uart',
  'gatt/services/running-speed-and-cadence',
  'gatt/services/weight-scale',
  'gap/index',
  'gap/structures/index',
  'api/index',
  'decode/index',
  'replay/index',
  'smp/index',
  'stats/index',
  'virtual/index',
  'cli/main',
];

const common = {
  absWorkingDir: root,
  format: 'esm',
  platform: 'neutral',
  target: ['node20', 'es2023'],
  sourcemap: true,
  // src/ is in the package.
  sourcesContent: false,
  write: false,
  logLevel: 'warning',
};

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The list of the sources is part of the stamp: a file that went makes the build stale too. */
function listInputs() {
  const inputs = [
    ...filesUnder(join(root, 'src')),
    ...filesUnder(join(root, 'scripts')),
    join(root, 'package.json'),
  ];
  return inputs.map((file) => relative(root, file)).sort();
}

function isStale(inputs) {
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== inputs.join('\n')) return true;
  const built = statSync(stamp).mtimeMs;
  return inputs.some((file) => statSync(join(root, file)).mtimeMs > built);
}

/** Turns TypeScript into JavaScript, and finds the `.ts` behind a `.js` import. */
const typescript = {
  name: 'typescript',
  resolveId(source, importer) {
    // This bundle is for Node alone: its transports need not be looked up when the program starts.
    if (source === '#transports') return join(root, 'src', 'hci', 'transport', 'node', 'transports.ts');
    if (source === '#captures') return join(root, 'src', 'hci', 'capture', 'node', 'captures.ts');
    if (source === '#replays') return join(root, 'src', 'replay', 'node', 'replays.ts');
    if (source === '#addresses') return join(root, 'src', 'gap', 'node', 'address-store.ts');
    if (source === '#crypto') return join(root, 'src', 'smp', 'crypto', 'node', 'node-crypto.ts');
    if (source === '#bonds') return join(root, 'src', 'gap', 'node', 'bond-file.ts');
    if (!importer || !source.startsWith('.') || !source.endsWith('.js')) return null;
    const file = join(dirname(importer), `${source.slice(0, -3)}.ts`);
    return existsSync(file) ? file : null;
  },
  async transform(code, id) {
    if (!id.endsWith('.ts')) return null;
    const options = { loader: 'ts', target: 'es2023', sourcemap: true, sourcefile: id };
    const { code: output, map } = await transform(code, options);
    return { code: output, map };
  },
};

/**
 * What Node has to read before it can start gets shorter by half; names stay as they are. Lines are short, too: of an error that
 * nobody catches, Node prints the line that it was thrown in.
 */
const compact = {
  name: 'compact',
  async renderChunk(code) {
    const options = {
      ...{ minifyWhitespace: true, minifySyntax: true, lineLimit: 120 },
      ...{ sourcemap: true, target: 'es2023' },
    };
    const { code: output, map } = await transform(code, options);
    return { code: output, map };
  },
};

/** zod is compiled in, as far as it is used: its own files take 70 ms to load and 13 MB of memory. */
const zod = {
  name: 'zod',
  resolveId: (source) =>
    source === 'zod/mini' ? join(root, 'node_modules', 'zod', 'mini', 'index.js') : null,
};

/** Declarations that the host itself uses; the others are loaded with `bluewire/hci` only. */
const usedDeclarations =
  /^src\/hci\/(commands|events)\/(controller|information|link|link-control|le-advertising|le-scanning|le-connection|le-security|le-power|le-connection-rate)\.ts$/;
/** Fields that only those others have, and vendors' commands but for those that the upper layers send. */
const rarelyUsed =
  /^src\/hci\/(fields\/(direction-finding|extended-advertising|isochronous|sounding|index)|vendor\/(?!zephyr-(power|information))[^/]+)\.ts$/;

/** What makes a device out of a transport: src/gap/device-inside.ts lists it. */
const runsDevice =
  /^src\/(l2cap\/|api\/tx-power\.ts|gap\/(device-(inside|recovery|works)|radio-parts|own-address|connection-manager|connection\.|link\/|advertising\/(?!advertising-kind)|scanning\/(?!reception)|connecting\/|privacy\/(?!options)))/;
const runsHost =
  /^src\/hci\/(host|command-queue|event-router|acl|acl-flow|acl-reassembler|iso|iso-packet|packet-trail|definition|features|supported-commands|error-names|fields\/[^/]+|vendor\/[^/]+|bringup\/[^/]+|recovery\/(supervisor|fault-watch|state-mirror))\.ts$/;

/**
 * The chunk of a module. Few files, because Node takes close to a millisecond for each: one for what all programs
 * start with, whichever layer they import, one for what runs a device, one for the declarations that those do not use, and
 * one for what the first port needs.
 */
function chunkOf(id) {
  const path = relative(root, id).split(sep).join('/');
  if (path.startsWith('node_modules/zod/') || /^src\/hci\/transport\/(port|framing)-options\.ts$/.test(path))
    return 'ports';
  if (/\/node\/(address-store)\.ts$/.test(path)) return 'addresses';
  // Bonds in a file, and what reads their text, with the first bonds.
  if (/^src\/(gap\/(node\/|bonds\/(record-schema|merge))|core\/json-lines)/.test(path)) return 'bond-file';
  if (/^src\/hci\/capture\/node\//.test(path)) return 'capture-file';
  if (/^src\/hci\/capture\/(?!tap)/.test(path)) return 'captures';
  if (/^src\/hci\/framing\/(h5-|slip)/.test(path)) return 'h5';
  // What streams of octets need, and a controller in the same process does not.
  if (/^src\/hci\/(framing\/(h4-|framing)|bringup\/(reset-hunt|diagnosis))/.test(path)) return 'h4';
  // What makes use of AES, with the first pairing or Database Hash; what checks services, with the first from JSON.
  if (/^src\/core\/aes-/.test(path)) return 'aes';
  if (/^src\/gatt\/described\/(schema|check-|explain)/.test(path)) return 'described';
  // Enhanced ATT bearers, with the first device or link that has some.
  if (/^src\/(gap\/eatt\/bearers|gatt\/att\/enhanced-channel)\.ts$/.test(path)) return 'eatt';
  if (/^src\/smp\/(pdus|decode)\.ts$/.test(path)) return 'declarations';
  // Pairing and the ciphers are loaded with the first link that wants them; what a device's options need is there before.
  if (/^src\/smp\/pairing\/(policy|delegate|features|key-distribution)\.ts$/.test(path)) return 'stack';
  // The ciphers of other platforms: for who asks for them by name.
  if (/^src\/smp\/crypto\/noble\.ts$/.test(path)) return 'noble';
  if (/^src\/smp\/(crypto|pairing)\//.test(path)) return 'pairing';
  if (/^src\/gap\/security\/(?!options|no-security)/.test(path)) return 'pairing';
  if (/^src\/gap\/privacy\/(privacy|resolving-list)\.ts$/.test(path)) return 'pairing';
  if (/^src\/hci\/transport\/(usb\/|node\/usb)/.test(path)) return 'usb';
  if (/^src\/hci\/transport\/(node\/websocket|websocket-)/.test(path)) return 'websocket';
  if (/^src\/hci\/transport\/(web-serial\.|web-serial-stream)/.test(path)) return 'web-serial';
  if (/^src\/hci\/transport\/((duplex|web)-stream|stream-pair|web-writer|settles-within)/.test(path))
    return 'streams';
  if (/^src\/hci\/transport\/(boards|node\/(serial|port-list|chunked))[^/]*\.ts$/.test(path)) return 'serial';
  if (/^src\/hci\/transport\/node\/(socket|server|dialler|listen|require)[^/]*\.ts$/.test(path))
    return 'ports';
  // Controllers of Bluetooth 5 and later: with the first of them that is brought up.
  if (
    /^src\/hci\/(bringup\/extended|(commands|events)\/le-(extended-advertising|periodic)|fields\/(extended-advertising|direction-finding|isochronous))\.ts$/.test(
      path,
    )
  )
    return 'extended';
  // With the first scan that has a filter.
  if (/^src\/gap\/scanning\/scan-filter\.ts$/.test(path)) return 'scan-filter';
  // With the first train that has responses.
  if (/^src\/gap\/advertising\/(response-|subevent-)/.test(path)) return 'responses';
  if (/^src\/gap\/(advertising\/(extended|set-|legacy-set)|scanning\/(periodic|sync-))/.test(path))
    return 'extended';
  if (/^src\/hci\/(commands|events)\//.test(path))
    return usedDeclarations.test(path) ? 'device' : 'declarations';
  if (rarelyUsed.test(path)) return 'declarations';
  if (/^src\/hci\/(registry|decode|encode|classic-names|acl-packet)\.ts$/.test(path)) return 'declarations';
  // What only programs that ask for it use.
  if (/^src\/gap\/(structures\/|scanning\/discover)/.test(path)) return null;
  if (
    /^src\/gatt\/((values|services)\/|client\/(database|cache|session|reconcile|discover-tree|gatt-service)\.ts)/.test(
      path,
    )
  )
    return null;
  if (/^src\/hci\/(bridge|faults\/[^/]+|transport\/from-objects)\.ts$/.test(path)) return null;
  if (path.endsWith('/index.ts')) return null;
  // What runs a device comes with the first that is opened; the same goes for what only it uses of the layers underneath.
  if (runsDevice.test(path) || runsHost.test(path)) return 'device';
  if (/^src\/(core|hci|l2cap|smp|gatt|gap|api)\//.test(path)) return 'stack';
  return null;
}

async function bundleForNode() {
  const bundled = await rollup({
    input: Object.fromEntries(entries.map((entry) => [entry, join(root, 'src', `${entry}.ts`)])),
    external: (id) => id.startsWith('node:') || /^(@serialport\/|serialport$|@noble\/)/.test(id),
    plugins: [typescript, zod, compact],
    treeshake: { moduleSideEffects: (id) => /(register|main)\.ts$/.test(id) },
    onwarn(warning) {
      // zod's own affairs: comments for another bundler, circles.
      if (!warning.message.includes('node_modules')) throw new Error(warning.message);
    },
  });
  const { output } = await bundled.generate({
    dir: dist,
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    manualChunks: chunkOf,
    hoistTransitiveImports: false,
    sourcemap: true,
    // src/ is in the package.
    sourcemapExcludeSources: true,
  });
  await bundled.close();
  return output.map((file) => ({
    path: join(dist, file.fileName),
    contents: Buffer.from(file.type === 'chunk' ? file.code : file.source),
  }));
}

async function moduleByModule() {
  const sources = filesUnder(join(root, 'src')).map((file) => relative(root, file));
  const entryPoints = sources.filter(
    (file) => file.endsWith('.ts') && !/[\\/]node[\\/]|^src[\\/]cli[\\/]/.test(file),
  );
  const { outputFiles } = await build({ ...common, entryPoints, outbase: 'src', outdir: 'dist/esm' });
  return outputFiles;
}

async function buildJavaScript() {
  const outputs = [...(await bundleForNode()), ...(await moduleByModule())];
  // Only what changed is written, and what is left over goes last: a process that runs from dist/ meanwhile lives on.
  const written = new Set([stamp, zodLicence, namesLicence]);
  for (const { path, contents } of outputs) {
    written.add(path);
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
  copyFileSync(join(root, 'node_modules', 'zod', 'LICENSE'), zodLicence);
  mkdirSync(dirname(namesLicence), { recursive: true });
  copyFileSync(join(root, 'src', 'decode', 'assigned', 'LICENSE'), namesLicence);
  for (const file of filesUnder(dist)) {
    if (!written.has(file) && !/\.d\.ts(\.map)?$/.test(file)) rmSync(file);
  }
}

function buildTypes() {
  for (const file of filesUnder(dist)) if (/\.d\.ts(\.map)?$/.test(file)) rmSync(file);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('tsc reported errors');
}

const { values: options } = parseArgs({
  options: {
    'no-types': { type: 'boolean', default: false },
    'if-stale': { type: 'boolean', default: false },
  },
});
const inputs = listInputs();
if (!options['if-stale'] || isStale(inputs)) {
  const began = new Date();
  try {
    await buildJavaScript();
    if (!options['no-types']) buildTypes();
    writeFileSync(stamp, inputs.join('\n'));
    // A source that was saved while the build ran is newer than the stamp.
    utimesSync(stamp, began, began);
    console.error(`build: dist/ is made, after ${Date.now() - began} ms`);
  } catch (error) {
    console.error(`build: ${error.message}`);
    process.exitCode = 1;
  }
}
