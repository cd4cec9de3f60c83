import { BdAddr } from '../core/address.js';
import { u16At } from '../core/bytes.js';
import type { RandomSource } from '../core/random.js';
import { decodePacket } from '../hci/decode.js';
import { type AnyCommand, LE_META } from '../hci/definition.js';
import { encodePacket } from '../hci/encode.js';
import { PacketType } from '../hci/packet-type.js';
import { commandByOpcode } from '../hci/registry.js';
import { hasCommand } from '../hci/supported-commands.js';
import { CREATE_CONNECTION_CANCEL } from './policy.js';
import type { CapturedPacket, Exchange } from './script.js';

type Values = Readonly<Record<string, unknown>>;

/** An answer that the capture does not have. */
export interface Synthesised {
  /** The events, the answer first. */
  readonly events: readonly Uint8Array[];
  /** What was answered, and from where it is known. */
  readonly what: string;
}

const COMMAND_COMPLETE = 0x0e;
const COMMAND_STATUS = 0x0f;
const SUCCESS = 0x00;
const UNKNOWN_COMMAND = 0x01;
const COMMAND_DISALLOWED = 0x0c;
const LOCALLY_TERMINATED = 0x16;

const opcodes = {
  disconnect: 0x0406,
  setEventMask: 0x0c01,
  leSetEventMask: 0x2001,
  connectionUpdate: 0x2013,
  readSupportedCommands: 0x1002,
  readSupportedFeatures: 0x1003,
  readExtendedFeatures: 0x1004,
  readBufferSize: 0x1005,
  readBdAddr: 0x1009,
  leReadBufferSizeV1: 0x2002,
  leReadBufferSizeV2: 0x2060,
  leReadLocalFeatures: 0x2003,
  leRand: 0x2018,
} as const;

/** Commands of the controller's resolving list: Core Vol 4, Part E, 7.8.38 to 7.8.44. */
const resolvingList: ReadonlySet<number> = /* @__PURE__ */ new Set([0x2027, 0x2028, 0x2029, 0x202d]);
/** Bit 6 of LE_Features. */
const LL_PRIVACY = 0x40;
const SMP = 6;
const IDENTITY_ADDRESS = 0x09;

/** The mandatory least of an LE controller's buffers: Core Vol 4, Part E, 7.8.2. */
const LEAST_ACL_LENGTH = 27;

/**
 * Answers commands that the capture never saw, or saw less often, as the controller of the capture would: with the values
 * that the capture shows, success for what only sets something, and a refusal for all else.
 */
export class Synthesis {
  private readonly exchanges: readonly Exchange[];
  private readonly packets: readonly CapturedPacket[];
  private readonly random: RandomSource;

  constructor(exchanges: readonly Exchange[], packets: readonly CapturedPacket[], random: RandomSource) {
    this.exchanges = exchanges;
    this.packets = packets;
    this.random = random;
  }

  /** The captured Supported_Commands; `undefined` where the capture does not tell. */
  get supportedCommands(): Uint8Array | undefined {
    return this.returned(opcodes.readSupportedCommands)?.['supportedCommands'] as Uint8Array | undefined;
  }

  /** How many ACL packets the controller takes at once. */
  get aclPackets(): number {
    const le = this.returned(opcodes.leReadBufferSizeV2) ?? this.returned(opcodes.leReadBufferSizeV1);
    if (le && (le['totalNumLeAclDataPackets'] as number) > 0) return le['totalNumLeAclDataPackets'] as number;
    const shared = this.returned(opcodes.readBufferSize)?.['totalNumAclDataPackets'];
    return typeof shared === 'number' && shared > 0 ? shared : 1;
  }

  /** @param command the command without its indicator */
  answer(command: Uint8Array): Synthesised {
    const opcode = u16At(command, 0);
    const definition = commandByOpcode(opcode);
    const name = definition?.name ?? decodePacket(PacketType.command, command).name;
    if (definition?.completes === 'none') return { events: [], what: `${name}: not answered, as specified` };
    const again = definition?.returns && this.answered(opcode, command);
    if (again) return { events: [again.answer!.bytes], what: `${name}: as at frame ${again.answer!.frame}` };
    const mask = this.supportedCommands;
    if (definition && mask && !hasCommand(mask, definition)) {
      return this.refusal(definition, opcode, name, UNKNOWN_COMMAND);
    }
    if (!definition) return this.refusal(definition, opcode, name, UNKNOWN_COMMAND);
    const { fields } = decodePacket(PacketType.command, command);
    return this.made(definition, name, fields) ?? this.refusal(definition, opcode, name, COMMAND_DISALLOWED);
  }

