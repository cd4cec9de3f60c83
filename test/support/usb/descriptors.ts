/** Descriptors of devices, octet by octet as the devices send them (USB 2.0, 9.6). */
import { fromHex } from '../../../src/core/hex.js';

/** A device descriptor and the configuration descriptor with all that follows it. */
export interface DeviceBytes {
  readonly device: Uint8Array;
  readonly configuration: Uint8Array;
}

const bytes = (text: string) => fromHex(text.replace(/#.*$/gm, ''));

/** Zephyr's samples/bluetooth/hci_usb on an nRF52840 dongle. */
export const zephyrHciUsb: DeviceBytes = {
  device: bytes('12 01 0002 000000 40 e32f 0b00 0402 01 02 03 01'),
  configuration: bytes(`
    09 02 2700 01 01 00 80 32   # 39 octets, 1 interface, bus powered, 100 mA
    09 04 00 00 03 e0 01 01 00  # interface 0: wireless, radio, Bluetooth
    07 05 81 03 4000 01         # 1 IN, interrupt, 64 octets
    07 05 02 02 4000 01         # 2 OUT, bulk, 64 octets
    07 05 82 02 4000 01         # 2 IN, bulk, 64 octets
  `),
};

/** The same as the device stack of Zephyr really numbers it: data goes to endpoint 1 OUT. */
export const zephyrRenumbered: DeviceBytes = {
  device: zephyrHciUsb.device,
  configuration: bytes(`
    09 02 2700 01 01 00 80 32
    09 04 00 00 03 e0 01 01 00
    07 05 81 03 4000 01
    07 05 01 02 4000 01
    07 05 82 02 4000 01
  `),
};

/** Older releases of Zephyr had the identifiers of all its samples. */
export const olderZephyr: DeviceBytes = {
  device: bytes('12 01 0002 000000 40 e32f 0001 0001 01 02 03 01'),
  configuration: zephyrHciUsb.configuration,
};

/** CSR8510 A10, and the many copies of it: voice at interface 1, with six alternate settings. */
export const csr8510: DeviceBytes = {
  device: bytes('12 01 0002 e00101 40 120a 0100 9188 00 02 00 01'),
  configuration: bytes(`
    09 02 b100 02 01 00 e0 32   # 177 octets, 2 interfaces, self powered, remote wakeup, 100 mA
    09 04 00 00 03 e0 01 01 00
    07 05 81 03 1000 01         # 1 IN, interrupt, 16 octets
    07 05 02 02 4000 01         # 2 OUT, bulk, 64 octets
    07 05 82 02 4000 01         # 2 IN, bulk, 64 octets
    09 04 01 00 02 e0 01 01 00  # interface 1, alternate 0: no bandwidth
    07 05 03 01 0000 01         # 3 OUT, isochronous
    07 05 83 01 0000 01         # 3 IN, isochronous
    09 04 01 01 02 e0 01 01 00
    07 05 03 01 0900 01
    07 05 83 01 0900 01
    09 04 01 02 02 e0 01 01 00
    07 05 03 01 1100 01
    07 05 83 01 1100 01
    09 04 01 03 02 e0 01 01 00
    07 05 03 01 1900 01
    07 05 83 01 1900 01
    09 04 01 04 02 e0 01 01 00
    07 05 03 01 2100 01
    07 05 83 01 2100 01
    09 04 01 05 02 e0 01 01 00
    07 05 03 01 3100 01
    07 05 83 01 3100 01
  `),
};

/** A board with a serial port (interfaces 0 and 1) beside HCI (interface 2), held together by interface associations. */
export const compositeBoard: DeviceBytes = {
  device: bytes('12 01 0002 ef0201 40 e32f 0e00 0403 01 02 03 01'),
  configuration: bytes(`
    09 02 7100 03 01 00 80 32   # 113 octets, 3 interfaces
    08 0b 00 02 02 02 00 00     # association: interfaces 0 and 1, communications
    09 04 00 00 01 02 02 00 00
    05 24 00 1001               # functional descriptors of the class
    05 24 01 00 01
    04 24 02 02
    05 24 06 00 01
    07 05 84 03 1000 0a
    09 04 01 00 02 0a 00 00 00
    07 05 83 02 4000 00
    07 05 03 02 4000 00
    08 0b 02 01 e0 01 01 00     # association: interface 2, Bluetooth
    09 04 02 00 03 e0 01 01 00
    07 05 81 03 1000 01
    07 05 02 02 4000 01
    07 05 82 02 4000 01
  `),
};

/** BCM20702A0: a class of the vendor's own, which is Bluetooth all the same. */
export const broadcom: DeviceBytes = {
  device: bytes('12 01 0002 ff0101 40 5c0a e821 1201 01 02 03 01'),
  configuration: bytes(`
    09 02 2700 01 01 00 e0 00
    09 04 00 00 03 ff 01 01 00
    07 05 81 03 1000 01
    07 05 82 02 4000 01
    07 05 02 02 4000 01
  `),
};

/** A board with a serial port alone. */
export const serialBoard: DeviceBytes = {
  device: bytes('12 01 0002 020000 40 6613 1510 0001 01 02 03 01'),
  configuration: bytes(`
    09 02 3200 02 01 00 80 32
    09 04 00 00 01 02 02 00 00
    05 24 00 1001
    04 24 02 02
    07 05 81 03 0800 0a
    09 04 01 00 01 0a 00 00 00
    07 05 82 02 4000 00
  `),
};

/** A device of the given identifiers, with the configuration of another. */
export function renamed(
  { device, configuration }: DeviceBytes,
  vendor: number,
  product: number,
): DeviceBytes {
  const copy = device.slice();
  copy.set([vendor & 0xff, vendor >> 8, product & 0xff, product >> 8], 8);
  return { device: copy, configuration };
}

/** The same device with another configuration. */
export function withConfiguration({ device }: DeviceBytes, text: string): DeviceBytes {
  return { device, configuration: bytes(text) };
}
