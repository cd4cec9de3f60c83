import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import type { TransportError } from '../../../src/core/errors.js';
import { fromHex } from '../../../src/core/hex.js';
import { streamTransport } from '../../../src/hci/transport/from-objects.js';
import type { StreamSource } from '../../../src/hci/transport/stream-pair.js';

/** A transport that is open, and the error that it closes with. */
async function open(source: StreamSource) {
  const clock = new SimulatedClock();
  const transport = await streamTransport(source, { name: 'test stream', clock });
  let told: (error?: TransportError) => void = () => {};
  const closed = new Promise<TransportError | undefined>((resolve) => {
    told = resolve;
  });
  await transport.open({ packet: () => {}, diagnostic: () => {}, closed: (error) => told(error) });
  return { clock, transport, closed };
}

function webPair() {
  let readable!: ReadableStreamDefaultController<unknown>;
  let writable!: WritableStreamDefaultController;
  let cancelled: unknown;
  let aborted = false;
  const pair = {
    readable: new ReadableStream({
      start: (controller) => {
        readable = controller;
      },
      cancel: (reason) => {
        cancelled = reason ?? 'cancelled';
      },
    }) as ReadableStream<Uint8Array>,
    writable: new WritableStream<Uint8Array>({
      start: (controller) => {
        writable = controller;
      },
      close: () => {
        aborted = false;
      },
      abort: () => {
        aborted = true;
      },
    }),
  };
  return { pair, readable, writable, state: () => ({ cancelled, aborted }) };
}

describe('a pair of Web streams', () => {
  it('is lost when it ends, when reading fails, and when writing fails, with the reason', async () => {
    const ended = webPair();
    const first = await open(ended.pair);
    ended.readable.close();
    expect((await first.closed)?.message).toBe('test stream: the other side ended the stream');

    const failing = webPair();
    const second = await open(failing.pair);
    failing.readable.error(new Error('cable bitten'));
    expect(await second.closed).toMatchObject({
      code: 'PORT_LOST',
      message: 'test stream: reading failed (cable bitten)',
    });

    const full = webPair();
    const third = await open(full.pair);
    full.writable.error(new Error('no more'));
    expect(await third.closed).toMatchObject({
      message: 'test stream: the stream takes no octets (no more)',
    });
    expect(third.transport.writeBacklog).toBe(0);
  });

  it('is cancelled, and its locks given back, when it is closed', async () => {
    const { pair, state } = webPair();
    const { transport, closed } = await open(pair);
    expect(pair.readable.locked && pair.writable.locked).toBe(true);
    await transport.close();
    expect(await closed).toBeUndefined();
    expect(state()).toEqual({ cancelled: 'cancelled', aborted: false });
    expect(pair.readable.locked || pair.writable.locked).toBe(false);
  });

  it('gives octets, or is refused', async () => {
    const { pair, readable } = webPair();
    const { closed } = await open(pair);
    readable.enqueue('text');
    expect((await closed)?.message).toMatch(/something else than octets \(a Uint8Array is wanted\)/);
  });

  it('reads no more than what was dealt with', async () => {
    let pulls = 0;
    const readable = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls++;
          if (pulls <= 3) controller.enqueue(fromHex('040e0401030c00'));
        },
      },
      { highWaterMark: 0 },
    );
    const seen: number[] = [];
    const transport = await streamTransport({ readable, writable: new WritableStream() });
    let done: () => void;
    const third = new Promise<void>((resolve) => {
      done = resolve;
    });
    await transport.open({
      packet: () => {
        seen.push(pulls);
        if (seen.length === 3) done();
      },
      diagnostic: () => {},
      closed: () => {},
    });
    await third;
    expect(seen).toEqual([1, 2, 3]);
    await transport.close();
  });
});

describe('streams of Node', () => {
  it('are lost when they end, fail or are destroyed, once, with the reason', async () => {
    const make = () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const ended = make();
    const first = await open(ended);
    ended.push(null);
    expect((await first.closed)?.message).toBe('test stream: the other side ended the stream');
    const failing = make();
    const second = await open(failing);
    failing.destroy(new Error('cable bitten'));
    expect((await second.closed)?.message).toMatch(/\(cable bitten\)/);
    const destroyed = make();
    const third = await open(destroyed);
    destroyed.destroy();
    expect((await third.closed)?.message).toBe('test stream: the stream was closed');
  });

  it('give octets, or are refused', async () => {
    const stream = new PassThrough();
    stream.setEncoding('utf8');
    const { closed } = await open(stream);
    stream.write('text');
    expect((await closed)?.message).toMatch(/something else than octets \(no encoding/);
  });

  it('close within half a second when nothing is taken any more', async () => {
    const { clock, transport, closed } = await open(new Duplex({ read() {}, write() {} }));
    transport.send(fromHex('01030c00'));
    await clock.advance(1);
    expect(transport.writeBacklog).toBe(4);
    const closing = transport.close();
    await clock.advance(500);
    await closing;
    expect(await closed).toBeUndefined();
    expect(clock.pending).toBe(0);
  });
});

describe('streamTransport', () => {
  it.each([[{}], [null], [42], [{ readable: new ReadableStream(), writable: new PassThrough() }]])(
    'refuses what is no stream: %s',
    async (source) => {
      await expect(streamTransport(source as never)).rejects.toThrow(/\{ readable, writable \}.*is wanted/);
    },
  );
});
