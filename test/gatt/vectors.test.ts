import { expect, it } from 'vitest';
import { SimulatedClock, settle } from '../../src/core/clock.js';
import { AttError } from '../../src/core/errors.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { type LinkSecurity, openLink } from '../../src/core/security.js';
import { Uuid } from '../../src/core/uuid.js';
import { AttBearer } from '../../src/gatt/att/bearer.js';
import { AttErrorCode } from '../../src/gatt/att/error-codes.js';
import { GattClient } from '../../src/gatt/client/client.js';
import { Declaration } from '../../src/gatt/client/declarations.js';
import type { RemoteCharacteristic } from '../../src/gatt/client/remote.js';
import type { Attribute } from '../../src/gatt/server/attribute.js';
import type { ServerClient } from '../../src/gatt/server/client.js';
import type { AttributeDatabase } from '../../src/gatt/server/database.js';
import { GattServer } from '../../src/gatt/server/server.js';
import { ScriptedChannel } from '../support/pdu-channel.js';
import { describeWithShared, sharedJson } from '../support/shared.js';
import { runsVector } from '../support/vector-case.js';

interface Database {
  readonly services: readonly { readonly handle: string; readonly end_group_handle: string }[];
  readonly attributes: readonly {
    readonly handle: string;
    readonly type: string;
    readonly permissions: readonly string[];
    readonly value: string;
  }[];
}

interface Entry {
  readonly dir?: 'tester->iut' | 'iut->tester';
  readonly pdu?: string;
  readonly expect?: string;
  readonly trigger?: boolean;
  readonly action?: string;
}

interface Case {
  readonly name: string;
  readonly role: 'server' | 'client';
  readonly procedure: string;
  readonly db?: string;
  readonly uuid?: string;
  readonly range?: readonly [string, string];
  readonly step?: {
    readonly action?: string;
    readonly handle?: string;
    readonly end_handle?: string;
    readonly value?: string;
    readonly expected_att_error?: string;
  };
  readonly mtu: { readonly local: number };
  readonly discovery_entries?: number;
  readonly exchange: readonly Entry[];
}

interface Vectors {
  readonly databases: Readonly<Record<string, Database>>;
  readonly tests: readonly Case[];
}

const encrypted: LinkSecurity = { level: 2, keySize: 16, bonded: true };

describeWithShared('sequences of GATT procedures (Core Vol 3, Part G, 4), server and client', () => {
  const vectors = sharedJson<Vectors>('vectors/gatt-sequences.json');
  for (const [index, one] of vectors.tests.entries()) {
    const options = runsVector('gatt-sequences.json', 'tests', index);
    if (one.role === 'server') {
      it(`${one.name}: answers byte for byte`, options, () => serverCase(one, vectors.databases[one.db!]!));
    } else if (one.db === undefined) {
      it(`${one.name}: ${one.procedure} asks byte for byte`, options, () => procedureCase(one));
    } else {
      it(`${one.name}: ${one.step?.action ?? 'discovery'} asks byte for byte`, options, () =>
        stepCase(one, vectors.databases[one.db!]!),
      );
    }
  }

  it('are all there are', () => {
    expect(vectors.tests).toHaveLength(78);
  });
});

/** The tester is the client. */
async function serverCase(one: Case, database: Database): Promise<void> {
  const { channel, client } = serving(database, one.mtu.local);
  for (const { dir, pdu, trigger, expect: silence } of one.exchange) {
    if (trigger) {
      const handle = Number(one.step!.handle);
      const value = fromHex(one.step!.value!);
      if (one.step!.action === 'send_notification') void client.notify(handle, value);
      else void client.indicate(handle, value);
    } else if (silence !== undefined) {
      await settle();
      expect(channel.sent).toEqual([]);
    } else if (dir === 'tester->iut') channel.give(pdu!);
    else {
      await settle();
      expect(channel.take()).toEqual([pdu]);
    }
  }
  await settle();
  expect(channel.sent).toEqual([]);
}

