import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../../src/core/clock.js';
import { fromHex, toHex } from '../../../../src/core/hex.js';
import {
  csr8510,
  type DeviceBytes,
  renamed,
  withConfiguration,
  zephyrHciUsb,
} from '../../../support/usb/descriptors.js';
import { machineWith, Recorder, transportOf } from '../../../support/usb/dongle.js';
import {
  type SimulatedDeviceOptions,
  SimulatedLibusb,
  SimulatedUsbDevice,
  TRANSFER_ERROR,
  TRANSFER_OVERFLOW,
  TRANSFER_STALL,
} from '../../../support/usb/libusb.js';

const RESET = '01030c00';
const RESET_DONE = '0e0401030c00';
const CONNECTED = '3e13010040000000010203040506180000004800 00'.replace(' ', '');

/** A transport on a device whose other end is the test. */
function plugged(bytes: DeviceBytes = zephyrHciUsb, options: Partial<SimulatedDeviceOptions> = {}) {
  const clock = new SimulatedClock();
  const libusb = new SimulatedLibusb();
  const usb = libusb.plug(new SimulatedUsbDevice({ clock, bytes, ...options }));
  const out: string[] = [];
  usb.onControl = ({ requestType, request, value, index, data }) => {
    out.push(`${toHex(Uint8Array.of(requestType, request))} ${value} ${index} ${toHex(data)}`);
    return 0;
  };
  usb.onOut = (address, data) => out.push(`${address} ${toHex(data)}`);
  const machine = machineWith(libusb);
  const transport = transportOf('usb:', machine, clock);
  const host = new Recorder();
  return { clock, libusb, usb, out, machine, transport, host };
}

async function opened(bytes?: DeviceBytes, options?: Partial<SimulatedDeviceOptions>) {
  const setting = plugged(bytes, options);
  const { clock, transport, host } = setting;
  expect(await clock.run(transport.open(host.sink()))).toEqual({ resetDone: false });
  return setting;
}

