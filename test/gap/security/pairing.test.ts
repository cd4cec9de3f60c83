import { afterEach, describe, expect, it } from 'vitest';
import { AttError, PairingError, SecurityError, StateError } from '../../../src/core/errors.js';
import type { LinkSecurity } from '../../../src/core/security.js';
import { MemoryBondStore, type SecurityOptions } from '../../../src/gap/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import * as events from '../../../src/hci/events/index.js';
import type { PairingDelegate } from '../../../src/smp/pairing/index.js';
import { FaultyTransport } from '../../support/faulty-transport.js';
import { SecureWorld, serveSecrets, User } from '../../support/secure-link.js';

let world: SecureWorld;
afterEach(() => world.close());

/** What happened to a promise: its error, or a complaint that it has none. */
async function failure(promise: Promise<unknown>): Promise<Error> {
  const result = await world.run(promise.catch((error: unknown) => error));
  if (!(result instanceof Error)) throw new Error('it did not fail');
  return result;
}

const displays = (user: User): PairingDelegate => ({ displayPasskey: user.display });
const types = (user: User): PairingDelegate => ({ enterPasskey: user.enter });
const compares = (user: User): PairingDelegate => ({ displayPasskey: user.display, compare: user.compare });

describe('a link between two devices of ours', () => {
  it('has no security at first, and says so', async () => {
    world = await SecureWorld.open();
    const { mine, theirs } = await world.connect();
    expect([mine.security, theirs.security]).toEqual([
      { level: 1, keySize: 0, bonded: false },
      { level: 1, keySize: 0, bonded: false },
    ]);
  });

  it.each(['pair', 'requestSecurity'] as const)(
    'is encrypted and bonded by Just Works, by %s',
    async (how) => {
      world = await SecureWorld.open();
      const { mine, theirs } = await world.connect();
      const told: LinkSecurity[] = [];
      mine.on('security', (security) => told.push(security));
      const paired = new Promise((resolve) => (how === 'pair' ? theirs : mine).once('paired', resolve));
      const result = await world.run(how === 'pair' ? mine.pair() : theirs.requestSecurity());
      expect(result).toEqual({
        level: 2,
        keySize: 16,
        bonded: true,
        method: 'justWorks',
        secureConnections: true,
      });
      expect(await world.run(paired)).toMatchObject({ level: 2, bonded: true });
      expect(mine.security).toEqual({ level: 2, keySize: 16, bonded: true });
      expect(theirs.security).toEqual(mine.security);
      expect(told.at(-1)).toEqual(mine.security);
      expect(world.central.bonds.list().map((bond) => String(bond.identity))).toEqual([
        String(world.peripheral.address),
      ]);
      expect(world.peripheral.bonds.get(world.central.address)?.level).toBe(2);
    },
  );

  const methods: readonly [string, SecurityOptions, 3 | 4][] = [
    ['LE Secure Connections', {}, 4],
    ['legacy pairing', { secureConnections: 'never' }, 3],
  ];
  it.each(methods)(
    'has level 3 or 4 by a passkey that one shows and the other enters, by %s',
    async (_n, policy, level) => {
      const [shower, typist] = [new User(), new User()];
      world = await SecureWorld.open(
        { ...policy, delegate: types(typist) },
        { ...policy, delegate: displays(shower) },
      );
      typist.types = async () => {
        while (shower.shown === undefined)
          await new Promise((resolve) => world.clock.setTimeout(() => resolve(0), 10));
        return shower.shown;
      };
      const { mine, theirs } = await world.connect();
      expect(await world.run(mine.pair())).toMatchObject({ level, method: 'passkey', bonded: true });
      expect(theirs.security).toMatchObject({ level, bonded: true });
    },
  );

  it('has level 4 when both compare', async () => {
    const [one, other] = [new User(), new User()];
    world = await SecureWorld.open({ delegate: compares(one) }, { delegate: compares(other) });
    const { mine } = await world.connect();
    expect(await world.run(mine.pair())).toMatchObject({ level: 4, method: 'numericComparison' });
    expect(one.shown).toBe(other.shown);
  });

  it('is not encrypted when the comparison is rejected, and both know why', async () => {
    const [one, other] = [new User(), new User()];
    other.agrees = false;
    world = await SecureWorld.open({ delegate: compares(one) }, { delegate: compares(other) });
    const { mine, theirs } = await world.connect();
    const told = new Promise<Error>((resolve) => theirs.once('pairingFailed', resolve));
    expect(await failure(mine.pair())).toMatchObject({ code: 'PAIRING_ERROR', reason: 0x0c, side: 'peer' });
    expect(await world.run(told)).toMatchObject({ reason: 0x0c, side: 'local' });
    expect(mine.security.level).toBe(1);
    expect([world.central.bonds.size, world.peripheral.bonds.size]).toEqual([0, 0]);
  });

  it('is refused by a device without security, and by one that was told to refuse (Vol 3, Part H, 3.5.5)', async () => {
    world = await SecureWorld.open({}, false);
    const { mine, theirs } = await world.connect();
    expect(await failure(mine.pair())).toMatchObject({ reason: 0x05, side: 'peer' });
    expect((await failure(theirs.pair())).message).toMatch(/security: false/);
    expect(() => world.peripheral.bonds).toThrow(StateError);
  });

  it('does not bond where one side does not want to', async () => {
    world = await SecureWorld.open({ bonding: false }, {});
    const { mine, theirs } = await world.connect();
    expect(await world.run(mine.pair())).toMatchObject({ level: 2, bonded: false });
    expect(theirs.security).toMatchObject({ level: 2, bonded: false });
    expect([world.central.bonds.size, world.peripheral.bonds.size]).toEqual([0, 0]);
  });

  it('pairs once where the peripheral asks for it as soon as there is a link, as many do', async () => {
    world = await SecureWorld.open();
    const answers: Promise<unknown>[] = [];
    world.peripheral.on('connection', (link) => answers.push(link.requestSecurity()));
    const { mine } = await world.connect();
    let pairings = 0;
    mine.on('paired', () => pairings++);
    await world.clock.advance(60);
    expect(await world.run(mine.pair())).toMatchObject({ level: 2, method: 'justWorks', bonded: true });
    expect(await world.run(Promise.all(answers))).toMatchObject([{ level: 2 }]);
    expect(pairings).toBe(1);
  });

  it('pairs once at a time', async () => {
    world = await SecureWorld.open();
    const { mine } = await world.connect();
    const first = mine.pair();
    expect(await failure(mine.pair())).toBeInstanceOf(StateError);
    expect(await world.run(first)).toMatchObject({ level: 2 });
  });
});

