/**
 * The other end of a three-wire link, written from Core Vol 4, Part D by itself: it shares no code with src/, so that an
 * error there does not cancel itself out. It is slow and plain on purpose.
 */
export interface H5PeerOptions {
  readonly window?: number;
  readonly crc?: boolean;
  readonly flowControl?: boolean;
  /** Writes octets to the line. */
  readonly write: (octets: number[]) => void;
  /** Takes a packet from the host, type first. */
  readonly packet: (packet: number[]) => void;
  /** Calls back after milliseconds. */
  readonly after: (ms: number, callback: () => void) => void;
}

/** 5.1: the polynomial D^16 + D^12 + D^5 + 1 as a shift register, bit by bit, LSB of each octet first, preset to ones. */
export function crcBitByBit(octets: readonly number[]): [high: number, low: number] {
  let register = 0xffff;
  for (const octet of octets) {
    for (let bit = 0; bit < 8; bit++) {
      const feedback = ((register >> 15) & 1) ^ ((octet >> bit) & 1);
      register = (register << 1) & 0xffff;
      if (feedback) register ^= 0x1021;
    }
  }
  return [register >> 8, register & 0xff];
}

/** 3: the octets of a frame between their delimiters. */
export function slip(octets: readonly number[], flowControl = false): number[] {
  const out = [0xc0];
  for (const octet of octets) {
    if (octet === 0xc0) out.push(0xdb, 0xdc);
    else if (octet === 0xdb) out.push(0xdb, 0xdd);
    else if (flowControl && octet === 0x11) out.push(0xdb, 0xde);
    else if (flowControl && octet === 0x13) out.push(0xdb, 0xdf);
    else out.push(octet);
  }
  out.push(0xc0);
  return out;
}

/** 4: a packet with its header, and its CRC. */
export function h5Packet(
  fields: { seq?: number; ack?: number; reliable?: boolean; crc?: boolean; type: number },
  payload: readonly number[],
): number[] {
  const { seq = 0, ack = 0, reliable = false, crc = false, type } = fields;
  const first = seq + ack * 8 + (crc ? 64 : 0) + (reliable ? 128 : 0);
  const second = type + (payload.length % 16) * 16;
  const third = Math.floor(payload.length / 16);
  const check = 255 - ((first + second + third) % 256);
  const packet = [first, second, third, check, ...payload];
  return crc ? [...packet, ...crcBitByBit(packet)] : packet;
}

export class H5Peer {
  state: 'uninitialised' | 'initialised' | 'active' = 'uninitialised';
  /** Says nothing and hears nothing. */
  dead = false;
  /** Acknowledges nothing. */
  deaf = false;
  asleep = false;
  /** The WAKEUP message that wakes it: those before are lost while its clock starts. */
  wakesAt = 1;
  /** The host has said that it sleeps. */
  hostSleeps = false;
  /** Link control messages that came, in hexadecimal. */
  readonly heard: string[] = [];
  /** Reliable packets that came twice. */
  duplicates = 0;
  private readonly options: H5PeerOptions;
  private frame: number[] | undefined;
  private escaped = false;
  private window = 1;
  private crc = false;
  private flowControl = false;
  private rxSeq = 0;
  private txSeq = 0;
  private queue: { seq: number; packet: number[] }[] = [];
  private pending: number[][] = [];
  private attempt = 0;
  private wakeups = 0;

  constructor(options: H5PeerOptions) {
    this.options = options;
  }

  /** Begins link establishment, as after power-up. */
  start(): void {
    this.state = 'uninitialised';
    this.rxSeq = this.txSeq = 0;
    this.queue = [];
    this.pending = [];
    this.repeat([0x01, 0x7e], 'uninitialised');
  }

  /** Sends an HCI packet, type first. */
  send(packet: number[]): void {
    this.asleep = false;
    this.pending.push(packet);
    this.fill();
  }

  /** What it has sent and the host has not acknowledged, or could not be sent yet. */
  get unsent(): number {
    return this.queue.length + this.pending.length;
  }

  /** 9.3: says that it sleeps, and hears nothing but WAKEUP from then on. */
  sleep(): void {
    this.link([0x07, 0x78]);
    this.asleep = true;
    this.wakeups = 0;
  }

  /** 10.1: lets the host send, or holds it up. */
  flow(on: boolean): void {
    this.options.write([on ? 0x11 : 0x13]);
  }

  link(message: number[]): void {
    this.raw(h5Packet({ type: 15 }, message));
  }

  raw(packet: number[]): void {
    if (!this.dead) this.options.write(slip(packet, this.flowControl));
  }

  receive(octets: ArrayLike<number>): void {
    if (this.dead) return;
    for (let i = 0; i < octets.length; i++) {
      const octet = octets[i]!;
      if (octet === 0xc0) {
        const frame = this.frame;
        this.frame = [];
        this.escaped = false;
        if (frame && frame.length > 0) this.whole(frame);
      } else if (!this.frame) continue;
      else if (this.escaped) {
        const plain = { 220: 0xc0, 221: 0xdb, 222: 0x11, 223: 0x13 }[octet];
        this.escaped = false;
        if (plain === undefined) this.frame = undefined;
        else this.frame.push(plain);
      } else if (octet === 0xdb) this.escaped = true;
      else this.frame.push(octet);
    }
  }

