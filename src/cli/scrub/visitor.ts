import type { ReadableField } from '../../decode/index.js';
import { AttOpcode } from '../../gatt/att/opcodes.js';
import type { Changes, ScrubOptions } from './changes.js';
import { type Layer, policies } from './policy.js';

/** Layers that a field opens, by its name. */
const opening: Readonly<Record<string, Layer>> = {
  att: 'att',
  smp: 'smp',
  signalling: 'l2cap',
  kFrame: 'l2cap',
  informationPayload: 'l2cap',
};
const ADDRESS = /^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/;
/** Fields whose addresses are random ones, where nothing else says it. */
const randomAddresses: ReadonlySet<string> = new Set([
  'randomAddress',
  'localResolvablePrivateAddress',
  'peerResolvablePrivateAddress',
  'localResolvableAddress',
  'peerResolvableAddress',
  'randomTargetAddress',
]);

/** Whether a field is an address. */
export function isAddress({ value, length }: ReadableField): boolean {
  return length === 6 && typeof value === 'string' && ADDRESS.test(value);
}

/** Whether an address is random, by the type that stands beside it; `undefined` where nothing tells. */
export function isRandomAddress(
  field: ReadableField,
  siblings: readonly ReadableField[],
  parent: string,
): boolean | undefined {
  const type = siblings.find(({ key }) => key === `${field.key}Type`)?.value;
  if (typeof type === 'number') return type === 0xfe || (type & 1) === 1;
  if (randomAddresses.has(field.key) || randomAddresses.has(parent)) return true;
  return field.key === 'bdAddr' || parent === 'publicTargetAddress' ? false : undefined;
}

/** Whether a field is an advertising structure: its length and type are the first of its fields. */
export function isStructure({ fields }: ReadableField): boolean {
  return fields !== undefined && fields[0]?.key === 'length' && fields[1]?.key === 'type';
}

/** Goes through the fields of a packet, and changes what tells who somebody is. */
export class Visitor {
  private readonly options: ScrubOptions;

  constructor(options: ScrubOptions) {
    this.options = options;
  }

  /** @param base where the place 0 of the fields is in the octets */
  visit(
    fields: readonly ReadableField[],
    changes: Changes,
    layer: Layer = 'hci',
    base = 0,
    parent = '',
  ): void {
    for (const field of fields) {
      if (field.bits) continue;
      const at = base + field.offset;
      if (field.source === 'reassembled') this.sdu(field, fields, changes, base);
      else if (isAddress(field)) changes.address(at, isRandomAddress(field, fields, parent));
      else if (field.key === 'remainder') changes.opaque(at + 2, field.length - 2);
      else if (field.key === 'end') changes.opaque(at + 1, field.length - 1);
      else if (field.fields && !field.fields.every(({ bits }) => bits)) {
        const inside = opening[field.key] ?? (isStructure(field) ? 'advertising' : layer);
        this.visit(field.fields, changes, inside, base, field.key === '0' ? parent : field.key);
      } else if (layer === 'att' && field.key === 'attributeValue')
        this.attribute(field, fields, changes, base);
      else this.leaf(field, layer, changes, at);
    }
  }

  private leaf(field: ReadableField, layer: Layer, changes: Changes, at: number): void {
    const { length } = field;
    const policy = policies[opening[field.key] ?? layer].get(field.key);
    const { keepValues, keepPairing } = this.options;
    switch (policy) {
      case 'key':
        changes.key(at, length);
        return;
      case 'pairing':
        if (!keepPairing) changes.replaced(at, length, 'pairing');
        return;
      case 'identifier':
        changes.replaced(at, length, 'keys');
        return;
      case 'name':
        changes.name(at, length);
        return;
      case 'value':
        if (!keepValues) changes.replaced(at, length, 'values');
        return;
      case 'opaque':
        changes.opaque(at, length);
        return;
    }
    // What does not fit its declaration may be anything.
    if (field.malformed !== undefined && field.length > 2) changes.opaque(at, length);
  }

  /** A value of an attribute whose type is not known, or has no layout. */
  private attribute(
    field: ReadableField,
    siblings: readonly ReadableField[],
    changes: Changes,
    base: number,
  ): void {
    const at = base + field.offset;
    if (!isDeclaration(field, siblings, changes.octets, at) && !this.options.keepValues)
      changes.replaced(at, field.length, 'values');
  }

  /** What an SDU holds, where it is whole in the one frame: its octets lie behind the length. */
  private sdu(
    field: ReadableField,
    siblings: readonly ReadableField[],
    changes: Changes,
    base: number,
  ): void {
    const payload = siblings
      .find(({ key }) => key === 'kFrame')
      ?.fields?.find(({ key }) => key === 'informationPayload');
    if (!payload || payload.length !== field.length || !field.fields) return;
    this.visit(field.fields, changes, 'att', base + payload.offset);
  }
}

/**
 * Whether a value is of those that discovery and subscriptions live by, and that tell nothing of anybody: a Client
 * Characteristic Configuration (two octets, 0 to 3), the UUID of a service, the declaration of a characteristic.
 */
function isDeclaration(
  { length }: ReadableField,
  siblings: readonly ReadableField[],
  octets: Uint8Array,
  at: number,
): boolean {
  if (length === 2 && octets[at]! <= 3 && octets[at + 1] === 0) return true;
  const has = (key: string) => siblings.some((one) => one.key === key);
  // Of Read By Group Type, which is for services.
  if (has('endGroupHandle')) return length === 2 || length === 16;
  const opcode = siblings.find(({ key }) => key === 'opcode')?.value;
  if (opcode !== undefined && opcode !== AttOpcode.readByTypeRsp) return false;
  const handle = siblings.find(({ key }) => key === 'attributeHandle')?.value;
  const isListed = opcode === undefined && typeof handle === 'number';
  return (
    isListed && (length === 5 || length === 19) && (octets[at + 1]! | (octets[at + 2]! << 8)) === handle + 1
  );
}
