/** What boards and adapters are, by what the operating system tells of their ports: data, and how it is matched. */

/** What a serial port is known by. Fields that the system does not tell are absent. */
export interface PortInfo {
  /** `/dev/ttyACM0`, `/dev/tty.usbmodem1101`, `COM3`. */
  readonly path: string;
  /** USB vendor and product identifier, four hexadecimal digits in lower case. */
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly product?: string | undefined;
  /** Windows' name of the device instance, or Linux' name of the link in /dev/serial/by-id. */
  readonly pnpId?: string | undefined;
  readonly friendlyName?: string | undefined;
}

/** A control line at opening: raised, lowered, or left as the operating system sets it. */
export type LinePolicy = 'on' | 'off' | 'keep';

/** A kind of board or adapter. */
export interface BoardProfile {
  readonly id: string;
  /** For people: `ESP32 board with a CP210x bridge`. */
  readonly name: string;
  /** `hci`: a controller for sure; `maybe`: one when the right firmware is on it; `no`: never. */
  readonly hci: 'hci' | 'maybe' | 'no';
  /** Baud rates in the order in which they are worth trying; a USB CDC port takes any. */
  readonly baudRates: readonly number[];
  readonly rtscts: boolean;
  readonly dtr: LinePolicy;
  readonly rts: LinePolicy;
  /** Whether the lines may fall when the port is closed. */
  readonly hupcl: boolean;
  /** The most octets of one write; more may be corrupted or stall. */
  readonly maxWrite?: number;
  /** What to know of it, or what to do; a sentence. */
  readonly note: string;
}

interface Rule {
  readonly profile: BoardProfile;
  /** USB vendor identifiers, each with its products; `*` is all of them. */
  readonly usb?: Readonly<Record<string, readonly string[] | '*'>>;
  /** What product, manufacturer or pnpId must read like, beside the identifiers. */
  readonly text?: RegExp;
  /** What the path must read like. */
  readonly path?: RegExp;
}

const uart = { rtscts: true, dtr: 'on', rts: 'keep', hupcl: true } as const;
const cdc = { baudRates: [1_000_000], rtscts: false, dtr: 'on', rts: 'keep', hupcl: true } as const;
/** DTR and RTS drive reset and boot mode of ESP32 boards with the auto-reset circuit: both inactive, and left so. */
const esp = {
  hci: 'maybe',
  baudRates: [921_600, 115_200],
  rtscts: false,
  dtr: 'off',
  rts: 'off',
  hupcl: false,
  maxWrite: 63,
} as const;
const never = { hci: 'no', baudRates: [], rtscts: false, dtr: 'keep', rts: 'keep', hupcl: true } as const;