describe('the USB transport', () => {
  it('claims the HCI interface, and keeps a bounded number of transfers pending at both endpoints', async () => {
    const { clock, usb } = await opened(csr8510);
    expect(usb.log).toEqual(['open', 'claim 0']);
    expect([usb.pendingAt(0x81), usb.pendingAt(0x82)]).toEqual([4, 16]);
    for (let i = 0; i < 50; i++) {
      usb.give(0x81, RESET_DONE);
      usb.give(0x82, '40200100aa');
    }
    await clock.advance(500);
    expect([usb.mostPending.get(0x81), usb.mostPending.get(0x82)]).toEqual([4, 16]);
    expect([usb.pendingAt(0x81), usb.pendingAt(0x82)]).toEqual([4, 16]);
  });

  it('selects the alternate setting that has the endpoints', async () => {
    const { usb } = await opened(
      withConfiguration(
        zephyrHciUsb,
        `09 02 3000 01 01 00 80 32  09 04 00 00 00 e0 01 01 00  09 04 00 01 03 e0 01 01 00
         07 05 81 03 4000 01  07 05 82 02 4000 01  07 05 02 02 4000 01`,
      ),
    );
    expect(usb.log).toEqual(['open', 'claim 0', 'alternate 0 1']);
  });

  it('sends commands to endpoint 0 and data to the bulk endpoint, without indicator and empty packets (Vol 4, Part B, 2.2)', async () => {
    const { clock, transport, out } = await opened();
    transport.send(fromHex(RESET));
    transport.send(fromHex(`02${'4000'}3c00${'11'.repeat(60)}`));
    transport.send(fromHex('05500004000a0b0c0d'));
    expect(transport.writeBacklog).toBe(3 + 64 + 8);
    await clock.advance(1);
    expect(out.toSorted()).toEqual([`2 40003c00${'11'.repeat(60)}`, '2 500004000a0b0c0d', '2000 0 0 030c00']);
    expect(transport.writeBacklog).toBe(0);
  });

  it('keeps the order of data while several transfers are under way, and bounds those', async () => {
    const { clock, transport, usb, out } = await opened();
    for (let i = 0; i < 30; i++) transport.send(Uint8Array.of(2, 0x40, 0, 1, 0, i));
    await clock.advance(10);
    expect(out).toEqual(Array.from({ length: 30 }, (_, i) => `2 40000100${toHex(Uint8Array.of(i))}`));
    expect(usb.mostPending.get(0x02)).toBe(4);
  });

  it('puts events together from several transfers, takes several from one, and passes over empty ones', async () => {
    const { clock, usb, host } = await opened();
    const long = `3e ${'c8'} 02 ${'5a'.repeat(199)}`.replaceAll(' ', '');
    usb.give(0x81, long.slice(0, 128), '', long.slice(128, 256), long.slice(256, 384), long.slice(384));
    usb.give(0x81, `${RESET_DONE}0f0400010000`);
    await clock.advance(20);
    expect(host.packets).toEqual([`4 ${long}`, `4 ${RESET_DONE}`, '4 0f0400010000']);
    expect(host.diagnostics).toEqual([]);
  });

  it('takes ISO data from the endpoint of ACL data, whose length has reserved bits (Vol 4, Part E, 5.4.5)', async () => {
    const { clock, usb, host } = await opened();
    usb.give(0x81, `3e1d19005000${'00'.repeat(25)}`, CONNECTED);
    await clock.advance(5);
    usb.give(0x82, '502004c0aabbccdd4020', '0100ee');
    await clock.advance(5);
    expect(host.packets.slice(2)).toEqual(['5 502004c0aabbccdd', '2 40200100ee']);
    expect(host.diagnostics).toEqual([]);
  });

  it('refuses SCO data, says so once and counts it: there are no isochronous transfers', async () => {
    const { clock, transport, host, out } = await opened();
    for (let i = 0; i < 3; i++) transport.send(fromHex('03500003aabbcc'));
    await clock.advance(10);
    expect(out).toEqual([]);
    expect(host.diagnostics).toMatchObject([
      { kind: 'warning', message: expect.stringMatching(/SCO data is not sent over USB.*isochronous/) },
    ]);
    expect(transport.counters.refusedSco).toBe(3);
  });

  it('says what to do when a controller is silent from the start, with what is known of the chip', async () => {
    const { clock, transport, host } = await opened(renamed(csr8510, 0x0bda, 0x8771));
    transport.send(fromHex(RESET));
    await clock.advance(2000);
    transport.send(fromHex(RESET));
    await clock.advance(5000);
    expect(host.diagnostics).toMatchObject([
      {
        kind: 'warning',
        message: expect.stringMatching(/no event has come within 2000 ms.*Unplug.*firmware.*dmesg/),
      },
    ]);
  });

  it('is silent itself about a controller that answers', async () => {
    const { clock, transport, host, usb } = await opened();
    transport.send(fromHex(RESET));
    await clock.advance(100);
    usb.give(0x81, RESET_DONE);
    await clock.advance(5000);
    expect(host.diagnostics).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('is opened once', async () => {
    const { transport, host } = await opened();
    await expect(transport.open(host.sink())).rejects.toMatchObject({ code: 'PORT_BUSY' });
  });
});

describe('commands on endpoint 0', () => {
  it('that are refused at the device go to the interface, and from then on at once (Vol 4, Part B, 2.2)', async () => {
    const { clock, transport, usb, out, host } = await opened();
    const take = usb.onControl;
    usb.onControl = (setup) => {
      take(setup);
      return setup.requestType === 0x21 ? 0 : TRANSFER_STALL;
    };
    transport.send(fromHex(RESET));
    transport.send(fromHex('01011000'));
    await clock.advance(10);
    expect(out).toEqual(['2000 0 0 030c00', '2100 0 0 030c00', '2100 0 0 011000']);
    expect(host.diagnostics).toEqual([]);
  });

  it('that are refused both ways, or later on, are told of by their opcode', async () => {
    const { clock, transport, usb, host, out } = await opened();
    let status = TRANSFER_STALL;
    const take = usb.onControl;
    usb.onControl = (setup) => take(setup) + status;
    transport.send(fromHex(RESET));
    await clock.advance(10);
    expect(out).toHaveLength(2);
    status = 0;
    transport.send(fromHex(RESET));
    await clock.advance(10);
    status = TRANSFER_STALL;
    transport.send(fromHex('01011000'));
    await clock.advance(10);
    expect(out.slice(2)).toEqual(['2000 0 0 030c00', '2000 0 0 011000']);
    expect(host.diagnostics.map(({ message }) => message)).toEqual([
      'usb:: command 0x0C03 did not reach the controller: the controller refused it (stall)',
      'usb:: command 0x1001 did not reach the controller: the controller refused it (stall)',
    ]);
    expect(transport.counters.failedTransfers).toBe(2);
  });
});

describe('endpoints that fail', () => {
  it('halted: all its transfers end, the halt is cleared, and it goes on in order (USB 2.0, 9.4.5)', async () => {
    const { clock, usb, host, transport } = await opened();
    usb.fail(0x81, TRANSFER_STALL);
    await clock.advance(20);
    expect(usb.log).toContain('clear halt 81');
    expect(usb.pendingAt(0x81)).toBe(4);
    usb.give(0x81, RESET_DONE);
    await clock.advance(20);
    expect(host.packets).toEqual([`4 ${RESET_DONE}`]);
    expect(host.diagnostics).toMatchObject([
      { kind: 'framing', message: expect.stringContaining('halted the endpoint (endpoint 0x81)') },
    ]);
    expect(transport.counters).toMatchObject({ failedTransfers: 1, lostFraming: 0 });
  });

  it('halted within a packet: the packet is lost, and told of as that', async () => {
    const { clock, usb, host, transport } = await opened();
    usb.give(0x82, `4020c800${'aa'.repeat(60)}`);
    await clock.advance(1);
    usb.fail(0x82, TRANSFER_STALL);
    await clock.advance(20);
    expect(host.diagnostics.map(({ kind }) => kind)).toEqual(['framing', 'lost-framing']);
    expect(host.diagnostics[1]!.bytes).toHaveLength(64);
    expect(transport.counters.lostFraming).toBe(1);
    usb.give(0x81, CONNECTED);
    usb.give(0x82, '40200100bb');
    await clock.advance(5);
    expect(host.packets).toEqual([`4 ${CONNECTED}`, '2 40200100bb']);
  });

  it('that sends more than a packet holds (babble): octets are lost', async () => {
    const { clock, usb, host } = await opened();
    usb.give(0x81, 'ee'.repeat(65));
    await clock.advance(20);
    expect(host.diagnostics.map(({ kind }) => kind)).toEqual(['framing', 'lost-framing']);
    usb.fail(0x81, TRANSFER_OVERFLOW);
    usb.give(0x81, RESET_DONE);
    await clock.advance(50);
    expect(host.packets).toEqual([`4 ${RESET_DONE}`]);
  });

  it('that sends what is no event, or data of a handle that cannot be: told of with the octets', async () => {
    const { clock, usb, host } = await opened();
    usb.give(0x81, '00ff0102', RESET_DONE);
    usb.give(0x82, 'ffff0400aabbccdd');
    await clock.advance(20);
    expect(host.packets).toEqual([`4 ${RESET_DONE}`]);
    const told = host.diagnostics.map(({ kind, bytes }) => `${kind} ${toHex(bytes ?? new Uint8Array())}`);
    expect(told.toSorted()).toEqual(['lost-framing 00ff0102', 'lost-framing ffff0400aabbccdd']);
  });

  it('now and then: it goes on as if nothing had been, more slowly with each failure', async () => {
    const { clock, usb, host } = await opened();
    usb.fail(0x81, ...Array(8).fill(TRANSFER_ERROR));
    await clock.advance(1000);
    usb.give(0x81, RESET_DONE);
    await clock.advance(10);
    expect(host.packets).toEqual([`4 ${RESET_DONE}`]);
    expect(host.diagnostics).toHaveLength(8);
    usb.fail(0x81, ...Array(8).fill(TRANSFER_ERROR));
    await clock.advance(1000);
    expect(host.closed).toEqual([]);
  });

  it('each time: after 9 failures in a row the port counts as lost, told once', async () => {
    const { clock, usb, host, transport } = await opened();
    usb.fail(0x81, ...Array(30).fill(TRANSFER_ERROR));
    usb.fail(0x82, ...Array(30).fill(TRANSFER_ERROR));
    await clock.advance(5000);
    expect(host.closed).toMatchObject([
      {
        code: 'PORT_LOST',
        message: expect.stringMatching(/^usb:: a transfer failed, 9 times in a row\. Was/),
      },
    ]);
    expect(usb.isOpen).toBe(false);
    transport.send(fromHex(RESET));
    await transport.close();
    expect(host.closed).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('for data to the controller: the packet is lost, the halt is cleared, the rest goes on', async () => {
    const { clock, usb, host, transport, out } = await opened();
    usb.fail(0x02, TRANSFER_STALL);
    for (let i = 0; i < 8; i++) transport.send(Uint8Array.of(2, 0x40, 0, 1, 0, i));
    await clock.advance(20);
    expect(usb.log).toContain('clear halt 2');
    // Four were under way, and ended with the first of them.
    expect(out).toEqual([4, 5, 6, 7].map((i) => `2 400001000${i}`));
    expect(host.diagnostics.map(({ kind }) => kind)).toEqual(['framing', 'lost-framing']);
    expect(transport.writeBacklog).toBe(0);
  });

  it('for data to the controller, each time: the port counts as lost', async () => {
    const { clock, usb, host, transport } = await opened();
    usb.fail(0x02, ...Array(30).fill(TRANSFER_ERROR));
    for (let i = 0; i < 20; i++) transport.send(Uint8Array.of(2, 0x40, 0, 1, 0, i));
    await clock.advance(3000);
    expect(host.closed).toMatchObject([
      { code: 'PORT_LOST', message: expect.stringContaining('takes no data') },
    ]);
  });
});

describe('a dongle that is unplugged', () => {
  it('is told of once, also where transfers are under way both ways', async () => {
    const { clock, libusb, usb, host, transport } = await opened();
    transport.send(fromHex(RESET));
    for (let i = 0; i < 8; i++) transport.send(Uint8Array.of(2, 0x40, 0, 1, 0, i));
    libusb.unplug(usb);
    await clock.advance(5000);
    expect(host.closed).toMatchObject([
      {
        code: 'PORT_LOST',
        message: 'usb:: the controller was unplugged, or it restarted',
      },
    ]);
    expect(usb.log.at(-1)).toBe('close');
    expect(libusb.listening).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('is noticed without hot-plug events too', async () => {
    const { clock, usb, host } = await opened();
    usb.unplug();
    await clock.advance(3000);
    expect(host.closed).toMatchObject([{ code: 'PORT_LOST', message: expect.stringContaining('is gone') }]);
  });

  it('is no loss of another one', async () => {
    const { clock, libusb, host } = await opened();
    const second = libusb.plug(new SimulatedUsbDevice({ clock, bytes: csr8510, address: 9 }));
    libusb.unplug(second);
    await clock.advance(100);
    expect(host.closed).toEqual([]);
  });

  it('may be gone between the search and the opening', async () => {
    const { clock, usb, transport, host } = plugged();
    usb.unplug();
    await expect(clock.run(transport.open(host.sink()))).rejects.toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringContaining('was unplugged just now'),
    });
  });
});

describe('closing', () => {
  it('resolves when all transfers have ended, the device is closed, and the kernel’s driver has it again', async () => {
    const { clock, usb, host, transport, libusb } = await opened(csr8510, { kernelDriver: 'btusb' });
    expect(usb.kernelDriver).toBeUndefined();
    const closing = transport.close().then(() => {
      expect(usb.log).toEqual(['open', 'claim 0', 'release 0', 'close']);
      expect(usb.kernelDriver).toBe('btusb');
    });
    expect(usb.isOpen).toBe(true);
    await clock.run(Promise.all([closing, transport.close()]));
    expect(host.closed).toEqual([undefined]);
    expect(libusb.listening).toBe(0);
    await transport.close();
    expect(clock.pending).toBe(0);
  });

  it('lets go out what was sent before', async () => {
    const { clock, transport, out } = await opened();
    for (let i = 0; i < 10; i++) transport.send(Uint8Array.of(2, 0x40, 0, 1, 0, i));
    transport.send(fromHex(RESET));
    const closing = transport.close();
    transport.send(fromHex('01011000'));
    await clock.run(closing);
    expect(out).toHaveLength(11);
    expect(out).toContain('2000 0 0 030c00');
  });

  it('does not wait for ever for a device that takes nothing', async () => {
    const { clock, transport, usb, host } = await opened();
    usb.deaf = true;
    for (let i = 0; i < 10; i++) transport.send(Uint8Array.of(2, 0x40, 0, 1, 0, i));
    const before = clock.now();
    await clock.run(transport.close());
    expect(clock.now() - before).toBeLessThan(2001);
    expect(usb.isOpen).toBe(false);
    expect(host.closed).toEqual([undefined]);
  });

  it('within a packet’s delivery ends that: nothing comes afterwards', async () => {
    const { clock, libusb, usb, host, machine } = plugged();
    const transport = transportOf('usb:', machine, clock);
    const sink = host.sink();
    const opening = transport.open({
      ...sink,
      packet: (type, bytes, start, end) => {
        sink.packet(type, bytes, start, end);
        void transport.close();
      },
    });
    await clock.run(opening);
    usb.give(0x81, `${RESET_DONE}${RESET_DONE}`, RESET_DONE);
    await clock.advance(3000);
    expect(host.packets).toHaveLength(1);
    expect(host.closed).toEqual([undefined]);
    expect(libusb.devices[0]!.isOpen).toBe(false);
  });

  it('while it is being opened gives the device back, and opening fails', async () => {
    const { clock, transport, usb, host } = plugged();
    const opening = transport.open(host.sink());
    const refused = expect(opening).rejects.toMatchObject({ code: 'PORT_CLOSED' });
    await clock.run(transport.close());
    await refused;
    expect(usb.isOpen).toBe(false);
    expect(host.closed).toEqual([]);
  });

  it('before it is opened is possible; it cannot be opened then', async () => {
    const { transport, host } = plugged();
    await transport.close();
    await expect(transport.open(host.sink())).rejects.toMatchObject({ code: 'PORT_BUSY' });
  });

  it('makes the device free for the next transport of the same program, and not before', async () => {
    const { clock, transport, machine, host } = await opened();
    const second = transportOf('usb:2fe3:000b', machine, clock);
    await expect(clock.run(second.open(host.sink()))).rejects.toMatchObject({
      code: 'PORT_BUSY',
      message: expect.stringContaining('2fe3:000b at 1-2 is in use'),
    });
    await clock.run(transport.close());
    const third = transportOf('usb:0', machine, clock);
    await clock.run(third.open(host.sink()));
    await clock.run(third.close());
  });
});
