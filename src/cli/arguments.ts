import { parseArgs } from 'node:util';
import { type Command, commonOptions, type OptionSpec, type OptionTable } from './command.js';
import { UsageError } from './errors.js';
import { OptionValues } from './option-values.js';
import { closest } from './similar.js';

/** A command line that was understood. */
export interface Invocation {
  /** The command; `undefined` when only help or version is asked for, or nothing at all. */
  readonly command: Command | undefined;
  readonly options: OptionValues;
  /** The words behind the command. */
  readonly operands: readonly string[];
}

/**
 * Understands a command line. Options may stand before the command too.
 * @throws {UsageError} on an unknown command or option, with the nearest one there is
 */
export function parseArguments(args: readonly string[], commands: readonly Command[]): Invocation {
  const known: OptionTable = Object.assign({}, ...commands.map(({ options }) => options), commonOptions);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(known).map(([name, spec]) => [name, parserOption(spec)])),
    // What is wrong is told by this program's own messages.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const command = words[0] === undefined ? undefined : findCommand(words[0], commands);
  const permitted: OptionTable = command ? { ...command.options, ...commonOptions } : commonOptions;
  const values = new Map<string, string | true>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    checkOption(token, { known, permitted, command: command?.name });
    values.set(token.name, token.value ?? true);
  }
  const operands = words.slice(1);
  if (command && !values.has('help')) {
    if (command.actions) checkAction(command, operands);
    else checkOperands(command, command.operands ?? [], operands);
  }
  return { command, options: new OptionValues(values, command?.name), operands };
}

function checkAction(command: Command, [action, ...given]: readonly string[]): void {
  const { name, actions = {} } = command;
  const names = Object.keys(actions);
  if (action === undefined) throw new UsageError(`${name} wants one of ${names.join(', ')}`, name);
  if (!Object.hasOwn(actions, action)) {
    const near = closest(action, names);
    const hint = near === undefined ? `There are ${names.join(', ')}` : `Did you mean ${near}?`;
    throw new UsageError(`${name} has no action ${JSON.stringify(action)}. ${hint}`, name);
  }
  checkOperands({ name: `${name} ${action}` }, actions[action]!.operands ?? [], given, name);
}

function checkOperands(
  { name }: Pick<Command, 'name'>,
  wanted: readonly string[],
  given: readonly string[],
  command = name,
): void {
  const surplus = given[wanted.length];
  if (surplus !== undefined) {
    const takes = wanted.length === 0 ? 'options only' : `${wanted.join(' ')} only`;
    throw new UsageError(`${JSON.stringify(surplus)}: ${name} takes ${takes}`, command);
  }
  const missing = wanted[given.length];
  if (missing !== undefined)
    throw new UsageError(`${name} wants ${wanted.join(' ')}: ${missing} is missing`, command);
}

function parserOption({ value, short }: OptionSpec): { type: 'string' | 'boolean'; short?: string } {
  return { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) };
}

function findCommand(word: string, commands: readonly Command[]): Command {
  const found = commands.find(({ name }) => name === word);
  if (found) return found;
  const names = commands.map(({ name }) => name);
  const near = closest(word, names);
  const hint = near === undefined ? `Commands are ${names.join(', ')}` : `Did you mean ${near}?`;
  throw new UsageError(`unknown command ${JSON.stringify(word)}. ${hint}`);
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

interface OptionScope {
  /** The options of all commands. */
  readonly known: OptionTable;
  /** The options of this one. */
  readonly permitted: OptionTable;
  readonly command: string | undefined;
}

function checkOption(token: OptionToken, { known, permitted, command }: OptionScope): void {
  const { name, rawName, value } = token;
  const spec = Object.hasOwn(permitted, name) ? permitted[name] : undefined;
  if (!spec) {
    if (Object.hasOwn(known, name)) {
      throw new UsageError(
        command ? `${command} has no option ${rawName}` : `${rawName} wants a command`,
        command,
      );
    }
    const near = closest(name, Object.keys(permitted));
    throw new UsageError(
      `unknown option ${rawName}.${near === undefined ? '' : ` Did you mean --${near}?`}`,
      command,
    );
  }
  if (spec.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`, command);
    return;
  }
  // An option in the place of a value: the value was forgotten.
  if (value === undefined || (!token.inlineValue && value.startsWith('-'))) {
    throw new UsageError(`${rawName} wants a value: ${rawName} ${spec.value}`, command);
  }
}
