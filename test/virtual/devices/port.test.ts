import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { TransportError } from '../../../src/core/errors.js';
import { seededRandom } from '../../../src/core/random.js';
import { Device } from '../../../src/gap/index.js';
import { createTransport, transportSchemes } from '../../../src/hci/transport/registry.js';
import '../../../src/virtual/devices/port.js';
import '../../../src/virtual/devices/register.js';

const context = () => ({ clock: new SimulatedClock(), random: seededRandom(1) });

describe('virtual:', () => {
  it('is one of the schemes', () => {
    expect(transportSchemes().get('virtual')?.form).toBe('virtual:');
  });

  it.each([
    ['virtual:here', 'no such file or directory'],
    ['virtual:package.json', 'name: no such field'],
    ['virtual:?seed=seven', 'a whole number is wanted'],
    ['virtual:?seed=4294967296', 'at most 4294967295 is wanted'],
    ['virtual:?sead=7', 'no such option'],
  ])('refuses %s, with the right form', async (text, message) => {
    const refused = await createTransport(text, context()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TransportError);
    expect(refused).toMatchObject({ code: 'PORT_SPEC' });
    expect(String(refused)).toContain(message);
    expect(String(refused)).toContain('virtual:?seed=7');
  });

  it('has the world open from the opening of the port to its closing', async () => {
    const { clock, random } = context();
    const transport = await createTransport('virtual:', { clock, random });
    expect(clock.pending).toBe(0);
    const device = await clock.run(Device.open({ transport, clock, random }));
    expect(clock.pending).toBeGreaterThan(0);
    expect(device.address.toString()).toBe('00:00:5E:00:53:01/public');
    await clock.run(device.close());
    expect(clock.pending).toBe(0);
  });

  it('can be closed before it was opened, and while it is being opened', async () => {
    const { clock, random } = context();
    const never = await createTransport('virtual:', { clock, random });
    await never.close();
    const early = await createTransport('virtual:', { clock, random });
    let closed = 0;
    const sink = { packet: () => {}, diagnostic: () => {}, closed: () => closed++ };
    const opening = expect(early.open(sink)).rejects.toMatchObject({ code: 'PORT_CLOSED' });
    await clock.run(early.close());
    await clock.run(opening);
    expect(closed).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('behaves the same for the same seed', async () => {
    const run = async (otherwise: number) => {
      const clock = new SimulatedClock();
      const transport = await createTransport('virtual:?seed=7', {
        clock,
        random: seededRandom(otherwise),
      });
      const device = await clock.run(Device.open({ transport, clock, random: seededRandom(1) }));
      const seen: string[] = [];
      const onReport = (report: { address: { toString(): string } }) =>
        seen.push(`${clock.now()} ${report.address}`);
      await clock.run(device.startScan({ onReport }));
      await clock.advance(2000);
      await clock.run(device.close());
      return seen;
    };
    expect(await run(1)).toEqual(await run(2));
  });
});
