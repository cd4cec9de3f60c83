import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { Device } from '../../src/gap/index.js';
import { Child, stopAll } from './support/child.js';
import { yardstickController } from './support/places.js';
import { describeInterop } from './support/present.js';

/** Starts the yardstick's controller at a place of its own; resolves when it can be opened. */
async function start(...place: string[]): Promise<{ child: Child; port: number }> {
  const child = new Child('yardstick', process.execPath, [
    yardstickController,
    ...place,
    '--adv-rate',
    '200',
  ]);
  const event = await child.event(place[0] === '--pty' ? 'ready' : 'listening');
  return { child, port: Number(event['port']) };
}

/** Resolves when so many reports more have come. */
async function reports(scan: { received: number }, count: number): Promise<void> {
  const wanted = scan.received + count;
  while (scan.received < wanted) await new Promise((resolve) => setTimeout(resolve, 10));
}

describeInterop('a controller that goes away and comes back, on the yardstick', ['yardstick'], () => {
  let device: Device | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'bluewire-recovery-'));

  afterEach(async () => {
    await device?.close();
    device = undefined;
    await stopAll();
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('over TCP: the connection is made again, and the scan goes on', async () => {
    const first = await start('--tcp', '127.0.0.1:0');
    const attempts: string[] = [];
    device = await Device.open({
      transport: `tcp:127.0.0.1:${first.port}`,
      recovery: { delaysMs: [50, 100] },
    });
    device.on('recovering', ({ action }) => attempts.push(action));
    const scan = await device.startScan({ active: false, onReport: () => {} });
    await reports(scan, 5);
    const recovered = new Promise<{ fault: { kind: string } }>((resolve) =>
      device!.once('recovered', resolve),
    );
    await first.child.stop();
    await start('--tcp', `127.0.0.1:${first.port}`);
    expect((await recovered).fault.kind).toBe('lost');
    expect(new Set(attempts)).toEqual(new Set(['reopen']));
    await reports(scan, 5);
    expect(device.scanning).toBe(true);
  });

  it('over a pseudo-terminal: the port is opened again, by the same name', async () => {
    const path = join(folder, 'tty');
    const first = await start('--pty', path);
    device = await Device.open({
      transport: `serial:${path}`,
      recovery: { delaysMs: [50, 200], heartbeatMs: 1000, probeTimeoutMs: 200, maxAttempts: 100 },
    });
    const scan = await device.startScan({ active: false, onReport: () => {} });
    await reports(scan, 5);
    const recovered = new Promise((resolve) => device!.once('recovered', resolve));
    await first.child.stop();
    await start('--pty', path);
    await recovered;
    await reports(scan, 5);
  });

  it('is given up with one clear error when it does not come back', async () => {
    const first = await start('--tcp', '127.0.0.1:0');
    device = await Device.open({
      transport: `tcp:127.0.0.1:${first.port}`,
      recovery: { delaysMs: [10], maxAttempts: 3 },
    });
    const closed = new Promise((resolve) => device!.once('closed', resolve));
    await first.child.stop();
    expect(await closed).toMatchObject({
      code: 'RECOVERY_FAILED',
      message: expect.stringMatching(/tried 3 times.*nothing listens there/),
    });
  });
});
