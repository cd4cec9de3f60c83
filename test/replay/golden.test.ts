import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.js';
import { toHex } from '../../src/core/hex.js';
import { seededRandom } from '../../src/core/random.js';
import { Device } from '../../src/gap/device.js';
import type { HciTransport } from '../../src/hci/transport/transport.js';
import { World } from '../../src/virtual/index.js';

const { virtual } = (await import('../../fixtures/record/virtual.mjs' as string)) as {
  virtual: Readonly<Record<string, (file: string) => Promise<void>>>;
};
const fixture = fileURLToPath(new URL('../../fixtures/heart-rate-virtual.hci', import.meta.url));

/** The transport, and each packet that passes it as a line: microseconds, direction, octets with the H4 indicator. */
function tapped(
  transport: HciTransport,
  clock: SimulatedClock,
): { transport: HciTransport; lines: string[] } {
  const lines: string[] = [];
  const note = (direction: '>' | '<', octets: Uint8Array) =>
    lines.push(`${Math.round(clock.now() * 1000)} ${direction} ${toHex(octets)}`);
  return {
    lines,
    transport: {
      name: transport.name,
      get writeBacklog() {
        return transport.writeBacklog;
      },
      open: (sink) =>
        transport.open({
          packet: (type, bytes, start, end) => {
            note('<', Uint8Array.of(type, ...bytes.subarray(start, end)));
            sink.packet(type, bytes, start, end);
          },
          diagnostic: (diagnostic) => sink.diagnostic(diagnostic),
          closed: (error) => sink.closed(error),
        }),
      send: (packet) => {
        note('>', packet);
        transport.send(packet);
      },
      close: () => transport.close(),
    },
  };
}

/** Finds the heart rate sensor of a seeded world, reads all that it lets be read, takes three measurements. */
async function session(seed: number): Promise<string> {
  const clock = new SimulatedClock();
  const random = seededRandom(seed);
  const world = await clock.run(World.open({ clock, random }));
  const { transport, lines } = tapped(world.controller('00:00:5E:00:53:01').transport(), clock);
  const device = await clock.run(Device.open({ transport, clock, random }));
  const work = async () => {
    for await (const report of device.scan({ filter: { services: [0x180d] } })) {
      if (!report.connectable) continue;
      const connection = await device.connect(report);
      const services = await connection.gatt.discoverAll();
      const [measurement] = services.find(({ uuid }) => uuid.short === 0x180d)?.characteristics ?? [];
      if (!measurement) {
        await connection.disconnect();
        continue;
      }
      let count = 0;
      for await (const _ of measurement.values()) if (++count === 3) break;
      await connection.disconnect();
      break;
    }
  };
  await clock.run(work());
  await clock.run(Promise.all([device.close(), world.close()]));
  return `${lines.join('\n')}\n`;
}

describe('a session with the simulated sensor', () => {
  it('is the same to the bit for the same seed, and another for another', async () => {
    const first = await session(7);
    expect(await session(7)).toBe(first);
    expect(await session(8)).not.toBe(first);
  });

  it('is the one in fixtures/ (BLUEWIRE_GOLDEN=write writes it anew)', async () => {
    const now = await session(7);
    if (process.env['BLUEWIRE_GOLDEN'] === 'write') writeFileSync(fixture, now);
    expect(existsSync(fixture)).toBe(true);
    expect(now).toBe(readFileSync(fixture, 'utf8'));
  });
});

describe('the captures of virtual devices in fixtures/', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bluewire-fixtures-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(Object.keys(virtual))(
    'have %s as its recorder makes it, to the octet (BLUEWIRE_GOLDEN=write writes it anew)',
    async (name) => {
      const [first, second] = [join(folder, `1-${name}`), join(folder, `2-${name}`)];
      await virtual[name]!(first);
      await virtual[name]!(second);
      const now = readFileSync(first);
      expect(readFileSync(second).equals(now)).toBe(true);
      const recorded = fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
      if (process.env['BLUEWIRE_GOLDEN'] === 'write') writeFileSync(recorded, now);
      const isSame = readFileSync(recorded).equals(now);
      expect(isSame, `${name} is not what its recorder makes: node fixtures/record.mjs ${name}`).toBe(true);
    },
  );
});
