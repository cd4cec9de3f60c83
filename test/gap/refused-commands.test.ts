import { describe, expect, it } from 'vitest';
import type { Device } from '../../src/gap/device.js';
import { discover } from '../../src/gap/index.js';
import { keepConnected } from '../../src/gap/keep-connected.js';
import { RefusingTransport } from '../support/refusing-transport.js';
import { World } from '../support/world.js';

const UNSPECIFIED = 0x1f;
const DISALLOWED = 0x0c;

interface Stage {
  readonly world: World;
  readonly device: Device;
  readonly peer: Device;
  readonly transport: RefusingTransport;
}

const kinds = ['extended', 'legacy'] as const;

async function stage(advertisingCommands: (typeof kinds)[number]): Promise<Stage> {
  const world = new World();
  world.defaults = { advertisingCommands };
  const transport = new RefusingTransport(world.controller().transport());
  const device = await world.device({ transport });
  return { world, device, peer: await world.device(), transport };
}

/** Whether one device hears another. */
async function hears({ world }: Stage, who: Device, whom: Device): Promise<boolean> {
  let heard = false;
  const onReport = ({ address }: { address: Device['address'] }) => {
    heard ||= address.equals(whom.address);
  };
  const scan = await world.run(who.startScan({ onReport }));
  await world.clock.advance(1500);
  await world.run(scan.stop());
  return heard;
}

const flags = { data: { flags: 6 } };

/** What may be done with the radio; a part of it fails. */
const doings: Record<
  string,
  { readonly before?: (stage: Stage) => Promise<unknown>; readonly doing: (stage: Stage) => Promise<unknown> }
> = {
  'a scan': {
    doing: async ({ device }) => (await device.startScan({ onReport: () => {} })).stop(),
  },
  'a second scan': {
    doing: async ({ device }) => {
      const first = await device.startScan({ onReport: () => {} });
      try {
        await (
          await device.startScan({ active: false, intervalMs: 20, windowMs: 20, onReport: () => {} })
        ).stop();
      } finally {
        await first.stop();
      }
    },
  },
  'a scan by the accept list': {
    before: ({ device, peer }) => device.acceptList.add(peer.address),
    doing: async ({ device }) =>
      (await device.startScan({ acceptListOnly: true, onReport: () => {} })).stop(),
  },
  'a discovery': { doing: ({ device }) => discover(device, { durationMs: 500 }) },
  advertising: {
    doing: async ({ device }) => {
      await device.startAdvertising({ ...flags, scanResponse: { completeLocalName: 'one' } });
      await device.stopAdvertising();
    },
  },
  'other advertising': {
    before: ({ device }) => device.startAdvertising(flags),
    doing: ({ device }) => device.startAdvertising({ ...flags, intervalMinMs: 200, intervalMaxMs: 300 }),
  },
  'an advertising set': {
    doing: async ({ device }) => {
      const set = await device.createAdvertisingSet({ sid: 1, legacyPdus: true });
      try {
        await set.start();
        await set.stop();
      } finally {
        await set.remove();
      }
    },
  },
  'a connection': {
    before: ({ peer }) => peer.startAdvertising(flags),
    doing: async ({ device, peer }) => (await device.connect(peer.address)).disconnect(),
  },
  'a connection by name': {
    before: ({ peer }) => peer.startAdvertising({ data: { flags: 6, completeLocalName: 'peer' } }),
    doing: async ({ device }) => (await device.connect({ name: 'peer' })).disconnect(),
  },
  'a connection to whoever is on the accept list': {
    before: ({ device, peer }) =>
      device.acceptList.add(peer.address).then(() => peer.startAdvertising(flags)),
    doing: async ({ device }) => (await device.connectAny()).disconnect(),
  },
  'several connections to nobody': {
    doing: ({ device }) =>
      Promise.allSettled(
        ['C0:00:00:00:00:08/random', 'C0:00:00:00:00:09/random'].map((peer) =>
          device.connect(peer, { timeoutMs: 500 }),
        ),
      ),
  },
};

/** Only extended commands have these. */
const more: typeof doings = {
  'a train': {
    doing: async ({ device }) => {
      const set = await device.createAdvertisingSet({ sid: 1, data: new Uint8Array(600) });
      try {
        await set.startPeriodic({ data: new Uint8Array(600) });
        await set.start();
        await set.stopPeriodic();
        await set.stop();
      } finally {
        await set.remove();
      }
    },
  },
  'the reception of a train': {
    before: async ({ peer }) => {
      const set = await peer.createAdvertisingSet({ sid: 2 });
      await set.startPeriodic({ intervalMinMs: 50, intervalMaxMs: 50 });
      await set.start();
    },
    doing: async ({ device, peer }) => {
      const sync = await device.syncPeriodic({ address: peer.address, sid: 2, timeoutMs: 5000 });
      await sync[Symbol.asyncDispose]();
    },
  },
};

