import { type Fields, meaning, octets, repeated, rest, sized, struct, u8, u16 } from '../core/codec.js';
import { uuid } from '../core/codec-text.js';
import { hexCode } from '../core/hex.js';
import { Uuid } from '../core/uuid.js';
import { attPduByOpcode } from '../gatt/att/decode.js';
import { AttOpcode } from '../gatt/att/opcodes.js';
import { type DecodeContext, numberIn } from './context.js';
import { attributeValueFields } from './gatt-values.js';
import { type Layer, pduLayer } from './layer.js';
import { describeUuid } from './names.js';
import type { Span } from './span.js';
import type { PendingRequest } from './state.js';
import type { ReadableField } from './tree.js';
import { Walk } from './walk.js';

/** What is known of the attributes and requests that an ATT PDU belongs to. */
export interface AttKnowledge {
  /** The request that a response answers. */
  readonly request?: PendingRequest | undefined;
  /** The type of an attribute of the server that the PDU is about. */
  readonly typeOf?: (handle: number) => Uuid | undefined;
}

const opcode = /* @__PURE__ */ meaning(u8, { hex: true });
const handle = /* @__PURE__ */ meaning(u16, { hex: true });
const SIGNATURE = 12;

/** An ATT PDU for a reader. */
export function attLayer(span: Span, context: DecodeContext, known: AttKnowledge = {}): Layer {
  const code = span.octet(0);
  const definition = code === undefined ? undefined : attPduByOpcode(code);
  const name = definition?.name ?? (code === undefined ? 'empty PDU' : `PDU ${hexCode(code)}`);
  const parameters: Fields = definition?.parameters.fields ?? { parameters: rest };
  const apart = definition && span.size > 1 ? takenApart(code!, span.part(1)) : undefined;
  const fields = walkOf(code, span, context, known)
    .fields({ opcode, ...parameters, ...apart }, span)
    .map((field) => (field.key === 'length' ? { ...field, structural: true } : field))
    // In the lists of a discovery the types are told by the list itself.
    .map((field) => (isDiscovery(code) ? field : withTypes(field, context, known)));
  const at = known.request?.handle;
  const about = at === undefined ? '' : ` for ${describeHandle(at, context, known)}`;
  return pduLayer('att', `ATT ${name}`, fields, span, about);
}

/** Takes the values in a PDU apart where their type is known: from the request, or from an earlier discovery. */
function walkOf(code: number | undefined, pdu: Span, context: DecodeContext, known: AttKnowledge): Walk {
  const asked = listsTypes.has(code) ? (askedType(pdu) ?? known.request?.type) : undefined;
  return new Walk({
    names: context.names,
    inside: (key, span, siblings) => {
      if (key !== 'attributeValue') return undefined;
      const at = numberIn(siblings, 'attributeHandle') ?? known.request?.handle;
      const type = asked ?? (at === undefined ? undefined : known.typeOf?.(at));
      return type && valueFields(type, span, context);
    },
  });
}

/** PDUs whose values are of the type that was asked for. */
const listsTypes: ReadonlySet<number | undefined> = /* @__PURE__ */ new Set([
  AttOpcode.findByTypeValueReq,
  AttOpcode.readByTypeRsp,
  AttOpcode.readByGroupTypeRsp,
]);

function isDiscovery(code: number | undefined): boolean {
  return code === AttOpcode.findInformationRsp || listsTypes.has(code);
}

