import { describe, expect, it } from 'vitest';
import { createWorld, simulatedDevice } from '../../../src/virtual/index.js';

const address = 'C0:DE:C0:00:00:01/random';
const belt = simulatedDevice({ kind: 'heart-rate', name: 'Belt', address });

describe('a radio that stalls', () => {
  /** How a connection ends in whose third second the belt stalls; `undefined` when it does not. */
  async function ending(stallMs: number): Promise<string | undefined> {
    await using world = await createWorld({
      seed: 7,
      devices: [belt],
      conditions: { faults: [{ fault: 'stall', from: 'Belt', fromMs: 3000, ms: stallMs }] },
    });
    const device = await world.device();
    let reason: string | undefined;
    device.on('disconnection', (event) => {
      reason = event.reason.message;
    });
    const link = await device.connect(address, { parameters: { supervisionTimeoutMs: 1000 } });
    const [heartRate] = await link.gatt.discoverServices(0x180d);
    const [measurement] = await heartRate!.discoverCharacteristics();
    let count = 0;
    await measurement!.subscribe(() => count++);
    await world.run(12_000);
    expect(count).toBeGreaterThan(1);
    if (reason === undefined) expect(count).toBeGreaterThan(9);
    return reason;
  }

  it('loses no notification of a connection that outlives it', async () => {
    expect(await ending(900)).toBeUndefined();
  });

  it('loses the connection when the supervision timeout passes first', async () => {
    expect(await ending(1100)).toMatch(/0x08|timeout/i);
  });
});

describe('a controller that fails an assertion', () => {
  it.each(['zephyr', 'esp32'] as const)('is off the air at once: %s', async (controller) => {
    await using world = await createWorld({
      seed: 7,
      devices: [{ ...belt, faults: { faults: [{ fault: 'assert', controller, fromMs: 5000 }] } }],
    });
    const device = await world.device();
    const link = await device.connect(address, { parameters: { supervisionTimeoutMs: 1000 } });
    const [heartRate] = await link.gatt.discoverServices(0x180d);
    const [measurement] = await heartRate!.discoverCharacteristics();
    await measurement!.subscribe(() => {});
    await world.until(() => !link.isConnected, { limitMs: 20_000 });
    expect(world.now).toBeGreaterThan(5900);
    expect(world.now).toBeLessThan(8000);
  });
});
