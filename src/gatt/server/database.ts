import { StateError } from '../../core/errors.js';
import { hexCode, toHex } from '../../core/hex.js';
import type { Uuid } from '../../core/uuid.js';
import type { Attribute } from './attribute.js';
import { lowerBound, removeSorted } from './sorted.js';

/** A service's place in the database. */
export interface ServiceGroup {
  readonly startHandle: number;
  readonly endHandle: number;
}

/** Told of handles that mean something else from now on. */
export type DatabaseListener = (startHandle: number, endHandle: number) => void;

interface Group extends ServiceGroup {
  readonly attributes: readonly Attribute[];
}

/**
 * The attributes of a server by handle (Core Vol 3, Part F, 3.2.2), with indices by type and, for declarations, by type
 * and value: neither a read nor a search grows with the number of attributes, but with that of the hits.
 */
export class AttributeDatabase {
  /** By handle: an array, which bench/flat.mjs found quicker than a map among many. */
  private readonly attributes: (Attribute | undefined)[] = [];
  private count = 0;
  /** Handles by type in ascending order. */
  private readonly byType = new Map<string, number[]>();
  /** Handles of attributes that never change, by type and value. */
  private readonly byValue = new Map<string, number[]>();
  /** Handles by type of attributes whose values may change. */
  private readonly changing = new Map<string, number[]>();
  private readonly groups: Group[] = [];
  private readonly listeners = new Set<DatabaseListener>();
  /** The highest handle that clients of this database may have seen in use. */
  private highest = 0;

  /** Attributes there are. */
  get size(): number {
    return this.count;
  }

  /** The services' places, in ascending order. */
  get services(): readonly ServiceGroup[] {
    return this.groups;
  }

  /** The highest handle in use. */
  get lastHandle(): number {
    return this.groups.at(-1)?.endHandle ?? 0;
  }

