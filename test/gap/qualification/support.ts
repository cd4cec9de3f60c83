import { allocateFrame, FRAME_HEADROOM } from '../../../src/core/frame.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import type { Connection } from '../../../src/gap/connection.js';
import type { SecurityOptions } from '../../../src/gap/index.js';
import type { CaptureSink } from '../../../src/hci/capture/tap.js';
import { Cid } from '../../../src/l2cap/index.js';
import type { PairingDelegate } from '../../../src/smp/pairing/index.js';
import { SecureWorld, serveSecrets, User } from '../../support/secure-link.js';

/** The PDUs of one fixed channel as they pass a device's HCI, `> 0b0d` sent and `< 0b0d` received; none here is in parts. */
export class Wire implements CaptureSink {
  private readonly frames: { readonly cid: number; readonly text: string }[] = [];

  packet(_time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void {
    if (type !== 2) return;
    const cid = bytes[start + 6]! | (bytes[start + 7]! << 8);
    this.frames.push({ cid, text: `${sent ? '>' : '<'} ${toHex(bytes.subarray(start + 8, end))}` });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** All of a channel since the last {@link clear}. */
  of(cid: number): readonly string[] {
    return this.frames.filter((frame) => frame.cid === cid).map(({ text }) => text);
  }

  /** The PDUs of the Security Manager that begin with these octets. */
  smp(begin: string): readonly string[] {
    return this.of(Cid.smp).filter((text) => text.startsWith(begin));
  }

  att(begin: string): readonly string[] {
    return this.of(Cid.att).filter((text) => text.startsWith(begin));
  }

  clear(): void {
    this.frames.length = 0;
  }
}

/** Which side of the link is tested; the other one is the tester. */
export type Role = 'central' | 'peripheral';

/** A link between the device that is tested and the tester, whichever is central. */
export interface TestedLink {
  readonly own: Connection;
  readonly tester: Connection;
  /** Ends it, and waits until both know. */
  part(): Promise<void>;
}

/** A device that is tested, on a wire that is listened to, and a tester near it; both serve the same secrets. */
export class Tested {
  readonly wire = new Wire();
  readonly world: SecureWorld;
  readonly role: Role;
  /** What was written to the device that is tested. */
  readonly written: string[] = [];

  private constructor(world: SecureWorld, role: Role) {
    this.world = world;
    this.role = role;
  }

  static async open(role: Role, own: SecurityOptions, tester: SecurityOptions): Promise<Tested> {
    const world = new SecureWorld();
    const tested = new Tested(world, role);
    const mine = await world.device({ security: own, capture: tested.wire });
    const theirs = await world.device({ security: tester });
    [world.central, world.peripheral] = role === 'central' ? [mine, theirs] : [theirs, mine];
    serveSecrets(mine, tested.written);
    serveSecrets(theirs);
    return tested;
  }

  get own() {
    return this.world[this.role];
  }

  get tester() {
    return this.role === 'central' ? this.world.peripheral : this.world.central;
  }

  async connect(): Promise<TestedLink> {
    const ends = await this.world.connect();
    const [own, tester] = this.role === 'central' ? [ends.mine, ends.theirs] : [ends.theirs, ends.mine];
    return { own, tester, part: () => this.world.part(ends) };
  }

  /** Pairs and bonds; the user of the tester's has a hand in it where that is wanted. */
  async bond(): Promise<void> {
    const link = await this.connect();
    await this.world.run(link.own.pair());
    await link.part();
    this.wire.clear();
  }

  /** What a client reads: the value in hexadecimal, or the code of the ATT error. */
  async read(from: Connection, uuid: number): Promise<string | number> {
    const found = await this.world.find(from, uuid);
    return this.world.run(
      found.read().then(
        (value) => toHex(value),
        (error: { readonly error?: number }) => error.error ?? -1,
      ),
    );
  }

  /** What a promise ends with when it fails. */
  async failure(promise: Promise<unknown>): Promise<Error & { readonly [key: string]: unknown }> {
    const result = await this.world.run(promise.catch((error: unknown) => error));
    if (!(result instanceof Error)) throw new Error('it did not fail');
    return result as never;
  }

  close(): Promise<void> {
    return this.world.close();
  }
}

/** Sends a PDU as it is on a fixed channel of the tester's, and lets time pass for it to arrive. */
export async function send(tested: Tested, from: Connection, cid: number, pdu: Uint8Array | string) {
  const octets = typeof pdu === 'string' ? fromHex(pdu) : pdu;
  const frame = allocateFrame(octets.length);
  frame.set(octets, FRAME_HEADROOM);
  from.l2cap.openFixed(cid).send(frame);
  await tested.world.clock.advance(300);
}

/** Delegates that come to an authenticated pairing: both users compare. */
export function comparing(): SecurityOptions & { readonly user: User } {
  const user = new User();
  const delegate: PairingDelegate = { displayPasskey: user.display, compare: user.compare };
  return { delegate, user };
}

/** {@link SecurityOptions} of two sides that come to a level, and to no other. */
export function coming(to: 2 | 3 | 4): readonly [SecurityOptions, SecurityOptions] {
  if (to === 2) return [{}, {}];
  if (to === 4) {
    const [one, other] = [comparing(), comparing()];
    return [
      { delegate: one.delegate!, minimumLevel: 4 },
      { delegate: other.delegate!, minimumLevel: 4 },
    ];
  }
  const passkey = 123_456;
  return [
    { delegate: { displayPasskey: () => {} }, secureConnections: 'never', minimumLevel: 3, passkey },
    { delegate: { enterPasskey: () => passkey }, secureConnections: 'never', minimumLevel: 3 },
  ];
}
