import type { Uuid } from '../core/uuid.js';
import type { Device } from '../gap/index.js';
import type { AttributeDatabase, ServerClient } from '../gatt/index.js';
import { fixedAttribute } from '../gatt/server/descriptors.js';
import { ValueError } from './errors.js';
import { type CharacteristicOptions, GATTSCharacteristic } from './gatts-characteristic.js';
import { checkWhole, toUuid, type UuidValue } from './values.js';

/** What `Bluetooth.service()` takes by name. */
export interface ServiceOptions {
  /** Whether it is a primary service; true. */
  readonly isprimary?: boolean;
  /** How many characteristics it will have: only a hint; 1. */
  readonly nbr_chars?: number;
  /** Whether it is started at once; true. */
  readonly start?: boolean;
}

/** What {@link Gatts} needs of its owner. */
export interface GattsContext {
  /** The device, if it is there. */
  device(): Device | undefined;
  /** Whether a pin is set. */
  secure(): boolean;
  /** Something went wrong when nobody waited for it any more. */
  error(error: unknown): void;
}

const PRIMARY_SERVICE = 0x2800;
const SECONDARY_SERVICE = 0x2801;
/** Declaration, value, Client Characteristic Configuration. */
const HANDLES_PER_CHARACTERISTIC = 3;
/** Characteristics that every service has handles for, so that those that are added late move nothing. */
const SPARE_CHARACTERISTICS = 8;
const NO_CLIENTS: ReadonlySet<ServerClient> = new Set();

/** The services of this side's GATT server: kept before the radio is on, and as long as it is. */
export class Gatts {
  private readonly context: GattsContext;
  private services: GATTSService[] = [];
  /** Behind the handles that are spoken for. */
  private nextHandle = 0;

  constructor(context: GattsContext) {
    this.context = context;
  }

  /** See `Bluetooth.service`. */
  service(
    first: UuidValue | (ServiceOptions & { readonly uuid: UuidValue }),
    second: ServiceOptions = {},
  ): GATTSService {
    const named =
      typeof first === 'object' && !(first instanceof Uint8Array) ? first : { ...second, uuid: first };
    const { uuid, isprimary = true, nbr_chars = 1, start = true, ...others } = named ?? {};
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw new ValueError(`service: unknown argument ${unknown}`);
    checkWhole(nbr_chars, 0, 0xffff);
    const service = new GATTSService(this, toUuid(uuid), Boolean(isprimary), nbr_chars);
    this.services.push(service);
    if (start) service.start();
    return service;
  }

  /** @internal The clients there are. */
  get clients(): Iterable<ServerClient> {
    return this.context.device()?.server.clients ?? NO_CLIENTS;
  }

  /** @internal */
  get secure(): boolean {
    return this.context.secure();
  }

  /** @internal */
  error(error: unknown): void {
    this.context.error(error);
  }

  /** @internal The database, if it is there. */
  get database(): AttributeDatabase | undefined {
    return this.context.device()?.server.database;
  }

  /** @internal Handles for a service, with room for more than it has. */
  reserve(database: AttributeDatabase, count: number): number {
    const first = Math.max(this.nextHandle, database.lastHandle + 1);
    const start = first + count - 1 <= 0xffff ? first : database.allocate(count);
    this.nextHandle = start + count;
    return start;
  }

  /** The radio is on: what was started is served. */
  attach(): void {
    this.nextHandle = 0;
    for (const service of this.services) service.attach();
  }

  /** The radio is off. */
  detach(): void {
    for (const service of this.services) service.detach();
  }

  /** Forgets all services. */
  clear(): void {
    this.detach();
    this.services = [];
  }
}

/** A service of this server. */
export class GATTSService {
  private readonly gatts: Gatts;
  private readonly uuid: Uuid;
  private readonly primary: boolean;
  private readonly room: number;
  private readonly characteristics: GATTSCharacteristic[] = [];
  private started = false;
  /** Where it is, or was, in the database of the radio that is on. */
  private startHandle: number | undefined;
  private reserved = 0;
  private served = false;

  /** @internal Made by `Bluetooth.service`. */
  constructor(gatts: Gatts, uuid: Uuid, primary: boolean, nbrChars: number) {
    this.gatts = gatts;
    this.uuid = uuid;
    this.primary = primary;
    this.room = Math.max(nbrChars, SPARE_CHARACTERISTICS);
  }

  /** Serves it; idempotent. */
  start(): void {
    this.started = true;
    this.attach();
  }

  /** Serves it no more, until it is started again: it cannot be found, and its attributes answer Invalid Handle. Idempotent. */
  stop(): void {
    this.started = false;
    this.withdraw();
  }

  /**
   * Adds a characteristic, and a Client Characteristic Configuration with it, whatever its properties.
   * @param uuid a 16- or 32-bit number, or 16 octets, least significant first; here or by name
   * @throws {ValueError} `invalid argument(s) value`
   */
  characteristic(uuid: UuidValue, options?: CharacteristicOptions): GATTSCharacteristic;
  characteristic(options: CharacteristicOptions & { readonly uuid: UuidValue }): GATTSCharacteristic;
  characteristic(
    first: UuidValue | (CharacteristicOptions & { readonly uuid: UuidValue }),
    second: CharacteristicOptions = {},
  ): GATTSCharacteristic {
    const named =
      typeof first === 'object' && !(first instanceof Uint8Array) ? first : { ...second, uuid: first };
    const { uuid, permissions, properties, value, ...others } = named ?? {};
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw new ValueError(`characteristic: unknown argument ${unknown}`);
    const characteristic = new GATTSCharacteristic(toUuid(uuid), { ...named }, this.gatts);
    this.characteristics.push(characteristic);
    if (this.served) {
      this.withdraw();
      this.attach();
    }
    return characteristic;
  }

  /** @internal Enters the database, if it is started and there is one. */
  attach(): void {
    const { database } = this.gatts;
    if (!this.started || this.served || !database) return;
    this.place(database);
    const start = this.startHandle!;
    const attributes = this.characteristics.flatMap((one, i) =>
      one.place(start + 1 + i * HANDLES_PER_CHARACTERISTIC).attributes(),
    );
    const endHandle = attributes.at(-1)?.handle ?? start;
    const type = this.primary ? PRIMARY_SERVICE : SECONDARY_SERVICE;
    database.add({ startHandle: start, endHandle }, [
      fixedAttribute(start, type, this.uuid.attWire, endHandle),
      ...attributes,
    ]);
    this.served = true;
  }

  /** @internal The database is gone. */
  detach(): void {
    this.served = false;
    this.startHandle = undefined;
  }

  private withdraw(): void {
    if (this.served && this.startHandle !== undefined) this.gatts.database?.remove(this.startHandle);
    this.served = false;
  }

  /** Finds its place: where it was, unless it has outgrown that or somebody else is there now. */
  private place(database: AttributeDatabase): void {
    const size = 1 + this.characteristics.length * HANDLES_PER_CHARACTERISTIC;
    const start = this.startHandle;
    if (start !== undefined && size <= this.reserved) {
      const end = start + size - 1;
      const taken = database.services.some((other) => start <= other.endHandle && other.startHandle <= end);
      if (!taken) return;
    }
    this.reserved = Math.max(size, 1 + this.room * HANDLES_PER_CHARACTERISTIC);
    this.startHandle = this.gatts.reserve(database, this.reserved);
  }
}
