import { describe, expect, it } from 'vitest';
import { registerTransport } from '../../src/hci/transport/registry.js';
import { Air, bluetooth40Personality, VirtualController } from '../../src/virtual/index.js';
import { CliRun } from './support.js';

describe('bluewire info', () => {
  it('tells what the controller is and can', async () => {
    const cli = new CliRun();
    expect(await cli.run('info')).toBe(0);
    expect(cli.stdout.text).toMatch(/^Port {2,}virtual:$/m);
    expect(cli.stdout.text).toMatch(/^Address {2,}00:00:5E:00:53:01 \(public\)$/m);
    expect(cli.stdout.text).toMatch(/^Bluetooth {2,}5\.4 \(HCI version 13, subversion 0x0001\)$/m);
    expect(cli.stdout.text).toMatch(/^Manufacturer {2,}0xFFFF$/m);
    expect(cli.stdout.text).toMatch(/^ACL buffers {2,}8 of 251 octets$/m);
    expect(cli.stdout.text).toContain('le2MPhy');
    expect(cli.stderr.text).toBe('');
    expect(cli.clock.pending).toBe(0);
  });

  it('tells the same as one object of JSON', async () => {
    const cli = new CliRun();
    expect(await cli.run('info', '--json')).toBe(0);
    expect(cli.objects).toHaveLength(1);
    expect(cli.objects[0]).toMatchObject({
      port: 'virtual:',
      address: '00:00:5E:00:53:01',
      addressType: 'public',
      coreVersion: '5.4',
      hci: { version: 13, subversion: 1 },
      manufacturer: { companyIdentifier: 0xffff, name: null },
      aclBuffers: { length: 251, count: 8 },
    });
  });

  it('sets the names off on a terminal', async () => {
    const cli = new CliRun({ terminal: true });
    expect(await cli.run('info')).toBe(0);
    expect(cli.stdout.lines[0]).toBe('\u001b[1mPort        \u001b[22m  virtual:');
  });

  it('says so when the controller has no public address, and names its maker', async () => {
    registerTransport('without-address', {
      form: 'without-address:',
      load: () =>
        Promise.resolve({
          create: (_port, context) =>
            new VirtualController(new Air(context), {
              address: '00:00:00:00:00:00',
              personality: { ...bluetooth40Personality, manufacturer: 0x05f1 },
            }).transport(),
        }),
    });
    const cli = new CliRun();
    expect(await cli.run('info', '--port', 'without-address:')).toBe(0);
    expect(cli.stdout.text).toMatch(/^Address {2,}[C-F][0-9A-F](:[0-9A-F]{2}){5} \(random\)$/m);
    expect(cli.stdout.text).toContain('the controller has no public address');
    expect(cli.stdout.text).toMatch(/^Bluetooth {2,}4\.0 /m);
    expect(cli.stdout.text).toMatch(/^Manufacturer {2,}0x05F1 The Linux Foundation \(Zephyr\)$/m);
    const json = new CliRun();
    expect(await json.run('info', '--json', '--port', 'without-address:')).toBe(0);
    expect(json.objects[0]).toMatchObject({ addressType: 'random', publicAddress: null, coreVersion: '4.0' });
  });
});
