import type { TransportError } from '../../core/errors.js';
import type { PacketTypeCode } from '../packet-type.js';

/** Receives what comes from a controller. None of its methods may throw. */
export interface HciTransportSink {
  /**
   * One whole packet without its indicator, at `bytes[start, end)`: a view into the transport's buffer, valid during
   * the call only.
   */
  packet(type: PacketTypeCode, bytes: Uint8Array, start: number, end: number): void;
  /** Something worth reporting that does not end the transport: lost framing, bytes thrown away. */
  diagnostic(diagnostic: TransportDiagnostic): void;
  /** The transport is gone, once. Without `error` it was closed on purpose. */
  closed(error?: TransportError): void;
}

/** What went wrong on the way, with the bytes concerned. */
export interface TransportDiagnostic {
  /**
   * `lost-framing` tells that octets were lost and with them, perhaps, packets; `framing` all else of that sort;
   * `listening` that a server waits for its connection.
   */
  readonly kind: 'lost-framing' | 'framing' | 'boot-text' | 'warning' | 'listening';
  readonly message: string;
  /** Of `listening`: the port string that connects to it, on this machine. */
  readonly at?: string;
  /** A copy of the bytes concerned, at most 64. */
  readonly bytes?: Uint8Array;
}

/** What is known of the controller once a transport is open. */
export interface TransportOpened {
  /** True when opening has already sent HCI_Reset and got its answer (a serial port's hunt). */
  readonly resetDone: boolean;
  /** Text that came before the first packet: a boot log. */
  readonly bootText?: string;
  /** What was found out about the port's settings, as options of a port string: `baud=115200&rtscts`. */
  readonly settings?: string;
  /** What the board or adapter is known by wherever it is plugged in: its USB identifiers and serial number. */
  readonly identity?: string;
}

/** A way to a controller, of whole HCI packets. */
export interface HciTransport {
  /** What the user calls it: `tcp:127.0.0.1:6402`. */
  readonly name: string;
  /**
   * Opens it, once.
   * @throws {TransportError} when it does not exist, is busy, or may not be opened
   */
  open(sink: HciTransportSink): Promise<TransportOpened>;
  /**
   * Sends one packet, indicator first. The transport owns the octets from here on. Packets that are sent while a packet
   * is being received leave together when the chunk they came in has been dealt with. Never throws: a broken
   * transport says so by {@link HciTransportSink.closed}.
   */
  send(packet: Uint8Array): void;
  /**
   * Resets the controller and finds the boundaries of its packets anew, for a transport that has to look for them in a
   * stream of octets (H4). Resolves when HCI_Reset was answered. Without this method packets have boundaries of their
   * own, and the host sends HCI_Reset as any command.
   * @throws {TransportError} `NO_HCI` when nothing answers
   */
  resynchronise?(): Promise<TransportOpened>;
  /** Octets accepted and not yet taken by the operating system. */
  readonly writeBacklog: number;
  /** Closes it; idempotent. Resolves when the port is free for others. */
  close(): Promise<void>;
}
