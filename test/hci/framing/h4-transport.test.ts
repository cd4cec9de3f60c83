import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { TransportError } from '../../../src/core/errors.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import type { ByteStream, ByteStreamSink } from '../../../src/hci/framing/byte-stream.js';
import { H4Transport } from '../../../src/hci/framing/h4-transport.js';

const RESET_COMPLETE = '040e0401030c00';

/** A stream whose other end is the test. */
class ScriptedStream implements ByteStream {
  readonly name = 'scripted:';
  readonly writeBacklog = 0;
  readonly written: string[] = [];
  private sink: ByteStreamSink | undefined;

  open(sink: ByteStreamSink): Promise<undefined> {
    this.sink = sink;
    return Promise.resolve(undefined);
  }

  write(bytes: Uint8Array): void {
    this.written.push(toHex(bytes));
  }

  give(hex: string): void {
    this.sink?.data(fromHex(hex));
  }

  break(error?: TransportError): void {
    this.sink?.closed(error);
  }

  close(): Promise<void> {
    this.sink?.closed();
    return Promise.resolve();
  }
}

async function setUp() {
  const clock = new SimulatedClock();
  const stream = new ScriptedStream();
  const transport = new H4Transport(stream, { clock });
  const packets: string[] = [];
  const diagnostics: string[] = [];
  const closed: unknown[] = [];
  await transport.open({
    packet: (type, bytes, start, end) => packets.push(`${type} ${toHex(bytes.subarray(start, end))}`),
    diagnostic: ({ kind }) => diagnostics.push(kind),
    closed: (error) => closed.push(error),
  });
  return { clock, stream, transport, packets, diagnostics, closed };
}

describe('H4Transport.resynchronise', () => {
  it('finds the answer of HCI_Reset in the middle of half packets, and packets behind it', async () => {
    const { clock, stream, transport, packets, diagnostics } = await setUp();
    // The start of an ACL packet whose rest was lost; then something that can be no packet.
    stream.give('02402000fb000102030405');
    stream.give('ff'.repeat(300));
    expect(diagnostics).toEqual(['lost-framing']);
    const found = transport.resynchronise();
    stream.give(`0401ff${RESET_COMPLETE}041001`);
    stream.give('42');
    expect(await clock.run(found)).toEqual({ resetDone: true });
    expect(packets.at(-1)).toBe('4 100142');
    expect(stream.written).toEqual(['01030c00']);
    expect(clock.pending).toBe(0);
  });

  it('sends the Reset again every 200 ms and gives up with a diagnosis after a second', async () => {
    const { clock, stream, transport } = await setUp();
    const failed = expect(transport.resynchronise()).rejects.toMatchObject({ code: 'NO_HCI' });
    await clock.advance(1000);
    await failed;
    expect(stream.written).toEqual(Array(5).fill('01030c00'));
  });

  it('throws away what waits to be sent: it belongs to the time before the Reset', async () => {
    const { clock, stream, transport } = await setUp();
    transport.send(fromHex('01182000'));
    const found = transport.resynchronise();
    stream.give(RESET_COMPLETE);
    await clock.run(found);
    expect(stream.written).toEqual(['01030c00']);
    transport.send(fromHex('01092000'));
    await clock.advance(0);
    expect(stream.written).toEqual(['01030c00', '01092000']);
  });

  it('ends with the port, and is refused when it is closed', async () => {
    const { stream, transport, closed, clock } = await setUp();
    const failed = expect(transport.resynchronise()).rejects.toMatchObject({ code: 'PORT_LOST' });
    stream.break(new TransportError('unplugged', 'PORT_LOST'));
    await failed;
    expect(closed).toMatchObject([{ code: 'PORT_LOST' }]);
    expect(clock.pending).toBe(0);
    await expect(transport.resynchronise()).rejects.toMatchObject({ code: 'PORT_CLOSED' });
  });
});
