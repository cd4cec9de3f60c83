import { type Clock, systemClock } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import { type RandomSource, randomUnit, seededRandom } from '../../core/random.js';
import type { ByteStream, ByteStreamSink } from '../framing/byte-stream.js';
import { H4Deframer } from '../framing/h4-deframer.js';
import { H4Transport } from '../framing/h4-transport.js';
import { PacketType } from '../packet-type.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../transport/transport.js';
import { Lane } from './lane.js';
import {
  checkFault,
  checkFaultPlan,
  checkPacket,
  concernsStream,
  type FaultDirection,
  type FaultPlan,
  type WireFault,
} from './plan.js';
import { FaultTrigger } from './trigger.js';

const RESET = Uint8Array.of(PacketType.command, 0x03, 0x0c, 0x00);
const COMMAND_COMPLETE = 0x0e;
const COMMAND_STATUS = 0x0f;
const COMPLETED_PACKETS = 0x13;
const HARDWARE_ERROR = 0x10;
/** Zephyr's controller says where it failed: `hci_uart` and the like send this event when an assertion fails. */
const ZEPHYR_ASSERTION = [0xff, 0xaa] as const;
/** Some place in the firmware: the name of a file, ended by 0, and a line. */
const ASSERTION_PLACE = 'lll_conn.c';
const ASSERTION_LINE = 512;

/** What an ESP32 with one UART for everything prints when its controller fails an assertion, and while it boots. */
const ESP32_PANIC = [
  '',
  'ASSERT_PARAM(512 0), in lld_con.c at line 512',
  "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.",
  'Rebooting...',
  'ets Jul 29 2019 12:21:46',
  '',
  'rst:0xc (SW_CPU_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)',
  'configsip: 0, SPIWP:0xee',
  'entry 0x400805f0',
  '',
].join('\r\n');
const ESP32_BOOT_MS = 1000;

/** What {@link faulty} takes beside the plan. */
export interface FaultyOptions {
  /** Where time comes from, for what is late; the machine's clock without. */
  readonly clock?: Clock;
}

/**
 * A transport on which things go wrong as planned, in front of another one. With the same seed the same happens each time.
 * A plan with `truncate` or `garble` makes a stream of octets of it, whose framing the host can lose and find again, as on a
 * serial port.
 *
 * ```ts
 * const transport = faulty(controller.transport(), {
 *   faults: [{ fault: 'drop', event: 0x13, every: 100 }, { fault: 'assert', fromMs: 60_000 }],
 * });
 * ```
 * @throws {RangeError | TypeError} naming the field of the plan that is wrong
 */
export function faulty(inner: HciTransport, plan: FaultPlan, options: FaultyOptions = {}): HciTransport {
  const transport = new FaultyTransport(inner, plan, options);
  if (!concernsStream(plan)) return transport;
  const { clock } = options;
  return new H4Transport(new FaultyStream(transport), clock ? { clock } : {});
}

/** A transport of whole packets on which things go wrong: as planned, and as told meanwhile. See {@link faulty}. */
export class FaultyTransport implements HciTransport {
  readonly name: string;
  private readonly inner: HciTransport;
  private readonly clock: Clock;
  private readonly random: RandomSource;
  private readonly triggers: Set<FaultTrigger>;
  private readonly toHost: Lane;
  private readonly toController: Lane;
  private sink: HciTransportSink | undefined;
  private began = 0;
  private silentUntil = Number.NEGATIVE_INFINITY;
  /** Answers to a Reset that the host did not send. */
  private swallow = 0;
  private gone = false;

  /** @throws {RangeError | TypeError} naming the field of the plan that is wrong */
  constructor(
    inner: HciTransport,
    plan: FaultPlan = { faults: [] },
    { clock = systemClock }: FaultyOptions = {},
  ) {
    checkFaultPlan(plan);
    this.name = `faulty:${inner.name}`;
    this.inner = inner;
    this.clock = clock;
    this.random = seededRandom(plan.seed ?? 1);
    this.triggers = new Set(plan.faults.map((fault) => new FaultTrigger(fault, this.random)));
    this.toHost = new Lane(clock, (packet) => this.sink?.packet(packet[0]!, packet, 1, packet.length));
    this.toController = new Lane(clock, (packet) => inner.send(packet));
  }

