/** Attribute values whose layout the specification has: Core Vol 3, Part G, 3; Part C, 12. */
import { type Fields, i8, meaning, octets, rest, u8, u16 } from '../core/codec.js';
import { utf8, uuid } from '../core/codec-text.js';

const handle = /* @__PURE__ */ meaning(u16, { hex: true });
const text = /* @__PURE__ */ { text: utf8 };

const properties = /* @__PURE__ */ meaning(u8, {
  bits: {
    0: 'Broadcast',
    1: 'Read',
    2: 'Write Without Response',
    3: 'Write',
    4: 'Notify',
    5: 'Indicate',
    6: 'Authenticated Signed Writes',
    7: 'Extended Properties',
  },
});

function serviceUuid(size: number): Fields | undefined {
  return size === 2 || size === 16 ? { serviceUuid: uuid(size) } : undefined;
}

const preferredInterval = /* @__PURE__ */ meaning(u16, {
  unit: [1.25, 'ms'],
  names: { 65535: 'no specific value' },
});

const layouts: Readonly<Record<number, (size: number) => Fields | undefined>> = {
  10240: serviceUuid,
  10241: serviceUuid,
  10242: (size) => ({
    includedServiceHandle: handle,
    endGroupHandle: handle,
    ...(size === 6 ? { serviceUuid: uuid(2) } : {}),
  }),
  10243: (size) =>
    size === 5 || size === 19
      ? { properties, valueHandle: handle, characteristicUuid: uuid(size === 5 ? 2 : 16) }
      : undefined,
  10496: () => ({
    extendedProperties: meaning(u16, { bits: { 0: 'Reliable Write', 1: 'Writable Auxiliaries' } }),
  }),
  10497: () => text,
  10498: () => ({ configuration: meaning(u16, { bits: { 0: 'Notification', 1: 'Indication' } }) }),
  10499: () => ({ configuration: meaning(u16, { bits: { 0: 'Broadcast' } }) }),
  10500: () => ({
    format: meaning(u8, { hex: true }),
    exponent: i8,
    unit: { ...uuid(2) },
    nameSpace: u8,
    description: handle,
  }),
  // Device Name
  10752: () => text,
  // Appearance
  10753: () => ({ appearance: meaning(u16, { refersTo: 'appearance' }) }),
  // Peripheral Preferred Connection Parameters
  10756: () => ({
    intervalMin: preferredInterval,
    intervalMax: preferredInterval,
    latency: u16,
    timeout: meaning(u16, { unit: [10, 'ms'], names: { 65535: 'no specific value' } }),
  }),
  // Service Changed
  10757: () => ({ startOfAffectedRange: handle, endOfAffectedRange: handle }),
  // Central Address Resolution, Resolvable Private Address Only
  10918: () => ({ supported: u8 }),
  10953: () => ({ rpaOnly: u8 }),
  // Client and Server Supported Features, Database Hash
  11049: () => ({
    features: meaning(rest, {
      bits: { 0: 'Robust Caching', 1: 'Enhanced ATT bearer', 2: 'Multiple Handle Value Notifications' },
    }),
  }),
  11050: () => ({ hash: octets(16) }),
  11066: () => ({ features: meaning(rest, { bits: { 0: 'EATT Supported' } }) }),
};

/** The layout of an attribute's value of `size` octets by its type; `undefined` where nobody here knows it. */
export function attributeValueFields(type: number, size: number): Fields | undefined {
  return size === 0 ? undefined : layouts[type]?.(size);
}