/** One procedure of the client's, behind the exchange of the MTU. */
async function procedureCase(one: Case): Promise<void> {
  const { channel, client } = asking(one.mtu.local);
  await play(one.exchange.slice(0, 2), channel, () => client.exchangeMtu());
  const [first, last] = one.range!.map(Number) as [number, number];
  const work = async (): Promise<unknown> => {
    switch (one.procedure) {
      case 'discover_primary_services':
        return client.discovery.services();
      case 'discover_primary_services_by_uuid': {
        // The script has the 128-bit form of a 16-bit UUID; both are permitted, by itself the client takes the short one.
        const uuid = Uuid.from(one.uuid!);
        return client.discovery.servicesByUuid(uuid, undefined, uuid.wire128);
      }
      case 'discover_characteristics':
        return client.discovery.characteristics(first, last);
      case 'read_by_uuid':
        return client.readByUuid(one.uuid!, first, last);
      default:
        throw new Error(`${one.procedure} is not known`);
    }
  };
  const outcome = await play(one.exchange.slice(2), channel, work);
  // The error of a last request that finds nothing more ends a procedure that has found something.
  if (one.step?.expected_att_error !== undefined && one.step.value === undefined) {
    expect(errorOf(outcome)).toBe(Number(one.step.expected_att_error));
    return;
  }
  if (outcome instanceof Error) throw outcome;
  if (one.step?.value !== undefined) {
    expect((outcome as { value: Uint8Array }[]).map(({ value }) => toHex(value))).toEqual([one.step.value]);
  } else {
    expect((outcome as unknown[]).length).toBeGreaterThan(0);
  }
}

/** Discovery, served from the database by our own server, then the step by the script. */
async function stepCase(one: Case, database: Database): Promise<void> {
  // Those of `auto` have the link encrypted upon the error, and the request repeated: here the link only learns of it.
  const raises = one.name.endsWith('/auto');
  let security: LinkSecurity = one.name.endsWith('/seclevel') ? encrypted : openLink;
  const { channel, client } = asking(one.mtu.local, () => security);
  client.requester.onRefused((error) => {
    if (!raises || error.error !== AttErrorCode.insufficientAuthentication || security === encrypted)
      return undefined;
    security = encrypted;
    return Promise.resolve(true);
  });
  const server = serving(database, one.mtu.local);
  channel.onSend = (pdu) => {
    server.channel.give(pdu);
    void settle().then(() => channel.give(...server.channel.take()));
    return undefined;
  };
  await client.exchangeMtu();
  const services = [...(await client.discoverAll()), ...(await client.discoverSecondaryServices())];
  for (const service of services.filter(({ primary }) => !primary)) {
    for (const found of await service.discoverCharacteristics()) await found.discoverDescriptors();
  }
  const characteristics = services.flatMap((service) => [...service.characteristics]);
  expect(found(services, characteristics)).toEqual(
    database.attributes.map(({ handle }) => Number(handle)).filter((handle) => !includes(database, handle)),
  );
  channel.take();
  channel.onSend = undefined;
  if (!one.step) return;
  const { step } = one;
  const outcome = await play(one.exchange.slice(one.discovery_entries), channel, () =>
    doStep(client, characteristics, step),
  );
  expect(security === encrypted).toBe(raises || one.name.endsWith('/seclevel'));
  if (step.expected_att_error !== undefined) expect(errorOf(outcome)).toBe(Number(step.expected_att_error));
  else if (outcome instanceof Error) throw outcome;
  else if (outcome instanceof Uint8Array) expect(toHex(outcome)).toBe(step.value);
  else if (typeof outcome === 'function') expect((outcome as () => string[])()).toEqual([step.value]);
}