  private whole(frame: number[]): void {
    if (frame.length < 4 || (frame[0]! + frame[1]! + frame[2]! + frame[3]!) % 256 !== 255) return;
    const hasCrc = (frame[0]! & 64) !== 0;
    const length = (frame[1]! >> 4) + frame[2]! * 16;
    if (frame.length !== 4 + length + (hasCrc ? 2 : 0)) return;
    if (hasCrc) {
      const [high, low] = crcBitByBit(frame.slice(0, -2));
      if (frame.at(-2) !== high || frame.at(-1) !== low) return;
    }
    const type = frame[1]! & 15;
    if (this.asleep && (type !== 15 || frame[4] !== 0x05)) return;
    const payload = frame.slice(4, 4 + length);
    if (type === 15) {
      this.control(payload);
      return;
    }
    if (this.state !== 'active') return;
    const ack = (frame[0]! >> 3) & 7;
    while (this.queue.length > 0 && this.queue[0]!.seq !== ack && this.acknowledges(ack)) {
      this.queue.shift();
      this.attempt++;
    }
    this.fill();
    if ((frame[0]! & 128) === 0) {
      if (type !== 0) this.options.packet([type, ...payload]);
      return;
    }
    if (this.deaf) return;
    if ((frame[0]! & 7) === this.rxSeq) {
      this.rxSeq = (this.rxSeq + 1) % 8;
      this.options.packet([type, ...payload]);
    } else this.duplicates++;
    this.raw(h5Packet({ ack: this.rxSeq, type: 0, crc: this.crc }, []));
  }

  /** Whether `ack` is one of the numbers that the window lets come. */
  private acknowledges(ack: number): boolean {
    return this.queue.some(({ seq }) => (seq + 1) % 8 === ack);
  }

  private control(message: number[]): void {
    this.heard.push(message.map((octet) => octet.toString(16).padStart(2, '0')).join(''));
    const [first, , field] = message;
    if (first === 0x01) {
      if (this.state === 'active') this.start();
      this.link([0x02, 0x7d]);
    } else if (first === 0x02 && this.state === 'uninitialised') {
      this.state = 'initialised';
      const { window = 4, crc = false, flowControl = false } = this.options;
      this.repeat([0x03, 0xfc, window + (flowControl ? 8 : 0) + (crc ? 16 : 0)], 'initialised');
    } else if (first === 0x03 && this.state !== 'uninitialised') {
      const { window = 4, crc = false, flowControl = false } = this.options;
      const theirs = field ?? 1;
      const common = Math.min(window, theirs & 7) + (flowControl ? theirs & 8 : 0) + (crc ? theirs & 16 : 0);
      this.link(field === undefined ? [0x04, 0x7b] : [0x04, 0x7b, common]);
    } else if (first === 0x04 && this.state === 'initialised') {
      const { window = 4, crc = false, flowControl = false } = this.options;
      this.window = Math.min(window, (field ?? 1) & 7);
      this.crc = crc && ((field ?? 0) & 16) !== 0;
      this.flowControl = flowControl && ((field ?? 0) & 8) !== 0;
      this.state = 'active';
      this.fill();
    } else if (first === 0x05) {
      if (this.asleep && ++this.wakeups < this.wakesAt) return;
      this.asleep = false;
      this.link([0x06, 0xf9]);
    } else if (first === 0x06) {
      this.hostSleeps = false;
      this.fill();
    } else if (first === 0x07) this.hostSleeps = true;
  }

  /** 9.1: WAKEUP until WOKEN. */
  private wakeHost(): void {
    if (!this.hostSleeps || this.state !== 'active') return;
    this.link([0x05, 0xfa]);
    this.options.after(100, () => this.wakeHost());
  }

  private repeat(message: number[], state: string): void {
    if (this.state !== state || this.dead) return;
    this.link(message);
    this.options.after(250, () => this.repeat(message, state));
  }

  private fill(): void {
    if (this.state !== 'active') return;
    if (this.hostSleeps && this.pending.length > 0) {
      this.wakeHost();
      return;
    }
    while (this.pending.length > 0 && this.queue.length < this.window) {
      const one = { seq: this.txSeq, packet: this.pending.shift()! };
      this.txSeq = (this.txSeq + 1) % 8;
      this.queue.push(one);
      this.transmit(one);
    }
    if (this.queue.length > 0) this.watch(this.attempt);
  }

  private transmit({ seq, packet }: { seq: number; packet: number[] }): void {
    const [type, ...payload] = packet as [number, ...number[]];
    this.raw(h5Packet({ seq, ack: this.rxSeq, reliable: true, crc: this.crc, type }, payload));
  }

  private watch(attempt: number): void {
    this.options.after(250, () => {
      if (this.attempt !== attempt || this.queue.length === 0) return;
      this.attempt++;
      for (const one of this.queue) this.transmit(one);
      this.watch(this.attempt);
    });
  }
}
