import { u16At } from '../../core/bytes.js';
import { rest } from '../../core/codec.js';
import { command } from '../definition.js';

/** A list in the controller: its entries begin with a key, by which one is removed. Opcodes, so that no declaration is loaded. */
interface List {
  readonly name: string;
  readonly add: number;
  readonly remove: number;
  readonly clear: number;
  /** Octets of the key: address type and address, and the SID where there is one. */
  readonly keyLength: number;
  /** A command that says more of an entry, and goes with it. */
  readonly detail?: number;
}

/** The lists that a host fills. */
export const mirroredLists: readonly List[] = [
  { name: 'filter accept list', add: 0x2011, remove: 0x2012, clear: 0x2010, keyLength: 7 },
  { name: 'resolving list', add: 0x2027, remove: 0x2028, clear: 0x2029, keyLength: 7, detail: 0x204e },
  { name: 'periodic advertiser list', add: 0x2047, remove: 0x2048, clear: 0x2049, keyLength: 8 },
  { name: 'monitored advertisers list', add: 0x2098, remove: 0x2099, clear: 0x209a, keyLength: 7 },
];

const SET_HOST_FEATURE = 0x2074;
/** What cannot be changed any more once it is on comes behind the lists: address resolution. */
const LAST = 0x202d;

/** Settings of which the last one counts, by opcode, in the order in which they are made again. */
export const mirroredSettings: ReadonlyMap<number, string> = new Map([
  [0x0c63, 'event mask page 2'],
  [0x2005, 'random address'],
  [SET_HOST_FEATURE, 'host feature'],
  [0x2014, 'host channel classification'],
  [0x2031, 'default PHY'],
  [0x204d, 'RF path compensation'],
  [0x205d, 'default parameters of sync transfer'],
  [0x207d, 'default subrate'],
  [0x202e, 'timeout of the resolvable private address'],
  [LAST, 'address resolution'],
]);

const COMMAND_HEADER = 4;

/** A command to be sent again. */
export interface MirroredCommand {
  readonly opcode: number;
  /** What it restores: `filter accept list`. */
  readonly what: string;
  readonly parameters: Uint8Array;
}

/**
 * Remembers what a controller keeps on behalf of the host, and loses with a Reset: filter accept list, resolving list,
 * periodic advertiser list, random address, second event mask, defaults. It is fed with the packets of commands that succeeded, whoever sent
 * them, so that a recovery can send them again.
 */
export class StateMirror {
  /** By opcode; of LE_Set_Host_Feature each bit is a setting of its own. */
  private readonly settings = new Map<number, MirroredCommand>();
  /** For each list: by key, the entry and what more was said of it. */
  private readonly entries = mirroredLists.map(() => new Map<string, MirroredCommand[]>());

  /** Takes a command that succeeded: the whole packet, indicator first; what is kept is copied. */
  note(packet: Uint8Array): void {
    const opcode = u16At(packet, 1);
    const setting = mirroredSettings.get(opcode);
    if (setting !== undefined) {
      const bit = opcode === SET_HOST_FEATURE ? packet[COMMAND_HEADER]! : 0;
      this.settings.set(opcode + bit * 0x10000, mirrored(packet, setting));
      return;
    }
    for (let i = 0; i < mirroredLists.length; i++) {
      const { name, add, remove, clear, detail, keyLength } = mirroredLists[i]!;
      const list = this.entries[i]!;
      if (opcode === clear) list.clear();
      if (opcode !== add && opcode !== remove && opcode !== detail) continue;
      const key = String.fromCharCode(...packet.subarray(COMMAND_HEADER, COMMAND_HEADER + keyLength));
      if (opcode === add) list.set(key, [mirrored(packet, name)]);
      else if (opcode === remove) list.delete(key);
      else list.get(key)?.splice(1, 1, mirrored(packet, name));
    }
  }

  /** How many entries a list has. @param add the opcode of the command that adds one */
  count(add: number): number {
    return this.entries[mirroredLists.findIndex((list) => list.add === add)]?.size ?? 0;
  }

  /** Whether a list has an entry. @param add as for {@link count} @param key what one is removed by */
  has(add: number, key: Uint8Array): boolean {
    const list = this.entries[mirroredLists.findIndex((one) => one.add === add)];
    return list !== undefined && list.size > 0 && list.has(String.fromCharCode(...key));
  }

  /** Forgets everything: the controller was reset. */
  clear(): void {
    this.settings.clear();
    for (const list of this.entries) list.clear();
  }

  /** The commands that bring a controller that was reset back to what was noted, in the order in which it takes them. */
  snapshot(): MirroredCommand[] {
    const settings = [...mirroredSettings.keys()].flatMap((opcode) =>
      [...this.settings.values()].filter((one) => one.opcode === opcode),
    );
    return [
      ...settings.filter(({ opcode }) => opcode !== LAST),
      ...this.entries.flatMap((list) => [...list.values()].flat()),
      ...settings.filter(({ opcode }) => opcode === LAST),
    ];
  }
}

/** The command as a definition, with its parameters as octets. All that are mirrored answer with a status alone. */
export function rawCommand({ opcode, what }: MirroredCommand) {
  return command(opcode, `restoring the ${what}`, { parameters: { octets: rest }, completes: 'complete' });
}

function mirrored(packet: Uint8Array, what: string): MirroredCommand {
  return { opcode: u16At(packet, 1), what, parameters: packet.slice(COMMAND_HEADER) };
}
