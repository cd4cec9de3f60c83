import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { systemRandom } from '../../src/core/random.js';
import { bridge } from '../../src/hci/bridge.js';
import { createTransport } from '../../src/hci/transport/registry.js';
import { World } from '../../src/virtual/devices/world.js';
import { type Bundle, bundlePage, launch, noBrowser, servePage } from './support.js';

const context = { clock: systemClock, random: systemRandom };

let bundle: Bundle;
let served: Awaited<ReturnType<typeof servePage>>;

beforeAll(async () => {
  bundle = await bundlePage('transports.mjs');
  served = await servePage(bundle, 'transports.js');
});
afterAll(() => served.close());

/** What a page's errors and results are. */
interface Failure {
  readonly code: string;
  readonly message: string;
}

/** A tab with the page, its errors, and a function to be called in it. */
async function withPage<T>(
  work: (
    evaluate: <R>(expression: string) => Promise<R>,
    expose: (name: string, callback: () => unknown) => Promise<void>,
  ) => Promise<T>,
): Promise<T> {
  const browser = await launch();
  try {
    const tab = await browser.newPage();
    const errors: string[] = [];
    tab.on('pageerror', (error) => errors.push(error.message));
    await tab.goto(served.url);
    await tab.waitForFunction('globalThis.ready');
    const result = await work(
      (expression) => tab.evaluate(expression),
      async (name, callback) => {
        await tab.exposeFunction(name, callback);
      },
    );
    expect(errors).toEqual([]);
    return result;
  } finally {
    await browser.close();
  }
}

describe('the transports of a browser', () => {
  it('need no module of Node, and neither serialport nor ws', () => {
    const inputs = Object.keys(bundle.metafile.inputs);
    expect(inputs.filter((input) => /serialport|node_modules\/ws|\/node\//.test(input))).toEqual([]);
    expect(inputs).toContainEqual(expect.stringContaining('web-serial-stream'));
    expect(inputs).toContainEqual(expect.stringContaining('transport/websocket'));
    const imports = Object.values(bundle.metafile.outputs).flatMap((output) => output.imports);
    expect(imports.filter(({ external }) => external)).toEqual([]);
  });

  it('are loaded on first use, and small', () => {
    for (const [part, limit] of [
      ['web-serial.js', 16_000],
      ['websocket.js', 8_000],
      ['stream-pair.js', 6_000],
    ] as const) {
      const found = Object.entries(bundle.metafile.outputs).find(([, { entryPoint }]) =>
        entryPoint?.endsWith(`transport/${part}`),
      );
      console.log(`browser bundle: ${part} ${found?.[1].bytes} octets, loaded on first use`);
      expect(found?.[1].bytes).toBeLessThan(limit);
    }
  });
});

describe('in headless Chromium', () => {
  it('a device scans, connects and reads over a WebSocket to a ws-server: of Node', async (test) => {
    if (noBrowser) test.skip(noBrowser);
    const world = await World.open(context);
    const ending = new AbortController();
    const server = await createTransport('ws-server:127.0.0.1:0', context);
    let joined: Promise<unknown> | undefined;
    try {
      const at = await new Promise<string>((resolve) => {
        joined = bridge(server, world.controller('00:00:5E:00:53:01').transport(), {
          signal: ending.signal,
          onDiagnostic: (_name, { at: place }) => place && resolve(place),
        });
      });
      const found = await withPage(async (evaluate, expose) => {
        await expose('sensorRead', () => ending.abort());
        return evaluate<{ name: string; beats: number[]; diagnostics: string[]; error: Failure }>(
          `overWebSocket(${JSON.stringify(at)}, 'sensorRead')`,
        );
      });
      expect(found).toMatchObject({
        name: 'Heart Rate',
        diagnostics: [],
        error: { code: 'PORT_LOST', message: expect.stringMatching(/closed the connection \(code 1000\)/) },
      });
      expect(found.beats.every((beat) => beat > 30 && beat < 220)).toBe(true);
    } finally {
      ending.abort();
      await joined;
      await world.close();
    }
  });

  it('a WebSocket to where nothing listens says what to look at', async (test) => {
    if (noBrowser) test.skip(noBrowser);
    const failure = await withPage((evaluate) => evaluate<Failure>("failureOf('ws://127.0.0.1:1/')"));
    expect(failure).toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringMatching(/cannot connect. Does a WebSocket server listen there.*origin/),
    });
  });

  it('a device scans, connects and reads over Web Serial, survives errors of the line, and tells a loss', async (test) => {
    if (noBrowser) test.skip(noBrowser);
    interface Outcome {
      readonly openings: object[];
      readonly signals: object[];
      readonly bootText: string;
      readonly first: { name: string; beats: number[]; diagnostics: string[] };
      readonly again: { name: string };
      readonly freed: boolean;
      readonly second: { name: string };
      readonly error: Failure;
    }
    const outcome = await withPage((evaluate) => evaluate<Outcome>('overWebSerial()'));
    expect(outcome).toMatchObject({
      openings: [
        { baudRate: 1_000_000, flowControl: 'hardware', parity: 'none', bufferSize: 65536 },
        { baudRate: 115_200, flowControl: 'none' },
      ],
      bootText: '*** Booting Zephyr OS build v4.0.0 ***\r\n',
      first: { name: 'Heart Rate' },
      again: { name: 'Heart Rate' },
      freed: true,
      second: { name: 'Heart Rate' },
      error: { code: 'PORT_LOST', message: expect.stringMatching(/the port is gone.*unplugged/) },
    });
    expect(outcome.first.diagnostics).toEqual(['web-serial:2fe3:0004: a break came on the line']);
    expect(outcome.signals[0]).toEqual({ dataTerminalReady: true });
  });

  it('Web Serial of the browser itself refuses a page that asks without a click, and the page is told so', async (test) => {
    if (noBrowser) test.skip(noBrowser);
    const failure = await withPage((evaluate) => evaluate<Failure>('askedWithoutClick'));
    expect(failure).toMatchObject({
      code: 'PORT_DENIED',
      message: expect.stringMatching(/only while a click or a key is handled/),
    });
  });
});
