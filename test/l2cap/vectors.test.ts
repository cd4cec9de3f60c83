import { expect, it } from 'vitest';
import { ByteReader } from '../../src/core/bytes.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { type CreditChannel, frameCheckSequence } from '../../src/l2cap/index.js';
import * as pdus from '../../src/l2cap/signalling-pdus.js';
import { describeWithShared, sharedJson } from '../support/shared.js';
import { runsVector } from '../support/vector-case.js';
import { allSignals as all, le16, link, opened, plain, type TestLink } from './support.js';

/** The handle in the ACL packets of the vectors. */
const SAMPLE_HANDLE = 0x0005;

interface Step {
  readonly dir?: string;
  readonly pdu?: string;
  readonly pdu_template?: string;
  readonly expect?: string;
  readonly match?: string;
  readonly note?: string;
}

interface Frame {
  readonly name: string;
  readonly pdu?: string;
  readonly cid?: string;
  readonly payload?: string;
  readonly with_fcs?: string;
}

interface Vectors {
  readonly signalling: { readonly name: string; readonly iut: string; readonly exchange: readonly Step[] }[];
  readonly frames_roundtrip: Frame[];
  readonly btstack_acl_samples: { readonly items: readonly AclSample[] };
}

/** A whole ACL packet. */
interface AclSample {
  readonly name: string;
  readonly acl: string;
}

const FILE = 'l2cap-le.json';

const BASIC = 'le_data_channel';
const ENHANCED = 'l2cap_enhanced_data_channel_le';
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
  const seen = link('central', { handle: SAMPLE_HANDLE });
  const answer = fromHex(sampleAnswers.get(name)!);
  const byte = (n: number) => n.toString(16).padStart(2, '0');
  seen.acl(acl);
  expect(seen.frames).toEqual([
    // H4 indicator; handle, first fragment to the controller, length; length and CID of the frame.
    `02${byte(SAMPLE_HANDLE)}00${byte(answer.length + 4)}00${byte(answer.length)}000500${toHex(answer)}`,
  ]);
}

/** A link of the samples on which the peer has opened a channel, so that this side's next CIDs are those of the samples. */
function sampleLink(): TestLink {
  const seen = link('central', { handle: SAMPLE_HANDLE });
  seen.servers.listen(() => {}, { spsm: 0x0080 });
  seen.receive('14090a0080005000640030000500');
  expect(seen.sent.splice(0)).toEqual(['15090a00400000 08e803400000 00'.replaceAll(' ', '')]);
  seen.frames.length = 0;
  return seen;
}

/** Two channels as the samples open them: CIDs 0x0041 and 0x0042 on both sides, MTU 100, MPS 48, 65535 credits. */
async function sampleChannels(success: AclSample) {
  const seen = sampleLink();
  const opening = seen.l2cap.openChannels(0x0081, 2, { mtu: 100, mps: 64, credits: 8 });
  expect(seen.sent.splice(0)).toEqual(['17010c00810064004000080041004200']);
  seen.acl(success.acl);
  const { channels, result } = await opening;
  expect(result).toBe(0);
  return { ...seen, channels: channels as [CreditChannel, CreditChannel] };
}

