import { expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.js';
import { BleError, TimeoutError } from '../../src/core/errors.js';
import { Device } from '../../src/gap/index.js';
import { benchCharacteristics } from './support/bench-service.js';
import { describeInterop } from './support/present.js';
import { expectNoOverrun, yardstick } from './support/yardstick.js';

/** The machine's time, passing so many times as fast for the stack. */
function fasterClock(times: number): Clock {
  return {
    now: () => performance.now() * times,
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs / times),
    clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  };
}

/** A request that is never answered, and one behind it; the link and all that waits on it must end. */
async function stalls(clock: Clock, commandTimeoutMs: number): Promise<void> {
  const { port, counters } = await yardstick('--strict');
  await using device = await Device.open({ transport: port, clock, commandTimeoutMs });
  for await (const report of device.scan()) {
    const connection = await device.connect(report);
    const gone = new Promise((resolve) => connection.on('disconnected', resolve));
    const { stall, read } = await benchCharacteristics(connection);
    const [first, behind] = await Promise.allSettled([stall.read(), read.read()]);
    expect(first).toMatchObject({ status: 'rejected', reason: expect.any(TimeoutError) });
    expect(behind).toMatchObject({ status: 'rejected', reason: expect.any(BleError) });
    await gone;
    await expect(read.read()).rejects.toThrow();
    break;
  }
  await device.close();
  expectNoOverrun(await counters());
}

describeInterop('a peer on the yardstick that never answers (Vol 3, Part F, 3.3.3)', ['yardstick'], () => {
  it('ends the request and the link after 30 s, on a clock that runs 20 times as fast', async () => {
    // Commands keep their 2 s of real time: the controller's clock is not faster.
    await stalls(fasterClock(20), 40_000);
  });

  it('ends the request and the link after 30 s of real time', async () => {
    const began = performance.now();
    await stalls(systemClock, 2000);
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(29_900);
    expect(took).toBeLessThan(33_000);
  });
});
