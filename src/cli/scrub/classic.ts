/**
 * Where the packets of BR/EDR have what tells who somebody is: they are not declared, as this stack does not speak them.
 * Core Vol 4, Part E, 7.1, 7.3 and 7.7.
 */

/** What stands at a place. */
export type Secret = 'address' | 'name' | 'key' | 'octets' | 'advertising';

/** From where in the parameters, how many octets (to the end without), and what. */
export type Place = readonly [offset: number, length: number | undefined, what: Secret];

const addressFirst: readonly Place[] = [[0, 6, 'address']];
const addressSecond: readonly Place[] = [[1, 6, 'address']];

const byAddress = [
  0x0405, 0x0408, 0x0409, 0x040a, 0x040c, 0x040e, 0x0419, 0x041a, 0x0429, 0x042a, 0x042b, 0x042c, 0x042d,
  0x042f, 0x0433, 0x0434, 0x043d, 0x043e, 0x043f, 0x0440, 0x080b, 0x0c0d, 0x0c12, 0x0c60,
];

/** Commands, by opcode. */
export const classicCommands: ReadonlyMap<number, readonly Place[]> = new Map<number, readonly Place[]>([
  ...byAddress.map((opcode) => [opcode, addressFirst] as const),
  // Link_Key_Request_Reply, PIN_Code_Request_Reply, User_Passkey_Request_Reply
  [0x040b, [...addressFirst, [6, 16, 'key']]],
  [0x040d, [...addressFirst, [7, 16, 'key']]],
  [0x042e, [...addressFirst, [6, 4, 'key']]],
  // Remote_OOB_Data_Request_Reply and the extended one: C and R
  [0x0430, [...addressFirst, [6, 32, 'key']]],
  [0x0445, [...addressFirst, [6, 64, 'key']]],
  // Set_Event_Filter: a class of device or an address
  [0x0c05, [[2, 6, 'octets']]],
  // Write_Stored_Link_Key: count, then address and key of each
  [
    0x0c11,
    [
      [1, 6, 'address'],
      [7, 16, 'key'],
      [23, undefined, 'octets'],
    ],
  ],
  // Write_Local_Name, Write_Extended_Inquiry_Response
  [0x0c13, [[0, 248, 'name']]],
  [0x0c52, [[1, undefined, 'advertising']]],
]);

/** Return parameters, by the opcode of the command, the Status being the first octet. */
export const classicReturns: ReadonlyMap<number, readonly Place[]> = new Map<number, readonly Place[]>([
  ...[
    0x0408, 0x040b, 0x040c, 0x040d, 0x040e, 0x041a, 0x042b, 0x042c, 0x042d, 0x042e, 0x042f, 0x0430, 0x0433,
    0x0434, 0x0445,
  ].map((opcode) => [opcode, addressSecond] as const),
  [0x0c14, [[1, 248, 'name']]],
  [0x0c51, [[2, undefined, 'advertising']]],
  [0x0c57, [[1, undefined, 'key']]],
  [0x0c7d, [[1, undefined, 'key']]],
]);

/** Events, by their code. */
export const classicEvents: ReadonlyMap<number, readonly Place[]> = new Map<number, readonly Place[]>([
  // Inquiry_Result and Inquiry_Result_with_RSSI: of several responses only the first is told apart
  [
    0x02,
    [
      [1, 6, 'address'],
      [15, undefined, 'octets'],
    ],
  ],
  [
    0x22,
    [
      [1, 6, 'address'],
      [15, undefined, 'octets'],
    ],
  ],
  // Connection_Complete, Synchronous_Connection_Complete
  [0x03, [[3, 6, 'address']]],
  [0x2c, [[3, 6, 'address']]],
  // Remote_Name_Request_Complete
  [
    0x07,
    [
      [1, 6, 'address'],
      [7, 248, 'name'],
    ],
  ],
  // Role_Change, Simple_Pairing_Complete, Truncated_Page_Complete and the like
  [0x12, addressSecond],
  [0x36, addressSecond],
  [0x50, addressSecond],
  [0x53, addressSecond],
  // Return_Link_Keys
  [
    0x15,
    [
      [1, 6, 'address'],
      [7, 16, 'key'],
      [23, undefined, 'octets'],
    ],
  ],
  // Link_Key_Notification
  [
    0x18,
    [
      [0, 6, 'address'],
      [6, 16, 'key'],
    ],
  ],
  // User_Confirmation_Request, User_Passkey_Notification: a number of six digits
  [
    0x33,
    [
      [0, 6, 'address'],
      [6, 4, 'key'],
    ],
  ],
  [
    0x3b,
    [
      [0, 6, 'address'],
      [6, 4, 'key'],
    ],
  ],
  // Extended_Inquiry_Result
  [
    0x2f,
    [
      [1, 6, 'address'],
      [15, undefined, 'advertising'],
    ],
  ],
  // Connection_Request, PIN_Code_Request, Link_Key_Request, Page_Scan_Repetition_Mode_Change, IO_Capability_Request and
  // _Response, User_Passkey_Request, Remote_OOB_Data_Request, Keypress_Notification, Remote_Host_Supported_Features…,
  // Synchronization_Train_Received, Peripheral_…, Connectionless_Peripheral_Broadcast_Timeout, Inquiry_Response…
  ...[0x04, 0x16, 0x17, 0x20, 0x31, 0x32, 0x34, 0x35, 0x3c, 0x3d, 0x51, 0x52].map(
    (code) => [code, addressFirst] as const,
  ),
]);
