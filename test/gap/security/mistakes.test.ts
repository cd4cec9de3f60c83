import { afterEach, describe, it } from 'vitest';
import { MemoryBondStore, type SecurityOptions } from '../../../src/gap/index.js';
import { mistake } from '../../support/mistake.js';
import { SecureWorld, User } from '../../support/secure-link.js';

let world: SecureWorld;
afterEach(() => world.close());

/** What went wrong, in the words that the user reads. */
async function message(promise: Promise<unknown>): Promise<string> {
  const result = await world.run(promise.catch((error: unknown) => error));
  if (!(result instanceof Error)) throw new Error('it did not fail');
  return result.message;
}

const enters = (passkey: number | undefined): SecurityOptions => ({
  delegate: { enterPasskey: () => passkey },
});

describe('what people run into when they pair', () => {
  it('the peer has forgotten the bond', async (test) => {
    world = await SecureWorld.open();
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    await world.run(world.peripheral.bonds.clear());
    await world.run(world.peripheral.startAdvertising({ data: { flags: 6 } }));
    const said = await message(world.central.connect(world.peripheral.address));
    mistake(test, {
      chapter: 'pairing',
      what: 'the peer was reset, and has forgotten the bond',
      outcome: 'diagnosed',
      message: said,
    });
  });

  it('the digits are wrong', async (test) => {
    const shower = new User();
    world = await SecureWorld.open(enters(1), { delegate: { displayPasskey: shower.display } });
    const { mine } = await world.connect();
    mistake(test, {
      chapter: 'pairing',
      what: 'the six digits were entered wrongly',
      outcome: 'diagnosed',
      message: await message(mine.pair()),
    });
    mistake(test, {
      chapter: 'pairing',
      what: 'it is tried again too soon after that',
      outcome: 'diagnosed',
      message: await message(mine.pair()),
    });
  });

  it('nobody can enter or compare anything', async (test) => {
    world = await SecureWorld.open({ minimumLevel: 3 }, {});
    const { mine } = await world.connect();
    mistake(test, {
      chapter: 'pairing',
      what: 'a level is wanted that Just Works does not reach: no delegate',
      outcome: 'diagnosed',
      message: await message(mine.pair()),
    });
  });

  it('the user takes too long', async (test) => {
    const shower = new User();
    world = await SecureWorld.open(
      { delegate: { enterPasskey: () => new Promise<number>(() => {}) } },
      { delegate: { displayPasskey: shower.display } },
    );
    const { mine } = await world.connect();
    mistake(test, {
      chapter: 'pairing',
      what: 'the user takes longer than 30 s',
      outcome: 'diagnosed',
      message: await message(mine.pair()),
    });
  });

  it('the peer may not pair anew', async (test) => {
    const bonds = new MemoryBondStore();
    world = await SecureWorld.open({}, { rePairing: 'never', bonds });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    await world.run(world.central.bonds.clear());
    const again = await world.connect();
    mistake(test, {
      chapter: 'pairing',
      what: 'this side has forgotten the bond, and the peer keeps to it (rePairing: never)',
      outcome: 'diagnosed',
      message: await message(again.mine.pair()),
    });
  });

  it('the device was opened without security', async (test) => {
    world = await SecureWorld.open(false, {});
    const { mine } = await world.connect();
    mistake(test, {
      chapter: 'pairing',
      what: 'the device was opened with security: false',
      outcome: 'diagnosed',
      message: await message(mine.pair()),
    });
  });
});
