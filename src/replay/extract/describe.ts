import { hexCode, toHex } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import type {
  CharacteristicDescription,
  DescriptorDescription,
  PermissionDescription,
  PropertyName,
  ServiceDescription,
  WriteAnswer,
} from '../../virtual/devices/description.js';
import type {
  ObservedAttribute,
  ObservedCharacteristic,
  ObservedServer,
  ObservedService,
} from './observed-server.js';
import { sortTellings, type TellingOptions, type Tellings } from './tellings.js';

const CONFIGURATION = 0x2902;
const READ_NOT_PERMITTED = 0x02;
const WRITE_NOT_PERMITTED = 0x03;
const NOTIFY = 0x10;
const INDICATE = 0x20;
const propertyBits: readonly (readonly [PropertyName, number])[] = [
  ['broadcast', 0x01],
  ['read', 0x02],
  ['writeWithoutResponse', 0x04],
  ['write', 0x08],
  ['notify', NOTIFY],
  ['indicate', INDICATE],
  ['authenticatedSignedWrites', 0x40],
  ['extendedProperties', 0x80],
];

/** The services of a server, with what could not be seen of them. */
export interface DescribedServices {
  readonly services: readonly ServiceDescription[];
  readonly missing: readonly string[];
}

/** Puts together a characteristic with the handles up to the next one. */
interface Place {
  readonly characteristic: ObservedCharacteristic;
  readonly lastHandle: number;
  /** Handle of its Client Characteristic Configuration, found or concluded. */
  readonly configuration: number | undefined;
}

/** Describes the services of a server as they were seen. */
export function describeServices(server: ObservedServer, options: TellingOptions): DescribedServices {
  const describer = new Describer(server, options);
  return { services: describer.services(), missing: describer.missing };
}

class Describer {
  readonly missing: string[] = [];
  private readonly server: ObservedServer;
  private readonly ordered: readonly ObservedService[];
  private readonly places = new Map<number, Place>();
  private readonly tellings: Tellings;

  constructor(server: ObservedServer, options: TellingOptions) {
    this.server = server;
    this.ordered = this.allServices();
    this.undeclared();
    for (const service of this.ordered) this.place(service);
    const configurations = new Map<number, number>();
    for (const { configuration, characteristic } of this.places.values()) {
      if (configuration !== undefined) configurations.set(configuration, characteristic.valueHandle);
    }
    const tellers = new Set<number>();
    for (const { characteristic } of this.places.values()) {
      if ((characteristic.properties & (NOTIFY | INDICATE)) !== 0) tellers.add(characteristic.valueHandle);
    }
    this.tellings = sortTellings(server, tellers, configurations, options);
    this.impostors(tellers);
  }

  services(): ServiceDescription[] {
    const { server, missing } = this;
    if (!server.hasAllServices) missing.push('services: the list of them was not read to its end');
    const services = this.ordered.map((service) => this.service(service));
    missing.push(...this.tellings.missing);
    if (server.unsplit > 0) {
      missing.push(
        `${server.unsplit} answers to Read Multiple: where one value ends and the next begins is not in them`,
      );
    }
    this.strangers();
    return services;
  }

  /** Those of discovery, and those that are known from who includes them only. */
  private allServices(): ObservedService[] {
    const all = new Map(this.server.services);
    for (const { startHandle, endHandle, uuid } of this.server.includes.values()) {
      if (all.has(startHandle)) continue;
      const read = this.server.attributes.get(startHandle)?.value;
      const known = uuid ?? (read?.length === 16 ? Uuid.fromWire(read) : undefined);
      if (known) all.set(startHandle, { uuid: known, startHandle, endHandle, primary: false });
      else this.missing.push(`the UUID of the included service at ${hexCode(startHandle, 4)}`);
    }
    const sorted = [...all.values()].sort((one, other) => one.startHandle - other.startHandle);
    // A sound server has none that lies in another one.
    let last = 0;
    return sorted.filter(({ uuid, startHandle, endHandle }) => {
      const isSound = startHandle > last;
      if (isSound) last = endHandle;
      else
        this.missing.push(
          `service ${uuid.toShortString()} at ${hexCode(startHandle, 4)}: it lies in the one before`,
        );
      return isSound;
    });
  }

  /** Values that were read by their type, without their declarations: those stand before them. */
  private undeclared(): void {
    const { characteristics, types, readTypes } = this.server;
    const taken = new Set([...types.keys(), ...this.ordered.map(({ startHandle }) => startHandle)]);
    for (const { handle, valueHandle } of characteristics.values()) taken.add(handle).add(valueHandle);
    for (const [valueHandle, uuid] of readTypes) {
      const handle = valueHandle - 1;
      if (taken.has(valueHandle) || taken.has(handle) || isDeclaration(uuid)) continue;
      if (
        !this.ordered.some(({ startHandle, endHandle }) => startHandle < handle && valueHandle <= endHandle)
      )
        continue;
      characteristics.set(handle, { handle, properties: 0x02, valueHandle, uuid });
      const name = `${uuid.toShortString()} at ${hexCode(valueHandle, 4)}`;
      this.missing.push(`declaration of ${name}: it was not read; one with the property read is assumed`);
    }
  }

