import type { Access } from '../../gatt/index.js';
import { AttErrorCode, AttRefusal, characteristic, service } from '../../gatt/index.js';
import { Feed } from './feed.js';
import type { SimulatedService } from './simulated-device.js';

/** The report map of a keyboard with eight modifiers, six keys at once and five lamps: HID 1.11, appendix B.1. */
const REPORT_MAP = Uint8Array.of(
  ...[0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x85, 0x01],
  // Eight modifiers.
  ...[0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02],
  // An octet that is reserved.
  ...[0x95, 0x01, 0x75, 0x08, 0x81, 0x01],
  // Five lamps, and three bits to fill the octet.
  ...[
    0x95, 0x05, 0x75, 0x01, 0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x91, 0x02, 0x95, 0x01, 0x75, 0x03, 0x91,
    0x01,
  ],
  // Six keys.
  ...[0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xc0],
);

const REPORT_ID = 1;
const INPUT = 1;
const OUTPUT = 2;
/** Version 1.11, no country, wakes up remotely, and can be connected to: HID Service 1.0, 2.10. */
const HID_INFORMATION = Uint8Array.of(0x11, 0x01, 0x00, 0x03);
const LEFT_SHIFT = 0x02;
const NOTHING = new Uint8Array(8);

/** Usages on the keyboard page of a US keyboard: HID Usage Tables, 10. Two characters a key: without and with shift. */
const keys: readonly [usage: number, characters: string][] = [
  ...Array.from({ length: 26 }, (_, i): [number, string] => {
    const letter = String.fromCharCode(0x61 + i);
    return [0x04 + i, letter + letter.toUpperCase()];
  }),
  ...['1!', '2@', '3#', '4$', '5%', '6^', '7&', '8*', '9(', '0)'].map((pair, i): [number, string] => [
    0x1e + i,
    pair,
  ]),
  [0x28, '\n'],
  [0x2b, '\t'],
  [0x2c, ' '],
  ...['-_', '=+', '[{', ']}', '\\|'].map((pair, i): [number, string] => [0x2d + i, pair]),
  ...[';:', '\'"', '`~', ',<', '.>', '/?'].map((pair, i): [number, string] => [0x33 + i, pair]),
];

const strokes = new Map<string, Uint8Array>();
for (const [usage, characters] of keys) {
  for (const [shift, character] of [...characters].entries()) {
    strokes.set(character, Uint8Array.of(shift === 0 ? 0 : LEFT_SHIFT, 0, usage, 0, 0, 0, 0, 0));
  }
}

/**
 * The reports of typing a text: each key goes down and up again.
 * @throws {RangeError} naming a character that a US keyboard does not have
 */
export function keyReports(text: string): Uint8Array[] {
  return [...text].flatMap((character) => {
    const stroke = strokes.get(character);
    if (!stroke) throw new RangeError(`text: ${JSON.stringify(character)} is on no key of a US keyboard`);
    return [stroke, NOTHING];
  });
}

/** What {@link keyboardService} takes. */
export interface KeyboardOptions {
  /** What it types, again and again, while somebody is subscribed. */
  readonly text: string;
  /** Milliseconds from one report to the next; 50. */
  readonly keyMs?: number;
  /**
   * The security that reading and writing needs (LE security mode 1): 2 as the HID over GATT Profile 1.0, 6.1, asks for, or 1
   * for hosts that cannot pair; 2.
   */
  readonly securityLevel?: 1 | 2 | 3 | 4;
}

/** Human Interface Device (0x1812): a keyboard in report mode and in boot mode. HID Service 1.0. */
export function keyboardService({ text, keyMs = 50, securityLevel = 2 }: KeyboardOptions): SimulatedService {
  const reports = keyReports(text);
  const access: Access = { level: securityLevel };
  return (server, { clock }) => {
    let at = 0;
    let boot = false;
    const reference = (type: number) => ({
      uuid: 0x2908,
      value: Uint8Array.of(REPORT_ID, type),
      read: access,
    });
    const onSubscribe = (_configuration: number, client: Parameters<Feed['subscribed']>[0]) =>
      feed.subscribed(client);
    const { input, bootInput } = server.add(
      service(0x1812, {
        protocolMode: characteristic(0x2a4e, {
          read: access,
          writeWithoutResponse: access,
          value: Uint8Array.of(1),
          maxLength: 1,
          onWrite: (value) => {
            if (value.length !== 1 || value[0]! > 1) throw new AttRefusal(AttErrorCode.valueNotAllowed);
            boot = value[0] === 0;
          },
        }),
        input: characteristic(0x2a4d, {
          read: access,
          notify: true,
          value: NOTHING,
          descriptors: [reference(INPUT)],
          onSubscribe,
        }),
        output: characteristic(0x2a4d, {
          read: access,
          write: access,
          writeWithoutResponse: access,
          value: Uint8Array.of(0),
          maxLength: 1,
          descriptors: [reference(OUTPUT)],
        }),
        reportMap: characteristic(0x2a4b, { read: access, value: REPORT_MAP }),
        bootInput: characteristic(0x2a22, { read: access, notify: true, value: NOTHING, onSubscribe }),
        bootOutput: characteristic(0x2a32, {
          read: access,
          write: access,
          writeWithoutResponse: access,
          value: Uint8Array.of(0),
          maxLength: 1,
        }),
        information: characteristic(0x2a4a, { read: access, value: HID_INFORMATION }),
        controlPoint: characteristic(0x2a4c, { writeWithoutResponse: access, maxLength: 1 }),
      }),
    ).characteristics;
    const subscribers = () => [...input.subscribers, ...bootInput.subscribers];
    const feed = new Feed({
      clock,
      intervalMs: keyMs,
      subscribers,
      started: () => {
        at = 0;
      },
      measure: async () => {
        if (reports.length === 0) return;
        const report = reports[at++ % reports.length]!;
        // One protocol at a time: HID Service 1.0, 2.4.
        await (boot ? bootInput : input).notify(report);
      },
    });
  };
}
