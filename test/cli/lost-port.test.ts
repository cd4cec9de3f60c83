// What is loaded at its first use is here already: simulated time would not wait for it.
import '../../src/decode/index.js';
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

/** The clocks on which the port `shaky:` was lost, which happens to it once. */
const shaken = new WeakSet<object>();

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
  registerTransport('shaky', {
    form: 'shaky:',
    load: () =>
      Promise.resolve({
        create: async (_port, context) => {
          const world = await World.open({ ...context, devices: [shy] });
          const controller = world.controller('00:00:5E:00:53:01');
          if (!shaken.has(context.clock)) context.clock.setTimeout(() => void world.close(), 100);
          shaken.add(context.clock);
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
  it.each([['scan'], ['heart-rate']])(
    '%s fails with one line when the port is lost and is not to be waited for',
    async (command) => {
      const cli = new CliRun();
      expect(await cli.run(command, '--no-recovery', '--port', 'unplugged:')).toBe(1);
      expect(cli.stderr.lines).toHaveLength(1);
      expect(cli.stderr.text).toMatch(/^bluewire: .*the controller was switched off\n$/);
      expect(cli.clock.pending).toBe(0);
    },
  );

  it('scan tells that the port was lost and is back, and goes on', async () => {
    const cli = new CliRun();
    expect(await cli.run('scan', '--seconds', '5', '--port', 'shaky:')).toBe(0);
    expect(cli.stderr.lines).toEqual([
      expect.stringMatching(/^bluewire: .*switched off\. Bringing the controller back$/),
      expect.stringMatching(/^bluewire: the controller is back after \d/),
      '1 device in 5 s',
    ]);
    expect(cli.stdout.text).toContain('Heart Rate');
  });

  it('scan --verbose shows the commands and events before the loss', async () => {
    const cli = new CliRun();
    expect(await cli.run('scan', '--verbose', '--seconds', '5', '--port', 'shaky:')).toBe(0);
    const packets = cli.stderr.lines.filter((line) => line.startsWith('[packets]'));
    expect(packets).toContainEqual(expect.stringMatching(/> Command LE_Set_Extended_Scan_Enable: Enable 1/));
    expect(packets).toContainEqual(expect.stringMatching(/< Event Command_Complete/));
  });

  it('scan gives up with one clear error when the port is lost again and again', async () => {
    const cli = new CliRun();
    expect(await cli.run('scan', '--seconds', '0', '--port', 'unplugged:')).toBe(1);
    expect(cli.stderr.lines.at(-1)).toMatch(/^bluewire: .*did not come back/);
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
