import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import * as commands from '../../src/hci/commands/index.js';
import { fullPersonality } from '../../src/virtual/controller/personalities/full.js';
import { VirtualController } from '../../src/virtual/index.js';
import { event } from '../support/scripted-controller.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';
import { deviceOf, person, personalities } from './privacy/support.js';

const peer = (n: number) => `C0:00:00:00:00:0${n}/random`;
const onAir = (n: number) => `01 0${n}00000000c0`;
const hex = (text: string) => text.replace(/ /g, '');
const connected = (n: number, handle = '4000', status = '00') =>
  event(0x3e, `01 ${status} ${handle} 00 ${onAir(n)} 1800 0000 9001 00`);
const cancelled = event(0x3e, '01 02 0000 00 00 000000000000 0000 0000 0000 00');

const add = (n: number) => hex(`01112007 ${onAir(n)}`);
const remove = (n: number) => hex(`01122007 ${onAir(n)}`);
const tail = '00 1800 2800 0000 9001 0000 0000';
const CANCEL = '010e2000';

describe('attempts that share one initiation, by the octets', () => {
  const parameters = { intervalMinMs: 30, intervalMaxMs: 50 };
  const options = { exchangeMtu: false, parameters };
  const byList = hex('010d2019 6000 6000 01 00 000000000000 00 1800 2800 0000 9001 0000 0000');
  const direct = (n: number) => hex(`010d2019 6000 6000 00 ${onAir(n)} ${tail}`);

  async function open(controller = leController()) {
    controller
      .answer(commands.leCreateConnection, { status: 0 })
      .answer(commands.leCreateConnectionCancel, () => [event(0x0e, '01 0e20 00'), cancelled])
      .answer(commands.leAddDeviceToFilterAcceptList, '00')
      .answer(commands.leRemoveDeviceFromFilterAcceptList, '00')
      .answer(commands.leClearFilterAcceptList, '00');
    return scriptedDevice(controller);
  }

  it('put their peers on the filter accept list, and initiate by it (7.8.16, 7.8.12); the last is called by its address', async () => {
    const { device, controller, clock } = await open();
    const links = [1, 2, 3].map((n) => device.connect(peer(n), options));
    await clock.advance(1);
    expect(controller.sent.splice(0)).toEqual([add(1), add(2), add(3), byList]);
    controller.emit(connected(2));
    expect(String((await clock.run(links[1]!)).peer)).toBe(peer(2));
    await clock.advance(1);
    expect(controller.sent.splice(0).filter((one) => !one.startsWith('012220'))).toEqual([remove(2), byList]);
    controller.emit(connected(1, '4100'));
    await clock.run(links[0]!);
    await clock.advance(1);
    expect(controller.sent.splice(0).filter((one) => !one.startsWith('012220'))).toEqual([direct(3)]);
    controller.emit(connected(3, '4200'));
    await clock.run(links[2]!);
    await clock.advance(1);
    // What was lent is given back.
    expect(controller.sent.splice(0).filter((one) => !one.startsWith('012220'))).toEqual([
      remove(1),
      remove(3),
    ]);
    expect(device.connections.map((link) => String(link.peer))).toEqual([peer(2), peer(1), peer(3)]);
  });

  it('let others in that come later, and go on without those who leave', async () => {
    const { device, controller, clock, diagnostics } = await open();
    const abort = new AbortController();
    const first = device.connect(peer(1), options);
    await clock.advance(100);
    const second = device.connect(peer(2), { ...options, signal: abort.signal });
    second.catch(() => {});
    await clock.advance(100);
    expect(controller.sent.splice(0)).toEqual([direct(1), CANCEL, add(2), add(1), byList]);
    abort.abort(new Error('enough'));
    await expect(clock.run(second)).rejects.toThrow('enough');
    await clock.advance(1);
    expect(controller.sent.splice(0)).toEqual([CANCEL, direct(1)]);
    controller.emit(connected(1));
    await clock.run(first);
    expect(diagnostics).toEqual([]);
  });

  it.each([
    ['its own', 2, 1],
    ['that of another', 1, 0],
  ])(
    'end a link that nobody wants any more, and keep one that is wanted: %s came just then',
    async (_, came, ended) => {
      const { device, controller, clock, diagnostics } = await open();
      const abort = new AbortController();
      const first = device.connect(peer(1), options);
      const second = device.connect(peer(2), { ...options, signal: abort.signal });
      second.catch(() => {});
      await clock.advance(1);
      controller
        .answer(commands.leCreateConnectionCancel, () => [event(0x0e, '01 0e20 0c'), connected(came)])
        .answer(commands.disconnect, () => [event(0x0f, '00 01 0604'), event(0x05, '00 4000 16')]);
      abort.abort(new Error('enough'));
      await expect(clock.run(second)).rejects.toThrow('enough');
      await clock.advance(1);
      expect(controller.commands.filter((one) => one === commands.disconnect.opcode).length).toBe(ended);
      if (ended === 0) expect((await clock.run(first)).isConnected).toBe(true);
      else {
        expect(device.connections).toEqual([]);
        expect(controller.sent.at(-1)).toBe(direct(1));
      }
      expect(diagnostics).toEqual([]);
    },
  );

  it.each([
    ['refuses it', { status: 0x12 }],
    [
      'reports a failure',
      () => [event(0x0f, '00 01 0d20'), event(0x3e, '01 1f 0000 00 00 000000000000 0000 0000 0000 00')],
    ],
  ] as const)('take turns on a controller that %s', async (_, answer) => {
    const { device, controller, clock } = await open();
    controller.answer(commands.leCreateConnection, (octets) =>
      octets[4] === 0
        ? [event(0x0f, '00 01 0d20')]
        : typeof answer === 'function'
          ? answer()
          : [event(0x0f, '12 01 0d20')],
    );
    const links = [1, 2].map((n) => device.connect(peer(n), options));
    await clock.advance(2600);
    const sent = controller.sent.splice(0);
    expect(sent.filter((one) => one.startsWith('010d20'))).toEqual([byList, direct(1), direct(2)]);
    controller.emit(connected(2));
    await clock.run(links[1]!);
    controller.emit(connected(1, '4100'));
    await clock.run(links[0]!);
  });

  it('have turns of their own now and then, until the controller has shown that it connects by its list (Bumble’s does not)', async () => {
    const { device, controller, clock } = await open();
    const links = [1, 2].map((n) => device.connect(peer(n), { ...options, timeoutMs: 60_000 }));
    for (const one of links) one.catch(() => {});
    const began: [number, string][] = [];
    controller.answer(commands.leCreateConnection, (octets) => {
      began.push([clock.now(), octets[4] === 1 ? 'together' : `${octets[6]}`]);
      return [event(0x0f, '00 01 0d20')];
    });
    await clock.advance(20_000);
    expect(began.map(([at, who]) => [Math.round(at / 100) / 10, who])).toEqual([
      [0, 'together'],
      [2.5, '1'],
      [5, '2'],
      [7.5, 'together'],
      [12.5, '1'],
      [15, '2'],
      [17.5, 'together'],
    ]);
    // It has shown it now.
    controller.emit(connected(1));
    await clock.run(links[0]!);
    began.length = 0;
    device.connect(peer(3), options).catch(() => {});
    await clock.advance(20_000);
    expect(began.map(([, who]) => who)).toEqual(['together']);
  });

  it('fail each with the error of its own, where the controller takes none', async () => {
    const { device, controller, clock } = await open();
    controller.answer(commands.leCreateConnection, { status: 0x09 });
    const links = [1, 2].map((n) => clock.run(device.connect(peer(n), options)));
    for (const link of links) await expect(link).rejects.toMatchObject({ status: 0x09 });
    expect(controller.sent.filter((one) => one.startsWith('010d20'))).toEqual([byList, direct(1), direct(2)]);
  });

  it.each([
    [
      'has no room on its list',
      (one: ReturnType<typeof leController>) => one.answer(commands.leReadFilterAcceptListSize, '00 01'),
    ],
    [
      'does not tell of one',
      (one: ReturnType<typeof leController>) => one.answer(commands.leReadFilterAcceptListSize, '01 00'),
    ],
  ])('take turns on a controller that %s', async (_, change) => {
    const { device, controller, clock } = await open(change(leController()));
    for (const n of [1, 2]) device.connect(peer(n), options).catch(() => {});
    await clock.advance(2600);
    expect(controller.sent).toEqual([direct(1), CANCEL, direct(2)]);
  });

  it('keep to what the controller takes, when that is less than it says', async () => {
    const { device, controller, clock } = await open();
    let entries = 0;
    controller
      .answer(commands.leAddDeviceToFilterAcceptList, () => [
        event(0x0e, `01 1120 ${entries++ < 2 ? '00' : '07'}`),
      ])
      .answer(commands.leRemoveDeviceFromFilterAcceptList, () => [
        event(0x0e, `01 1220 ${entries-- > 0 ? '00' : '12'}`),
      ]);
    const links = [1, 2, 3].map((n) => device.connect(peer(n), options));
    await clock.advance(1);
    expect(controller.sent.splice(0)).toEqual([add(1), add(2), add(3), byList]);
    controller.emit(connected(1));
    await clock.run(links[0]!);
  });

  it('leave the list of a program alone that fills it by commands of its own', async () => {
    const { device, controller, clock } = await open();
    const { bd } = (await import('../../src/core/address.js')).Address.parse(peer(9));
    await clock.run(
      device.host.send(commands.leAddDeviceToFilterAcceptList, { addressType: 1, address: bd }),
    );
    controller.sent.length = 0;
    for (const n of [1, 2]) device.connect(peer(n), options).catch(() => {});
    await clock.advance(2600);
    expect(controller.sent).toEqual([direct(1), CANCEL, direct(2)]);
  });

  it('end with the port', async () => {
    const { device, controller, clock } = await open();
    const links = [1, 2].map((n) => clock.run(device.connect(peer(n), options)));
    for (const link of links) link.catch(() => {});
    await clock.advance(1);
    const gone = new Error('unplugged');
    controller.lose(gone as never);
    for (const link of links) await expect(link).rejects.toThrow();
    expect(clock.pending).toBe(0);
  });
});

