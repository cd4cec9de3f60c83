import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.js';
import type { Command } from '../../src/cli/command.js';
import { UsageError } from '../../src/cli/errors.js';
import { portFrom } from '../../src/cli/port-option.js';
import { commands } from '../../src/cli/program.js';
import { closest, editDistance } from '../../src/cli/similar.js';
import { TransportError } from '../../src/core/errors.js';

const command = (name: string, options: Command['options'] = {}): Command => ({
  name,
  summary: name,
  description: name,
  options,
  run: () => Promise.resolve(),
});
const scan = command('scan', { seconds: { value: 'SECONDS', help: '' }, active: { help: '' } });
const info = command('info');
const parse = (...args: string[]) => parseArguments(args, [scan, info]);

function refusal(...args: string[]): UsageError {
  try {
    parse(...args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error as UsageError;
  }
  throw new Error('it was not refused');
}

describe('arguments', () => {
  it('takes options before the command and after it', () => {
    for (const args of [
      ['--json', '-p', 'virtual:', 'scan', '--seconds', '3'],
      ['scan', '--seconds=3', '--port=virtual:', '--json'],
    ]) {
      const { command, options } = parse(...args);
      expect(command).toBe(scan);
      expect(options.has('json')).toBe(true);
      expect(options.text('port')).toBe('virtual:');
      expect(options.number('seconds', 0, 10)).toBe(3);
      expect(options.has('active')).toBe(false);
    }
  });

  it('takes a line without a command', () => {
    expect(parse('--help').command).toBeUndefined();
    expect(parse().command).toBeUndefined();
  });

  it('refuses an unknown command and names the nearest', () => {
    expect(refusal('scna').message).toBe('unknown command "scna". Did you mean scan?');
    expect(refusal('frobnicate').message).toBe('unknown command "frobnicate". Commands are scan, info');
  });

  it('refuses an unknown option and names the nearest', () => {
    const error = refusal('scan', '--second', '3');
    expect(error.message).toBe('unknown option --second. Did you mean --seconds?');
    expect(error.command).toBe('scan');
    expect(refusal('scan', '--frobnicate').message).toBe('unknown option --frobnicate.');
    expect(refusal('scan', '-x').message).toBe('unknown option -x.');
  });

  it('refuses the option of another command, and one without its command', () => {
    expect(refusal('info', '--seconds', '3').message).toBe('info has no option --seconds');
    expect(refusal('--seconds', '3').message).toBe('--seconds wants a command');
  });

  it('refuses an option that lacks its value or has one too many', () => {
    expect(refusal('scan', '--seconds').message).toBe('--seconds wants a value: --seconds SECONDS');
    expect(refusal('scan', '--port', '--json').message).toBe('--port wants a value: --port PORT');
    expect(refusal('scan', '--json=yes').message).toBe('--json takes no value');
  });

  it('refuses words that nothing takes', () => {
    expect(refusal('scan', 'everything').message).toBe('"everything": scan takes options only');
  });

  it('refuses numbers that are none or out of range, naming what is permitted', () => {
    for (const wrong of ['x', '-1', '11', '1e3', '', 'Infinity', '0x2']) {
      const { options } = parse('scan', `--seconds=${wrong}`);
      expect(() => options.number('seconds', 0, 10)).toThrow(
        `--seconds ${wrong}: a number from 0 to 10 is wanted`,
      );
    }
  });

  it('knows no option of two commands by two kinds', () => {
    const kinds = new Map<string, boolean>();
    for (const { options } of commands) {
      for (const [name, { value }] of Object.entries(options)) {
        expect(kinds.get(name) ?? value !== undefined).toBe(value !== undefined);
        kinds.set(name, value !== undefined);
      }
    }
  });
});

describe('the port that options name', () => {
  const port = (...args: string[]) => portFrom(parse('info', ...args).options);

  it('is the built-in virtual controller without any', () => {
    expect(port()).toBe('virtual:');
  });

  it('adds the serial options', () => {
    expect(port('--port', '/dev/ttyACM0', '--baud', '1000000')).toBe('/dev/ttyACM0?baud=1000000');
    expect(port('--port', 'serial:/dev/ttyACM0?dtr=on', '--baud', '115200', '--rtscts')).toBe(
      'serial:/dev/ttyACM0?dtr=on&baud=115200&rtscts',
    );
  });

  it('refuses serial options for another kind of port, and the same one twice', () => {
    expect(() => port('--port', 'tcp:127.0.0.1:6402', '--rtscts')).toThrow(
      '--rtscts is for serial ports; "tcp:127.0.0.1:6402" is none',
    );
    expect(() => port('--port', '/dev/ttyACM0?baud=9600', '--baud', '115200')).toThrow('baud is given twice');
  });

  it('refuses what is no port, with the forms', () => {
    expect(() => port('--port', 'nonsense')).toThrow(TransportError);
    expect(() => port('--port', 'nonsense')).toThrow(/tcp:host:port/);
  });
});

describe('similar words', () => {
  it('counts letters put in, left out, replaced and swapped', () => {
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('abc', 'abc')).toBe(0);
    expect(editDistance('scna', 'scan')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });

  it('finds the nearest candidate, and none when all are far', () => {
    const names = ['scan', 'info', 'heart-rate'];
    expect(closest('heartrate', names)).toBe('heart-rate');
    expect(closest('heart', names)).toBe('heart-rate');
    expect(closest('inf', names)).toBe('info');
    expect(closest('x', names)).toBeUndefined();
  });
});
