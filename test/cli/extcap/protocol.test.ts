import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import '../../../src/cli/extcap/capture.js';
import '../../../src/cli/extcap/sentences.js';
import '../../../src/virtual/devices/port.js';
import '../../../src/virtual/devices/register.js';
import { parseArguments } from '../../../src/cli/arguments.js';
import { extcapCommand } from '../../../src/cli/commands/extcap.js';
import { Interrupted, UsageError } from '../../../src/cli/errors.js';
import { extcapArguments } from '../../../src/cli/extcap/arguments.js';
import { install } from '../../../src/cli/extcap/install.js';
import { Output } from '../../../src/cli/output.js';
import { SimulatedClock } from '../../../src/core/clock.js';
import { seededRandom } from '../../../src/core/random.js';
import { Decoder } from '../../../src/decode/index.js';
import { readCapture } from '../../../src/hci/capture/index.js';
import { recordedMachine } from '../../support/recorded-machine.js';
import { MemorySink } from '../support.js';

const folder = mkdtempSync(join(tmpdir(), 'bluewire-extcap-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A call of the program as Wireshark makes it. */
class Call {
  readonly clock = new SimulatedClock();
  readonly stdout = new MemorySink();
  readonly stderr = new MemorySink();
  readonly ending = new AbortController();
  /** What came through the pipe. */
  readonly pipe: Uint8Array[] = [];
  stream: Writable = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      this.pipe.push(chunk.slice());
      done();
    },
  });
  opened: string[] = [];

  start(...args: string[]): Promise<unknown> {
    const command = extcapCommand({
      ports: recordedMachine('linux-desk'),
      listUsb: () => Promise.resolve([]),
      open: (path) => {
        this.opened.push(path);
        return Promise.resolve(this.stream);
      },
      place: () => Promise.reject(new Error('not here')),
    });
    const { options, operands } = parseArguments(extcapArguments(args), [command]);
    return command.run({
      output: new Output({ stdout: this.stdout, stderr: this.stderr, env: {}, verbose: false }),
      options,
      operands,
      clock: this.clock,
      random: seededRandom(1),
      env: {},
      version: '1.2.3',
      signal: this.ending.signal,
    });
  }

  async say(...args: string[]): Promise<string[]> {
    await this.clock.run(this.start(...args));
    return this.stdout.lines;
  }

  /** What was captured, by name. */
  get names(): string[] {
    const { list, stopped } = readCapture(Buffer.concat(this.pipe));
    expect(stopped).toBeUndefined();
    const decoder = new Decoder();
    return list.map(
      ({ sent, type, packet }) => `${sent ? '>' : '<'} ${decoder.decode(sent, type, packet).name}`,
    );
  }
}

const sentence = /^(extcap|interface|dlt|arg|value) (\{[a-z]+=[^{}]*\})+$/;

