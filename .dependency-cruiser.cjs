/**
 * The layers of src/, checked by `npm run lint`: imports point down only (docs/architecture.md).
 * Type-only imports count like any other. test/package/layers.test.ts plants a violation of each rule.
 */

/** What each layer may import besides itself. src/index.ts composes all of them, and is bound by none. */
const layers = {
  core: [],
  hci: ['core'],
  l2cap: ['core', 'hci'],
  smp: ['core', 'hci', 'l2cap'],
  gatt: ['core', 'hci', 'l2cap'],
  gap: ['core', 'hci', 'l2cap', 'smp', 'gatt'],
  api: ['core', 'hci', 'l2cap', 'smp', 'gatt', 'gap'],
  cli: [
    'core',
    'hci',
    'l2cap',
    'smp',
    'gatt',
    'gap',
    'api',
    'virtual',
    'decode',
    'replay',
    'stats',
    'index.ts',
  ],
};

/** The parts of hci that say what the packets look like, and do nothing: what a controller has in common with a host. */
const hciDeclarations = [
  '^src/hci/(definition|packet-type|error-names|features|[^/]+-packet)\\.ts$',
  '^src/hci/(commands|events|fields)/',
  '^src/hci/transport/transport\\.ts$',
  '^src/hci/vendor/(?!registry)[^/]+\\.ts$',
];

/** What the decoder reads packets by: declarations of all layers, and nothing that acts on a packet. */
const decodedDeclarations = [
  ...hciDeclarations,
  '^src/hci/(acl-reassembler|classic-names|decode|encode|registry|supported-commands)\\.ts$',
  '^src/hci/(fields|vendor)/',
  '^src/l2cap/(decode|signalling-pdus)\\.ts$',
  '^src/smp/(decode|pdus)\\.ts$',
  '^src/gatt/att/(decode|error-codes|opcodes|pdus)\\.ts$',
  '^src/gap/advertising-(data|data-builder|types)\\.ts$',
  '^src/gap/structures/contents\\.ts$',
];

const layerRules = Object.entries(layers).map(([layer, lower]) => ({
  name: `layer-${layer}`,
  comment: `${layer} may import ${[layer, ...lower].join(', ')} only`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: {
    path: '^src/',
    pathNot: [layer, ...lower].map((name) => (name.endsWith('.ts') ? `^src/${name}$` : `^src/${name}/`)),
  },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'layer-virtual',
      comment:
        "the virtual controller shares packet declarations with hci, never the host's logic: a bug must not cancel itself out",
      severity: 'error',
      from: { path: '^src/virtual/', pathNot: ['^src/virtual/devices/', '^src/virtual/index\\.ts$'] },
      to: { path: '^src/', pathNot: ['^src/core/', '^src/virtual/(?!devices/)', ...hciDeclarations] },
    },
    {
      name: 'layer-virtual-devices',
      comment: 'simulated devices are programs on top of gap',
      severity: 'error',
      from: { path: ['^src/virtual/devices/', '^src/virtual/index\\.ts$'] },
      to: { path: '^src/', pathNot: '^src/(core|hci|l2cap|gatt|gap|virtual)/' },
    },
    {
      name: 'layer-decode',
      comment:
        'the decoder shares declarations with all layers, and the logic of none: docs/adr/0005-decoder.md',
      severity: 'error',
      from: { path: '^src/decode/' },
      to: { path: '^src/', pathNot: ['^src/core/', '^src/decode/', ...decodedDeclarations] },
    },
    {
      name: 'layer-stats',
      comment: 'statistics read captures by the declarations of all layers, and use the logic of none',
      severity: 'error',
      from: { path: '^src/stats/' },
      to: {
        path: '^src/',
        pathNot: ['^src/(core|decode|stats)/', '^src/hci/capture/', ...decodedDeclarations],
      },
    },
    {
      name: 'layer-replay',
      comment:
        'a replay judges the host: it shares declarations with it and none of its logic: docs/adr/0009-replay.md',
      severity: 'error',
      from: { path: '^src/replay/', pathNot: '^src/replay/(test/|index\\.ts$)' },
      to: {
        path: '^src/',
        pathNot: [
          '^src/(core|decode|replay)/',
          '^src/hci/capture/',
          // What a simulated device looks like as data: what an extraction comes to.
          '^src/virtual/devices/description\\.ts$',
          ...decodedDeclarations,
        ],
      },
    },
    {
      name: 'layer-replay-test',
      comment: 'the helper for tests opens devices: it stands above all of the tower',
      severity: 'error',
      from: { path: '^src/replay/(test/|index\\.ts$)' },
      to: { path: '^src/', pathNot: '^src/(core|hci|l2cap|smp|gatt|gap|api|decode|replay)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'node-only-in-node-folders',
      comment: 'everything else runs in a browser as it is',
      severity: 'error',
      from: { path: '^src/', pathNot: ['/node/', '^src/cli/'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'node-folders-by-condition-only',
      comment:
        'a node/ folder is reached through the imports of package.json (#transports) or from the command line',
      severity: 'error',
      from: { path: '^src/', pathNot: ['/node/', '^src/cli/'] },
      to: { path: '^src/.*/node/', dependencyTypesNot: ['aliased-subpath-import'] },
    },
    {
      name: 'serialport-only-in-node-folders',
      severity: 'error',
      from: { path: '^src/', pathNot: '/node/' },
      to: { path: 'node_modules/(serialport|@serialport/)' },
    },
    {
      name: 'usb-only-in-its-adapter',
      comment:
        'usb is an optional peer dependency: one file loads it, when it is needed, and says what is wrong',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/hci/transport/node/usb-package\\.ts$' },
      to: { path: '(^|/)node_modules/(usb|@types/w3c-web-usb)/' },
    },
    {
      name: 'runtime-dependencies-only',
      comment:
        'src may use what package.json lists under dependencies, and nothing else; usb has a rule of its own',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        pathNot: '(^|/)node_modules/usb/',
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-optional', 'npm-peer'],
      },
    },
    {
      name: 'src-stands-alone',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples|scripts)/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['bluewire-source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js'],
    },
  },
};
