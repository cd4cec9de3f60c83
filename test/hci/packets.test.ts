import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, type Field, MalformedPacketError } from '../../src/core/index.js';
import { aclPacket } from '../../src/hci/acl-packet.js';
import { leSetAdvertisingData } from '../../src/hci/commands/index.js';
import type { AnyCommand, AnyEvent } from '../../src/hci/definition.js';
import { isoPacket } from '../../src/hci/iso-packet.js';
import { allCommands, allEvents, commandByOpcode, eventByCode } from '../../src/hci/registry.js';
import * as espressif from '../../src/hci/vendor/espressif.js';
import * as nimble from '../../src/hci/vendor/nimble.js';
import * as softdevice from '../../src/hci/vendor/softdevice.js';
import * as zephyr from '../../src/hci/vendor/zephyr.js';
import { valuesOf } from '../support/arbitraries.js';

const isDefinition = (value: unknown): value is AnyCommand | AnyEvent =>
  typeof value === 'object' && value !== null && 'parameters' in value;
const vendors = [espressif, nimble, softdevice, zephyr].flatMap((module) =>
  Object.values<unknown>(module).filter(isDefinition),
);

/** Every declared layout under a name of its own: those of the specification, and those of vendors. */
const layouts: [name: string, layout: Field<unknown>][] = [...allCommands, ...allEvents, ...vendors].flatMap(
  (one): [string, Field<unknown>][] => {
    const layout: [string, Field<unknown>] = [one.name, one.parameters];
    if (one.type === 'event' || !one.returns) return [layout];
    return [layout, [`the return parameters of ${one.name}`, one.returns]];
  },
);

function write(layout: Field<unknown>, value: unknown): Uint8Array {
  const writer = new ByteWriter();
  layout.write(writer, value);
  return writer.finish();
}

/** Random octets; of the length of the layout often enough that it can be read, and few, so that counts are met. */
function octetsFor({ size }: Field<unknown>): fc.Arbitrary<Uint8Array> {
  const any = fc.uint8Array({ maxLength: 255 });
  const few = fc.array(fc.nat(3), { maxLength: 255 }).map((values) => Uint8Array.from(values));
  const zeros = fc.nat(255).map((length) => new Uint8Array(length));
  const right = size === undefined ? any : fc.uint8Array({ minLength: size, maxLength: size });
  return fc.oneof(any, few, right, zeros);
}

describe('every declared packet', () => {
  it('is read as it was written (Vol 4, Part E, 5.2)', () => {
    for (const [name, layout] of layouts) {
      fc.assert(
        fc.property(valuesOf(layout), (value) => {
          const bytes = write(layout, value);
          const reader = new ByteReader(bytes);
          expect(layout.read(reader), name).toEqual(value);
          expect(reader.remaining, `${name}: octets left over`).toBe(0);
          if (layout.size !== undefined) expect(bytes.length, `${name}: size`).toBe(layout.size);
        }),
        { numRuns: 20 },
      );
    }
  });

  it('is read from random octets and written as they came, or gives MalformedPacketError', () => {
    for (const [name, layout] of layouts) {
      let read = 0;
      fc.assert(
        fc.property(octetsFor(layout), (bytes) => {
          const reader = new ByteReader(bytes);
          let value: unknown;
          try {
            value = layout.read(reader);
          } catch (error) {
            expect(error, name).toBeInstanceOf(MalformedPacketError);
            return;
          }
          read++;
          // What stands behind the last field is nobody's.
          expect(write(layout, value), name).toEqual(bytes.subarray(0, reader.offset));
        }),
        { numRuns: 30, examples: [[new Uint8Array(255)]] },
      );
      expect(read, `${name} was never read`).toBeGreaterThan(0);
    }
  });

  it('is refused when it ends before its last field', () => {
    for (const [name, layout] of layouts) {
      if (!layout.size) continue;
      const reader = new ByteReader(new Uint8Array(layout.size - 1));
      expect(() => layout.read(reader), name).toThrow(MalformedPacketError);
    }
  });

  it('is found by its code, and only what is declared is', () => {
    for (const command of allCommands) expect(commandByOpcode(command.opcode)).toBe(command);
    for (const event of allEvents) expect(eventByCode(event.code, event.subevent)).toBe(event);
    expect(commandByOpcode(0xfc01)).toBeUndefined();
    expect(eventByCode(0x42)).toBeUndefined();
    expect(eventByCode(0x3e, 0xff)).toBeUndefined();
    expect(eventByCode(0x3e)?.name).toBe('LE_Meta');
  });
});

