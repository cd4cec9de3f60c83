import type { Clock, Timer } from '../../core/clock.js';
import { PacketType } from '../../hci/packet-type.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../../hci/transport/transport.js';
import type { Misbehaviour, MisbehaviourName } from './misbehaviour.js';

const ATT_CID = 0x0004;
/** Indicator, handle and length of ACL; length and channel of L2CAP. */
const ATT_AT = 9;
const EXCHANGE_MTU_RESPONSE = 0x03;
const READ_RESPONSE = 0x0b;
const WRITE_RESPONSE = 0x13;
const NOTIFICATION = 0x1b;
const INDICATION = 0x1d;
const CONFIRMATION = 0x1e;
const LEAST_MTU = 23;
const COMPLETED_PACKETS = 0x13;
const COMMAND_STATUS = 0x0f;
const DISCONNECTION_COMPLETE = 0x05;
const DISCONNECT = [0x06, 0x04] as const;
/** Remote User Terminated Connection: Core Vol 1, Part F, 2.16. */
const REASON = 0x13;
/** The commands that carry advertising data or a scan response, by opcode: where in the packet the number of their octets stands. */
const advertisingData: ReadonlyMap<number, number> = new Map([
  [0x2008, 4],
  [0x2009, 4],
  [0x2037, 7],
  [0x2038, 7],
]);

/** Between the host of a simulated device and its controller: what the host does rightly, goes out wrongly. */
export class MisbehavingTransport implements HciTransport {
  readonly name: string;
  private readonly inner: HciTransport;
  private readonly clock: Clock;
  private readonly list: ReadonlyMap<MisbehaviourName, Misbehaviour>;
  /** The device's name in UTF-8. */
  private readonly deviceName: Uint8Array;
  private sink: HciTransportSink | undefined;
  /** The opcode of the last ATT request of each connection. */
  private readonly asked = new Map<number, number>();
  /** Connections of which the rest of a frame that was taken away is still to come. */
  private readonly dropping = new Set<number>();
  private readonly timers = new Set<Timer>();
  /** Answers to HCI_Disconnect that the host did not send. */
  private swallow = 0;
  /** Whose the packets are that the controller has: `true` are the host's. By connection. */
  private readonly owners = new Map<number, boolean[]>();

  constructor(
    inner: HciTransport,
    list: readonly Misbehaviour[],
    { clock, deviceName }: { readonly clock: Clock; readonly deviceName: string },
  ) {
    this.name = inner.name;
    this.inner = inner;
    this.clock = clock;
    this.list = new Map(list.map((one) => [one.misbehaviour, one]));
    this.deviceName = new TextEncoder().encode(deviceName);
  }

  get writeBacklog(): number {
    return this.inner.writeBacklog;
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    this.sink = sink;
    return this.inner.open({
      packet: (type, bytes, start, end) => {
        if (type === PacketType.event && (this.isSwallowed(bytes, start) || this.isOurs(bytes, start))) {
          return;
        }
        if (type === PacketType.acl && !this.takes(bytes.subarray(start, end))) return;
        sink.packet(type, bytes, start, end);
      },
      diagnostic: (diagnostic) => sink.diagnostic(diagnostic),
      closed: (error) => {
        this.stopTimers();
        sink.closed(error);
      },
    });
  }

  send(packet: Uint8Array): void {
    if (packet[0] === PacketType.command) this.inner.send(this.command(packet));
    else if (packet[0] === PacketType.acl) this.data(packet);
    else this.inner.send(packet);
  }

  close(): Promise<void> {
    this.stopTimers();
    return this.inner.close();
  }

  private stopTimers(): void {
    for (const timer of this.timers) this.clock.clearTimeout(timer);
    this.timers.clear();
  }

  private has(name: MisbehaviourName): boolean {
    return this.list.has(name);
  }

  /** Advertising data that says more than is true. */
  private command(packet: Uint8Array): Uint8Array {
    const at = advertisingData.get(packet[1]! | (packet[2]! << 8));
    if (at === undefined) return packet;
    if (this.has('invalid-utf8')) this.spoilName(packet);
    // Behind the number of octets: the length of the first structure.
    if (this.has('huge-advertising') && packet[at]! > 0) packet[at + 1] = 0xff;
    return packet;
  }

  /** Whether the host gets what a peer sent: one ACL packet without its indicator. */
  private takes(acl: Uint8Array): boolean {
    const handle = (acl[0]! | (acl[1]! << 8)) & 0xfff;
    const begins = ((acl[1]! >> 4) & 3) !== 1;
    if (!begins || acl.length < ATT_AT || (acl[6]! | (acl[7]! << 8)) !== ATT_CID) return true;
    const opcode = acl[ATT_AT - 1]!;
    const isRequest = (opcode & 1) === 0 && opcode !== CONFIRMATION && (opcode & 0x40) === 0;
    if (isRequest) this.asked.set(handle, opcode);
    const ends = this.list.get('disconnects');
    if (ends && (ends.opcode === undefined ? isRequest : ends.opcode === opcode)) {
      this.disconnect(handle);
      return false;
    }
    const length = acl[4]! | (acl[5]! << 8);
    return !this.has('mtu-lie') || length <= LEAST_MTU;
  }

  private disconnect(handle: number): void {
    this.swallow++;
    this.inner.send(Uint8Array.of(PacketType.command, ...DISCONNECT, 3, handle & 0xff, handle >> 8, REASON));
  }

