import type { Clock, Timer } from '../../core/clock.js';

/** What an {@link H5Sender} needs, and whom it tells. */
export interface H5SenderOptions {
  readonly clock: Clock;
  /** Milliseconds without acknowledgement after which packets are sent again. */
  readonly retransmitMs: number;
  /** How often that may happen without any acknowledgement. */
  readonly retransmissions: number;
  /** Whether something may be sent now; whoever says no calls {@link H5Sender.resume} when it may. */
  readonly ready: () => boolean;
  /** Sends a packet (H4 indicator first) with a sequence number. */
  readonly transmit: (seq: number, packet: Uint8Array) => void;
  /** The other side acknowledges nothing any more. */
  readonly exhausted: () => void;
}

/**
 * Reliable packets on their way out: sequence numbers, the window, acknowledgements and sending again (go-back-N), Core
 * Vol 4, Part D, 6. Packets without a place in the window wait; how many there are is bounded by whoever sends, which is
 * HCI flow control: Num_HCI_Command_Packets and the controller's buffers for data.
 */
export class H5Sender {
  /** Octets that wait or were not acknowledged. */
  octets = 0;
  /** Packets that were sent again. */
  retransmitted = 0;
  private readonly options: H5SenderOptions;
  /** In the order of their sending; those before `head` are done with. */
  private packets: Uint8Array[] = [];
  private head = 0;
  /** So many of them, from `head` on, were sent and not acknowledged. */
  private inFlight = 0;
  /** The sequence number of the packet at `head`. */
  private base = 0;
  private window = 1;
  private attempts = 0;
  private timer: Timer | undefined;
  private deadline = 0;

  constructor(options: H5SenderOptions) {
    this.options = options;
  }

  /** Whether there is nothing to send, and nothing to be acknowledged. */
  get isEmpty(): boolean {
    return this.head === this.packets.length;
  }

  /** The packets that were sent and not acknowledged, H4 indicator first. */
  get unacknowledged(): readonly Uint8Array[] {
    return this.packets.slice(this.head, this.head + this.inFlight);
  }

  /** The link is active: numbers begin at 0, and what was sent before counts as not sent. */
  start(window: number): void {
    this.window = window;
    this.base = 0;
    this.inFlight = 0;
    this.attempts = 0;
    this.pump();
  }

  /** Takes a packet, H4 indicator first. */
  push(packet: Uint8Array): void {
    this.packets.push(packet);
    this.octets += packet.length;
    this.pump();
  }

  /**
   * The other side expects `ack` next: all before it has arrived. Says whether it tells anything new; numbers that cannot
   * be are passed over (6.5).
   */
  acknowledge(ack: number): boolean {
    const count = (ack - this.base) & 7;
    if (count === 0 || count > this.inFlight) return false;
    for (let i = this.head; i < this.head + count; i++) this.octets -= this.packets[i]!.length;
    this.head += count;
    this.inFlight -= count;
    this.base = ack;
    this.attempts = 0;
    this.deadline = this.options.clock.now() + this.options.retransmitMs;
    if (this.head === this.packets.length) {
      this.packets.length = 0;
      this.head = 0;
    } else {
      if (this.head >= 64) {
        this.packets = this.packets.slice(this.head);
        this.head = 0;
      }
      this.pump();
    }
    return true;
  }

  /** What held the packets up is over. */
  resume(): void {
    if (this.inFlight > 0) this.await();
    this.pump();
  }

  /** Forgets all packets. */
  clear(): void {
    this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.packets = [];
    this.head = this.inFlight = this.octets = this.attempts = 0;
  }

  private pump(): void {
    const room = Math.min(this.window, this.packets.length - this.head);
    if (this.inFlight >= room || !this.options.ready()) return;
    while (this.inFlight < room) this.transmit(this.inFlight++);
    this.await();
  }

  private transmit(index: number): void {
    this.options.transmit((this.base + index) & 7, this.packets[this.head + index]!);
  }

  /** Waits for an acknowledgement. The timer is left running when one comes: it looks at the deadline when it fires. */
  private await(): void {
    const { clock, retransmitMs } = this.options;
    this.deadline = clock.now() + retransmitMs;
    this.timer ??= clock.setTimeout(this.fired, retransmitMs);
  }

  private readonly fired = (): void => {
    this.timer = undefined;
    if (this.inFlight === 0) return;
    const { clock, ready, retransmissions, exhausted } = this.options;
    const left = this.deadline - clock.now();
    if (left > 0) {
      this.timer = clock.setTimeout(this.fired, left);
      return;
    }
    if (!ready()) return;
    if (this.attempts >= retransmissions) {
      exhausted();
      return;
    }
    this.attempts++;
    this.retransmitted += this.inFlight;
    for (let i = 0; i < this.inFlight; i++) this.transmit(i);
    this.await();
  };
}
