import { toHex } from '../../core/hex.js';
import { leFeatureNames } from '../../hci/features.js';
import { boardOf } from '../../hci/transport/boards.js';
import { listPorts, type Machine, thisMachine } from '../../hci/transport/node/port-list.js';
import { portText } from '../../hci/transport/port-text.js';
import { createTransport } from '../../hci/transport/registry.js';
import type { Command, CommandContext } from '../command.js';
import { type Examination, examine, type Finding, type Verdict } from '../doctor/examination.js';
import { ExitCode } from '../errors.js';
import { type Emphasis, printable } from '../output.js';
import { portFrom } from '../port-option.js';

const marks: Readonly<Record<Verdict, readonly [text: string, emphasis: Emphasis]>> = {
  ok: ['ok  ', 'green'],
  warning: ['look', 'bold'],
  failed: ['BAD ', 'red'],
};

/** `bluewire doctor`: what is there, what is wrong with it, and how to mend it. */
export function doctorCommand(machine: Machine = thisMachine): Command {
  return {
    name: 'doctor',
    summary: 'look at a controller: what is wrong with it, and how to mend it',
    description:
      'Opens the port, brings the controller up and tells what it is: firmware, version,\n' +
      'address, features, buffers, the time of an answer over 200 of them; and what is\n' +
      'wrong, with what to do. Without --port it looks at every port that may be one\n' +
      '(bluewire ports lists them).\n\n' +
      'Ends with 0 when all is well, with 3 when it works and something should be mended,\n' +
      'with 1 when it does not work or nothing is there.',
    options: {},
    async run(context: CommandContext): Promise<number> {
      const ports = context.options.has('port')
        ? [portFrom(context.options)]
        : await candidates(context, machine);
      let worst: Verdict | undefined;
      for (const port of ports) {
        context.signal.throwIfAborted();
        const verdict = await look(port, context);
        if (worst === undefined || rank(verdict) > rank(worst)) worst = verdict;
      }
      return worst === 'ok' ? ExitCode.done : worst === 'warning' ? ExitCode.warnings : ExitCode.failed;
    },
  };
}

const rank = (verdict: Verdict) => ['ok', 'warning', 'failed'].indexOf(verdict);

/** The ports worth a look; what hinders one is told. */
async function candidates({ output, options }: CommandContext, machine: Machine): Promise<string[]> {
  for (const name of ['baud', 'rtscts'])
    if (options.has(name)) throw options.wrong(`--${name} wants --port: it is for one port`);
  const ports: string[] = [];
  for (const port of await listPorts(machine)) {
    const board = boardOf(port);
    const text = portText(port.path, board);
    if (board.hci === 'no') await output.note(`${port.path}: ${board.name}: ${board.note}`);
    else if (port.holder)
      await output.note(`${text}: in use by ${port.holder.name} (pid ${port.holder.pid})`);
    else if (!port.permitted) await output.note(`${text}: no permission; see bluewire ports`);
    else ports.push(text);
  }
  if (ports.length === 0) {
    await output.note(
      'no port to look at. Is the board plugged in, with a cable that has data lines? bluewire ports --all lists all there are; ' +
        'bluewire doctor --port virtual: shows a healthy one',
    );
  }
  return ports;
}

async function look(port: string, context: CommandContext): Promise<Verdict> {
  const { output, options, clock, random, signal } = context;
  const transport = await createTransport(port, { clock, random });
  const examination = await examine(transport, clock, signal);
  const verdicts = examination.findings.map(({ verdict }) => verdict);
  const worst = verdicts.includes('failed') ? 'failed' : verdicts.includes('warning') ? 'warning' : 'ok';
  if (options.has('json')) await output.json(asJson(examination, worst));
  else await print(examination, worst, context);
  return worst;
}

async function print(
  { port, findings }: Examination,
  worst: Verdict,
  { output }: CommandContext,
): Promise<void> {
  await output.line(output.emphasise(port, 'bold'));
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const { check, verdict, found, advice } of findings) {
    const [mark, emphasis] = marks[verdict];
    await output.line(`  ${output.emphasise(mark, emphasis)}  ${check.padEnd(width)}  ${printable(found)}`);
    if (advice !== undefined) await output.line(`${' '.repeat(10 + width)}→ ${advice}`);
  }
  await output.line(
    {
      ok: '  All is well.',
      warning: '  It works; see the lines marked “look”.',
      failed: '  It does not work as it is.',
    }[worst],
  );
}

function asJson({ port, findings, controller, roundTrip }: Examination, verdict: Verdict) {
  return {
    port,
    verdict,
    findings: findings.map(({ check, verdict: one, found, advice }: Finding) => ({
      check,
      verdict: one,
      found,
      advice: advice ?? null,
    })),
    controller: controller
      ? {
          firmware: controller.firmware.name,
          firmwareVersion: controller.firmware.version ?? null,
          companyIdentifier: controller.companyIdentifier,
          hciVersion: controller.hciVersion,
          publicAddress: controller.publicAddress,
          leFeatures: leFeatureNames(controller.leFeatures),
          supportedCommands: toHex(controller.supportedCommands),
          aclBuffers: { length: controller.aclDataLength, count: controller.aclDataPackets },
          isoBuffers: { length: controller.isoDataLength, count: controller.isoDataPackets },
          filterAcceptListSize: controller.filterAcceptListSize ?? null,
          resolvingListSize: controller.resolvingListSize ?? null,
        }
      : null,
    roundTripMs: roundTrip ?? null,
  };
}
