import { expect, it } from 'vitest';
import { bundlePage, launch, noBrowser, servePage } from './support.js';

const isOf = (name: string) => (input: string) => input.includes(name);

it('a page pairs by Secure Connections, with ciphers that no part of Node is in', async (context) => {
  const page = await bundlePage('pairing.mjs');
  const inputs = Object.keys(page.metafile.inputs);
  expect(inputs.some(isOf('@noble/curves'))).toBe(true);
  expect(inputs.filter(isOf('node-crypto'))).toEqual([]);
  if (noBrowser) context.skip(noBrowser);
  const served = await servePage(page, 'pairing.js');
  const browser = await launch();
  try {
    const tab = await browser.newPage();
    const errors: string[] = [];
    tab.on('pageerror', (error) => errors.push(error.message));
    await tab.goto(served.url);
    await tab.waitForFunction('globalThis.runPairing');
    expect(await tab.evaluate('runPairing()')).toEqual({
      ...{ method: 'passkey', level: 4, bonded: true },
      ...{ locked: true, levelAgain: 4 },
    });
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
    await served.close();
  }
});
