import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Address, BdAddr, ByteReader, SimulatedClock, seededRandom, toHex } from '../../../src/core/index.js';
import { Link } from '../../../src/virtual/air/link.js';
import { Air } from '../../../src/virtual/index.js';
import { Connection } from '../../../src/virtual/link-layer/connection.js';
import {
  type ConnectionEvents,
  Role,
  type RoleCode,
  type StreamSignalling,
} from '../../../src/virtual/link-layer/connection-state.js';
import * as pdus from '../../../src/virtual/link-layer/control-pdu.js';
import { minimumLengths } from '../../../src/virtual/link-layer/data-length.js';
import { defaultSubrateRange } from '../../../src/virtual/link-layer/subrating.js';

type AnyPdu = pdus.ControlPdu<unknown>;

const all = Object.values(pdus as unknown as Record<string, AnyPdu | ((...args: never[]) => unknown)>).filter(
  (value): value is AnyPdu => typeof value !== 'function',
);

const nothing: ConnectionEvents = {
  hasRoomForData: () => true,
  dataReceived: () => {},
  packetCompleted: () => {},
  disconnected: () => {},
  connectionUpdated: () => {},
  remoteVersionRead: () => {},
  remoteFeaturesRead: () => {},
  dataLengthChanged: () => {},
  phyUpdated: () => {},
  parametersRequested: () => true,
  peerClockAccuracyRead: () => {},
  transmitPowerReported: () => {},
  subrateChanged: () => {},
  pathLossZoneEntered: () => {},
  payloadTimeoutExpired: () => {},
  longTermKeyRequested: () => true,
  encryptionChanged: () => {},
  encryptionKeyRefreshed: () => {},
};

const noStreams: StreamSignalling = {
  requested: () => {},
  indicated: () => {},
  rejectedByCentral: () => {},
  terminatedByPeer: () => {},
};

/** One end of a connection, alone on an air. */
function end(role: RoleCode, features: bigint): Connection {
  const air = new Air({ clock: new SimulatedClock(), random: seededRandom(1) });
  const radio = { name: 'one', position: { x: 0, y: 0, z: 0 }, txPower: 0, sensitivity: -95 };
  const supportedLengths = { maxTxOctets: 251, maxTxTime: 2120, maxRxOctets: 251, maxRxTime: 2120 };
  const version = { lmpVersion: 13, manufacturer: 0xffff, subversion: 1 };
  return new Connection(
    {
      air,
      radio,
      random: air.random,
      features,
      version,
      supportedLengths,
      sca: 4,
      txPowerRange: { min: 0, max: 0 },
      goldenRange: undefined,
      defaultSubrate: defaultSubrateRange,
      events: nothing,
      isochronous: noStreams,
      periodicSyncOffered: () => {},
    },
    {
      handle: 1,
      role,
      own: new Address(BdAddr.zero, 0),
      peer: new Address(BdAddr.zero, 1),
      localRpa: BdAddr.zero,
      peerRpa: BdAddr.zero,
      link: new Link(air),
      parameters: { interval: 6, latency: 0, timeout: 100 },
      channelMap: new Uint8Array(5),
      sca: 0,
      phy: 1,
      lengths: minimumLengths,
      preferredTxPhys: 0,
      preferredRxPhys: 0,
    },
  );
}

describe('LL Control PDUs', () => {
  it.each(all.map((pdu) => [pdu.name, pdu] as const))('%s is read as it was written', (_name, pdu) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: pdu.body.size!, maxLength: pdu.body.size! }), (octets) => {
        const values = pdu.body.read(new ByteReader(octets));
        const encoded = pdus.encodeControlPdu(pdu, values);
        expect(encoded[0]).toBe(pdu.opcode);
        expect(toHex(encoded.subarray(1))).toBe(toHex(octets));
      }),
      { numRuns: 30 },
    );
  });

  it('have the lengths of the specification (Vol 6, Part B, 2.4.2)', () => {
    const lengths = Object.fromEntries(all.map(({ name, body }) => [name, body.size]));
    expect(lengths).toEqual({
      LL_CONNECTION_UPDATE_IND: 11,
      LL_CHANNEL_MAP_IND: 7,
      LL_TERMINATE_IND: 1,
      LL_ENC_REQ: 22,
      LL_ENC_RSP: 12,
      LL_START_ENC_REQ: 0,
      LL_START_ENC_RSP: 0,
      LL_UNKNOWN_RSP: 1,
      LL_FEATURE_REQ: 8,
      LL_FEATURE_RSP: 8,
      LL_PAUSE_ENC_REQ: 0,
      LL_PAUSE_ENC_RSP: 0,
      LL_VERSION_IND: 5,
      LL_REJECT_IND: 1,
      LL_PERIPHERAL_FEATURE_REQ: 8,
      LL_CONNECTION_PARAM_REQ: 23,
      LL_CONNECTION_PARAM_RSP: 23,
      LL_CLOCK_ACCURACY_REQ: 1,
      LL_CLOCK_ACCURACY_RSP: 1,
      LL_POWER_CONTROL_REQ: 3,
      LL_POWER_CONTROL_RSP: 4,
      LL_POWER_CHANGE_IND: 4,
      LL_SUBRATE_REQ: 10,
      LL_SUBRATE_IND: 10,
      LL_REJECT_EXT_IND: 2,
      LL_PING_REQ: 0,
      LL_PING_RSP: 0,
      LL_LENGTH_REQ: 8,
      LL_LENGTH_RSP: 8,
      LL_PHY_REQ: 2,
      LL_PHY_RSP: 2,
      LL_PHY_UPDATE_IND: 4,
    });
  });

  it('that are unknown, of a wrong length, or for the other role are answered by LL_UNKNOWN_RSP', () => {
    const answers = (role: RoleCode, ...octets: number[]) => {
      const { control } = end(role, ~0n & 0xffffn);
      control.receive(Uint8Array.from(octets));
      const pdu = control.takePdu();
      return pdu && toHex(pdu);
    };
    expect(answers(Role.central, 0x55)).toBe('0755');
    expect(answers(Role.central, 0x12, 0x00)).toBe('0712');
    expect(answers(Role.peripheral, 0x14, 0x1b)).toBe('0714');
    expect(answers(Role.central, 0x02 - 1, 1, 2, 3, 4, 5, 6, 7)).toBe('0701');
    expect(answers(Role.peripheral, 0x0e, 1, 2, 3, 4, 5, 6, 7, 8)).toBe('070e');
    expect(answers(Role.central, 0x07, 0x55, 0x00)).toBeUndefined();
  });

  it('are answered without LE Ping by LL_UNKNOWN_RSP, with it by LL_PING_RSP', () => {
    for (const [features, answer] of [
      [0n, '0712'],
      [1n << 4n, '13'],
    ] as const) {
      const { control } = end(Role.peripheral, features);
      control.receive(Uint8Array.of(0x12));
      expect(toHex(control.takePdu()!)).toBe(answer);
    }
  });

  it('of any octets are taken by either role without an error', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<RoleCode>(0, 1),
        fc.array(fc.tuple(fc.nat(0x28), fc.uint8Array({ maxLength: 24 })), { maxLength: 30 }),
        (role, received) => {
          const { control } = end(role, 0xff_ffff_ffffn);
          for (const [opcode, body] of received) {
            control.receive(Uint8Array.of(opcode, ...body));
            while (control.takePdu()) {
              // As if sent.
            }
          }
        },
      ),
    );
  });
});
