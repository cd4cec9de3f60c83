// What is loaded at its first use is here already: simulated time would not wait for it.
import '../../src/hci/capture/node/captures.js';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { systemClock } from '../../src/core/clock.js';
import { systemRandom } from '../../src/core/random.js';
import { readCapture } from '../../src/hci/capture/index.js';
import { CliRun, MemorySink } from './support.js';

const fixture = fileURLToPath(new URL('../../fixtures/heart-rate-virtual.hci', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bluewire-cli-captures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string) => join(folder, name);

/** Runs the program on the machine's own time: reading files is real. */
async function bluewire(...args: string[]) {
  return shownOn(new MemorySink(), {}, ...args);
}

async function shownOn(stdout: MemorySink, env: Record<string, string>, ...args: string[]) {
  const stderr = new MemorySink();
  const code = await run(args, {
    stdout,
    stderr,
    env,
    clock: systemClock,
    random: systemRandom,
    version: '1.2.3',
    signal: new AbortController().signal,
  });
  return { code, out: stdout.lines, err: stderr.text };
}

/** The fixture, and an L2CAP signalling command behind it. */
function signalled(): string {
  const path = file('signalled.hci');
  // Connection Parameter Update Response.
  writeFileSync(path, `${readFileSync(fixture, 'utf8')}< 02 4020 0a00 0600 0500 13 01 0200 0000\n`);
  return path;
}

describe('bluewire dump', () => {
  it('shows a line a packet: number, seconds, direction, what it says', async () => {
    const { code, out, err } = await bluewire('dump', fixture);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toHaveLength(readCapture(new Uint8Array(readFileSync(fixture))).list.length);
    expect(out[0]).toBe('     1     0.000000 > Command Reset');
    expect(out[1]).toBe('     2     0.000000 < Event Command_Complete Reset: Status 0x00 (Success)');
    expect(out.join('\n')).toMatch(/> ACL 0x[0-9A-F]{4} ATT Exchange MTU Request: Client_RX_MTU 247/);
  });

  it('shows every field with --tree, names with --names, objects with --json', async () => {
    const tree = await bluewire('dump', fixture, '--tree', '--first', '2');
    expect(tree.out.join('\n')).toMatch(/^ {22}.*Status: 0x00 \(Success\)$/m);
    const named = await bluewire('dump', fixture, '--names', '--text', 'Heart Rate');
    expect(named.out.length).toBeGreaterThan(0);
    const json = await bluewire('dump', fixture, '--json', '--first', '3');
    expect(json.out.map((line) => (JSON.parse(line) as { number: number }).number)).toEqual([1, 2, 3]);
  });

  it('shows only packets of a handle, an address, or with a text', async () => {
    const all = (await bluewire('dump', fixture)).out.length;
    const text = await bluewire('dump', fixture, '--text', 'read by type');
    expect(text.out.length).toBeGreaterThan(1);
    expect(text.out.every((line) => /Read By Type/.test(line))).toBe(true);
    const handle = /ACL 0x([0-9A-F]{4})/.exec(
      (await bluewire('dump', fixture, '--text', 'ACL 0x')).out[0]!,
    )![1]!;
    const link = await bluewire('dump', fixture, '--handle', `0x${handle}`);
    expect(link.out.length).toBeGreaterThan(text.out.length);
    expect(link.out.length).toBeLessThan(all);
    const address = /Peer_Address ([0-9A-F:]{17})/.exec(
      (await bluewire('dump', fixture)).out.join('\n'),
    )![1]!;
    const peer = await bluewire('dump', fixture, '--address', address.toLowerCase());
    expect(peer.out.length).toBeGreaterThan(0);
    expect(peer.out.some((line) => / ACL 0x/.test(line))).toBe(true);
    expect(peer.out.length).toBeLessThan(all);
  });

  it.each([
    ['hci', /^(Command|Event) /],
    ['acl', /^ACL /],
    ['att', /^ACL 0x.... ATT /],
    ['l2cap', /^ACL 0x.... L2CAP /],
    ['att,l2cap', /^ACL 0x.... (ATT|L2CAP) /],
    ['hci,att', /^(Command |Event |ACL 0x.... ATT )/],
  ])('--layer %s shows what is of these layers, all of it and nothing else', async (layer, belongs) => {
    const what = (line: string) => line.slice(22);
    const all = (await bluewire('dump', signalled())).out.map(what);
    const { out } = await bluewire('dump', signalled(), '--layer', layer);
    expect(out.map(what)).toEqual(all.filter((line) => belongs.test(line)));
    expect(out.length).toBeGreaterThan(0);
  });

  it('--layer smp and --layer iso show these', async () => {
    writeFileSync(
      file('others.hci'),
      '> 01030c00\n< 02 4020 0600 0200 0600 05 05\n> 0560000400000000ff\n< 0340000101\n',
    );
    const smp = await bluewire('dump', file('others.hci'), '--layer', 'smp');
    expect(smp.out.map((line) => line.slice(22))).toEqual([
      expect.stringMatching(/^ACL 0x0040 SMP Pairing Failed: Reason 0x05/),
    ]);
    expect((await bluewire('dump', file('others.hci'), '--layer', 'iso')).out).toHaveLength(1);
    expect((await bluewire('dump', file('others.hci'), '--layer', 'sco,iso')).out).toHaveLength(2);
  });

  it('--address shows the connections with it too, and not the next one that has its handle', async () => {
    const complete = (address: string) => `< 04 3e 13 01 00 4000 00 01 ${address} 1800 0000 c800 00\n`;
    const read = '> 02 4000 0700 0300 0400 0a0300\n';
    const gone = '< 04050400400013\n';
    const one = '0100dec0dec0';
    const other = '0200dec0dec0';
    writeFileSync(
      file('links.hci'),
      `> 01030c00\n${complete(one)}${read}< 0413050140000100\n${gone}${read}${complete(other)}${read}${gone}` +
        // An identity that the peer of the second link tells of itself.
        `${complete(other)}< 02 4020 0c00 0800 0600 09 01 ${one}\n${read}`,
    );
    const numbers = async (address: string) =>
      (await bluewire('dump', file('links.hci'), '--address', address)).out.map((line) =>
        Number(line.slice(0, 6)),
      );
    expect(await numbers('C0:DE:C0:DE:00:01')).toEqual([2, 3, 4, 5, 11, 12]);
    expect(await numbers('C0:DE:C0:DE:00:02')).toEqual([7, 8, 9, 10, 11, 12]);
    // Together with another filter, which does not hide the events that tell of the connection.
    const both = await bluewire(
      'dump',
      file('links.hci'),
      '--address',
      'C0:DE:C0:DE:00:01',
      '--layer',
      'att',
    );
    expect(both.out.map((line) => Number(line.slice(0, 6)))).toEqual([3, 12]);
  });

  it('--handle shows also the commands and events that name it', async () => {
    const { out } = await bluewire('dump', file('links.hci'), '--handle', '0x40');
    expect(out.map((line) => Number(line.slice(0, 6)))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect((await bluewire('dump', file('links.hci'), '--handle', '0x4')).out).toEqual([]);
  });

  it('has colours on a terminal, by the kind of packet, unless NO_COLOR says otherwise', async () => {
    const lines = '> 01030c00\n< 040e0401030c00\n> 024000070003000400 0a0300\n< 040e\n';
    writeFileSync(file('colours.hci'), lines);
    const terminal = new MemorySink(true);
    await shownOn(terminal, {}, 'dump', file('colours.hci'));
    const esc = '\u001b';
    const shown = terminal.lines.map((line) => line.slice(20));
    expect(shown[0]).toBe(`${esc}[32m>${esc}[39m Command Reset`);
    expect(shown[1]).toMatch(
      `${esc}[36m<${esc}[39m ${esc}[36mEvent Command_Complete Reset${esc}[39m: Status`,
    );
    expect(shown[2]).toContain(`${esc}[1mACL 0x0040 ATT Read Request${esc}[22m: `);
    expect(shown[3]).toMatch(new RegExp(`^${esc}\\[36m<${esc}\\[39m ${esc}\\[31m.*malformed.*${esc}\\[39m$`));
    const plain = new MemorySink(true);
    await shownOn(plain, { NO_COLOR: '1' }, 'dump', file('colours.hci'));
    expect(plain.text).not.toContain(esc);
  });

  it('--json has what --tree has, and the comments of pcapng', async () => {
    await bluewire('heart-rate', '--port', 'virtual:', '--capture', file('commented.pcapng'));
    const { out } = await bluewire('dump', file('commented.pcapng'), '--json', '--layer', 'att');
    const objects = out.map((line) => JSON.parse(line) as Record<string, unknown>);
    const noted = objects.filter(({ comments }) => comments !== undefined);
    expect(noted[0]).toMatchObject({
      sent: true,
      type: 2,
      name: 'ATT Exchange MTU Request',
      comments: ['exchangeMtu() →'],
      fields: expect.arrayContaining([expect.objectContaining({ key: 'data' })]),
    });
    const lines = await bluewire('dump', file('commented.pcapng'), '--text', 'Exchange MTU Request');
    expect(lines.out[1]).toBe(`${' '.repeat(22)}# exchangeMtu() →`);
  });

  it.each([
    [['dump', file('nothing.btsnoop')], 1, /there is no such file/],
    [['dump', folder], 1, /a folder, not a capture/],
    [['dump', fileURLToPath(import.meta.url)], 1, /no capture: btsnoop, pklg/],
    [['dump'], 2, /FILE is missing/],
    [['dump', fixture, '--handle', 'x'], 2, /0 to 0xEFF/],
    [['dump', fixture, '--address', 'x'], 2, /no Bluetooth address/],
    [['dump', fixture, '--layer', 'att,x'], 2, /some of hci,acl,l2cap,att,smp,sco,iso/],
    [['convert', fixture, file('x.doc')], 2, /no capture format/],
    [['convert', fixture, fixture], 2, /the same file/],
    [['convert', fixture, file('x'), '--format', 'mp3'], 2, /--format wants one of btsnoop/],
  ])('refuses %j in a line', async (args, code, message) => {
    const result = await bluewire(...(args as string[]));
    expect(result.code).toBe(code);
    expect(result.err.split('\n')[0]).toMatch(message);
  });
});

describe('bluewire convert', () => {
  it('writes the same packets in another format, and back', async () => {
    expect(await bluewire('convert', fixture, file('a.pcapng'))).toMatchObject({ code: 0 });
    expect(await bluewire('convert', file('a.pcapng'), file('b.hci'))).toMatchObject({ code: 0 });
    expect(readFileSync(file('b.hci'), 'utf8')).toBe(readFileSync(fixture, 'utf8'));
  });

  it('goes as far as a damaged file is sound, and says where that is, with exit code 1', async () => {
    const octets = readFileSync(fixture);
    writeFileSync(file('cut.hci'), octets.subarray(0, octets.length - 4));
    await bluewire('convert', fixture, file('whole.btsnoop'));
    const whole = readFileSync(file('whole.btsnoop'));
    writeFileSync(file('cut.btsnoop'), whole.subarray(0, whole.length - 3));
    const { code, err } = await bluewire('convert', file('cut.btsnoop'), file('c.pklg'));
    expect(code).toBe(1);
    expect(err).toMatch(/is damaged: the file ends in the middle of a record, at \d+/);
    expect(readCapture(new Uint8Array(readFileSync(file('c.pklg')))).list.length).toBe(
      readCapture(new Uint8Array(whole)).list.length - 1,
    );
  });

  it('leaves out what the other format has no place for, and counts it', async () => {
    writeFileSync(file('iso.hci'), '0 > 01030c00\n1 > 0560000400000000ff\n2 > 0560000400000000ff\n');
    const { code, out, err } = await bluewire('convert', file('iso.hci'), file('iso.pklg'));
    expect(code).toBe(0);
    expect(out).toEqual([`1 packets written to ${file('iso.pklg')}`]);
    expect(err).toMatch(/^2 left out: PacketLogger has no place for a packet of type 5/);
  });
});

describe('bluewire scrub', () => {
  it('writes the same packets without who was there, and says what was changed', async () => {
    const { code, out, err } = await bluewire('scrub', fixture, file('clean.pcapng'), '--seed', 'x');
    expect(code).toBe(0);
    expect(err).toBe('');
    const before = readCapture(new Uint8Array(readFileSync(fixture))).list;
    const after = readCapture(new Uint8Array(readFileSync(file('clean.pcapng')))).list;
    expect(after.map(({ time, type, packet }) => [time, type, packet.length])).toEqual(
      before.map(({ time, type, packet }) => [time, type, packet.length]),
    );
    expect(out[0]).toBe(`${before.length} packets written to ${file('clean.pcapng')}; changed:`);
    expect(out.slice(1).join('\n')).toMatch(/^ +\d+ places with an address \(\d+ of them\)\n +\d+ names\n/);
    const shown = (await bluewire('dump', file('clean.pcapng'))).out.join('\n');
    expect(shown).not.toMatch(/C0:DE:C0|Heart Rate/);
    expect((await bluewire('dump', fixture)).out.join('\n')).toMatch(/C0:DE:C0/);
  });

  it('the same seed gives the same file; without one each run another; counts as JSON', async () => {
    for (const name of ['1', '2']) await bluewire('scrub', fixture, file(`seed${name}.hci`), '--seed', '7');
    expect(readFileSync(file('seed1.hci'), 'utf8')).toBe(readFileSync(file('seed2.hci'), 'utf8'));
    for (const name of ['3', '4']) await bluewire('scrub', fixture, file(`seed${name}.hci`));
    expect(readFileSync(file('seed3.hci'), 'utf8')).not.toBe(readFileSync(file('seed4.hci'), 'utf8'));
    const { out } = await bluewire('scrub', fixture, file('json.hci'), '--json');
    expect(JSON.parse(out[0]!)).toMatchObject({ written: expect.any(Number), vendor: 0, stopped: null });
  });

  it('goes as far as a damaged file is sound, with exit code 1', async () => {
    await bluewire('convert', fixture, file('sound.btsnoop'));
    const octets = readFileSync(file('sound.btsnoop'));
    writeFileSync(file('damaged.btsnoop'), octets.subarray(0, octets.length - 3));
    const { code, err } = await bluewire('scrub', file('damaged.btsnoop'), file('d.btsnoop'));
    expect(code).toBe(1);
    expect(err).toMatch(/is damaged/);
  });

  it.each([
    [[fixture, fixture], 2, /the same file/],
    [[fixture, file('x.doc')], 2, /no capture format/],
    [[file('nothing'), file('x.hci')], 1, /there is no such file/],
    [[fileURLToPath(import.meta.url), file('x.hci')], 1, /no capture/],
  ])('refuses %j in a line', async (args, code, message) => {
    const result = await bluewire('scrub', ...args);
    expect(result.code).toBe(code);
    expect(result.err.split('\n')[0]).toMatch(message);
  });
});

describe('--capture', () => {
  it('records what a command says to the controller, in every command', async () => {
    for (const command of ['info', 'scan', 'heart-rate']) {
      const cli = new CliRun();
      await cli.run(command, '--port', 'virtual:', '--capture', file(`${command}.btsnoop`));
      const { list, stopped } = readCapture(new Uint8Array(readFileSync(file(`${command}.btsnoop`))));
      expect(stopped).toBeUndefined();
      expect(list.length, command).toBeGreaterThan(20);
      expect([...list[0]!.packet]).toEqual([0x03, 0x0c, 0]);
    }
  });
});
