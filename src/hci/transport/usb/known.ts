/** What is known of USB controllers by their identifiers. */

/** What to tell of a controller. */
export interface KnownController {
  /** For people: `CSR8510, or a copy of it`. */
  readonly name: string;
  /** What to know of it; a sentence, or nothing. */
  readonly note: string;
}

const firmware = (chip: string) =>
  `${chip} works with the firmware that the operating system loads into it: plug it in and let the system use it once (on Linux: dmesg | grep -i bluetooth tells whether that went well), then open it here without unplugging it`;

const realtek: KnownController = { name: 'Realtek RTL8761B', note: firmware('This chip') };

const byProduct: Readonly<Record<string, KnownController>> = {
  '2fe3:0100': { name: 'Zephyr hci_usb (older releases)', note: '' },
  '2fe3:000b': { name: 'Zephyr hci_usb', note: '' },
  '0a12:0001': {
    name: 'CSR8510, or a copy of it',
    note: 'Copies of this chip are many: some miss every second HCI_Reset, and do not all that they say',
  },
  '0bda:8771': realtek,
  '0bda:a725': realtek,
  '0bda:a728': realtek,
  '2357:0604': { ...realtek, name: 'TP-Link UB500 (Realtek RTL8761B)' },
  '0b05:190e': { ...realtek, name: 'ASUS BT500 (Realtek RTL8761B)' },
  '2550:8761': realtek,
};

const byVendor: Readonly<Record<string, KnownController>> = {
  '2fe3': { name: 'Zephyr board', note: '' },
  '8087': { name: 'Intel controller', note: firmware('An Intel controller') },
  '0bda': { name: 'Realtek controller', note: firmware('A Realtek controller') },
  '0a5c': { name: 'Broadcom controller', note: firmware('A Broadcom controller') },
  '0e8d': { name: 'MediaTek controller', note: firmware('A MediaTek controller') },
  '0cf3': { name: 'Qualcomm Atheros controller', note: firmware('A Qualcomm controller') },
  '0a12': { name: 'CSR controller', note: '' },
  '1915': { name: 'Nordic board', note: '' },
};

const unknown: KnownController = { name: 'Bluetooth controller', note: '' };

/** What is known of a device by its identifiers. */
export function knownController(vendorId: number, productId: number): KnownController {
  return byProduct[usbId(vendorId, productId)] ?? byVendor[hex4(vendorId)] ?? unknown;
}

/** `2fe3:000b` */
export function usbId(vendorId: number, productId: number): string {
  return `${hex4(vendorId)}:${hex4(productId)}`;
}

/** Four hexadecimal digits, in lower case. */
export function hex4(value: number): string {
  return value.toString(16).padStart(4, '0');
}
