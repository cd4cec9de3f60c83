import { describe, expect, it } from 'vitest';
import { columns, Output, printable } from '../../src/cli/output.js';
import { type OutputStream, streamSink } from '../../src/cli/stream-sink.js';
import { MemorySink } from './support.js';

function output(options: { terminal?: boolean; env?: Record<string, string>; verbose?: boolean } = {}) {
  const stdout = new MemorySink(options.terminal ?? false);
  const stderr = new MemorySink(false);
  const { env = {}, verbose = false } = options;
  return { stdout, stderr, output: new Output({ stdout, stderr, env, verbose }) };
}

describe('output', () => {
  it('colours on a terminal only', () => {
    expect(output({ terminal: true }).output.emphasise('x', 'bold', 'red')).toBe(
      '\u001b[31m\u001b[1mx\u001b[22m\u001b[39m',
    );
    expect(output({ terminal: false }).output.emphasise('x', 'bold')).toBe('x');
  });

  it('leaves colours out when NO_COLOR is set, or the terminal knows none', () => {
    expect(output({ terminal: true, env: { NO_COLOR: '1' } }).output.emphasise('x', 'dim')).toBe('x');
    expect(output({ terminal: true, env: { TERM: 'dumb' } }).output.emphasise('x', 'dim')).toBe('x');
  });

  it('keeps results and notes apart, and diagnostics for those who want them', async () => {
    const quiet = output();
    await quiet.output.line('result');
    await quiet.output.note('note');
    await quiet.output.diagnostic('diagnostic');
    expect(quiet.stdout.text).toBe('result\n');
    expect(quiet.stderr.text).toBe('note\n');
    const verbose = output({ verbose: true });
    await verbose.output.diagnostic('diagnostic');
    expect(verbose.stderr.text).toBe('diagnostic\n');
  });

  it('lets no control character of a peer reach the terminal', () => {
    expect(printable('Heart Rate ♥')).toBe('Heart Rate ♥');
    expect(printable('a\u001b[2Jb\nc\u009bd\u202ee')).toBe('a\\x1b[2Jb\\x0ac\\x9bd\\u202ee');
  });

  it('sets rows in columns', () => {
    expect(
      columns(
        [
          ['a', 'x'],
          ['long', ''],
        ],
        ' ',
      ),
    ).toEqual([' a     x', ' long']);
  });
});

describe('a stream as sink', () => {
  class FakeStream implements OutputStream {
    destroyed = false;
    readonly isTTY?: boolean;
    readonly written: string[] = [];
    private fail: ((error: Error) => void) | undefined;

    write(text: string, written: (error?: Error | null) => void): boolean {
      this.written.push(text);
      queueMicrotask(() => written());
      return true;
    }

    on(_event: 'error', listener: (error: Error) => void): this {
      this.fail = listener;
      return this;
    }

    break(): void {
      this.fail?.(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    }
  }

  it('tells once that the reader is gone, and drops what comes after', async () => {
    const stream = new FakeStream();
    let closed = 0;
    const sink = streamSink(stream, () => closed++);
    expect(sink.isTerminal).toBe(false);
    await sink.write('one');
    stream.break();
    stream.break();
    await sink.write('two');
    expect(closed).toBe(1);
    expect(stream.written).toEqual(['one']);
  });
});
