import { afterEach, describe, expect, it } from 'vitest';
import { Belongings } from '../support/sockets.js';
import { CliRun } from './support.js';

const belongings = new Belongings();
afterEach(() => belongings.dispose());

/** What the program says that it listens at. */
function place(run: CliRun): Promise<string> {
  return new Promise((resolve) => {
    run.stderr.onWrite((text) => {
      const at = /waits for a connection to (\S+)/.exec(text)?.[1];
      if (at) resolve(at);
    });
  });
}

describe('a port that listens, on the command line', () => {
  it('says where, without being asked to be verbose, and joins who connects', async () => {
    const run = new CliRun();
    const at = place(run);
    const ended = run.start('bridge', 'virtual:', 'tcp-server:127.0.0.1:0');
    const socket = await belongings.connect(await at);
    expect(run.stderr.text).toMatch(/^bluewire: tcp-server:127\.0\.0\.1:0: listens/);
    const answer = new Promise<string>((resolve) => {
      socket.once('data', (octets) => resolve(octets.toString('hex')));
    });
    socket.write(Buffer.from('01030c00', 'hex'));
    expect(await answer).toMatch(/^040e04..030c00$/);
    run.ending.abort(new Error('the test is over'));
    await run.clock.run(ended);
  });

  it('ends while it waits', async () => {
    const run = new CliRun();
    const at = place(run);
    const ended = run.start('scan', '--port', 'tcp-server:127.0.0.1:0');
    const listening = await at;
    run.ending.abort(new Error('the test is over'));
    expect(await run.clock.run(ended)).not.toBe(0);
    expect(run.clock.now()).toBe(0);
    // The program's process ends here. In this one, who connects and goes ends the waiting.
    (await belongings.connect(listening)).destroy();
  });
});
