/** What Zephyr's firmware tells when it comes to its end. */
import type { ByteReader, ByteWriter } from '../../core/bytes.js';
import { type Field, meaning, rest, struct, u8, u32, u64, zeroTerminated } from '../../core/codec.js';

/** The registers of an ARM Cortex-M at an exception. */
export interface CortexMRegisters {
  readonly a1: number;
  readonly a2: number;
  readonly a3: number;
  readonly a4: number;
  readonly ip: number;
  readonly lr: number;
  readonly pc: number;
  readonly xpsr: number;
}

const CORTEX_M = 1;
const cortexM = /* @__PURE__ */ struct({
  a1: u32,
  a2: u32,
  a3: u32,
  a4: u32,
  ip: u32,
  lr: u32,
  pc: u32,
  xpsr: u32,
});

/** The state of the processor: registers where its kind is known, octets otherwise. */
export type ZephyrCpuData =
  | { readonly cpuType: 1; readonly registers: CortexMRegisters }
  | { readonly cpuType: number; readonly octets: Uint8Array };

/** The kind of the processor, and its state. */
const cpuData: Field<ZephyrCpuData> = {
  kind: 'kind and state of a processor',
  size: undefined,
  read(reader: ByteReader) {
    const cpuType = reader.u8();
    // A cut frame is kept as it came.
    if (cpuType === CORTEX_M && reader.remaining >= 32) return { cpuType, registers: cortexM.read(reader) };
    return { cpuType, octets: reader.rest() };
  },
  write(writer: ByteWriter, value) {
    writer.u8(value.cpuType);
    if ('registers' in value) cortexM.write(writer, value.registers);
    else writer.bytes(value.octets);
  },
};

/** `K_ERR_…` of Zephyr: why the processor stopped. */
const stopReason = /* @__PURE__ */ meaning(u32, {
  names: {
    0: 'processor exception',
    1: 'spurious interrupt',
    2: 'stack overflow',
    3: 'kernel oops',
    4: 'kernel panic',
  },
});

/** The fields of an exception. */
export const zephyrStackFrame = { reason: stopReason, cpu: cpuData };
/** The fields of a place in the sources. */
export const zephyrPlace = { file: zeroTerminated, line: u32 };

const stackFrame = /* @__PURE__ */ struct(zephyrStackFrame);
const place = /* @__PURE__ */ struct(zephyrPlace);
const trace = /* @__PURE__ */ struct({ pc: u64, file: zeroTerminated, line: u32 });

/**
 * Why the firmware came to its end. `type` is the octet in front, by which hci_vs.h tells the kinds apart. Zephyr's link
 * layer leaves it away before the place of a failed assertion: `type` is `undefined` then.
 */
export type ZephyrFatalError =
  | { readonly type: 1; readonly reason: number; readonly cpu: ZephyrCpuData }
  | { readonly type: 2 | undefined; readonly file: string; readonly line: number }
  | { readonly type: 3; readonly pc: bigint; readonly file: string; readonly line: number }
  | { readonly type: number; readonly data: Uint8Array };

/** See {@link ZephyrFatalError}. */
export const fatalError: Field<ZephyrFatalError> = {
  kind: "Zephyr's fatal error",
  size: undefined,
  read(reader: ByteReader) {
    // The name of a file begins with no control character.
    if ((reader.bytes[reader.offset] ?? 0) >= 0x20 && reader.remaining > 0)
      return { type: undefined, ...place.read(reader) };
    const type = reader.u8();
    switch (type) {
      case 1:
        // Some firmware has the kind only.
        return reader.remaining < 5 ? { type, data: reader.rest() } : { type, ...stackFrame.read(reader) };
      case 2:
        return { type, ...place.read(reader) };
      case 3:
        return { type, ...trace.read(reader) };
      default:
        return { type, data: reader.rest() };
    }
  },
  write(writer: ByteWriter, value) {
    if (value.type !== undefined) u8.write(writer, value.type);
    if ('data' in value) rest.write(writer, value.data);
    else if ('cpu' in value) stackFrame.write(writer, value);
    else if ('pc' in value) trace.write(writer, value);
    else place.write(writer, value);
  },
};