  private made(definition: AnyCommand, name: string, sent: Values): Synthesised | undefined {
    const { opcode } = definition;
    const facts = this.facts(opcode);
    if (facts) {
      const { values, from } = facts;
      return { events: [complete(opcode, { status: SUCCESS, ...values })], what: `${name}: ${from}` };
    }
    if (!definition.returns) return this.begun(opcode, name, sent);
    const returned = Object.keys(definition.returns.fields).filter((key) => key !== 'status');
    // What only sets something gives back no more than what it was about. Of an attempt to connect nothing is known.
    if (!returned.every((key) => key in sent) || opcode === CREATE_CONNECTION_CANCEL) return undefined;
    const echoed = Object.fromEntries(returned.map((key) => [key, sent[key]]));
    return { events: [complete(opcode, { status: SUCCESS, ...echoed })], what: `${name}: Success` };
  }

  /** What the capture tells of something by other commands. */
  private facts(opcode: number): { readonly values: Values; readonly from: string } | undefined {
    switch (opcode) {
      case opcodes.readSupportedCommands:
        return { values: { supportedCommands: this.seenCommands() }, from: 'those that the capture has' };
      case opcodes.readSupportedFeatures: {
        const page = this.returned(opcodes.readExtendedFeatures);
        const lmpFeatures = page?.['pageNumber'] === 0 ? page['extendedLmpFeatures'] : undefined;
        // Without BR/EDR (bit 37), as nothing shows it.
        const none = { values: { lmpFeatures: Uint8Array.of(0, 0, 0, 0, 0x60, 0, 0, 0) }, from: 'LE alone' };
        return lmpFeatures ? { values: { lmpFeatures }, from: 'from Read_Local_Extended_Features' } : none;
      }
      case opcodes.leReadLocalFeatures: {
        const shown = this.usesResolvingList;
        const from = shown ? 'LL Privacy, as the capture shows it' : 'none, as the capture shows none';
        return { values: { leFeatures: Uint8Array.of(shown ? LL_PRIVACY : 0, 0, 0, 0, 0, 0, 0, 0) }, from };
      }
      case opcodes.readBdAddr: {
        const bdAddr = this.publicIdentity();
        return bdAddr && { values: { bdAddr }, from: 'the identity that the host told its peer' };
      }
      case opcodes.leReadBufferSizeV1: {
        const v2 = this.returned(opcodes.leReadBufferSizeV2);
        const values = v2 ?? { leAclDataPacketLength: this.longestAcl(), totalNumLeAclDataPackets: 1 };
        const { leAclDataPacketLength, totalNumLeAclDataPackets } = values;
        const from = v2 ? 'from LE_Read_Buffer_Size [v2]' : 'what the captured host used';
        return { values: { leAclDataPacketLength, totalNumLeAclDataPackets }, from };
      }
      case opcodes.leRand: {
        const octets = this.random.fill(new Uint8Array(8));
        const randomNumber = octets.reduce((number, octet) => (number << 8n) | BigInt(octet), 0n);
        return { values: { randomNumber }, from: 'a number of the replay' };
      }
      default:
        return undefined;
    }
  }

  /** A Command Status, and the event in which the command ends, where that does not depend on a peer. */
  private begun(opcode: number, name: string, sent: Values): Synthesised | undefined {
    const { connectionHandle } = sent;
    if (opcode === opcodes.disconnect) {
      const fields = { status: SUCCESS, connectionHandle, reason: LOCALLY_TERMINATED };
      const ended = encodePacket({ type: PacketType.event, code: 0x05, fields });
      return { events: [status(opcode, SUCCESS), ended], what: `${name}: done` };
    }
    if (opcode === opcodes.connectionUpdate) {
      const fields = {
        status: SUCCESS,
        connectionHandle,
        connectionInterval: sent['connectionIntervalMax'],
        peripheralLatency: sent['maxLatency'],
        supervisionTimeout: sent['supervisionTimeout'],
      };
      const updated = encodePacket({ type: PacketType.event, code: LE_META, subevent: 0x03, fields });
      return { events: [status(opcode, SUCCESS), updated], what: `${name}: as wished` };
    }
    return undefined;
  }