  private isSwallowed(bytes: Uint8Array, start: number): boolean {
    const isAnswer =
      bytes[start] === COMMAND_STATUS &&
      bytes[start + 4] === DISCONNECT[0] &&
      bytes[start + 5] === DISCONNECT[1];
    if (!isAnswer || this.swallow === 0) return false;
    this.swallow--;
    return true;
  }

  /** One ACL packet of the host. */
  private data(packet: Uint8Array): void {
    const handle = (packet[1]! | (packet[2]! << 8)) & 0xfff;
    const begins = ((packet[2]! >> 4) & 3) !== 1;
    if (begins) this.dropping.delete(handle);
    else if (this.dropping.has(handle)) {
      this.giveBack(handle);
      return;
    }
    const isAtt = begins && packet.length > ATT_AT && (packet[7]! | (packet[8]! << 8)) === ATT_CID;
    if (isAtt) this.att(packet, handle, packet[ATT_AT]!);
    else this.pass(packet, handle);
  }

  /** Sends a packet of the host's. */
  private pass(packet: Uint8Array, handle: number): void {
    this.order(handle).push(true);
    this.inner.send(packet);
  }

  private order(handle: number): boolean[] {
    let order = this.owners.get(handle);
    if (!order) {
      order = [];
      this.owners.set(handle, order);
    }
    return order;
  }

  /** Whether Number Of Completed Packets tells of a packet that the host knows nothing of. The virtual controller tells of one each time. */
  private isOurs(bytes: Uint8Array, start: number): boolean {
    if (bytes[start] === DISCONNECTION_COMPLETE) {
      this.owners.delete(bytes[start + 3]! | (bytes[start + 4]! << 8));
      return false;
    }
    if (bytes[start] !== COMPLETED_PACKETS || bytes[start + 2] !== 1 || bytes[start + 5] !== 1) return false;
    const handle = bytes[start + 3]! | (bytes[start + 4]! << 8);
    return this.owners.get(handle)?.shift() === false;
  }

  private att(packet: Uint8Array, handle: number, opcode: number): void {
    const isResponse = (opcode & 1) === 1 && opcode !== NOTIFICATION && opcode !== INDICATION;
    let sent = packet;
    if (isResponse) {
      const silent = this.list.get('never-answers');
      if (silent && (silent.opcode === undefined || silent.opcode === this.asked.get(handle))) {
        this.dropping.add(handle);
        this.giveBack(handle);
        return;
      }
      if (opcode === EXCHANGE_MTU_RESPONSE) this.lie(sent);
      if (this.has('wrong-answers'))
        sent[ATT_AT] = opcode === WRITE_RESPONSE ? READ_RESPONSE : WRITE_RESPONSE;
    }
    if (this.has('invalid-utf8')) this.spoilName(sent);
    if (this.has('wrong-lengths') && (isResponse || opcode === NOTIFICATION)) sent = shortened(sent);
    if (this.has('short-frames')) sent[5] = (sent[5]! + 1) & 0xff;
    const late = isResponse ? this.list.get('slow-answers') : undefined;
    if (late) this.later(late.ms ?? 25_000, () => this.pass(sent, handle));
    else this.pass(sent, handle);
    if (!isResponse) return;
    if (this.has('unasked-answers')) this.extra(handle, WRITE_RESPONSE);
    if (this.has('strange-notifications')) this.extra(handle, NOTIFICATION, 0xff, 0xff, 0x00);
  }

  private lie(packet: Uint8Array): void {
    const one = this.list.get('mtu-lie');
    if (!one || packet.length < ATT_AT + 3) return;
    const { mtu = 517 } = one;
    packet[ATT_AT + 1] = mtu & 0xff;
    packet[ATT_AT + 2] = mtu >> 8;
  }

  private later(ms: number, callback: () => void): void {
    const timer = this.clock.setTimeout(() => {
      this.timers.delete(timer);
      callback();
    }, ms);
    this.timers.add(timer);
  }

  /** Sends an ATT PDU that the host knows nothing of. */
  private extra(handle: number, ...pdu: number[]): void {
    const acl = [handle & 0xff, handle >> 8, pdu.length + 4, 0];
    this.order(handle).push(false);
    this.inner.send(Uint8Array.of(PacketType.acl, ...acl, pdu.length, 0, ATT_CID, 0, ...pdu));
  }

  /** A packet that never reached the controller is completed as far as the host is concerned. */
  private giveBack(handle: number): void {
    const event = Uint8Array.of(COMPLETED_PACKETS, 5, 1, handle & 0xff, handle >> 8, 1, 0);
    queueMicrotask(() => this.sink?.packet(PacketType.event, event, 0, event.length));
  }

  /** Makes the name, wherever it stands, something that is no UTF-8. */
  private spoilName(packet: Uint8Array): void {
    const name = this.deviceName;
    if (name.length === 0) return;
    for (let at = 0; at + name.length <= packet.length; at++) {
      if (name.every((octet, i) => packet[at + i] === octet)) packet[at] = 0xff;
    }
  }
}

/** A packet whose last octet is missing, with lengths that are right for it; one with a part of a frame as it is. */
function shortened(packet: Uint8Array): Uint8Array {
  if ((packet[5]! | (packet[6]! << 8)) !== packet.length - ATT_AT) return packet;
  const short = packet.slice(0, -1);
  for (const at of [3, 5]) {
    const length = (short[at]! | (short[at + 1]! << 8)) - 1;
    short[at] = length & 0xff;
    short[at + 1] = length >> 8;
  }
  return short;
}
