import { describe, expect, it } from 'vitest';
import { OSError } from '../../src/api/index.js';
import {
  causeLines,
  errorLine,
  exitCodeOf,
  Interrupted,
  OutputClosed,
  UsageError,
} from '../../src/cli/errors.js';
import { TimeoutError, TransportError } from '../../src/core/errors.js';

describe('errors of the command line', () => {
  it('end with the exit code of their kind', () => {
    expect(exitCodeOf(new UsageError('x'))).toBe(2);
    expect(exitCodeOf(new TransportError('x', 'PORT_SPEC'))).toBe(2);
    expect(exitCodeOf(new TransportError('x', 'PORT_BUSY'))).toBe(1);
    expect(exitCodeOf(new Interrupted('SIGINT', 130))).toBe(130);
    expect(exitCodeOf(new OutputClosed())).toBe(0);
    expect(exitCodeOf('a string')).toBe(1);
  });

  it('are told in one line', () => {
    expect(errorLine(new Error('one\n  two'))).toBe('one two');
    expect(errorLine(new RangeError())).toBe('RangeError');
    expect(errorLine('a string')).toBe('a string');
  });

  it('tell what is under the short texts of the Pycom API', () => {
    const cause = new TimeoutError('Read of handle 0x0003', 30_000);
    expect(errorLine(new OSError('the requested operation failed', { cause }))).toBe(
      'the requested operation failed: Read of handle 0x0003: no answer within 30000 ms',
    );
    expect(errorLine(new OSError('connection refused'))).toBe('connection refused');
  });

  it('list their causes, also when the chain bites its tail', () => {
    const inner = new TimeoutError('x', 5);
    expect(causeLines(new Error('outer', { cause: inner }))).toEqual([
      'caused by TimeoutError: x: no answer within 5 ms [TIMEOUT]',
    ]);
    expect(causeLines(new Error('outer', { cause: 'text' }))).toEqual(['caused by text']);
    const circular = new Error('circular');
    circular.cause = circular;
    expect(causeLines(circular)).toHaveLength(8);
    expect(causeLines('a string')).toEqual([]);
  });
});
