import { transportSchemes } from '../hci/transport/registry.js';
import { type Command, commonOptions, type OptionTable } from './command.js';
import { columns, type Output } from './output.js';

const exitCodes: readonly (readonly [string, string])[] = [
  ['0', 'done (also when the reader of the output, as `| head`, had enough)'],
  ['1', 'the port, the controller or the peer failed, or the time was up'],
  ['2', 'the command line is wrong'],
  ['3', 'doctor: it works, and something should be mended'],
  ['130', 'Ctrl-C; the controller was left clean. A second Ctrl-C leaves at once'],
];

/** The line that goes below an error in the command line. */
export function usageLine(command: Command | undefined): string {
  return command === undefined
    ? 'usage: bluewire COMMAND [OPTIONS]   (bluewire --help shows all)'
    : `usage: ${formOf(command)}   (bluewire ${command.name} --help shows all)`;
}

function formOf({ name, actions, operands = [] }: Command): string {
  return ['bluewire', name, ...(actions ? ['ACTION'] : operands), '[OPTIONS]'].join(' ');
}

/** The help of the whole program. */
export function programHelp(commands: readonly Command[], output: Output): string {
  const names = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    'Bluetooth Low Energy on any HCI controller.',
    '',
    `${output.emphasise('usage', 'bold')}: bluewire COMMAND [OPTIONS]`,
    ...section('commands', columns(names, '  '), output),
    ...section('options of every command', optionLines(commonOptions), output),
    ...closing(output),
    '',
    'bluewire COMMAND --help tells more of one.',
  ].join('\n');
}

/** The help of one command. */
export function commandHelp(command: Command, output: Output): string {
  const { description, options, actions, timeoutSeconds } = command;
  const common: OptionTable =
    timeoutSeconds === undefined
      ? commonOptions
      : {
          ...commonOptions,
          timeout: {
            ...commonOptions['timeout']!,
            help: `${commonOptions['timeout']!.help} [${timeoutSeconds}]`,
          },
        };
  return [
    description,
    '',
    `${output.emphasise('usage', 'bold')}: ${formOf(command)}`,
    ...(actions ? section('actions', actionLines(actions), output) : []),
    ...(Object.keys(options).length === 0 ? [] : section('options', optionLines(options), output)),
    ...section('options of every command', optionLines(common), output),
    ...closing(output),
  ].join('\n');
}

/** What goes for every command. */
function closing(output: Output): string[] {
  const forms = [...transportSchemes().values()].map(({ form }) => `  ${form}`);
  return [
    ...section('ports (a path alone is a serial port)', forms, output),
    ...section('exit codes', columns(exitCodes, '  '), output),
  ];
}

function section(title: string, lines: readonly string[], output: Output): string[] {
  return ['', `${output.emphasise(title, 'bold')}:`, ...lines];
}

function actionLines(actions: NonNullable<Command['actions']>): string[] {
  const rows = Object.entries(actions).map(([name, { operands = [], summary }]) => {
    return [[name, ...operands].join(' '), summary] as const;
  });
  return columns(rows, '  ');
}

function optionLines(table: OptionTable): string[] {
  const rows = Object.entries(table).map(([name, { short, value, help }]) => {
    const letter = short === undefined ? '    ' : `-${short}, `;
    return [`${letter}--${name}${value === undefined ? '' : ` ${value}`}`, help] as const;
  });
  return columns(rows, '  ');
}