  /** Calls `listener` after each change, with the handles concerned, until the function given back is called. */
  onChange(listener: DatabaseListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The attribute at a handle. */
  get(handle: number): Attribute | undefined {
    return this.attributes[handle];
  }

  /**
   * The first handle for a service of `count` attributes: behind all that there are and were, where no client may know
   * another service by it; into a gap only when the handles have come to their end.
   * @throws {StateError} when there is no room
   */
  allocate(count: number): number {
    if (this.highest + count <= 0xffff) return this.highest + 1;
    let start = 1;
    for (const group of this.groups) {
      if (group.startHandle - start >= count) return start;
      start = group.endHandle + 1;
    }
    if (start + count - 1 <= 0xffff) return start;
    throw new StateError(`no room for a service of ${count} attributes: handles end at 0xFFFF`);
  }

  /** Whether some handle from `start` to `end` belongs to a service. */
  isTaken(start: number, end: number): boolean {
    const group = this.groups[this.groupFrom(start)];
    return group !== undefined && group.startHandle <= end;
  }

  /**
   * Adds a service. Its attributes have handles from `startHandle` to `endHandle`, in ascending order; some may be left out.
   * @throws {RangeError} when handles are out of order, or taken by another service
   */
  add({ startHandle, endHandle }: ServiceGroup, attributes: readonly Attribute[]): void {
    if (startHandle < 1 || endHandle > 0xffff) throw new RangeError('handles are 1 to 0xFFFF');
    let last = startHandle - 1;
    for (const { handle } of attributes) {
      if (handle <= last) throw new RangeError(`handle ${hexCode(handle, 4)} is out of order`);
      last = handle;
    }
    if (endHandle < Math.max(startHandle, last))
      throw new RangeError('the service ends before its last attribute');
    if (this.isTaken(startHandle, endHandle)) {
      throw new RangeError(`handles ${hexCode(startHandle, 4)} to ${hexCode(endHandle, 4)} are taken`);
    }
    const group = { startHandle, endHandle, attributes: [...attributes] };
    this.groups.splice(this.groupFrom(startHandle), 0, group);
    for (const attribute of attributes) {
      this.attributes[attribute.handle] = attribute;
      this.count++;
      for (const [index, key] of this.indices(attribute)) insert(index, key, attribute.handle);
    }
    this.highest = Math.max(this.highest, endHandle);
    this.changed(startHandle, endHandle);
  }

  /** Takes a service away; one that is not there is passed over. */
  remove(startHandle: number): void {
    const at = this.groupFrom(startHandle);
    const group = this.groups[at];
    if (group?.startHandle !== startHandle) return;
    this.groups.splice(at, 1);
    for (const attribute of group.attributes) {
      this.attributes[attribute.handle] = undefined;
      this.count--;
      for (const [index, key] of this.indices(attribute)) {
        const handles = index.get(key);
        if (handles && removeSorted(handles, attribute.handle) === 0) index.delete(key);
      }
    }
    this.changed(group.startHandle, group.endHandle);
  }

  /** The attributes of one type from `start` to `end`, in ascending order. */
  *ofType(type: Uuid, start: number, end: number): Generator<Attribute, void, undefined> {
    yield* this.within(this.byType.get(type.toString()), start, end);
  }

  /**
   * The attributes of one type from `start` to `end` that have this value, as far as that is known without reading
   * them, and those that have to be read; in ascending order.
   */
  *candidates(
    type: Uuid,
    value: Uint8Array,
    start: number,
    end: number,
  ): Generator<Attribute, void, undefined> {
    const key = type.toString();
    const changing = this.changing.get(key);
    const known = this.byValue.get(valueKey(key, value));
    if (!changing || !known) yield* this.within(known ?? changing, start, end);
    else
      yield* this.within(
        [...known, ...changing].sort((a, b) => a - b),
        start,
        end,
      );
  }

  /** All attributes from `start` to `end`, in ascending order. */
  *inRange(start: number, end: number): Generator<Attribute, void, undefined> {
    for (let i = this.groupFrom(start); i < this.groups.length; i++) {
      const { startHandle, attributes } = this.groups[i]!;
      if (startHandle > end) return;
      const first =
        startHandle >= start ? 0 : lowerBound(attributes.length, (at) => attributes[at]!.handle < start);
      for (let j = first; j < attributes.length; j++) {
        const attribute = attributes[j]!;
        if (attribute.handle > end) return;
        yield attribute;
      }
    }
  }

  private *within(
    handles: readonly number[] | undefined,
    start: number,
    end: number,
  ): Generator<Attribute, void, undefined> {
    if (!handles) return;
    for (let i = lowerBound(handles.length, (at) => handles[at]! < start); i < handles.length; i++) {
      const handle = handles[i]!;
      if (handle > end) return;
      const attribute = this.attributes[handle];
      // A handler that was waited for in between may have taken a service away.
      if (attribute) yield attribute;
    }
  }

  /** The first group that ends at `handle` or behind it. */
  private groupFrom(handle: number): number {
    return lowerBound(this.groups.length, (at) => this.groups[at]!.endHandle < handle);
  }

  private *indices({ type, constant }: Attribute): Generator<readonly [Map<string, number[]>, string]> {
    const key = type.toString();
    yield [this.byType, key];
    yield constant ? [this.byValue, valueKey(key, constant)] : [this.changing, key];
  }

  private changed(startHandle: number, endHandle: number): void {
    for (const listener of [...this.listeners]) listener(startHandle, endHandle);
  }
}

function valueKey(type: string, value: Uint8Array): string {
  return `${type} ${toHex(value)}`;
}

function insert(index: Map<string, number[]>, key: string, handle: number): void {
  const handles = index.get(key);
  if (!handles) index.set(key, [handle]);
  else
    handles.splice(
      lowerBound(handles.length, (at) => handles[at]! < handle),
      0,
      handle,
    );
}
