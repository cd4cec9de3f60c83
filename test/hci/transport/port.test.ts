import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { TransportError } from '../../../src/core/errors.js';
import { seededRandom } from '../../../src/core/random.js';
import { H4Transport } from '../../../src/hci/framing/h4-transport.js';
import { H5Transport } from '../../../src/hci/framing/h5-transport.js';
import { serialOptionsOf } from '../../../src/hci/transport/node/serial.js';
import { parsePort } from '../../../src/hci/transport/port.js';
import { createTransport, registerTransport, transportSchemes } from '../../../src/hci/transport/registry.js';
import type { HciTransport } from '../../../src/hci/transport/transport.js';

const context = { clock: new SimulatedClock(), random: seededRandom(1) };

describe('port strings', () => {
  it.each([
    ['serial:/dev/ttyACM0?baud=1000000&rtscts', 'serial', '/dev/ttyACM0', { baud: '1000000', rtscts: true }],
    ['/dev/ttyACM0', 'serial', '/dev/ttyACM0', {}],
    [
      '/dev/serial/by-id/usb-ZEPHYR?baud=115200',
      'serial',
      '/dev/serial/by-id/usb-ZEPHYR',
      { baud: '115200' },
    ],
    ['COM3', 'serial', 'COM3', {}],
    ['tcp:127.0.0.1:6402', 'tcp', '127.0.0.1:6402', {}],
    ['TCP:[::1]:6402', 'tcp', '[::1]:6402', {}],
    ['unix:/tmp/bt-server-le', 'unix', '/tmp/bt-server-le', {}],
    ['ws://[::1]:6403/hci?ping=5', 'ws', '//[::1]:6403/hci', { ping: '5' }],
    ['unix-server:/tmp/hci', 'unix-server', '/tmp/hci', {}],
    ['virtual:', 'virtual', '', {}],
    ['virtual:?seed=7', 'virtual', '', { seed: '7' }],
  ])('%s', (text, scheme, target, options) => {
    expect(parsePort(text)).toEqual({ text, scheme, target, options });
  });

  it('have a form, or are refused with the forms there are', () => {
    for (const text of ['', 'ttyACM0', '127.0.0.1', '%', 'a b:c']) {
      expect(() => parsePort(text)).toThrow(/tcp:host:port/);
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parsePort(text);
        } catch (error) {
          expect(error).toBeInstanceOf(TransportError);
        }
      }),
    );
  });

  it.each([
    ['tcp:localhost', /host:port is wanted.*tcp:host:port/],
    ['tcp:localhost:99999', /up to 65535/],
    ['tcp:localhost:1?baud=3', /baud: no such option/],
    ['unix:', /a path is wanted/],
    [
      'serial:/dev/ttyACM0?baud=fast',
      /baud: a rate from 1200 to 12000000, or auto, is wanted.*serial:\/dev\/ttyACM0/,
    ],
    ['tcp:localhost:1?retry=ever', /retry: a whole number is wanted.*retry=SECONDS/],
    ['tcp:localhost:1?timeout=0', /timeout: at least 1 is wanted/],
    ['tcp-server:6402', /host:port is wanted.*tcp-server:host:port/],
    ['tcp-server:127.0.0.1:65536', /up to 65535/],
    ['tcp-server:127.0.0.1:0?retry=3', /retry: no such option/],
    ['unix-server:', /a path is wanted.*unix-server:path/],
    ['unix:/tmp/hci?keepalive=3', /keepalive: no such option/],
    ['ws:127.0.0.1:6403', /\/\/host:port\/path is wanted.*ws:\/\/host:port\/path/],
    ['ws://127.0.0.1:99999/', /host or port number make no URL/],
    ['ws://user:word@host/', /a user and a password have no place/],
    ['wss://host/#part', /no fragment.*wss:\/\/host:port\/path/],
    ['ws://host/?baud=3', /baud: no such option/],
    ['ws-server:127.0.0.1:0?origin=example.com', /origin: \* or https:\/\/host is wanted/],
    ['hci:0', /HCI sockets are not used.*usb:0.*unix:path/],
    ['https://host/', /A WebSocket with TLS is wss:/],
    ['tcp-client:host:1', /It is tcp:host:port/],
    ['http://127.0.0.1:80', /unknown kind of port http:.*ws:\/\/host:port\/path/],
    ['serial:/dev/ttyACM0?baud=5', /baud: at least 1200/],
    ['serial:/dev/ttyACM0?rtscts=maybe', /rtscts: one of on, off/],
    ['serial:/dev/ttyACM0?bauds=9600', /bauds: no such option/],
    ['serial:/dev/ttyACM0?dtr=up', /dtr: on, off or keep/],
    ['serial:/dev/ttyACM0?framing=h6', /framing: h4 or h5 is wanted/],
    ['serial:/dev/ttyACM0?h5&window=8', /window: at most 7/],
    ['serial:/dev/ttyACM0?h5&parity=mark', /parity: none, even or odd/],
    ['serial:/dev/ttyACM0?h5&baud=auto', /auto finds out by HCI_Reset over H4/],
    ['serial:/dev/ttyACM0?h5&framing=h4', /framing=h4 and h5 contradict/],
    ['tcp:localhost:1?window=4', /window is an option of H5/],
    ['unix:/tmp/hci?framing=h4&oof', /oof is an option of H5/],
    ['bluetooth:0', /unknown kind of port bluetooth:.*tcp:host:port/],
  ])('%s is refused naming the wrong part and the right form', async (text, message) => {
    await expect(createTransport(text, context)).rejects.toMatchObject({
      code: 'PORT_SPEC',
      message: expect.stringMatching(message),
    });
  });

  it('make transports that are named as the user named them, and take a transport as it is', async () => {
    const transport = await createTransport('tcp:127.0.0.1:6402', context);
    expect(transport.name).toBe('tcp:127.0.0.1:6402');
    expect(await createTransport(transport, context)).toBe(transport);
  });

  it.each([
    'serial:/dev/ttyACM0?h5&window=7&crc=off&oof&parity=even',
    'tcp:127.0.0.1:6402?framing=h5',
    'unix:/tmp/hci?h5=yes&crc=on',
  ])('choose H5 for %s', async (text) => {
    expect(await createTransport(text, context)).toBeInstanceOf(H5Transport);
  });

  it.each(['serial:/dev/ttyACM0', 'tcp:127.0.0.1:6402?framing=h4', 'unix:/tmp/hci?h5=no'])(
    'choose H4 for %s',
    async (text) => {
      expect(await createTransport(text, context)).toBeInstanceOf(H4Transport);
    },
  );

  it('open a serial port for H5 without RTS and CTS and without a Reset by H4, unless it is asked for', () => {
    const of = (text: string) => serialOptionsOf(parsePort(text));
    expect(of('serial:/dev/ttyACM0?h5&window=2&crc=off&oof&parity=even')).toEqual({
      serial: expect.objectContaining({ path: '/dev/ttyACM0', rtscts: false, hunt: false, parity: 'even' }),
      framing: { framing: 'h5', window: 2, crc: false, flowControl: true },
    });
    expect(of('serial:/dev/ttyACM0?h5&rtscts').serial).toMatchObject({ rtscts: true, hunt: false });
    // The board decides.
    expect(of('serial:/dev/ttyACM0').serial).toMatchObject({ rtscts: undefined, hunt: true, parity: 'none' });
  });

  it('take schemes that a user registers', async () => {
    const mine = { name: 'mine' } as HciTransport;
    registerTransport('mine', { form: 'mine:', load: async () => ({ create: () => mine }) });
    expect(await createTransport('mine:', context)).toBe(mine);
    expect([...transportSchemes().keys()]).toEqual(expect.arrayContaining(['serial', 'tcp', 'unix', 'mine']));
  });
});
