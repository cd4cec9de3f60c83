import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Device } from '../../src/gap/device.js';
import { type KeptConnection, keepConnected } from '../../src/gap/keep-connected.js';
import * as commands from '../../src/hci/commands/index.js';
import { FaultyTransport } from '../support/faulty-transport.js';
import { World } from '../support/world.js';

const HARDWARE_ERROR = '0410 01 42';
const stranger = (n: number) => `C0:00:00:00:01:0${n}/random`;
const next = (kept: KeptConnection, name: 'connected' | 'disconnected' | 'ended') =>
  new Promise((resolve) => kept.once(name, resolve));

describe.each(['legacy', 'extended'] as const)(
  'a controller that is brought back while it connects, with %s commands',
  (advertisingCommands) => {
    let world: World;
    let central: Device;
    let peers: Device[];
    let port: FaultyTransport;
    let recovered: number;

    beforeEach(async () => {
      world = new World();
      world.defaults = { advertisingCommands };
      const controller = world.controller();
      central = await world.device({
        transport: () => {
          port = new FaultyTransport(controller.transport());
          return port;
        },
      });
      recovered = 0;
      central.on('recovered', () => recovered++);
      peers = [await world.device(), await world.device(), await world.device()];
    });
    afterEach(() => world.run(Promise.all([central, ...peers].map((one) => one.close()))));

    const advertise = (...who: Device[]) =>
      world.run(
        Promise.all(
          who.map((one) => one.startAdvertising({ data: { flags: 6 }, restart: 'whenDisconnected' })),
        ),
      );
    async function fail(): Promise<void> {
      port.inject(HARDWARE_ERROR);
      await world.clock.advance(3000);
      expect(recovered).toBe(1);
    }
    const entries = () => central.host.mirror.count(commands.leAddDeviceToFilterAcceptList.opcode);
    async function seen(): Promise<Set<string>> {
      const addresses = new Set<string>();
      const onReport = ({ address }: { readonly address: unknown }) => void addresses.add(String(address));
      const scan = await world.run(central.startScan({ acceptListOnly: true, onReport }));
      await world.clock.advance(1000);
      await world.run(scan.stop());
      return addresses;
    }

    it('has the accept list again, which can be changed as before (7.3.2: a Reset clears it)', async () => {
      await advertise(...peers);
      await world.run(central.acceptList.add(peers[0]!.address));
      await fail();
      expect(port.opcodes.slice(port.opcodes.lastIndexOf(commands.reset.opcode))).toContain(
        commands.leAddDeviceToFilterAcceptList.opcode,
      );
      expect(central.acceptList.isInController).toBe(true);
      expect(await seen()).toEqual(new Set([String(peers[0]!.address)]));
      await world.run(central.acceptList.add(peers[1]!.address));
      await world.run(central.acceptList.remove(peers[0]!.address));
      expect(await seen()).toEqual(new Set([String(peers[1]!.address)]));
    });

    it('has nothing left of a list that was lent; the attempts have ended, and others can be made', async () => {
      await world.run(central.acceptList.add(peers[0]!.address));
      const attempts = [1, 2].map((n) => central.connect(stranger(n)));
      for (const one of attempts) one.catch(() => {});
      await world.clock.advance(100);
      expect(central.acceptList.isInController).toBe(false);
      expect(entries()).toBe(2);
      await fail();
      for (const one of attempts)
        await expect(world.run(one)).rejects.toMatchObject({ code: 'CONTROLLER_RESET' });
      await advertise(...peers);
      expect(central.acceptList.isInController).toBe(true);
      expect(entries()).toBe(1);
      expect(await seen()).toEqual(new Set([String(peers[0]!.address)]));
      const links = await world.run(
        Promise.all(peers.slice(1).map(({ address }) => central.connect(address))),
      );
      expect(links.length).toBe(2);
      expect(world.diagnostics.filter(({ message }) => /accept list|did not end/.test(message))).toEqual([]);
    });

    it('makes the links again that are kept, and waits for those peers that are not there', async () => {
      await advertise(peers[0]!, peers[1]!);
      const kept = peers.map(({ address }) => keepConnected(central, address));
      const failures: unknown[] = [];
      const ends: unknown[] = [];
      for (const one of kept) {
        one.on('failed', ({ error }) => failures.push(error));
        one.on('ended', (error) => ends.push(error));
      }
      await world.run(Promise.all(kept.slice(0, 2).map((one) => next(one, 'connected'))));
      const lost = Promise.all(kept.slice(0, 2).map((one) => next(one, 'disconnected')));
      const again = Promise.all(kept.slice(0, 2).map((one) => next(one, 'connected')));
      await fail();
      await world.run(lost);
      await world.run(again);
      // The one that was being looked for had a failure, and is looked for again.
      expect(failures).toMatchObject([{ code: 'CONTROLLER_RESET' }]);
      const third = next(kept[2]!, 'connected');
      await advertise(peers[2]!);
      await world.run(third);
      expect(central.connections.length).toBe(3);
      expect(ends).toEqual([]);
      await world.run(Promise.all(kept.map((one) => one.stop())));
      expect(ends).toEqual([undefined, undefined, undefined]);
    });
  },
);
