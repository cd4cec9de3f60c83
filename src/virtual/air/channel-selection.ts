/**
 * Which channel an event takes place on: Core Vol 6, Part B, 4.5.8. Pure functions of the event's number, so that an end
 * that slept through events needs to catch up with nothing.
 */

/** Data channels: 0 to 36. */
const DATA_CHANNELS = 37;

/** The data channels in use, in ascending order, and the place of each among them. */
export interface UsedChannels {
  /** Ascending channel indices. */
  readonly table: Uint8Array;
  /** By channel index: its place in the table, or 0xFF when it is not in use. */
  readonly place: Uint8Array;
}

const cache = new Map<string, UsedChannels>();
/** Channel maps remembered; all of them are forgotten when there are more. */
const CACHE_LIMIT = 256;

/**
 * What a channel map permits.
 * @param map 37 bits in five octets, bit 0 of the first for channel 0 (Core Vol 4, Part E, 7.8.19); the upper three bits
 *   are passed over
 */
export function usedChannels(map: Uint8Array): UsedChannels {
  const key = `${map[0]},${map[1]},${map[2]},${map[3]},${map[4]! & 0x1f}`;
  const known = cache.get(key);
  if (known) return known;
  const table: number[] = [];
  const place = new Uint8Array(DATA_CHANNELS).fill(0xff);
  for (let channel = 0; channel < DATA_CHANNELS; channel++) {
    if (((map[channel >> 3]! >> (channel & 7)) & 1) === 0) continue;
    place[channel] = table.length;
    table.push(channel);
  }
  const used = { table: Uint8Array.from(table), place };
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(key, used);
  return used;
}

/**
 * Channel Selection Algorithm #1: Core Vol 6, Part B, 4.5.8.2.
 * @param event how many events there were before it; not wrapped to 16 bits
 * @param hopIncrement the hopIncrement of the CONNECT_IND, 5–16
 */
export function channelByAlgorithm1(event: number, hopIncrement: number, used: UsedChannels): number {
  const unmapped = ((event + 1) * hopIncrement) % DATA_CHANNELS;
  if (used.place[unmapped] !== 0xff) return unmapped;
  return used.table[unmapped % used.table.length]!;
}

/** The channelIdentifier of an access address: Core Vol 6, Part B, 4.5.8.3.1. */
export function channelIdentifier(accessAddress: number): number {
  return ((accessAddress >>> 16) ^ accessAddress) & 0xffff;
}

/**
 * Channel Selection Algorithm #2: Core Vol 6, Part B, 4.5.8.3.
 * @param counter connEventCount, or what counts the events in other places (paEventCounter, bisEventCounter…); 16 bits
 * @param identifier see {@link channelIdentifier}
 */
export function channelByAlgorithm2(counter: number, identifier: number, used: UsedChannels): number {
  const prn = eventNumber(counter, identifier);
  const unmapped = (prn ^ identifier) % DATA_CHANNELS;
  if (used.place[unmapped] !== 0xff) return unmapped;
  return used.table[(used.table.length * (prn ^ identifier)) >>> 16]!;
}

/**
 * The channels of the subevents of an isochronous event: Core Vol 6, Part B, 4.5.8.3.6. The first is that of the event
 * itself.
 * @param count how many subevents
 */
export function subeventChannels(
  counter: number,
  identifier: number,
  used: UsedChannels,
  count: number,
): number[] {
  let previous = eventNumber(counter, identifier);
  const channel = channelByAlgorithm2(counter, identifier, used);
  const channels = [channel];
  const { table, place } = used;
  const n = table.length;
  // How far apart two subevents in a row are at least, among the channels in use.
  const distance = Math.max(1, Math.max(Math.min(3, n - 5), Math.min(11, (n - 10) >> 1)));
  let index = place[channel]!;
  for (let subevent = 1; subevent < count; subevent++) {
    previous = mam(permute(previous), identifier);
    const span = ((previous ^ identifier) * (n - 2 * distance + 1)) >>> 16;
    index = (index + distance + span) % n;
    channels.push(table[index]!);
  }
  return channels;
}

/** prn_s of an event, before it is combined with the channel identifier: Core Vol 6, Part B, 4.5.8.3.3. */
function eventNumber(counter: number, identifier: number): number {
  let prn = (counter ^ identifier) & 0xffff;
  for (let round = 0; round < 3; round++) prn = mam(permute(prn), identifier);
  return prn;
}

/** PERM: the bits of both octets in the reverse order. */
function permute(word: number): number {
  let x = ((word & 0x5555) << 1) | ((word >> 1) & 0x5555);
  x = ((x & 0x3333) << 2) | ((x >> 2) & 0x3333);
  return ((x & 0x0f0f) << 4) | ((x >> 4) & 0x0f0f);
}

/** MAM: multiply, add, modulo. */
function mam(a: number, b: number): number {
  return (17 * a + b) & 0xffff;
}

/** The sequence of channels of one connection. */
export class ChannelSequence {
  private readonly algorithm2: boolean;
  private readonly hopIncrement: number;
  private readonly identifier: number;
  private map: Uint8Array | undefined;
  private used!: UsedChannels;

  /**
   * @param accessAddress 32 bits; decides for Algorithm #2
   * @param hopIncrement 5–16; decides for Algorithm #1
   */
  constructor(options: {
    readonly algorithm2: boolean;
    readonly accessAddress: number;
    readonly hopIncrement: number;
  }) {
    this.algorithm2 = options.algorithm2;
    this.hopIncrement = options.hopIncrement;
    this.identifier = channelIdentifier(options.accessAddress);
  }

  /**
   * The channel of an event, 0–36.
   * @param event how many events there were before it; not wrapped to 16 bits
   * @param map the channel map that holds in it
   */
  channel(event: number, map: Uint8Array): number {
    if (map !== this.map) {
      this.map = map;
      this.used = usedChannels(map);
    }
    return this.algorithm2
      ? channelByAlgorithm2(event & 0xffff, this.identifier, this.used)
      : channelByAlgorithm1(event, this.hopIncrement, this.used);
  }
}
