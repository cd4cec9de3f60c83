import type { BdAddr } from '../../core/address.js';
import type { Firmware } from './firmware.js';

/**
 * Which commands advertise, scan and initiate. A controller that had one of the one kind refuses all of the other until it is
 * reset: Core Vol 4, Part E, 3.1.1.
 */
export type AdvertisingCommands = 'legacy' | 'extended';

/** What the controller is and can. */
export interface ControllerInfo {
  /** HCI version: 6 is Bluetooth 4.0, 8 is 4.2, 9 is 5.0, 13 is 5.4 (assigned numbers, 2.1). */
  readonly hciVersion: number;
  readonly hciSubversion: number;
  /** Company identifier of the manufacturer; 0xFFFF when it is not told. */
  readonly companyIdentifier: number;
  readonly lmpVersion: number;
  readonly lmpSubversion: number;
  /** What runs on it, by manufacturer and vendor commands. */
  readonly firmware: Firmware;
  /** The Supported_Commands mask, 64 octets (Core Vol 4, Part E, 6.27); all ones when it is not told. */
  readonly supportedCommands: Uint8Array;
  /** LMP features page 0, 8 octets (Core Vol 2, Part C, 3.3). */
  readonly features: Uint8Array;
  /** Whether it does BR/EDR as well. */
  readonly dualMode: boolean;
  /** LE features (Core Vol 6, Part B, 4.6): 8 octets of page 0, or up to 248 of all pages. */
  readonly leFeatures: Uint8Array;
  /** LE_States, 8 octets (7.8.27): which combinations of states it can; `undefined` when it is not told. */
  readonly leStates: Uint8Array | undefined;
  /** The public address; all zeros where the chip has none. */
  readonly publicAddress: BdAddr;
  /** Static random addresses that the chip was made with, where its firmware tells them. */
  readonly staticAddresses: readonly BdAddr[];
  readonly aclDataLength: number;
  readonly aclDataPackets: number;
  /** Octets of an ISO data packet; 0 without ISO channels. */
  readonly isoDataLength: number;
  readonly isoDataPackets: number;
  /** Places in the filter accept list and in the resolving list; `undefined` when it is not told. */
  readonly filterAcceptListSize: number | undefined;
  readonly resolvingListSize: number | undefined;
  /** The commands that advertise, scan and initiate on it: one kind or the other between two Resets (3.1.1). */
  readonly advertisingCommands: AdvertisingCommands;
  /** Octets of advertising data that fit: 31 with legacy commands, else up to 1650 (7.8.57). */
  readonly maxAdvertisingDataLength: number;
  /** Advertising sets at the same time: 1 with legacy commands; it may become less while others are in use (7.8.58). */
  readonly advertisingSets: number;
  /** Places in the periodic advertiser list; `undefined` when it is not told, or has none. */
  readonly periodicAdvertiserListSize: number | undefined;
  /** What the controller sent before it answered: a boot log. */
  readonly bootText: string | undefined;
  /** What was found out about the port's settings, where that was asked for: `baud=115200&rtscts`. */
  readonly portSettings: string | undefined;
  /** What the board or adapter is known by, whatever port it is on: its USB identifiers and serial number. */
  readonly portIdentity: string | undefined;
}
