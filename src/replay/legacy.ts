/** What extended commands and events are in terms of the legacy ones: Core Vol 4, Part E, 3.1.1, 7.7.65 and 7.8. */
import { decodePacket } from '../hci/decode.js';
import { LE_META } from '../hci/definition.js';
import { encodePacket } from '../hci/encode.js';
import { PacketType } from '../hci/packet-type.js';
import { commandByOpcode } from '../hci/registry.js';

type Values = Readonly<Record<string, unknown>>;

/** A command that another host sends in the place of a captured one. */
interface CommandMapping {
  readonly extended: number;
  readonly legacy: number;
  /** The parameters of the legacy command; `undefined` where there is no such. */
  readonly parameters: (extended: Values) => Values | undefined;
}

const LE_1M = 1;
/** The group of parameters for LE 1M, where legacy scanning and initiating happens. */
const onLe1M = (groups: unknown): Values | undefined =>
  (groups as readonly Values[]).find(({ phy }) => phy === LE_1M);

const commands: readonly CommandMapping[] = [
  {
    // LE_Set_Extended_Scan_Parameters → LE_Set_Scan_Parameters
    extended: 0x2041,
    legacy: 0x200b,
    parameters: ({ ownAddressType, scanningFilterPolicy, scanningPhys }) => {
      const one = onLe1M(scanningPhys);
      return (
        one && {
          leScanType: one['scanType'],
          leScanInterval: one['scanInterval'],
          leScanWindow: one['scanWindow'],
          ownAddressType,
          scanningFilterPolicy,
        }
      );
    },
  },
  {
    // LE_Set_Extended_Scan_Enable → LE_Set_Scan_Enable, which has no duration
    extended: 0x2042,
    legacy: 0x200c,
    parameters: ({ enable, filterDuplicates, duration, period }) =>
      duration === 0 && period === 0 && filterDuplicates !== 2
        ? { leScanEnable: enable, filterDuplicates }
        : undefined,
  },
  {
    // LE_Extended_Create_Connection [v1] → LE_Create_Connection
    extended: 0x2043,
    legacy: 0x200d,
    parameters: ({ initiatorFilterPolicy, ownAddressType, peerAddressType, peerAddress, initiatingPhys }) => {
      const one = onLe1M(initiatingPhys);
      if (!one) return undefined;
      const { phy: _, scanInterval, scanWindow, ...connection } = one;
      return {
        leScanInterval: scanInterval,
        leScanWindow: scanWindow,
        initiatorFilterPolicy,
        peerAddressType,
        peerAddress,
        ownAddressType,
        ...connection,
      };
    },
  },
];

/** Event_Type of legacy reports by that of extended ones about legacy PDUs: Core Vol 4, Part E, 7.7.65.13. */
const reportTypes: ReadonlyMap<number, number> = /* @__PURE__ */ new Map([
  [0x13, 0], // ADV_IND
  [0x15, 1], // ADV_DIRECT_IND
  [0x12, 2], // ADV_SCAN_IND
  [0x10, 3], // ADV_NONCONN_IND
  [0x1b, 4], // SCAN_RSP to an ADV_IND
  [0x1a, 4], // SCAN_RSP to an ADV_SCAN_IND
]);

/** An event that a controller gives in the place of a captured one. */
interface EventMapping {
  readonly extended: number;
  readonly legacy: number;
  /** The parameters of the legacy events: one for each; none where the controller would keep silent. */
  readonly parameters: (extended: Values) => readonly Values[];
}

const events: readonly EventMapping[] = [
  {
    // LE_Enhanced_Connection_Complete [v1] → LE_Connection_Complete
    extended: 0x0a,
    legacy: 0x01,
    parameters: (all) => {
      const { localResolvablePrivateAddress: _, peerResolvablePrivateAddress: __, ...others } = all;
      return [others];
    },
  },
  {
    // LE_Extended_Advertising_Report → LE_Advertising_Report, of legacy PDUs
    extended: 0x0d,
    legacy: 0x02,
    parameters: ({ reports }) =>
      (reports as readonly Values[]).flatMap(({ eventType, addressType, address, data, rssi }) => {
        const type = reportTypes.get(eventType as number);
        if (type === undefined || (data as Uint8Array).length > 31) return [];
        return [{ reports: [{ eventType: type, addressType, address, data, rssi }] }];
      }),
  },
];

/** The pairs of commands. */
export const legacyCommands = commands.map(({ extended, legacy }) => ({
  extended: commandByOpcode(extended)!,
  legacy: commandByOpcode(legacy)!,
}));

/** The opcodes that a host may send for a captured one. */
export function equivalentOpcodes(captured: number): readonly number[] {
  const mapping = commands.find(({ extended }) => extended === captured);
  return mapping ? [captured, mapping.legacy] : [captured];
}

/** The captured command as one of another opcode: itself, its legacy equivalent, or `undefined`. */
export function commandAs(captured: Uint8Array, opcode: number): Uint8Array | undefined {
  const { code, fields, malformed } = decodePacket(PacketType.command, captured);
  if (code === opcode) return captured;
  const mapping = commands.find(({ extended, legacy }) => extended === code && legacy === opcode);
  const parameters = mapping && !malformed && mapping.parameters(fields);
  if (!parameters) return undefined;
  return encodePacket({ type: PacketType.command, code: opcode, fields: parameters });
}

/** The subevent code of LE Meta that a legacy host is told in the place of another one. */
export function legacySubevent(subevent: number): number | undefined {
  return events.find(({ extended }) => extended === subevent)?.legacy;
}

/** A captured LE Meta event as those that a legacy host gets in its place. */
export function legacyEvents(captured: Uint8Array): readonly Uint8Array[] {
  const mapping = events.find(({ extended }) => extended === captured[2]);
  const { fields, malformed } = decodePacket(PacketType.event, captured);
  if (!mapping || malformed) return [];
  return mapping
    .parameters(fields)
    .map((one) =>
      encodePacket({ type: PacketType.event, code: LE_META, subevent: mapping.legacy, fields: one }),
    );
}