/** From the particular to the general: the first that fits is it. */
const rules: readonly Rule[] = [
  {
    usb: { '1915': ['c00a'] },
    profile: {
      ...never,
      id: 'nordic-connectivity',
      name: 'Nordic dongle with connectivity firmware',
      note: 'Its firmware is not HCI at all (it runs the host itself): flash Zephyr hci_usb or hci_uart instead.',
    },
  },
  {
    usb: { '1915': ['521f', '521a'] },
    profile: {
      ...never,
      id: 'nordic-bootloader',
      name: 'Nordic dongle in its boot loader',
      note: 'Flash HCI firmware with nrfutil, then plug it in again.',
    },
  },
  {
    usb: { '1915': '*' },
    text: /sniffer/i,
    profile: {
      ...never,
      id: 'nordic-sniffer',
      name: 'Nordic dongle with the nRF Sniffer',
      note: 'It sends what it hears to Wireshark, and is no controller: flash Zephyr hci_usb or hci_uart instead.',
    },
  },
  {
    usb: { '1915': '*' },
    profile: {
      ...cdc,
      id: 'nordic-cdc',
      name: 'Nordic board with USB serial',
      hci: 'maybe',
      note: 'With firmware for HCI over USB CDC it is a controller; the baud rate does not matter, DTR has to be on.',
    },
  },
  {
    usb: { '2fe3': '*' },
    profile: {
      ...cdc,
      id: 'zephyr-cdc',
      name: 'Zephyr board with USB serial',
      hci: 'maybe',
      note: 'With samples/bluetooth/hci_uart over USB CDC it is a controller; the baud rate does not matter, DTR has to be on.',
    },
  },
  {
    usb: { '1366': '*' },
    profile: {
      ...uart,
      id: 'j-link',
      name: 'Nordic DK (SEGGER J-Link)',
      hci: 'maybe',
      baudRates: [1_000_000, 115_200],
      maxWrite: 64,
      note: 'With Zephyr hci_uart it is a controller at 1000000 baud with RTS/CTS (?rtscts). Of a board with several ports, the first is the application’s, as a rule.',
    },
  },
  {
    usb: { '303a': '*' },
    profile: {
      ...esp,
      id: 'espressif-usb',
      name: 'ESP32 with USB of its own (C3, S3, C6, H2)',
      note: 'This port is console and flash loader; HCI is on the pins of UART1 (TX4 RX5 RTS6 CTS7), through an adapter.',
    },
  },
  {
    usb: { '10c4': ['ea60', 'ea70', 'ea71'] },
    profile: {
      ...esp,
      id: 'cp210x',
      name: 'CP210x bridge (ESP32 boards, adapters)',
      note: 'On ESP32 boards this is UART0, the console, unless the HCI firmware was built for it; DTR and RTS are kept inactive, as they reset the chip.',
    },
  },
  {
    usb: { '1a86': '*' },
    profile: {
      ...esp,
      id: 'ch34x',
      name: 'CH340, CH343 or CH9102 bridge (ESP32 boards, adapters)',
      note: 'On ESP32 boards this is UART0, the console, unless the HCI firmware was built for it; DTR and RTS are kept inactive, as they reset the chip.',
    },
  },
  {
    usb: { '0403': ['6010', '6011'] },
    text: /esp|jtag|prog/i,
    profile: {
      ...esp,
      id: 'esp-prog',
      name: 'ESP-Prog or another debugger with an FTDI chip',
      note: 'The second port is the serial one.',
    },
  },
  {
    usb: { '0403': '*' },
    profile: {
      ...uart,
      id: 'ftdi',
      name: 'FTDI adapter',
      hci: 'maybe',
      baudRates: [1_000_000, 921_600, 115_200],
      rtscts: false,
      note: 'A latency timer of 16 ms slows every answer: set it to 1 ms (/sys/bus/usb-serial/devices/ttyUSB0/latency_timer).',
    },
  },
  {
    usb: { '067b': '*' },
    profile: {
      ...uart,
      id: 'prolific',
      name: 'Prolific adapter',
      hci: 'maybe',
      baudRates: [921_600, 115_200],
      rtscts: false,
      note: 'Many copies do no more than 115200 baud reliably.',
    },
  },
  {
    usb: { '0483': ['374b', '374e', '374f', '3752', '3753', '3754'] },
    profile: {
      ...uart,
      id: 'st-link',
      name: 'ST board (ST-Link)',
      hci: 'maybe',
      baudRates: [1_000_000, 115_200],
      rtscts: false,
      note: 'With Zephyr hci_uart on the board it is a controller.',
    },
  },
  {
    usb: { '0d28': '*' },
    profile: {
      ...uart,
      id: 'daplink',
      name: 'Board with DAPLink (micro:bit and others)',
      hci: 'maybe',
      baudRates: [1_000_000, 115_200],
      rtscts: false,
      note: 'With Zephyr hci_uart on the board it is a controller; DAPLink has no RTS/CTS.',
    },
  },
  {
    usb: { '0451': '*', '1cbe': '*' },
    profile: {
      ...uart,
      id: 'ti-launchpad',
      name: 'TI board or CC2540 dongle',
      hci: 'maybe',
      baudRates: [115_200],
      rtscts: false,
      note: 'With TI’s host_test firmware it speaks HCI with vendor commands.',
    },
  },
  {
    usb: { '2e8a': '*', '239a': '*', '2341': '*', '2a03': '*' },
    profile: {
      ...cdc,
      id: 'maker-board',
      name: 'Raspberry Pi Pico, Adafruit or Arduino board',
      hci: 'maybe',
      note: 'It runs a program of its own (MicroPython, Arduino), unless HCI firmware was flashed.',
    },
  },
  {
    usb: { '1546': '*' },
    profile: { ...never, id: 'gps', name: 'GPS receiver (u-blox)', note: 'It sends positions.' },
  },
  {
    usb: {
      '12d1': '*',
      '1199': '*',
      '2c7c': '*',
      '05c6': '*',
      '19d2': '*',
      '1bbb': '*',
      '413c': ['81a3', '81a8', '81b6'],
    },
    profile: {
      ...never,
      id: 'modem',
      name: 'Mobile modem',
      note: 'Its serial ports take AT commands.',
    },
  },
  {
    usb: { '04e8': '*', '05ac': '*', '18d1': '*', '22b8': '*', '2717': '*', '2a70': '*', '0fce': '*' },
    profile: {
      ...never,
      id: 'phone',
      name: 'Phone',
      note: 'A phone’s serial port is its modem: it takes AT commands, its Bluetooth cannot be reached there.',
    },
  },
  {
    path: /Bluetooth-Incoming-Port|debug-console|wlan-debug|\/dev\/(rfcomm|tty\.BLTH)/i,
    profile: {
      ...never,
      id: 'system-port',
      name: 'A port of the operating system',
      note: 'It leads to nothing outside of the computer.',
    },
  },
  {
    text: /Standard Serial over Bluetooth|BTHENUM/i,
    profile: {
      ...never,
      id: 'bluetooth-spp',
      name: 'Serial port over Bluetooth',
      note: 'It leads to a paired device.',
    },
  },
  {
    path: /\/dev\/ttyS\d+$|\/dev\/ttyAMA\d+$/,
    profile: {
      ...uart,
      id: 'uart',
      name: 'Serial port of the computer itself',
      hci: 'maybe',
      baudRates: [115_200, 921_600, 1_000_000],
      rtscts: false,
      note: 'A controller may be wired to it.',
    },
  },
];

/** The profile of a port that nothing is known of. */
export const unknownBoard: BoardProfile = {
  ...uart,
  id: 'unknown',
  name: 'Serial port',
  hci: 'maybe',
  baudRates: [1_000_000, 115_200, 921_600],
  rtscts: false,
  dtr: 'keep',
  note: 'Nothing is known of it.',
};

/** What a port most probably is. Never fails: see {@link unknownBoard}. */
export function boardOf(info: PortInfo): BoardProfile {
  return rules.find((rule) => fits(rule, info))?.profile ?? unknownBoard;
}

function fits({ usb, text, path }: Rule, info: PortInfo): boolean {
  if (usb) {
    const products = usb[info.vendorId?.toLowerCase() ?? ''];
    if (products === undefined) return false;
    if (products !== '*' && !products.includes(info.productId?.toLowerCase() ?? '')) return false;
  }
  if (text) {
    const words = [info.product, info.manufacturer, info.pnpId, info.friendlyName].join(' ');
    if (!text.test(words)) return false;
  }
  return !path || path.test(info.path);
}