describe("Wireshark's calls", () => {
  it('lists every port that may be a controller, and the virtual one', async () => {
    const lines = await new Call().say('--extcap-interfaces', '--extcap-version=4.0');
    expect(lines[0]).toBe('extcap {version=1.2.3}{display=bluewire}');
    expect(lines.at(-1)).toBe(
      'interface {value=bluewire:virtual:}{display=Bluetooth HCI: virtual controller of bluewire}',
    );
    expect(
      lines.filter((line) => line.startsWith('interface {value=bluewire:serial:/dev/')).length,
    ).toBeGreaterThan(2);
    for (const line of lines) expect(line).toMatch(sentence);
  });

  it('names link type 201, and its options', async () => {
    const interfaceOf = ['--extcap-interface', 'bluewire:virtual:'];
    expect(await new Call().say('--extcap-dlts', ...interfaceOf)).toEqual([
      'dlt {number=201}{name=BLUETOOTH_HCI_H4_WITH_PHDR}{display=Bluetooth HCI with direction}',
    ]);
    const config = await new Call().say('--extcap-config', ...interfaceOf);
    for (const line of config) expect(line).toMatch(sentence);
    expect(
      config.filter((line) => line.startsWith('arg')).map((line) => /call=(--[a-z-]+)/.exec(line)![1]),
    ).toEqual(['--mode', '--scan', '--listen', '--port', '--with-keys']);
  });

  it('tells its version, alone or with an empty one', async () => {
    for (const args of [['--extcap-version'], ['extcap', '--extcap-version=']])
      expect(await new Call().say(...args)).toEqual(['extcap {version=1.2.3}{display=bluewire}']);
  });

  it('has nothing to say to calls about options to reload and about what was left behind', async () => {
    const interfaceOf = ['--extcap-interface', 'bluewire:virtual:'];
    expect(await new Call().say(...interfaceOf, '--extcap-reload-option', 'port')).toEqual([]);
    expect(await new Call().say(...interfaceOf, '--extcap-cleanup-postkill')).toEqual([]);
  });

  it.each([
    [['--extcap-dlts'], /--extcap-interface is missing/],
    [['--extcap-interface', 'eth0', '--extcap-dlts'], /bluewire:PORT is wanted/],
    [['--extcap-interface', 'bluewire:virtual:'], /one of --extcap-dlts/],
    [['--extcap-interface', 'bluewire:virtual:', '--capture'], /wants --fifo/],
    [
      ['--extcap-interface', 'bluewire:virtual:', '--capture', '--fifo', 'x', '--mode', 'y'],
      /--mode y: one of scan, bridge/,
    ],
    [
      ['--extcap-interface', 'bluewire:virtual:', '--capture', '--fifo', 'x', '--scan', 'y'],
      /--scan y: one of active/,
    ],
  ])('refuses %j in a line', async (args, message) => {
    const call = new Call();
    const refused = call.clock.run(call.start(...args));
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(UsageError);
    expect(call.opened).toEqual([]);
  });

  it('is told from a command of people by its arguments', () => {
    expect(extcapArguments(['scan', '--capture', 'x'])).toEqual(['scan', '--capture', 'x']);
    expect(
      extcapArguments([
        '--capture',
        '--extcap-interface',
        'a',
        '--extcap-capture-filter',
        '-x',
        '--fifo',
        'f',
      ]),
    ).toEqual([
      'extcap',
      '--extcap-capture',
      '--extcap-interface=a',
      '--extcap-capture-filter=-x',
      '--fifo=f',
    ]);
  });
});

const capture = ['--capture', '--extcap-interface', 'bluewire:virtual:', '--fifo', '/pipe'];