  private place(service: ObservedService): void {
    const { server } = this;
    const own = this.characteristicsOf(service);
    for (const [i, characteristic] of own.entries()) {
      const lastHandle = (own[i + 1]?.handle ?? service.endHandle + 1) - 1;
      const { valueHandle, properties } = characteristic;
      let configuration: number | undefined;
      for (const [handle, type] of server.types) {
        if (handle > valueHandle && handle <= lastHandle && type.short === CONFIGURATION)
          configuration = handle;
      }
      if (configuration === undefined && (properties & (NOTIFY | INDICATE)) !== 0) {
        configuration = this.concluded(characteristic, lastHandle);
      }
      this.places.set(characteristic.handle, { characteristic, lastHandle, configuration });
    }
  }

  /** The configuration of a characteristic whose descriptors nobody looked for: where the client wrote to one. */
  private concluded({ valueHandle, uuid }: ObservedCharacteristic, lastHandle: number): number | undefined {
    const { server, missing } = this;
    const name = `${uuid.toShortString()} at ${hexCode(valueHandle, 4)}`;
    const written = server.writes.find(
      ({ handle, value }) => handle > valueHandle && handle <= lastHandle && value.length === 2,
    );
    const room = lastHandle > valueHandle && !server.searched.covers(valueHandle + 1, valueHandle + 1);
    const handle = written?.handle ?? (room ? valueHandle + 1 : undefined);
    if (handle !== undefined) {
      const why = written ? 'where one was written' : 'its place behind the value is assumed';
      missing.push(
        `descriptors of ${name}: a Client Characteristic Configuration at ${hexCode(handle, 4)}, ${why}`,
      );
    }
    return handle;
  }

  private characteristicsOf({ startHandle, endHandle }: ObservedService): ObservedCharacteristic[] {
    return (
      [...this.server.characteristics.values()]
        .filter(
          ({ handle, valueHandle }) =>
            handle > startHandle && valueHandle <= endHandle && valueHandle > handle,
        )
        .sort((one, other) => one.handle - other.handle)
        // What would lie within another one is no declaration of a sound server.
        .filter((one, i, all) => i === 0 || one.handle > all[i - 1]!.valueHandle)
    );
  }

  private service(service: ObservedService): ServiceDescription {
    const { server, missing, ordered } = this;
    const { uuid, primary, startHandle, endHandle } = service;
    const name = `service ${uuid.toShortString()} at ${hexCode(startHandle, 4)}`;
    const own = this.characteristicsOf(service);
    if (endHandle > startHandle && !server.listed.covers(startHandle + 1, endHandle)) {
      const last = own.at(-1);
      // A list is over, too, where the last value is the last handle, or where behind it only descriptors were found.
      const behind = (last?.valueHandle ?? startHandle) + 1;
      if (!last || !server.searched.covers(behind, endHandle)) {
        missing.push(`characteristics of ${name}: the list of them was not read to its end`);
      }
    }
    const includes = [...server.includes.values()]
      .filter(({ handle }) => handle > startHandle && handle <= endHandle)
      .sort((one, other) => one.handle - other.handle)
      .flatMap(({ handle, startHandle: start }) => {
        const place = ordered.findIndex((one) => one.startHandle === start);
        return place < 0 ? [] : [{ service: place, handle }];
      });
    return {
      uuid: uuid.toShortString(),
      ...(primary ? {} : { primary }),
      handle: startHandle,
      endHandle,
      ...(includes.length === 0 ? {} : { includes }),
      characteristics: own.map((one) => this.characteristic(this.places.get(one.handle)!)),
    };
  }

  private characteristic({ characteristic, lastHandle, configuration }: Place): CharacteristicDescription {
    const { server, missing, tellings } = this;
    const { uuid, properties, handle, valueHandle } = characteristic;
    const name = `${uuid.toShortString()} at ${hexCode(valueHandle, 4)}`;
    const seen = server.attributes.get(valueHandle);
    if ((properties & 0x02) !== 0 && !seen?.value && seen?.readError === undefined) {
      missing.push(`value of ${name}: it was not read`);
    }
    if (seen?.isCut) missing.push(`value of ${name}: its end was not read`);
    if (seen && seen.otherValues > 0) {
      missing.push(`value of ${name}: it changed; ${seen.otherValues} later readings are not kept`);
    }
    const descriptors = this.descriptors(characteristic, lastHandle, configuration);
    const isConfigurable = configuration !== undefined;
    const tells = (properties & (NOTIFY | INDICATE)) !== 0;
    const script = tells ? tellings.scripts.get(valueHandle) : undefined;
    const answers = [...(tellings.answers.get(valueHandle) ?? []), ...refusals(seen)];
    return {
      uuid: uuid.toShortString(),
      properties: propertyBits.filter(([, bit]) => (properties & bit) !== 0).map(([property]) => property),
      handle,
      valueHandle,
      ...(tells && !isConfigurable ? { configurable: false } : {}),
      ...valueFrom(seen),
      ...(seen?.keepsValue ? { stored: false } : {}),
      ...readOf(seen, (properties & 0x02) !== 0),
      ...writeOf(seen, (properties & 0x0c) !== 0),
      ...(script === undefined ? {} : { notifications: script }),
      ...(answers.length === 0 ? {} : { answers }),
      ...(descriptors.length === 0 ? {} : { descriptors }),
    };
  }