/** What ACL packets that answer a request for a channel, or use one, have to bring about. */
const played: Readonly<Record<string, (sample: AclSample, success: AclSample) => Promise<void>>> = {
  [`${BASIC}_conn_response_1`]: async ({ acl }) => {
    const seen = sampleLink();
    const opening = seen.l2cap.openChannel(0x0080);
    seen.acl(acl);
    const { localCid, peerCid, mtu, mps, sender } = await opening;
    expect({ localCid, peerCid, mtu, mps, credits: sender.credits }).toEqual({
      localCid: 0x41,
      peerCid: 0x41,
      mtu: 100,
      mps: 48,
      credits: 65535,
    });
  },
  // A first K-frame without an SDU length: the peer broke the protocol, and the channel goes (3.4.3).
  [`${BASIC}_data_1`]: async ({ acl }) => {
    const seen = sampleLink();
    const channel = await opened(seen, 0x0060);
    seen.acl(acl);
    expect(channel.isOpen).toBe(false);
    expect(seen.sent).toEqual(['0602040060004100']);
  },
  [`${ENHANCED}_conn_response_2_failed`]: async ({ acl }) => {
    const seen = sampleLink();
    const opening = seen.l2cap.openChannels(0x0080, 2, { mtu: 100, mps: 64 });
    seen.acl(acl);
    await expect(opening).rejects.toMatchObject({ code: 'L2CAP_ERROR', reason: 4 });
    expect(seen.l2cap.creditChannels).toHaveLength(1);
  },
  [`${ENHANCED}_conn_response_2_success`]: async (sample) => {
    const { channels } = await sampleChannels(sample);
    expect(channels.map(({ localCid, peerCid, mtu, mps }) => [localCid, peerCid, mtu, mps])).toEqual([
      [0x41, 0x41, 100, 48],
      [0x42, 0x42, 100, 48],
    ]);
  },
  [`${ENHANCED}_credits`]: async ({ acl }, success) => {
    const { channels, ...seen } = await sampleChannels(success);
    const [{ sender }] = channels;
    for (let i = 0; i < 5; i++) await channels[0].send(Uint8Array.of(i));
    expect(sender.credits).toBe(65530);
    seen.acl(acl);
    expect(sender.credits).toBe(65535);
    // Once more would be 65540.
    seen.acl(acl);
    expect(channels.map(({ isOpen }) => isOpen)).toEqual([false, true]);
  },
  [`${ENHANCED}_single_packet`]: async ({ acl }, success) => {
    const { channels, ...seen } = await sampleChannels(success);
    seen.acl(acl);
    await expect(channels[0].read()).resolves.toEqual(new TextEncoder().encode('hello'));
  },
  [`${ENHANCED}_disconnect_response_1`]: async ({ acl }, success) => {
    const { channels, ...seen } = await sampleChannels(success);
    const closing = channels[0].close();
    expect(seen.sent).toEqual(['0602040041004100']);
    seen.acl(acl);
    await closing;
    expect(seen.l2cap.creditChannels.map(({ localCid }) => localCid)).toEqual([0x40, 0x42]);
  },
  [`${ENHANCED}_disconnect_response_2`]: async ({ acl }, success) => {
    const { channels, ...seen } = await sampleChannels(success);
    const [first, second] = channels;
    void first.close();
    const closing = second.close();
    expect(seen.sent).toEqual(['0602040041004100', '0603040042004200']);
    seen.acl(acl);
    await closing;
    expect(channels.map(({ state }) => state)).toEqual(['closing', 'closed']);
  },
  [`${ENHANCED}_renegotiate_response`]: async ({ acl }, success) => {
    const { channels, ...seen } = await sampleChannels(success);
    const changed = seen.l2cap.reconfigure(channels, { mtu: 200, mps: 64 });
    expect(seen.sent).toEqual(['19020800c800400041004200']);
    seen.acl(acl);
    await changed;
    expect(channels.map(({ localMtu }) => localMtu)).toEqual([200, 200]);
  },
};

describeWithShared('vectors of l2cap-le.json', () => {
  const vectors = sharedJson<Vectors>(`vectors/${FILE}`);
  for (const [index, { name, iut, exchange }] of vectors.signalling.entries()) {
    it(name, runsVector(FILE, 'signalling', index), () => signallingCase(iut, exchange));
  }

  for (const [index, frame] of vectors.frames_roundtrip.entries()) {
    const { name, pdu } = frame;
    const options = runsVector(FILE, 'frames_roundtrip', index);
    if (pdu !== undefined) it(`round-trips ${name}`, options, () => roundTrip(pdu));
    else it(`gives the check sequence of ${name}`, options, () => checkSequence(frame));
  }

  const { items } = vectors.btstack_acl_samples;
  const success = items.find(({ name }) => name === `${ENHANCED}_conn_response_2_success`)!;
  for (const [index, sample] of items.entries()) {
    const options = runsVector(FILE, 'btstack_acl_samples', index);
    const play = played[sample.name];
    if (play) it(`take the ACL packet ${sample.name}`, options, () => play(sample, success));
    else it(`answer the ACL packet ${sample.name}`, options, () => answersSample(sample));
  }

  it('read and write the signalling commands of all ACL packets', () => {
    const known = items.filter(({ name }) => sampleFields.has(name));
    expect(known.map((sample) => [sample.name, sampleText(sample)])).toEqual([...sampleFields]);
  });

  it('drop without an answer what ACL packets bring for channels and requests that there are not (4, 4.24)', () => {
    for (const { name, acl } of items.filter((sample) => played[sample.name])) {
      const seen = link('central', { handle: SAMPLE_HANDLE });
      seen.acl(acl);
      expect(seen.frames, name).toEqual([]);
      expect(seen.reports.length, name).toBe(1);
    }
  });

  it('are played by cases that there are', () => {
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(played)));
  });
});