/** All of it works. */
async function works(on: Stage): Promise<void> {
  const { world, device, peer } = on;
  await world.run(device.stopAdvertising());
  expect(await hears(on, peer, device)).toBe(false);
  await world.run(peer.startAdvertising(flags));
  expect(await hears(on, device, peer)).toBe(true);
  expect(device.scanning).toBe(false);
  const link = await world.run(device.connect(peer.address, { timeoutMs: 5000 }));
  await world.run(link.disconnect());
  await world.run(device.acceptList.clear());
  await world.run(device.acceptList.add(peer.address));
  await world.run(peer.startAdvertising(flags));
  const listed = await world.run(device.connectAny({ timeoutMs: 5000 }));
  await world.run(listed.disconnect());
  await world.run(device.startAdvertising(flags));
  const back = await world.run(peer.connect(device.address, { timeoutMs: 5000 }));
  await world.run(back.disconnect());
  await world.run(device.stopAdvertising());
  const set = await world.run(device.createAdvertisingSet({ sid: 3, legacyPdus: true }));
  await world.run(set.start());
  expect(await hears(on, peer, device)).toBe(true);
  await world.run(set.remove());
  expect([device.connections, peer.connections]).toEqual([[], []]);
}

describe.each(kinds)(
  'whichever of its commands a controller refuses, all works afterwards (%s ones)',
  (kind) => {
    const all = kind === 'extended' ? { ...doings, ...more } : doings;
    it.each(Object.entries(all))('%s', async (_, { before, doing }) => {
      let count = 0;
      for (;;) {
        const on = await stage(kind);
        const { world, device, peer, transport } = on;
        await world.run(before?.(on) ?? Promise.resolve());
        transport.refuse(UNSPECIFIED, count);
        await world.run(doing(on), 60_000).catch(() => {});
        await world.clock.advance(100);
        transport.relent();
        if (transport.refused === undefined) break;
        count++;
        for (const link of device.connections) await world.run(link.disconnect());
        // A connection that could not be called off comes about, and is ended.
        const advertising = device.advertising;
        expect(await hears(on, peer, device)).toBe(advertising);
        await works(on);
        await world.run(Promise.all([device.close(), peer.close()]));
      }
      expect(count).toBeGreaterThan(1);
    });
  },
);

describe('what a controller does not end', () => {
  it.each(kinds)(
    'a scan: it can be ended once more, and is in no other’s way (%s commands)',
    async (kind) => {
      const on = await stage(kind);
      const { world, device, peer, transport } = on;
      await world.run(peer.startAdvertising(flags));
      for (const status of [UNSPECIFIED, DISALLOWED]) {
        const scan = await world.run(device.startScan({ onReport: () => {} }));
        transport.refuse(status);
        const stopped = world.run(scan.stop());
        // That it is off already is no error.
        if (status === DISALLOWED) await stopped;
        else await expect(stopped).rejects.toMatchObject({ status });
        expect(transport.refused).toBeDefined();
        expect(await hears(on, device, peer)).toBe(true);
      }
    },
  );

  it.each(kinds)(
    'advertising: it is known to be on, and can be ended once more (%s commands)',
    async (kind) => {
      const on = await stage(kind);
      const { world, device, peer, transport } = on;
      await world.run(device.startAdvertising(flags));
      transport.refuse(UNSPECIFIED);
      await expect(world.run(device.stopAdvertising())).rejects.toMatchObject({ status: UNSPECIFIED });
      expect(device.advertising).toBe(true);
      expect(await hears(on, peer, device)).toBe(true);
      await world.run(device.stopAdvertising());
      expect(await hears(on, peer, device)).toBe(false);
      // One that says that it is off, and is not.
      await world.run(device.startAdvertising(flags));
      transport.refuse(DISALLOWED);
      await world.run(device.stopAdvertising());
      await world.run(device.startAdvertising(flags));
      await world.run(device.stopAdvertising());
      expect(await hears(on, peer, device)).toBe(false);
    },
  );

  it('an advertising set: likewise, and it is removed all the same', async () => {
    const on = await stage('extended');
    const { world, device, peer, transport } = on;
    const set = await world.run(device.createAdvertisingSet({ sid: 1 }));
    await world.run(set.startPeriodic());
    await world.run(set.start());
    transport.refuse(UNSPECIFIED);
    await expect(world.run(set.stop())).rejects.toMatchObject({ status: UNSPECIFIED });
    expect(set.advertising).toBe(true);
    transport.refuse(DISALLOWED);
    await world.run(set.stop());
    transport.refuse(DISALLOWED);
    await world.run(set.stopPeriodic());
    await world.run(set.remove());
    expect(await hears(on, peer, device)).toBe(false);
    const next = await world.run(device.createAdvertisingSet({ sid: 1 }));
    await world.run(next.remove());
  });

  it('an attempt to connect: the next one begins, and the device tells of it', async () => {
    const on = await stage('extended');
    const { world, device, peer, transport } = on;
    for (const status of [UNSPECIFIED, DISALLOWED]) {
      const nobody = device.connect('C0:00:00:00:00:09/random', { timeoutMs: 500 });
      nobody.catch(() => {});
      await world.clock.advance(400);
      transport.refuse(status, 0, 0x200e);
      await expect(world.run(nobody)).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(transport.refused).toBe(0x200e);
      expect(world.diagnostics.splice(0).map(({ message }) => message)).toEqual([
        expect.stringMatching(/a cancelled connection attempt did not end as specified/),
      ]);
      await world.run(peer.startAdvertising(flags));
      const link = await world.run(device.connect(peer.address, { timeoutMs: 5000 }));
      await world.run(link.disconnect());
    }
  });
});

