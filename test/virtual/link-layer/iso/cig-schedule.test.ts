import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CigSchedule,
  type CigWish,
  isoIntervalOf,
  planCig,
  subeventLength,
} from '../../../../src/virtual/link-layer/iso/cig-schedule.js';

const cis = {
  cisId: 0,
  maxSduCToP: 100,
  maxSduPToC: 40,
  phyCToP: 2,
  phyPToC: 2,
  rtnCToP: 2,
  rtnPToC: 2,
};

const wish: CigWish = {
  sduIntervalCToP: 10_000,
  sduIntervalPToC: 10_000,
  packing: 0,
  maxTransportLatencyCToP: 20,
  maxTransportLatencyPToC: 20,
  cises: [cis],
};

function planned(change: Partial<CigWish> = {}): CigSchedule {
  const plan = planCig({ ...wish, ...change });
  if (typeof plan === 'number') throw new Error(`refused with ${plan}`);
  return plan;
}

describe('the ISO interval', () => {
  it.each([
    [[10_000], 10_000],
    [[7_500], 7_500],
    [[7_500, 10_000], 30_000],
    [[1_250], 5_000],
    [[2_500, 5_000], 5_000],
  ])('that SDU intervals of %j µs fit into is %i µs (Vol 6, Part B, 4.5.13.1)', (intervals, expected) => {
    expect(isoIntervalOf(intervals)).toBe(expected);
  });

  it('does not exist for SDU intervals that are no multiples of 1.25 ms within four seconds', () => {
    expect(isoIntervalOf([10_884])).toBeUndefined();
  });
});

describe('the plan of a group', () => {
  it('sends each payload as often as the host wants', () => {
    const plan = planned();
    expect(plan.isoInterval).toBe(8);
    const [one] = plan.cises;
    expect(one).toMatchObject({ nse: 3, offset: 0, cToP: { bn: 1, ft: 1, maxPdu: 100 } });
  });

  it('has subevents as long as an exchange of full packets with MICs, on LE 2M (Vol 6, Part B, 4.5.13)', () => {
    const [one] = planned().cises;
    // (11 + 104) × 4 + 150 + (11 + 44) × 4 + 150
    expect(one!.subInterval).toBe(460 + 150 + 220 + 150);
  });

  it('carries an SDU that is longer than a PDU in several, and several SDUs in one interval', () => {
    const long = planned({ cises: [{ ...cis, maxSduCToP: 600, rtnCToP: 0, rtnPToC: 0 }] }).cises[0]!;
    expect(long.cToP).toMatchObject({ bn: 3, maxPdu: 251, maxSdu: 600 });
    expect(long.nse).toBe(3);
    const many = planned({ sduIntervalCToP: 2_500, sduIntervalPToC: 5_000 });
    expect(many.isoInterval).toBe(4);
    expect(many.cises[0]).toMatchObject({ cToP: { bn: 2 }, pToC: { bn: 1 } });
  });

  it('ends every stream at the sync point of the group, one after another (Vol 6, Part B, 4.5.14.2)', () => {
    const plan = planned({ cises: [cis, { ...cis, cisId: 1 }] });
    const [first, second] = plan.cises as [CigSchedule['cises'][0], CigSchedule['cises'][0]];
    expect(second.offset).toBe(first.nse * first.subInterval);
    expect(first.cisSyncDelay).toBe(plan.cigSyncDelay);
    expect(second.cisSyncDelay).toBe(plan.cigSyncDelay - second.offset);
  });

  it('puts the subevents of all streams in turn where they are interleaved', () => {
    const plan = planned({ packing: 1, cises: [cis, { ...cis, cisId: 1 }] });
    const [first, second] = plan.cises as [CigSchedule['cises'][0], CigSchedule['cises'][0]];
    const length = subeventLength(first.cToP, first.pToC);
    expect(second.offset).toBe(length);
    expect(first.subInterval).toBe(2 * length);
  });

  it('has the transport latency of unframed SDUs (Vol 6, Part G, 3.2.1)', () => {
    const plan = planned();
    expect(plan.cises[0]!.cToP.transportLatency).toBe(plan.cigSyncDelay + 10_000 - 10_000);
  });

  it('gives up repetitions for the latency, and refuses what is impossible (0x11, 0x0D)', () => {
    const hurried = planned({
      maxTransportLatencyCToP: 5,
      cises: [{ ...cis, rtnCToP: 20, rtnPToC: 20 }],
    });
    expect(hurried.cigSyncDelay).toBeLessThanOrEqual(5000);
    expect(hurried.cises[0]!.nse).toBe(5);
    expect(planCig({ ...wish, sduIntervalCToP: 10_884 })).toBe(0x11);
    expect(planCig({ ...wish, cises: [{ ...cis, phyCToP: 4 }] })).toBe(0x11);
    const crowd = Array.from({ length: 20 }, (_, cisId) => ({ ...cis, cisId, maxSduCToP: 251, phyCToP: 1 }));
    expect(
      planCig({ ...wish, cises: crowd, maxTransportLatencyCToP: 4000, maxTransportLatencyPToC: 4000 }),
    ).toBe(0x0d);
  });

  const anyCis = fc.record({
    maxSduCToP: fc.integer({ min: 0, max: 600 }),
    maxSduPToC: fc.integer({ min: 0, max: 600 }),
    phyCToP: fc.constantFrom(1, 2, 3),
    phyPToC: fc.constantFrom(1, 2, 3),
    rtnCToP: fc.nat(10),
    rtnPToC: fc.nat(10),
  });

  it('keeps every subevent of every stream apart from the others and within the interval', () => {
    const group = fc.tuple(
      fc.array(anyCis, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(0, 1),
      fc.constantFrom(5_000, 7_500, 10_000, 20_000),
    );
    fc.assert(
      fc.property(group, ([cises, packing, interval]) => {
        const plan = planCig({
          sduIntervalCToP: interval,
          sduIntervalPToC: interval,
          packing,
          maxTransportLatencyCToP: 100,
          maxTransportLatencyPToC: 100,
          cises: cises.map((one, cisId) => ({ ...one, cisId })),
        });
        if (typeof plan === 'number') return;
        const slots = plan.cises.flatMap(({ offset, subInterval, nse, cToP, pToC }) =>
          Array.from({ length: nse }, (_, i) => {
            const start = offset + i * subInterval;
            return { start, end: start + subeventLength(cToP, pToC) };
          }),
        );
        slots.sort((a, b) => a.start - b.start);
        for (let i = 1; i < slots.length; i++)
          expect(slots[i]!.start).toBeGreaterThanOrEqual(slots[i - 1]!.end);
        expect(slots.at(-1)!.end).toBe(plan.cigSyncDelay);
        expect(plan.cigSyncDelay).toBeLessThanOrEqual(plan.isoInterval * 1250);
        for (const { nse, cToP, pToC } of plan.cises)
          expect(nse).toBeGreaterThanOrEqual(Math.max(cToP.bn, pToC.bn));
      }),
    );
  });
});
