import { ByteWriter } from '../core/bytes.js';
import { concatBytes } from '../core/hex.js';
import { writeParameters } from '../core/parameters.js';
import { aclPacket } from './acl-packet.js';
import { commandOf, type DecodedPacket, eventDefinition, type VendorDeclarations } from './decode.js';
import { commandComplete } from './events/controller.js';
import { isoPacket } from './iso-packet.js';
import { PacketType } from './packet-type.js';

/** What {@link encodePacket} needs of a packet. */
export type EncodablePacket = Pick<DecodedPacket, 'type' | 'code' | 'fields'> &
  Partial<Pick<DecodedPacket, 'subevent' | 'saidLength' | 'trailing' | 'malformed'>>;

/**
 * The octets of a packet, without the H4 indicator: of one from `decodePacket` the very octets it came from, reserved bits,
 * octets behind the fields and wrong lengths included.
 * @param vendor the declarations that the packet was decoded with
 * @throws {RangeError | TypeError} on fields that do not fit
 */
export function encodePacket(packet: EncodablePacket, vendor?: VendorDeclarations): Uint8Array {
  const { type, code, fields, malformed } = packet;
  const { data } = fields;
  // A packet that could not be read is there whole.
  if (data instanceof Uint8Array && (malformed || Object.keys(fields).length === 1)) return data.slice();
  switch (type) {
    case PacketType.command: {
      const body = writeParameters(commandOf(code, vendor)?.parameters, packet);
      return headed([code & 0xff, code >> 8], body, packet);
    }
    case PacketType.event: {
      const body = eventBody(packet, vendor);
      return headed(
        [code],
        packet.subevent === undefined ? body : concatBytes(Uint8Array.of(packet.subevent), body),
        packet,
      );
    }
    case PacketType.acl: {
      const { data: payload, ...header } = fields;
      return written((writer) => aclPacket.write(writer, { header, data: payload } as never), packet);
    }
    case PacketType.iso:
      return written((writer) => isoPacket.write(writer, fields as never), packet);
    default:
      throw new RangeError(`a packet of type ${type} is written from fields.data alone`);
  }
}

function headed(code: readonly number[], body: Uint8Array, { saidLength }: EncodablePacket): Uint8Array {
  const length = saidLength ?? body.length;
  if (length > 0xff) throw new RangeError(`${length} octets of parameters do not fit: at most 255 do`);
  return concatBytes(Uint8Array.of(...code, length), body);
}

function written(write: (writer: ByteWriter) => void, { trailing }: EncodablePacket): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  if (trailing) writer.bytes(trailing);
  return writer.finish();
}

function eventBody(packet: EncodablePacket, vendor: VendorDeclarations | undefined): Uint8Array {
  const { code, subevent, fields, trailing } = packet;
  const event = eventDefinition(code, subevent, vendor);
  const returned = fields['returnParameters'];
  if (event !== commandComplete || returned === undefined || returned instanceof Uint8Array) {
    return writeParameters(event?.parameters, packet);
  }
  const command = commandOf(fields['commandOpcode'] as number, vendor);
  if (!command?.returns) {
    throw new TypeError('field returnParameters: of a command that is not known, octets are wanted');
  }
  const values = returned as Record<string, unknown>;
  // A refusal has its Status alone.
  const isRefusal = values['status'] !== 0 && Object.keys(values).length === 1;
  const returnParameters = isRefusal
    ? Uint8Array.of(values['status'] as number)
    : writeParameters(command.returns, { fields: values, trailing: undefined });
  return writeParameters(event.parameters, { fields: { ...fields, returnParameters }, trailing });
}