describe('a search for a peer', () => {
  const SCAN_ENABLE = 0x2042;

  it('fails at once when the controller does not scan for it', async () => {
    const { world, device, transport } = await stage('extended');
    transport.refuse(UNSPECIFIED, 0, SCAN_ENABLE);
    const search = device.connect({ name: 'peer' });
    await expect(world.run(search, 1000)).rejects.toMatchObject({ status: UNSPECIFIED });
  });

  it('fails when the controller does not scan on for it, as a scan beside it ends', async () => {
    const { world, device, transport } = await stage('extended');
    const beside = await world.run(device.startScan({ intervalMs: 20, windowMs: 20, onReport: () => {} }));
    const search = device.connect({ name: 'peer' }, { timeoutMs: Number.POSITIVE_INFINITY });
    const failed = search.catch((error: unknown) => error);
    await world.clock.advance(100);
    // Off goes what there is; on again does not.
    transport.refuse(UNSPECIFIED, 1, SCAN_ENABLE);
    await world.run(beside.stop());
    expect(await world.run(failed, 1000)).toMatchObject({ status: UNSPECIFIED });
    const again = await world.run(device.startScan({ onReport: () => {} }));
    await world.run(again.stop());
  });

  it('ends with the device, and whoever keeps a link by it is told', async () => {
    const { world, device } = await stage('extended');
    const search = device.connect({ name: 'peer' }).catch((error: unknown) => error);
    const kept = keepConnected(device, { name: 'other' });
    const ended = new Promise((resolve) => kept.once('ended', resolve));
    await world.clock.advance(100);
    await world.run(device.close());
    expect(await world.run(search, 100)).toMatchObject({ message: 'the device was closed' });
    expect(await world.run(ended, 100)).toMatchObject({ message: 'the device was closed' });
  });
});

describe('new data of a train that are longer than a command has, refused (Vol 4, Part E, 7.8.61)', () => {
  const ENABLE_PERIODIC = 0x2040;
  const octets = (count: number) => new Uint8Array(count).fill(count & 0xff);

  async function train() {
    const made = await stage('extended');
    const { world, device, peer, transport } = made;
    const set = await world.run(device.createAdvertisingSet({ sid: 1 }));
    await world.run(set.startPeriodic({ intervalMinMs: 50, intervalMaxMs: 50, data: octets(300) }));
    await world.run(set.start());
    /** How long what it says is, to who begins to listen: a train that was switched off begins anew. */
    const heard = async () => {
      const sync = await world.run(peer.syncPeriodic({ address: device.address, sid: 1 }));
      const report = (await world.run(sync[Symbol.asyncIterator]().next())).value!;
      await world.run(sync.stop());
      return report.data.length;
    };
    return { world, transport, set, heard };
  }

  it('once: the train goes on with what it said before', async () => {
    const { world, transport, set, heard } = await train();
    expect(await heard()).toBe(300);
    // It is switched off, and refused when it is to go on.
    transport.refuse(UNSPECIFIED, 1, ENABLE_PERIODIC);
    await expect(world.run(set.setPeriodicData(octets(400)))).rejects.toMatchObject({ status: UNSPECIFIED });
    expect(set.periodic).toBe(true);
    expect(await heard()).toBe(300);
    await world.run(set.setPeriodicData(octets(500)));
    expect(await heard()).toBe(500);
    await world.close();
  });

  it('for good: there is no train any more, and another can begin', async () => {
    const { world, transport, set } = await train();
    transport.refuse(UNSPECIFIED, 1, ENABLE_PERIODIC);
    transport.refuseAlso();
    await expect(world.run(set.setPeriodicData(octets(400)))).rejects.toMatchObject({ status: UNSPECIFIED });
    expect(set.periodic).toBe(false);
    await world.run(set.startPeriodic({ data: octets(20) }));
    expect(set.periodic).toBe(true);
    await world.close();
  });
});
