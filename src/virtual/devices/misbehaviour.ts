import { checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';

/**
 * What a device can do wrongly, by name:
 *
 * - `never-answers`: no ATT response leaves it; with `opcode`, none to requests of that opcode.
 * - `slow-answers`: its ATT responses come `ms` late.
 * - `wrong-lengths`: its ATT responses and notifications lack their last octet.
 * - `wrong-answers`: its ATT responses are those of another request.
 * - `unasked-answers`: behind every ATT response comes a second one that nobody asked for.
 * - `short-frames`: the L2CAP length of what it sends says one octet more than there is.
 * - `strange-notifications`: behind every ATT response comes a notification of handle 0xFFFF, which there is not.
 * - `mtu-lie`: its Exchange MTU Response says `mtu`; what is longer than 23 octets it does not take all the same.
 * - `disconnects`: it ends the link when a request with `opcode` comes; any request without.
 * - `huge-advertising`: an AD structure says that it goes on far behind the end of its data.
 * - `invalid-utf8`: its name, in advertising and in its Device Name, is no UTF-8.
 */
export const misbehaviours = [
  ...(['never-answers', 'slow-answers', 'wrong-lengths', 'wrong-answers', 'unasked-answers'] as const),
  ...(['short-frames', 'strange-notifications', 'mtu-lie', 'disconnects', 'huge-advertising'] as const),
  'invalid-utf8',
] as const;

/** One of {@link misbehaviours}. */
export type MisbehaviourName = (typeof misbehaviours)[number];

/** A misbehaviour, with what belongs to it. */
export interface Misbehaviour {
  readonly misbehaviour: MisbehaviourName;
  /** An ATT opcode: of `never-answers` and `disconnects`. */
  readonly opcode?: number;
  /** Milliseconds, of `slow-answers`; 25,000, which is within the ATT transaction timeout of 30 s. */
  readonly ms?: number;
  /** What `mtu-lie` says, 0–65535; 517. */
  readonly mtu?: number;
}

/** @throws {RangeError | TypeError} naming the field that is wrong */
export function checkMisbehaviour(one: Misbehaviour, name: string): Misbehaviour {
  checkKeys(name, one, ['misbehaviour', 'opcode', 'ms', 'mtu']);
  checkOneOf(`${name}.misbehaviour`, one.misbehaviour, misbehaviours);
  if (one.opcode !== undefined) checkInteger(`${name}.opcode`, one.opcode, 0, 0xff);
  if (one.ms !== undefined) checkNumber(`${name}.ms`, one.ms, 0, 86_400_000, 'ms');
  if (one.mtu !== undefined) checkInteger(`${name}.mtu`, one.mtu, 0, 0xffff);
  return one;
}
