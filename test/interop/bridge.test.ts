import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Device } from '../../src/gap/index.js';
import type { Child } from './support/child.js';
import { temporaryFolder } from './support/folders.js';
import {
  bluewire,
  bumbleControllers,
  type ControllerPort,
  gattClient,
  heartRateSensor,
} from './support/peers.js';
import { describeInterop } from './support/present.js';

/** `bluewire bridge` from a controller to a Unix socket, where a host is waited for. */
async function bridgeTo(controller: string, ...options: string[]): Promise<ControllerPort> {
  const path = join(temporaryFolder(), 'hci');
  const process = bluewire('bridge', controller, `unix-server:${path}`, ...options);
  await process.said(/listens, and waits/);
  return { port: `unix:${path}`, bumble: `unix:${path}`, process };
}

/** Bumble's client finds a heart rate sensor and reads where it is worn. */
async function readWithBumble(client: Child, name: string): Promise<unknown> {
  const { address, type } = await client.call<{ address: string; type: string }>('scan', { name });
  await client.call('connect', { address, type });
  return client.call('read_by_uuid', { uuid: '2A38' });
}

describeInterop('bluewire bridge', ['bumble', 'bluewire'], () => {
  it("carries Bumble's host to Bumble's controller, and ends with what it carried at Ctrl-C", async () => {
    const [first, second] = await bumbleControllers('tcp', 'tcp');
    await heartRateSensor(first!);
    const bridged = await bridgeTo(second!.port, '--json');
    expect(await readWithBumble(await gattClient(bridged), 'Heart Rate')).toEqual(['01']);
    bridged.process.kill('SIGINT');
    const { code, stdout } = await bridged.process.ended;
    expect(code).toBe(130);
    const { forward, back } = JSON.parse(stdout) as Record<string, { packets: number; octets: number }>;
    expect(forward!.packets).toBeGreaterThan(20);
    expect(back!.octets).toBeGreaterThan(back!.packets * 4);
  });

  it("carries a Device to Bumble's controller", async () => {
    const [first, second] = await bumbleControllers('tcp', 'tcp');
    await heartRateSensor(first!);
    const bridged = await bridgeTo(second!.port);
    const device = await Device.open({ transport: bridged.port });
    try {
      expect(device.controller.publicAddress.toString()).toBe(second!.address);
      const connection = await device.connect('F0:00:5E:00:53:A0/random');
      const all = (await connection.gatt.discoverAll()).flatMap(({ characteristics }) => [
        ...characteristics,
      ]);
      const location = all.find(({ uuid }) => uuid.toShortString().toLowerCase() === '2a38');
      expect(await location?.read()).toEqual(Uint8Array.of(1));
    } finally {
      await device.close();
    }
  });

  it("gives Bumble's host the virtual controller, and with --reconnect the next host too", async () => {
    const bridged = await bridgeTo('virtual:', '--reconnect');
    for (let host = 0; host < 2; host++) {
      const client = await gattClient(bridged);
      expect(await client.call('scan', { name: 'Heart Rate' })).toMatchObject({ type: expect.anything() });
      await client.stop();
      await bridged.process.said(/Opening both again/);
      await bridged.process.said(/listens, and waits/);
    }
  });
});
