import { beforeAll, describe, expect, it } from 'vitest';
import { registerTransport } from '../../src/hci/transport/registry.js';
import type { SimulatedDevice } from '../../src/virtual/devices/index.js';
import { World } from '../../src/virtual/devices/index.js';
import { CliRun } from './support.js';

/** Advertises as a heart rate sensor, and hangs up on everybody after 20 ms. */
const shy: SimulatedDevice = {
  name: 'Heart Rate',
  address: 'C0:DE:C0:00:00:09/random',
  position: { x: 1, y: 0, z: 0 },
  advertising: { data: { completeLocalName: 'Heart Rate' }, restart: 'whenDisconnected' },
  services: [
    (server, { clock }) => {
      const watch = () => {
        for (const client of server.clients) {
          const { context } = client as { context: { disconnect(): Promise<void> } };
          context.disconnect().catch(() => {});
        }
        if (clock.now() < 60_000) clock.setTimeout(watch, 20);
      };
      clock.setTimeout(watch, 20);
    },
  ],
};

beforeAll(() => {
  registerTransport('unplugged', {
    form: 'unplugged:',
    load: () =>
      Promise.resolve({
        create: async (_port, context) => {
          const world = await World.open(context);
          const controller = world.controller('00:00:5E:00:53:01');
          context.clock.setTimeout(() => void world.close(), 100);
          return controller.transport();
        },
      }),
  });
  registerTransport('shy', {
    form: 'shy:',
    load: () =>
      Promise.resolve({
        create: async (_port, context) => {
          const world = await World.open({ ...context, devices: [shy] });
          return world.controller('00:00:5E:00:53:01').transport();
        },
      }),
  });
});

describe('when things go wrong underneath', () => {
  it.each([['scan'], ['heart-rate']])('%s fails with one line when the port is lost', async (command) => {
    const cli = new CliRun();
    expect(await cli.run(command, '--port', 'unplugged:')).toBe(1);
    expect(cli.stderr.lines).toHaveLength(1);
    expect(cli.stderr.text).toMatch(/^bluewire: .*the controller was switched off\n$/);
    expect(cli.clock.pending).toBe(0);
  });

  it('heart-rate fails with one line when the sensor hangs up', async () => {
    const cli = new CliRun();
    expect(await cli.run('heart-rate', '--port', 'shy:')).toBe(1);
    expect(cli.stderr.lines).toHaveLength(1);
    expect(cli.stderr.text).toMatch(/^bluewire: .*C0:DE:C0:00:00:09/);
    const verbose = new CliRun();
    expect(await verbose.run('heart-rate', '--verbose', '--port', 'shy:')).toBe(1);
    expect(verbose.stderr.lines.length).toBeGreaterThan(1);
    expect(verbose.stderr.text).not.toMatch(/^\s+at /m);
  });
});
