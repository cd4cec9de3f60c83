import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotSupportedError, StateError } from '../../src/core/errors.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import { AdvertisingData } from '../../src/gap/index.js';
import type { AdvertisingReport } from '../../src/hci/advertising-report.js';
import * as commands from '../../src/hci/commands/index.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';
import { deviceOf, person, personalities } from './privacy/support.js';

const stranger = (n: number) => `C0:00:00:00:01:${n.toString(16).padStart(2, '0')}/random`;

describe.each(['legacy', 'extended'] as const)('the accept list, with %s commands', (advertisingCommands) => {
  let world: World;
  let central: Device;
  let peers: Device[];

  beforeEach(async () => {
    world = new World();
    world.defaults = { advertisingCommands };
    central = await world.device();
    peers = [await world.device(), await world.device(), await world.device()];
    for (const [i, peer] of peers.entries())
      await world.run(
        peer.startAdvertising({
          data: { flags: 6, serviceUuids: [0x1800 + i] },
          scanResponse: { completeLocalName: `peer ${i}` },
          restart: 'whenDisconnected',
        }),
      );
  });
  afterEach(() => world.run(Promise.all([central, ...peers].map((one) => one.close()))));

  async function seen(ms: number): Promise<Set<string>> {
    const addresses = new Set<string>();
    const onReport = (report: AdvertisingReport) => void addresses.add(String(report.address));
    const scan = await world.run(central.startScan({ acceptListOnly: true, onReport }));
    await world.clock.advance(ms);
    await world.run(scan.stop());
    return addresses;
  }
  const names = (...list: Device[]) => new Set(list.map(({ address }) => String(address)));

  it('says whom a scan reports', async () => {
    await world.run(central.acceptList.add(peers[0]!.address, peers[2]!.address));
    expect(central.acceptList.isInController).toBe(true);
    expect(await seen(2000)).toEqual(names(peers[0]!, peers[2]!));
    await world.run(central.acceptList.remove(peers[2]!.address));
    expect(await seen(2000)).toEqual(names(peers[0]!));
    await world.run(central.acceptList.clear());
    expect(await seen(2000)).toEqual(new Set());
  });

  it('may be longer than the controller’s: the host filters then, and nobody sees a difference', async () => {
    const { acceptList, controller } = central;
    const others = Array.from({ length: controller.filterAcceptListSize! }, (_, i) => stranger(i));
    await world.run(acceptList.add(...others, peers[1]!.address));
    expect(acceptList.isInController).toBe(false);
    expect(await seen(2000)).toEqual(names(peers[1]!));
    await world.run(acceptList.remove(others[0]!));
    expect(acceptList.isInController).toBe(true);
    expect(await seen(2000)).toEqual(names(peers[1]!));
  });

  it('can be changed during a scan that keeps to it (7.8.16: not while the controller filters by it)', async () => {
    const addresses: string[] = [];
    await world.run(central.acceptList.add(peers[0]!.address));
    const scan = await world.run(
      central.startScan({
        acceptListOnly: true,
        onReport: ({ address }) => void addresses.push(String(address)),
      }),
    );
    await world.clock.advance(1000);
    await world.run(central.acceptList.add(peers[1]!.address));
    await world.run(central.acceptList.remove(peers[0]!.address));
    addresses.length = 0;
    await world.clock.advance(1000);
    await world.run(scan.stop());
    expect(new Set(addresses)).toEqual(names(peers[1]!));
  });

  it.each([false, true])('lets connect whom it has; too long for the controller: %s', async (long) => {
    const [listed, other, advertiser] = peers as [Device, Device, Device];
    if (long)
      await world.run(
        advertiser.acceptList.add(
          ...Array.from({ length: advertiser.controller.filterAcceptListSize! }, (_, i) => stranger(i)),
        ),
      );
    await world.run(advertiser.acceptList.add(listed.address));
    const links: Connection[] = [];
    advertiser.on('connection', (link) => links.push(link));
    await world.run(
      advertiser.startAdvertising({ data: { flags: 6 }, filterPolicy: 2, restart: 'whenDisconnected' }),
    );
    await world.run(Promise.all([listed.stopAdvertising(), other.stopAdvertising()]));
    const refused = await world.run(
      other
        .connect(advertiser.address, { timeoutMs: 3000 })
        .then(async (link) => {
          await new Promise((resolve) => link.once('disconnected', resolve));
          return link.disconnectReason;
        })
        .catch((error: Error) => error),
    );
    // A controller that passes the request over lets the other one believe in a link for six intervals (Vol 6, Part B, 4.5.2).
    expect(refused).toMatchObject({ code: 'DISCONNECTED', reason: long ? 0x13 : 0x3e });
    expect(links).toEqual([]);
    const link = await world.run(listed.connect(advertiser.address));
    expect(link.isConnected).toBe(true);
    expect(links.map(({ peer }) => String(peer))).toEqual([String(listed.address)]);
  });

  it('too long for the controller, scan requests cannot be filtered by it, which is said', async () => {
    const { acceptList, controller } = central;
    await world.run(
      acceptList.add(...Array.from({ length: controller.filterAcceptListSize! + 1 }, (_, i) => stranger(i))),
    );
    await expect(world.run(central.startAdvertising({ filterPolicy: 1 }))).rejects.toBeInstanceOf(
      NotSupportedError,
    );
  });

  it.each(['set', 'scan requests'] as const)(
    'does not outgrow the controller’s while that filters by it for a %s: who is on it stays, and may come',
    async (what) => {
      const [listed, other, advertiser] = peers as [Device, Device, Device];
      const { acceptList, controller } = advertiser;
      await world.run(acceptList.add(listed.address));
      await world.run(advertiser.stopAdvertising());
      if (what === 'set') {
        const set = await world.run(
          advertiser.createAdvertisingSet({ connectable: true, data: { flags: 6 }, filterPolicy: 2 }),
        );
        await world.run(set.start());
      } else await world.run(advertiser.startAdvertising({ data: { flags: 6 }, filterPolicy: 3 }));
      const many = Array.from({ length: controller.filterAcceptListSize! }, (_, i) => stranger(i));
      await expect(world.run(acceptList.add(...many))).rejects.toThrow(
        `acceptList: the controller filters by it for what is advertised with a filterPolicy, and has room for ${controller.filterAcceptListSize}`,
      );
      expect(acceptList.list().map(String)).toEqual([String(listed.address)]);
      await world.run(acceptList.add(...many.slice(1)));
      await world.run(listed.stopAdvertising());
      expect((await world.run(listed.connect(advertiser.address))).isConnected).toBe(true);
      await world.run(advertiser.stopAdvertising());
      if (what !== 'set') await world.run(acceptList.add(other.address));
    },
  );

  it.each([false, true])(
    'is connected to by whoever is seen first (Vol 3, Part C, 9.3.5); too long: %s',
    async (long) => {
      const { acceptList, controller } = central;
      if (long)
        await world.run(
          acceptList.add(...Array.from({ length: controller.filterAcceptListSize! }, (_, i) => stranger(i))),
        );
      await world.run(acceptList.add(peers[0]!.address, peers[2]!.address));
      const first = await world.run(central.connectAny());
      const second = await world.run(central.connectAny());
      expect(new Set([first, second].map(({ peer }) => String(peer)))).toEqual(names(peers[0]!, peers[2]!));
      await expect(world.run(central.connectAny({ timeoutMs: 2000 }))).rejects.toMatchObject({
        code: long ? 'TIMEOUT' : 'INVALID_STATE',
      });
    },
  );

  it('is asked for somebody: an empty one connects to nobody', async () => {
    await expect(world.run(central.connectAny())).rejects.toBeInstanceOf(StateError);
  });

  it('says who is on it', async () => {
    await world.run(central.acceptList.add(peers[0]!.address));
    expect(central.acceptList.list().map(String)).toEqual([String(peers[0]!.address)]);
    expect(central.acceptList.has(peers[0]!.address)).toBe(true);
    expect(central.acceptList.size).toBe(1);
  });

  describe('a peer that is not known by its address', () => {
    it('is found by its name, which its scan response has', async () => {
      const link = await world.run(central.connect({ name: 'peer 1' }));
      expect(link.peer.equals(peers[1]!.address)).toBe(true);
    });

    it('is found by a service, or by whatever the program looks for', async () => {
      const byService = await world.run(central.connect({ service: 0x1802 }));
      expect(byService.peer.equals(peers[2]!.address)).toBe(true);
      const byMatch = await world.run(
        central.connect({ service: 0x1800, predicate: ({ data }) => data.localName === 'peer 0' }),
      );
      expect(byMatch.peer.equals(peers[0]!.address)).toBe(true);
    });

    it('is found while the program scans, whose scan goes on', async () => {
      let reports = 0;
      const scan = await world.run(central.startScan({ onReport: () => reports++ }));
      await world.run(central.connect({ name: 'peer 1' }));
      reports = 0;
      await world.clock.advance(1000);
      expect(reports).toBeGreaterThan(0);
      await world.run(scan.stop());
    });

    it('is not found: the time is over, the signal was given, or the question is none', async () => {
      await expect(world.run(central.connect({ name: 'nobody' }, { timeoutMs: 2000 }))).rejects.toThrow(
        /the name "nobody": no such device was seen/,
      );
      const abort = new AbortController();
      const attempt = central.connect({ name: 'nobody' }, { signal: abort.signal });
      attempt.catch(() => {});
      await world.clock.advance(500);
      abort.abort(new Error('enough'));
      await expect(world.run(attempt)).rejects.toThrow('enough');
      expect(central.scanning).toBe(false);
      for (const wrong of [{}, { name: 1 }, { predicate: true }, { names: 'x' }, { service: 'xyz' }])
        await expect(world.run(central.connect(wrong as never))).rejects.toThrow(
          /wanted|permitted|unknown|UUID/,
        );
      await expect(
        world.run(
          central.connect({
            predicate: () => {
              throw new Error('of the program');
            },
          }),
        ),
      ).rejects.toThrow('of the program');
    });
  });
});

