import { afterEach, expect, it } from 'vitest';
import { Device } from '../../src/gap/index.js';
import { Belongings, portOf } from '../support/sockets.js';
import { Child } from './support/child.js';
import { bumbleControllers, heartRateSensor } from './support/peers.js';
import { python } from './support/places.js';
import { describeInterop } from './support/present.js';

/** Bumble's bridge between two of its transports: the host's side first. */
const bumbleBridge = (host: string, controller: string) =>
  new Child('hci_bridge', python, ['-m', 'bumble.apps.hci_bridge', host, controller]);

/** Finds Bumble's sensor, connects and reads where it is worn. */
async function readSensor(device: Device): Promise<Uint8Array | undefined> {
  const connection = await device.connect('F0:00:5E:00:53:A0/random');
  const services = await connection.gatt.discoverAll();
  const all = services.flatMap(({ characteristics }) => [...characteristics]);
  return all.find(({ uuid }) => uuid.toShortString().toLowerCase() === '2a38')?.read();
}

describeInterop("a device over WebSockets, with Bumble's WebSockets at the other end", ['bumble'], () => {
  let device: Device | undefined;

  afterEach(async () => {
    await device?.close();
    device = undefined;
  });

  it("as the server of Bumble's client, which takes each message for a packet", async () => {
    const [first, second] = await bumbleControllers('tcp', 'tcp');
    await heartRateSensor(first!);
    device = await Device.open({
      transport: 'ws-server:127.0.0.1:0',
      onDiagnostic: ({ listeningAt }) => {
        if (listeningAt) bumbleBridge(`ws-client:${listeningAt}`, second!.bumble);
      },
    });
    expect(device.controller.publicAddress.toString()).toBe(second!.address);
    expect(await readSensor(device)).toEqual(Uint8Array.of(1));
  });

  it("as a client of Bumble's server, which is waited for", async () => {
    const [first, second] = await bumbleControllers('tcp', 'tcp');
    await heartRateSensor(first!);
    const free = new Belongings();
    const port = portOf(await free.server(() => {}));
    free.dispose();
    bumbleBridge(`ws-server:127.0.0.1:${port}`, second!.bumble);
    device = await Device.open({ transport: `ws://127.0.0.1:${port}?retry=30` });
    expect(await readSensor(device)).toEqual(Uint8Array.of(1));
  });
});
