import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { type Connection, Device, type SecurityOptions } from '../../src/gap/index.js';
import { BondFile } from '../../src/gap/node/bond-file.js';
import { characteristic, service } from '../../src/gatt/index.js';
import { createOutOfBandData, nobleCrypto, type PairingDelegate } from '../../src/smp/index.js';
import type { Child } from './support/child.js';
import { airControllers, btvirtControllers, patiently, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';

const OURS = 'C3:00:5E:00:53:C3';
const THEIRS = 'F1:00:5E:00:53:B1';
const TK = '00112233445566778899aabbccddeeff';
const SERVICE = '0000b000-1000-2000-3000-405060708090';
const SECRET = '0000b006-1000-2000-3000-405060708090';

/** A method: what Bumble's user has, and what ours does with Bumble's. */
interface Method {
  readonly name: string;
  readonly io: string;
  readonly sc: boolean;
  readonly mitm: boolean;
  readonly level: number;
  readonly delegate: (host: Child) => PairingDelegate | Promise<PairingDelegate>;
}

const shows = (host: Child): PairingDelegate => ({
  displayPasskey: async (number) => {
    await host.event('passkey');
    await host.call('passkey', { number });
  },
});
const enters = (host: Child): PairingDelegate => ({
  enterPasskey: async () => Number((await host.event('display'))['number']),
});
const compares = (host: Child): PairingDelegate => ({
  displayPasskey: () => {},
  compare: async (value) => {
    const theirs = await host.event('compare');
    const same = theirs['number'] === value;
    await host.call('compare', { same });
    return same;
  },
});
const sharesTk = async (host: Child): Promise<PairingDelegate> => {
  await host.call('oob', { tk: TK });
  // Printed most significant octet first there, and used as it is.
  return { oob: () => ({ tk: Uint8Array.from(Buffer.from(TK, 'hex')) }) };
};
const sharesData = async (host: Child): Promise<PairingDelegate> => {
  const own = createOutOfBandData(nobleCrypto, seededRandom(Date.now() & 0xffff));
  const theirs = await host.call<{ c: string; r: string }>('oob');
  const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
  await host.call('oob_peer', { c: hex(own.confirm), r: hex(own.random) });
  const octets = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
  return { oob: () => ({ own, peer: { random: octets(theirs.r), confirm: octets(theirs.c) } }) };
};

const passkeys = (sc: boolean): Method[] => [
  { name: 'Just Works', io: 'none', sc, mitm: false, level: 2, delegate: () => ({}) },
  { name: 'a passkey shown here', io: 'keyboard', sc, mitm: true, level: sc ? 4 : 3, delegate: shows },
  { name: 'a passkey entered here', io: 'display', sc, mitm: true, level: sc ? 4 : 3, delegate: enters },
];
const methods: Method[] = [
  ...passkeys(false),
  { name: 'data out of band', io: 'none', sc: false, mitm: true, level: 3, delegate: sharesTk },
  ...passkeys(true),
  { name: 'Numeric Comparison', io: 'yesno', sc: true, mitm: true, level: 4, delegate: compares },
  { name: 'data out of band', io: 'none', sc: true, mitm: true, level: 4, delegate: sharesData },
];

const folder = mkdtempSync(join(tmpdir(), 'bluewire-pairing-'));
let files = 0;
let device: Device | undefined;

afterEach(async () => {
  await device?.close();
  device = undefined;
});

interface Case {
  readonly method: Method;
  /** What this stack is. */
  readonly role: 'central' | 'peripheral';
  readonly startedBy: 'central' | 'peripheral';
  readonly bonding: boolean;
}

/** This stack beside Bumble's host, which pairs as it is told. */
async function setUp({ method, role, bonding }: Case, controllers: typeof airControllers) {
  const [first, second] = await controllers(2);
  const theirs = role === 'central' ? 'peripheral' : 'central';
  const flag = (value: boolean) => (value ? '1' : '0');
  const host = peer(
    'pairing',
    first!.bumble,
    ...['--role', theirs, '--io', method.io, '--sc', flag(method.sc), '--mitm', flag(method.mitm)],
    ...['--bond', flag(bonding)],
  );
  await host.event('ready');
  const security: SecurityOptions = {
    delegate: await method.delegate(host),
    secureConnections: method.sc ? 'only' : 'never',
    mitm: method.mitm,
    bonding,
  };
  const file = join(folder, `${files++}.json`);
  const open = async () => {
    device = await patiently(() =>
      Device.open({
        transport: second!.port,
        address: OURS,
        security: { ...security, bonds: new BondFile(file) },
      }),
    );
    device.server.add(
      service(SERVICE, {
        secret: characteristic(SECRET, { read: { level: 2 }, value: Buffer.from('a secret') }),
      }),
    );
    return device;
  };
  return { host, open };
}

/** A link between the two, made by whoever is the central. */
async function connect(ours: Device, host: Child, role: Case['role']): Promise<Connection> {
  if (role === 'central') {
    const [connection] = await Promise.all([ours.connect(`${THEIRS}/random`), host.event('connected')]);
    return connection;
  }
  await ours.startAdvertising({ data: { flags: 6 }, restart: 'whenDisconnected' });
  const connected = new Promise<Connection>((resolve) => {
    ours.once('connection', resolve);
  });
  await host.call('connect', { address: OURS });
  await host.event('connected');
  return connected;
}

async function pairs(one: Case, controllers: typeof airControllers): Promise<void> {
  const { method, role, startedBy, bonding } = one;
  const { host, open } = await setUp(one, controllers);
  const ours = await open();
  const link = await connect(ours, host, role);
  const paired = new Promise((resolve, reject) => {
    link.once('paired', resolve);
    link.once('pairingFailed', reject);
  });
  if (startedBy === role) await link.pair();
  else await host.call(role === 'central' ? 'request' : 'pair');
  expect(await paired).toMatchObject({ level: method.level, secureConnections: method.sc, bonded: bonding });
  await host.event('paired');
  expect(ours.bonds.size).toBe(bonding ? 1 : 0);
  if (role === 'peripheral')
    expect(await host.call('read_encrypted')).toBe(Buffer.from('a secret').toString('hex'));
  await link.disconnect();
  await host.event('disconnected');
  if (!bonding) return;

  // As after a restart: another device, which has what the file has.
  await ours.close();
  const again = await open();
  expect(again.bonds.size).toBe(1);
  host.take('encryption');
  const second = await connect(again, host, role);
  if (role === 'peripheral') await host.call('encrypt');
  expect(await host.event('encryption')).toMatchObject({ on: true });
  expect(second.security).toMatchObject({ level: method.level, bonded: true });
  await second.disconnect();
}

const cases = (bondings: readonly boolean[]) =>
  methods.flatMap((method) =>
    (['central', 'peripheral'] as const).flatMap((role) =>
      (['central', 'peripheral'] as const).flatMap((startedBy) =>
        bondings.map((bonding): [string, Case] => {
          const kind = method.sc ? 'LE Secure Connections' : 'legacy';
          const kept = bonding ? 'bonding' : 'not bonding';
          return [
            `by ${method.name}, ${kind}, as a ${role}, begun by the ${startedBy}, ${kept}`,
            { method, role, startedBy, bonding },
          ];
        }),
      ),
    ),
  );

for (const [place, controllers, need, bondings] of [
  ['the controllers of bluewire air', airControllers, 'bluewire', [true, false]],
  ["btvirt's controllers", btvirtControllers, 'btvirt', [true]],
] as const) {
  describeInterop(`pairing with Bumble's host, on ${place}`, ['bumble', need], () => {
    it.each(cases(bondings))('%s', async (_, one) => {
      await pairs(one, controllers);
    });

    it('not with a wrong passkey: both see Confirm Value Failed, and nothing is kept', async () => {
      const method: Method = {
        ...methods[6]!,
        delegate: (host) => ({
          enterPasskey: async () => (Number((await host.event('display'))['number']) + 1) % 1_000_000,
        }),
      };
      const one: Case = { method, role: 'central', startedBy: 'central', bonding: true };
      const { host, open } = await setUp(one, controllers);
      const ours = await open();
      const link = await connect(ours, host, 'central');
      await expect(link.pair()).rejects.toMatchObject({ code: 'PAIRING_ERROR', reason: 0x04 });
      expect(await host.event('pairing-failed')).toMatchObject({ reason: 4 });
      expect(ours.bonds.size).toBe(0);
    });
  });
}

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