function doStep(
  client: GattClient,
  characteristics: readonly RemoteCharacteristic[],
  step: NonNullable<Case['step']>,
): Promise<unknown> {
  const handle = Number(step.handle);
  const value = () => fromHex(step.value!);
  switch (step.action) {
    case 'read':
      return client.read(handle);
    case 'long_read':
      return client.readLong(handle);
    case 'read_multiple':
      return client.readMultiple([handle, Number(step.end_handle)]);
    case 'write':
      return client.write(handle, value());
    case 'long_write':
      return client.writeLong(handle, value());
    case 'reliable_write':
      return client.writeLong(handle, value(), { reliable: true });
    case 'signed_write_on_encrypted_link':
      return client.writeSigned(handle, value());
    case 'subscribe_indicate': {
      const values: string[] = [];
      const characteristic = characteristics.find(({ valueHandle }) => valueHandle === handle)!;
      // The script subscribes to one handle and indicates another.
      client.subscriptions.onUnexpected = (_handle, got) => void values.push(toHex(got));
      return characteristic.subscribe(() => {}, { indicate: true }).then(() => () => values);
    }
    default:
      throw new Error(`${step.action} is not known`);
  }
}

/** Plays a script against a client that does `work`; gives what came of it, an error too. */
async function play(
  exchange: readonly Entry[],
  channel: ScriptedChannel,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const outcome = work().catch((error: unknown) => error);
  for (const { dir, pdu, expect: silence } of exchange) {
    await settle();
    if (silence !== undefined) expect(channel.sent).toEqual([]);
    else if (dir === 'iut->tester') expect(channel.sent.shift()).toBe(pdu);
    else channel.give(pdu!);
  }
  await settle();
  expect(channel.sent).toEqual([]);
  return outcome;
}

function errorOf(outcome: unknown): number | undefined {
  if (!(outcome instanceof AttError)) throw new Error(`an ATT error was expected, not ${String(outcome)}`);
  return outcome.error;
}

/** Include declarations are no attributes that the client keeps. */
function includes(database: Database, handle: number): boolean {
  return database.attributes.some((one) => Number(one.handle) === handle && one.type === '2802');
}

/** Every handle that discovery brought. */
function found(
  services: readonly { startHandle: number }[],
  characteristics: readonly RemoteCharacteristic[],
): number[] {
  return [
    ...services.map(({ startHandle }) => startHandle),
    ...characteristics.flatMap((one) => [
      one.handle,
      one.valueHandle,
      ...one.descriptors.map(({ handle }) => handle),
    ]),
  ].toSorted((a, b) => a - b);
}

function asking(
  mtu: number,
  security: () => LinkSecurity = () => openLink,
): { channel: ScriptedChannel; client: GattClient } {
  const channel = new ScriptedChannel();
  const bearer = new AttBearer(channel, { clock: new SimulatedClock(), mtu, report: fail });
  return { channel, client: new GattClient(bearer, { security }) };
}

function serving(database: Database, mtu: number): { channel: ScriptedChannel; client: ServerClient } {
  const server = new GattServer();
  fill(server.database, database);
  const channel = new ScriptedChannel();
  const bearer = new AttBearer(channel, { clock: new SimulatedClock(), mtu, report: fail });
  return { channel, client: server.connect(bearer, { report: fail }) };
}

function fail(message: string): void {
  throw new Error(message);
}

function fill(target: AttributeDatabase, { services, attributes }: Database): void {
  for (const { handle, end_group_handle } of services) {
    const group = { startHandle: Number(handle), endHandle: Number(end_group_handle) };
    const mine = attributes.filter(
      (one) => Number(one.handle) >= group.startHandle && Number(one.handle) <= group.endHandle,
    );
    target.add(
      group,
      mine.map((one) => attribute(one, group.endHandle)),
    );
  }
}

function attribute(one: Database['attributes'][number], serviceEnd: number): Attribute {
  let value = fromHex(one.value);
  const handle = Number(one.handle);
  const type = Uuid.from(one.type);
  const opensService =
    type.short === Declaration.primaryService || type.short === Declaration.secondaryService;
  return {
    handle,
    type,
    readAccess: one.permissions.includes('read') ? {} : undefined,
    writeAccess: one.permissions.includes('write') ? {} : undefined,
    writableByCommand: one.permissions.includes('write'),
    maxLength: 512,
    endGroupHandle: opensService ? serviceEnd : handle,
    read: () => value,
    write: (_client, written) => {
      value = written;
    },
  };
}
