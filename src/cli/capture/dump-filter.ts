import { BdAddr } from '../../core/address.js';
import { findField, type ReadableField, type ReadablePacket } from '../../decode/index.js';
import { PacketType } from '../../hci/packet-type.js';
import type { OptionValues } from '../option-values.js';

/** A packet with what says where it belongs. */
export interface FilteredPacket {
  readonly type: number;
  /** Without its indicator. */
  readonly octets: Uint8Array;
  readonly readable: ReadablePacket;
}

/** Which packets are shown. */
export interface DumpFilter {
  /** Whether nothing is left out: records that are no packets are shown only then. */
  readonly everything: boolean;
  /** Takes every packet of the capture, in order: says whether it is shown. */
  shows(packet: FilteredPacket): boolean;
}

const layers: Readonly<Record<string, (packet: FilteredPacket) => boolean>> = {
  hci: ({ type }) => type === PacketType.command || type === PacketType.event,
  acl: ({ type }) => type === PacketType.acl,
  l2cap: carries(/(^|\+ )L2CAP /),
  att: carries(/(^|\+ )ATT /),
  smp: carries(/(^|\+ )SMP /),
  sco: ({ type }) => type === PacketType.sco,
  iso: ({ type }) => type === PacketType.iso,
};

/** The names of the layers that `--layer` takes. */
export const layerNames: readonly string[] = Object.keys(layers);

function carries(name: RegExp): (packet: FilteredPacket) => boolean {
  return ({ type, readable }) => type === PacketType.acl && name.test(readable.name);
}

/**
 * The filter that `--layer`, `--handle`, `--address` and `--text` make together: a packet has to pass all of them.
 * @throws {UsageError} when one of them is wrong
 */
export function dumpFilter(options: OptionValues): DumpFilter {
  const tests = [layerTest(options), handleTest(options), addressTest(options), textTest(options)].filter(
    (test) => test !== undefined,
  );
  return {
    everything: tests.length === 0,
    // Each of them sees every packet: what they know of connections must not depend on the others.
    shows: (packet) => tests.map((test) => test(packet)).every((passed) => passed),
  };
}

type Test = (packet: FilteredPacket) => boolean;

function layerTest(options: OptionValues): Test | undefined {
  const text = options.text('layer');
  if (text === undefined) return undefined;
  const chosen = text.split(',').map((name) => {
    const test = Object.hasOwn(layers, name) ? layers[name] : undefined;
    if (!test) throw options.wrong(`--layer ${text}: some of ${layerNames.join(',')} are wanted`);
    return test;
  });
  return (packet) => chosen.some((test) => test(packet));
}

function handleTest(options: OptionValues): Test | undefined {
  const text = options.text('handle');
  if (text === undefined) return undefined;
  const handle = Number(text);
  if (text === '' || !(Number.isInteger(handle) && handle >= 0 && handle <= 0xeff))
    throw options.wrong(`--handle ${text}: a number from 0 to 0xEFF is wanted`);
  return (packet) => isAbout(packet, (one) => one === handle);
}

function textTest(options: OptionValues): Test | undefined {
  const text = options.text('text')?.toLowerCase();
  return text === undefined ? undefined : ({ readable }) => readable.line.toLowerCase().includes(text);
}

function addressTest(options: OptionValues): Test | undefined {
  const text = options.text('address');
  if (text === undefined) return undefined;
  let address: string;
  try {
    address = BdAddr.parse(text).toString();
  } catch (error) {
    throw options.wrong(`--address: ${error instanceof Error ? error.message : String(error)}`);
  }
  const links = new PeerLinks(address);
  return (packet) => links.isAbout(packet);
}

const RESET = 0x0c03;

/** The connections with a peer, as the events tell them: what is sent on them is about the peer as well. */
class PeerLinks {
  private readonly address: string;
  private readonly handles = new Set<number>();

  constructor(address: string) {
    this.address = address;
  }

  isAbout(packet: FilteredPacket): boolean {
    const { readable } = packet;
    const stands = hasValue(readable.fields, this.address);
    const { name, fields } = readable;
    const handle = numberOf(fields, 'connectionHandle');
    if (/Connection_Complete/.test(name) && handle !== undefined && numberOf(fields, 'status') === 0) {
      // The controller gives the handle of a link that is gone to the next.
      if (stands) this.handles.add(handle & 0xfff);
      else if (hasAddress(fields)) this.handles.delete(handle & 0xfff);
    }
    // An identity that a peer tells of itself is its own from there on.
    if (stands && packet.type === PacketType.acl && handle !== undefined) this.handles.add(handle);
    const about = stands || isAbout(packet, (one) => this.handles.has(one));
    if (name === 'Disconnection_Complete' && numberOf(fields, 'status') === 0 && handle !== undefined)
      this.handles.delete(handle & 0xfff);
    if (name === 'Command_Complete' && numberOf(fields, 'commandOpcode') === RESET) this.handles.clear();
    return about;
  }
}

function hasAddress(fields: readonly ReadableField[]): boolean {
  return fields.some(({ value }) => typeof value === 'string' && /^(..:){5}..$/.test(value));
}

function numberOf(fields: readonly ReadableField[], key: string): number | undefined {
  const value = findField(fields, key)?.value;
  return typeof value === 'number' ? value : undefined;
}

function hasValue(fields: readonly ReadableField[], wanted: string): boolean {
  return fields.some(({ value, fields: inside }) => value === wanted || (inside && hasValue(inside, wanted)));
}

/** Whether a packet is on a connection, or names one. */
function isAbout({ type, octets, readable }: FilteredPacket, wanted: (handle: number) => boolean): boolean {
  const isData = type === PacketType.acl || type === PacketType.sco || type === PacketType.iso;
  if (isData) return octets.length >= 2 && wanted(octets[0]! | ((octets[1]! & 0x0f) << 8));
  return names(readable.fields, '', wanted);
}

/** Whether one of the fields is such a handle: `connectionHandle`, `cisConnectionHandle`, an item of `connectionHandles`. */
function names(
  fields: readonly ReadableField[],
  parent: string,
  wanted: (handle: number) => boolean,
): boolean {
  return fields.some(({ key, value, fields: inside }) => {
    if (inside && names(inside, key, wanted)) return true;
    const name = /^\d+$/.test(key) ? parent : key;
    return typeof value === 'number' && /^handle$|connectionHandles?$/i.test(name) && wanted(value & 0xfff);
  });
}