  private refusal(
    definition: AnyCommand | undefined,
    opcode: number,
    name: string,
    code: number,
  ): Synthesised {
    const why = code === UNKNOWN_COMMAND ? 'Unknown HCI Command' : 'Command Disallowed';
    const refused = definition?.returns ? complete(opcode, { status: code }) : status(opcode, code);
    return { events: [refused], what: `${name}: ${why}` };
  }

  /** The last successful answer to a command with these parameters; to one without parameters that may be repeated. */
  private answered(opcode: number, command: Uint8Array): Exchange | undefined {
    return this.exchanges.findLast(
      (exchange) =>
        exchange.opcode === opcode &&
        exchange.answer?.bytes[0] === COMMAND_COMPLETE &&
        exchange.command.bytes.length === command.length &&
        exchange.command.bytes.every((octet, i) => octet === command[i]),
    );
  }

  private returned(opcode: number): Values | undefined {
    const found = this.exchanges.find(
      (exchange) => exchange.opcode === opcode && exchange.answer?.bytes[0] === COMMAND_COMPLETE,
    );
    if (!found) return undefined;
    const returned = decodePacket(PacketType.event, found.answer!.bytes).fields['returnParameters'];
    const values = returned as Values | undefined;
    return values && values['status'] === SUCCESS ? values : undefined;
  }

  /** The commands that the controller did in the capture. */
  get shownCommands(): readonly AnyCommand[] {
    const done = this.exchanges.filter(({ answer }) => answer && !isRefusal(answer.bytes));
    const opcodes = new Set(done.map(({ opcode }) => opcode));
    return [...opcodes].flatMap((opcode) => commandByOpcode(opcode) ?? []);
  }

  /** Whether the controller resolved private addresses: Core Vol 6, Part B, 4.6.6. */
  private get usesResolvingList(): boolean {
    return this.shownCommands.some(({ opcode }) => resolvingList.has(opcode));
  }

  /** The public address that the captured host gave a peer with its keys. */
  private publicIdentity(): BdAddr | undefined {
    for (const { type, sent, bytes } of this.packets) {
      const pdu = bytes.subarray(8);
      const isIdentity = type === PacketType.acl && sent && pdu.length === 8 && u16At(bytes, 6) === SMP;
      if (isIdentity && pdu[0] === IDENTITY_ADDRESS && pdu[1] === 0) return BdAddr.fromWire(pdu, 2, 8);
    }
    return undefined;
  }

  private seenCommands(): Uint8Array {
    const mask = new Uint8Array(64);
    // Beside what it did, what every controller does, and what can be told by the rest of the capture.
    const { setEventMask, leSetEventMask, leReadBufferSizeV1, readBdAddr } = opcodes;
    const told: number[] = [setEventMask, leSetEventMask, leReadBufferSizeV1];
    if (this.publicIdentity()) told.push(readBdAddr);
    for (const { supported } of [...this.shownCommands, ...told.map((opcode) => commandByOpcode(opcode)!)]) {
      if (supported) mask[supported[0]] = mask[supported[0]]! | (1 << supported[1]);
    }
    return mask;
  }

  private longestAcl(): number {
    const sizes = this.packets.filter(({ type, sent }) => type === PacketType.acl && sent);
    return sizes.reduce((longest, { bytes }) => Math.max(longest, bytes.length - 4), LEAST_ACL_LENGTH);
  }
}

function isRefusal(answer: Uint8Array): boolean {
  return answer[0] === COMMAND_COMPLETE ? answer[5] !== SUCCESS : answer[2] !== SUCCESS;
}

function complete(commandOpcode: number, returnParameters: Values): Uint8Array {
  const fields = { numHciCommandPackets: 1, commandOpcode, returnParameters };
  return encodePacket({ type: PacketType.event, code: COMMAND_COMPLETE, fields });
}

function status(opcode: number, code: number): Uint8Array {
  return Uint8Array.of(COMMAND_STATUS, 4, code, 1, opcode & 0xff, opcode >> 8);
}