  private descriptors(
    { valueHandle, uuid }: ObservedCharacteristic,
    lastHandle: number,
    configuration: number | undefined,
  ): DescriptorDescription[] {
    const { server, missing } = this;
    const name = `${uuid.toShortString()} at ${hexCode(valueHandle, 4)}`;
    const found = [...server.types].filter(
      ([handle, type]) => handle > valueHandle && handle <= lastHandle && !isDeclaration(type),
    );
    const all = new Map(found);
    if (configuration !== undefined) all.set(configuration, Uuid.from(CONFIGURATION));
    if (
      lastHandle > valueHandle &&
      found.length === 0 &&
      !server.searched.covers(valueHandle + 1, lastHandle)
    ) {
      if (configuration === undefined) missing.push(`descriptors of ${name}: they were not looked for`);
    }
    return [...all]
      .sort(([one], [other]) => one - other)
      .map(([handle, type]) => {
        const base = { uuid: type.toShortString(), handle };
        if (type.short === CONFIGURATION) return base;
        const seen = server.attributes.get(handle);
        if (!seen?.value && seen?.readError === undefined) {
          missing.push(
            `value of descriptor ${type.toShortString()} at ${hexCode(handle, 4)}: it was not read`,
          );
        }
        return { ...base, ...valueFrom(seen), ...readOf(seen, true), ...writeOf(seen, false) };
      });
  }

  /** Values that were told of attributes that have not the property for it. */
  private impostors(tellers: ReadonlySet<number>): void {
    const counts = new Map<number, number>();
    for (const { handle } of this.server.tellings) {
      if (!tellers.has(handle)) counts.set(handle, (counts.get(handle) ?? 0) + 1);
    }
    for (const [handle, count] of counts) {
      const what = 'which is not known to be the value of a characteristic that notifies or indicates';
      this.missing.push(`${count} values told of ${hexCode(handle, 4)}, ${what}`);
    }
  }

  /** Attributes that were used, and that no discovery in the capture shows. */
  private strangers(): void {
    const known = new Set<number>();
    for (const { startHandle } of this.ordered) known.add(startHandle);
    for (const { characteristic, configuration } of this.places.values()) {
      known.add(characteristic.handle).add(characteristic.valueHandle);
      if (configuration !== undefined) known.add(configuration);
    }
    for (const handle of this.server.types.keys()) known.add(handle);
    for (const handle of this.server.includes.keys()) known.add(handle);
    const used = [...this.server.attributes]
      // One that is not there, and was said not to be.
      .filter(([handle, seen]) => !known.has(handle) && (seen.isReadable || seen.isWritable))
      .map(([handle]) => hexCode(handle, 4));
    const strangers = used.sort();
    if (strangers.length > 0) {
      this.missing.push(
        `attributes at ${strangers.join(', ')}: they were used, but what they are was not looked for`,
      );
    }
  }
}

function isDeclaration({ short }: Uuid): boolean {
  return short !== undefined && short >= 0x2800 && short <= 0x2803;
}

function valueFrom(seen: ObservedAttribute | undefined): { value?: string } {
  return seen?.value === undefined || seen.value.length === 0 ? {} : { value: toHex(seen.value) };
}

/** Where reading was refused and then was not, a link got secure in between. */
function readOf(seen: ObservedAttribute | undefined, property: boolean): { read?: PermissionDescription } {
  if (seen?.readError === undefined) return seen?.isReadable && !property ? { read: true } : {};
  if (seen.isReadable) return { read: { level: 2, error: seen.readError } };
  return { read: seen.readError === READ_NOT_PERMITTED ? false : { error: seen.readError } };
}

function writeOf(seen: ObservedAttribute | undefined, property: boolean): { write?: PermissionDescription } {
  if (seen?.writeError === undefined || seen.isWritable)
    return seen?.isWritable && !property ? { write: true } : {};
  return { write: seen.writeError === WRITE_NOT_PERMITTED ? false : { error: seen.writeError } };
}

/** Values that were refused by an attribute that took others. */
function refusals(seen: ObservedAttribute | undefined): WriteAnswer[] {
  if (!seen?.isWritable) return [];
  const all = new Map(seen.refusedWrites.map(({ value, error }) => [toHex(value), error]));
  return [...all].map(([when, error]) => ({ when, error }));
}
