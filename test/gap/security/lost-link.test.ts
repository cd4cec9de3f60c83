import { afterEach, describe, expect, it } from 'vitest';
import type { BleError } from '../../../src/core/errors.js';
import type { Connection } from '../../../src/gap/connection.js';
import { MemoryBondStore, type SecurityOptions } from '../../../src/gap/index.js';
import type { CaptureSink } from '../../../src/hci/capture/tap.js';
import { Cid } from '../../../src/l2cap/index.js';
import type { PairingDelegate } from '../../../src/smp/pairing/index.js';
import { type Method, methods, Screen } from '../../smp/pairing/every-method.js';
import type { Role } from '../../smp/pairing/pair-of-hosts.js';
import { SecureWorld } from '../../support/secure-link.js';

let world: SecureWorld;
afterEach(() => world.close());

const roles: readonly Role[] = ['central', 'peripheral'];

/** Counts what a pairing is made of as it passes the central's HCI: packets of SMP, what begins encryption, and what ends it. */
class Steps implements CaptureSink {
  count = 0;
  /** Called before each of them goes on. */
  onStep: (n: number) => void = () => {};

  packet(_time: number, _sent: boolean, type: number, bytes: Uint8Array, start: number): void {
    const isSmp = type === 2 && (bytes[start + 6]! | (bytes[start + 7]! << 8)) === Cid.smp;
    const isEnable = type === 1 && bytes[start] === 0x19 && bytes[start + 1] === 0x20;
    const isChange = type === 4 && bytes[start] === 0x08;
    if (isSmp || isEnable || isChange) this.onStep(this.count++);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** How the link ends. */
type Ending = 'goes out of reach' | 'is ended by the central' | 'is ended by the peripheral';

/** What one side was told, and keeps. */
interface Outcome {
  readonly paired: unknown[];
  readonly failed: BleError[];
}

/** Two devices that pair by a method, as often as is wanted. */
class Pairs {
  private readonly method: Method;
  private readonly steps = new Steps();
  private readonly stores = { central: new MemoryBondStore(), peripheral: new MemoryBondStore() };
  private readonly controllers;
  private delegates;

  private constructor(method: Method, delegates: Method['delegates']) {
    this.method = method;
    this.delegates = delegates(new Screen());
    this.controllers = { central: world.controller(), peripheral: world.controller() };
  }

  /** @param delegates whose functions say what the devices can do */
  static async open(method: Method, delegates = method.delegates): Promise<Pairs> {
    world = new SecureWorld();
    const pairs = new Pairs(method, delegates);
    for (const role of roles) {
      const capture = role === 'central' ? { capture: pairs.steps } : {};
      const security = pairs.options(role);
      world[role] = await world.device({ security, ...capture }, pairs.controllers[role]);
    }
    return pairs;
  }

  /** Connects without bonds and pairs. @returns how many steps that took */
  async whole(by: Role): Promise<number> {
    const { links, outcomes, work } = await this.begin(by);
    await world.run(work);
    await world.clock.advance(1000);
    for (const role of roles) {
      expect(outcomes[role]).toMatchObject({
        paired: [{ method: this.method.method, bonded: true }],
        failed: [],
      });
      expect(await this.bonds(role)).toBe(1);
    }
    await world.part({ mine: links.central, theirs: links.peripheral });
    return this.steps.count;
  }

  /** Connects without bonds, begins to pair, and ends the link at one of the steps. */
  async cut(by: Role, at: number, how: Ending) {
    const { links, outcomes, work } = await this.begin(by, (n, links) => {
      if (n !== at) return;
      if (how === 'goes out of reach') this.controllers.peripheral.position = { x: 1e6, y: 0, z: 0 };
      else links[how === 'is ended by the central' ? 'central' : 'peripheral'].disconnect().catch(() => {});
    });
    const result = await world.run(work.catch((error: BleError) => error));
    for (let i = 0; i < 100 && roles.some((role) => links[role].isConnected); i++)
      await world.clock.advance(100);
    return { result, outcomes, links };
  }

  /** Connects without bonds and pairs with what is wrong. */
  async fail(by: Role, delegates: Method['delegates']) {
    const { links, outcomes, work } = await this.begin(by, undefined, delegates);
    const result = await world.run(work.catch((error: BleError) => error));
    await world.clock.advance(1000);
    const levels = roles.map((role) => links[role].security.level);
    await world.part({ mine: links.central, theirs: links.peripheral });
    return { result, outcomes, levels };
  }

  /** How many bonds a side has: those of its store, with all of their keys. */
  async bonds(role: Role): Promise<number> {
    const list = world[role].bonds.list();
    const { bonds } = await this.stores[role].load(world[role].address);
    expect(bonds).toEqual(list);
    for (const { keys } of list)
      for (const side of [keys.own, keys.peer])
        expect(Object.keys(side).sort()).toEqual(['encryption', 'identity', 'signing']);
    return list.length;
  }

  private async begin(
    by: Role,
    onStep: (n: number, links: Record<Role, Connection>) => void = () => {},
    delegates = this.method.delegates,
  ) {
    this.delegates = delegates(new Screen());
    this.controllers.peripheral.position = { x: 0, y: 0, z: 0 };
    for (const role of roles) await world.run(world[role].bonds.clear());
    const { mine, theirs } = await world.connect();
    const links: Record<Role, Connection> = { central: mine, peripheral: theirs };
    const outcomes: Record<Role, Outcome> = {
      central: { paired: [], failed: [] },
      peripheral: { paired: [], failed: [] },
    };
    for (const role of roles) {
      links[role].on('paired', (result) => outcomes[role].paired.push(result));
      links[role].on('pairingFailed', (error) => outcomes[role].failed.push(error));
    }
    this.steps.count = 0;
    this.steps.onStep = (n) => onStep(n, links);
    return { links, outcomes, work: by === 'central' ? mine.pair() : theirs.requestSecurity() };
  }

  private options(role: Role): SecurityOptions {
    return {
      secureConnections: this.method.secureConnections ? 'only' : 'never',
      delegate: this.delegate(role),
      bonds: this.stores[role],
      // Nobody has to wait here for having been cut off.
      attempts: { firstMs: 1, longestMs: 1 },
    };
  }

  /** What the delegates can do, done by those of the pairing that there is at the moment. */
  private delegate(role: Role): PairingDelegate {
    type Functions = Record<string, (...given: unknown[]) => unknown>;
    const names = Object.keys(this.delegates[role]);
    return Object.fromEntries(
      names.map((name) => [
        name,
        (...given: unknown[]) => (this.delegates[role] as Functions)[name]!(...given),
      ]),
    );
  }
}

/** The first and the last steps: between them a passkey of Secure Connections has twenty rounds that are alike. */
function* some(steps: number): Iterable<number> {
  for (let at = 0; at < steps; at++) if (at < 12 || at >= steps - 16) yield at;
}

describe.each(methods)('$name, Secure Connections: $secureConnections', (method) => {
  it.each<[Role, Ending]>([
    ['central', 'goes out of reach'],
    ['peripheral', 'goes out of reach'],
    ['central', 'is ended by the peripheral'],
    ['peripheral', 'is ended by the central'],
  ])(
    'begun by the %s, the link %s at any step: a whole bond, or none and the error of the link',
    async (by, how) => {
      const pairs = await Pairs.open(method);
      const steps = await pairs.whole(by);
      for (const at of some(steps)) {
        const where = `step ${at} of ${steps}`;
        const { result, outcomes, links } = await pairs.cut(by, at, how);
        for (const role of roles) {
          const { paired, failed } = outcomes[role];
          expect(links[role].isConnected, where).toBe(false);
          expect(paired.length + failed.length, `${where}, ${role}`).toBeLessThanOrEqual(1);
          expect(await pairs.bonds(role), `${where}, ${role}`).toBe(paired.length);
          for (const error of failed)
            expect(error, `${where}, ${role}`).toMatchObject({ code: 'DISCONNECTED' });
        }
        if (result instanceof Error) {
          expect(result, where).toMatchObject({ code: 'DISCONNECTED' });
          expect(outcomes[by].paired, where).toEqual([]);
        } else expect(outcomes[by].paired, where).toEqual([result]);
      }
      // And it is none the worse for it.
      expect(await pairs.whole(by)).toBe(steps);
    },
  );

  it.each(method.wrong)(
    '$what ends with reason $reason on both sides, begun by either; the link stays in the clear, and nothing is kept',
    async ({ reason, delegates }) => {
      for (const by of roles) {
        const pairs = await Pairs.open(method, delegates);
        const { result, outcomes, levels } = await pairs.fail(by, delegates);
        expect(result).toMatchObject({ code: 'PAIRING_ERROR', reason });
        expect(levels).toEqual([1, 1]);
        for (const role of roles) {
          expect(outcomes[role]).toMatchObject({ paired: [], failed: [{ code: 'PAIRING_ERROR', reason }] });
          expect(await pairs.bonds(role)).toBe(0);
        }
        if (by === 'central') await world.close();
      }
    },
  );
});
