import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type OutputFile } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';

export const root = fileURLToPath(new URL('../..', import.meta.url));

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

/** Why there can be no test in a browser here; `undefined` when there can, or has to be one. */
export const noBrowser =
  browserPath || process.env['CI'] === 'true'
    ? undefined
    : 'there is no Chromium: scripts/install-browser.sh installs it';

/** Starts headless Chromium. */
export function launch(): Promise<Browser> {
  return chromium.launch({ ...(browserPath ? { executablePath: browserPath } : {}), args: options });
}

/** A page's program with all that it loads. */
export interface Bundle {
  readonly files: readonly OutputFile[];
  readonly metafile: Metafile;
}

/** A program of test/browser/page from the built package, as a user's bundler makes it. */
export async function bundlePage(name: string): Promise<Bundle> {
  const result = await build({
    entryPoints: [join(root, 'test/browser/page', name)],
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

/** Serves a page that runs a bundle; gives its address, and a function that ends it. */
export async function servePage({ files }: Bundle, entry: string) {
  const server = createServer((request, response) => {
    const file = files.find(({ path }) => path.endsWith(request.url ?? ''));
    if (request.url !== '/' && !file) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
    response.end(file?.contents ?? `<!doctype html><script type="module" src="/${entry}"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