describe('a bond', () => {
  it.each([
    ['LE Secure Connections', {}],
    ['legacy pairing', { secureConnections: 'never' as const }],
  ])('encrypts the next link before it is given out, by %s', async (_name, policy) => {
    world = await SecureWorld.open(policy, policy);
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    const { mine, theirs } = await world.connect();
    expect(mine.security).toEqual({ level: 2, keySize: 16, bonded: true });
    expect(theirs.security).toEqual(mine.security);
  });

  it('is there after both have been opened anew with their stores', async () => {
    const [mine, theirs] = [new MemoryBondStore(), new MemoryBondStore()];
    world = await SecureWorld.open({ bonds: mine }, { bonds: theirs });
    const first = await world.connect();
    await world.run(first.mine.pair());
    const addresses = [world.central.address, world.peripheral.address];
    await world.close();
    const again = new SecureWorld(2);
    world = again;
    again.central = await again.device(
      { security: { bonds: mine } },
      again.controller({ address: addresses[0]!.bd }),
    );
    again.peripheral = await again.device(
      { security: { bonds: theirs } },
      again.controller({ address: addresses[1]!.bd }),
    );
    const link = await again.connect();
    expect(link.mine.security).toEqual({ level: 2, keySize: 16, bonded: true });
  });

  it('encrypts by hand, from either side, where the device is told not to by itself', async () => {
    world = await SecureWorld.open({ encryptOnConnect: false });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    for (const end of ['mine', 'theirs'] as const) {
      const link = await world.connect();
      expect(link.mine.security).toEqual({ level: 1, keySize: 0, bonded: true });
      await world.run(link[end].encrypt());
      expect(link[end].security.level).toBe(2);
      await world.part(link);
    }
  });

  it('gives another session key when asked to (Vol 6, Part B, 5.1.3.2), to the central', async () => {
    world = await SecureWorld.open();
    const { mine, theirs } = await world.connect();
    expect(await failure(mine.refreshKey())).toBeInstanceOf(StateError);
    await world.run(mine.pair());
    await world.run(mine.refreshKey());
    expect(mine.security.level).toBe(2);
    expect(await world.run((await world.find(mine, 0xb002)).read())).toEqual(Uint8Array.of(2));
    expect(await failure(theirs.refreshKey())).toBeInstanceOf(StateError);
  });

  it('that the peer has lost ends the link with an error that says so, and stays', async () => {
    world = await SecureWorld.open();
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    await world.run(world.peripheral.bonds.clear());
    await world.run(world.peripheral.startAdvertising({ data: { flags: 6 } }));
    const error = await failure(world.central.connect(world.peripheral.address));
    expect(error).toBeInstanceOf(SecurityError);
    expect(error).toMatchObject({ code: 'KEY_MISSING' });
    expect(error.message).toMatch(/remove the bond here as well and pair again/);
    expect(world.central.connections).toEqual([]);
    expect(world.central.bonds.size).toBe(1);
  });

  it('that the peer has lost is made anew where the policy says so, also when the peer asks for security', async () => {
    world = await SecureWorld.open({ keyMissing: 'pair', encryptOnConnect: false });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    await world.run(world.peripheral.bonds.clear());
    const { mine, theirs } = await world.connect();
    const result = await world.run(theirs.requestSecurity());
    expect(result).toMatchObject({ method: 'justWorks', level: 2, bonded: true });
    expect(mine.security.level).toBe(2);
    expect(world.peripheral.bonds.size).toBe(1);
  });

  it('that the peer has lost, and asks for by a Security Request, does not end the pairing that the program begins', async () => {
    world = await SecureWorld.open({ encryptOnConnect: false });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    await world.run(world.peripheral.bonds.clear());
    const { mine, theirs } = await world.connect();
    const asked = theirs.requestSecurity();
    // The central begins to encrypt with the key of the bond, and has no answer for a while.
    await world.clock.advance(30);
    const result = await world.run(mine.pair());
    expect(result).toMatchObject({ method: 'justWorks', level: 2, bonded: true });
    expect((await world.run(asked)).level).toBe(2);
  });

  it('that the peer has lost is made anew where the policy says so', async () => {
    world = await SecureWorld.open({ keyMissing: 'pair' });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    const before = world.central.bonds.list()[0]!.keys.own.encryption!.ltk;
    await world.run(world.peripheral.bonds.clear());
    const { mine } = await world.connect();
    expect(mine.security).toMatchObject({ level: 2, bonded: true });
    expect(world.central.bonds.list()[0]!.keys.own.encryption!.ltk).not.toEqual(before);
  });

  it('is not used when its key is less than the policy asks for', async () => {
    const store = new MemoryBondStore();
    world = await SecureWorld.open({ bonds: store, minKeySize: 7, maxKeySize: 7 }, { minKeySize: 7 });
    const first = await world.connect();
    expect(await world.run(first.mine.pair())).toMatchObject({ keySize: 7 });
    const { bd } = world.central.address;
    await world.part(first);
    await world.run(world.central.close());
    world.central = await world.device({ security: { bonds: store } }, world.controller({ address: bd }));
    await world.run(world.peripheral.startAdvertising({ data: { flags: 6 } }));
    const error = await failure(world.central.connect(world.peripheral.address));
    expect(error).toMatchObject({ code: 'SECURITY_TOO_LOW' });
    expect(error.message).toMatch(/has 7 octets, and the policy asks for 16/);
  });
});

