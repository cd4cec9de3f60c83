import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { ResetHunt } from '../../../src/hci/bringup/reset-hunt.js';

function hunting(attempts = 4) {
  const clock = new SimulatedClock();
  const written: string[] = [];
  const hunt = new ResetHunt({
    clock,
    name: 'serial:/dev/ttyACM0',
    write: (bytes) => written.push(toHex(bytes)),
    attempts,
  });
  hunt.start();
  /** Feeds octets; gives how many the hunt took. */
  const feed = (bytes: Uint8Array) => {
    for (let i = 0; i < bytes.length; i++) if (hunt.push(bytes[i]!)) return i + 1;
    return bytes.length;
  };
  return { clock, written, hunt, feed };
}

const ANSWER = '040e0401030c00';
const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

describe('ResetHunt', () => {
  it('finds the answer of HCI_Reset and stops at the octet behind it', async () => {
    const { hunt, written, feed } = hunting();
    expect(written).toEqual(['01030c00']);
    expect(feed(fromHex(`${ANSWER} 041305014000`))).toBe(7);
    await expect(hunt.result).resolves.toEqual({ status: 0, bootText: undefined });
  });

  it('passes over a NOP Command Complete and keeps a boot log that comes first', async () => {
    const { hunt, feed } = hunting();
    feed(ascii('*** Booting Zephyr OS build v3.7.0 ***\r\n'));
    feed(fromHex('040e03010000'));
    feed(fromHex(ANSWER));
    const { bootText } = await hunt.result;
    expect(bootText).toMatch(/Booting Zephyr OS/);
  });

  it('finds the answer behind any garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const { hunt, feed } = hunting();
        feed(noise);
        feed(fromHex(`${ANSWER}`));
        expect(hunt.active).toBe(false);
        hunt.result.catch(() => {});
      }),
    );
  });

  it('takes an answer with more return parameters than the status', () => {
    const { hunt, feed } = hunting();
    expect(feed(fromHex('040e0601030c000102 04'))).toBe(9);
    expect(hunt.active).toBe(false);
  });

  it('sends the Reset again every 200 ms and gives up with a diagnosis when nothing comes at all', async () => {
    const { clock, hunt, written } = hunting(3);
    const result = expect(hunt.result).rejects.toMatchObject({
      code: 'NO_HCI',
      message: expect.stringMatching(/nothing answers HCI.*RTS\/CTS/),
    });
    await clock.advance(599);
    expect(written.length).toBe(3);
    await clock.advance(1);
    await result;
    expect(clock.pending).toBe(0);
  });

  it('finds the answer that comes after the second Reset: the first was swallowed (a controller stuck in a packet)', async () => {
    const { clock, hunt, feed, written } = hunting();
    await clock.advance(250);
    expect(written.length).toBe(2);
    feed(fromHex(ANSWER));
    await expect(hunt.result).resolves.toMatchObject({ status: 0 });
  });

  it.each([
    [
      'an application that prints text',
      ascii('AT+OK\r\nhello world, this is my application\r\n'),
      /text of an application or a boot log/,
    ],
    [
      'another baud rate',
      Uint8Array.from({ length: 40 }, (_, i) => (i * 37 + 128) & 255),
      /baud rate is wrong/,
    ],
  ])('gives up on %s and shows what came', async (_name, bytes, message) => {
    const { clock, hunt, feed } = hunting(2);
    const result = expect(hunt.result).rejects.toThrow(message);
    feed(bytes);
    await clock.advance(400);
    await result;
  });
});
