import { describe, expect, it } from 'vitest';
import { Address } from '../../../src/core/address.js';
import { toHex } from '../../../src/core/hex.js';
import * as commands from '../../../src/hci/commands/index.js';
import { event } from '../../support/scripted-controller.js';
import { leController, scriptedDevice } from '../../support/scripted-device.js';
import { bondOf, type Person, person, storeOf } from './support.js';

const me: Person = { ...person(1), identity: Address.parse('C0:DE:C0:00:00:01/public') };
const [one, two] = [person(2), person(3)];

/** A device on a controller with a resolving list for `size` peers, bonded with two; `two` was used last. */
async function listed({ size = 8, modes = true, refuses = false } = {}) {
  const supported = new Uint8Array(64).fill(0xff);
  if (!modes) supported[39]! &= ~(1 << 2);
  const controller = leController()
    .answer(commands.readLocalSupportedCommands, `00 ${toHex(supported)}`)
    .answer(commands.leReadLocalSupportedFeaturesPage0, '00 6000000000000000')
    .answer(commands.leReadResolvingListSize, `00 ${size.toString(16).padStart(2, '0')}`)
    // Memory Capacity Exceeded (Vol 1, Part F, 2.7).
    .answer(commands.leAddDeviceToResolvingList, refuses ? '07' : '00')
    .answer(commands.leCreateConnection, { status: 0 });
  for (const command of [
    commands.leRemoveDeviceFromResolvingList,
    commands.leSetAddressResolutionEnable,
    commands.leSetResolvablePrivateAddressTimeoutV1,
    commands.leSetPrivacyMode,
    commands.leSetRandomAddress,
  ])
    controller.answer(command, '00');
  const all = await scriptedDevice(controller, {
    privacy: true,
    security: { bonds: await storeOf(me, [one, two]) },
  });
  const { clock } = all;
  return {
    ...all,
    /** What was sent since, by opcode. */
    async sent(...opcodes: readonly string[]): Promise<string[]> {
      await clock.advance(1);
      return controller.sent.splice(0).filter((packet) => opcodes.includes(packet.slice(2, 6)));
    },
  };
}

/** Paired anew, and met last of all. */
const anew = (who: Person) => ({ ...bondOf(me, who), keys: bondOf(me, who).keys, lastUsedAt: 9 });
const octets = ({ identity }: Person) => toHex(identity.bd.wire);
const ADD = '2720';
const REMOVE = '2820';
const MODE = '4e20';
const CONNECT = '0d20';
const adds = (who: Person) => `01${ADD}2700${octets(who)}${toHex(who.irk)}${toHex(me.irk)}`;
const removes = (who: Person) => `01${REMOVE}0700${octets(who)}`;

describe('the resolving list of the controller (Vol 4, Part E, 7.8.38 to 7.8.45)', () => {
  it('has who was used last where it is too small; who is forgotten leaves it, and makes room', async () => {
    const { device, sent } = await listed({ size: 1 });
    await device.bonds.add(anew(two));
    // Other keys: another entry. It is taken out before it comes in anew; device privacy mode.
    expect(await sent(ADD, REMOVE, MODE)).toEqual([removes(two), adds(two), `01${MODE}0800${octets(two)}01`]);
    await device.bonds.remove(two.identity);
    expect(await sent(ADD, REMOVE)).toEqual([removes(two), adds(one)]);
    await device.bonds.remove(one.identity);
    expect(await sent(ADD, REMOVE)).toEqual([removes(one)]);
  });

  it('that takes nobody, whatever its size, is not asked again before there are other keys', async () => {
    const { device, sent, diagnostics } = await listed({ refuses: true });
    await device.bonds.remove(one.identity);
    expect(await sent(ADD, REMOVE)).toEqual([]);
    await device.bonds.add(anew(two));
    expect(await sent(ADD, REMOVE)).toEqual([adds(two)]);
    expect(diagnostics).toEqual([]);
  });

  it.each([
    [true, '00'],
    [false, '02'],
  ])(
    'a peer in it is called by its identity; modes of privacy: %s, Peer_Address_Type %s (7.8.12)',
    async (modes, type) => {
      const { device, sent, clock, controller } = await listed({ modes });
      const attempt = device.connect(one.identity, { timeoutMs: 5000 });
      attempt.catch(() => {});
      const [command] = await sent(CONNECT);
      // Interval, window and policy of the initiator stand in front.
      expect(command!.slice(8 + 10, 8 + 10 + 14)).toBe(`${type}${octets(one)}`);
      // Own_Address_Type 3: the controller makes the addresses.
      expect(command!.slice(8 + 24, 8 + 26)).toBe('03');
      controller.emit(event(0x3e, `01 02 0000 00 00 000000000000 0000 0000 0000 00`));
      await clock.advance(1);
    },
  );
});
