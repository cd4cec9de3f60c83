import { throwApart } from '../../core/emitter.js';
import { TransportError } from '../../core/errors.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../../hci/transport/transport.js';

/** A host at a controller. */
export interface AttachedHost {
  /** Takes one H4 packet from the controller, which is the host's own from there on. */
  packet(packet: Uint8Array): void;
  /** The controller is switched off, and the host detached. */
  gone(): void;
}

/** What attaching gives: a function that detaches again, or why it was not possible. */
export type AttachResult = (() => void) | 'busy' | 'off';

/** The controller's side of an {@link InProcessTransport}. */
export interface PacketEnd {
  readonly name: string;
  attach(host: AttachedHost): AttachResult;
  /** One H4 packet from the host, which belongs to the controller from here on. */
  receive(packet: Uint8Array): void;
}

/**
 * A way to a controller in the same process. In each direction packets cross in order, on the next microtask and all
 * at once; nothing is ever received inside a `send`.
 */
export class InProcessTransport implements HciTransport {
  readonly name: string;
  private readonly controller: PacketEnd;
  private toController: Uint8Array[] = [];
  private toHost: Uint8Array[] = [];
  private backlog = 0;
  private sink: HciTransportSink | undefined;
  private detach: (() => void) | undefined;
  private state: 'new' | 'open' | 'closed' = 'new';
  private readonly drainToController = () => this.deliverToController();
  private readonly drainToHost = () => this.deliverToHost();

  constructor(controller: PacketEnd) {
    this.controller = controller;
    this.name = `virtual:${controller.name}`;
  }

  get writeBacklog(): number {
    return this.backlog;
  }

  async open(sink: HciTransportSink): Promise<TransportOpened> {
    if (this.state !== 'new')
      throw new TransportError(`${this.name}: a transport is opened once`, 'PORT_BUSY');
    const detach = this.controller.attach({
      packet: (packet) => this.fromController(packet),
      gone: () => this.end(new TransportError(`${this.name}: the controller was switched off`, 'PORT_LOST')),
    });
    if (detach === 'off')
      throw new TransportError(`${this.name}: the controller is switched off`, 'PORT_NOT_FOUND');
    if (detach === 'busy') {
      throw new TransportError(
        `${this.name}: another host has this controller; close its transport first`,
        'PORT_BUSY',
      );
    }
    this.detach = detach;
    this.sink = sink;
    this.state = 'open';
    return { resetDone: false };
  }

  send(packet: Uint8Array): void {
    if (this.state !== 'open') return;
    this.backlog += packet.length;
    if (this.toController.push(packet) === 1) queueMicrotask(this.drainToController);
  }

  private deliverToController(): void {
    const packets = this.toController;
    this.toController = [];
    this.backlog = 0;
    for (const packet of packets) {
      if (this.state !== 'open') return;
      this.controller.receive(packet);
    }
  }

  private fromController(packet: Uint8Array): void {
    if (this.toHost.push(packet) === 1) queueMicrotask(this.drainToHost);
  }

  private deliverToHost(): void {
    const packets = this.toHost;
    this.toHost = [];
    for (const packet of packets) {
      if (this.state !== 'open') return;
      try {
        this.sink!.packet(packet[0]!, packet, 1, packet.length);
      } catch (error) {
        throwApart(error);
      }
    }
  }

  async close(): Promise<void> {
    // What was sent last still arrives, as by every other way.
    this.deliverToController();
    this.end();
  }

  private end(error?: TransportError): void {
    if (this.state !== 'open') {
      this.state = 'closed';
      return;
    }
    this.state = 'closed';
    this.detach?.();
    this.toController = [];
    this.toHost = [];
    this.backlog = 0;
    const sink = this.sink!;
    queueMicrotask(() => sink.closed(error));
  }
}
