import { expect } from 'vitest';
import { fromHex, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  disconnectionComplete,
  encryptionChangeV1,
  encryptionKeyRefreshComplete,
  leGenerateDhKeyComplete,
  leLongTermKeyRequest,
  leReadLocalP256PublicKeyComplete,
} from '../../../src/hci/events/index.js';
import type { Case, Controller } from '../bench.js';
import { type Connected, connect } from './support.js';

const KEY = Uint8Array.from({ length: 16 }, (_, i) => 0x10 + i);
const OTHER_KEY = Uint8Array.from({ length: 16 }, (_, i) => 0xf0 - i);
const randomNumber = 0x0123456789abcdefn;
const encryptedDiversifier = 0x2474;

/** A frame on the ATT channel, as controllers that look at lengths want it. */
const frame = (value: number) => Uint8Array.of(3, 0, 4, 0, 0x0a, value, 0);

async function ask(central: Controller, handles: Connected, longTermKey = KEY): Promise<void> {
  await central.command(commands.leEnableEncryption, {
    connectionHandle: handles.central,
    randomNumber,
    encryptedDiversifier,
    longTermKey,
  });
}

async function answer(peripheral: Controller, handles: Connected, longTermKey = KEY): Promise<void> {
  const connectionHandle = handles.peripheral;
  await peripheral.event(leLongTermKeyRequest, { connectionHandle, randomNumber, encryptedDiversifier });
  await peripheral.command(commands.leLongTermKeyRequestReply, { connectionHandle, longTermKey });
}

async function encrypted(central: Controller, peripheral: Controller): Promise<Connected> {
  const handles = await connect(central, peripheral);
  await ask(central, handles);
  await answer(peripheral, handles);
  const on = { status: 0, encryptionEnabled: 1 };
  await central.event(encryptionChangeV1, { ...on, connectionHandle: handles.central });
  await peripheral.event(encryptionChangeV1, { ...on, connectionHandle: handles.peripheral });
  return handles;
}

/** Data goes both ways. */
async function exchange(central: Controller, peripheral: Controller, handles: Connected): Promise<void> {
  central.acl(handles.central, frame(1));
  expect(toHex((await peripheral.data(handles.peripheral)).data)).toBe(toHex(frame(1)));
  peripheral.acl(handles.peripheral, frame(2));
  expect(toHex((await central.data(handles.central)).data)).toBe(toHex(frame(2)));
}

const needs = [commands.leEnableEncryption, commands.leLongTermKeyRequestReply];

