import { Bluetooth } from '../../api/index.js';
import { sleep } from '../../core/clock.js';
import { toHex } from '../../core/hex.js';
import { raceAbort } from '../../core/mutex.js';
import { Uuid } from '../../core/uuid.js';
import type { Command, CommandContext } from '../command.js';
import { heartRate } from '../heart-rate.js';
import { LinkedAbort } from '../linked-abort.js';
import { recoveryOption, tellDiagnostic, tellRecovery, unlessEnded } from '../opening.js';
import { portFrom } from '../port-option.js';
import { pythonText } from '../python.js';

/** `bluewire heart-rate`: the quick example. */
export const heartRateCommand: Command = {
  name: 'heart-rate',
  summary: 'the quick example: find a heart rate sensor and read it',
  description:
    'Scans until a device with the complete name "Heart Rate" turns up, connects, and\n' +
    'lists its services and the values of their readable characteristics, as the quick\n' +
    'example of the Pycom documentation does.',
  options: {},
  timeoutSeconds: 30,
  async run(context: CommandContext): Promise<void> {
    const { options, clock, random, output, signal } = context;
    const bt = new Bluetooth({
      transport: portFrom(options),
      clock,
      random,
      ...recoveryOption(options),
      capture: options.text('capture'),
    });
    tellRecovery(bt, output);
    bt.on('diagnostic', (diagnostic) => tellDiagnostic(diagnostic, output));
    const end = new LinkedAbort(signal);
    // What fails behind the back of the program: the port is gone, the scan was refused.
    bt.on('error', (error) => end.abort(error));
    await unlessEnded(bt.init(), context, () => bt.deinit());
    try {
      await raceAbort(program(bt, context, end.signal), end.signal);
    } finally {
      end.release();
      await bt.deinit();
    }
  },
};

/** The example with its output: as the page has it, or as JSON. */
function program(bt: Bluetooth, { output, options, clock }: CommandContext, end: AbortSignal): Promise<void> {
  const wait = (ms: number) => raceAbort(sleep(clock, ms), end);
  if (!options.has('json')) {
    return heartRate(bt, {
      sleep: wait,
      service: (uuid) =>
        output.line(
          `Reading chars from service = ${typeof uuid === 'number' ? uuid.toString(16) : pythonText(uuid)}`,
        ),
      characteristic: (uuid, value) => output.line(`char ${pythonText(uuid)} value = ${pythonText(value)}`),
    });
  }
  let service = '';
  return heartRate(bt, {
    sleep: wait,
    service: async (uuid) => {
      service = Uuid.from(uuid).toShortString();
    },
    characteristic: (uuid, value) =>
      output.json({ service, characteristic: Uuid.from(uuid).toShortString(), value: toHex(value) }),
  });
}