describe('a bonded peer with private addresses on the accept list', () => {
  it.each(Object.entries(personalities))('is meant by its identity, with %s', async (_, personality) => {
    const world = new World();
    const [me, peer, other] = [person(1), person(2), person(3)];
    const mine = await deviceOf(world, me, [peer, other], { personality });
    const hidden = await deviceOf(world, peer, [me], { privacy: true });
    const second = await deviceOf(world, other, [me], { privacy: true });
    for (const one of [hidden, second])
      await world.run(one.startAdvertising({ data: { flags: 6, completeLocalName: 'P' } }));
    await world.run(mine.acceptList.add(peer.identity));
    const reports: AdvertisingReport[] = [];
    const scan = await world.run(
      mine.startScan({
        acceptListOnly: true,
        active: false,
        onReport: (report) => void reports.push(report),
      }),
    );
    await world.clock.advance(2000);
    await world.run(scan.stop());
    expect(reports.length).toBeGreaterThan(5);
    expect(new Set(reports.map(({ address }) => String(address)))).toEqual(new Set([String(peer.identity)]));
    expect(new AdvertisingData(reports[0]!.data).localName).toBe('P');
    const link = await world.run(mine.connectAny({ encrypt: false }));
    expect(link.peer.equals(peer.identity)).toBe(true);
    await world.run(Promise.all([mine.close(), hidden.close(), second.close()]));
  });
});

