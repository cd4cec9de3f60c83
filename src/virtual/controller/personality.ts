/** HCI_Version and LMP_Version as assigned. */
export const CoreVersion = {
  v4_0: 0x06,
  v4_2: 0x08,
  v5_0: 0x09,
  v5_2: 0x0b,
  v5_4: 0x0d,
} as const;

/** What kind of controller it is: every figure that a host can read from it or run into. */
export interface Personality {
  readonly name: string;
  /** One of {@link CoreVersion}, or another assigned number. Commands and events of later versions are unknown. */
  readonly coreVersion: number;
  readonly hciSubversion: number;
  /** A company identifier. */
  readonly manufacturer: number;
  readonly lmpSubversion: number;
  /** LE FeatureSet, page 0. Commands that need an absent feature are unknown, its events never come. */
  readonly leFeatures: bigint;
  /** LE_States; every state and combination without. */
  readonly leStates?: bigint;
  /** Opcodes of commands that it does not have although its version and features would have them. */
  readonly without?: readonly number[];
  /** Opcodes of the vendor's commands that it has. */
  readonly vendorCommands?: readonly number[];
  /** What Zephyr's vendor commands tell, where it has them. */
  readonly zephyr?: ZephyrFigures;
  /** What answers an opcode that it does not know: Command Complete (without) or Command Status. */
  readonly answersUnknownBy?: 'complete' | 'status';
  /**
   * Whether the chip was made with a public address. One without answers zeros to Read BD_ADDR, and the address that it
   * is made with is its static random address. True without.
   */
  readonly hasPublicAddress?: boolean;
  /** Num_HCI_Command_Packets in every answer. */
  readonly commandCredits: number;
  /** LE_ACL_Data_Packet_Length, in octets. */
  readonly aclDataLength: number;
  /** Total_Num_LE_ACL_Data_Packets. */
  readonly aclDataPackets: number;
  /** ISO_Data_Packet_Length and Total_Num_ISO_Data_Packets; none without. */
  readonly isoDataLength?: number;
  readonly isoDataPackets?: number;
  /** Whether LE has no ACL buffers of its own: LE Read Buffer Size gives zeros, Read Buffer Size the figures. False without. */
  readonly sharesAclBuffers?: boolean;
  /** The least Host_ACL_Data_Packet_Length that it takes, in octets; 1 without. */
  readonly minHostAclDataLength?: number;
  /** The longest LL Data PDU payload, 27–251 octets. */
  readonly maxDataOctets: number;
  readonly maxConnections: number;
  /**
   * Whether one radio serves all roles, so that connections, advertising and scanning take time from each other. Without,
   * each has a radio of its own.
   */
  readonly oneRadio?: boolean;
  /** How many advertising sets there may be, 1–240; 16 without. */
  readonly advertisingSets?: number;
  readonly filterAcceptListSize: number;
  /** How many devices the resolving list has room for; none without. */
  readonly resolvingListSize?: number;
  /** How many advertisers the duplicate filter remembers. */
  readonly duplicateFilterSize: number;
  /** dBm, of everything that it sends. */
  readonly txPower: number;
  /** dBm: what LE Read Transmit Power gives, and power control stays within; `txPower` for both without. */
  readonly txPowerRange?: { readonly min: number; readonly max: number };
  /**
   * dBm: how strongly it wants to hear the peers of its connections. Where they support power control, it asks those that
   * are heard otherwise for another power; it never asks without.
   */
  readonly goldenRange?: { readonly min: number; readonly max: number };
  /** dBm; what arrives weaker is not received. */
  readonly sensitivity: number;
  /** Sleep clock accuracy: 0 is 251–500 ppm, 7 is 0–20 ppm (Core Vol 6, Part B, 2.3.3.1). */
  readonly sleepClockAccuracy: number;
}

/** What Zephyr's vendor commands tell of the chip and the build. */
export interface ZephyrFigures {
  readonly hardwarePlatform: number;
  readonly hardwareVariant: number;
  readonly firmwareVariant: number;
  readonly firmwareVersion: number;
  readonly firmwareRevision: number;
  readonly firmwareBuild: number;
  readonly buildInformation: string;
  /** °C */
  readonly chipTemperature: number;
}