/** A frame of BR/EDR: its octets up to the Frame Check Sequence, which is found in those behind them, and nowhere else. */
function checkSequence({ cid, payload, with_fcs }: Frame): void {
  const length = payload!.length / 2 + 2;
  const octets = fromHex(`${le16(length)}${le16(Number(cid))}${payload}`);
  const whole = fromHex(with_fcs!);
  expect(toHex(whole.subarray(0, -2))).toBe(toHex(octets));
  expect(le16(frameCheckSequence(octets))).toBe(toHex(whole.subarray(-2)));
  expect(frameCheckSequence(whole, 0, octets.length)).toBe(frameCheckSequence(octets));
  // What is received as it was sent leaves nothing in the register.
  expect(frameCheckSequence(whole)).toBe(0);
  whole[0]! ^= 1;
  expect(frameCheckSequence(whole)).not.toBe(0);
}

/** What the exchange's sentence about the device under test asks for. */
function prepared(iut: string): TestLink {
  const encrypted = { level: 2, keySize: 16, bonded: true } as const;
  const seen = link(iut.startsWith('peripheral') ? 'peripheral' : 'central', { security: () => encrypted });
  const server = /server on SPSM (\w+), local MTU (\d+), MPS (\d+), (\d+) initial credits/.exec(iut);
  if (server) {
    const [spsm, mtu, mps, credits] = server.slice(1).map(Number);
    seen.servers.listen(() => {}, { spsm: spsm!, mtu: mtu!, mps: mps!, credits: credits! });
  }
  // The channel that a case has open: local CID 0x0040, remote CID 0x0040.
  if (iut.startsWith('open channel')) {
    seen.servers.listen(() => {}, { spsm: 0x0080 });
    seen.receive('14090a0080004000640030000500');
    seen.sent.length = 0;
  }
  return seen;
}

/** Plays an exchange against a link. */
async function signallingCase(iut: string, exchange: readonly Step[]): Promise<void> {
  const seen = prepared(iut);
  const { sent, receive, acl, l2cap } = seen;
  let answer: Promise<unknown> | undefined;
  let checked = 0;
  // The case's channel: local CID 0x0040, remote CID 0x0040; L + 1 is no channel of this device.
  const fill = (pdu: string) => plain(pdu.replaceAll('<L+1>', '4100').replaceAll('<R>', '4000'));
  for (const step of exchange) {
    const pdu = fill(step.pdu ?? step.pdu_template ?? '');
    if (step.match !== undefined) {
      const mtu = Number(/MTU (\d+)/.exec(iut)![1]);
      answer = l2cap.openChannel(Number(/SPSM (\w+)/.exec(iut)![1]), { mtu });
      answer.catch(() => {});
      const fields: Record<string, string> = { id: '01', scid: '4000', mps: le16(256), credits: le16(64) };
      expect(sent[checked++]).toBe(
        plain(step.match.replace(/<(\w+)>/g, (_, field: string) => fields[field]!)),
      );
    } else if (step.dir === 'tester->iut')
      receive(step.note?.includes('identifier') ? withIdentifier(pdu) : pdu);
    else if (step.dir === 'iut->tester') {
      if (sent.length === checked) {
        expect(pdu.slice(0, 2), 'the only request that a sentence asks for').toBe('12');
        const bytes = fromHex(pdu);
        const request = pdus.connectionParameterUpdateRequest.parameters.read(
          new ByteReader(bytes.subarray(4)),
        );
        answer = l2cap.requestParameters(request);
      }
      expect(sent[checked++]).toBe(pdu);
    } else await expectation(step.expect ?? '', seen, answer, () => acl('4010 0400 01020304'));
  }
  expect(sent.length).toBe(checked);
}

/** The template of a response to the first request of a link. */
function withIdentifier(pdu: string): string {
  return `${pdu.slice(0, 2)}01${pdu.slice(4)}`;
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
  seen: TestLink,
  answer: Promise<unknown> | undefined,
  continueWithoutStart: () => void,
): Promise<void> {
  const update = /LE_Connection_Update min (\w+) max (\w+) latency (\d+) timeout (\w+)/.exec(text);
  if (update) {
    const [intervalMin, intervalMax, latency, timeout] = update.slice(1).map(Number);
    expect(seen.requests).toEqual([{ intervalMin, intervalMax, latency, timeout }]);
  } else if (text === 'procedure success') await expect(answer).resolves.toBe(true);
  else if (text.startsWith('connect fails with result')) {
    await expect(answer).rejects.toMatchObject({
      code: 'L2CAP_ERROR',
      reason: Number(text.split(' ').at(-1)),
    });
  } else if (text === 'still pending')
    expect(await Promise.race([answer, Promise.resolve('pending')])).toBe('pending');
  else if (text === 'nothing sent') expect(seen.sent).toEqual([]);
  else if (text.startsWith('ACL with PB=1 and no pending start')) {
    continueWithoutStart();
    expect(seen.reports).toEqual(['a continuing fragment came without a start']);
  } else expect.fail(`an expectation that this test does not know: ${text}`);
}