describe('a bond that is there', () => {
  const asked = { minimumLevel: 3, mitm: true } as const;

  it.each(['pair', 'requestSecurity'] as const)(
    'is not taken for what %s of a peripheral asks for, where it gives less',
    async (how) => {
      world = await SecureWorld.open();
      const first = await world.connect();
      await world.run(first.mine.pair());
      await world.part(first);
      const { theirs } = await world.connect();
      const error = await failure(theirs[how](asked));
      expect(error).toMatchObject({ code: 'SECURITY_TOO_LOW' });
      expect(error.message).toMatch(/key of the bond, which gives level 2, and level 3 is wanted/);
      expect((await world.run(theirs[how]({ minimumLevel: 2 }))).level).toBe(2);
    },
  );

  it('is left alone by rePairing: never, on both sides, also when the program pairs', async () => {
    world = await SecureWorld.open({ rePairing: 'never' });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    const second = await world.connect();
    const error = await failure(second.mine.pair());
    expect(error).toBeInstanceOf(StateError);
    expect(error.message).toMatch(/rePairing: 'never' keeps it; remove it first/);
    await world.part(second);
    // The keys that both have are still the same.
    expect((await world.connect()).mine.security.level).toBe(2);
  });

  it.each(['central', 'peripheral'] as const)(
    'is replaced by a weaker one where the program of the %s says so for this pairing alone',
    async (role) => {
      const [one, other] = [new User(), new User()];
      world = await SecureWorld.open(
        { delegate: compares(one), rePairing: role === 'central' ? 'notWeaker' : 'always' },
        { delegate: compares(other), rePairing: role === 'central' ? 'always' : 'notWeaker' },
      );
      const first = await world.connect();
      await world.run(first.mine.pair());
      await world.part(first);
      // Else the central encrypts, and does not pair.
      if (role === 'peripheral') await world.run(world.central.bonds.clear());
      world.central.setSecurity({
        encryptOnConnect: false,
        rePairing: role === 'central' ? 'notWeaker' : 'always',
      });
      const { mine, theirs } = await world.connect();
      const link = role === 'central' ? mine : theirs;
      const result = await world.run(link.pair({ rePairing: 'always', mitm: false }));
      expect(result).toMatchObject({ method: 'justWorks', level: 2, bonded: true });
      await world.part({ mine, theirs });
      expect((await world.connect()).mine.isConnected).toBe(true);
      expect(world.peripheral.bonds.list()[0]!.level).toBe(2);
      expect(world.central.bonds.list()[0]!.level).toBe(2);
    },
  );
});

