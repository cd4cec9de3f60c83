import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Device } from '../../src/gap/index.js';
import { readCapture } from '../../src/hci/capture/index.js';
import { decodePacket } from '../../src/hci/decode.js';
import { Child } from './support/child.js';
import { temporaryFolder } from './support/folders.js';
import { cli, project } from './support/places.js';
import { describeInterop } from './support/present.js';

/** A user of Wireshark whose extcap folder has bluewire in it. */
function user() {
  const home = temporaryFolder();
  const env = { ...process.env, HOME: home };
  delete (env as Record<string, unknown>)['XDG_CONFIG_HOME'];
  execFileSync(process.execPath, [cli, 'extcap', '--install'], { env, cwd: project, stdio: 'ignore' });
  return { home, env: env as Record<string, string> };
}

/** What tshark says of a file: fields of each packet, by tabs. */
function fieldsOf(path: string, ...fields: string[]): string[][] {
  const args = [
    '-r',
    path,
    '-T',
    'fields',
    ...fields.flatMap((field) => ['-e', field]),
    '-E',
    'occurrence=f',
  ];
  const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

const hex = (value: number, digits: number) => `0x${value.toString(16).padStart(digits, '0')}`;

describeInterop('bluewire extcap in tshark', ['tshark', 'bluewire'], () => {
  it('is listed with the virtual controller', () => {
    const { env } = user();
    const listed = execFileSync('tshark', ['-D'], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(listed).toMatch(/^\d+\. bluewire:virtual: \(Bluetooth HCI: virtual controller of bluewire\)$/m);
  });

  it('captures live, with the calls as comments, and leaves the controller clean', async () => {
    const { home, env } = user();
    const path = join(home, 'live.pcapng');
    const tshark = new Child('tshark', 'tshark', ['-i', 'bluewire:virtual:', '-c', '60', '-w', path], {
      env,
    });
    expect((await tshark.ended).code).toBe(0);
    const { list } = readCapture(new Uint8Array(readFileSync(path)));
    expect(list).toHaveLength(60);
    const seen = fieldsOf(path, 'bthci_cmd.opcode', 'bthci_evt.code', 'hci_h4.direction', 'frame.comment');
    const own = list.map(({ type, packet, sent, comments }) => {
      const { code } = decodePacket(type as 1 | 4, packet);
      return [
        type === 1 ? hex(code, 4) : '',
        type === 4 ? hex(code, 2) : '',
        sent ? '0x00' : '0x01',
        comments?.join(',') ?? '',
      ];
    });
    // Command Complete names the command too.
    const commands = seen.map(([opcode, event, ...rest]) => [event === '' ? opcode : '', event, ...rest]);
    expect(commands).toEqual(own);
    expect(
      own.filter(([, , , comment]) => comment !== '').map(([opcode, , , comment]) => [opcode, comment]),
    ).toEqual([['0x2041', 'startScan(active) →']]);
  });

  it('shows what another host does with the controller, with the option to bridge', async () => {
    const { home, env } = user();
    const path = join(home, 'bridge.pcapng');
    const socket = join(home, 'hci');
    const options = ['mode:bridge', `listen:unix-server:${socket}`].flatMap((text) => [
      '-o',
      `extcap.bluewire_virtual_.${text}`,
    ]);
    const tshark = new Child(
      'tshark',
      'tshark',
      [...options, '-i', 'bluewire:virtual:', '-w', path, '-P', '-l'],
      {
        env,
      },
    );
    await tshark.said(/Capturing on/);
    const device = await connectedTo(socket);
    const connection = await device.connect('C0:DE:C0:00:00:01/random');
    expect((await connection.gatt.discoverServices()).length).toBeGreaterThan(2);
    await device.close();
    await tshark.printed(/Read By Group Type Response/);
    tshark.kill('SIGINT');
    await tshark.ended;
    const { list } = readCapture(new Uint8Array(readFileSync(path)));
    // The host's own Reset first: nothing was sent before it.
    expect([...list[0]!.packet]).toEqual([3, 0x0c, 0]);
    expect(list.some(({ type, sent }) => type === 2 && sent)).toBe(true);
  });
});

/** The host whose controller is behind the socket, as soon as somebody listens there. */
async function connectedTo(socket: string): Promise<Device> {
  const { appears } = await import('./support/folders.js');
  await appears(socket);
  return Device.open({ transport: `unix:${socket}`, addressStore: null });
}
