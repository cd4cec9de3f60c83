import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundlePage, launch, noBrowser, root, servePage } from './support.js';

/**
 * The bundle that a page loads before its first line runs, minified; what is loaded on first use comes on top: what runs a
 * device with the first that is opened, what pairs and the ciphers with the first that does, the virtual controller with
 * `virtual:`. Something that grows this is better loaded then, too.
 */
const MAX_BUNDLE = 178_000;
const MAX_BUNDLE_GZIPPED = 68_000;

let page: Bundle;

beforeAll(async () => {
  page = await bundlePage('page.mjs');
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
    const entry = Object.entries(page.metafile.outputs).find(([, output]) =>
      output.entryPoint?.endsWith('page.mjs'),
    )![0];
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
  let served: Awaited<ReturnType<typeof servePage>>;

  beforeAll(async () => {
    served = await servePage(page, 'page.js');
  });
  afterAll(() => served.close());

  it('prints on virtual: what it prints in Node', async (context) => {
    if (noBrowser) context.skip(noBrowser);
    const browser = await launch();
    try {
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on('pageerror', (error) => errors.push(error.message));
      await tab.goto(served.url);
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
