import type { Clock } from '../../../src/core/clock.js';
import { toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { PacketType } from '../../../src/hci/packet-type.js';
import { type UsbMachine, usbFactoryOn } from '../../../src/hci/transport/node/usb.js';
import { parsePort } from '../../../src/hci/transport/port.js';
import type { HciTransport, TransportDiagnostic } from '../../../src/hci/transport/transport.js';
import type { UsbTransport } from '../../../src/hci/transport/usb/usb-transport.js';
import type { SimulatedLibusb, SimulatedUsbDevice } from './libusb.js';

/** How a {@link SimulatedDongle} speaks HCI over its endpoints. */
export interface DongleOptions {
  readonly events: number;
  readonly dataIn: number;
  /** Whether an empty packet follows data that fills its last USB packet. */
  readonly emptyPackets?: boolean;
  /** bmRequestType that commands have to have; others are stalled. */
  readonly requestType?: number;
  /** Milliseconds by which events come later than data: the race of the two endpoints. */
  readonly eventDelay?: number;
}

/** Puts a controller behind the endpoints of a simulated USB device. */
export class SimulatedDongle {
  /** Setup packets of the commands that came: `20 00 0000 0000`. */
  readonly setups: string[] = [];
  /** Data packets that were given to the host while events before them still waited. */
  overtaking = 0;
  private delayed = 0;
  private readonly device: SimulatedUsbDevice;
  private readonly controller: HciTransport;
  private readonly options: DongleOptions;
  private data: number[] = [];

  constructor(device: SimulatedUsbDevice, controller: HciTransport, options: DongleOptions) {
    this.device = device;
    this.controller = controller;
    this.options = options;
    device.onControl = ({ requestType, request, value, index, data }) => {
      const word = (number: number) => number.toString(16).padStart(4, '0');
      this.setups.push(`${toHex(Uint8Array.of(requestType, request), ' ')} ${word(value)} ${word(index)}`);
      if (options.requestType !== undefined && requestType !== options.requestType) return 4;
      this.controller.send(Uint8Array.of(PacketType.command, ...data));
      return 0;
    };
    device.onOut = (_address, bytes) => this.fromHost(bytes);
  }

  /** Switches the controller on. */
  async start(): Promise<this> {
    await this.controller.open({
      packet: (type, bytes, start, end) => this.fromController(type, bytes.slice(start, end)),
      diagnostic: () => {},
      closed: () => {},
    });
    return this;
  }

  private fromController(type: number, packet: Uint8Array): void {
    const { events, dataIn, emptyPackets, eventDelay } = this.options;
    if (type !== PacketType.event) {
      if (this.delayed > 0) this.overtaking++;
      const empty = emptyPackets && packet.length % this.device.maxPacketSize(dataIn) === 0;
      this.device.give(dataIn, ...this.cut(dataIn, packet), ...(empty ? [new Uint8Array(0)] : []));
    } else if (eventDelay === undefined) this.device.give(events, ...this.cut(events, packet));
    else {
      this.delayed++;
      this.device.clock.setTimeout(() => {
        this.delayed--;
        this.device.give(events, ...this.cut(events, packet));
      }, eventDelay);
    }
  }

  private cut(address: number, packet: Uint8Array): Uint8Array[] {
    const size = this.device.maxPacketSize(address);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < packet.length; at += size) pieces.push(packet.slice(at, at + size));
    return pieces;
  }

  private fromHost(bytes: Uint8Array): void {
    this.data.push(...bytes);
    while (this.data.length >= 4) {
      const length = 4 + this.data[2]! + (this.data[3]! << 8);
      if (this.data.length < length) return;
      this.controller.send(Uint8Array.of(PacketType.acl, ...this.data.splice(0, length)));
    }
  }
}

/** The machine that has these devices plugged in: Linux without files, unless told otherwise. */
export function machineWith(libusb: SimulatedLibusb, replaced: Partial<UsbMachine> = {}): UsbMachine {
  return {
    platform: 'linux',
    read: () => undefined,
    names: () => [],
    realPath: () => undefined,
    mayOpen: () => true,
    link: () => undefined,
    loadUsb: () => libusb,
    ...replaced,
  };
}

/** The transport of a port string on that machine. */
export function transportOf(text: string, machine: UsbMachine, clock: Clock): UsbTransport {
  const context = { clock, random: seededRandom(1) };
  return usbFactoryOn(machine).create(parsePort(text), context) as UsbTransport;
}

/** A host's side that writes down what comes. */
export class Recorder {
  readonly packets: string[] = [];
  readonly diagnostics: TransportDiagnostic[] = [];
  readonly closed: unknown[] = [];

  packet(type: number, bytes: Uint8Array, start: number, end: number): void {
    this.packets.push(`${type} ${toHex(bytes.subarray(start, end))}`);
  }

  diagnostic(diagnostic: TransportDiagnostic): void {
    this.diagnostics.push(diagnostic);
  }

  ended(error?: unknown): void {
    this.closed.push(error);
  }

  /** What a transport is opened with. */
  sink() {
    return {
      packet: (type: number, bytes: Uint8Array, start: number, end: number) =>
        this.packet(type, bytes, start, end),
      diagnostic: (diagnostic: TransportDiagnostic) => this.diagnostic(diagnostic),
      closed: (error?: unknown) => this.ended(error),
    };
  }
}
