import { bits, type Field, struct, u16, u32 } from '../core/codec.js';
import { MalformedPacketError } from '../core/errors.js';

/** Packet_Boundary_Flag of ISO data: Core Vol 4, Part E, 5.4.5. */
export const IsoBoundary = {
  /** The first fragment of an SDU of several. */
  first: 0,
  continuing: 1,
  /** A whole SDU. */
  complete: 2,
  last: 3,
} as const;

/** What every ISO data packet begins with. Core Vol 4, Part E, 5.4.5 */
export const isoHeader = /* @__PURE__ */ struct({
  header: /* @__PURE__ */ bits(u16, { connectionHandle: 12, packetBoundaryFlag: 2, timeStampFlag: 1 }),
  load: /* @__PURE__ */ bits(u16, { isoDataLoadLength: 14 }),
});

/** What stands before the first or only fragment of an SDU, behind the time stamp. Core Vol 4, Part E, 5.4.5 */
export const isoSduHeader = /* @__PURE__ */ struct({
  packetSequenceNumber: u16,
  sdu: /* @__PURE__ */ bits(u16, { isoSduLength: 12, rfu: 2, packetStatusFlag: 2 }),
});

/** An ISO data packet. */
export interface IsoPacket {
  readonly connectionHandle: number;
  /** See {@link IsoBoundary}. */
  readonly packetBoundaryFlag: number;
  /** Microseconds of the controller's clock, where the packet has a time stamp. */
  readonly timeStamp?: number | undefined;
  /** Of the first or only fragment of an SDU: its number, whole length and status (0 valid, 1 perhaps not, 2 lost). */
  readonly sdu?:
    | {
        readonly packetSequenceNumber: number;
        readonly isoSduLength: number;
        readonly packetStatusFlag: number;
      }
    | undefined;
  /** The fragment. Reading gives a view. */
  readonly data: Uint8Array;
  /** The reserved bits of the three headers, where one of them is not zero: so that what was read is written as it came. */
  readonly reserved?: { readonly handle: number; readonly load: number; readonly sdu: number } | undefined;
}

const HEADER = 4;
const TIME_STAMP = 4;
const SDU_HEADER = 4;

/** An ISO data packet, without the H4 indicator. Core Vol 4, Part E, 5.4.5 */
export const isoPacket: Field<IsoPacket> = {
  kind: 'ISO data packet',
  size: undefined,
  read(reader) {
    const { header, load } = isoHeader.read(reader);
    const { connectionHandle, packetBoundaryFlag } = header;
    const sduBegins = beginsSdu(packetBoundaryFlag);
    const extra = (header.timeStampFlag ? TIME_STAMP : 0) + (sduBegins ? SDU_HEADER : 0);
    const length = load.isoDataLoadLength - extra;
    if (length < 0) {
      throw new MalformedPacketError(
        `ISO data too short: ${load.isoDataLoadLength} octets where ${extra} octets of headers belong`,
        HEADER,
      );
    }
    const timeStamp = header.timeStampFlag ? u32.read(reader) : undefined;
    let sdu: IsoPacket['sdu'];
    let rfu = 0;
    if (sduBegins) {
      const { packetSequenceNumber, sdu: bitsOfSdu } = isoSduHeader.read(reader);
      const { isoSduLength, packetStatusFlag } = bitsOfSdu;
      sdu = { packetSequenceNumber, isoSduLength, packetStatusFlag };
      rfu = bitsOfSdu.rfu;
    }
    const packet = { connectionHandle, packetBoundaryFlag, timeStamp, sdu, data: reader.view(length) };
    const reserved = { handle: header.reserved ?? 0, load: load.reserved ?? 0, sdu: rfu };
    return reserved.handle + reserved.load + rfu > 0 ? { ...packet, reserved } : packet;
  },
  write(writer, { connectionHandle, packetBoundaryFlag, timeStamp, sdu, data, reserved }) {
    if (beginsSdu(packetBoundaryFlag) !== (sdu !== undefined)) {
      throw new RangeError(`sdu: the first or only fragment of an SDU has one, others have none`);
    }
    const extra = (timeStamp === undefined ? 0 : TIME_STAMP) + (sdu === undefined ? 0 : SDU_HEADER);
    isoHeader.write(writer, {
      header: {
        connectionHandle,
        packetBoundaryFlag,
        timeStampFlag: timeStamp === undefined ? 0 : 1,
        reserved: reserved?.handle ?? 0,
      },
      load: { isoDataLoadLength: extra + data.length, reserved: reserved?.load ?? 0 },
    });
    if (timeStamp !== undefined) u32.write(writer, timeStamp);
    if (sdu !== undefined) {
      const { packetSequenceNumber, isoSduLength, packetStatusFlag } = sdu;
      isoSduHeader.write(writer, {
        packetSequenceNumber,
        sdu: { isoSduLength, rfu: reserved?.sdu ?? 0, packetStatusFlag },
      });
    }
    writer.bytes(data);
  },
};

function beginsSdu(boundary: number): boolean {
  return boundary === IsoBoundary.first || boundary === IsoBoundary.complete;
}
