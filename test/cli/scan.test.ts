import { describe, expect, it } from 'vitest';
import { toAdvertisement } from '../../src/api/merger.js';
import { Interrupted, OutputClosed } from '../../src/cli/errors.js';
import type { Output } from '../../src/cli/output.js';
import { sightingLine, toSighting } from '../../src/cli/sighting.js';
import { fromHex } from '../../src/core/hex.js';
import { AdvertisingReport } from '../../src/hci/advertising-report.js';
import { CliRun } from './support.js';

describe('bluewire scan', () => {
  it('lists each device once, its scan response with it', async () => {
    const cli = new CliRun();
    expect(await cli.run('scan', '--port', 'virtual:?seed=7', '--seconds', '3')).toBe(0);
    const lines = cli.stdout.lines.toSorted();
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^00:00:5E:00:53:02 {2}public +-\d+ dBm {2}connectable +Thermometer {2}services 1809$/,
    );
    expect(lines[1]).toMatch(
      /^C0:DE:C0:00:00:01 {2}random +-\d+ dBm {2}connectable +Heart Rate {2}services 180d 180f$/,
    );
    expect(lines[2]).toMatch(
      /^C0:DE:C0:00:00:03 {2}random +-\d+ dBm {2}non-connectable {2}manufacturer 0x004C 0215/,
    );
    expect(cli.stderr.text).toBe('3 devices in 3 s\n');
    expect(cli.clock.pending).toBe(0);
  });

  it('gives each as a line of JSON', async () => {
    const cli = new CliRun();
    expect(await cli.run('scan', '--seconds', '3', '--json')).toBe(0);
    const heartRate = cli.objects.find(({ name }) => name === 'Heart Rate');
    expect(heartRate).toMatchObject({
      address: 'C0:DE:C0:00:00:01',
      addressType: 'random',
      type: 'connectable',
      rssi: -43,
      services: ['180d', '180f'],
      appearance: 0x0341,
      txPower: null,
      extended: false,
      primaryPhy: '1M',
      secondaryPhy: null,
      sid: null,
      periodicIntervalMs: null,
      data: '02010605030d180f180b094865617274205261746503194103',
    });
    expect(cli.objects).toHaveLength(3);
    expect(cli.stderr.text).toBe('');
  });

  it('says of extended advertisements on which PHYs, of which set and how strong they were (Vol 4, Part E, 7.7.65.13)', () => {
    const output = { emphasise: (text: string) => text } as Output;
    const sighting = (hex: string) => {
      const octets = fromHex(hex);
      const report = AdvertisingReport.copy(octets, 0, octets.length, true);
      return toSighting(toAdvertisement(report), report);
    };
    const head = '0000 01 0a00000000c0';
    const far = sighting(`${head} 03 02 05 f4 c4 1800 00 000000000000 05 04096b6579`);
    expect(far).toMatchObject({
      address: 'C0:00:00:00:00:0A',
      name: 'key',
      rssi: -60,
      extended: true,
      primaryPhy: 'coded',
      secondaryPhy: '2M',
      sid: 5,
      txPower: -12,
      periodicIntervalMs: 30,
    });
    expect(sightingLine(far, output)).toMatch(/non-connectable {2}key {2}SID 5 on 2M$/);
    const bare = sighting(`${head} 01 00 ff 7f 7f 0000 00 000000000000 00`);
    expect(bare).toMatchObject({ sid: null, txPower: null, secondaryPhy: null, periodicIntervalMs: null });
    expect(sightingLine(bare, output)).toMatch(/extended on 1M$/);
    // What the data says comes before the header.
    expect(sighting(`${head} 01 01 05 f4 c4 0000 00 000000000000 03 020a09`).txPower).toBe(9);
    const legacy = sighting('1300 01 0a00000000c0 01 00 ff 7f c4 0000 00 000000000000 00');
    expect([legacy.extended, legacy.sid]).toEqual([false, null]);
  });

  it('shows every advertisement when duplicates are wanted, and scan responses by themselves', async () => {
    const cli = new CliRun();
    expect(await cli.run('scan', '--seconds', '3', '--json', '--duplicates')).toBe(0);
    const ofThermometer = cli.objects.filter(({ address }) => address === '00:00:5E:00:53:02');
    expect(ofThermometer.filter(({ type }) => type === 'connectable').length).toBeGreaterThan(5);
    expect(ofThermometer.filter(({ type }) => type === 'scan response').length).toBeGreaterThan(5);
  });

  it('only listens when it is to be passive', async () => {
    const cli = new CliRun();
    expect(await cli.run('scan', '--seconds', '3', '--json', '--passive')).toBe(0);
    const thermometer = cli.objects.find(({ address }) => address === '00:00:5E:00:53:02');
    expect(thermometer).toMatchObject({ name: null, services: ['1809'] });
  });

  it('listens on the PHYs that are asked for', async () => {
    const counts = { '1M': 3, coded: 0, both: 3 };
    for (const [phy, count] of Object.entries(counts)) {
      const cli = new CliRun();
      expect(await cli.run('scan', '--seconds', '3', '--json', '--phy', phy)).toBe(0);
      expect(cli.objects).toHaveLength(count);
    }
    const cli = new CliRun();
    expect(await cli.run('scan', '--phy', '2M')).toBe(2);
    expect(cli.stderr.text).toMatch(/--phy 2M: one of 1M, coded, both is wanted/);
  });

  it('filters by a part of the name, in capitals or not', async () => {
    for (const more of [[], ['--duplicates']]) {
      const cli = new CliRun();
      expect(await cli.run('scan', '--seconds', '3', '--json', '--name', 'THERMO', ...more)).toBe(0);
      expect(cli.objects.length).toBeGreaterThan(0);
      expect(new Set(cli.objects.map(({ address }) => address))).toEqual(new Set(['00:00:5E:00:53:02']));
    }
  });

  it('goes on until Ctrl-C when no end is set, then leaves the controller clean, exit code 130', async () => {
    const cli = new CliRun();
    const run = cli.start('scan', '--seconds', '0');
    await cli.clock.advance(60_000);
    expect(cli.stdout.lines).toHaveLength(3);
    cli.ending.abort(new Interrupted('SIGINT', 130));
    expect(await cli.clock.run(run)).toBe(130);
    expect(cli.stderr.text).toBe('');
    expect(cli.clock.pending).toBe(0);
  });

  it('ends quietly when the reader of the output is gone, exit code 0', async () => {
    const cli = new CliRun();
    cli.stdout.onWrite(() => cli.ending.abort(new OutputClosed()));
    expect(await cli.run('scan', '--seconds', '0')).toBe(0);
    expect(cli.stdout.lines).toHaveLength(1);
    expect(cli.stderr.text).toBe('');
    expect(cli.clock.pending).toBe(0);
  });

  it('gives up at the end of its time', async () => {
    const cli = new CliRun();
    expect(await cli.run('scan', '--seconds', '0', '--timeout', '2')).toBe(1);
    expect(cli.stderr.lines).toHaveLength(1);
    expect(cli.stderr.text).toContain('scan has not ended (--timeout gives it longer)');
    expect(cli.clock.now()).toBeLessThan(3000);
    expect(cli.clock.pending).toBe(0);
  });
});
