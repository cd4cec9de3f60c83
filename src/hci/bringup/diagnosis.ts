import { toHex } from '../../core/hex.js';

/** What sends octets that are no answer of an HCI controller. */
export type DiagnosisCode =
  | 'silent'
  | 'echo'
  | 'h4'
  | 'h5'
  | 'truncated'
  | 'esp-download'
  | 'esp-boot-log'
  | 'zephyr-boot-log'
  | 'zephyr-shell'
  | 'python'
  | 'at-modem'
  | 'nmea'
  | 'text'
  | 'garbage';

/** What was found instead of an HCI controller. */
export interface Diagnosis {
  readonly code: DiagnosisCode;
  /** What came, in half a sentence. */
  readonly what: string;
  /** What to do about it. */
  readonly advice: string;
}

/** What was sent to get an answer: HCI_Reset by H4, or SYNC by H5. */
export type Asked = 'h4' | 'h5';

interface Finding extends Diagnosis {
  /** Whether it is that; `text` is empty when the octets are no text. */
  readonly test: (octets: Uint8Array, text: string, asked: Asked) => boolean;
}

const RESET = '01030c00';
const RESET_ANSWER = '040e0401030c00';
/** SYNC and SYNC RESPONSE of the three-wire layer, between their delimiters. */
const H5_SYNC = /c0002f00d0(017e|027d)c0/;

