import * as commands from './commands/index.js';
import { type AnyCommand, type AnyEvent, LE_META } from './definition.js';
import * as events from './events/index.js';

/**
 * Tables of everything that is declared. Whoever imports this has all declarations in his bundle: it is for decoders and
 * tools, not for a host.
 */

/** All commands, in the order of their opcodes. */
export const allCommands: readonly AnyCommand[] = /* @__PURE__ */ sortedCommands();

/** All events, in the order of their codes, those of LE Meta in the order of their subevent codes. */
export const allEvents: readonly AnyEvent[] = /* @__PURE__ */ sortedEvents();

const commandTable = /* @__PURE__ */ tableOfCommands();
const eventTable = /* @__PURE__ */ tableOfEvents(false);
const subeventTable = /* @__PURE__ */ tableOfEvents(true);

// Functions, so that a bundler can leave out the whole of an expression.
function sortedCommands(): AnyCommand[] {
  return Object.values<AnyCommand>(commands).sort((a, b) => a.opcode - b.opcode);
}

function sortedEvents(): AnyEvent[] {
  const order = ({ code, subevent }: AnyEvent) => code * 256 + (subevent ?? -1);
  return Object.values<AnyEvent>(events).sort((a, b) => order(a) - order(b));
}

function tableOfCommands(): ReadonlyMap<number, AnyCommand> {
  return new Map(allCommands.map((command) => [command.opcode, command]));
}

function tableOfEvents(ofLeMeta: boolean): ReadonlyMap<number, AnyEvent> {
  const found = allEvents.filter(({ subevent }) => (subevent !== undefined) === ofLeMeta);
  return new Map(found.map((event) => [event.subevent ?? event.code, event]));
}

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
