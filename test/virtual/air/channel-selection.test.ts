import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChannelSequence,
  channelByAlgorithm1,
  channelByAlgorithm2,
  channelIdentifier,
  subeventChannels,
  usedChannels,
} from '../../../src/virtual/air/channel-selection.js';
import { frequency } from '../../../src/virtual/air/channels.js';

const all = usedChannels(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x1f));
/** 9, 10, 21, 22, 23, 33, 34, 35, 36. */
const nine = usedChannels(Uint8Array.of(0x00, 0x06, 0xe0, 0x00, 0x1e));
const identifier = channelIdentifier(0x8e89bed6);

const anyMap = fc
  .uint8Array({ minLength: 5, maxLength: 5 })
  .filter((map) => usedChannels(map).table.length >= 2);

describe('Channel Selection Algorithm #2', () => {
  it('makes the channel identifier of an access address (Vol 6, Part C, 3)', () => {
    expect(identifier).toBe(0x305f);
  });

  it('gives the channels of the sample data with all channels in use (Vol 6, Part C, 3.1)', () => {
    expect([0, 1, 2, 3].map((event) => channelByAlgorithm2(event, identifier, all))).toEqual([25, 20, 6, 21]);
  });

  it('gives the channels of the sample data with nine channels in use (Vol 6, Part C, 3.2)', () => {
    expect([6, 7, 8].map((event) => channelByAlgorithm2(event, identifier, nine))).toEqual([23, 9, 34]);
  });

  it.each([
    [0, [25, 1, 16, 36]],
    [1, [20, 36, 12, 34]],
    [2, [6, 18, 32, 21]],
    [3, [21, 4, 22, 8]],
  ])('gives the subevents of event %i with all channels in use (Vol 6, Part C, 3.1)', (event, channels) => {
    expect(subeventChannels(event, identifier, all, 4)).toEqual(channels);
  });

  it.each([
    [6, [23, 35, 21, 36]],
    [7, [9, 22, 36, 33]],
    [8, [34, 9, 33, 10]],
  ])('gives the subevents of event %i with nine channels in use (Vol 6, Part C, 3.2)', (event, channels) => {
    expect(subeventChannels(event, identifier, nine, 4)).toEqual(channels);
  });

  it('stays on channels in use, whatever the map, and visits them evenly', () => {
    fc.assert(
      fc.property(anyMap, fc.nat(0xffff), fc.nat(0xffff), (map, id, event) => {
        const used = usedChannels(map);
        expect(used.table).toContain(channelByAlgorithm2(event, id, used));
        for (const channel of subeventChannels(event, id, used, 5)) expect(used.table).toContain(channel);
      }),
    );
    const visits = new Array<number>(37).fill(0);
    for (let event = 0; event < 0x10000; event++) visits[channelByAlgorithm2(event, 0x1234, all)]!++;
    expect(Math.min(...visits)).toBeGreaterThan(1400);
    expect(Math.max(...visits)).toBeLessThan(2150);
  });
});

describe('Channel Selection Algorithm #1', () => {
  it('hops by hopIncrement modulo 37, from 0 on (Vol 6, Part B, 4.5.8.2)', () => {
    expect([0, 1, 2, 3, 4].map((event) => channelByAlgorithm1(event, 16, all))).toEqual([16, 32, 11, 27, 6]);
  });

  it('maps a channel that is not in use to the one at its number modulo how many are', () => {
    // Unmapped 16 is not in use: 16 modulo 9 is 7, and there stands 35. Unmapped 32 → 5 → 33.
    expect([0, 1].map((event) => channelByAlgorithm1(event, 16, nine))).toEqual([35, 33]);
  });

  it('goes on where it was when connEventCount begins anew', () => {
    const sequence = new ChannelSequence({ algorithm2: false, accessAddress: 0, hopIncrement: 7 });
    const map = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x1f);
    const before = sequence.channel(0xffff, map);
    expect(sequence.channel(0x10000, map)).toBe((before + 7) % 37);
  });
});

describe('the channels', () => {
  it('lie where Vol 6, Part B, 1.4.1 says', () => {
    expect([37, 0, 10, 38, 11, 36, 39].map(frequency)).toEqual([2402, 2404, 2424, 2426, 2428, 2478, 2480]);
  });
});