/** From the particular to the general: the first that fits is it. */
const findings: readonly Finding[] = [
  {
    code: 'silent',
    what: 'the port opened, but nothing answers HCI',
    advice:
      'Is the board flashed with HCI-over-UART firmware, is it powered, is the cable one with data lines, are TX and RX crossed, ' +
      'do baud rate and RTS/CTS match?',
    test: (octets) => octets.length === 0,
  },
  {
    code: 'echo',
    what: 'what is sent comes back',
    advice:
      'TX and RX are joined, or a terminal echoes: it is no controller. Check the wiring, and take the other port of the board.',
    test: (octets, _text, asked) =>
      asked === 'h4' && octets.length >= 4 && toHex(octets).replaceAll(RESET, '') === '',
  },
  {
    code: 'h5',
    what: 'a controller answers by H5 (three-wire) instead of H4',
    advice: 'Add the option h5 to the port: serial:…?h5.',
    test: (octets, _text, asked) => asked === 'h4' && H5_SYNC.test(toHex(octets)),
  },
  {
    code: 'h4',
    what: 'a controller sends HCI packets by H4',
    advice: 'Leave out the option h5.',
    test: (octets, _text, asked) => asked === 'h5' && hasEvents(octets),
  },
  {
    code: 'h4',
    what: 'HCI packets come, but no answer to HCI_Reset',
    advice:
      'The controller does not get what is sent: check TX, and RTS/CTS (rtscts). Or another host uses it at the same time.',
    test: (octets) => hasEvents(octets),
  },
  {
    code: 'truncated',
    what: 'an answer to HCI_Reset begins and breaks off',
    advice:
      'Octets are lost: connect RTS and CTS and add the option rtscts, or lower the baud rate on both sides.',
    test: (octets) => breaksOff(toHex(octets)),
  },
  {
    code: 'esp-download',
    what: 'an ESP32 in its boot loader waits for a download',
    advice:
      'Release the BOOT button (GPIO0, GPIO9) and reset the board; flash the HCI firmware if that was not done.',
    test: (_octets, text) => /waiting for download|DOWNLOAD_BOOT|DOWNLOAD\(/i.test(text),
  },
  {
    code: 'esp-boot-log',
    what: 'an ESP32 boots and prints its log, and does not answer HCI',
    advice:
      'This is the console (UART0). HCI is on another UART: TX5 RX18 CTS23 RTS19 on the ESP32, TX4 RX5 RTS6 CTS7 on C3 and S3; ' +
      'or the firmware is no HCI controller.',
    test: (_octets, text) => /ESP-ROM:|rst:0x[0-9a-f]+ ?\(|boot:0x|esp32|esp-idf/i.test(text),
  },
  {
    code: 'zephyr-shell',
    what: 'a Zephyr shell answers',
    advice:
      'It looks like the text of an application or a boot log: flash samples/bluetooth/hci_uart (or hci_usb), or take the other port of the board.',
    test: (_octets, text) => /uart:~\$|shell_uart/.test(text),
  },
  {
    code: 'zephyr-boot-log',
    what: 'Zephyr boots and prints its log, and does not answer HCI',
    advice:
      'It looks like the text of an application or a boot log: flash samples/bluetooth/hci_uart, or take the other port of the board.',
    test: (_octets, text) =>
      /Booting (Zephyr|nRF Connect|MCUboot)|\*\*\* Using (Zephyr|nRF Connect)/i.test(text),
  },
  {
    code: 'python',
    what: 'a MicroPython or CircuitPython prompt answers',
    advice: 'The board runs Python: flash HCI-over-UART firmware.',
    test: (_octets, text) => /(^|[\r\n])>>> |MicroPython|CircuitPython/.test(text),
  },
  {
    code: 'at-modem',
    what: 'a modem that takes AT commands answers',
    advice:
      'It is the modem port of a phone or an LTE module, or a Bluetooth module with AT firmware: not a controller. Take another port.',
    test: (_octets, text) => /(^|[\r\n])(OK|ERROR|NO CARRIER|RING|\+C[A-Z]{2,4}: ?[^\r\n]*)[\r\n]/.test(text),
  },
  {
    code: 'nmea',
    what: 'a GPS receiver sends positions (NMEA)',
    advice: 'It is not a controller: take another port.',
    test: (_octets, text) => /\$G[A-Z]{4},/.test(text),
  },
  {
    code: 'text',
    what: 'text comes',
    advice:
      'It looks like the text of an application or a boot log: flash HCI-over-UART firmware, or take the other port of the board.',
    test: (_octets, text) => text !== '',
  },
  {
    code: 'garbage',
    what: 'octets come that make no sense',
    advice:
      'Most often the baud rate is wrong (1000000 for Zephyr, 115200 or 921600 for ESP32): try baud=auto.',
    test: () => true,
  },
];

/**
 * Says what sends octets that hold no answer of a controller.
 * @param octets what came, from the beginning
 * @param asked what was sent
 */
export function diagnose(octets: Uint8Array, asked: Asked): Diagnosis {
  const text = readable(octets) ?? '';
  const { code, what, advice } = findings.find(({ test }) => test(octets, text, asked))!;
  return { code, what: octets.length === 0 ? what : `${what} (${sample(octets, text)})`, advice };
}

/** What came, shortened: text as text, other octets in hexadecimal. */
function sample(octets: Uint8Array, text: string): string {
  const shown = text === '' ? toHex(octets.subarray(0, 32), ' ') : JSON.stringify(text.slice(0, 80));
  return `${octets.length} octets: ${shown}`;
}

/** The octets as text when most of them are printable; `undefined` otherwise. */
export function readable(octets: ArrayLike<number>): string | undefined {
  let printable = 0;
  let text = '';
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]!;
    if (
      (octet >= 0x20 && octet < 0x7f) ||
      octet === 0x0a ||
      octet === 0x0d ||
      octet === 0x09 ||
      octet === 0x1b
    )
      printable++;
    text += String.fromCharCode(octet);
  }
  return octets.length < 4 || printable < 0.8 * octets.length ? undefined : text;
}

/** Whether whole events of HCI lie somewhere in the octets, one behind the other to the end, or two at least. */
function hasEvents(octets: Uint8Array): boolean {
  for (let start = 0; start + 4 <= octets.length; start++) {
    let at = start;
    let events = 0;
    while (at + 3 <= octets.length && isEvent(octets, at) && at + 3 + octets[at + 2]! <= octets.length) {
      at += 3 + octets[at + 2]!;
      events++;
    }
    if (events > 1 || (events === 1 && at === octets.length)) return true;
  }
  return false;
}

const known: readonly number[] = [0x05, 0x0e, 0x0f, 0x10, 0x13, 0x3e, 0xff];

function isEvent(octets: Uint8Array, at: number): boolean {
  return octets[at] === 4 && known.includes(octets[at + 1]!) && octets[at + 2]! >= 1;
}

/** Whether the octets end within the answer to HCI_Reset. */
function breaksOff(hex: string): boolean {
  for (let size = RESET_ANSWER.length - 2; size >= 4; size -= 2)
    if (hex.endsWith(RESET_ANSWER.slice(0, size))) return true;
  return false;
}
