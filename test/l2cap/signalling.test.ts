import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/core/bytes.js';
import { SimulatedClock } from '../../src/core/clock.js';
import { DisconnectedError } from '../../src/core/errors.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { AclManager } from '../../src/hci/acl.js';
import { L2capLink } from '../../src/l2cap/link.js';
import * as pdus from '../../src/l2cap/signalling-pdus.js';
import { valuesOfAll } from '../support/arbitraries.js';
import { describeWithShared, sharedJson } from '../support/shared.js';
import { leaveVectorOut, runsVector } from '../support/vector-case.js';

const HANDLE = 0x0040;
/** The handle in the ACL packets of the vectors. */
const SAMPLE_HANDLE = 0x0005;

/** A link whose signalling PDUs are taken and given as hexadecimal text. */
function link(role: 'central' | 'peripheral', accept = true, handle = HANDLE) {
  const clock = new SimulatedClock();
  const sent: string[] = [];
  const reports: string[] = [];
  const requests: unknown[] = [];
  const frames: string[] = [];
  const manager = new AclManager({
    send: (packet) => {
      frames.push(toHex(packet));
      if (packet[7] === 5) sent.push(toHex(packet.subarray(9)));
    },
    report: (message) => reports.push(message),
  });
  manager.setBuffers({ length: 251, count: 1000 });
  const l2cap = new L2capLink(manager, handle, {
    clock,
    role,
    report: (message) => reports.push(message),
    onParameterRequest: (request) => {
      requests.push(request);
      return accept;
    },
  });
  const acl = (hex: string) => {
    const bytes = fromHex(hex);
    manager.receive(bytes, 0, bytes.length);
  };
  const receive = (hex: string) => {
    const size = fromHex(hex).length;
    const byte = (n: number) => (n & 255).toString(16).padStart(2, '0');
    acl(`4020${byte(size + 4)}${byte((size + 4) >> 8)}${byte(size)}${byte(size >> 8)}0500${hex}`);
  };
  return { clock, sent, reports, requests, frames, l2cap, receive, acl, manager };
}

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
    const central = link('central', false);
    central.receive('12010800 0600 0c00 0000 c800');
    expect(central.sent).toEqual(['130102000100']);
    const peripheral = link('peripheral');
    peripheral.receive('12010800 0600 0c00 0000 c800');
    expect(peripheral.sent).toEqual(['010102000000']);
  });

  it('as a peripheral asks, and tells what the central said', async () => {
    const { sent, receive, l2cap } = link('peripheral');
    const request = { intervalMin: 6, intervalMax: 12, latency: 0, timeout: 200 };
    const first = l2cap.signalling.requestParameters(request);
    const second = l2cap.signalling.requestParameters(request);
    expect(sent).toEqual(['1201080006000c000000c800', '1202080006000c000000c800']);
    receive('130202000100');
    receive('130102000000');
    await expect(first).resolves.toBe(true);
    await expect(second).resolves.toBe(false);
  });

  it('ends a request with a Command Reject, the end of the link, or after 30 s', async () => {
    const { clock, receive, l2cap } = link('peripheral');
    const request = { intervalMin: 6, intervalMax: 12, latency: 0, timeout: 200 };
    const rejected = expect(l2cap.signalling.requestParameters(request)).rejects.toMatchObject({
      code: 'L2CAP_ERROR',
      reason: 0,
    });
    receive('010102000000');
    await rejected;
    const expired = expect(l2cap.signalling.requestParameters(request)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await clock.advance(30_000);
    await expired;
    const gone = expect(l2cap.signalling.requestParameters(request)).rejects.toMatchObject({
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
      l2cap.signalling.requestParameters(request).catch((error: Error) => error),
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

/** All the declared signalling commands. */
const all = (Object.values(pdus) as unknown[]).filter(
  (one): one is pdus.SignallingDefinition<unknown> =>
    typeof one === 'object' && one !== null && 'code' in one && 'parameters' in one,
);

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

interface Step {
  readonly dir?: string;
  readonly pdu?: string;
  readonly pdu_template?: string;
  readonly expect?: string;
}

interface Vectors {
  readonly signalling: { readonly name: string; readonly iut: string; readonly exchange: readonly Step[] }[];
  readonly frames_roundtrip: { readonly name: string; readonly pdu?: string }[];
  readonly btstack_acl_samples: { readonly items: readonly AclSample[] };
}

/** A whole ACL packet. */
interface AclSample {
  readonly name: string;
  readonly acl: string;
}

/** The work that cases wait for. */
const later = new Map([
  ['L2CAP LE Server - Success', 'LE credit-based channels, issue F'],
  ['L2CAP Ext-Flowctl Server - Success', 'enhanced credit-based channels, issue F'],
  ['L2CAP LE EATT Server - Success', 'EATT, issue F'],
  ['CoC connect refused: no resources', 'LE credit-based channels, issue F'],
  ['CoC connect refused: insufficient authentication', 'LE credit-based channels, issue F'],
]);
const FILE = 'l2cap-le.json';

const BASIC = 'le_data_channel';
const ENHANCED = 'l2cap_enhanced_data_channel_le';
const NEEDS_BASIC = 'LE credit-based channels, issue F';
const NEEDS_ENHANCED = 'enhanced credit-based channels, issue F';
/** ACL packets that answer a request for a channel, or use one: what waits for them is not there yet. */
const laterSamples = new Map([
  [`${BASIC}_conn_response_1`, NEEDS_BASIC],
  [`${BASIC}_data_1`, NEEDS_BASIC],
  [`${ENHANCED}_conn_response_2_failed`, NEEDS_ENHANCED],
  [`${ENHANCED}_conn_response_2_success`, NEEDS_ENHANCED],
  [`${ENHANCED}_credits`, NEEDS_ENHANCED],
  [`${ENHANCED}_single_packet`, NEEDS_ENHANCED],
  [`${ENHANCED}_disconnect_response_1`, NEEDS_ENHANCED],
  [`${ENHANCED}_disconnect_response_2`, NEEDS_ENHANCED],
  [`${ENHANCED}_renegotiate_response`, NEEDS_ENHANCED],
]);
/** What a device answers on which no SPSM is registered and no channel open: the whole signalling PDU. */
const sampleAnswers = new Map([
  // SPSM not supported (4.23).
  [`${BASIC}_conn_request_1`, '15010a0000000000000000000200'],
  // Code 0x11 is none of LE: not understood (4.1).
  [`${BASIC}_invalid_pdu`, '010102000000'],
  // All refused, SPSM not supported, a Destination CID of 0 for each of two (4.26).
  [`${ENHANCED}_conn_request_1`, '18010c000000000000000200' + '00000000'],
  // Invalid CID, with both CIDs of the request (4.1, 4.6).
  [`${ENHANCED}_disconnect_request_1`, '01020600020041004100'],
  [`${ENHANCED}_disconnect_request_2`, '01030600020042004200'],
  // Destination CIDs invalid (4.28).
  [`${ENHANCED}_renegotiate_request`, '1a0202000300'],
]);
const CONNECTION = 'mtu 100, mps 48, initialCredits 65535';
/** The identifiers and fields of the samples' signalling commands, in the order of the file. */
const sampleFields = new Map<string, string>(
  Object.entries({
    [`${BASIC}_conn_request_1`]: `LE Credit Based Connection Request 1: spsm 4097, sourceCid 65, ${CONNECTION}`,
    [`${BASIC}_conn_response_1`]: `LE Credit Based Connection Response 1: destinationCid 65, ${CONNECTION}, result 0`,
    [`${ENHANCED}_conn_request_1`]: `Credit Based Connection Request 1: spsm 4097, ${CONNECTION}, sourceCids 65+66`,
    [`${ENHANCED}_conn_response_2_failed`]:
      'Credit Based Connection Response 1: mtu 0, mps 0, initialCredits 0, result 4, destinationCids 0+0',
    [`${ENHANCED}_conn_response_2_success`]: `Credit Based Connection Response 1: ${CONNECTION}, result 0, destinationCids 65+66`,
    [`${ENHANCED}_credits`]: 'Flow Control Credit Ind 2: cid 65, credits 5',
    [`${ENHANCED}_disconnect_request_1`]: 'Disconnection Request 2: destinationCid 65, sourceCid 65',
    [`${ENHANCED}_disconnect_response_1`]: 'Disconnection Response 2: destinationCid 65, sourceCid 65',
    [`${ENHANCED}_disconnect_request_2`]: 'Disconnection Request 3: destinationCid 66, sourceCid 66',
    [`${ENHANCED}_disconnect_response_2`]: 'Disconnection Response 3: destinationCid 66, sourceCid 66',
    [`${ENHANCED}_renegotiate_request`]:
      'Credit Based Reconfigure Request 2: mtu 100, mps 48, destinationCids 65+66',
    [`${ENHANCED}_renegotiate_response`]: 'Credit Based Reconfigure Response 2: result 0',
  }),
);

/** Decodes a sample's signalling command by its declaration and encodes it again; gives what it says. */
function sampleText({ acl }: AclSample): string {
  const header = 8; // of the ACL packet and of the frame
  const pdu = fromHex(acl).subarray(header);
  const { name, parameters } = all.find(({ code }) => code === pdu[0])!;
  const values = parameters.read(new ByteReader(pdu.subarray(4)));
  expect(toHex(parameters.encode(values))).toBe(toHex(pdu.subarray(4)));
  const fields = Object.entries(values as Record<string, number | number[] | Uint8Array>);
  const textOf = (value: number | number[] | Uint8Array) =>
    value instanceof Uint8Array ? toHex(value) : [value].flat().join('+');
  const text = fields.map(([field, value]) => `${field} ${textOf(value)}`);
  return `${name} ${pdu[1]}: ${text.join(', ')}`;
}

/** Gives an ACL packet to a link that has fixed channels only, and checks the whole ACL packet that answers. */
function answersSample({ name, acl }: AclSample): void {
  const seen = link('central', true, SAMPLE_HANDLE);
  const answer = fromHex(sampleAnswers.get(name)!);
  const byte = (n: number) => n.toString(16).padStart(2, '0');
  seen.acl(acl);
  expect(seen.frames).toEqual([
    // H4 indicator; handle, first fragment to the controller, length; length and CID of the frame.
    `02${byte(SAMPLE_HANDLE)}00${byte(answer.length + 4)}00${byte(answer.length)}000500${toHex(answer)}`,
  ]);
}

describeWithShared('vectors of l2cap-le.json', () => {
  const vectors = sharedJson<Vectors>(`vectors/${FILE}`);
  for (const [index, { name, iut, exchange }] of vectors.signalling.entries()) {
    const waitsFor = later.get(name);
    if (waitsFor !== undefined) leaveVectorOut(FILE, 'signalling', index, name, waitsFor);
    else it(name, runsVector(FILE, 'signalling', index), () => signallingCase(iut, exchange));
  }

  const isForLe = (name: string) => !name.includes('not LE');
  for (const [index, { name, pdu }] of vectors.frames_roundtrip.entries()) {
    if (isForLe(name)) {
      it(`round-trips ${name}`, runsVector(FILE, 'frames_roundtrip', index), () => roundTrip(pdu!));
    }
  }

  const { items } = vectors.btstack_acl_samples;
  for (const [index, sample] of items.entries()) {
    const waitsFor = laterSamples.get(sample.name);
    if (waitsFor !== undefined) leaveVectorOut(FILE, 'btstack_acl_samples', index, sample.name, waitsFor);
    else {
      const options = runsVector(FILE, 'btstack_acl_samples', index);
      it(`answer the ACL packet ${sample.name}`, options, () => answersSample(sample));
    }
  }

  it('read and write the signalling commands of all ACL packets, also of those that are left out', () => {
    const known = items.filter(({ name }) => sampleFields.has(name));
    expect(known.map((sample) => [sample.name, sampleText(sample)])).toEqual([...sampleFields]);
  });

  it('drop without an answer what ACL packets bring for channels and requests that there are not (4, 4.24)', () => {
    for (const { name, acl } of items.filter((sample) => laterSamples.has(sample.name))) {
      const seen = link('central', true, SAMPLE_HANDLE);
      seen.acl(acl);
      expect(seen.frames, name).toEqual([]);
      expect(seen.reports.length, name).toBe(1);
    }
  });

  const notLe = [...vectors.frames_roundtrip.entries()].filter(([, { name }]) => !isForLe(name));
  const leftOut = notLe.map(([index]) => ({
    file: FILE,
    part: 'frames_roundtrip',
    index,
    leftOut: 'is not LE',
  }));
  it('leave out frames of BR/EDR, and only cases that there are', { meta: { vectors: leftOut } }, () => {
    expect(notLe.every(([, { name }]) => name.includes('BR/EDR'))).toBe(true);
    expect(vectors.signalling.map(({ name }) => name)).toEqual(expect.arrayContaining([...later.keys()]));
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining([...laterSamples.keys()]));
  });
});

/** Plays an exchange against a link. */
async function signallingCase(iut: string, exchange: readonly Step[]): Promise<void> {
  const seen = link(iut.startsWith('peripheral') ? 'peripheral' : 'central');
  const { sent, receive, acl, l2cap } = seen;
  let answer: Promise<boolean> | undefined;
  let checked = 0;
  // The case's channel: local CID 0x0040, remote CID 0x0040; L + 1 is no channel of this device.
  const fill = (pdu: string) => pdu.replaceAll('<L+1>', '4100').replaceAll('<R>', '4000').replaceAll(' ', '');
  for (const step of exchange) {
    const pdu = fill(step.pdu ?? step.pdu_template ?? '');
    if (step.dir === 'tester->iut') receive(pdu);
    else if (step.dir === 'iut->tester') {
      if (sent.length === checked) {
        expect(pdu.slice(0, 2), 'the only request that this host makes').toBe('12');
        const bytes = fromHex(pdu);
        const request = pdus.connectionParameterUpdateRequest.parameters.read(
          new ByteReader(bytes.subarray(4)),
        );
        answer = l2cap.signalling.requestParameters(request);
      }
      expect(sent[checked++]).toBe(pdu);
    } else await expectation(step.expect ?? '', seen, answer, () => acl('4010 0400 01020304'));
  }
  expect(sent.length).toBe(checked);
}

/** Decodes a signalling command by its declaration and encodes it again. */
function roundTrip(pdu: string): void {
  const bytes = fromHex(pdu);
  const definition = all.find(({ code }) => code === bytes[0]);
  const parameters = definition!.parameters.read(new ByteReader(bytes.subarray(4)));
  expect(toHex(definition!.parameters.encode(parameters))).toBe(toHex(bytes.subarray(4)));
}

/** Checks the sentence that a vector gives in place of a PDU. */
async function expectation(
  text: string,
  seen: ReturnType<typeof link>,
  answer: Promise<boolean> | undefined,
  continueWithoutStart: () => void,
): Promise<void> {
  const update = /LE_Connection_Update min (\w+) max (\w+) latency (\d+) timeout (\w+)/.exec(text);
  if (update) {
    const [intervalMin, intervalMax, latency, timeout] = update.slice(1).map(Number);
    expect(seen.requests).toEqual([{ intervalMin, intervalMax, latency, timeout }]);
  } else if (text === 'procedure success') await expect(answer).resolves.toBe(true);
  else if (text === 'still pending')
    expect(await Promise.race([answer, Promise.resolve('pending')])).toBe('pending');
  else if (text === 'nothing sent') expect(seen.sent).toEqual([]);
  else if (text.startsWith('ACL with PB=1 and no pending start')) {
    continueWithoutStart();
    expect(seen.reports).toEqual(['a continuing fragment came without a start']);
  } else expect.fail(`an expectation that this test does not know: ${text}`);
}