/** Encryption and its keys. */
export const encryptionCases: readonly Case[] = [
  {
    name: 'encrypts a connection with the key that both hosts give, and tells both (Vol 4, Part E, 7.8.24 and 7.8.25)',
    controllers: 2,
    needs,
    async run({ controllers: [central, peripheral] }) {
      const handles = await encrypted(central!, peripheral!);
      await exchange(central!, peripheral!, handles);
    },
  },
  {
    name: 'tells the central 0x06 when the peripheral has no key, and goes on in clear (Vol 4, Part E, 7.8.26)',
    controllers: 2,
    needs: [...needs, commands.leLongTermKeyRequestNegativeReply],
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      await ask(central!, handles);
      const connectionHandle = handles.peripheral;
      await peripheral!.event(leLongTermKeyRequest, { connectionHandle });
      await peripheral!.command(commands.leLongTermKeyRequestNegativeReply, { connectionHandle });
      await central!.event(encryptionChangeV1, { status: 0x06, connectionHandle: handles.central });
      await exchange(central!, peripheral!, handles);
      // With a key at last, it works.
      await ask(central!, handles);
      await answer(peripheral!, handles);
      await central!.event(encryptionChangeV1, { status: 0, encryptionEnabled: 1 });
    },
  },
  {
    name: 'ends the connection when the keys differ: 0x3D where the MIC is wrong (Vol 6, Part B, 5.1.3.1)',
    controllers: 2,
    needs,
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      await ask(central!, handles);
      await answer(peripheral!, handles, OTHER_KEY);
      await peripheral!.event(disconnectionComplete, {
        status: 0,
        connectionHandle: handles.peripheral,
        reason: 0x3d,
      });
      // Nobody tells the central: it notices the silence.
      await central!.event(disconnectionComplete, {
        status: 0,
        connectionHandle: handles.central,
        reason: 0x08,
      });
    },
  },
  {
    name: 'changes the key of an encrypted connection, and tells both (Vol 4, Part E, 7.8.24 and 7.7.39)',
    controllers: 2,
    needs,
    async run({ controllers: [central, peripheral] }) {
      const handles = await encrypted(central!, peripheral!);
      await ask(central!, handles, OTHER_KEY);
      await answer(peripheral!, handles, OTHER_KEY);
      const refreshed = (connectionHandle: number) => ({ status: 0, connectionHandle });
      await central!.event(encryptionKeyRefreshComplete, refreshed(handles.central));
      await peripheral!.event(encryptionKeyRefreshComplete, refreshed(handles.peripheral));
      await exchange(central!, peripheral!, handles);
    },
  },
  {
    name: 'ends an encrypted connection when there is no key for its change (0x06; Vol 6, Part B, 5.1.3.1)',
    controllers: 2,
    needs: [...needs, commands.leLongTermKeyRequestNegativeReply],
    async run({ controllers: [central, peripheral] }) {
      const handles = await encrypted(central!, peripheral!);
      await ask(central!, handles, OTHER_KEY);
      const connectionHandle = handles.peripheral;
      await peripheral!.event(leLongTermKeyRequest, { connectionHandle });
      await peripheral!.command(commands.leLongTermKeyRequestNegativeReply, { connectionHandle });
      await central!.event(disconnectionComplete, { connectionHandle: handles.central, reason: 0x06 });
    },
  },
  {
    name: 'keeps data back until encryption has started (Vol 6, Part B, 5.1.3.1)',
    controllers: 2,
    needs,
    async run({ controllers: [central, peripheral], pace }) {
      const handles = await connect(central!, peripheral!);
      await ask(central!, handles);
      await peripheral!.event(leLongTermKeyRequest, {});
      central!.acl(handles.central, frame(1));
      peripheral!.acl(handles.peripheral, frame(2));
      await pace.wait(100);
      await central!.none(encryptionChangeV1, {}, 0);
      let early = false;
      await peripheral!.data(handles.peripheral, 50).then(
        () => {
          early = true;
        },
        () => {},
      );
      expect(early, 'data came before encryption had started').toBe(false);
      await peripheral!.command(commands.leLongTermKeyRequestReply, {
        connectionHandle: handles.peripheral,
        longTermKey: KEY,
      });
      await central!.event(encryptionChangeV1, { status: 0 });
      expect(toHex((await peripheral!.data(handles.peripheral)).data)).toBe(toHex(frame(1)));
      expect(toHex((await central!.data(handles.central)).data)).toBe(toHex(frame(2)));
    },
  },
  {
    name: 'leaves encryption to the central (0x0C; Vol 4, Part E, 7.8.24)',
    controllers: 2,
    needs,
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      const request = { randomNumber, encryptedDiversifier, longTermKey: KEY };
      await peripheral!.refused(
        commands.leEnableEncryption,
        { connectionHandle: handles.peripheral, ...request },
        0x0c,
      );
    },
  },
  {
    name: 'takes no key that it has not asked for (0x0C; Vol 4, Part E, 7.8.25)',
    controllers: 2,
    needs,
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      const reply = { connectionHandle: handles.peripheral, longTermKey: KEY };
      await peripheral!.refused(commands.leLongTermKeyRequestReply, reply, 0x0c);
    },
  },
  {
    name: 'encrypts no connection that there is not (0x02; Vol 4, Part E, 7.8.24 and 7.8.25)',
    controllers: 1,
    needs,
    async run({ controllers: [one] }) {
      const connectionHandle = 0x0123;
      const request = { connectionHandle, randomNumber, encryptedDiversifier, longTermKey: KEY };
      await one!.refused(commands.leEnableEncryption, request, 0x02);
      const reply = { connectionHandle, longTermKey: KEY };
      await one!.refused(commands.leLongTermKeyRequestReply, reply, 0x02);
    },
  },
  {
    name: 'encrypts one block, least significant octets first (Vol 4, Part E, 7.8.22)',
    controllers: 1,
    needs: [commands.leEncrypt],
    async run({ controllers: [one] }) {
      const { encryptedData } = await one!.command(commands.leEncrypt, {
        key: fromHex('000102030405060708090a0b0c0d0e0f').reverse(),
        plaintextData: fromHex('00112233445566778899aabbccddeeff').reverse(),
      });
      expect(toHex(encryptedData.slice().reverse())).toBe('69c4e0d86a7b0430d8cdb78070b4c55a');
    },
  },
  {
    name: 'agrees on a Diffie-Hellman key with another controller (Vol 4, Part E, 7.8.36 and 7.8.37)',
    controllers: 2,
    needs: [commands.leReadLocalP256PublicKey, commands.leGenerateDhKeyV1],
    async run({ controllers }) {
      const [one, other] = controllers;
      const keys = [];
      for (const controller of [one!, other!]) {
        await controller.command(commands.leReadLocalP256PublicKey, {});
        keys.push(await controller.event(leReadLocalP256PublicKeyComplete, { status: 0 }));
      }
      const secrets = [];
      for (const [index, controller] of [one!, other!].entries()) {
        const { keyXCoordinate, keyYCoordinate } = keys[1 - index]!;
        await controller.command(commands.leGenerateDhKeyV1, { keyXCoordinate, keyYCoordinate });
        secrets.push(toHex((await controller.event(leGenerateDhKeyComplete, { status: 0 })).dhKey));
      }
      expect(secrets[0]).toBe(secrets[1]);
      expect(secrets[0]).not.toMatch(/^(00|ff)+$/);
    },
  },
  {
    name: 'makes no Diffie-Hellman key with a point beside the curve (Vol 4, Part E, 7.8.37)',
    controllers: 1,
    needs: [commands.leReadLocalP256PublicKey, commands.leGenerateDhKeyV1],
    async run({ controllers: [one] }) {
      await one!.command(commands.leReadLocalP256PublicKey, {});
      const { keyXCoordinate } = await one!.event(leReadLocalP256PublicKeyComplete, { status: 0 });
      const keyYCoordinate = new Uint8Array(32).fill(0x42);
      await one!.command(commands.leGenerateDhKeyV1, { keyXCoordinate, keyYCoordinate });
      const { status, dhKey } = await one!.event(leGenerateDhKeyComplete, {});
      expect(status).not.toBe(0);
      expect(toHex(dhKey)).toBe('ff'.repeat(32));
    },
  },
];
