/** Commands for one link, or for links as such, that BR/EDR and LE share: Core Vol 4, Part E, 7.1, 7.3 and 7.5. */
import { handle, i8, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';

/** Ends a connection; Disconnection Complete tells when it is gone. Core Vol 4, Part E, 7.1.6 */
export const disconnect = /* @__PURE__ */ command(0x0406, 'Disconnect', {
  section: '7.1.6',
  supported: [0, 5],
  parameters: { connectionHandle: handle, reason: u8 },
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
    parameters: { connectionHandle: handle },
  },
);

/** Reads how long an incoming request may wait for the host to accept it. Core Vol 4, Part E, 7.3.13 */
export const readConnectionAcceptTimeout = /* @__PURE__ */ command(0x0c15, 'Read_Connection_Accept_Timeout', {
  section: '7.3.13',
  supported: [7, 2],
  returns: {
    status: u8,
    connectionAcceptTimeout: u16, // 0.625 ms
  },
});

/** Sets how long an incoming request may wait for the host to accept it. Core Vol 4, Part E, 7.3.14 */
export const writeConnectionAcceptTimeout = /* @__PURE__ */ command(
  0x0c16,
  'Write_Connection_Accept_Timeout',
  {
    section: '7.3.14',
    supported: [7, 3],
    parameters: {
      connectionAcceptTimeout: u16, // 0.625 ms
    },
    returns: { status: u8 },
  },
);

/**
 * Reads the transmit power of a link in dBm: the current one (type 0) or the maximum (type 1).
 * Core Vol 4, Part E, 7.3.35
 */
export const readTransmitPowerLevel = /* @__PURE__ */ command(0x0c2d, 'Read_Transmit_Power_Level', {
  section: '7.3.35',
  supported: [10, 2],
  parameters: { connectionHandle: handle, type: u8 },
  returns: { status: u8, connectionHandle: handle, txPowerLevel: i8 },
});

/** Reads how long an encrypted link may go without an authenticated packet. Core Vol 4, Part E, 7.3.93 */
export const readAuthenticatedPayloadTimeout = /* @__PURE__ */ command(
  0x0c7b,
  'Read_Authenticated_Payload_Timeout',
  {
    section: '7.3.93',
    supported: [32, 4],
    parameters: { connectionHandle: handle },
    returns: {
      status: u8,
      connectionHandle: handle,
      authenticatedPayloadTimeout: u16, // 10 ms
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
    parameters: {
      connectionHandle: handle,
      authenticatedPayloadTimeout: u16, // 10 ms
    },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Reads the signal strength of a link in dBm; 127 is unknown. Core Vol 4, Part E, 7.5.4 */
export const readRssi = /* @__PURE__ */ command(0x1405, 'Read_RSSI', {
  section: '7.5.4',
  supported: [15, 5],
  parameters: { handle: handle },
  returns: { status: u8, handle: handle, rssi: i8 },
});
