import type { Clock } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import type { RandomSource } from '../../core/random.js';
import { PacketType } from '../../hci/packet-type.js';
import { streamTransport } from '../../hci/transport/from-objects.js';
import { createTransport } from '../../hci/transport/registry.js';
import type { HciTransport } from '../../hci/transport/transport.js';
import type { VirtualController } from '../../virtual/index.js';
import type { Place } from './places.js';
import { type Pty, PtyMaker } from './pty.js';

/** Octets that may wait for a host that does not read: beyond, it hears no more advertising, as a dongle's full UART has it. */
const REPORTS_UP_TO = 0x10000;
/** Beyond so much the host is given up. */
const BACKLOG_LIMIT = 0x400000;
/** Hardware Error: Core Vol 4, Part E, 7.7.16. The code is the vendor's: lost framing. */
const HARDWARE_ERROR = Uint8Array.of(PacketType.event, 0x10, 0x01, 0x01);

const LE_META = 0x3e;
/** LE Advertising Report, Directed and Extended Advertising Report, Periodic Advertising Report. */
const REPORTS: readonly number[] = [0x02, 0x0b, 0x0d, 0x0f];

/** Told of what happens at one controller. */
export interface ServeEvents {
  /** It can be reached; `at` is the port string for it. */
  listening(at: string): void;
  /** A host is there. */
  connected(): void;
  /** It is gone again, or was given up. */
  gone(why: string): void;
  /** A packet passed, to the host or from it. */
  packet(toHost: boolean): void;
  /** Something worth a word. */
  told(message: string): void;
}

/** What serving needs. */
export interface ServeContext {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Serves a controller at a place, one host after the other, until the signal. When a host goes, the controller is as if it
 * had been unplugged: its links time out at their other ends, and the next host finds it as after power-up.
 * @throws {TransportError} when the place is not to be had; {Error} the signal's reason
 */
export async function serve(
  controller: VirtualController,
  place: Place,
  events: ServeEvents,
  context: ServeContext,
): Promise<void> {
  const maker = place.kind === 'pty' ? new PtyMaker(place.link, context.clock, context.env) : undefined;
  let port = place.kind === 'listen' ? place.port : '';
  const noted: ServeEvents = {
    ...events,
    listening(at) {
      // Where port 0 was wanted, the next host finds it at the port that the first one did.
      port = port.replace(/:0$/, /:\d+(?=\/?$)/.exec(at)?.[0] ?? ':0');
      events.listening(at);
    },
  };
  try {
    for (;;) {
      context.signal.throwIfAborted();
      await (maker
        ? throughPty(controller, maker, events, context)
        : oneHost(controller, await createTransport(port, context), noted, context));
    }
  } finally {
    maker?.dispose();
  }
}

async function throughPty(
  controller: VirtualController,
  maker: PtyMaker,
  events: ServeEvents,
  context: ServeContext,
): Promise<void> {
  const pty: Pty = await maker.make();
  try {
    events.listening(`serial:${pty.path}`);
    const { stdout, stdin } = pty.process;
    const wire = await streamTransport(
      { readable: stdout!, writable: stdin! },
      { name: `pty:${pty.path}`, clock: context.clock },
    );
    await oneHost(controller, wire, events, context, true);
  } finally {
    await pty.close();
  }
}

/** From the waiting for a host to its going. */
async function oneHost(
  controller: VirtualController,
  wire: HciTransport,
  events: ServeEvents,
  { signal }: ServeContext,
  isSilentUntilSpokenTo = false,
): Promise<void> {
  let leave!: (why: string) => void;
  const left = new Promise<string>((resolve) => {
    leave = resolve;
  });
  const stop = () => leave('');
  signal.addEventListener('abort', stop, { once: true });
  let isThere = false;
  const arrived = () => {
    if (isThere) return;
    isThere = true;
    events.connected();
  };
  const detach = controller.attach({
    packet(packet) {
      if (wire.writeBacklog > BACKLOG_LIMIT)
        leave(`it does not read: ${wire.writeBacklog} octets wait for it`);
      else if (wire.writeBacklog <= REPORTS_UP_TO || !isReport(packet)) {
        events.packet(true);
        wire.send(packet);
      }
    },
    gone: () => leave('the controller was switched off'),
  });
  if (typeof detach === 'string')
    throw new TransportError(`${wire.name}: the controller has a host already`, 'PORT_BUSY');
  try {
    const opened = wire.open({
      packet(type, bytes, start, end) {
        arrived();
        events.packet(false);
        const packet = new Uint8Array(1 + end - start);
        packet[0] = type;
        packet.set(bytes.subarray(start, end), 1);
        controller.receive(packet);
      },
      diagnostic({ kind, message, at }) {
        if (kind === 'listening') events.listening(at!);
        else events.told(message);
        // The host has to know, and to send HCI_Reset: Core Vol 4, Part A, 4.
        if (kind === 'lost-framing') wire.send(HARDWARE_ERROR.slice());
      },
      closed: (error) => leave(error?.message ?? 'it closed the port'),
    });
    opened.catch(() => {});
    await Promise.race([opened, left]);
    signal.throwIfAborted();
    // A pseudo-terminal is open before anybody is there.
    if (!isSilentUntilSpokenTo) arrived();
    const why = await left;
    signal.throwIfAborted();
    if (isThere) events.gone(why);
  } finally {
    signal.removeEventListener('abort', stop);
    detach();
    await wire.close();
    // As if it had been pulled out and put in again.
    controller.powerOff();
    controller.powerOn();
  }
}

function isReport(packet: Uint8Array): boolean {
  return packet[0] === PacketType.event && packet[1] === LE_META && REPORTS.includes(packet[3]!);
}
