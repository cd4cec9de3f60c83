import { afterEach, describe, expect, it } from 'vitest';
import { AttError } from '../../../src/core/errors.js';
import {
  AdvertisingData,
  type AdvertisingReport,
  type Connection,
  type Device,
} from '../../../src/gap/index.js';
import type { Diagnostic } from '../../../src/hci/host-types.js';
import {
  createWorld,
  type Misbehaviour,
  type MisbehaviourName,
  misbehaviours,
  simulatedDevice,
  type World,
} from '../../../src/virtual/devices/index.js';

const address = 'C0:DE:C0:00:00:0B/random';
const SERVICES_BY_TYPE = 0x10;
let world: World;

afterEach(() => world.close());

async function meet(one: MisbehaviourName | Misbehaviour) {
  const spec = simulatedDevice({ kind: 'heart-rate', address, name: 'Heart Rate', misbehaviours: [one] });
  world = await createWorld({ seed: 9, devices: [spec] });
  const diagnostics: Diagnostic[] = [];
  const device: Device = await world.device({ onDiagnostic: (diagnostic) => diagnostics.push(diagnostic) });
  return { device, diagnostics };
}

/** What comes of a discovery: how many services, or the error. */
async function discovery(link: Connection): Promise<number | unknown> {
  return link.gatt.discoverServices().then(
    (services) => services.length,
    (error: unknown) => error,
  );
}

describe('a device that misbehaves', () => {
  it('never answers: the bearer is closed after 30 s (Vol 3, Part F, 3.3.3)', async () => {
    const { device } = await meet('never-answers');
    const link = await device.connect(address, { exchangeMtu: false });
    const began = world.now;
    expect(await discovery(link)).toMatchObject({ code: 'TIMEOUT' });
    expect(world.now - began).toBeGreaterThanOrEqual(30_000);
  });

  it('never answers one kind of request, and the others it does', async () => {
    const { device } = await meet({ misbehaviour: 'never-answers', opcode: SERVICES_BY_TYPE });
    const link = await device.connect(address);
    expect(link.gatt.mtu).toBe(247);
    expect(await discovery(link)).toMatchObject({ code: 'TIMEOUT' });
  });

  it('answers late, but in time', async () => {
    const { device } = await meet({ misbehaviour: 'slow-answers', ms: 3000 });
    const began = world.now;
    const link = await device.connect(address);
    expect(world.now - began).toBeGreaterThanOrEqual(3000);
    expect(await discovery(link)).toBeGreaterThan(3);
  });

  it('disconnects at a request', async () => {
    const { device } = await meet({ misbehaviour: 'disconnects', opcode: SERVICES_BY_TYPE });
    const link = await device.connect(address);
    expect(await discovery(link)).toMatchObject({ code: 'DISCONNECTED', reason: 0x13 });
    // And is there again for the next.
    expect((await device.connect(address)).isConnected).toBe(true);
  });

  it('lies about its MTU: what is longer than it takes gets no answer', async () => {
    const { device } = await meet('mtu-lie');
    const link = await device.connect(address);
    expect(link.gatt.mtu).toBe(247);
    expect(await discovery(link)).toBeGreaterThan(3);
    const long = link.gatt.write(0x0003, new Uint8Array(60)).catch((error: unknown) => error);
    expect(await long).toMatchObject({ code: 'TIMEOUT' });
  });

  it('says an MTU that is not permitted: 23 holds (Vol 3, Part F, 3.4.2.2)', async () => {
    const { device } = await meet({ misbehaviour: 'mtu-lie', mtu: 5 });
    const link = await device.connect(address);
    expect(link.gatt.mtu).toBe(23);
    expect(await discovery(link)).toBeGreaterThan(3);
  });

  it('advertises structures that run over the end: the report comes, with what can be read', async () => {
    const { device } = await meet('huge-advertising');
    const report = await new Promise<AdvertisingReport>((resolve) => {
      void device.startScan({ onReport: resolve });
    });
    expect(new AdvertisingData(report.data).localName).toBeUndefined();
  });

  it('has a name that is no UTF-8: it is read without a crash', async () => {
    const { device } = await meet('invalid-utf8');
    let name: string | undefined;
    await device.startScan({
      active: true,
      onReport: (report) => {
        if (report.scanResponse) name ??= new AdvertisingData(report.data).localName;
      },
    });
    await world.until(() => name !== undefined);
    expect(name).toContain('�');
    const link = await device.connect(address);
    const [gap] = await link.gatt.discoverServices(0x1800);
    const characteristic = (await gap!.discoverCharacteristics()).find(({ uuid }) => uuid.equals(0x2a00))!;
    expect((await characteristic.read())[0]).toBe(0xff);
  });

  const odd = misbehaviours.filter(
    (name) => !['never-answers', 'slow-answers', 'disconnects', 'mtu-lie', 'invalid-utf8'].includes(name),
  );

  it.each(odd)('%s: whatever is asked of it ends, and the device and its other links go on', async (name) => {
    const { device } = await meet(name);
    await world.add(simulatedDevice({ kind: 'battery', address: 'C0:DE:C0:00:00:0C/random' }));
    const link = await device.connect(address).catch((error: unknown) => error);
    if (!(link instanceof Error)) {
      const result = await discovery(link as Connection);
      expect(typeof result === 'number' || result instanceof Error).toBe(true);
    }
    const other = await device.connect('C0:DE:C0:00:00:0C/random');
    expect(await discovery(other)).toBeGreaterThanOrEqual(3);
    expect(device.isOpen).toBe(true);
  });

  it('is refused with the field when it is none', async () => {
    const spec = (one: object) =>
      createWorld({
        seed: 1,
        devices: [simulatedDevice({ kind: 'battery', address, misbehaviours: [one as never] })],
      });
    world = await createWorld({ devices: [] });
    await expect(spec({ misbehaviour: 'sulks' })).rejects.toThrow(/misbehaviours\.0\.misbehaviour: "sulks"/);
    await expect(spec({ misbehaviour: 'mtu-lie', mtu: -1 })).rejects.toThrow(/misbehaviours\.0\.mtu: -1/);
    expect(new AttError('', 1, 2, 3).code).toBe('ATT_ERROR');
  });
});
