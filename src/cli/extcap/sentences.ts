/** What an extcap program says of itself, a sentence a line: https://www.wireshark.org/docs/wsdg_html_chunked/ChCaptureExtcap.html */
import { printable } from '../output.js';
import type { PortRow } from '../port-rows.js';

const PREFIX = 'bluewire:';
/** H4 with a direction before each packet. */
const LINKTYPE = 201;

/** Text between the braces of a sentence, which has no way to escape them. */
function braced(text: string): string {
  return printable(text).replaceAll('{', '(').replaceAll('}', ')');
}

/** The interfaces: a controller each, and the virtual one. */
export function interfaceSentences(
  version: string,
  rows: readonly Pick<PortRow, 'port' | 'what'>[],
): string[] {
  const sentence = (port: string, what: string) =>
    `interface {value=${PREFIX}${port}}{display=Bluetooth HCI: ${braced(what)}}`;
  return [
    versionSentence(version),
    ...rows.flatMap(({ port, what }) =>
      // A name with braces has no place in the protocol.
      port === null || /[{}]/.test(port) ? [] : [sentence(port, `${what} (${port})`)],
    ),
    sentence('virtual:', 'virtual controller of bluewire'),
  ];
}

/** The program's version. */
export function versionSentence(version: string): string {
  return `extcap {version=${braced(version)}}{display=bluewire}`;
}

/** The port of an interface; `undefined` for an interface of somebody else. */
export function portOfInterface(name: string): string | undefined {
  return name.startsWith(PREFIX) && name.length > PREFIX.length ? name.slice(PREFIX.length) : undefined;
}

/** The link types of an interface. */
export const dltSentences: readonly string[] = [
  `dlt {number=${LINKTYPE}}{name=BLUETOOTH_HCI_H4_WITH_PHDR}{display=Bluetooth HCI with direction}`,
];

/** What Wireshark asks for before it captures from an interface. */
export const configSentences: readonly string[] = [
  'arg {number=0}{call=--mode}{display=What to do}{type=selector}{group=Capture}' +
    '{tooltip=Open the controller here, or let another host use it through this computer}',
  'value {arg=0}{value=scan}{display=open the controller and scan}{default=true}',
  'value {arg=0}{value=bridge}{display=pass the controller on to another host}{default=false}',
  'arg {number=1}{call=--scan}{display=Scan}{type=selector}{group=Capture}{tooltip=How to scan in the mode scan}',
  'value {arg=1}{value=active}{display=active: ask for scan responses}{default=true}',
  'value {arg=1}{value=passive}{display=passive: only listen}{default=false}',
  'value {arg=1}{value=off}{display=off: only bring the controller up}{default=false}',
  'arg {number=2}{call=--listen}{display=Address for the other host}{type=string}{group=Capture}' +
    '{default=tcp-server:127.0.0.1:6402}{tooltip=Where the other host connects in the mode bridge: tcp-server:, unix-server: or ws-server:}',
  'arg {number=3}{call=--port}{display=Port string}{type=string}{group=Port}' +
    '{placeholder=as listed}{tooltip=Another port string, or the same with options: serial:/dev/ttyACM0?baud=115200&rtscts}',
  'arg {number=4}{call=--with-keys}{display=Keep keys}{type=boolflag}{default=false}{group=Port}' +
    '{tooltip=Long-term and identity keys are zeroed otherwise}',
];
