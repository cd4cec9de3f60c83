import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadOf, payloadOf, slotsOf } from '../../../../src/virtual/air/big-structure.js';
import {
  type BigSchedule,
  type BigTestWish,
  type BigWish,
  bigSyncDelay,
  bigTransportLatency,
  longestPduTime,
  planBig,
  planBigTest,
} from '../../../../src/virtual/link-layer/iso/big-schedule.js';

const ALL_PHYS = 7;

const wish: BigWish = {
  numBis: 2,
  sduInterval: 10_000,
  maxSdu: 100,
  maxTransportLatency: 20,
  rtn: 2,
  phy: 2,
  packing: 0,
  framing: 0,
  encrypted: false,
};

function planned(change: Partial<BigWish> = {}): BigSchedule {
  const plan = planBig({ ...wish, ...change }, ALL_PHYS);
  if (typeof plan === 'number') throw new Error(`refused with ${plan}`);
  return plan;
}

const test: BigTestWish = {
  numBis: 1,
  sduInterval: 10_000,
  isoInterval: 8,
  nse: 4,
  maxSdu: 40,
  maxPdu: 40,
  phy: 1,
  packing: 0,
  framing: 0,
  bn: 1,
  irc: 2,
  pto: 3,
  encrypted: false,
};

function tested(change: Partial<BigTestWish> = {}): BigSchedule {
  const plan = planBigTest({ ...test, ...change }, ALL_PHYS);
  if (typeof plan === 'number') throw new Error(`refused with ${plan}`);
  return plan;
}

