import { h5Packet, slip } from './h5-peer.js';

/** What a {@link ZephyrThreeWire} needs. */
export interface ZephyrThreeWireOptions {
  readonly write: (octets: number[]) => void;
  /** Takes a packet from the host, type first. */
  readonly packet: (packet: number[]) => void;
  /** Calls back after milliseconds; gives what calls it off. */
  readonly after: (ms: number, callback: () => void) => () => void;
}

/**
 * A controller that does what the firmware `hci_uart_3wire` of Zephyr does (2024), where that differs from the
 * specification: it never sends SYNC or CONFIG by itself; a SYNC while the link is active makes it forget everything
 * without a word; it has no CRC and checks neither the header's checksum nor the length; it acknowledges 250 ms after the
 * last packet, and not at all what came twice; it tells reliable packets by their type; the window it has once agreed to
 * does not grow again; after a damaged frame it takes the next delimiter for a beginning.
 */
export class ZephyrThreeWire {
  isActive = false;
  window = 4;
  /** Packets that were not the next ones. */
  dropped = 0;
  private readonly options: ZephyrThreeWireOptions;
  private step: 'start' | 'header' | 'payload' | 'end' = 'start';
  private octets: number[] = [];
  private escaped = false;
  private expected = 0;
  private nextSeq = 0;
  private waiting: number[][] = [];
  private sent: number[][] = [];
  private ackDue: (() => void) | undefined;
  private again: (() => void) | undefined;

  constructor(options: ZephyrThreeWireOptions) {
    this.options = options;
  }

  /** Sends an HCI packet, type first. */
  send(packet: number[]): void {
    this.waiting.push(packet);
    this.fill();
  }

  /** Loses its power and is back, which it tells nobody. */
  restart(): void {
    this.window = 4;
    this.forget();
  }

  receive(chunk: ArrayLike<number>): void {
    for (let i = 0; i < chunk.length; i++) this.octet(chunk[i]!);
  }

  private octet(octet: number): void {
    if (this.step === 'start') {
      if (octet === 0xc0) this.begin();
    } else if (this.step === 'end') {
      this.step = 'start';
      if (octet === 0xc0) this.whole();
    } else if (octet === 0xc0) {
      if (this.step === 'header') this.begin();
      else this.step = 'start';
    } else if (this.escaped) {
      this.escaped = false;
      if (octet === 0xdc) this.put(0xc0);
      else if (octet === 0xdd) this.put(0xdb);
      else this.step = 'start';
    } else if (octet === 0xdb) this.escaped = true;
    else this.put(octet);
  }

  private begin(): void {
    this.step = 'header';
    this.octets = [];
    this.escaped = false;
  }

  private put(octet: number): void {
    this.octets.push(octet);
    if (this.octets.length < 4) return;
    const length = (this.octets[1]! >> 4) + this.octets[2]! * 16;
    this.step = this.octets.length === 4 + length ? 'end' : 'payload';
  }

  private whole(): void {
    const [first, second] = this.octets as [number, number];
    const type = second & 15;
    const payload = this.octets.slice(4);
    if ((first & 0x80) !== 0 && (first & 7) !== this.expected) {
      this.dropped++;
      return;
    }
    const ack = (first >> 3) & 7;
    while (this.sent.length > 0 && (this.nextSeq - this.sent.length - ack) % 8 !== 0) this.sent.shift();
    if (isReliable(type)) {
      this.expected = (this.expected + 1) % 8;
      this.ackDue?.();
      this.ackDue = this.options.after(250, () => this.packet(0, []));
    }
    if (type === 15) this.control(payload);
    else if (isReliable(type)) this.options.packet([type, ...payload]);
    this.fill();
  }

  private control([first, , field]: number[]): void {
    if (first === 1) {
      if (this.isActive) this.forget();
      this.packet(15, [0x02, 0x7d]);
    } else if (first === 3) {
      if (field !== undefined) this.window = Math.min(this.window, field & 7);
      this.packet(15, [0x04, 0x7b, this.window]);
      this.isActive = true;
    }
  }

  private forget(): void {
    this.isActive = false;
    this.expected = this.nextSeq = 0;
    this.sent = [];
    this.waiting = [];
    this.step = 'start';
  }

  private fill(): void {
    while (this.isActive && this.waiting.length > 0 && this.sent.length < this.window) {
      const packet = this.waiting.shift()!;
      this.packet(packet[0]!, packet.slice(1));
      this.sent.push(packet);
      this.again?.();
      this.again = this.options.after(250, () => this.retransmit());
    }
  }

  private retransmit(): void {
    if (this.sent.length === 0) return;
    this.nextSeq = (this.nextSeq + 8 - this.sent.length) % 8;
    this.waiting = [...this.sent, ...this.waiting];
    this.sent = [];
    this.fill();
  }

  /** Every packet carries the acknowledgement, link control too. */
  private packet(type: number, payload: number[]): void {
    this.ackDue?.();
    const reliable = isReliable(type);
    this.options.write(
      slip(
        h5Packet({ ack: this.expected, type, ...(reliable ? { seq: this.nextSeq, reliable } : {}) }, payload),
      ),
    );
    if (reliable) this.nextSeq = (this.nextSeq + 1) % 8;
  }
}

function isReliable(type: number): boolean {
  return [1, 2, 4, 5].includes(type);
}
