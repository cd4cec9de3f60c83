import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import '../../../src/hci/capture/node/captures.js';
import { SimulatedClock } from '../../../src/core/clock.js';
import { seededRandom } from '../../../src/core/random.js';
import { Decoder } from '../../../src/decode/index.js';
import { Device } from '../../../src/gap/index.js';
import { type CaptureSink, readCapture } from '../../../src/hci/capture/index.js';
import { World } from '../../support/world.js';
import '../../../src/virtual/devices/register.js';
import '../../../src/virtual/devices/port.js';

const folder = mkdtempSync(join(tmpdir(), 'bluewire-comments-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The comments of a capture, each with the name of the packet that it stands at. */
function commented(path: string): string[] {
  const decoder = new Decoder();
  return readCapture(new Uint8Array(readFileSync(path))).list.flatMap(({ sent, type, packet, comments }) => {
    const { name } = decoder.decode(sent, type, packet);
    return (comments ?? []).map((comment) => `${comment} ${sent ? name : `received ${name}`}`);
  });
}

describe('calls in a recording', () => {
  it('ties what a heart rate session calls to the packets that it sends', async () => {
    const clock = new SimulatedClock();
    const path = join(folder, 'heart-rate.pcapng');
    const device = await clock.run(
      Device.open({
        transport: 'virtual:',
        capture: path,
        clock,
        random: seededRandom(7),
        addressStore: null,
      }),
    );
    const scan = await clock.run(device.startScan({}));
    const report = await clock.run(
      (async () => {
        for await (const one of scan)
          if (one.connectable && one.address.toString().startsWith('C0:DE')) return one;
        throw new Error('no heart rate sensor');
      })(),
    );
    await clock.run(scan.stop());
    const { gatt } = await clock.run(device.connect(report));
    const [service] = await clock.run(gatt.discoverServices(0x180d));
    const [measurement] = await clock.run(service!.discoverCharacteristics());
    const stop = await clock.run(measurement!.subscribe(() => {}));
    await clock.advance(2000);
    await clock.run(stop());
    const [name] = await clock.run(gatt.readByUuid(0x2a00));
    await clock.run(gatt.read(name!.handle));
    await clock.run(device.connections[0]!.disconnect());
    await clock.run(device.close());
    const peer = report.address.toString();
    const value = `0x${measurement!.valueHandle.toString(16).toUpperCase().padStart(4, '0')}`;
    const handle = `0x${name!.handle.toString(16).toUpperCase().padStart(4, '0')}`;
    const range = [service!.startHandle, service!.endHandle].map(
      (one) => `0x${one.toString(16).toUpperCase().padStart(4, '0')}`,
    );
    expect(commented(path)).toEqual([
      'startScan(active) → LE_Set_Extended_Scan_Parameters',
      'stopScan() → LE_Set_Extended_Scan_Enable',
      `connect(${peer}) → LE_Extended_Create_Connection [v1]`,
      'exchangeMtu() → ATT Exchange MTU Request',
      'discoverServices(180d) → ATT Find By Type Value Request',
      `discoverCharacteristics(${range.join('–')}) → ATT Read By Type Request`,
      `discoverDescriptors(${value}) → ATT Find Information Request`,
      `subscribe(${value}) → ATT Write Request`,
      `unsubscribe(${value}) → ATT Write Request`,
      'readByUuid(2a00) → ATT Read By Type Request',
      `read(${handle}) → ATT Read Request`,
      `disconnect(${peer}) → Disconnect`,
    ]);
  });

  it('a call that has to wait for another stands at its own request', async () => {
    const world = new World();
    const other = await world.device();
    await world.run(other.startAdvertising());
    const path = join(folder, 'waits.pcapng');
    const device = await world.device({ capture: path });
    const { gatt } = await world.run(device.connect(other.address));
    const ended = new AbortController();
    ended.abort();
    await world.run(
      Promise.allSettled([
        gatt.read(1, ended.signal),
        gatt.read(2),
        gatt.read(3),
        gatt.write(3, Uint8Array.of(1)),
      ]),
    );
    await world.run(device.close());
    const reads = commented(path).filter((line) => /^(read|write)/.test(line));
    expect(reads).toEqual([
      'read(0x0002) → ATT Read Request',
      'read(0x0003) → ATT Read Request',
      'write(0x0003, 1 octets) → ATT Write Request',
    ]);
  });

  it('a sink without note() is told of packets alone, and nothing is announced', async () => {
    const world = new World();
    const sink: CaptureSink = { packet: () => {}, close: () => Promise.resolve() };
    const device = await world.device({ capture: sink });
    expect(device.host.trace).toBeUndefined();
    const plain = await world.device();
    expect(plain.host.trace).toBeUndefined();
    await world.run(device.close());
    await world.run(plain.close());
  });
});
