// What is loaded at its first use is here already: simulated time would not wait for it.
import '../../src/hci/framing/h5-transport.js';
import { SimulatedClock } from '../../src/core/clock.js';
import { BleError } from '../../src/core/errors.js';
import { seededRandom } from '../../src/core/random.js';
import { Device, type DeviceOptions } from '../../src/gap/index.js';
import { framed } from '../../src/hci/framing/framing.js';
import type { Diagnostic } from '../../src/hci/host-types.js';
import type { Machine } from '../../src/hci/transport/node/port-list.js';
import type { SerialOptions, SerialSettings } from '../../src/hci/transport/node/serial-settings.js';
import { SerialStream } from '../../src/hci/transport/node/serial-stream.js';
import type { HciTransport } from '../../src/hci/transport/transport.js';
import { Air, bluetooth40Personality, VirtualController } from '../../src/virtual/index.js';
import { recordedMachine } from '../support/recorded-machine.js';
import { type Firmware, h4Firmware, ScriptedPort } from '../support/scripted-port.js';

/** A machine with one serial port, of a board. */
export function machineWith(
  board: Partial<{ vendorId: string; productId: string; product: string }> = {},
  more: object = {},
): Machine {
  const files: Record<string, string> = {};
  const device = '/sys/devices/usb1/1-1/1-1:1.0';
  if (board.vendorId) files['/sys/devices/usb1/1-1/idVendor'] = board.vendorId;
  if (board.productId) files['/sys/devices/usb1/1-1/idProduct'] = board.productId;
  if (board.product) files['/sys/devices/usb1/1-1/product'] = board.product;
  return recordedMachine({
    platform: 'linux',
    ports: [{ path: '/dev/ttyX0' }],
    files,
    real: { '/sys/class/tty/ttyX0/device': device },
    ...more,
  });
}

/** What plays a serial port at the end of which something goes wrong. */
export interface Desk {
  /** What sits on the port; by the settings it was opened with. */
  readonly firmware?: (settings: SerialSettings) => Firmware | undefined;
  /** Why the operating system does not open it. */
  readonly failure?: string;
  /** What it prints by itself when it is opened. */
  readonly greeting?: string | Uint8Array;
  readonly machine?: Machine;
  readonly options?: Partial<SerialOptions>;
  readonly nodeVersion?: string;
  readonly device?: Partial<DeviceOptions>;
}

/** Opens a device on a scripted serial port, and gives what came of it. */
export async function openDesk(desk: Desk = {}) {
  const clock = new SimulatedClock();
  const random = seededRandom(1);
  const ports: ScriptedPort[] = [];
  const diagnostics: Diagnostic[] = [];
  const transport = async () => {
    const options: SerialOptions = { path: '/dev/ttyX0', parity: 'none', hunt: true, ...desk.options };
    const stream = new SerialStream('serial:/dev/ttyX0', options, {
      clock,
      machine: desk.machine ?? machineWith(),
      nodeVersion: desk.nodeVersion ?? 'v22.0.0',
      makePort: (path, settings) => {
        const failure = desk.failure === undefined ? undefined : new Error(desk.failure);
        const port = new ScriptedPort(path, settings, {
          firmware: desk.firmware?.(settings) ?? (() => {}),
          failure,
          greeting: desk.greeting,
        });
        ports.push(port);
        return port;
      },
    });
    return framed(stream, clock, { framing: options.hunt ? 'h4' : 'h5' });
  };
  const opening = Device.open({
    transport,
    clock,
    random,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...desk.device,
  });
  const settled = opening.then(
    (device) => ({ device, error: undefined }),
    (error: unknown) => ({ device: undefined, error: error as Error }),
  );
  // Node's streams move on in turns of the event loop: time passes a millisecond at a time.
  let result: Awaited<typeof settled> | undefined;
  settled.then((one) => {
    result = one;
  });
  for (let waited = 0; result === undefined && waited < 60_000; waited += 5) await clock.advance(5);
  if (!result) throw new Error('the port was neither opened nor given up in a minute');
  return { ...result, clock, ports, diagnostics, message: result.error?.message ?? '' };
}

/** Lets time pass for what goes through Node's streams. */
export async function pass(clock: SimulatedClock, ms: number): Promise<void> {
  for (let waited = 0; waited < ms; waited += 5) await clock.advance(5);
}

/** A healthy controller, in an air of its own. */
export function healthy(personality: 'modern' | '4.0' = 'modern'): HciTransport {
  const air = new Air({ clock: new SimulatedClock(), random: seededRandom(2) });
  return new VirtualController(air, {
    address: '00:00:5E:00:53:01',
    ...(personality === '4.0' ? { personality: bluetooth40Personality } : {}),
  }).transport();
}

/** A healthy board that speaks H4. */
export function board(): Firmware {
  return h4Firmware(healthy());
}

/** The code of an error of the stack. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof BleError ? error.code : undefined;
}
