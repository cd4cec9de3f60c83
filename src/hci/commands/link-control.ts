/** Commands for one link, or for links as such, that BR/EDR and LE share: Core Vol 4, Part E, 7.1, 7.3 and 7.5. */
import { handle } from '../../core/codec.js';
import { command } from '../definition.js';
import { dBm, dBmOrUnknown, interval0625, reason, status, timeout10 } from '../fields/common.js';
import { txPowerType } from '../fields/controller.js';

/** Ends a connection; Disconnection Complete tells when it is gone. Core Vol 4, Part E, 7.1.6 */
export const disconnect = /* @__PURE__ */ command(0x0406, 'Disconnect', {
  section: '7.1.6',
  supported: [0, 5],
  finishedBy: [[0x05]],
  since: '1.1',
  parameters: { connectionHandle: handle, reason },
});

/**
 * Asks the peer for its versions; Read Remote Version Information Complete brings them.
 * Core Vol 4, Part E, 7.1.23
 */
export const readRemoteVersionInformation = /* @__PURE__ */ command(
  0x041d,
  'Read_Remote_Version_Information',
  {
    section: '7.1.23',
    supported: [2, 7],
    finishedBy: [[0x0c]],
    since: '1.1',
    parameters: { connectionHandle: handle },
  },
);

/** Reads how long an incoming request may wait for the host to accept it. Core Vol 4, Part E, 7.3.13 */
export const readConnectionAcceptTimeout = /* @__PURE__ */ command(0x0c15, 'Read_Connection_Accept_Timeout', {
  section: '7.3.13',
  supported: [7, 2],
  since: '1.1',
  returns: {
    status,
    connectionAcceptTimeout: interval0625,
  },
});

/** Sets how long an incoming request may wait for the host to accept it. Core Vol 4, Part E, 7.3.14 */
export const writeConnectionAcceptTimeout = /* @__PURE__ */ command(
  0x0c16,
  'Write_Connection_Accept_Timeout',
  {
    section: '7.3.14',
    supported: [7, 3],
    since: '1.1',
    parameters: {
      connectionAcceptTimeout: interval0625,
    },
    returns: { status },
  },
);

/**
 * Reads the transmit power of a link in dBm: the current one (type 0) or the maximum (type 1).
 * Core Vol 4, Part E, 7.3.35
 */
export const readTransmitPowerLevel = /* @__PURE__ */ command(0x0c2d, 'Read_Transmit_Power_Level', {
  section: '7.3.35',
  supported: [10, 2],
  since: '1.1',
  parameters: { connectionHandle: handle, type: txPowerType },
  returns: { status, connectionHandle: handle, txPowerLevel: dBm },
});

/** Reads how long an encrypted link may go without an authenticated packet. Core Vol 4, Part E, 7.3.93 */
export const readAuthenticatedPayloadTimeout = /* @__PURE__ */ command(
  0x0c7b,
  'Read_Authenticated_Payload_Timeout',
  {
    section: '7.3.93',
    supported: [32, 4],
    features: ['lePing'],
    since: '4.1',
    parameters: { connectionHandle: handle },
    returns: {
      status,
      connectionHandle: handle,
      authenticatedPayloadTimeout: timeout10,
    },
  },
);

/** Sets how long an encrypted link may go without an authenticated packet. Core Vol 4, Part E, 7.3.94 */
export const writeAuthenticatedPayloadTimeout = /* @__PURE__ */ command(
  0x0c7c,
  'Write_Authenticated_Payload_Timeout',
  {
    section: '7.3.94',
    supported: [32, 5],
    features: ['lePing'],
    since: '4.1',
    parameters: {
      connectionHandle: handle,
      authenticatedPayloadTimeout: timeout10,
    },
    returns: { status, connectionHandle: handle },
  },
);

/** Reads the signal strength of a link in dBm; 127 is unknown. Core Vol 4, Part E, 7.5.4 */
export const readRssi = /* @__PURE__ */ command(0x1405, 'Read_RSSI', {
  section: '7.5.4',
  supported: [15, 5],
  since: '1.1',
  parameters: { handle },
  returns: { status, handle, rssi: dBmOrUnknown },
});
