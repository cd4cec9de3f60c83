import { BdAddr } from '../core/address.js';
import { u16At } from '../core/bytes.js';
import { hexCode } from '../core/hex.js';
import { type Side, StreamState } from '../decode/state.js';
import type { CaptureEnd, CaptureRecord } from '../hci/capture/index.js';
import { type DecodedPacket, decodePacket } from '../hci/decode.js';
import { describeStatus } from '../hci/error-names.js';
import { PacketType } from '../hci/packet-type.js';
import { Advertisers, type Report } from './advertisers.js';
import { Buckets } from './bounded.js';
import { Channels } from './channels.js';
import { type Beginning, Connections } from './connections.js';
import { ErrorCounter } from './errors.js';
import { Exchanges } from './exchanges.js';
import type { Moment } from './moment.js';
import { leftOutSentences, Silences, trafficOf } from './overview.js';
import type { CommandCount, Statistics } from './statistics.js';

const KINDS: Readonly<Record<number, string>> = { 1: 'command', 2: 'acl', 3: 'sco', 4: 'event', 5: 'iso' };
const COLUMNS = Object.values(KINDS).flatMap((kind) => [`${kind} sent`, `${kind} received`]);
/** Columns of the ATT payload behind those of the packets. */
const PAYLOAD = COLUMNS.length;
const ENTRIES = 1200;
const RESET = 0x0c03;
/** Connection Complete, of BR/EDR: Core Vol 4, Part E, 7.7.3. */
const CLASSIC_CONNECTION_COMPLETE = 0x03;

/**
 * What a capture came to, gathered record by record in memory that has a bound.
 *
 * ```ts
 * const collector = new StatisticsCollector();
 * const reader = new CaptureReader((record) => collector.add(record));
 * reader.push(octets);
 * const statistics = collector.result(reader.end());
 * ```
 */
export class StatisticsCollector {
  private records = 0;
  private packets = 0;
  private first: number | undefined;
  private last = 0;
  private drops = 0;
  private readonly amounts = new Float64Array(COLUMNS.length * 2);
  private readonly timeline = new Buckets(COLUMNS.length + 2, ENTRIES);
  private readonly errors = new ErrorCounter();
  private readonly connections = new Connections();
  private readonly advertisers = new Advertisers();
  private readonly channels = new Channels(this.connections, this.errors);
  private readonly hci = new Exchanges();
  private readonly commands = new Map<number, { name: string; sent: number; refused: number }>();
  private readonly silences = new Silences();
  private streams = new StreamState();

  /** One record; of captures with several controllers, give those of one index. */
  add(record: CaptureRecord): void {
    this.records++;
    this.first ??= record.time;
    // A clock that was set back makes no negative times.
    const at = Math.max(this.last, (record.time - this.first) / 1e6);
    this.silences.packet(this.last, at);
    this.last = at;
    this.drops = Math.max(this.drops, record.drops);
    const kind = KINDS[record.type];
    if (kind === undefined) return;
    this.packets++;
    const { packet, sent } = record;
    const column = 2 * (record.type - 1) + (sent ? 0 : 1);
    this.amounts[2 * column]!++;
    this.amounts[2 * column + 1]! += packet.length;
    this.timeline.add(at, column, 1);
    const moment = { at, record: this.records };
    if (record.missing > 0) this.errors.add('packets that the capture has not whole', moment);
    if (record.type === PacketType.acl) this.acl(packet, sent ? 0 : 1, moment);
    else if (record.type === PacketType.command) this.command(packet, moment);
    else if (record.type === PacketType.event) {
      if (packet[0] === CLASSIC_CONNECTION_COMPLETE) this.classicConnection(packet, moment);
      else this.event(decodePacket(record.type, packet), moment);
    }
  }

  /** @param end how far the capture was read; a whole one without */
  result(end?: CaptureEnd): Statistics {
    const { connections, advertisers, channels, errors, timeline } = this;
    return {
      capture: {
        records: this.records,
        packets: this.packets,
        begin: this.first,
        seconds: this.last,
        drops: this.drops,
        stopped: end?.stopped?.message,
      },
      traffic: trafficOf(Object.values(KINDS), this.amounts),
      perSecond: {
        width: timeline.width,
        columns: COLUMNS,
        entries: timeline.entries.map((entry) => [...entry.subarray(0, PAYLOAD)]),
        payload: timeline.entries.map((entry) => [entry[PAYLOAD]!, entry[PAYLOAD + 1]!] as const),
      },
      connections: connections.summaries((address) => advertisers.name(address)),
      advertisers: advertisers.list,
      commands: this.commandCounts(),
      attPdus: channels.attPdus,
      responses: { hci: this.hci.result, att: channels.att.result },
      errors: errors.list,
      silences: this.silences.longest,
      sequence: channels.sequence,
      leftOut: leftOutSentences({
        'reports of advertisers beyond the first 2000': advertisers.leftOut,
        'connections beyond the first 500': connections.leftOut,
        'ATT and SMP packets in the sequence': channels.leftOut,
        'errors of rare kinds': errors.leftOut,
      }),
    };
  }

  private commandCounts(): readonly CommandCount[] {
    return [...this.commands]
      .map(([opcode, { name, sent, refused }]) => ({ opcode, name, sent, refused }))
      .sort((a, b) => b.sent - a.sent || a.opcode - b.opcode);
  }

