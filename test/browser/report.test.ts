import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCapture } from '../../src/hci/capture/index.js';
import { reportPage, StatisticsCollector } from '../../src/stats/index.js';
import { launch, noBrowser, root } from './support.js';

/** What the report of the fixture looks like; written anew with BLUEWIRE_UPDATE_SCREENSHOTS=1. */
const REFERENCE = join(root, 'test/browser/report.png');
/** The screenshots are compared in squares of so many pixels, so that other fonts make no difference. */
const SQUARE = 32;
/** How far squares may be apart, of 255, on the average and at most. */
const MEAN = 4;
const MOST = 60;

function report(): string {
  const capture = readCapture(readFileSync(join(root, 'fixtures/heart-rate-virtual.hci')));
  const collector = new StatisticsCollector();
  for (const record of capture.list) collector.add(record);
  return reportPage(collector.result(capture), 'heart-rate-virtual.hci');
}

describe.skipIf(noBrowser)('the report of bluewire stats in headless Chromium', () => {
  let browser: Browser;
  const html = report();

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
  });

  /** The page, and what it complained of or asked for. */
  async function open(
    width: number,
    colorScheme: 'light' | 'dark',
  ): Promise<{ tab: Page; complaints: string[] }> {
    const tab = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const complaints: string[] = [];
    tab.on('pageerror', ({ message }) => complaints.push(message));
    tab.on('console', (message) => complaints.push(message.text()));
    tab.on('request', (request) => complaints.push(`asks for ${request.url()}`));
    await tab.setContent(html);
    return { tab, complaints };
  }

  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
  ] as const)('fits %i pixels in %s, loads nothing and complains of nothing', async (width, scheme) => {
    const { tab, complaints } = await open(width, scheme);
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    const boxes = await Promise.all((await tab.locator('main > *').all()).map((one) => one.boundingBox()));
    expect(boxes.length).toBeGreaterThan(8);
    for (const [i, box] of boxes.entries()) {
      expect(box!.height).toBeGreaterThan(20);
      expect(box!.x).toBeGreaterThanOrEqual(0);
      expect(box!.x + box!.width).toBeLessThanOrEqual(width);
      // No part lies over the next one.
      if (i > 0) expect(box!.y).toBeGreaterThanOrEqual(boxes[i - 1]!.y + boxes[i - 1]!.height);
    }
    for (const text of ['Packets a second', 'RSSI by device', 'ATT and SMP']) {
      expect(await tab.getByRole('heading', { name: text }).isVisible()).toBe(true);
    }
    expect(await tab.locator('#timeline .who').first().textContent()).toBe('Heart Rate');
    expect(complaints).toEqual([]);
    await tab.close();
  });

  it('draws bars within their tracks, and what was sent above what was received', async () => {
    const { tab } = await open(1280, 'light');
    const bar = (await tab.locator('#timeline .bar').first().boundingBox())!;
    const track = (await tab.locator('#timeline .track').first().boundingBox())!;
    expect(bar.x).toBeGreaterThanOrEqual(track.x);
    expect(bar.x + bar.width).toBeLessThanOrEqual(track.x + track.width + 1);
    expect(bar.width).toBeGreaterThan(track.width / 4);
    const zero = (await tab.locator('#packets .zero').boundingBox())!.y;
    const heights = await Promise.all(
      (await tab.locator('#packets path').all()).map((one) => one.boundingBox()),
    );
    expect(heights.some((box) => box!.y < zero - 10)).toBe(true);
    expect(heights.some((box) => box!.y + box!.height > zero + 10)).toBe(true);
    await tab.close();
  });

  it('filters the sequence, and opens what is long', async () => {
    const { tab, complaints } = await open(1280, 'light');
    const visible = () => tab.locator('#sequence .step:visible').count();
    const all = await tab.locator('#sequence .step').count();
    expect(await visible()).toBe(Math.min(all, 200));
    await tab.locator('#filter input').fill('Exchange MTU');
    const found = await visible();
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(all);
    expect(await tab.locator('#shown').textContent()).toBe(`${found} of ${all}`);
    expect(complaints).toEqual([]);
    await tab.close();
  });

  it('looks as it did', async () => {
    const { tab } = await open(1280, 'light');
    const picture = await tab.screenshot({ clip: { x: 0, y: 0, width: 1280, height: 900 } });
    await tab.close();
    if (process.env['BLUEWIRE_UPDATE_SCREENSHOTS'] === '1') writeFileSync(REFERENCE, picture);
    const [now, before] = await squares(browser, [picture, readFileSync(REFERENCE)]);
    expect(now!.length).toBe(before!.length);
    const apart = now!.map((value, i) => Math.abs(value - before![i]!));
    expect(apart.reduce((sum, one) => sum + one, 0) / apart.length).toBeLessThan(MEAN);
    expect(Math.max(...apart)).toBeLessThan(MOST);
    // It would see another picture: one in which the upper half is the lower one.
    const half = now!.length / 2;
    const turned = [...now!.slice(half), ...now!.slice(0, half)].map((value, i) =>
      Math.abs(value - before![i]!),
    );
    expect(turned.reduce((sum, one) => sum + one, 0) / turned.length).toBeGreaterThan(MEAN);
  });
});

/** The mean brightness of each square of pictures, row by row. */
async function squares(browser: Browser, pictures: readonly Buffer[]): Promise<number[][]> {
  const tab = await browser.newPage();
  try {
    const urls = pictures.map((picture) => `data:image/png;base64,${picture.toString('base64')}`);
    return (await tab.evaluate(`(async () => {
      const all = [];
      for (const url of ${JSON.stringify(urls)}) {
        const image = new Image();
        image.src = url;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        const { data } = context.getImageData(0, 0, image.width, image.height);
        const sums = [];
        for (let y = 0; y + ${SQUARE} <= image.height; y += ${SQUARE}) {
          for (let x = 0; x + ${SQUARE} <= image.width; x += ${SQUARE}) {
            let sum = 0;
            for (let dy = 0; dy < ${SQUARE}; dy++) for (let dx = 0; dx < ${SQUARE}; dx++) {
              const at = 4 * ((y + dy) * image.width + x + dx);
              sum += (data[at] + data[at + 1] + data[at + 2]) / 3;
            }
            sums.push(sum / ${SQUARE * SQUARE});
          }
        }
        all.push(sums);
      }
      return all;
    })()`)) as number[][];
  } finally {
    await tab.close();
  }
}
