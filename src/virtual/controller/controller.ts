import { type Address, BdAddr } from '../../core/address.js';
import { checkInteger, checkKeys, checkNumber } from '../../core/check.js';
import type { RandomSource } from '../../core/random.js';
import { PacketType } from '../../hci/packet-type.js';
import type { HciTransport } from '../../hci/transport/transport.js';
import type { Air, Station } from '../air/air.js';
import type { Position } from '../air/propagation.js';
import { RadioTime } from '../air/radio-time.js';
import { Role } from '../link-layer/connection-state.js';
import { LinkLayer } from '../link-layer/link-layer.js';
import { AclBuffers } from './acl-buffers.js';
import { BroadcastReporter } from './broadcast-reporter.js';
import { Chip } from './chip.js';
import { commandTable, supportedCommands } from './command-table.js';
import { allCommands } from './commands/index.js';
import { type ControllerCounters, newCounters } from './counters.js';
import { Dispatcher } from './dispatcher.js';
import { EventPort } from './event-port.js';
import { IsoBuffers } from './iso-buffers.js';
import { KeyAgreement } from './key-agreement.js';
import { PeriodicReporter } from './periodic-reporter.js';
import { fullPersonality } from './personalities/index.js';
import type { Personality } from './personality.js';
import { Reporter } from './reporter.js';
import { type AttachedHost, type AttachResult, InProcessTransport, type PacketEnd } from './transport.js';

/** What {@link VirtualController} takes. */
export interface VirtualControllerOptions {
  /**
   * The address that it is made with, `00:00:5E:00:53:01` or a {@link BdAddr}; all zeros for none. It is the public
   * address, unless the personality says that the chip has none.
   */
  readonly address: BdAddr | string;
  /** Where its random numbers and delays come from; the air's source without. */
  readonly random?: RandomSource;
  /** What it is called in messages; the address without. */
  readonly name?: string;
  /** What kind of controller it is; {@link fullPersonality} without. */
  readonly personality?: Personality;
  /** Where it is, in metres; the origin without. May change later. */
  readonly position?: Position;
}

/** Advertising sets of a personality that does not say how many. */
const DEFAULT_ADVERTISING_SETS = 16;

const known = ['address', 'random', 'name', 'personality', 'position'];

/**
 * An LE controller in this process: HCI packets go in and come out, and its link layer lives on an {@link Air}
 * together with those of others. A host reaches it by {@link transport}, or by {@link attach} and {@link receive}
 * when it is somewhere else.
 */
export class VirtualController implements Station, PacketEnd {
  readonly air: Air;
  readonly name: string;
  readonly personality: Personality;
  readonly time: RadioTime | undefined;
  readonly counters: ControllerCounters = newCounters();
  /** In metres; to be set when it moves. */
  position: Position;
  private readonly port: EventPort;
  private readonly acl: AclBuffers;
  private readonly iso: IsoBuffers;
  private readonly linkLayer: LinkLayer;
  private readonly dispatcher: Dispatcher;
  private readonly keyAgreement: KeyAgreement;
  private host: AttachedHost | undefined;
  private on = true;

  /** Made and switched on. @throws {RangeError} naming the option that is wrong */
  constructor(air: Air, options: VirtualControllerOptions) {
    checkKeys('virtual controller', options, known);
    const personality = checkPersonality(options.personality ?? fullPersonality);
    const address = typeof options.address === 'string' ? BdAddr.parse(options.address) : options.address;
    const random = options.random ?? air.random;
    this.air = air;
    this.name = options.name ?? address.toString();
    this.personality = personality;
    this.time = personality.oneRadio ? new RadioTime() : undefined;
    this.position = checkPosition(options.position ?? { x: 0, y: 0, z: 0 });
    this.port = new EventPort(personality);
    this.acl = new AclBuffers({
      port: this.port,
      counters: this.counters,
      dataLength: personality.aclDataLength,
      dataPackets: personality.aclDataPackets,
      connection: (handle) => this.linkLayer.connections.get(handle),
    });
    this.iso = new IsoBuffers({
      port: this.port,
      counters: this.counters,
      dataLength: personality.isoDataLength ?? 0,
      dataPackets: personality.isoDataPackets ?? 0,
      stream: (handle) => {
        const { isochronous, broadcaster } = this.linkLayer;
        return isochronous.inputOf(handle) ?? broadcaster.inputOf(handle);
      },
    });
    this.linkLayer = new LinkLayer({
      air,
      radio: this,
      random,
      address: personality.hasPublicAddress === false ? BdAddr.zero : address,
      features: personality.leFeatures,
      version: {
        lmpVersion: personality.coreVersion,
        manufacturer: personality.manufacturer,
        subversion: personality.lmpSubversion,
      },
      maxDataOctets: personality.maxDataOctets,
      maxConnections: personality.maxConnections,
      advertisingSets: personality.advertisingSets ?? DEFAULT_ADVERTISING_SETS,
      acceptListSize: personality.filterAcceptListSize,
      resolvingListSize: personality.resolvingListSize ?? 0,
      duplicateFilterSize: personality.duplicateFilterSize,
      sca: personality.sleepClockAccuracy,
      txPowerRange: personality.txPowerRange ?? { min: personality.txPower, max: personality.txPower },
      goldenRange: personality.goldenRange,
      syncEvents: new PeriodicReporter(this.port),
      broadcastEvents: new BroadcastReporter(this.port, this.iso),
      periodicListSize: personality.filterAcceptListSize,
      events: new Reporter(this.port, this.acl, this.iso, (connection, reason) => {
        this.linkLayer.isochronous.connectionLost(connection, reason);
        this.linkLayer.connections.delete(connection.handle);
      }),
    });
    this.keyAgreement = new KeyAgreement(random);
    const table = commandTable(allCommands, personality);
    this.dispatcher = new Dispatcher(
      {
        personality,
        chip: new Chip(address, random),
        keyAgreement: this.keyAgreement,
        linkLayer: this.linkLayer,
        port: this.port,
        toHost: this.acl.toHost,
        supportedCommands: supportedCommands(table),
        reset: () => this.reset(),
      },
      table,
      this.counters,
    );
    air.join(this);
  }