  private command(packet: Uint8Array, moment: Moment): void {
    if (packet.length < 3) return;
    const opcode = u16At(packet, 0);
    const known = this.commands.get(opcode);
    if (known) known.sent++;
    else
      this.commands.set(opcode, { name: decodePacket(PacketType.command, packet).name, sent: 1, refused: 0 });
    this.hci.ask(hexCode(opcode, 4), moment.at);
    if (opcode !== RESET) return;
    this.connections.reset(moment.at);
    this.streams = new StreamState();
  }

  /** Status, Connection_Handle, BD_ADDR, which this package does not declare. */
  private classicConnection(packet: Uint8Array, moment: Moment): void {
    if (packet.length < 11) return;
    if (packet[2] !== 0) this.errors.add(`Connection_Complete: ${describeStatus(packet[2]!)}`, moment);
    else {
      const handle = u16At(packet, 3);
      this.connections.beginOther(handle, `${BdAddr.fromWire(packet, 5, 11)} (BR/EDR)`, moment.at);
      this.streams.connected(handle);
    }
  }

  private event(event: DecodedPacket, moment: Moment): void {
    if (event.malformed) {
      this.errors.add(`malformed ${event.name}`, moment);
      return;
    }
    const fields = event.fields as Record<string, unknown>;
    switch (event.name.replace(/ \[v\d\]$/, '')) {
      case 'Command_Complete':
      case 'Command_Status':
        this.answered(event, fields, moment);
        break;
      case 'LE_Advertising_Report':
      case 'LE_Directed_Advertising_Report':
      case 'LE_Extended_Advertising_Report':
        for (const report of fields['reports'] as readonly Report[]) {
          this.advertisers.report(
            { ...report, data: report.data ?? new Uint8Array(0) },
            event.name === 'LE_Extended_Advertising_Report',
            moment.at,
          );
        }
        break;
      default:
        this.link(event.name.replace(/ \[v\d\]$/, ''), fields, moment);
    }
  }

  private answered(event: DecodedPacket, fields: Record<string, unknown>, moment: Moment): void {
    const opcode = fields['commandOpcode'] as number;
    this.hci.answer(hexCode(opcode, 4), moment.at);
    const returned = fields['returnParameters'];
    const status = event.name === 'Command_Status' ? fields['status'] : statusOf(returned);
    if (typeof status !== 'number' || status === 0 || opcode === 0) return;
    const command = this.commands.get(opcode);
    if (command) command.refused++;
    this.errors.add(`${command?.name ?? hexCode(opcode, 4)}: ${describeStatus(status)}`, moment);
  }

  /** Events of connections. */
  private link(name: string, fields: Record<string, unknown>, moment: Moment): void {
    const { connections } = this;
    const { at } = moment;
    const handle = fields['connectionHandle'] as number;
    const status = fields['status'];
    if (typeof status === 'number' && status !== 0) {
      this.errors.add(`${name}: ${describeStatus(status)}`, moment);
      return;
    }
    const number = (key: string) => fields[key] as number;
    switch (name) {
      case 'LE_Connection_Complete':
      case 'LE_Enhanced_Connection_Complete':
        connections.begin(fields as unknown as Beginning, at);
        this.streams.connected(handle);
        break;
      case 'Disconnection_Complete': {
        const connection = connections.of(handle);
        if (connection) this.channels.gone(connection);
        connections.end(handle, number('reason'), at);
        this.streams.disconnected(handle);
        break;
      }
      case 'LE_CIS_Established':
        connections.beginOther(handle, 'connected isochronous stream', at);
        break;
      case 'LE_Connection_Update_Complete':
        connections.updated(handle, fields as unknown as Beginning, at);
        break;
      case 'LE_PHY_Update_Complete':
        connections.phy(handle, number('txPhy'), number('rxPhy'), at);
        break;
      case 'LE_Data_Length_Change':
        connections.lengths(handle, number('maxTxOctets'), number('maxRxOctets'), at);
        break;
      case 'Encryption_Change':
        connections.encryption(handle, number('encryptionEnabled') !== 0, at);
        break;
      case 'Hardware_Error':
        this.errors.add(`Hardware_Error ${hexCode(number('hardwareCode'))}`, moment);
        break;
    }
  }

  private acl(packet: Uint8Array, sender: Side, moment: Moment): void {
    if (packet.length < 4) return;
    const word = u16At(packet, 0);
    const connection = this.connections.data(word & 0xfff, moment.at);
    if (!connection) return;
    connection.packets[sender]++;
    connection.octets[sender] += packet.length;
    const { completed, problem } = this.streams
      .link(word & 0xfff)
      .receive(sender, (word >> 12) & 3, packet, 4, Math.min(packet.length, 4 + u16At(packet, 2)));
    if (problem !== undefined) this.errors.add(`L2CAP: ${problem}`, moment);
    if (!completed) return;
    const frame = completed.bytes.subarray(completed.start, completed.end);
    const payload = this.channels.frame(connection, sender, frame, moment);
    if (payload > 0) this.timeline.add(moment.at, PAYLOAD + sender, payload);
  }
}

function statusOf(returned: unknown): number | undefined {
  if (returned instanceof Uint8Array) return returned[0];
  return (returned as { status?: number } | undefined)?.status;
}
