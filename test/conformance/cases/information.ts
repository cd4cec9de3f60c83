import { expect } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import { commandComplete, commandStatus } from '../../../src/hci/events/index.js';
import type { Case } from '../bench.js';

/** What a controller tells of itself, and how it answers what it does not know. */
export const informationCases: readonly Case[] = [
  {
    name: 'tells a version, LE in its features, and buffers of 27 octets at least (Vol 4, Part E, 7.4 and 7.8.2)',
    controllers: 1,
    async run({ controllers: [one] }) {
      const version = await one!.command(commands.readLocalVersionInformation, {});
      expect(version.hciVersion).toBeGreaterThanOrEqual(6);
      const { lmpFeatures } = await one!.command(commands.readLocalSupportedFeatures, {});
      // LE Supported (Controller): Core Vol 2, Part C, 3.3.
      expect(lmpFeatures[4]! & 0x40).toBe(0x40);
      const le = await one!.command(commands.leReadBufferSizeV1, {});
      expect(le.leAclDataPacketLength === 0 || le.leAclDataPacketLength >= 27).toBe(true);
    },
  },
  {
    name: 'answers a Reset again and again, and has the same address after it (Vol 4, Part E, 7.3.2)',
    controllers: 1,
    async run({ controllers: [one] }) {
      for (let i = 0; i < 3; i++) await one!.command(commands.reset, {});
      const { bdAddr } = await one!.command(commands.readBdAddr, {});
      expect(bdAddr.toString()).toBe(one!.address.toString());
    },
  },
  {
    name: 'gives other random numbers each time (Vol 4, Part E, 7.8.23)',
    controllers: 1,
    needs: [commands.leRand],
    async run({ controllers: [one] }) {
      const first = await one!.command(commands.leRand, {});
      const second = await one!.command(commands.leRand, {});
      expect(second.randomNumber).not.toEqual(first.randomNumber);
    },
  },
  {
    name: 'answers an opcode that nobody has with Unknown HCI Command (Vol 4, Part E, 4.5)',
    controllers: 1,
    async run({ controllers: [one], pace }) {
      // OGF 0x08, an OCF that no version has: 0x03F0.
      one!.send(Uint8Array.of(0x01, 0xf0, 0x23, 0x00));
      await pace.until(() => false, 50);
      const complete = one!.all(commandComplete).find(({ commandOpcode }) => commandOpcode === 0x23f0);
      if (complete) expect(complete.returnParameters[0]).toBe(0x01);
      else await one!.event(commandStatus, { commandOpcode: 0x23f0, status: 0x01 });
    },
  },
];
