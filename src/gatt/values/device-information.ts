import { u8, u16, u24 } from '../../core/codec.js';
import { type ValueCodec, valueCodec } from './codec.js';
import { type Layout, record, text } from './layout.js';

/** Manufacturer Name String, 0x2A29. */
export const manufacturerName: ValueCodec<string> = /* @__PURE__ */ valueCodec(
  0x2a29,
  'Manufacturer Name String',
  text,
);
/** Model Number String, 0x2A24. */
export const modelNumber: ValueCodec<string> = /* @__PURE__ */ valueCodec(
  0x2a24,
  'Model Number String',
  text,
);
/** Serial Number String, 0x2A25. */
export const serialNumber: ValueCodec<string> = /* @__PURE__ */ valueCodec(
  0x2a25,
  'Serial Number String',
  text,
);
/** Firmware Revision String, 0x2A26. */
export const firmwareRevision: ValueCodec<string> = /* @__PURE__ */ valueCodec(
  0x2a26,
  'Firmware Revision String',
  text,
);
/** Hardware Revision String, 0x2A27. */
export const hardwareRevision: ValueCodec<string> = /* @__PURE__ */ valueCodec(
  0x2a27,
  'Hardware Revision String',
  text,
);
/** Software Revision String, 0x2A28. */
export const softwareRevision: ValueCodec<string> = /* @__PURE__ */ valueCodec(
  0x2a28,
  'Software Revision String',
  text,
);

/** System ID: GATT Specification Supplement: a device's EUI-64, in its two parts. */
export interface SystemId {
  /** 40 bits. */
  readonly manufacturerDefinedIdentifier: number;
  /** 24 bits, as the IEEE assigned them. */
  readonly organizationallyUniqueIdentifier: number;
}

const u40: Layout<number> = {
  read(reader) {
    const low = reader.u32();
    return low + reader.u8() * 2 ** 32;
  },
  write(writer, value) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 40)
      throw new RangeError(`${value} is not permitted; an integer of 40 bits is`);
    writer.u32(value % 2 ** 32).u8(Math.floor(value / 2 ** 32));
  },
};

/** System ID, 0x2A23. */
export const systemId: ValueCodec<SystemId> = /* @__PURE__ */ valueCodec(
  0x2a23,
  'System ID',
  /* @__PURE__ */ record<SystemId>({
    manufacturerDefinedIdentifier: u40,
    organizationallyUniqueIdentifier: u24,
  }),
);

/** PnP ID. */
export interface PnpId {
  /** Who assigned the vendor's number: 1 the Bluetooth SIG, 2 the USB Implementers Forum. */
  readonly vendorIdSource: number;
  readonly vendorId: number;
  readonly productId: number;
  /** 0xJJMN is version JJ.M.N. */
  readonly productVersion: number;
}

/** PnP ID, 0x2A50. */
export const pnpId: ValueCodec<PnpId> = /* @__PURE__ */ valueCodec(
  0x2a50,
  'PnP ID',
  /* @__PURE__ */ record<PnpId>({ vendorIdSource: u8, vendorId: u16, productId: u16, productVersion: u16 }),
);