describe('the accept list, by the octets (7.8.15 to 7.8.17)', () => {
  it('is emptied at first, then changed by what is different, with identity addresses', async () => {
    const { device, controller, clock } = await scriptedDevice();
    for (const one of [
      commands.leClearFilterAcceptList,
      commands.leAddDeviceToFilterAcceptList,
      commands.leRemoveDeviceFromFilterAcceptList,
    ])
      controller.answer(one, '00');
    await clock.run(device.acceptList.add('C0:00:00:00:00:02/random', '00:00:5E:00:53:01'));
    await clock.run(device.acceptList.add('00:00:5E:00:53:01'));
    await clock.run(device.acceptList.remove('C0:00:00:00:00:02/random'));
    expect(controller.sent).toEqual([
      '01102000',
      '01112007' + '01' + '0200000000c0',
      '01112007' + '00' + '0153005e0000',
      '01122007' + '01' + '0200000000c0',
    ]);
    controller.sent.length = 0;
    controller.answer(commands.leCreateConnection, { status: 0 });
    device.connectAny().catch(() => {});
    await clock.advance(1);
    // Initiator_Filter_Policy 1: whatever address the command has is not looked at.
    expect(controller.sent).toEqual([
      '010d2019' + '60006000' + '01' + '00000000000000' + '00' + '0c00180000009001' + '00000000',
    ]);
  });

  it('is the host’s when the controller is full before its size', async () => {
    const { device, controller, clock } = await scriptedDevice(
      leController()
        .answer(commands.leClearFilterAcceptList, '00')
        .answer(commands.leAddDeviceToFilterAcceptList, '07'),
    );
    await clock.run(device.acceptList.add('C0:00:00:00:00:02/random'));
    expect(device.acceptList.isInController).toBe(false);
    controller.answer(commands.leSetScanParameters, '00').answer(commands.leSetScanEnable, '00');
    controller.sent.length = 0;
    await clock.run(device.startScan({ acceptListOnly: true, onReport: () => {} }));
    // Scanning_Filter_Policy 0.
    expect(controller.sent[0]).toBe('010b2007' + '01' + '6000' + '3000' + '00' + '00');
  });
});
