import { beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../../src/core/clock.js';
import { TransportError } from '../../../../src/core/errors.js';
import { fromHex } from '../../../../src/core/hex.js';
import {
  type UsbDescription,
  type UsbDevice,
  type UsbDone,
  UsbError,
  type UsbStatus,
} from '../../../../src/hci/transport/usb/device.js';
import { findHciFunction } from '../../../../src/hci/transport/usb/hci-function.js';
import { UsbTransport } from '../../../../src/hci/transport/usb/usb-transport.js';
import { Recorder } from '../../../support/usb/dongle.js';

const description: UsbDescription = {
  vendorId: 0x2fe3,
  productId: 0x000b,
  classCode: 0,
  subclass: 0,
  protocol: 0,
  bus: 1,
  address: 4,
  ports: [2],
  interfaces: [
    {
      interfaceNumber: 0,
      alternateSetting: 0,
      classCode: 0xe0,
      subclass: 1,
      protocol: 1,
      endpoints: [
        { address: 0x81, type: 'interrupt', maxPacketSize: 16 },
        { address: 0x82, type: 'bulk', maxPacketSize: 64 },
        { address: 0x02, type: 'bulk', maxPacketSize: 64 },
      ],
    },
  ],
};

/** A device whose transfers end when the test says so. */
class HandDevice implements UsbDevice {
  readonly description = description;
  readonly log: string[] = [];
  /** What ends each transfer that is under way, in the order of their beginning. */
  readonly pending: { endpoint: number; end: (status: UsbStatus, octets?: string) => void }[] = [];
  /** Transfers that begin from now on fail at once, after this many. */
  failAfter = Number.POSITIVE_INFINITY;
  halt: 'clears' | 'stays' = 'clears';
  control: UsbStatus = 'completed';
  claimError: UsbError | undefined;

  strings() {
    return Promise.resolve({});
  }

  async open() {
    this.log.push('open');
  }

  async claim() {
    if (this.claimError) throw this.claimError;
  }

  inTransfer(endpoint: number, length: number, done: UsbDone) {
    return this.transfer(endpoint, done, new Uint8Array(length));
  }

  outTransfer(endpoint: number, done: UsbDone) {
    return this.transfer(endpoint, done, new Uint8Array(0));
  }

  controlOut() {
    return Promise.resolve(this.control);
  }

  async clearHalt(endpoint: number) {
    this.log.push(`clear ${endpoint.toString(16)}`);
    if (this.halt === 'stays') throw new UsbError('LIBUSB_ERROR_IO', 'other');
  }

  async close() {
    expect(this.pending).toEqual([]);
    this.log.push('close');
  }

  onGone() {
    return () => {};
  }

  /** Ends the first transfer of an endpoint. */
  end(endpoint: number, status: UsbStatus, octets?: string) {
    this.pending.find((one) => one.endpoint === endpoint)!.end(status, octets);
  }

  count(endpoint: number) {
    return this.pending.filter((one) => one.endpoint === endpoint).length;
  }

  private transfer(endpoint: number, done: UsbDone, buffer: Uint8Array) {
    let mine: (typeof this.pending)[number] | undefined;
    const end = (status: UsbStatus, octets = '') => {
      if (!mine) return;
      this.pending.splice(this.pending.indexOf(mine), 1);
      mine = undefined;
      const bytes = fromHex(octets);
      buffer.set(bytes);
      done(status, buffer, bytes.length);
    };
    return {
      submit: () => {
        expect(mine).toBeUndefined();
        if (this.failAfter-- <= 0) throw new UsbError('LIBUSB_ERROR_NO_DEVICE', 'gone');
        mine = { endpoint, end };
        this.pending.push(mine);
      },
      cancel: () => queueMicrotask(() => end('cancelled')),
    };
  }
}

let clock: SimulatedClock;
let device: HandDevice;
let host: Recorder;
let transport: UsbTransport;
beforeEach(() => {
  clock = new SimulatedClock();
  device = new HandDevice();
  host = new Recorder();
  transport = new UsbTransport('usb:', {
    clock,
    find: async () => ({ device, hci: findHciFunction(description)! }),
    explain: (_device, error) =>
      new TransportError(`explained: ${error.message}`, 'PORT_DENIED', { cause: error }),
  });
});
const open = () => clock.run(transport.open(host.sink()));

describe('a USB transport, transfer by transfer', () => {
  it('passes on what lies in one transfer where it is, and begins that transfer again after it', async () => {
    await open();
    device.end(0x81, 'completed', '0e0401030c00');
    expect(host.packets).toEqual(['4 0e0401030c00']);
    expect(device.count(0x81)).toBe(4);
    expect(device.count(0x82)).toBe(16);
  });

  it('takes what came before a transfer failed', async () => {
    await open();
    device.end(0x81, 'error', '0e0401030c00');
    await clock.advance(1);
    expect(host.packets).toEqual(['4 0e0401030c00']);
    expect(host.diagnostics.map(({ kind }) => kind)).toEqual(['framing']);
    expect(device.count(0x81)).toBe(4);
  });

  it('ends the other transfers of a halted endpoint before it clears the halt', async () => {
    await open();
    device.end(0x82, 'stall');
    device.end(0x82, 'completed', '40200000');
    expect(device.log).toEqual(['open']);
    await clock.advance(0);
    expect(device.log).toEqual(['open', 'clear 82']);
    expect(device.count(0x82)).toBe(16);
  });

  it('ends with PORT_LOST when a halt cannot be cleared', async () => {
    await open();
    device.halt = 'stays';
    device.end(0x81, 'stall');
    await clock.advance(10);
    expect(host.closed).toMatchObject([
      { code: 'PORT_LOST', message: expect.stringContaining('its endpoint stays halted') },
    ]);
    expect(device.log.at(-1)).toBe('close');
  });

  it('ends with PORT_LOST when a transfer cannot begin any more, in either direction', async () => {
    await open();
    device.failAfter = 0;
    device.end(0x81, 'completed', '0e0401030c00');
    transport.send(fromHex('0240000100aa'));
    await clock.advance(10);
    expect(host.closed).toMatchObject([
      { code: 'PORT_LOST', message: expect.stringContaining('cannot be read any more') },
    ]);
  });

  it('ends with PORT_LOST when data cannot be sent any more', async () => {
    await open();
    device.failAfter = 0;
    transport.send(fromHex('0240000100aa'));
    await clock.advance(10);
    expect(host.closed).toMatchObject([
      { code: 'PORT_LOST', message: expect.stringContaining('cannot be written to any more') },
    ]);
    expect(transport.writeBacklog).toBe(0);
  });

  it('ends with PORT_LOST when a command finds the device gone', async () => {
    await open();
    device.control = 'gone';
    transport.send(fromHex('01030c00'));
    await clock.advance(10);
    expect(host.closed).toMatchObject([{ code: 'PORT_LOST' }]);
  });

  it('gives the device back when reading cannot begin at all, and explains it', async () => {
    device.failAfter = 7;
    await expect(open()).rejects.toMatchObject({
      code: 'PORT_DENIED',
      message: 'explained: LIBUSB_ERROR_NO_DEVICE',
    });
    expect(device.log).toEqual(['open', 'close']);
    expect(host.closed).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('gives the device back when it cannot be claimed', async () => {
    device.claimError = new UsbError('LIBUSB_ERROR_BUSY', 'busy');
    await expect(open()).rejects.toMatchObject({ message: 'explained: LIBUSB_ERROR_BUSY' });
    expect(device.log).toEqual(['open', 'close']);
  });

  it('tells of a device that goes while a halt is cleared once', async () => {
    await open();
    device.end(0x81, 'stall');
    device.end(0x81, 'gone');
    device.end(0x82, 'gone');
    await clock.advance(2000);
    expect(host.closed).toHaveLength(1);
    expect(device.log.at(-1)).toBe('close');
  });
});
