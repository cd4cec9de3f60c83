import type { Clock } from '../core/clock.js';
import { systemClock } from '../core/clock.js';
import { Emitter, type Unsubscribe } from '../core/emitter.js';
import { TransportError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import { AclManager } from './acl.js';
import { CommandQueue, type SendOptions } from './command-queue.js';
import type { CommandDefinition, EventDefinition } from './definition.js';
import { EventRouter, type RawEventHandler, type UnhandledEvent } from './event-router.js';
import { PacketType } from './packet-type.js';
import type { HciTransport, TransportDiagnostic, TransportOpened } from './transport/transport.js';

/** Something that did not go by the specification, or is worth a look: counted and told, never thrown. */
export interface Diagnostic {
  readonly layer: 'transport' | 'hci' | 'l2cap' | 'smp' | 'att' | 'gap';
  readonly message: string;
  /** The connection concerned. */
  readonly connectionHandle?: number;
  /** The octets concerned, a copy. */
  readonly bytes?: Uint8Array;
}

/** What an {@link HciHost} tells. */
export interface HciHostEvents {
  /** See {@link Diagnostic}. */
  diagnostic: Diagnostic;
  /** An event without handler: unknown, vendor's, or not asked for. */
  unhandledEvent: UnhandledEvent;
  /** The transport is gone; without an error it was closed on purpose. */
  closed: TransportError | undefined;
}

/** Options of an {@link HciHost}. */
export interface HciHostOptions {
  /** Where time comes from; the machine's clock without. */
  readonly clock?: Clock;
  /** How long a command may go without an answer, in milliseconds; 2000. */
  readonly commandTimeoutMs?: number;
}

/**
 * The host's side of HCI: commands out, events in, ACL data both ways (Core Vol 4, Part E). It knows nothing of what
 * the layers above do with them.
 *
 * ```ts
 * const host = new HciHost(transport);
 * await host.open();
 * const { bdAddr } = await host.send(readBdAddr, {});
 * ```
 */
export class HciHost extends Emitter<HciHostEvents> {
  readonly transport: HciTransport;
  readonly clock: Clock;
  /** The ACL data of all connections. */
  readonly acl: AclManager;
  private readonly commands: CommandQueue;
  private readonly events: EventRouter;
  private state: 'new' | 'open' | 'closed' = 'new';

  constructor(transport: HciTransport, options: HciHostOptions = {}) {
    super();
    this.transport = transport;
    this.clock = options.clock ?? systemClock;
    const send = (packet: Uint8Array) => transport.send(packet);
    this.commands = new CommandQueue({
      clock: this.clock,
      send,
      timeoutMs: options.commandTimeoutMs ?? 2000,
      report: (message) => this.report({ layer: 'hci', message }),
    });
    this.acl = new AclManager({
      send,
      report: (message, connectionHandle) =>
        this.report({
          layer: 'hci',
          message: `${message} (handle ${hexCode(connectionHandle, 4)})`,
          connectionHandle,
        }),
    });
    this.events = new EventRouter({
      unhandled: (event) => this.emit('unhandledEvent', event),
      malformed: (message) => this.report({ layer: 'hci', message }),
    });
  }

  /** Whether packets can go. */
  get isOpen(): boolean {
    return this.state === 'open';
  }

  /**
   * Opens the transport.
   * @throws {TransportError} when that fails
   */
  async open(): Promise<TransportOpened> {
    if (this.state !== 'new')
      throw new TransportError(`${this.transport.name}: a host is opened once`, 'PORT_BUSY');
    this.state = 'open';
    try {
      return await this.transport.open({
        packet: (type, bytes, start, end) => this.receive(type, bytes, start, end),
        diagnostic: (diagnostic) => this.transportDiagnostic(diagnostic),
        closed: (error) => this.end(error),
      });
    } catch (error) {
      this.state = 'closed';
      throw error;
    }
  }

  /**
   * Sends a command and gives its return parameters (without any, an empty object once the Command Status came).
   * @throws {HciError} when the controller refuses it, with the status and its meaning
   * @throws {TimeoutError} when it is not answered in time
   * @throws {RangeError} when a parameter does not fit its field
   */
  send<P, R>(command: CommandDefinition<P, R>, parameters: P, options?: SendOptions): Promise<R> {
    return this.commands.send(command, parameters, options);
  }

  /** Calls `handler` with the parameters of each such event. `bytes` fields in them are views: copy what is kept. */
  onEvent<P>(definition: EventDefinition<P>, handler: (parameters: P) => void): Unsubscribe {
    return this.events.on(definition, handler);
  }

  /** As {@link onEvent}, with the octets instead: for events that come by the million. */
  onRawEvent(definition: EventDefinition<unknown>, handler: RawEventHandler): Unsubscribe {
    return this.events.onRaw(definition, handler);
  }

  /** Closes the transport; what is pending rejects. Idempotent. */
  async close(): Promise<void> {
    if (this.state === 'new') this.state = 'closed';
    this.end();
    await this.transport.close();
  }

  /** Tells a diagnostic; for the layers above. */
  report(diagnostic: Diagnostic): void {
    this.emit('diagnostic', diagnostic);
  }

  private receive(type: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.state !== 'open') return;
    if (type === PacketType.acl) {
      this.acl.receive(bytes, start, end);
      return;
    }
    if (type !== PacketType.event) {
      this.report({
        layer: 'hci',
        message: `a packet of type ${type} came and was dropped: nobody takes it`,
      });
      return;
    }
    if (end - start < 2 || start + 2 + bytes[start + 1]! !== end) {
      this.report({
        layer: 'hci',
        message: 'an event packet has not the length it says',
        bytes: bytes.slice(start, end),
      });
      return;
    }
    switch (bytes[start]) {
      case 0x13: // Number Of Completed Packets
        this.acl.completed(bytes, start + 2, end);
        return;
      case 0x0e:
        this.commands.commandComplete(bytes, start + 2, end);
        return;
      case 0x0f:
        this.commands.commandStatus(bytes, start + 2, end);
        return;
      default:
        this.events.dispatch(bytes, start, end);
    }
  }

  private transportDiagnostic(diagnostic: TransportDiagnostic): void {
    const { message, bytes } = diagnostic;
    this.report({ layer: 'transport', message, ...(bytes ? { bytes } : {}) });
  }

  private end(error?: TransportError): void {
    if (this.state !== 'open') return;
    this.state = 'closed';
    this.commands.close(
      error ?? new TransportError(`${this.transport.name}: the port was closed`, 'PORT_CLOSED'),
    );
    this.acl.clear();
    this.emit('closed', error);
  }
}
