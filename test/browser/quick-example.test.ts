import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The bundle that a page loads, minified; what is loaded on first use comes on top. */
const MAX_BUNDLE = 180_000;
const MAX_BUNDLE_GZIPPED = 60_000;

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const browserPath = process.env['CHROMIUM'] ?? places.find((place) => existsSync(place));
const options = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The page's program from the built package, as a user's bundler makes it. */
async function bundlePage() {
  const result = await build({
    entryPoints: [join(root, 'test/browser/page/page.mjs')],
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    write: false,
    outdir: '/bundle',
    logLevel: 'silent',
    // Without the project's own paths to the sources: what is bundled is what is built.
    tsconfigRaw: {},
    plugins: [
      {
        name: 'example-support',
        setup({ onResolve }) {
          const replacement = join(root, 'test/browser/page/support.mjs');
          onResolve({ filter: /^\.\/support\.mjs$/ }, () => ({ path: replacement }));
        },
      },
    ],
  });
  return { files: result.outputFiles, metafile: result.metafile };
}

let page: Awaited<ReturnType<typeof bundlePage>>;

beforeAll(async () => {
  page = await bundlePage();
});

describe('the bundle for a browser', () => {
  it('has no node: import, no serialport, and the transports of a browser', () => {
    const inputs = Object.keys(page.metafile.inputs);
    expect(inputs.filter((input) => /serialport|node\/transports/.test(input))).toEqual([]);
    expect(inputs).toContainEqual(expect.stringContaining('browser/transports'));
    const imports = Object.values(page.metafile.outputs).flatMap((output) => output.imports);
    expect(imports.filter(({ external }) => external)).toEqual([]);
  });

  it('keeps within its size', () => {
    const needed = new Set<string>();
    const need = (output: string) => {
      if (needed.has(output)) return;
      needed.add(output);
      for (const { path, kind } of page.metafile.outputs[output]!.imports) {
        if (kind === 'import-statement') need(path);
      }
    };
    const entry = Object.entries(page.metafile.outputs).find(([, output]) => output.entryPoint)![0];
    need(entry);
    const size = (pick: (output: string) => boolean) => {
      const names = Object.keys(page.metafile.outputs).filter(pick);
      const contents = names.map(
        (name) => page.files.find(({ path }) => path.endsWith(name.replace(/^.*\//, '/')))!,
      );
      return {
        octets: contents.reduce((sum, file) => sum + file.contents.length, 0),
        gzipped: contents.reduce((sum, file) => sum + gzipSync(file.contents).length, 0),
      };
    };
    const atStart = size((name) => needed.has(name));
    const all = size(() => true);
    console.log(
      `browser bundle: ${atStart.octets} octets at start (${atStart.gzipped} gzipped); ` +
        `${all.octets} (${all.gzipped}) with all that virtual: loads`,
    );
    expect(atStart.octets).toBeLessThan(MAX_BUNDLE);
    expect(atStart.gzipped).toBeLessThan(MAX_BUNDLE_GZIPPED);
  });
});

describe('the quick example in headless Chromium', () => {
  const server = createServer((request, response) => {
    const file = page.files.find(({ path }) => path.endsWith(request.url ?? ''));
    if (request.url !== '/' && !file) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
    response.end(file?.contents ?? '<!doctype html><script type="module" src="/page.js"></script>');
  });

  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('prints on virtual: what it prints in Node', async (context) => {
    if (!browserPath && process.env['CI'] !== 'true') {
      context.skip('there is no Chromium: scripts/install-browser.sh installs it');
    }
    const browser = await chromium.launch({
      ...(browserPath ? { executablePath: browserPath } : {}),
      args: options,
    });
    try {
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on('pageerror', (error) => errors.push(error.message));
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await tab.waitForFunction('globalThis.runQuickExample');
      const lines = (await tab.evaluate('runQuickExample()')) as string[];
      expect(errors).toEqual([]);

      const inNode = spawnSync(process.execPath, [join(root, 'examples/01-heart-rate.mjs')], {
        encoding: 'utf8',
      });
      expect(inNode.stderr).toBe('');
      const printed = inNode.stdout.trimEnd().split('\n');
      expect(lines.map(shape)).toEqual(printed.map(shape));
      expect(lines.join('\n')).toContain('Heart Rate');
    } finally {
      await browser.close();
    }
  });
});

/** A line without what the sensor measures: that is another number every time. */
function shape(line: string): string {
  return line.replace(/value = (?!b'[\w ]).*$/, 'value = …');
}
