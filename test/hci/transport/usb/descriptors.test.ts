import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../../src/core/clock.js';
import { packageBus } from '../../../../src/hci/transport/node/usb-device.js';
import { findHciFunction, promisesBluetooth } from '../../../../src/hci/transport/usb/hci-function.js';
import {
  broadcom,
  compositeBoard,
  csr8510,
  type DeviceBytes,
  olderZephyr,
  renamed,
  serialBoard,
  withConfiguration,
  zephyrHciUsb,
  zephyrRenumbered,
} from '../../../support/usb/descriptors.js';
import { SimulatedLibusb, SimulatedUsbDevice } from '../../../support/usb/libusb.js';

/** What the adapter reads of a device with these descriptors. */
function descriptionOf(bytes: DeviceBytes) {
  const libusb = new SimulatedLibusb();
  libusb.plug(new SimulatedUsbDevice({ clock: new SimulatedClock(), bytes }));
  return packageBus(libusb, () => ({})).devices()[0]!.description;
}

const hciOf = (bytes: DeviceBytes, any = false) => findHciFunction(descriptionOf(bytes), any);

describe('the descriptors of the tests', () => {
  it.each(
    Object.entries({
      zephyrHciUsb,
      zephyrRenumbered,
      olderZephyr,
      csr8510,
      compositeBoard,
      broadcom,
      serialBoard,
    }),
  )('%s has the lengths that it says (USB 2.0, 9.6)', (_name, { device, configuration }) => {
    expect(device.length).toBe(18);
    expect(configuration[2]! | (configuration[3]! << 8)).toBe(configuration.length);
    const interfaces = new Set(
      descriptionOf({ device, configuration }).interfaces.map((one) => one.interfaceNumber),
    );
    expect(configuration[4]).toBe(interfaces.size);
  });
});

describe('HCI in the descriptors of a device', () => {
  it('is the interface of class E0/01/01 of Zephyr hci_usb, 2FE3:000B, whose device has no class', () => {
    expect(hciOf(zephyrHciUsb)).toEqual({
      interfaceNumber: 0,
      alternateSetting: 0,
      events: { address: 0x81, type: 'interrupt', maxPacketSize: 64 },
      dataIn: { address: 0x82, type: 'bulk', maxPacketSize: 64 },
      dataOut: { address: 0x02, type: 'bulk', maxPacketSize: 64 },
      requestType: 0x20,
      requestIndex: 0,
      vendorClass: false,
    });
    expect(hciOf(olderZephyr)).toEqual(hciOf(zephyrHciUsb));
  });

  it('has the endpoint addresses that the descriptors give, not the usual ones', () => {
    expect(hciOf(zephyrRenumbered)?.dataOut.address).toBe(0x01);
  });

  it('is interface 0 of a CSR8510, 0A12:0001, and not its voice interface with six alternate settings', () => {
    const description = descriptionOf(csr8510);
    expect(description.interfaces).toHaveLength(7);
    const voice = description.interfaces.filter((one) => one.interfaceNumber === 1);
    expect(voice.map(({ endpoints }) => endpoints.map((one) => one.maxPacketSize))).toEqual(
      [0, 9, 17, 25, 33, 49].map((size) => [size, size]),
    );
    expect(hciOf(csr8510)).toMatchObject({
      interfaceNumber: 0,
      events: { address: 0x81, maxPacketSize: 16 },
      requestType: 0x20,
    });
  });

  it('takes commands at its interface when it is part of a composite device (Vol 4, Part B, 2.2)', () => {
    expect(hciOf(compositeBoard)).toMatchObject({
      interfaceNumber: 2,
      requestType: 0x21,
      requestIndex: 2,
    });
  });

  it('is found at a vendor’s class of makers that are known for it, or when the user names the device', () => {
    expect(hciOf(broadcom)).toMatchObject({ vendorClass: true, requestType: 0x20 });
    const other = renamed(broadcom, 0x1234, 0x5678);
    expect(hciOf(other)).toBeUndefined();
    expect(hciOf(other, true)).toMatchObject({ vendorClass: true });
  });

  it('is found at another alternate setting, where that has the endpoints', () => {
    const bytes = withConfiguration(
      zephyrHciUsb,
      `09 02 3000 01 01 00 80 32
       09 04 00 00 00 e0 01 01 00
       09 04 00 01 03 e0 01 01 00
       07 05 81 03 4000 01
       07 05 82 02 4000 01
       07 05 02 02 4000 01`,
    );
    expect(hciOf(bytes)).toMatchObject({ alternateSetting: 1 });
  });

  it('is the high-speed one with packets of 512 octets, whose high-bandwidth bits do not count (USB 2.0, 9.6.6)', () => {
    const bytes = withConfiguration(
      zephyrHciUsb,
      `09 02 2700 01 01 00 80 32
       09 04 00 00 03 e0 01 01 00
       07 05 81 03 1008 01
       07 05 82 02 0002 00
       07 05 02 02 0002 00`,
    );
    expect(hciOf(bytes)).toMatchObject({ events: { maxPacketSize: 16 }, dataIn: { maxPacketSize: 512 } });
  });

  it.each([
    ['a serial board', serialBoard],
    [
      'no endpoint for events',
      withConfiguration(
        zephyrHciUsb,
        '09 02 2000 01 01 00 80 32  09 04 00 00 02 e0 01 01 00  07 05 02 02 4000 01  07 05 82 02 4000 01',
      ),
    ],
    [
      'two endpoints of the same direction',
      withConfiguration(
        zephyrHciUsb,
        '09 02 2700 01 01 00 80 32  09 04 00 00 03 e0 01 01 00  07 05 81 03 4000 01  07 05 82 02 4000 01  07 05 83 02 4000 01',
      ),
    ],
    [
      'an endpoint of no length',
      withConfiguration(
        zephyrHciUsb,
        '09 02 2700 01 01 00 80 32  09 04 00 00 03 e0 01 01 00  07 05 81 03 0000 01  07 05 82 02 4000 01  07 05 02 02 4000 01',
      ),
    ],
    [
      'an AMP controller (protocol 4)',
      withConfiguration(
        zephyrHciUsb,
        '09 02 2700 01 01 00 80 32  09 04 00 00 03 e0 01 04 00  07 05 81 03 4000 01  07 05 82 02 4000 01  07 05 02 02 4000 01',
      ),
    ],
    ['no interface at all', withConfiguration(zephyrHciUsb, '09 02 0900 00 01 00 80 32')],
  ])('is not there: %s', (_name, bytes) => {
    expect(hciOf(bytes)).toBeUndefined();
  });

  it('cannot be known of half a descriptor, or one of no length: the device says why', () => {
    for (const text of ['09 02 2700 01 01 00 80 32  09 04 00 00 03 e0', '09 02 2700 01 01 00 80 32  00 04']) {
      const description = descriptionOf(withConfiguration(csr8510, text));
      expect(description).toMatchObject({ interfaces: [], problem: 'LIBUSB_ERROR_IO' });
      expect(findHciFunction(description)).toBeUndefined();
      // The device's own class tells that there should be a controller.
      expect(promisesBluetooth(description)).toBe(true);
    }
  });

  it('never makes the adapter fail, whatever octets a device sends for descriptors', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (configuration) => {
        const description = descriptionOf({ device: zephyrHciUsb.device, configuration });
        const hci = findHciFunction(description, true);
        if (hci) expect(hci.events.maxPacketSize * hci.dataIn.maxPacketSize).toBeGreaterThan(0);
      }),
    );
  });
});
