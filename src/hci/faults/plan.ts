import { checkBytes, checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import { PacketType } from '../packet-type.js';

/** Which way a packet goes. */
export type FaultDirection = 'toHost' | 'toController';

/**
 * What can go wrong between a host and its controller:
 *
 * - `drop`: the packet is lost.
 * - `delay`: it comes `ms` later, and what is behind it not before it.
 * - `corrupt`: `bits` of its body are the other way round.
 * - `duplicate`: it comes twice.
 * - `stall`: from here on nothing passes for `ms`; then everything does at once.
 * - `silence`: from here on nothing passes any more, or not for `ms`; what is sent meanwhile is lost.
 * - `truncate`: only its first `octets` come, so that the stream of octets loses its framing.
 * - `garble`: `octets` octets by chance come before it, likewise.
 * - `assert`: the controller fails an assertion and loses all that it knew. One as Zephyr's says so by an event of the vendor and
 *   is silent from there on; an `esp32` prints its panic and its boot log among the packets, and is silent for `ms` (1000).
 * - `hardwareError`: the controller sends HCI_Hardware_Error with `code` after it.
 * - `withholdCredits`: the packet gives back no credits: Num_HCI_Command_Packets is 0, Number Of Completed Packets does
 *   not come; `ms` later they are made up for, or never.
 * - `restart`: the controller loses its power and is back at once, knows nothing, and says nothing.
 * - `unplug`: the port is gone.
 */
export const faultKinds = [
  ...(['drop', 'delay', 'corrupt', 'duplicate', 'stall', 'silence', 'truncate', 'garble'] as const),
  ...(['assert', 'hardwareError', 'withholdCredits', 'restart', 'unplug'] as const),
] as const;

/** One of {@link faultKinds}. */
export type WireFaultKind = (typeof faultKinds)[number];

/** How controllers behave that fail an assertion. */
export const assertingControllers = ['zephyr', 'esp32'] as const;

/** One fault to order: what happens, and to which packets. All that it says of a packet must hold. */
export interface WireFault {
  readonly fault: WireFaultKind;
  /** Whose way of failing an assertion it is, of `assert`; `zephyr`. */
  readonly controller?: (typeof assertingControllers)[number];
  /** Which way the packets go that it happens to; `toHost`, and for `stall` and `silence` both. */
  readonly direction?: FaultDirection | 'both';
  /** Which packets; all. */
  readonly packet?: keyof typeof PacketType;
  /** An opcode (OGF << 10 | OCF): of the command, or of the one that a Command Complete or Command Status answers. */
  readonly opcode?: number;
  /** An event code. */
  readonly event?: number;
  /** The subevent of an LE Meta event. */
  readonly subevent?: number;
  /** Any condition of the program's own on the H4 packet, indicator first. */
  readonly matches?: (packet: Uint8Array) => boolean;
  /** From when to when, in milliseconds since the opening; always. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** How many of such packets are let through first; 0. */
  readonly after?: number;
  /** Of those behind, every how many it happens to; 1, which is each. */
  readonly every?: number;
  /** How often it happens at most; without limit, and once for what ends or stops everything. */
  readonly times?: number;
  /** How likely it happens to a packet that all else is true of, 0–1; 1. */
  readonly probability?: number;
  /** Milliseconds, or the least and the most of them; what for, says the fault. */
  readonly ms?: number | readonly [number, number];
  /** Octets, of `truncate` (half the packet without) and `garble` (8). */
  readonly octets?: number;
  /** Bits, of `corrupt`; 1. */
  readonly bits?: number;
  /** Hardware_Code, of `hardwareError`; 0. */
  readonly code?: number;
}

/** What goes wrong: all of it from one seed. */
export interface FaultPlan {
  /** 0 to 0xFFFFFFFF; 1. */
  readonly seed?: number;
  readonly faults: readonly WireFault[];
}

const known = [
  ...[
    'fault',
    'controller',
    'direction',
    'packet',
    'opcode',
    'event',
    'subevent',
    'matches',
    'fromMs',
    'untilMs',
  ],
  ...['after', 'every', 'times', 'probability', 'ms', 'octets', 'bits', 'code'],
];

/** A day: nothing takes longer. */
const MAX_MS = 86_400_000;

/** @throws {RangeError | TypeError} naming the field that is wrong */
export function checkFaultPlan(plan: FaultPlan, name = 'plan'): FaultPlan {
  checkKeys(name, plan, ['seed', 'faults']);
  if (plan.seed !== undefined) checkInteger(`${name}.seed`, plan.seed, 0, 0xffffffff);
  if (!Array.isArray(plan.faults)) throw new TypeError(`${name}.faults: a list of faults is wanted`);
  plan.faults.forEach((fault: WireFault, i: number) => {
    checkFault(fault, `${name}.faults.${i}`);
  });
  return plan;
}

/** @throws {RangeError | TypeError} naming the field that is wrong */
export function checkFault(fault: WireFault, name: string): WireFault {
  checkKeys(name, fault, known);
  checkOneOf(`${name}.fault`, fault.fault, faultKinds);
  const integer = (key: keyof WireFault, low: number, high: number) => {
    if (fault[key] !== undefined) checkInteger(`${name}.${key}`, fault[key], low, high);
  };
  if (fault.controller !== undefined) {
    checkOneOf(`${name}.controller`, fault.controller, assertingControllers);
  }
  if (fault.direction !== undefined) {
    checkOneOf(`${name}.direction`, fault.direction, ['toHost', 'toController', 'both']);
  }
  if (fault.packet !== undefined) {
    const kinds = Object.keys(PacketType) as (keyof typeof PacketType)[];
    checkOneOf(`${name}.packet`, fault.packet, kinds);
  }
  if (fault.matches !== undefined && typeof fault.matches !== 'function') {
    throw new TypeError(`${name}.matches: a function is wanted`);
  }
  integer('opcode', 0, 0xffff);
  integer('event', 0, 0xff);
  integer('subevent', 0, 0xff);
  integer('after', 0, 0xffffffff);
  integer('every', 1, 0xffffffff);
  integer('times', 1, 0xffffffff);
  integer('octets', 0, 0xffff);
  integer('bits', 1, 0xffff);
  integer('code', 0, 0xff);
  if (fault.fromMs !== undefined) checkNumber(`${name}.fromMs`, fault.fromMs, 0, 1e12, 'ms');
  if (fault.untilMs !== undefined) {
    checkNumber(`${name}.untilMs`, fault.untilMs, fault.fromMs ?? 0, 1e12, 'ms');
  }
  if (fault.probability !== undefined) checkNumber(`${name}.probability`, fault.probability, 0, 1);
  checkMs(fault, name);
  return fault;
}

function checkMs({ fault, ms }: WireFault, name: string): void {
  if (ms === undefined) {
    if (fault === 'delay' || fault === 'stall') {
      throw new TypeError(`${name}.ms: missing; a ${fault} takes some milliseconds`);
    }
    return;
  }
  if (typeof ms === 'number') {
    checkNumber(`${name}.ms`, ms, 0, MAX_MS, 'ms');
    return;
  }
  if (!Array.isArray(ms) || ms.length !== 2) {
    throw new TypeError(`${name}.ms: a number, or the least and the most, is wanted`);
  }
  checkNumber(`${name}.ms.0`, ms[0], 0, MAX_MS, 'ms');
  checkNumber(`${name}.ms.1`, ms[1], ms[0] as number, MAX_MS, 'ms');
}

/** Whether a plan concerns the stream of octets, and not whole packets only. */
export function concernsStream({ faults }: FaultPlan): boolean {
  return faults.some(
    ({ fault, controller }) => fault === 'truncate' || fault === 'garble' || controller === 'esp32',
  );
}

/** Checks octets of a packet: an indicator that exists, and something behind it. */
export function checkPacket(packet: Uint8Array): Uint8Array {
  checkBytes('packet', packet, 2, 0x10004);
  checkOneOf('packet.0', packet[0], Object.values(PacketType));
  return packet;
}
