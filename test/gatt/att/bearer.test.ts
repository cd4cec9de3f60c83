import { describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { AttError, DisconnectedError, MalformedPacketError, TimeoutError } from '../../../src/core/errors.js';
import { toHex } from '../../../src/core/hex.js';
import { AttOpcode } from '../../../src/gatt/att/opcodes.js';
import { handlePdu, readRequest } from '../../../src/gatt/att/requests.js';
import { type ScriptedBearer, scriptedBearer } from '../../support/gatt.js';

const gone = new DisconnectedError('the peer left', 0x13);

function read({ bearer }: ScriptedBearer, handle: number, signal?: AbortSignal): Promise<string> {
  return bearer.request(
    readRequest(handle),
    handle,
    AttOpcode.readRsp,
    (bytes, start, end) => {
      if (end - start > 10) throw new MalformedPacketError('too long for this test');
      return toHex(bytes.subarray(start + 1, end));
    },
    signal,
  );
}

/** What becomes of a promise without time passing: its value, its error, or `pending`. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  let became: unknown = 'pending';
  promise.then(
    (value) => {
      became = value;
    },
    (error: unknown) => {
      became = error;
    },
  );
  await settle();
  return became;
}

describe('an ATT bearer as a client', () => {
  it('sends one request at a time, the next when the response has come (Vol 3, Part F, 3.3.2)', async () => {
    const it = scriptedBearer();
    const first = read(it, 3);
    const second = read(it, 4);
    expect(it.channel.take()).toEqual(['0a0300']);
    it.channel.give('0b01');
    expect(it.channel.take()).toEqual(['0a0400']);
    it.channel.give('0b02');
    expect(await Promise.all([first, second])).toEqual(['01', '02']);
  });

  it('gives an Error Response as an AttError with code, request and handle (3.4.1.1)', async () => {
    const it = scriptedBearer();
    const refused = outcome(read(it, 3));
    it.channel.give('010a030002');
    const error = (await refused) as AttError;
    expect(error).toBeInstanceOf(AttError);
    expect([error.error, error.request, error.handle]).toEqual([2, 0x0a, 3]);
    expect(error.message).toBe(
      'ATT Read Request of handle 0x0003 was refused by the peer: 0x02 Read Not Permitted',
    );
  });

  it('closes after 30 s without a response, and sends nothing any more (3.3.3)', async () => {
    const it = scriptedBearer();
    const first = outcome(read(it, 3));
    const queued = read(it, 4).catch((error: unknown) => error);
    await it.clock.advance(29_999);
    expect(it.timeouts).toBe(0);
    expect(it.bearer.isOpen).toBe(true);
    await it.clock.advance(1);
    expect(it.timeouts).toBe(1);
    expect(it.bearer.isOpen).toBe(false);
    expect(await first).toBe('pending');
    expect(String(await queued)).toMatch(
      /bearer is closed, connect again: ATT Read Request of handle 0x0003/,
    );
    it.channel.take();
    it.channel.give('0b01', '0a0100');
    it.bearer.send(readRequest(9));
    expect(it.channel.take()).toEqual([]);
    expect(String(await outcome(read(it, 5)))).toMatch(/closed/);
    expect(it.clock.pending).toBe(0);
  });

  it('rejects the request that timed out with a TimeoutError (3.3.3)', async () => {
    const it = scriptedBearer();
    const late = read(it, 3).catch((error: unknown) => error);
    await it.clock.advance(30_000);
    const error = await late;
    expect(error).toBeInstanceOf(TimeoutError);
    expect((error as TimeoutError).message).toMatch(/ATT Read Request of handle 0x0003.*30000 ms/);
  });

  it('counts the 30 s of a queued request from when it is sent', async () => {
    const it = scriptedBearer();
    void read(it, 3);
    const second = read(it, 4);
    await it.clock.advance(29_000);
    it.channel.give('0b01');
    await it.clock.advance(29_000);
    it.channel.give('0b02');
    expect(await second).toBe('02');
    expect(it.timeouts).toBe(0);
  });

  it('keeps the place of a request whose caller left until its answer comes', async () => {
    const it = scriptedBearer();
    const leave = new AbortController();
    const first = outcome(read(it, 3, leave.signal));
    const second = read(it, 4);
    leave.abort(new Error('enough'));
    expect(String(await first)).toBe('Error: enough');
    expect(it.channel.take()).toEqual(['0a0300']);
    it.channel.give('0b01');
    expect(it.channel.take()).toEqual(['0a0400']);
    it.channel.give('0b02');
    expect(await second).toBe('02');
    expect(it.reports).toEqual([]);
  });

  it('takes a queued request whose caller left out of the queue', async () => {
    const it = scriptedBearer();
    const leave = new AbortController();
    void read(it, 3);
    const queued = outcome(read(it, 4, leave.signal));
    const last = read(it, 5);
    leave.abort(new Error('enough'));
    expect(String(await queued)).toBe('Error: enough');
    it.channel.give('0b01', '0b02');
    expect(await last).toBe('02');
    expect(it.channel.take()).toEqual(['0a0300', '0a0500']);
  });

  it('sends nothing for a caller who had left before', async () => {
    const it = scriptedBearer();
    expect(String(await outcome(read(it, 3, AbortSignal.abort(new Error('enough')))))).toBe('Error: enough');
    expect(it.channel.take()).toEqual([]);
  });

  it('still times out a request whose caller left (3.3.3)', async () => {
    const it = scriptedBearer();
    const leave = new AbortController();
    void outcome(read(it, 3, leave.signal));
    leave.abort(new Error('enough'));
    await it.clock.advance(30_000);
    expect(it.timeouts).toBe(1);
    expect(it.bearer.isOpen).toBe(false);
  });

  it('reports responses that answer nothing, or another request, and goes on waiting', async () => {
    const it = scriptedBearer();
    it.channel.give('0b01', '1e');
    const answer = read(it, 3);
    it.channel.give('13', '0112030003', '010a', '');
    expect(await outcome(answer)).toBe('pending');
    it.channel.give('0b05');
    expect(await answer).toBe('05');
    expect(it.reports).toHaveLength(6);
    expect(it.reports[0]).toBe('ATT Read Response came that answers nothing');
    expect(it.reports[2]).toBe('ATT Write Response came while ATT Read Request waits for its response');
  });

  it('rejects the request of a malformed response, reports it, and sends the next', async () => {
    const it = scriptedBearer();
    const bad = outcome(read(it, 3));
    void read(it, 4);
    it.channel.give(`0b${'00'.repeat(20)}`);
    expect(await bad).toBeInstanceOf(MalformedPacketError);
    expect(it.reports).toEqual(['ATT Read Response is malformed: too long for this test']);
    expect(it.channel.take()).toEqual(['0a0300', '0a0400']);
  });

  it('refuses more than 1024 waiting requests', async () => {
    const it = scriptedBearer();
    for (let i = 0; i < 1025; i++) read(it, 3).catch(() => {});
    expect(String(await outcome(read(it, 3)))).toMatch(/1024 ATT requests wait already/);
  });

  it('rejects everything that waits when the link goes, and at once from then on', async () => {
    const it = scriptedBearer();
    const waiting = [read(it, 3), read(it, 4), it.bearer.indicate(handlePdu(0x1d, 3))].map(outcome);
    const closed: unknown[] = [];
    it.bearer.onClosed((reason) => void closed.push(reason));
    it.channel.backlog = 100;
    waiting.push(outcome(it.bearer.sendPaced(handlePdu(0x52, 3))));
    const settled = Promise.all(waiting);
    it.channel.close(gone);
    await settled;
    it.bearer.onClosed((reason) => void closed.push(reason));
    expect(closed).toEqual([gone, gone]);
    expect(await outcome(read(it, 3))).toBe(gone);
    expect(await outcome(it.bearer.sendPaced(handlePdu(0x52, 3)))).toBe(gone);
    expect(await outcome(it.bearer.indicate(handlePdu(0x1d, 3)))).toBe(gone);
    expect(it.clock.pending).toBe(0);
  });

  it('rejects each of them with the reason of the disconnection', async () => {
    const it = scriptedBearer();
    const all = [read(it, 3), read(it, 4), it.bearer.indicate(handlePdu(0x1d, 3))];
    const errors = Promise.all(all.map((one) => one.catch((error: unknown) => error)));
    it.channel.close(gone);
    expect(await errors).toEqual([gone, gone, gone]);
  });
});

describe('an ATT bearer as a receiver of values', () => {
  it('lets notifications past a pending request (3.3.2)', async () => {
    const it = scriptedBearer();
    const values: string[] = [];
    it.bearer.onValue((handle, bytes, start, end, indication) => {
      values.push(`${handle} ${toHex(bytes.subarray(start, end))} ${indication}`);
    });
    const answer = read(it, 3);
    it.channel.give('1b0500aa', '1b0500', '0b01');
    expect(await answer).toBe('01');
    expect(values).toEqual(['5 aa false', '5  false']);
  });

  it('confirms each indication, after it was given on (3.4.7.3)', () => {
    const it = scriptedBearer();
    const order: string[] = [];
    it.bearer.onValue((handle, _bytes, _start, _end, indication) => {
      order.push(`${handle} ${indication} ${it.channel.sent.length}`);
    });
    it.channel.give('1d0500aa');
    expect(order).toEqual(['5 true 0']);
    expect(it.channel.take()).toEqual(['1e']);
  });

  it('takes a Multiple Handle Value Notification apart, and reports one that is cut (3.4.7.4)', () => {
    const it = scriptedBearer();
    const values: string[] = [];
    it.bearer.onValue((handle, bytes, start, end) => {
      values.push(`${handle} ${toHex(bytes.subarray(start, end))}`);
    });
    it.channel.give('2305000100aa06000200bbcc', '2305000100aa06000300bbcc', '1b05', '1d05');
    expect(values).toEqual(['5 aa', '6 bbcc', '5 aa']);
    expect(it.reports).toHaveLength(3);
    expect(it.channel.take()).toEqual([]);
  });
});

describe('an ATT bearer as a sender of indications', () => {
  it('waits for the confirmation, one at a time (3.4.7.2)', async () => {
    const it = scriptedBearer();
    const first = it.bearer.indicate(handlePdu(0x1d, 3));
    expect(String(await outcome(it.bearer.indicate(handlePdu(0x1d, 4))))).toMatch(/confirmation already/);
    it.channel.give('1e');
    await first;
    it.channel.give('1e');
    expect(it.reports).toEqual(['a confirmation came that confirms nothing']);
  });

  it('closes after 30 s without a confirmation (3.3.3)', async () => {
    const it = scriptedBearer();
    const late = it.bearer.indicate(handlePdu(0x1d, 3)).catch((error: unknown) => error);
    const request = read(it, 4).catch((error: unknown) => error);
    await it.clock.advance(30_000);
    expect(await late).toBeInstanceOf(TimeoutError);
    expect(String(await request)).toMatch(/bearer is closed/);
    expect(it.timeouts).toBe(1);
    expect(it.clock.pending).toBe(0);
  });
});

describe('an ATT bearer that nobody serves', () => {
  it('refuses requests, known or not, and passes commands over (3.4.1.1)', () => {
    const it = scriptedBearer();
    it.channel.give('0a0300', 'bf00', '520300aa', 'd20300aa', 'ff00');
    expect(it.channel.take()).toEqual(['010a000006', '01bf000006']);
  });
});

describe('the pace of commands and notifications', () => {
  it('resolves at once while the queue of the link is short', async () => {
    const it = scriptedBearer();
    await it.bearer.sendPaced(handlePdu(0x52, 3));
    expect(it.channel.take()).toEqual(['520300']);
  });

  it('lets the sender wait while it is long, and go on when it has become short', async () => {
    const it = scriptedBearer();
    it.channel.backlog = 32;
    const waits = it.bearer.sendPaced(handlePdu(0x52, 3));
    expect(await outcome(waits)).toBe('pending');
    it.channel.drain(16);
    await waits;
  });

  it('leaves nobody waiting when all was sent, however many did not await', async () => {
    const it = scriptedBearer();
    it.channel.backlog = 5000;
    const all = Promise.all(Array.from({ length: 5000 }, () => it.bearer.sendPaced(handlePdu(0x52, 3))));
    // Frames of other channels keep the queue of the link long.
    it.channel.drain(40);
    await all;
  });

  it('refuses more than 10,000 that wait', async () => {
    const it = scriptedBearer();
    it.channel.backlog = 100;
    for (let i = 0; i < 10_000; i++) void it.bearer.sendPaced(handlePdu(0x52, 3));
    expect(String(await outcome(it.bearer.sendPaced(handlePdu(0x52, 3))))).toMatch(/await each one/);
  });
});
