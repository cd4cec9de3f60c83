import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.js';
import { describePackets } from '../../src/decode/index.js';
import { PacketTrail } from '../../src/hci/packet-trail.js';
import { commandPacket, eventPacket } from '../support/packets.js';

describe('describePackets', () => {
  it('gives a line for each packet, with its direction', () => {
    const reset = { sent: true, bytes: commandPacket(0x0c03) };
    const complete = { sent: false, bytes: eventPacket(0x0e, '01 030c 00') };
    expect(describePackets([reset, complete])).toEqual([
      '> Command Reset',
      '< Event Command_Complete Reset: Status 0x00 (Success)',
    ]);
    expect(describePackets([])).toEqual([]);
  });

  it('follows the stream: the manufacturer that one packet tells makes the next known', () => {
    const version = { sent: false, bytes: eventPacket(0x0e, '01 0110 00 0c 0000 0c f105 0000') };
    const vendors = { sent: true, bytes: commandPacket(0xfc0f, '02 4000') };
    expect(describePackets([vendors, version, vendors]).map((line) => line.slice(0, 24))).toEqual([
      '> Command Vendor_Command',
      '< Event Command_Complete',
      '> Command Zephyr Read_Tx',
    ]);
  });

  it("describes a host's trail of packets", () => {
    const trail = new PacketTrail(new SimulatedClock());
    const packet = commandPacket(0x0406, '4000 13');
    trail.add(true, packet[0]!, packet, 1, packet.length);
    const packets = trail.entries().map(({ sent, packet: bytes }) => ({ sent, bytes }));
    expect(describePackets(packets)).toEqual([
      '> Command Disconnect: Connection_Handle 0x0040, Reason 0x13 (Remote User Terminated Connection)',
    ]);
  });
});
