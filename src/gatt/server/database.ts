import { StateError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import type { Uuid } from '../../core/uuid.js';
import type { Attribute } from './attribute.js';

/** A service's place in the database. */
export interface ServiceGroup {
  readonly startHandle: number;
  readonly endHandle: number;
}

/**
 * The attributes of a server by handle (Core Vol 3, Part F, 3.2.2), with an index by type: neither a read nor a search
 * grows with the number of attributes, but with that of the hits.
 */
export class AttributeDatabase {
  private readonly attributes: (Attribute | undefined)[] = [];
  /** Handles by type in ascending order. */
  private readonly byType = new Map<string, number[]>();
  private readonly groups: ServiceGroup[] = [];
  /** Called after a change, with the handles concerned. */
  onChange: ((startHandle: number, endHandle: number) => void) | undefined;

  /** Attributes there are. */
  get size(): number {
    return this.attributes.reduce((count) => count + 1, 0);
  }

  /** The services' places, in ascending order. */
  get services(): readonly ServiceGroup[] {
    return this.groups;
  }

  /** The highest handle in use. */
  get lastHandle(): number {
    return this.groups.at(-1)?.endHandle ?? 0;
  }

  /** The attribute at a handle. */
  get(handle: number): Attribute | undefined {
    return this.attributes[handle];
  }

  /**
   * The first handle for a service of `count` attributes: behind all others, where no client may know another service
   * by it; into a gap only when the handles have come to their end.
   * @throws {StateError} when there is no room
   */
  allocate(count: number): number {
    const behind = this.lastHandle + 1;
    if (behind + count - 1 <= 0xffff) return behind;
    let start = 1;
    for (const group of this.groups) {
      if (group.startHandle - start >= count) return start;
      start = group.endHandle + 1;
    }
    throw new StateError(`no room for a service of ${count} attributes: handles end at 0xFFFF`);
  }

  /**
   * Adds a service. Its attributes have handles from `startHandle` to `endHandle`, in ascending order; some may be left out.
   * @throws {RangeError} when handles are out of order, or taken by another service
   */
  add(group: ServiceGroup, attributes: readonly Attribute[]): void {
    const { startHandle, endHandle } = group;
    if (startHandle < 1 || endHandle > 0xffff || endHandle < startHandle)
      throw new RangeError('handles are 1 to 0xFFFF');
    if (this.groups.some((other) => startHandle <= other.endHandle && other.startHandle <= endHandle)) {
      throw new RangeError(`handles ${hexCode(startHandle, 4)} to ${hexCode(endHandle, 4)} are taken`);
    }
    let last = startHandle - 1;
    for (const { handle } of attributes) {
      if (handle <= last || handle > endHandle)
        throw new RangeError(`handle ${hexCode(handle, 4)} is out of order`);
      last = handle;
    }
    this.groups.splice(this.groups.findLastIndex((other) => other.endHandle < startHandle) + 1, 0, group);
    for (const attribute of attributes) {
      this.attributes[attribute.handle] = attribute;
      this.index(attribute);
    }
    this.onChange?.(startHandle, endHandle);
  }

  /** Takes a service away; one that is not there is passed over. */
  remove(startHandle: number): void {
    const at = this.groups.findIndex((group) => group.startHandle === startHandle);
    const group = this.groups[at];
    if (!group) return;
    this.groups.splice(at, 1);
    for (let handle = group.startHandle; handle <= group.endHandle; handle++) {
      const attribute = this.attributes[handle];
      if (!attribute) continue;
      delete this.attributes[handle];
      const handles = this.byType.get(attribute.type.toString());
      const index = handles?.indexOf(handle) ?? -1;
      if (index >= 0) handles?.splice(index, 1);
    }
    this.onChange?.(group.startHandle, group.endHandle);
  }

  /** The attributes of one type from `start` to `end`, in ascending order. */
  *ofType(type: Uuid, start: number, end: number): Generator<Attribute, void, undefined> {
    const handles = this.byType.get(type.toString());
    if (!handles) return;
    for (let i = lowerBound(handles, start); i < handles.length && handles[i]! <= end; i++)
      yield this.attributes[handles[i]!]!;
  }

  /** All attributes from `start` to `end`, in ascending order. */
  *inRange(start: number, end: number): Generator<Attribute, void, undefined> {
    const last = Math.min(end, this.lastHandle);
    for (let handle = start; handle <= last; handle++) {
      const attribute = this.attributes[handle];
      if (attribute) yield attribute;
    }
  }

  private index(attribute: Attribute): void {
    const key = attribute.type.toString();
    const handles = this.byType.get(key);
    if (!handles) this.byType.set(key, [attribute.handle]);
    else handles.splice(lowerBound(handles, attribute.handle), 0, attribute.handle);
  }
}

/** The first index whose value is not below `value`. */
function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
