import * as commands from './commands/index.js';
import { type AnyCommand, type AnyEvent, LE_META } from './definition.js';
import * as events from './events/index.js';

/**
 * Tables of everything that is declared. Whoever imports this has all declarations in his bundle: it is for decoders and
 * tools, not for a host.
 */

/** All commands, in the order of their opcodes. */
export const allCommands: readonly AnyCommand[] = /* @__PURE__ */ Object.values<AnyCommand>(commands).sort(
  (a, b) => a.opcode - b.opcode,
);

/** All events, in the order of their codes, those of LE Meta in the order of their subevent codes. */
export const allEvents: readonly AnyEvent[] = /* @__PURE__ */ Object.values<AnyEvent>(events).sort(
  (a, b) => a.code - b.code || (a.subevent ?? -1) - (b.subevent ?? -1),
);

const commandTable = /* @__PURE__ */ new Map(allCommands.map((command) => [command.opcode, command]));
const eventTable = /* @__PURE__ */ new Map(
  allEvents.filter(({ subevent }) => subevent === undefined).map((event) => [event.code, event]),
);
const subeventTable = /* @__PURE__ */ new Map(
  allEvents.filter(({ subevent }) => subevent !== undefined).map((event) => [event.subevent, event]),
);

/** The command of an opcode; `undefined` for one that is not declared. */
export function commandByOpcode(opcode: number): AnyCommand | undefined {
  return commandTable.get(opcode);
}

/**
 * The event of a code; `undefined` for one that is not declared.
 * @param subevent the subevent code of an LE Meta event; without it, LE Meta itself is given
 */
export function eventByCode(code: number, subevent?: number): AnyEvent | undefined {
  return code === LE_META && subevent !== undefined ? subeventTable.get(subevent) : eventTable.get(code);
}