describe('the plan of a broadcast group', () => {
  it('has subevents of a longest PDU and T_MSS, one stream after another (Vol 6, Part B, 4.4.6.3)', () => {
    // MPT of 100 octets on LE 2M: (2 + 4 + 2 + 100 + 3) × 4 µs.
    expect(longestPduTime(100, false, 2)).toBe(444);
    expect(planned()).toMatchObject({
      isoInterval: 10_000,
      nse: 3,
      bn: 1,
      irc: 3,
      pto: 0,
      subInterval: 444 + 150,
      bisSpacing: 3 * 594,
    });
  });

  it('keeps room for a MIC where it is encrypted, and only there', () => {
    expect(planned({ encrypted: true }).subInterval).toBe(444 + 4 * 4 + 150);
    // On LE Coded, S=8: 376 + ((5 + 104) × 8 + 3) × 8.
    expect(longestPduTime(100, true, 3)).toBe(376 + 875 * 8);
  });

  it('puts the streams in turn where they are interleaved', () => {
    expect(planned({ packing: 1 })).toMatchObject({ bisSpacing: 594, subInterval: 2 * 594 });
  });

  it('ends with the last PDU of the last stream: BIG_Sync_Delay (Vol 6, Part B, 4.4.6.4)', () => {
    // Sequential: one stream of 1782 µs before it, two subevents before the last, and its PDU.
    expect(bigSyncDelay(planned())).toBe(1782 + 2 * 594 + 444);
    // Interleaved: one subevent of the other stream before it, two turns before the last.
    expect(bigSyncDelay(planned({ packing: 1 }))).toBe(594 + 2 * 1188 + 444);
  });

  it('has the transport latency of unframed SDUs (Vol 6, Part G, 3.2.1.2)', () => {
    expect(bigTransportLatency(planned())).toBe(3414 + 10_000 - 10_000);
    // Two SDUs in an event: the first of them waits for the second.
    const two = planned({ sduInterval: 5_000, isoInterval: 8 } as Partial<BigWish>);
    expect(two).toMatchObject({ isoInterval: 5_000, bn: 1 });
    // GC is 4, two of the groups are sent ahead, by 3 and 6 events: 3 × (4 − 2) events, and one for the SDU interval.
    const ahead = tested();
    // 1M: (1 + 4 + 2 + 40 + 3) × 8 = 400.
    expect(bigSyncDelay(ahead)).toBe(3 * 550 + 400);
    expect(bigTransportLatency(ahead)).toBe(2050 + (3 * 2 + 1) * 10_000 - 10_000);
  });

  it('carries several SDUs in an event, and long SDUs in several PDUs', () => {
    expect(planned({ sduInterval: 1_250, maxSdu: 20, numBis: 1 })).toMatchObject({
      isoInterval: 5_000,
      bn: 4,
      nse: 12,
    });
    expect(planned({ maxSdu: 600, numBis: 1, rtn: 1 })).toMatchObject({ bn: 3, nse: 6, maxPdu: 251 });
  });

  it('gives up repetitions for the latency and the interval, and refuses what is impossible (0x11, 0x0D)', () => {
    expect(planned({ rtn: 20, sduInterval: 5_000 }).nse).toBeLessThan(21);
    const hurried = planned({ sduInterval: 20_000, maxTransportLatency: 5, rtn: 15 });
    expect(bigTransportLatency(hurried)).toBeLessThanOrEqual(5_000);
    expect(planBig({ ...wish, sduInterval: 10_884 }, ALL_PHYS)).toBe(0x11);
    expect(planBig({ ...wish, phy: 4 }, 3)).toBe(0x11);
    expect(planBig({ ...wish, maxSdu: 4_000 }, ALL_PHYS)).toBe(0x11);
    expect(planBig({ ...wish, numBis: 31, maxSdu: 251, phy: 1 }, ALL_PHYS)).toBe(0x0d);
  });

  it('takes the plan of LE Create BIG Test when it is one (0x12, 0x11, 0x0D)', () => {
    expect(tested()).toMatchObject({ nse: 4, bn: 1, irc: 2, pto: 3, subInterval: 550, bisSpacing: 2200 });
    expect(planBigTest({ ...test, nse: 5, bn: 2 }, ALL_PHYS)).toBe(0x12);
    expect(planBigTest({ ...test, irc: 5 }, ALL_PHYS)).toBe(0x12);
    expect(planBigTest({ ...test, maxSdu: 41 }, ALL_PHYS)).toBe(0x11);
    expect(planBigTest({ ...test, sduInterval: 7_500 }, ALL_PHYS)).toBe(0x11);
    expect(planBigTest({ ...test, numBis: 31 }, ALL_PHYS)).toBe(0x0d);
  });

  it('keeps every subevent apart from the others and within the interval', () => {
    const any = fc.record({
      numBis: fc.integer({ min: 1, max: 8 }),
      maxSdu: fc.integer({ min: 1, max: 600 }),
      rtn: fc.nat(10),
      phy: fc.integer({ min: 1, max: 7 }),
      packing: fc.constantFrom(0, 1),
      sduInterval: fc.constantFrom(2_500, 5_000, 7_500, 10_000, 20_000),
      encrypted: fc.boolean(),
    });
    fc.assert(
      fc.property(any, (change) => {
        const plan = planBig({ ...wish, maxTransportLatency: 100, ...change }, ALL_PHYS);
        if (typeof plan === 'number') return;
        const mpt = longestPduTime(plan.maxPdu, plan.encrypted, plan.phy);
        const slots = slotsOf(plan);
        for (let i = 1; i < slots.length; i++)
          expect(slots[i]!.offset - slots[i - 1]!.offset).toBeGreaterThanOrEqual(mpt + 150);
        expect(slots.at(-1)!.offset + mpt).toBe(bigSyncDelay(plan));
        expect(bigSyncDelay(plan)).toBeLessThan(plan.isoInterval);
        expect(plan.nse % plan.bn).toBe(0);
      }),
    );
  });
});

describe('the payload of a subevent', () => {
  it('is one of the event itself IRC times, then of events PTO, twice PTO … later (Vol 6, Part B, 4.4.6.6)', () => {
    // BN 2, NSE 8: four groups, of which two repeat and two go ahead by 3 and 6 events. Event 10 has payloads 20 and 21.
    const plan = tested({ bn: 2, nse: 8, irc: 2, pto: 3, maxSdu: 20, maxPdu: 20, sduInterval: 5_000 });
    const numbers = Array.from({ length: 8 }, (_, subevent) => payloadOf(plan, 10, subevent));
    expect(numbers).toEqual([20, 21, 20, 21, 26, 27, 32, 33]);
    expect(leadOf(plan)).toBe(6);
  });
});
