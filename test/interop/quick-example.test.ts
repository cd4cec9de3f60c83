import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Child } from './support/child.js';
import { appears, temporaryFolder } from './support/folders.js';
import {
  bluewire,
  btvirtControllers,
  bumbleControllers,
  type ControllerPort,
  example,
  heartRateSensor,
} from './support/peers.js';
import { describeInterop } from './support/present.js';

/** What the page's program prints of the sensor's own services; 300 octets are read in several PDUs. */
const long = Array.from({ length: 300 }, (_, n) => n & 0xff)
  .map((octet) => {
    const escapes: Record<number, string> = { 9: '\\t', 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };
    if (octet in escapes) return escapes[octet];
    return octet >= 0x20 && octet < 0x7f
      ? String.fromCharCode(octet)
      : `\\x${octet.toString(16).padStart(2, '0')}`;
  })
  .join('');
const printed = [
  'Reading chars from service = 180d',
  "char 10808 value = b'\\x01'",
  'Reading chars from service = 180f',
  "char 10777 value = b'a'",
  'Reading chars from service = 180a',
  "char 10793 value = b'Bumble'",
  "char 10788 value = b'HR-1'",
  "char 10789 value = b'0001'",
  "Reading chars from service = b'\\x10z,]\\x0fn\\x1a\\x8bKO\\xd1\\x94\\x01\\x00|>'",
  "char b'\\x10z,]\\x0fn\\x1a\\x8bKO\\xd1\\x94\\x02\\x00|>' value = b'sixteen-byte key'",
  `char b'\\x10z,]\\x0fn\\x1a\\x8bKO\\xd1\\x94\\x03\\x00|>' value = b'${long}'`,
];

/** Runs the quick example against Bumble's sensor on the first controller. */
async function readsTheSensor(sensorAt: ControllerPort, run: () => Child): Promise<void> {
  const sensor = await heartRateSensor(sensorAt);
  const program = run();
  await sensor.event('connected');
  const { code, stdout, stderr } = await program.ended;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines).toContain('Reading chars from service = 1800');
  expect(lines).toContain("char 10752 value = b'Heart Rate'");
  expect(lines.slice(-printed.length)).toEqual(printed);
  expect((await sensor.event('disconnected'))['reason']).toBe(0x13);
}

const programs: readonly (readonly [string, (port: string) => Child])[] = [
  ['bluewire heart-rate', (port) => bluewire('heart-rate', '--port', port)],
  ['examples/01-heart-rate.mjs', (port) => example('01-heart-rate.mjs', port)],
];

describeInterop(
  "quick example, Bumble's sensor on Bumble's controllers, over TCP",
  ['bluewire', 'bumble'],
  () => {
    it.each(programs)('%s reads the sensor', async (_name, run) => {
      const [first, second] = await bumbleControllers('tcp', 'tcp');
      await readsTheSensor(first!, () => run(second!.port));
    });
  },
);

describeInterop(
  "quick example, Bumble's sensor on Bumble's controllers, over a pseudo-terminal",
  ['bluewire', 'bumble'],
  () => {
    it.each(programs)('%s reads the sensor', async (_name, run) => {
      const [first, second] = await bumbleControllers('tcp', `pty:${join(temporaryFolder(), 'tty')}`);
      await readsTheSensor(first!, () => run(second!.port));
    });

    it('finds the controller behind the boot log of a board that loses the first Reset', async () => {
      const [first, second] = await bumbleControllers('tcp', `boot-pty:${join(temporaryFolder(), 'tty')}`);
      await readsTheSensor(first!, () => bluewire('heart-rate', '--port', second!.port));
    });
  },
);

describeInterop(
  "quick example, Bumble's sensor on Bumble's controllers, over socat's pseudo-terminal",
  ['bluewire', 'bumble', 'socat'],
  () => {
    it.each(programs)('%s reads the sensor', async (_name, run) => {
      const [first, second] = await bumbleControllers('tcp', 'tcp');
      const link = join(temporaryFolder(), 'tty');
      new Child('socat', 'socat', [`PTY,link=${link},rawer,wait-slave`, second!.port]);
      await appears(link);
      await readsTheSensor(first!, () => run(`serial:${link}?baud=115200`));
    });
  },
);

describeInterop(
  "quick example, Bumble's sensor on btvirt's controllers, over a Unix socket",
  ['bluewire', 'bumble', 'btvirt'],
  () => {
    it.each(programs)('%s reads the sensor', async (_name, run) => {
      const [first, second] = await btvirtControllers(2);
      await readsTheSensor(first!, () => run(second!.port));
    });
  },
);