  get writeBacklog(): number {
    return this.inner.writeBacklog + this.toController.backlog;
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    this.sink = sink;
    this.began = this.clock.now();
    return this.inner.open({
      packet: (type, bytes, start, end) => this.fromController(type, bytes, start, end),
      diagnostic: (diagnostic) => sink.diagnostic(diagnostic),
      closed: (error) => {
        this.toHost.close();
        this.toController.close();
        if (!this.gone) sink.closed(error);
      },
    });
  }

  send(packet: Uint8Array): void {
    this.run(packet, 'toController');
  }

  async close(): Promise<void> {
    // What was sent last still arrives, as by every other way.
    this.toController.flush();
    this.toHost.close();
    this.toController.close();
    await this.inner.close();
  }

  /**
   * Orders one more fault, from now on.
   * @returns a function that calls it off, and gives how often it has happened
   * @throws {RangeError | TypeError} naming the field that is wrong
   */
  order(fault: WireFault): () => number {
    checkFault(fault, 'fault');
    if (concernsStream({ faults: [fault] })) {
      throw new RangeError(
        `fault.fault: ${JSON.stringify(fault.fault)} is not permitted; it concerns a stream: put it into the plan of faulty()`,
      );
    }
    const trigger = new FaultTrigger(fault, this.random);
    this.triggers.add(trigger);
    return () => {
      this.triggers.delete(trigger);
      return trigger.count;
    };
  }

  /** Gives the host a packet that the controller never sent, indicator first. */
  inject(packet: Uint8Array): void {
    this.toHost.pass(checkPacket(packet).slice(), 0);
  }

  /** The controller loses its power and is back at once: it knows nothing, and the host is not told. */
  restart(): void {
    this.swallow++;
    this.inner.send(RESET.slice());
  }

  /** Nothing passes any more in either direction, for `ms` milliseconds or for ever. */
  silence(ms = Number.POSITIVE_INFINITY): void {
    this.silentUntil = this.clock.now() + ms;
  }

  /** The port is pulled out. */
  unplug(): void {
    if (this.gone) return;
    this.gone = true;
    this.toHost.close();
    this.toController.close();
    this.sink?.closed(
      new TransportError(`${this.name}: the port is gone. Was the device unplugged?`, 'PORT_LOST'),
    );
    void this.inner.close();
  }

  private fromController(type: number, bytes: Uint8Array, start: number, end: number): void {
    const packet = new Uint8Array(1 + end - start);
    packet[0] = type;
    packet.set(bytes.subarray(start, end), 1);
    if (this.swallow > 0 && isResetComplete(packet)) {
      this.swallow--;
      return;
    }
    this.run(packet, 'toHost');
  }

  private get silent(): boolean {
    return this.gone || this.clock.now() < this.silentUntil;
  }

  /** Lets everything happen to a packet that is to happen to it, in the order of the plan. */
  private run(packet: Uint8Array, direction: FaultDirection): void {
    if (this.silent) return;
    const lane = direction === 'toHost' ? this.toHost : this.toController;
    const now = this.clock.now() - this.began;
    let octets: Uint8Array | undefined = packet;
    let copies = 1;
    let delay = 0;
    let then: (() => void) | undefined;
    for (const trigger of this.triggers) {
      if (!octets || !trigger.strikes(packet, direction, now)) continue;
      const { fault, code = 0, bits = 1 } = trigger.fault;
      if (fault === 'drop') octets = undefined;
      else if (fault === 'delay') delay += trigger.ms;
      else if (fault === 'duplicate') copies = 2;
      else if (fault === 'corrupt') octets = this.flip(octets, bits);
      else if (fault === 'truncate') octets = octets.slice(0, trigger.fault.octets ?? octets.length >> 1);
      else if (fault === 'garble') octets = this.garble(octets, trigger.fault.octets ?? 8);
      else if (fault === 'withholdCredits') octets = this.withhold(octets, trigger);
      else if (fault === 'hardwareError') {
        then = () => this.toHost.pass(Uint8Array.of(PacketType.event, HARDWARE_ERROR, 1, code), 0);
      } else if (fault === 'stall') this.stall(trigger);
      else if (fault === 'silence') this.silence(trigger.ms || Number.POSITIVE_INFINITY);
      else if (fault === 'assert') this.assert(trigger);
      else if (fault === 'restart') then = () => this.restart();
      else this.unplug();
    }
    if (octets && octets.length > 0 && !this.silent) {
      for (let i = 0; i < copies; i++) lane.pass(i === 0 ? octets : octets.slice(), delay);
    }
    then?.();
  }

