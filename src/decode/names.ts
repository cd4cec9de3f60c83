import type { Uuid } from '../core/uuid.js';

/** Who knows the names of assigned numbers: see {@link loadAssignedNumbers}. Each gives `undefined` for what it does not know. */
export interface NameTables {
  /** Of a company identifier. */
  company(identifier: number): string | undefined;
  /** Of a service, characteristic, descriptor or declaration, or of the member that a UUID belongs to. */
  uuid(uuid: Uuid): string | undefined;
  /** Of an Appearance: `Heart Rate Sensor: Heart Rate Belt`. */
  appearance(value: number): string | undefined;
}

/** A UUID with its name, where somebody knows it: `0x180D (Heart Rate)`. */
export function describeUuid(uuid: Uuid, names: NameTables | undefined): string {
  const text = uuid.short === undefined ? uuid.toString() : `0x${uuid.toShortString().toUpperCase()}`;
  const name = names?.uuid(uuid);
  return name === undefined ? text : `${text} (${name})`;
}