/** The fields that the declaration has as octets, laid out as these very octets have it. */
function takenApart(code: number, parameters: Span): Fields | undefined {
  const { size } = parameters;
  const first = parameters.octet(0)!;
  switch (code) {
    case AttOpcode.findInformationRsp: {
      const width = first === 1 ? 2 : first === 2 ? 16 : undefined;
      if (width === undefined) return undefined;
      return { informationData: repeated(struct({ attributeHandle: handle, uuid: uuid(width) })) };
    }
    case AttOpcode.findByTypeValueReq:
      return { attributeType: uuid(2) };
    case AttOpcode.findByTypeValueRsp:
      return {
        handlesInformationList: repeated(struct({ foundAttributeHandle: handle, groupEndHandle: handle })),
      };
    case AttOpcode.readByTypeReq:
      return size === 6 || size === 20 ? { attributeType: uuid(size === 6 ? 2 : 16) } : undefined;
    case AttOpcode.readByGroupTypeReq:
      return size === 6 || size === 20 ? { attributeGroupType: uuid(size === 6 ? 2 : 16) } : undefined;
    case AttOpcode.readByTypeRsp:
      return entries(first, { attributeHandle: handle });
    case AttOpcode.readByGroupTypeRsp:
      return entries(first, { attributeHandle: handle, endGroupHandle: handle });
    case AttOpcode.readMultipleReq:
    case AttOpcode.readMultipleVariableReq:
      return { setOfHandles: repeated(handle) };
    case AttOpcode.readMultipleVariableRsp:
      return { lengthValueTupleList: tuples(parameters) };
    case AttOpcode.multipleHandleValueNtf:
      return {
        handleLengthValueTupleList: repeated(struct({ attributeHandle: handle, attributeValue: sized(u16) })),
      };
    case AttOpcode.signedWriteCmd:
      return size < 2 + SIGNATURE
        ? undefined
        : { attributeValue: octets(size - 2 - SIGNATURE), authenticationSignature: octets(SIGNATURE) };
    default:
      return undefined;
  }
}

/** The entries of a list, each `length` octets long with a value behind the handles. */
function entries(length: number, handles: Fields): Fields | undefined {
  const size = length - 2 * Object.keys(handles).length;
  if (size < 0) return undefined;
  return { attributeDataList: repeated(struct({ ...handles, attributeValue: octets(size) })) };
}

/** The values of a Read Multiple Variable Response, of which the MTU may have cut the last one (Core Vol 3, Part F, 3.4.4.12). */
function tuples(span: Span) {
  const found: Record<string, ReturnType<typeof struct>> = {};
  for (let at = 0, index = 0; at < span.size; index++) {
    const left = Math.max(0, span.size - at - 2);
    const length = left === 0 ? 0 : Math.min(span.u16(at), left);
    found[index] = struct({ valueLength: u16, attributeValue: octets(length) });
    at += 2 + length;
  }
  return struct(found);
}

/** The type that a request asks for. */
export function askedType({ bytes, start, end, size }: Span): Uuid | undefined {
  switch (bytes[start]) {
    case AttOpcode.findByTypeValueReq:
      return size >= 7 ? Uuid.fromWire(bytes, start + 5, start + 7) : undefined;
    case AttOpcode.readByTypeReq:
    case AttOpcode.readByGroupTypeReq:
      return size === 7 || size === 21 ? Uuid.fromWire(bytes, start + 5, end) : undefined;
    default:
      return undefined;
  }
}

/** A value by its type; as octets where it does not have that type's layout. */
function valueFields(type: Uuid, span: Span, context: DecodeContext): ReadableField[] | undefined {
  const declared = type.short === undefined ? undefined : attributeValueFields(type.short, span.size);
  const fields = declared && context.plain.fields(declared, span);
  return fields?.some(({ malformed, key }) => malformed || key === 'trailing') ? undefined : fields;
}

/** Puts behind the handles in a field what their attributes are. */
function withTypes(field: ReadableField, context: DecodeContext, known: AttKnowledge): ReadableField {
  if (field.fields) {
    return { ...field, fields: field.fields.map((inside) => withTypes(inside, context, known)) };
  }
  if (field.key !== 'attributeHandle' || typeof field.value !== 'number') return field;
  return { ...field, text: describeHandle(field.value, context, known) };
}

function describeHandle(at: number, context: DecodeContext, known: AttKnowledge): string {
  const type = known.typeOf?.(at);
  const text = hexCode(at, 4);
  return type ? `${text} [${describeUuid(type, context.names.tables)}]` : text;
}