  private stall(trigger: FaultTrigger): void {
    const { direction = 'both' } = trigger.fault;
    const { ms } = trigger;
    if (direction !== 'toController') this.toHost.stall(ms);
    if (direction !== 'toHost') this.toController.stall(ms);
  }

  /** What it knew is gone, its radio included. */
  private assert({ fault, ms }: FaultTrigger): void {
    this.restart();
    if (fault.controller === 'esp32') {
      this.toHost.pass(new TextEncoder().encode(ESP32_PANIC), 0);
      this.silence(ms || ESP32_BOOT_MS);
      return;
    }
    const place = [...new TextEncoder().encode(ASSERTION_PLACE), 0];
    const line = [0, 8, 16, 24].map((shift) => (ASSERTION_LINE >> shift) & 0xff);
    const [code, subevent] = ZEPHYR_ASSERTION;
    const parameters = [subevent, ...place, ...line];
    this.toHost.pass(Uint8Array.of(PacketType.event, code, parameters.length, ...parameters), 0);
    this.silence();
  }

  /** Turns bits of the body round: behind the header, whose length says where the packet ends. */
  private flip(packet: Uint8Array, bits: number): Uint8Array {
    const header = packet[0] === PacketType.event ? 3 : packet[0] === PacketType.command ? 4 : 5;
    const room = packet.length - header;
    if (room <= 0) return packet;
    const flipped = packet.slice();
    for (let i = 0; i < bits; i++) {
      const bit = Math.floor(randomUnit(this.random) * room * 8);
      flipped[header + (bit >> 3)]! ^= 1 << (bit & 7);
    }
    return flipped;
  }

  private garble(packet: Uint8Array, octets: number): Uint8Array {
    const garbled = new Uint8Array(octets + packet.length);
    this.random.fill(garbled.subarray(0, octets));
    garbled.set(packet, octets);
    return garbled;
  }

  /** Takes the credits out of a packet, or the packet away when it has nothing else; gives them back later, if ever. */
  private withhold(packet: Uint8Array, trigger: FaultTrigger): Uint8Array | undefined {
    if (packet[0] !== PacketType.event) return packet;
    const later = (made: Uint8Array) => {
      if (trigger.fault.ms === undefined) return;
      this.clock.setTimeout(() => {
        if (!this.silent) this.toHost.pass(made, 0);
      }, trigger.ms);
    };
    if (packet[1] === COMPLETED_PACKETS) {
      later(packet);
      return undefined;
    }
    const at = packet[1] === COMMAND_COMPLETE ? 3 : packet[1] === COMMAND_STATUS ? 4 : undefined;
    if (at === undefined) return packet;
    const without = packet.slice();
    without[at] = 0;
    // Credits by themselves: Command Complete without an opcode (Core Vol 4, Part E, 7.7.14).
    later(Uint8Array.of(PacketType.event, COMMAND_COMPLETE, 3, packet[at]!, 0, 0));
    return without;
  }
}

function isResetComplete(packet: Uint8Array): boolean {
  return packet[1] === COMMAND_COMPLETE && packet[4] === RESET[1] && packet[5] === RESET[2];
}

/** The packets of a {@link FaultyTransport} as a stream of octets, with what went wrong with them in it. */
class FaultyStream implements ByteStream {
  readonly name: string;
  private readonly inner: FaultyTransport;
  private readonly deframer: H4Deframer;

  constructor(inner: FaultyTransport) {
    this.name = inner.name;
    this.inner = inner;
    this.deframer = new H4Deframer({
      packet: (type, bytes, start, end) => {
        const packet = new Uint8Array(1 + end - start);
        packet[0] = type;
        packet.set(bytes.subarray(start, end), 1);
        inner.send(packet);
      },
      lost: () => {},
      found: () => {},
    });
  }

  get writeBacklog(): number {
    return this.inner.writeBacklog;
  }

  open(sink: ByteStreamSink): Promise<Partial<TransportOpened> | undefined> {
    return this.inner.open({
      packet: (_type, bytes) => sink.data(bytes),
      diagnostic: (diagnostic) => sink.diagnostic?.(diagnostic),
      closed: (error) => sink.closed(error),
    });
  }

  write(bytes: Uint8Array): void {
    this.deframer.push(bytes);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