describe('a capture for Wireshark', () => {
  it('brings the controller up, scans, and writes while packets pass', async () => {
    const call = new Call();
    const ended = call.start(...capture);
    await call.clock.advance(3000);
    expect(call.opened).toEqual(['/pipe']);
    const before = call.names;
    expect(before.slice(0, 2)).toEqual(['> Reset', '< Command_Complete']);
    expect(before).toContain('> LE_Set_Extended_Scan_Enable');
    expect(before.filter((name) => name === '< LE_Extended_Advertising_Report').length).toBeGreaterThan(10);
    call.ending.abort(new Interrupted('SIGTERM', 143));
    await call.clock.run(ended);
    // The controller is left as after power-up.
    expect(call.names.filter((name) => name.startsWith('>')).slice(-2)).toEqual([
      '> LE_Set_Extended_Scan_Enable',
      '> Reset',
    ]);
    expect(call.stderr.text).toBe('');
  });

  it.each([
    ['active', 1],
    ['passive', 0],
    ['off', undefined],
  ])('scans as it is told: %s', async (how, type) => {
    const call = new Call();
    const ended = call.start(...capture, '--scan', how);
    await call.clock.advance(2000);
    const { list } = readCapture(Buffer.concat(call.pipe));
    const parameters = list.find(({ sent, packet }) => sent && packet[0] === 0x41 && packet[1] === 0x20);
    // Behind own address type, filter policy and PHYs.
    expect(parameters?.packet[6]).toBe(type);
    call.ending.abort(new Interrupted('SIGTERM', 143));
    await call.clock.run(ended);
  });

  it('ends without an error when the reader goes', async () => {
    const call = new Call();
    let writes = 0;
    call.stream = new Writable({
      write: (_chunk, _encoding, done) => {
        writes++;
        done(writes > 20 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null);
      },
    });
    await call.clock.run(call.start(...capture));
    expect(writes).toBe(21);
  });

  it('fails when the pipe fails otherwise', async () => {
    const call = new Call();
    call.stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
    });
    await expect(call.clock.run(call.start(...capture))).rejects.toThrow('no space left');
  });

  it('takes no more memory for a reader that does not read: packets are dropped, and counted', async () => {
    const { PipeSink } = await import('../../../src/cli/extcap/fifo.js');
    const stream = new PassThrough({ highWaterMark: 1024 });
    const sink = new PipeSink(stream, { clock: new SimulatedClock(), keys: false, gone: () => {} });
    const packet = new Uint8Array(1000);
    for (let i = 0; i < 20_000; i++) {
      sink.packet(i, false, 4, packet, 0, packet.length);
      if (i % 50 === 0) await Promise.resolve();
    }
    expect(stream.writableLength).toBeLessThan(9_000_000);
    const chunks: Uint8Array[] = [];
    stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    while (stream.writableLength > 0) await new Promise((resolve) => stream.once('drain', resolve));
    sink.packet(20_000, false, 4, packet, 0, packet.length);
    await sink.close();
    const { list } = readCapture(Buffer.concat(chunks));
    expect(list.length + list.at(-1)!.drops).toBe(20_001);
    expect(list.at(-1)!.drops).toBeGreaterThan(5000);
  });

  it('zeroes keys unless they are wanted', async () => {
    const { PipeSink } = await import('../../../src/cli/extcap/fifo.js');
    for (const keys of [false, true]) {
      const stream = new PassThrough();
      const chunks: Uint8Array[] = [];
      stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      const sink = new PipeSink(stream, { clock: new SimulatedClock(), keys, gone: () => {} });
      const reply = Uint8Array.of(0x1a, 0x20, 18, 0x40, 0, ...new Uint8Array(16).fill(0xee));
      sink.packet(0, true, 1, reply, 0, reply.length);
      await sink.close();
      const { list } = readCapture(Buffer.concat(chunks));
      expect(list[0]!.packet.subarray(5)).toEqual(new Uint8Array(16).fill(keys ? 0xee : 0));
    }
  });
});

describe('bluewire extcap --install', () => {
  const program = ['/opt/node 20/node', "/home/o'hara/bluewire/main.js"] as const;

  it('writes a wrapper to both folders that Wireshark looks in, for its owner to run', () => {
    const home = join(folder, 'unix');
    const paths = install({ platform: 'linux', home, env: {}, program });
    expect(paths).toEqual([
      join(home, '.config/wireshark/extcap/bluewire'),
      join(home, '.local/lib/wireshark/extcap/bluewire'),
    ]);
    for (const path of paths) {
      expect(statSync(path).mode & 0o777).toBe(0o755);
      expect(readFileSync(path, 'utf8').split('\n')[2]).toBe(
        `exec '/opt/node 20/node' '/home/o'\\''hara/bluewire/main.js' extcap "$@"`,
      );
    }
    // Again, after an update.
    expect(install({ platform: 'linux', home, env: {}, program })).toEqual(paths);
  });

  it('writes a batch file on Windows', () => {
    const [path, ...others] = install({
      platform: 'win32',
      home: folder,
      env: { APPDATA: join(folder, 'Roaming') },
      program: ['C:\\Program Files\\nodejs\\node.exe', 'C:\\100%\\main.js'],
    });
    expect(others).toEqual([]);
    expect(path).toBe(join(folder, 'Roaming', 'Wireshark', 'extcap', 'bluewire.bat'));
    expect(readFileSync(path!, 'utf8').split('\r\n')[2]).toBe(
      '"C:\\Program Files\\nodejs\\node.exe" "C:\\100%%\\main.js" extcap %*',
    );
  });

  it('leaves a file alone that somebody else wrote', () => {
    const home = join(folder, 'taken');
    const [path] = install({ platform: 'darwin', home, env: {}, program });
    writeFileSync(path!, '#!/bin/sh\n');
    expect(() => install({ platform: 'darwin', home, env: {}, program })).toThrow(/another file already/);
    expect(readFileSync(path!, 'utf8')).toBe('#!/bin/sh\n');
  });
});
