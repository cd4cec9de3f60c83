import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { SimulatedClock, systemClock } from '../../../src/core/clock.js';
import { frameOf } from '../../../src/core/frame.js';
import { systemRandom } from '../../../src/core/random.js';
import { Device } from '../../../src/gap/device.js';
import { bridge } from '../../../src/hci/bridge.js';
import { readRssi } from '../../../src/hci/commands/index.js';
import { HciHost } from '../../../src/hci/host.js';
import { streamTransport } from '../../../src/hci/transport/from-objects.js';
import { createTransport } from '../../../src/hci/transport/registry.js';
import { World } from '../../../src/virtual/devices/world.js';
import { Belongings } from '../../support/sockets.js';

const context = { clock: systemClock, random: systemRandom };
const belongings = new Belongings();
const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  belongings.dispose();
});

describe.each(['tcp-server', 'ws-server', 'unix-server'])(
  'a device whose controller connects to %s:',
  (kind) => {
    it('scans, and goes on by itself when the connection was lost and is there again', async () => {
      const world = await World.open(context);
      endings.push(() => world.close());
      const controller = world.controller('00:00:5E:00:53:01');
      let lose = () => {};
      let connections = 0;
      /** What stands at the other machine: `bluewire bridge virtual: tcp:…`. */
      const connect = async (at: string) => {
        connections++;
        const ending = new AbortController();
        const joined = bridge(controller.transport(), await createTransport(at, context), {
          signal: ending.signal,
        }).catch(() => {});
        lose = () => ending.abort();
        endings.push(async () => {
          lose();
          await joined;
        });
      };
      const place =
        kind === 'unix-server' ? `unix-server:${join(belongings.folder(), 'hci')}` : `${kind}:127.0.0.1:0`;
      const device = await Device.open({
        transport: place,
        recovery: { delaysMs: [0] },
        onDiagnostic: ({ listeningAt }) => {
          if (listeningAt !== undefined) void connect(listeningAt);
        },
      });
      endings.push(() => device.close());
      let told: (address: string) => void = () => {};
      await device.startScan({ onReport: ({ address }) => told(address.toString()) });
      const next = () =>
        new Promise<string>((resolve) => {
          told = resolve;
        });
      expect(await next()).toMatch(/^([0-9A-F]{2}:){5}/);
      const recovered = new Promise<unknown>((resolve) => device.on('recovered', resolve));
      lose();
      await recovered;
      expect(await next()).toMatch(/^([0-9A-F]{2}:){5}/);
      expect(connections).toBe(2);
    });
  },
);

describe('memory towards a controller that takes nothing', () => {
  it('is bounded by the flow control of HCI (Vol 4, Part E, 4.1.1, 4.4)', async () => {
    const clock = new SimulatedClock();
    const stalled = new Duplex({ read() {}, write() {} });
    const transport = await streamTransport(stalled, { clock });
    const host = new HciHost(transport, { clock });
    await host.open();
    host.acl.setBuffers({ length: 251, count: 8 });
    const link = host.acl.attach(0x0040, { frame: () => {} });
    let handed = 0;
    for (let i = 0; i < 5000; i++) link.send(frameOf(new Uint8Array(200)), () => handed++);
    for (let i = 0; i < 100; i++) host.send(readRssi, { handle: 0x0040 }).catch(() => {});
    await clock.advance(100);
    // Eight packets of 200 octets with their headers, and the one command that may be under way.
    expect(transport.writeBacklog).toBe(8 * (200 + 4 + 5) + 6);
    expect(handed).toBe(8);
    const closing = host.close();
    await clock.advance(1000);
    await closing;
    expect(transport.writeBacklog).toBe(0);
  });
});