  /** dBm. */
  get txPower(): number {
    return this.personality.txPower;
  }

  /** dBm. */
  get sensitivity(): number {
    return this.personality.sensitivity;
  }

  /** The public address; zeros when it has none. */
  get address(): BdAddr {
    return this.linkLayer.address;
  }

  /** Whether it is switched on. */
  get isOn(): boolean {
    return this.on;
  }

  /** What it is doing now, for a picture of the air. */
  get activity(): ControllerActivity {
    const { advertiser, scanner, initiating, connections } = this.linkLayer;
    return {
      advertising: advertiser.enabled,
      scanning: scanner.enabled,
      initiating,
      connections: connections.size,
    };
  }

  /** The connections that it has now, for a picture of the air. */
  get links(): readonly ControllerLink[] {
    return Array.from(this.linkLayer.connections.values(), ({ handle, role, peer, interval, rssi }) => ({
      handle,
      role: role === Role.central ? 'central' : 'peripheral',
      peer,
      intervalMs: interval / 1000,
      rssi,
    }));
  }

  /** A way to it for a host in this process. One host at a time has the controller. */
  transport(): HciTransport {
    return new InProcessTransport(this);
  }

  /**
   * For a host elsewhere: takes the host's place, which one at a time may have.
   * @param host takes whole H4 packets, each of them its own; called inside {@link receive} and when something happens
   *   on the air
   * @returns a function that leaves the place again, `busy` when another host has it, or `off`
   */
  attach(host: AttachedHost): AttachResult {
    if (!this.on) return 'off';
    if (this.host) return 'busy';
    this.host = host;
    this.port.sink = (packet) => {
      this.air.agenda.disturb();
      host.packet(packet);
    };
    return () => {
      if (this.host !== host) return;
      this.host = undefined;
      this.port.sink = undefined;
    };
  }

  /** One whole H4 packet from the host: a command or ACL data. The octets belong to the controller from here on. Never throws. */
  receive(packet: Uint8Array): void {
    if (!this.on) return;
    this.air.agenda.catchUp();
    if (packet[0] === PacketType.command) this.dispatcher.receive(packet);
    else if (packet[0] === PacketType.acl) this.acl.receive(packet);
    else if (packet[0] === PacketType.iso && this.personality.isoDataPackets) this.iso.receive(packet);
    else this.counters.malformed++;
  }

  /** Switches it off, as by pulling a plug: its host's transport is gone, its peers hear nothing more. Idempotent. */
  powerOff(): void {
    if (!this.on) return;
    this.air.agenda.catchUp();
    this.on = false;
    this.reset();
    this.air.leave(this);
    const { host } = this;
    this.host = undefined;
    this.port.sink = undefined;
    host?.gone();
  }

  /** Switches it on again, in the state after a Reset. Idempotent. */
  powerOn(): void {
    if (this.on) return;
    this.on = true;
    this.air.join(this);
  }

  private reset(): void {
    this.linkLayer.reset();
    this.acl.reset();
    this.keyAgreement.reset();
    this.dispatcher.reset();
    this.iso.reset();
    this.port.resetMasks();
    this.port.discard();
  }
}

/** What a controller is doing. */
export interface ControllerActivity {
  readonly advertising: boolean;
  readonly scanning: boolean;
  readonly initiating: boolean;
  readonly connections: number;
}

/** A connection of a controller. */
export interface ControllerLink {
  readonly handle: number;
  readonly role: 'central' | 'peripheral';
  /** The other end, as it was connected to. */
  readonly peer: Address;
  readonly intervalMs: number;
  /** dBm of what arrived last from the other end; `undefined` before anything did. */
  readonly rssi: number | undefined;
}

function checkPosition(position: Position): Position {
  for (const axis of ['x', 'y', 'z'] as const) {
    checkNumber(`position.${axis}`, position[axis], -1e6, 1e6, 'm');
  }
  return position;
}

function checkPersonality(personality: Personality): Personality {
  checkInteger('personality.commandCredits', personality.commandCredits, 1, 255);
  checkInteger('personality.aclDataLength', personality.aclDataLength, 27, 0xffff);
  checkInteger('personality.aclDataPackets', personality.aclDataPackets, 1, 255);
  checkInteger('personality.maxDataOctets', personality.maxDataOctets, 27, 251);
  checkInteger('personality.maxConnections', personality.maxConnections, 1, 0x0eff);
  checkInteger('personality.advertisingSets', personality.advertisingSets ?? 1, 1, 0xf0);
  checkInteger('personality.filterAcceptListSize', personality.filterAcceptListSize, 1, 255);
  checkInteger('personality.duplicateFilterSize', personality.duplicateFilterSize, 1, 0xffff);
  checkInteger('personality.txPower', personality.txPower, -127, 20);
  checkInteger('personality.sensitivity', personality.sensitivity, -127, 20);
  checkInteger('personality.sleepClockAccuracy', personality.sleepClockAccuracy, 0, 7);
  return personality;
}
