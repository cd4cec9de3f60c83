/** A frame on its way to the controller. */
export interface Outgoing {
  /** H4 indicator (1), ACL header (4), then the frame from offset 5 on. */
  readonly frame: Uint8Array;
  /** Octets from offset 5 on that were sent. */
  done: number;
  /** Called when its last packet was handed to the controller. */
  sent: (() => void) | undefined;
}

/**
 * Frames of one link that keep their order: of one L2CAP channel. What waits in one flow keeps those of another waiting no
 * longer than a frame.
 */
export class AclFlow {
  /** @internal */
  readonly urgent: boolean;
  /** @internal */
  readonly queue: Outgoing[] = [];
  private readonly pass: (flow: AclFlow, frame: Uint8Array, sent: (() => void) | undefined) => void;

  /** @internal Made by the link. */
  constructor(
    pass: (flow: AclFlow, frame: Uint8Array, sent: (() => void) | undefined) => void,
    urgent: boolean,
  ) {
    this.pass = pass;
    this.urgent = urgent;
  }

  /** Frames of this flow that wait for room in the controller. */
  get backlog(): number {
    return this.queue.length;
  }

  /**
   * Sends one L2CAP frame, cut into as many ACL packets as the controller's buffers ask for.
   * @param frame five octets of room, then the L2CAP header and its payload; owned by the link from here on
   * @param sent called when its last packet was handed to the controller
   */
  send(frame: Uint8Array, sent?: () => void): void {
    this.pass(this, frame, sent);
  }
}

/** The flows of one link that have something to send, in the order of their turns. */
export class AclFlows {
  /** Frames that wait, of all flows. */
  waiting = 0;
  private readonly ready: AclFlow[] = [];
  /** The flow of which a frame is under way: none of another may come between its packets. */
  private current: AclFlow | undefined;

  /** A frame more. */
  add(flow: AclFlow, outgoing: Outgoing): void {
    this.waiting++;
    flow.queue.push(outgoing);
    if (flow.queue.length === 1) this.enqueue(flow);
  }

  /** The frame whose next packet is due. */
  next(): Outgoing | undefined {
    this.current ??= this.ready.shift();
    return this.current?.queue[0];
  }

  /** The last packet of the frame that {@link next} gave was sent. */
  done(): void {
    const flow = this.current;
    this.current = undefined;
    if (!flow?.queue.shift()) return;
    this.waiting--;
    if (flow.queue.length > 0) this.enqueue(flow);
  }

  /** All frames that wait, or are under way. */
  all(): Outgoing[] {
    return [...(this.current ? [this.current] : []), ...this.ready].flatMap(({ queue }) => queue);
  }

  /** Drops everything: the link is gone. */
  clear(): void {
    for (const flow of this.ready) flow.queue.length = 0;
    if (this.current) this.current.queue.length = 0;
    this.ready.length = 0;
    this.current = undefined;
    this.waiting = 0;
  }

  private enqueue(flow: AclFlow): void {
    if (flow.urgent) this.ready.unshift(flow);
    else this.ready.push(flow);
  }
}
