import { type RandomSource, randomUnit } from '../../core/random.js';
import { PacketType } from '../packet-type.js';
import type { FaultDirection, WireFault, WireFaultKind } from './plan.js';

const COMMAND_COMPLETE = 0x0e;
const COMMAND_STATUS = 0x0f;
const LE_META = 0x3e;

/** What stops everything happens once, unless it is said otherwise. */
const once: ReadonlySet<WireFaultKind> = new Set(['stall', 'silence', 'assert', 'restart', 'unplug']);
const bothWays: ReadonlySet<WireFaultKind> = new Set(['stall', 'silence']);

/** When a {@link WireFault} happens. */
export class FaultTrigger {
  readonly fault: WireFault;
  private readonly random: RandomSource;
  private readonly limit: number;
  private readonly direction: FaultDirection | 'both';
  private seen = 0;
  private happened = 0;

  constructor(fault: WireFault, random: RandomSource) {
    this.fault = fault;
    this.random = random;
    this.limit = fault.times ?? (once.has(fault.fault) ? 1 : Number.POSITIVE_INFINITY);
    this.direction = fault.direction ?? (bothWays.has(fault.fault) ? 'both' : 'toHost');
  }

  /** How often it has happened. */
  get count(): number {
    return this.happened;
  }

  /** Whether it happens to a packet, indicator first; counts it. `now` in milliseconds since the opening. */
  strikes(packet: Uint8Array, direction: FaultDirection, now: number): boolean {
    const { fault } = this;
    if (this.happened >= this.limit) return false;
    if (this.direction !== 'both' && this.direction !== direction) return false;
    if (now < (fault.fromMs ?? 0) || now >= (fault.untilMs ?? Number.POSITIVE_INFINITY)) return false;
    if (!concerns(fault, packet) || fault.matches?.(packet) === false) return false;
    const turn = this.seen++ - (fault.after ?? 0);
    if (turn < 0 || turn % (fault.every ?? 1) !== 0) return false;
    if (fault.probability !== undefined && randomUnit(this.random) >= fault.probability) return false;
    this.happened++;
    return true;
  }

  /** The milliseconds of this time; 0 when the fault has none. */
  get ms(): number {
    const { ms = 0 } = this.fault;
    if (typeof ms === 'number') return ms;
    return ms[0] + (ms[1] - ms[0]) * randomUnit(this.random);
  }
}

function concerns(fault: WireFault, packet: Uint8Array): boolean {
  const type = packet[0];
  if (fault.packet !== undefined && PacketType[fault.packet] !== type) return false;
  if (fault.opcode !== undefined && opcodeOf(packet) !== fault.opcode) return false;
  if (fault.event !== undefined && !(type === PacketType.event && packet[1] === fault.event)) return false;
  if (fault.subevent === undefined) return true;
  return type === PacketType.event && packet[1] === LE_META && packet[3] === fault.subevent;
}

/** The opcode of a command, or of the command that an event answers. */
function opcodeOf(packet: Uint8Array): number | undefined {
  const word = (at: number) => (packet.length < at + 2 ? undefined : packet[at]! | (packet[at + 1]! << 8));
  if (packet[0] === PacketType.command) return word(1);
  if (packet[0] !== PacketType.event) return undefined;
  if (packet[1] === COMMAND_COMPLETE) return word(4);
  return packet[1] === COMMAND_STATUS ? word(5) : undefined;
}
