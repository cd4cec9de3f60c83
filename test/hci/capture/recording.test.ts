import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import '../../../src/hci/capture/node/captures.js';
import { SimulatedClock } from '../../../src/core/clock.js';
import { TransportError } from '../../../src/core/errors.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { type CaptureSink, readCapture } from '../../../src/hci/capture/index.js';
import { CaptureFile } from '../../../src/hci/capture/node/capture-file.js';
import * as commands from '../../../src/hci/commands/index.js';
import { FaultyTransport } from '../../support/faulty-transport.js';
import { encodeAcl, encodeCommand } from '../../support/hci-script.js';
import { World } from '../../support/world.js';

const folder = mkdtempSync(join(tmpdir(), 'bluewire-capture-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string) => join(folder, name);
const read = (name: string) => readCapture(new Uint8Array(readFileSync(file(name))));

/** Keeps what passes, as text. */
class Memory implements CaptureSink {
  readonly lines: string[] = [];
  closed = 0;

  packet(time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void {
    this.lines.push(`${time} ${sent ? '>' : '<'} ${type} ${toHex(bytes.subarray(start, end))}`);
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

describe('recording', () => {
  it.each(['btsnoop', 'pcapng', 'pklg', 'pcap', 'hci'])(
    'writes a whole session to a .%s file, packet by packet',
    async (ending) => {
      const world = new World();
      const other = await world.device();
      await world.run(other.startAdvertising());
      const path = file(`session.${ending}`);
      const memory = new Memory();
      const tap = new CaptureFile(path, { clock: world.clock });
      const both: CaptureSink = {
        packet: (...packet) => {
          memory.packet(...packet);
          tap.packet(...packet);
        },
        close: () => tap.close(),
      };
      const device = await world.device({ capture: both });
      const link = await world.run(device.connect(other.address));
      await world.run(link.gatt.discoverServices());
      await world.run(device.close());
      await tap.close();
      const { list, stopped } = read(`session.${ending}`);
      expect(stopped).toBeUndefined();
      expect(
        list.map(({ time, sent, type, packet }) => `${time} ${sent ? '>' : '<'} ${type} ${toHex(packet)}`),
      ).toEqual(memory.lines);
      expect(list.length).toBeGreaterThan(40);
      expect(statSync(path).mode & 0o077).toBe(0);
    },
  );

  it('by a file’s name alone: what a crash would leave is there but for the last second', async () => {
    const world = new World();
    const device = await world.device({ capture: file('crash.btsnoop') });
    await world.clock.advance(1001);
    expect(read('crash.btsnoop').list.length).toBeGreaterThan(10);
    await world.run(device.close());
  });

  it('goes on in the same capture when the controller is opened again', async () => {
    const world = new World();
    const memory = new Memory();
    const ports: FaultyTransport[] = [];
    const controller = world.controller();
    const device = await world.device({
      transport: () => {
        ports.push(new FaultyTransport(controller.transport()));
        return ports.at(-1)!;
      },
      capture: memory,
    });
    const before = memory.lines.length;
    ports[0]!.unplug();
    await world.clock.advance(5000);
    expect(ports).toHaveLength(2);
    expect(memory.lines.length).toBeGreaterThan(before + 10);
    expect(memory.closed).toBe(0);
    await world.run(device.close());
    expect(memory.closed).toBeGreaterThan(0);
  });

  it('zeroes keys unless they are wanted: LTK, IRK, and those that a link hands over', async () => {
    const clock = new SimulatedClock();
    const key = new Uint8Array(16).fill(0xee);
    const packets = [
      encodeCommand(commands.leEnableEncryption, {
        connectionHandle: 0x40,
        randomNumber: 0x0101010101010101n,
        encryptedDiversifier: 0x2222,
        longTermKey: key,
      }),
      encodeCommand(commands.leLongTermKeyRequestReply, { connectionHandle: 0x40, longTermKey: key }),
      encodeAcl(0x40, fromHex(`11000600 06${toHex(key)}`.replaceAll(' ', ''))),
      encodeAcl(0x40, fromHex(`0700040012${'eeee'}01020304`)),
    ];
    for (const keys of [false, true]) {
      const recorded = new CaptureFile(file(`keys-${keys}.btsnoop`), { clock, keys });
      for (const packet of packets) recorded.packet(0, true, packet[0]!, packet, 1, packet.length);
      await recorded.close();
    }
    const hex = (name: string) =>
      read(name).list.map(({ type, packet }) => toHex(Uint8Array.of(type, ...packet)));
    expect(hex('keys-true.btsnoop')).toEqual(packets.map((packet) => toHex(packet)));
    const zeros = '00'.repeat(16);
    expect(hex('keys-false.btsnoop')).toEqual(
      packets.map((packet) => toHex(packet).replace('ee'.repeat(16), zeros)),
    );
  });

  it('refuses a format that there is not, and a place that cannot be written, before the port is opened', async () => {
    const world = new World();
    await expect(world.device({ capture: file('session.docx') })).rejects.toThrow(
      /no capture format; btsnoop/,
    );
    await expect(world.device({ capture: join(folder, 'nowhere', 'x.btsnoop') })).rejects.toThrow(/ENOENT/);
    writeFileSync(file('taken'), '');
    expect(() => new CaptureFile(join(file('taken'), 'x.btsnoop'), { clock: world.clock })).toThrow(
      /ENOTDIR/,
    );
  });

  it('is closed when the port cannot be opened', async () => {
    const world = new World();
    const memory = new Memory();
    const failing = () => Promise.reject(new TransportError('no port', 'PORT_NOT_FOUND'));
    await expect(
      world.device({ transport: failing, capture: memory, random: seededRandom(1) }),
    ).rejects.toThrow('no port');
    expect(memory.closed).toBe(1);
  });
});
