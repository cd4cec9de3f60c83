import type { Clock } from '../core/clock.js';
import { systemClock } from '../core/clock.js';
import { Emitter, type Unsubscribe } from '../core/emitter.js';
import { NotSupportedError, TransportError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import { AclManager } from './acl.js';
import { CommandQueue, type SendOptions } from './command-queue.js';
import { reset } from './commands/controller.js';
import { type AnyCommand, type CommandDefinition, type EventDefinition, LE_META } from './definition.js';
import { EventRouter, type RawEventHandler, type UnhandledEvent } from './event-router.js';
import { dataBufferOverflow, hardwareError } from './events/controller.js';
import type {
  ControllerIdentity,
  Diagnostic,
  HciHostEvents,
  HciHostOptions,
  RawPacketHandler,
} from './host-types.js';
import { IsoManager } from './iso.js';
import { PacketTrail } from './packet-trail.js';
import { PacketType } from './packet-type.js';
import type { FaultFound } from './recovery/fault.js';
import { hardwareFault, vendorFault } from './recovery/fault-watch.js';
import { StateMirror } from './recovery/state-mirror.js';
import { hasCommand } from './supported-commands.js';
import type { HciTransport, TransportDiagnostic, TransportOpened } from './transport/transport.js';
import { Wire } from './wire.js';

/** Advertising reports, which come by the million: legacy and extended. */
const LE_ADVERTISING_REPORT = 0x02;
const LE_EXTENDED_ADVERTISING_REPORT = 0x0d;

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
  readonly clock: Clock;
  /** The ACL data of all connections. */
  readonly acl: AclManager;
  /** The ISO data of all CIS and BIS. */
  readonly iso: IsoManager;
  /** What the controller was told to keep: lists, addresses, defaults. */
  readonly mirror = new StateMirror();
  /**
   * Set by who brings the controller back after a fault: a port that is gone is then a `fault` and not the end.
   * @internal
   */
  supervised = false;
  /**
   * Told what a call is about, `connect(…) →`, right before the first packet that it sends. Set where packets are recorded;
   * without, nobody asks. @internal
   */
  trace: ((text: string) => void) | undefined;
  private readonly wire: Wire;
  private readonly commands: CommandQueue;
  private readonly events: EventRouter;
  private readonly trail: PacketTrail;
  private scoHandler: RawPacketHandler | undefined;
  private companyIdentifier = 0xffff;
  private supportedCommands: Uint8Array | undefined;
  /** `resetting` takes answers to commands only: what else comes is from before the Reset. */
  private state: 'new' | 'open' | 'resetting' | 'down' | 'closed' = 'new';

  constructor(transport: HciTransport, options: HciHostOptions = {}) {
    super();
    this.clock = options.clock ?? systemClock;
    this.wire = new Wire(transport, this.clock, {
      packet: (type, bytes, start, end) => this.receive(type, bytes, start, end),
      diagnostic: (diagnostic) => this.transportDiagnostic(diagnostic),
      closed: (error) => this.wireClosed(error),
    });
    this.trail = new PacketTrail(this.clock);
    this.commands = new CommandQueue({
      clock: this.clock,
      send: (packet) => {
        this.trail.add(true, packet[0]!, packet, 1, packet.length);
        this.transport.send(packet);
      },
      timeoutMs: options.commandTimeoutMs ?? 2000,
      report: (message) => this.report({ layer: 'hci', message }),
      unanswered: ({ name: command }) =>
        this.fault({
          kind: 'commandTimeout',
          message: `the controller did not answer ${command}`,
          command,
        }),
      succeeded: (command, packet) => this.succeeded(command, packet),
    });
    const dataReport = (message: string, connectionHandle: number) =>
      this.report({
        layer: 'hci',
        message: `${message} (handle ${hexCode(connectionHandle, 4)})`,
        connectionHandle,
      });
    this.acl = new AclManager({
      send: (packet) => {
        this.trail.aclSent++;
        this.transport.send(packet);
      },
      report: dataReport,
    });
    this.iso = new IsoManager({ send: (packet) => this.transport.send(packet), report: dataReport });
    this.events = new EventRouter({
      vendor: (event) => this.vendorEvent(event),
      unhandled: (event) => this.emit('unhandledEvent', event),
      malformed: (message) => this.report({ layer: 'hci', message }),
    });
    this.onEvent(hardwareError, ({ hardwareCode }) => this.fault(hardwareFault(hardwareCode)));
    this.onEvent(dataBufferOverflow, ({ linkType }) =>
      this.report({
        layer: 'hci',
        message: `the controller reports a data buffer overflow, link type ${linkType}: data was lost`,
      }),
    );
  }

  /** The way to the controller; another one after it was opened anew. */
  get transport(): HciTransport {
    return this.wire.transport;
  }

  /** Whether packets can go. */
  get isOpen(): boolean {
    return this.state === 'open' || this.state === 'resetting';
  }

  /** Milliseconds since something came from the controller, as far as it was asked for meanwhile. */
  get silentMs(): number {
    return this.wire.silentMs;
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
      return await this.wire.open();
    } catch (error) {
      this.state = 'closed';
      throw error;
    }
  }

  /**
   * Tells what the controller is: commands that it does not have are refused from now on, and its vendor events are
   * understood. Done by the bring-up.
   */
  identify({ companyIdentifier, supportedCommands }: ControllerIdentity): void {
    this.companyIdentifier = companyIdentifier;
    this.supportedCommands = supportedCommands;
  }

  /** Whether the controller has a command, as far as it has told. */
  supports(command: AnyCommand): boolean {
    return this.supportedCommands === undefined || hasCommand(this.supportedCommands, command);
  }

  /**
   * Sends a command and gives its return parameters (without any, an empty object once the Command Status came).
   * @throws {HciError} when the controller refuses it, with the status and its meaning
   * @throws {NotSupportedError} when the controller does not have it (Supported_Commands): it is not sent then
   * @throws {TimeoutError} when it is not answered in time
   * @throws {RangeError} when a parameter does not fit its field
   */
  send<P, R>(command: CommandDefinition<P, R>, parameters: P, options?: SendOptions): Promise<R> {
    if (this.supportedCommands !== undefined && !options?.evenIfUnsupported && !this.supports(command)) {
      const [octet, bit] = command.supported!;
      return Promise.reject(
        new NotSupportedError(
          `${command.name}: the controller does not have this command (Supported_Commands, octet ${octet} bit ${bit}, is 0)`,
        ),
      );
    }
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

  /** Calls `handler` with each SCO data packet (Core Vol 4, Part E, 5.4.3), untouched; `undefined` takes it off. */
  onSco(handler: RawPacketHandler | undefined): void {
    this.scoHandler = handler;
  }

  /**
   * Sends an SCO data packet as it is, without flow control.
   * @param packet the packet without its indicator: handle, status and length, then the data; copied
   */
  sendSco(packet: Uint8Array): void {
    if (!this.isOpen) return;
    const whole = new Uint8Array(1 + packet.length);
    whole[0] = PacketType.sco;
    whole.set(packet, 1);
    this.transport.send(whole);
  }

  /** Closes the transport; what is pending rejects. Idempotent. */
  async close(): Promise<void> {
    if (this.state === 'new') this.state = 'closed';
    this.end();
    await this.transport.close();
  }

  /**
   * Ends all that is pending with `error`: the controller will be reset or opened anew, and nothing it has told counts
   * any more.
   */
  suspend(error: TransportError): void {
    if (!this.isOpen) return;
    this.state = 'down';
    this.drop(error);
    this.emit('down', error);
  }

  /**
   * Makes packets flow again after {@link suspend}: over the same transport, or over `replacement`, which is opened. The
   * controller has to be brought up then.
   * @throws {TransportError} when the port does not open, or nothing answers HCI
   */
  async restart(replacement?: HciTransport): Promise<TransportOpened> {
    if (this.state !== 'down')
      throw new TransportError(`${this.transport.name}: only a suspended host is restarted`, 'PORT_BUSY');
    // Another controller may be there than the one before.
    this.supportedCommands = undefined;
    let opened: TransportOpened = { resetDone: false };
    if (replacement) opened = await this.wire.open(replacement);
    else if (this.transport.resynchronise) opened = await this.transport.resynchronise();
    // Whoever closed the host meanwhile wins.
    if (this.stateIs('closed')) throw closedOnPurpose(this.transport);
    this.commands.reopen();
    this.state = opened.resetDone ? 'open' : 'resetting';
    return opened;
  }

  /** Gives the controller up: the host is closed with `error`. */
  giveUp(error: TransportError): void {
    this.end(error);
  }

  /** Tells a diagnostic; for the layers above. */
  report(diagnostic: Diagnostic): void {
    this.emit('diagnostic', diagnostic);
  }

  /** Tells a fault, and the same as a diagnostic. */
  fault(found: FaultFound): void {
    const { kind, message, bytes } = found;
    const layer = kind === 'framing' || kind === 'lost' ? 'transport' : 'hci';
    this.report({ layer, message, ...(bytes ? { bytes } : {}) });
    this.emit('fault', { ...found, at: this.clock.now(), packets: this.trail.entries() });
  }

  private stateIs(state: string): boolean {
    return this.state === state;
  }

  private receive(type: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.state !== 'open') {
      if (this.state === 'resetting' && type === PacketType.event) this.answer(bytes, start, end);
      return;
    }
    if (type === PacketType.acl) {
      this.trail.aclReceived++;
      this.acl.receive(bytes, start, end);
      return;
    }
    if (type !== PacketType.event) {
      this.receiveOther(type, bytes, start, end);
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
    const code = bytes[start];
    if (code === LE_META) {
      const subevent = bytes[start + 2];
      if (subevent === LE_ADVERTISING_REPORT || subevent === LE_EXTENDED_ADVERTISING_REPORT)
        this.trail.countedEvents++;
      else this.trail.add(false, type, bytes, start, end);
      this.events.dispatch(bytes, start, end);
    } else if (code === 0x13) {
      // Number Of Completed Packets
      this.trail.countedEvents++;
      this.acl.completed(bytes, start + 2, end);
      if (this.iso.inUse) this.iso.completed(bytes, start + 2, end);
    } else if (!this.answer(bytes, start, end)) {
      this.trail.add(false, type, bytes, start, end);
      this.events.dispatch(bytes, start, end);
    }
  }

  /** Takes Command Complete and Command Status; says whether it was one. */
  private answer(bytes: Uint8Array, start: number, end: number): boolean {
    const code = bytes[start];
    if (code !== 0x0e && code !== 0x0f) return false;
    this.trail.add(false, PacketType.event, bytes, start, end);
    if (code === 0x0e) this.commands.commandComplete(bytes, start + 2, end);
    else this.commands.commandStatus(bytes, start + 2, end);
    return true;
  }

  private receiveOther(type: number, bytes: Uint8Array, start: number, end: number): void {
    if (type === PacketType.iso) this.iso.receive(bytes, start, end);
    else if (type === PacketType.sco && this.scoHandler) this.scoHandler(bytes, start, end);
    else {
      this.report({
        layer: 'hci',
        message: `a packet of type ${type} came and was dropped: nobody takes it`,
      });
    }
  }

  private succeeded(command: AnyCommand, packet: Uint8Array): void {
    if (command.opcode !== reset.opcode) this.mirror.note(packet);
    else {
      this.mirror.clear();
      if (this.state === 'resetting') this.state = 'open';
    }
  }

  /** Looks for a fault in an event of the vendor. */
  private vendorEvent(event: UnhandledEvent): boolean {
    const fault = vendorFault(event, this.companyIdentifier);
    if (fault) this.fault(fault);
    return fault !== undefined;
  }

  private transportDiagnostic({ kind, message, bytes, at }: TransportDiagnostic): void {
    if (kind === 'lost-framing') this.fault({ kind: 'framing', message, ...(bytes ? { bytes } : {}) });
    else
      this.report({
        layer: 'transport',
        message,
        ...(bytes ? { bytes } : {}),
        ...(at === undefined ? {} : { listeningAt: at }),
      });
  }

  private wireClosed(error: TransportError | undefined): void {
    if (!this.supervised) this.end(error);
    else if (error) this.fault({ kind: 'lost', message: error.message, error });
    // While the controller is down, its port is closed to be opened anew.
    else if (this.state !== 'down') this.end();
  }

  /** Rejects all that is pending, and forgets all links. */
  private drop(error: TransportError): void {
    this.commands.close(error);
    this.acl.clear();
    this.iso.clear();
  }

  private end(error?: TransportError): void {
    if (this.state === 'closed' || this.state === 'new') return;
    this.state = 'closed';
    this.drop(error ?? closedOnPurpose(this.transport));
    this.emit('closed', error);
  }
}

function closedOnPurpose({ name }: HciTransport): TransportError {
  return new TransportError(`${name}: the port was closed`, 'PORT_CLOSED');
}