describe.each(['legacy', 'extended'] as const)(
  'attempts that share one initiation, with %s commands',
  (advertisingCommands) => {
    let world: World;
    let central: Device;
    let peers: Device[];

    beforeEach(async () => {
      world = new World();
      world.defaults = { advertisingCommands };
      central = await world.device();
      peers = [];
      for (let i = 0; i < 4; i++) peers.push(await world.device());
    });
    afterEach(() => world.run(Promise.all([central, ...peers].map((one) => one.close()))));

    const advertise = (...who: Device[]) =>
      world.run(Promise.all(who.map((one) => one.startAdvertising({ data: { flags: 6 } }))));
    const addresses = (list: readonly { readonly address: unknown }[]) =>
      new Set(list.map(({ address }) => String(address)));

    it('are all listened for all the time: one that comes late waits for no turn', async () => {
      // A controller that has connected by its list is trusted to.
      await advertise(...peers);
      const together = await world.run(Promise.all(peers.map(({ address }) => central.connect(address))));
      await world.run(Promise.all(together.map((link) => link.disconnect())));
      const links = peers.map(({ address }) => central.connect(address));
      const absent = central.connect(peer(9), { timeoutMs: 60_000 });
      absent.catch(() => {});
      await world.clock.advance(20_000);
      for (const [i, one] of peers.entries()) {
        await advertise(one);
        const began = world.clock.now();
        await world.run(links[i]!);
        expect(world.clock.now() - began).toBeLessThan(500);
      }
      await expect(world.run(absent)).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(world.diagnostics).toEqual([]);
    });

    it('beyond the room of the controller take turns, as many as fit at a time', async () => {
      const personality = { ...fullPersonality, filterAcceptListSize: 2 };
      const controller = new VirtualController(world.air, { address: '00:00:5E:00:53:77', personality });
      const small = await world.device({}, controller);
      expect(small.controller.filterAcceptListSize).toBe(2);
      await advertise(...peers);
      const absent = [5, 6, 7].map((n) => small.connect(peer(n), { timeoutMs: 20_000 }));
      for (const one of absent) one.catch(() => {});
      const links = await world.run(Promise.all(peers.map(({ address }) => small.connect(address))));
      expect(links.length).toBe(4);
      for (const one of absent) await expect(world.run(one)).rejects.toMatchObject({ code: 'TIMEOUT' });
      await world.run(small.close());
      expect(world.diagnostics).toEqual([]);
    });

    it('do not show in scans that keep to the accept list, which is there again after them', async () => {
      await advertise(...peers);
      await world.run(central.acceptList.add(peers[0]!.address));
      const seen = new Set<string>();
      const onReport = ({ address }: { readonly address: unknown }) => void seen.add(String(address));
      const scan = await world.run(central.startScan({ acceptListOnly: true, onReport }));
      const absent = [5, 6].map((n) => central.connect(peer(n), { timeoutMs: 5000 }));
      for (const one of absent) one.catch(() => {});
      await world.clock.advance(2000);
      expect(central.acceptList.isInController).toBe(false);
      await world.clock.advance(4000);
      expect(central.acceptList.isInController).toBe(true);
      await world.clock.advance(1000);
      expect(seen).toEqual(addresses(peers.slice(0, 1)));
      await world.run(scan.stop());
      const link = await world.run(central.connectAny());
      expect(link.peer.equals(peers[0]!.address)).toBe(true);
    });

    it('and one for the accept list take turns: each link is somebody’s who asked for it', async () => {
      await world.run(central.acceptList.add(peers[0]!.address, peers[1]!.address));
      const named = [peers[2]!, peers[3]!].map(({ address }) => central.connect(address));
      const any = central.connectAny();
      await world.clock.advance(4000);
      await advertise(...peers);
      const [a, b, c] = await world.run(Promise.all([...named, any]));
      expect([a, b].map((link) => String(link!.peer))).toEqual([...addresses([peers[2]!, peers[3]!])]);
      expect(addresses(peers.slice(0, 2)).has(String(c!.peer))).toBe(true);
      expect(central.connections.length).toBe(3);
      expect(world.diagnostics).toEqual([]);
    });

    it('give the list back to an advertisement that wants it, and go on one by one (7.8.5)', async () => {
      await world.run(central.acceptList.add(peers[0]!.address));
      const links = [peers[2]!, peers[3]!].map(({ address }) => central.connect(address));
      await world.clock.advance(1000);
      await world.run(
        central.startAdvertising({ data: { flags: 6 }, filterPolicy: 3, restart: 'whenDisconnected' }),
      );
      expect(central.acceptList.isInController).toBe(true);
      await expect(
        world.run(
          peers[1]!.connect(central.address, { timeoutMs: 2000 }).then(async (link) => {
            await new Promise((resolve) => link.once('disconnected', resolve));
            throw link.disconnectReason;
          }),
        ),
      ).rejects.toThrow();
      await advertise(...peers.slice(2));
      await world.run(Promise.all(links));
      const link = await world.run(peers[0]!.connect(central.address));
      expect(link.isConnected).toBe(true);
      // The refused one was told nothing, and asked three times.
      expect(world.diagnostics.filter(({ message }) => !/did not answer on the link/.test(message))).toEqual(
        [],
      );
    });

    it('to the same peer are two: the second hears that there is a link (0x0B)', async () => {
      await advertise(...peers);
      const address = peers[0]!.address;
      const links = [address, peers[1]!.address, address].map((one) => central.connect(one));
      for (const one of links) one.catch(() => {});
      expect((await world.run(links[0]!)).isConnected).toBe(true);
      expect((await world.run(links[1]!)).isConnected).toBe(true);
      await expect(world.run(links[2]!)).rejects.toMatchObject({ status: 0x0b });
    });

    it('come and go as they like: each ends once, and there is a link for each that got one, and no other', async () => {
      for (let seed = 1; seed <= 12; seed++) {
        const random = seededRandom(seed);
        const chance = (below: number) => random.fill(new Uint8Array(2))[0]! % below;
        const got: Connection[] = [];
        const running: Promise<void>[] = [];
        for (const one of peers) await world.run(one.stopAdvertising());
        for (let step = 0; step < 30; step++) {
          const who = peers[chance(4)]!;
          const abort = new AbortController();
          const isLinked = central.connections.some((link) => link.peer.equals(who.address));
          if (chance(3) > 0 && !isLinked) {
            const target = chance(4) === 0 ? peer(9) : who.address;
            const scanIntervalMs = chance(4) === 0 ? 61 : 60;
            const attempt = central.connect(target, {
              timeoutMs: 500 + chance(200) * 30,
              scanIntervalMs,
              signal: abort.signal,
            });
            running.push(attempt.then((link) => void got.push(link)).catch(() => {}));
            if (chance(3) === 0)
              world.clock.setTimeout(() => abort.abort(new Error('enough')), chance(200) * 5);
          }
          if (chance(2) === 0) who.startAdvertising({ data: { flags: 6 } }).catch(() => {});
          if (chance(4) === 0) central.acceptList[chance(2) ? 'add' : 'remove'](who.address).catch(() => {});
          if (chance(5) === 0 && got.length > 0) got[chance(got.length)]!.disconnect().catch(() => {});
          await world.clock.advance(chance(250) * (chance(2) ? 1 : 10));
        }
        await world.run(Promise.all(running));
        await world.clock.advance(1000);
        expect(central.connections.length, `seed ${seed}`).toBe(
          got.filter((link) => link.isConnected).length,
        );
        await world.run(Promise.all(central.connections.map((link) => link.disconnect())));
        await world.run(central.acceptList.clear());
        expect(central.acceptList.isInController).toBe(true);
        await advertise(peers[0]!);
        const link = await world.run(central.connect(peers[0]!.address));
        await world.run(link.disconnect());
      }
      expect(
        world.diagnostics.filter(({ message }) =>
          /not end as specified|nobody waits|could not be changed/.test(message),
        ),
      ).toEqual([]);
    });
  },
);

describe('bonded peers with private addresses share an initiation', () => {
  it.each(Object.entries(personalities))(
    'by their identity, or by their address on air, with %s',
    async (_, personality) => {
      const world = new World();
      const [me, one, two] = [person(1), person(2), person(3)];
      const mine = await deviceOf(world, me, [one, two], { personality, privacy: true });
      const others = [
        await deviceOf(world, one, [me], { privacy: true }),
        await deviceOf(world, two, [me], { privacy: true }),
      ];
      const links = [one, two].map(({ identity }) => mine.connect(identity, { encrypt: false }));
      await world.clock.advance(3000);
      for (const other of others) await world.run(other.startAdvertising({ data: { flags: 6 } }));
      const [a, b] = await world.run(Promise.all(links));
      expect([String(a!.peer), String(b!.peer)]).toEqual([String(one.identity), String(two.identity)]);
      await world.run(Promise.all([mine, ...others].map((each) => each.close())));
      expect(world.diagnostics).toEqual([]);
    },
  );
});
