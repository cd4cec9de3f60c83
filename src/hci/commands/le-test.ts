/** Direct test mode: Core Vol 4, Part E, 7.8.28 to 7.8.30. */
import { list, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';
import { phy, phyAndCoding, status } from '../fields/common.js';
import {
  cteLength,
  cteType,
  modulationIndex,
  slotDurations,
  testPayload,
  testTxPower,
} from '../fields/direction-finding.js';

/** Receives test packets on LE 1M. Core Vol 4, Part E, 7.8.28 */
export const leReceiverTestV1 = /* @__PURE__ */ command(0x201d, 'LE_Receiver_Test [v1]', {
  section: '7.8.28',
  supported: [28, 4],
  since: '4.0',
  parameters: { rxChannel: u8 },
  returns: { status },
});

/** Receives test packets on a PHY. Core Vol 4, Part E, 7.8.28 */
export const leReceiverTestV2 = /* @__PURE__ */ command(0x2033, 'LE_Receiver_Test [v2]', {
  section: '7.8.28',
  supported: [35, 7],
  since: '5.0',
  parameters: { rxChannel: u8, phy, modulationIndex },
  returns: { status },
});

/** Receives test packets with Constant Tone Extensions. Core Vol 4, Part E, 7.8.28 */
export const leReceiverTestV3 = /* @__PURE__ */ command(0x204f, 'LE_Receiver_Test [v3]', {
  section: '7.8.28',
  supported: [39, 3],
  since: '5.1',
  parameters: {
    rxChannel: u8,
    phy,
    modulationIndex,
    expectedCteLength: cteLength,
    expectedCteType: cteType,
    slotDurations,
    antennaIds: /* @__PURE__ */ list(u8, u8),
  },
  returns: { status },
});

/** Sends test packets on LE 1M. Core Vol 4, Part E, 7.8.29 */
export const leTransmitterTestV1 = /* @__PURE__ */ command(0x201e, 'LE_Transmitter_Test [v1]', {
  section: '7.8.29',
  supported: [28, 5],
  since: '4.0',
  parameters: { txChannel: u8, testDataLength: u8, packetPayload: testPayload },
  returns: { status },
});

/** Sends test packets on a PHY. Core Vol 4, Part E, 7.8.29 */
export const leTransmitterTestV2 = /* @__PURE__ */ command(0x2034, 'LE_Transmitter_Test [v2]', {
  section: '7.8.29',
  supported: [36, 0],
  since: '5.0',
  parameters: { txChannel: u8, testDataLength: u8, packetPayload: testPayload, phy: phyAndCoding },
  returns: { status },
});

/** Sends test packets with Constant Tone Extensions. Core Vol 4, Part E, 7.8.29 */
export const leTransmitterTestV3 = /* @__PURE__ */ command(0x2050, 'LE_Transmitter_Test [v3]', {
  section: '7.8.29',
  supported: [39, 4],
  since: '5.1',
  parameters: {
    txChannel: u8,
    testDataLength: u8,
    packetPayload: testPayload,
    phy: phyAndCoding,
    cteLength,
    cteType,
    antennaIds: /* @__PURE__ */ list(u8, u8),
  },
  returns: { status },
});

/** Sends test packets with a chosen power in dBm. Core Vol 4, Part E, 7.8.29 */
export const leTransmitterTestV4 = /* @__PURE__ */ command(0x207b, 'LE_Transmitter_Test [v4]', {
  section: '7.8.29',
  supported: [45, 0],
  since: '5.2',
  parameters: {
    txChannel: u8,
    testDataLength: u8,
    packetPayload: testPayload,
    phy: phyAndCoding,
    cteLength,
    cteType,
    antennaIds: /* @__PURE__ */ list(u8, u8),
    txPowerLevel: testTxPower,
  },
  returns: { status },
});

/** Ends a test and tells how many packets were received. Core Vol 4, Part E, 7.8.30 */
export const leTestEnd = /* @__PURE__ */ command(0x201f, 'LE_Test_End', {
  section: '7.8.30',
  supported: [28, 6],
  since: '4.0',
  returns: { status, numPackets: u16 },
});