describe('legacy advertising data (Vol 4, Part E, 7.8.7)', () => {
  it('is its significant octets, in a field of 31 behind their count', () => {
    const bytes = leSetAdvertisingData.parameters.encode({ advertisingData: Uint8Array.of(2, 1, 6) });
    expect([...bytes]).toEqual([3, 2, 1, 6, ...new Array(28).fill(0)]);
    const { advertisingData } = leSetAdvertisingData.parameters.read(new ByteReader(bytes));
    expect([...advertisingData]).toEqual([2, 1, 6]);
  });

  it('has 31 octets at most, both ways', () => {
    const wrong = new Uint8Array(32).fill(32);
    expect(() => leSetAdvertisingData.parameters.encode({ advertisingData: wrong })).toThrow(
      /field advertisingData: 32 octets do not fit/,
    );
    expect(() => leSetAdvertisingData.parameters.read(new ByteReader(wrong))).toThrow(MalformedPacketError);
  });
});

describe('what a decoder has to keep', () => {
  it('is what stands behind significant octets, for the array that was read', () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 3 : i));
    const read = leSetAdvertisingData.parameters.read(new ByteReader(bytes));
    expect([...read.advertisingData]).toEqual([1, 2, 3]);
    expect(leSetAdvertisingData.parameters.encode(read)).toEqual(bytes);
    // A copy is the user's, who means these octets and no others.
    const copy = { advertisingData: read.advertisingData.slice() };
    expect([...leSetAdvertisingData.parameters.encode(copy)]).toEqual([3, 1, 2, 3, ...new Array(28).fill(0)]);
  });

  it('are the reserved bits of ISO packets, where they are set (Vol 4, Part E, 5.4.5)', () => {
    const packet = Uint8Array.of(0x34, 0xa2, 0x06, 0xc0, 0x01, 0x00, 0x02, 0x70, 0xaa, 0xbb);
    const value = isoPacket.read(new ByteReader(packet));
    expect(value.reserved).toEqual({ handle: 1, load: 3, sdu: 3 });
    expect(write(isoPacket, value)).toEqual(packet);
    const clean = Uint8Array.of(0x34, 0x22, 0x06, 0x00, 0x01, 0x00, 0x02, 0x40, 0xaa, 0xbb);
    expect(isoPacket.read(new ByteReader(clean))).not.toHaveProperty('reserved');
  });
});

describe('data packets', () => {
  const fragment = fc.uint8Array({ maxLength: 40 });

  it('of ACL round-trip (Vol 4, Part E, 5.4.2)', () => {
    const header = fc.record({
      connectionHandle: fc.nat(0xfff),
      packetBoundaryFlag: fc.nat(3),
      broadcastFlag: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.record({ header, data: fragment }), (value) => {
        expect(aclPacket.read(new ByteReader(aclPacket.encode(value)))).toEqual(value);
      }),
    );
    const bytes = aclPacket.encode({
      header: { connectionHandle: 0xedc, packetBoundaryFlag: 2, broadcastFlag: 1 },
      data: new Uint8Array([7]),
    });
    expect([...bytes]).toEqual([0xdc, 0x6e, 1, 0, 7]);
  });

  it('of ISO round-trip, with and without time stamp and SDU header (Vol 4, Part E, 5.4.5)', () => {
    const sdu = fc.record({
      packetSequenceNumber: fc.nat(0xffff),
      isoSduLength: fc.nat(0xfff),
      packetStatusFlag: fc.nat(3),
    });
    const packet = fc.nat(3).chain((packetBoundaryFlag) =>
      fc.record({
        connectionHandle: fc.nat(0xfff),
        packetBoundaryFlag: fc.constant(packetBoundaryFlag),
        timeStamp: fc.option(fc.nat(), { nil: undefined }),
        sdu: packetBoundaryFlag % 2 === 0 ? sdu : fc.constant(undefined),
        data: fragment,
      }),
    );
    fc.assert(
      fc.property(packet, (value) => {
        expect(isoPacket.read(new ByteReader(write(isoPacket, value)))).toEqual(value);
      }),
    );
  });

  it('refuse a number that does not fit its bits', () => {
    const header = { connectionHandle: 0x1000, packetBoundaryFlag: 0, broadcastFlag: 0 };
    expect(() => aclPacket.encode({ header, data: new Uint8Array() })).toThrow(
      /connectionHandle: 4096 does not fit: 0 to 4095/,
    );
    expect(() =>
      write(isoPacket, { connectionHandle: 1, packetBoundaryFlag: 1, sdu: {}, data: new Uint8Array() }),
    ).toThrow(/first or only fragment/);
  });
});