describe('requireSecurity', () => {
  it('uses the bond where it is good enough, and pairs where it is not', async () => {
    const [one, other] = [new User(), new User()];
    world = await SecureWorld.open(
      { delegate: compares(one), mitm: false, encryptOnConnect: false },
      { delegate: compares(other), mitm: false },
    );
    const first = await world.connect();
    await world.run(first.mine.requireSecurity(1));
    expect(first.mine.security.level).toBe(1);
    await world.run(Promise.all([first.mine.requireSecurity(2), first.mine.requireSecurity(2)]));
    expect(first.mine.security.level).toBe(2);
    expect(one.asked).toEqual([]);
    await world.part(first);
    const { mine, theirs } = await world.connect();
    await world.run(mine.requireSecurity(2));
    expect([mine.security.level, one.asked]).toEqual([2, []]);
    await world.run(mine.requireSecurity(4));
    expect([mine.security.level, one.asked]).toEqual([4, ['compare']]);
    await world.run(theirs.requireSecurity(4));
    expect(other.asked).toEqual(['compare']);
  });

  it('says what is wrong when the two devices cannot come to it', async () => {
    world = await SecureWorld.open();
    const { mine } = await world.connect();
    expect(await failure(mine.requireSecurity(3))).toBeInstanceOf(PairingError);
    expect(() => mine.requireSecurity(5 as 4)).toThrow(RangeError);
  });
});

describe('a client that is refused for the want of security (Vol 3, Part C, 10.3.2)', () => {
  it('pairs once for all that were refused, and has what it asked for', async () => {
    world = await SecureWorld.open();
    const { mine, theirs } = await world.connect();
    let pairings = 0;
    theirs.on('paired', () => pairings++);
    const secret = await world.find(mine, 0xb002);
    const [one, two] = await world.run(
      Promise.all([secret.read(), secret.read(), secret.write(Uint8Array.of(9))]),
    );
    expect([one, two]).toEqual([Uint8Array.of(2), Uint8Array.of(2)]);
    expect(world.written).toEqual(['2 9']);
    expect(pairings).toBe(1);
    expect(mine.security.level).toBe(2);
  });

  it('encrypts with the key of the bond where there is one', async () => {
    world = await SecureWorld.open({ encryptOnConnect: false });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    const { mine } = await world.connect();
    let pairings = 0;
    mine.on('paired', () => pairings++);
    expect(await world.run((await world.find(mine, 0xb002)).read())).toEqual(Uint8Array.of(2));
    expect(pairings).toBe(0);
  });

  it('asks for protection against a man in the middle where encryption alone is not enough', async () => {
    const [one, other] = [new User(), new User()];
    world = await SecureWorld.open(
      { delegate: compares(one), mitm: false },
      { delegate: compares(other), mitm: false },
    );
    const { mine } = await world.connect();
    await world.run(mine.pair());
    expect(mine.security.level).toBe(2);
    expect(await world.run((await world.find(mine, 0xb004)).read())).toEqual(Uint8Array.of(4));
    expect(mine.security.level).toBe(4);
  });

  it('does so from the peripheral as well, by a Security Request', async () => {
    world = await SecureWorld.open();
    serveSecrets(world.central);
    const { theirs } = await world.connect();
    expect(await world.run((await world.find(theirs, 0xb002)).read())).toEqual(Uint8Array.of(2));
  });

  it('says why it could not, with the ATT error', async () => {
    world = await SecureWorld.open({}, false);
    const { mine } = await world.connect();
    const error = (await failure((await world.find(mine, 0xb002)).read())) as AttError;
    expect(error).toBeInstanceOf(AttError);
    expect(error.error).toBe(0x05);
    expect(error.cause).toBeInstanceOf(PairingError);
    expect(error.message).toMatch(/0x05 Insufficient Authentication; pairing failed: the peer ended it/);
  });

  it('leaves it where the program says that it should', async () => {
    world = await SecureWorld.open({ raise: false });
    const { mine } = await world.connect();
    expect(await failure((await world.find(mine, 0xb002)).read())).toMatchObject({ error: 0x05 });
    expect(mine.security.level).toBe(1);
  });
});

