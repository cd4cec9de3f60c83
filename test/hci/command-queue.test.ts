import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.js';
import { u8, u16 } from '../../src/core/codec.js';
import { TransportError } from '../../src/core/errors.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { CommandQueue } from '../../src/hci/command-queue.js';
import { command } from '../../src/hci/definition.js';

const reset = command(0x0c03, 'Reset', { returns: { status: u8 } });
const readLength = command(0x2002, 'Read_Length', { returns: { status: u8, length: u16 } });
const setThing = command(0x2006, 'Set_Thing', { parameters: { thing: u8 }, returns: { status: u8 } });
const connect = command(0x200d, 'Connect', { completes: 'status' });
const hostCompleted = command(0x0c35, 'Host_Completed', { parameters: { count: u8 }, completes: 'none' });

function setUp() {
  const clock = new SimulatedClock();
  const sent: string[] = [];
  const reports: string[] = [];
  const queue = new CommandQueue({
    clock,
    send: (packet) => sent.push(toHex(packet)),
    timeoutMs: 2000,
    report: (message) => reports.push(message),
    unanswered: ({ name }) => reports.push(`the controller did not answer ${name}`),
    succeeded: () => {},
  });
  const complete = (hex: string) => {
    const bytes = fromHex(hex);
    queue.commandComplete(bytes, 0, bytes.length);
  };
  const status = (hex: string) => {
    const bytes = fromHex(hex);
    queue.commandStatus(bytes, 0, bytes.length);
  };
  return { clock, sent, reports, queue, complete, status };
}

describe('CommandQueue (Core Vol 4, Part E, 4.4)', () => {
  it('sends one command before the controller has spoken, the next when it permits', async () => {
    const { sent, queue, complete } = setUp();
    const first = queue.send(reset, {});
    const second = queue.send(readLength, {});
    expect(sent).toEqual(['01030c00']);
    complete('01 030c 00');
    await expect(first).resolves.toEqual({ status: 0 });
    expect(sent).toEqual(['01030c00', '01022000']);
    complete('01 0220 00 fb00');
    await expect(second).resolves.toEqual({ status: 0, length: 251 });
  });

  it('waits at Num_HCI_Command_Packets 0 until a NOP Command Complete replenishes it', async () => {
    const { sent, queue, complete, reports } = setUp();
    const first = queue.send(reset, {});
    complete('00 030c 00');
    await first;
    const second = queue.send(reset, {});
    expect(sent.length).toBe(1);
    complete('01 0000');
    expect(sent.length).toBe(2);
    complete('01 030c 00');
    await second;
    expect(reports).toEqual([]);
  });

  it('counts what is under way against the number that an event gives', async () => {
    const { sent, queue, complete } = setUp();
    const all = [queue.send(reset, {})];
    complete('03 030c 00');
    for (let i = 0; i < 6; i++) all.push(queue.send(setThing, { thing: i }));
    expect(sent.length).toBe(4);
    // The controller may have made this event before the other two reached it.
    complete('03 0620 00');
    expect(sent.length).toBe(5);
    for (let i = 0; i < 5; i++) complete('03 0620 00');
    await Promise.all(all);
    expect(sent.length).toBe(7);
  });

  it('refuses with the name of the command, the status and its meaning', async () => {
    const { queue, complete, status } = setUp();
    const refused = queue.send(setThing, { thing: 1 });
    complete('01 0620 12');
    await expect(refused).rejects.toMatchObject({
      code: 'HCI_ERROR',
      status: 0x12,
      opcode: 0x2006,
      message: expect.stringMatching(/Set_Thing.*0x12.*Invalid HCI Command Parameters/i),
    });
    const other = queue.send(connect, {});
    status('0c 01 0d20');
    await expect(other).rejects.toMatchObject({ status: 0x0c });
    const unknown = queue.send(readLength, {});
    // btvirt answers an unknown command by a Command Status.
    status('01 01 0220');
    await expect(unknown).rejects.toMatchObject({ status: 0x01 });
  });

  it('ends a command that is answered by a Command Status with it', async () => {
    const { queue, status } = setUp();
    const done = queue.send(connect, {});
    status('00 01 0d20');
    await expect(done).resolves.toEqual({});
  });

  it('gives a command that is not answered its deadline, and goes on with the next (zephyr#37731)', async () => {
    const { clock, sent, queue, complete, reports } = setUp();
    const lost = queue.send(readLength, {});
    const next = queue.send(reset, {});
    const rejected = expect(lost).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/Read_Length.*2000 ms/),
    });
    await clock.advance(2000);
    await rejected;
    expect(sent.length).toBe(2);
    complete('01 030c 00');
    await next;
    expect(reports).toEqual(['the controller did not answer Read_Length']);
    // Its late answer is reported and passed over.
    complete('01 0220 00 fb00');
    expect(reports.length).toBe(2);
    expect(clock.pending).toBe(0);
  });

  it('does not send a command that was called off while it waited, and keeps the place of one under way', async () => {
    const { sent, queue, complete } = setUp();
    const controller = new AbortController();
    const first = queue.send(reset, {}, { signal: controller.signal });
    const second = queue.send(readLength, {}, { signal: controller.signal });
    const third = queue.send(setThing, { thing: 3 });
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await expect(second).rejects.toThrow('enough');
    expect(sent).toEqual(['01030c00']);
    complete('01 030c 00');
    expect(sent).toEqual(['01030c00', '0106200103']);
    complete('01 0620 00');
    await third;
  });

  it('ends everything with the reason when the port goes, and refuses at once from then on', async () => {
    const { clock, queue } = setUp();
    const pending = [queue.send(reset, {}), queue.send(reset, {})];
    const gone = new TransportError('unplugged', 'PORT_LOST');
    queue.close(gone);
    for (const one of [...pending, queue.send(reset, {})]) await expect(one).rejects.toBe(gone);
    expect(clock.pending).toBe(0);
  });

  it('throws at once, naming command and field, on a parameter that does not fit', () => {
    const { sent, queue } = setUp();
    expect(() => queue.send(setThing, { thing: 256 })).toThrow(/Set_Thing: field thing: 256 does not fit/);
    expect(sent).toEqual([]);
  });

  it('takes no credit for a command without answer (Host Number Of Completed Packets, 7.3.40)', async () => {
    const { sent, queue, complete } = setUp();
    await queue.send(hostCompleted, { count: 1 });
    const next = queue.send(reset, {});
    expect(sent).toEqual(['01350c0101', '01030c00']);
    complete('01 030c 00');
    await next;
  });

  it('rejects an answer that has not the specified layout', async () => {
    const { queue, complete, reports } = setUp();
    const short = queue.send(readLength, {});
    complete('01 0220 00 fb');
    await expect(short).rejects.toMatchObject({ code: 'MALFORMED_PACKET' });
    complete('01');
    expect(reports).toEqual(['a Command Complete event is too short']);
  });
});
