import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/core/bytes.js';
import { DisconnectedError } from '../../src/core/errors.js';
import { toHex } from '../../src/core/hex.js';
import { valuesOfAll } from '../support/arbitraries.js';
import { allSignals as all, link } from './support.js';

describe('LE signalling (Vol 3, Part A, 4)', () => {
  it('as a central accepts sound connection parameters and passes them on (4.20)', () => {
    const { sent, requests, receive } = link('central');
    receive('12010800 0600 0c00 0000 c800');
    expect(sent).toEqual(['130102000000']);
    expect(requests).toEqual([{ intervalMin: 6, intervalMax: 12, latency: 0, timeout: 200 }]);
  });

  it.each([
    ['an interval below 7.5 ms', '0500 0c00 0000 c800'],
    ['a minimum over the maximum', '0d00 0c00 0000 c800'],
    ['an interval over 4 s', '0600 810c 0000 800c'],
    ['a latency over 499', '0600 0600 f401 800c'],
    ['a timeout over 32 s', '0600 0600 0000 810c'],
    ['a timeout that the interval and latency exceed', '0600 c800 0000 3200'],
  ])('as a central rejects %s without asking anybody (4.20, 4.21)', (_name, parameters) => {
    const { sent, requests, receive } = link('central');
    receive(`12070800 ${parameters}`);
    expect(sent).toEqual(['130702000100']);
    expect(requests).toEqual([]);
  });

  it('as a central says no when the application does, and as a peripheral does not understand the question (4.20)', () => {
    const central = link('central', { accept: false });
    central.receive('12010800 0600 0c00 0000 c800');
    expect(central.sent).toEqual(['130102000100']);
    const peripheral = link('peripheral');
    peripheral.receive('12010800 0600 0c00 0000 c800');
    expect(peripheral.sent).toEqual(['010102000000']);
  });

  it('as a peripheral asks, and tells what the central said', async () => {
    const { sent, receive, l2cap } = link('peripheral');
    const request = { intervalMin: 6, intervalMax: 12, latency: 0, timeout: 200 };
    const first = l2cap.requestParameters(request);
    const second = l2cap.requestParameters(request);
    expect(sent).toEqual(['1201080006000c000000c800', '1202080006000c000000c800']);
    receive('130202000100');
    receive('130102000000');
    await expect(first).resolves.toBe(true);
    await expect(second).resolves.toBe(false);
  });

  it('ends a request with a Command Reject, the end of the link, or after 30 s', async () => {
    const { clock, receive, l2cap } = link('peripheral');
    const request = { intervalMin: 6, intervalMax: 12, latency: 0, timeout: 200 };
    const rejected = expect(l2cap.requestParameters(request)).rejects.toMatchObject({
      code: 'L2CAP_ERROR',
      reason: 0,
    });
    receive('010102000000');
    await rejected;
    const expired = expect(l2cap.requestParameters(request)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await clock.advance(30_000);
    await expired;
    const gone = expect(l2cap.requestParameters(request)).rejects.toMatchObject({
      code: 'DISCONNECTED',
      reason: 8,
    });
    l2cap.close(new DisconnectedError('gone', 8));
    await gone;
  });

  it('never uses identifier 0, nor one that is in use', () => {
    const { sent, l2cap } = link('peripheral');
    const request = { intervalMin: 6, intervalMax: 12, latency: 0, timeout: 200 };
    const all = Array.from({ length: 256 }, () =>
      l2cap.requestParameters(request).catch((error: Error) => error),
    );
    expect(new Set(sent.map((pdu) => pdu.slice(2, 4))).size).toBe(255);
    expect(sent.some((pdu) => pdu.startsWith('1200'))).toBe(false);
    return expect(all[255]).resolves.toMatchObject({
      message: expect.stringMatching(/every identifier is in use/),
    });
  });

  it.each([
    ['an unknown command: not understood (4.1)', 'ff050000', '010502000000'],
    [
      'a command longer than the signalling MTU of 23 (4.1)',
      `12051400${'00'.repeat(20)}`,
      '0105040001001700',
    ],
    ['a request whose parameters are too short (4.1)', '120502000600', '010502000000'],
    [
      'a Disconnection Request for a channel that is not there: invalid CID (4.6)',
      '060504004100 4000'.replace(' ', ''),
      '01050600020041004000',
    ],
    [
      'an LE Credit Based Connection Request: SPSM not supported (4.23)',
      '14050a0080004100200020000500',
      '15050a0000000000000000000200',
    ],
    [
      'a Credit Based Connection Request: SPSM not supported (4.26)',
      '17050c00800040004000050041004200',
      '18050c00000000000000020000000000',
    ],
    ['a Credit Based Reconfigure Request: no such channel (4.28)', '19050600400040004100', '1a0502000300'],
  ])('answers %s', (_name, pdu, answer) => {
    const { sent, receive } = link('central');
    receive(pdu);
    expect(sent).toEqual([answer]);
  });

  it.each([
    ['a header that is not whole', '1205'],
    ['a length that is not true', '12050900 0600 0c00 0000 c800'],
    ['identifier 0', '12000800 0600 0c00 0000 c800'],
    ['a response that answers nothing', '130502000000'],
    ['a Command Reject that answers nothing', '010502000000'],
    ['credits for a channel that is not there', '1605040041000100'],
  ])('drops and reports %s', (_name, pdu) => {
    const { sent, reports, receive } = link('central');
    receive(pdu);
    expect(sent).toEqual([]);
    expect(reports.length).toBe(1);
  });

  it('answers or drops any octets, and never throws', () => {
    const { sent, reports, receive } = link('central');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const before = sent.length + reports.length;
        receive(toHex(bytes));
        expect(sent.length + reports.length).toBeGreaterThan(before);
      }),
    );
  });

  it('reports a frame for a fixed channel that is not open, and drops it', () => {
    const { reports, acl, l2cap } = link('central');
    acl('4020 0500 0100 0600 0b');
    expect(reports).toEqual(['a frame came on channel 0x0006, which is not open']);
    expect(l2cap.strayFrames).toBe(1);
  });
});

describe('signalling PDUs', () => {
  it('round-trip', () => {
    expect(all.length).toBe(12);
    for (const { parameters } of all) {
      fc.assert(
        fc.property(valuesOfAll(parameters.fields), (value) => {
          const bytes = parameters.encode(value);
          const again = parameters.encode(parameters.read(new ByteReader(bytes)));
          expect(toHex(again)).toBe(toHex(bytes));
        }),
      );
    }
  });
});