it('a link to a bonded peer is not given out before it is encrypted, nor listed', async () => {
  world = await SecureWorld.open();
  const first = await world.connect();
  await world.run(first.mine.pair());
  await world.part(first);
  await world.run(world.peripheral.startAdvertising({ data: { flags: 6 } }));
  const levels: number[] = [];
  const connecting = world.central.connect(world.peripheral.address);
  for (let i = 0; i < 100 && levels.length < 3; i++) {
    await world.clock.advance(5);
    for (const { security } of world.central.connections) levels.push(security.level);
  }
  await world.run(connecting);
  expect(levels).toEqual([2, 2, 2]);
});

describe('the authenticated payload timeout (Vol 4, Part E, 7.3.94, 7.7.75)', () => {
  it.each(['disconnect', 'report'] as const)(
    'is set when the link is encrypted; when it expires: %s',
    async (onExpired) => {
      world = await SecureWorld.open();
      const controller = world.controller();
      const ports: FaultyTransport[] = [];
      const transport = () => {
        ports.push(new FaultyTransport(controller.transport()));
        return ports.at(-1)!;
      };
      await world.run(world.peripheral.close());
      world.peripheral = await world.device({
        transport,
        security: { authenticatedPayload: { timeoutMs: 1500, onExpired } },
      });
      const { mine, theirs } = await world.connect();
      const port = ports[0]!;
      expect(port.opcodes).not.toContain(commands.writeAuthenticatedPayloadTimeout.opcode);
      await world.run(mine.pair());
      await world.clock.advance(100);
      const sent = (opcode: number) => port.opcodes.filter((one) => one === opcode).length;
      expect(sent(commands.setEventMaskPage2.opcode)).toBe(1);
      expect(sent(commands.writeAuthenticatedPayloadTimeout.opcode)).toBe(1);
      expect(
        (
          await world.run(
            world.peripheral.host.send(commands.readAuthenticatedPayloadTimeout, {
              connectionHandle: theirs.handle,
            }),
          )
        ).authenticatedPayloadTimeout,
      ).toBe(150);
      const handle = theirs.handle.toString(16).padStart(2, '0');
      port.inject(`0457 02 ${handle}00`);
      await world.clock.advance(2000);
      expect(theirs.isConnected).toBe(onExpired === 'report');
      expect(world.diagnostics.some(({ message }) => /no packet came for too long/.test(message))).toBe(true);
    },
  );

  it('is let through anew after the controller failed', async () => {
    world = await SecureWorld.open();
    const controller = world.controller();
    const ports: FaultyTransport[] = [];
    const transport = () => {
      ports.push(new FaultyTransport(controller.transport()));
      return ports.at(-1)!;
    };
    await world.run(world.peripheral.close());
    world.peripheral = await world.device({
      transport,
      security: { authenticatedPayload: { timeoutMs: 1500 } },
    });
    const { mine } = await world.connect();
    await world.run(mine.pair());
    await world.clock.advance(100);
    const sent = () => ports.flatMap(({ opcodes }) => opcodes);
    const before = sent().length;
    ports.at(-1)!.inject('0410 01 07');
    await world.clock.advance(5000);
    expect(sent().slice(before)).toContain(commands.setEventMaskPage2.opcode);
  });
});

it('a controller that tells of encryption by Encryption Change [v2] is understood (Vol 4, Part E, 7.7.8)', async () => {
  world = await SecureWorld.open();
  for (const { host } of [world.central, world.peripheral])
    await world.run(host.send(commands.setEventMaskPage2, { eventMaskPage2: 1n << 25n }));
  const seen: number[] = [];
  for (const { host } of [world.central, world.peripheral]) {
    host.onEvent(events.encryptionChangeV1, () => void seen.push(1));
    host.onEvent(events.encryptionChangeV2, () => void seen.push(2));
  }
  const { mine, theirs } = await world.connect();
  expect(await world.run(mine.pair())).toMatchObject({ level: 2 });
  expect(theirs.security.level).toBe(2);
  expect(seen).toEqual([2, 2]);
});
