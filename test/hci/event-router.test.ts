import { describe, expect, it } from 'vitest';
import { rest, u8 } from '../../src/core/codec.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { leEvent, vendorEvent } from '../../src/hci/definition.js';
import { EventRouter, type UnhandledEvent } from '../../src/hci/event-router.js';
import * as events from '../../src/hci/events/index.js';

function router(vendor?: (event: UnhandledEvent) => boolean) {
  const unhandled: UnhandledEvent[] = [];
  const malformed: string[] = [];
  const one = new EventRouter({
    unhandled: (event) => unhandled.push(event),
    malformed: (message) => malformed.push(message),
    ...(vendor ? { vendor } : {}),
  });
  const dispatch = (hex: string) => {
    const bytes = fromHex(hex.replaceAll(' ', ''));
    one.dispatch(bytes, 0, bytes.length);
  };
  return { router: one, dispatch, unhandled, malformed };
}

const voltage = vendorEvent(0x07, 'Acme Voltage', { parameters: { volts: u8 } });

describe('EventRouter', () => {
  it('brings an event of a vendor to its handler, by the first octet of the parameters', () => {
    const { router: one, dispatch, unhandled } = router();
    const seen: number[] = [];
    one.on(voltage, ({ volts }) => seen.push(volts));
    dispatch('ff 02 07 03');
    dispatch('ff 02 08 03');
    expect(seen).toEqual([3]);
    expect(unhandled.map(({ parameters }) => toHex(parameters))).toEqual(['0803']);
    expect(unhandled[0]).toMatchObject({ code: 0xff, subevent: undefined });
  });

  it('brings all events of vendors to who asks for Vendor Specific, beside their own handlers', () => {
    const { router: one, dispatch, unhandled } = router();
    const seen: string[] = [];
    one.on(events.vendorSpecific, ({ parameters }) => seen.push(`all ${toHex(parameters)}`));
    one.on(voltage, ({ volts }) => seen.push(`volts ${volts}`));
    dispatch('ff 02 07 03');
    dispatch('ff 01 08');
    dispatch('ff 00');
    expect(seen).toEqual(['volts 3', 'all 0703', 'all 08', 'all ']);
    expect(unhandled).toEqual([]);
  });

  it('brings all events of LE to who asks for LE Meta (Vol 4, Part E, 7.7.65)', () => {
    const { router: one, dispatch, unhandled } = router();
    const seen: string[] = [];
    one.on(events.leMeta, ({ subeventCode, parameters }) =>
      seen.push(`${subeventCode} ${toHex(parameters)}`),
    );
    one.on(leEvent(0xf0, 'Lost', { parameters: { lost: rest } }), () => seen.push('lost'));
    dispatch('3e 02 f0 01');
    dispatch('3e 01 f1');
    expect(seen).toEqual(['lost', '240 01', '241 ']);
    expect(unhandled).toEqual([]);
  });

  it('shows an event of a vendor to its owner first, also when it has a handler', () => {
    const shown: string[] = [];
    const {
      router: one,
      dispatch,
      unhandled,
    } = router(({ parameters }) => {
      shown.push(toHex(parameters));
      return parameters[0] === 0xaa;
    });
    dispatch('ff 02 aa 01'); // taken by the owner
    dispatch('ff 02 07 03'); // taken by nobody
    one.on(voltage, () => {});
    dispatch('ff 02 07 04');
    expect(shown).toEqual(['aa01', '0703', '0704']);
    expect(unhandled.map(({ parameters }) => toHex(parameters))).toEqual(['0703']);
  });

  it('takes a handler off, and reports events that are too short', () => {
    const { router: one, dispatch, unhandled, malformed } = router();
    const off = one.on(voltage, () => {});
    dispatch('ff 01 07');
    expect(malformed).toEqual([expect.stringMatching(/^Acme Voltage: packet too short/)]);
    off();
    dispatch('ff 02 07 03');
    expect(unhandled.length).toBe(1);
  });
});
