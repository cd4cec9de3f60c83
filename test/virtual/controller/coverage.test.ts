import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { hexCode } from '../../../src/core/hex.js';
import * as hciCommands from '../../../src/hci/commands/index.js';
import type { AnyCommand } from '../../../src/hci/definition.js';
import { leFeatureName } from '../../../src/hci/features.js';
import { type Personality, personalities } from '../../../src/virtual/index.js';
import { World } from '../world.js';

const page = fileURLToPath(new URL('../../../docs/virtual-controller.md', import.meta.url));
const UNKNOWN = 0x01;

const declared: readonly AnyCommand[] = Object.values(hciCommands as Record<string, unknown>).filter(
  (value): value is AnyCommand => (value as AnyCommand | undefined)?.type === 'command',
);
const shown = declared
  .filter(({ opcode }) => [1, 3, 4, 5, 8].includes(opcode >> 10))
  .sort((a, b) => a.opcode - b.opcode);
const kinds = Object.values(personalities);

/** Which commands a personality does not answer by Unknown HCI Command: asked one by one, with parameters that are too short. */
async function answered(personality: Personality): Promise<ReadonlySet<number>> {
  const known = new Set<number>();
  for (const { opcode, completes } of shown) {
    const { hci } = await new World().controller(personality);
    const body = completes === 'none' ? [] : [0];
    await hci.send(Uint8Array.of(1, opcode & 0xff, opcode >> 8, body.length, ...body));
    const packet = hci.received.shift()!;
    const status = packet[1] === 0x0f ? packet[3] : packet[6];
    if (status !== UNKNOWN) known.add(opcode);
  }
  return known;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function features({ leFeatures }: Personality): string {
  const names: string[] = [];
  for (let bit = 0; bit < 64; bit++) {
    if ((leFeatures >> BigInt(bit)) & 1n) names.push(leFeatureName(bit) ?? `bit ${bit}`);
  }
  return names.join(', ');
}

function figures(one: Personality): string {
  const credits = `${one.commandCredits} command${one.commandCredits === 1 ? '' : 's'} at a time`;
  const shared = one.sharesAclBuffers ? ', shared with BR/EDR' : '';
  return `${credits}; ${one.aclDataPackets} × ${one.aclDataLength} octets${shared}; ${one.maxConnections} connections${one.oneRadio ? '; one radio' : ''}`;
}

async function contents(): Promise<string> {
  const known = await Promise.all(kinds.map(answered));
  const rows = shown.map((command) => [
    hexCode(command.opcode, 4),
    command.name,
    command.since ?? '',
    ...known.map((set) => (set.has(command.opcode) ? 'yes' : '–')),
  ]);
  const counts = ['', `${shown.length} commands`, '', ...known.map((set) => String(set.size))];
  return `# The virtual controller: what it answers

This page is written by \`npx vitest run test/virtual/controller/coverage.test.ts -u\`, which asks every personality for every
command that is declared in \`src/hci/commands/\`; \`npm test\` fails when the page is not what they answer.

## Personalities

A personality is data: the figures of one kind of controller, and which of its features are there. One that is named after a
product has figures like that product's, from public logs, documents and what is generally known of it, unverified, and of its features those that the virtual controller
can do: it announces nothing that is not there. None was read from hardware by this project. BR/EDR is not modelled.

${table(
  ['personality', 'Core', 'figures', 'LE features'],
  kinds.map((one) => [`\`${one.name}\``, hexCode(one.coreVersion, 2), figures(one), features(one) || 'none']),
)}

Where the figures of products are from:

- \`nrf52840-zephyr\`: manufacturer 0x05F1, no public address, version information of 12 octets and static addresses by vendor commands, unknown
  commands answered by Command Status: Zephyr's \`hci_vs.h\` and its controller's sources. Buffers (3 × 251), connections (16) and features FF 59
  01: the \`hci_uart\` sample as of Zephyr 3.7, by its configuration. Other lists' sizes are Kconfig's defaults.
- \`softdevice-controller\`: manufacturer 0x0059, one command at a time and often 3 × 27 octets: reports of users and Nordic's documents. Its
  two connections and its subversions are those of one build; others differ.
- \`esp32\`: Bluetooth 4.2, manufacturer 0x0060, nine connections, ten buffers of 251 octets and five commands at a time: Espressif's
  configuration options and logs of \`controller_hci_uart_esp32\`. Builds with ACL packets up to 1021 octets are known.
- \`csr8510\`: ten packets of 310 octets shared with BR/EDR, manufacturer 0x000A, subversion 0x22BB: logs of Linux's \`hciconfig\`.
- Powers and sensitivities: the data sheets' typical values, rounded. Duplicate filters, clock accuracies and sizes of resolving
  lists of \`esp32\` and \`csr8510\` are guesses.

An unknown command is answered by Command Complete with Unknown HCI Command (0x01), or by Command Status where the product does
so (Zephyr, SoftDevice Controller). Parameters of a wrong length give 0x12. The vendor commands 0xFC01 to 0xFC0B are those of
\`zephyr/bluetooth/hci_vs.h\` that the product has by default.

## One radio

A personality with one radio (\`oneRadio\`) has connections, advertising and scanning take time from each other; the others have
a radio for each role. What has one radio, goes by these rules (\`src/virtual/air/radio-time.ts\`, [adr/0012](adr/0013-one-radio.md)):

- A connection event begins at its anchor point unless another event of the radio is under way, or another begins within its
  first exchange that has been passed over more often. It is passed over then: nothing is sent, and the supervision timeout goes on.
- It goes on beyond its first exchange until another connection event of the radio begins, or while nothing is advertised.
- A PDU of an advertising event is sent, and an answer to it heard, if no connection event of the radio overlaps it. An advertiser
  that does not hear a CONNECT_IND leaves the initiator with 0x3E, as on air.
- A scanner or initiator hears what neither a connection event nor an advertising event of its radio overlaps, and answers only
  what ends before the next connection event.
- As central, it places the events of a new connection where they are farthest from those of the others (transmitWindowOffset).

Periodic advertising, its reception and isochronous streams are not in these plans, nor what a receiver spends on waiting in vain.

## What is refused or missing

- Framed SDUs (LE Set CIG Parameters with Framing 1: 0x11), data paths other than HCI (0x11), LE Coded for connected streams
  (0x11), and what the link layer does not plan itself (LE Set CIG Parameters Test is unknown). A stream is encrypted as its
  connection is when it is created, and keeps its keys when the connection changes its own.
- The ISO test commands. Of Broadcast Isochronous Groups: framed SDUs (0x11), LE Create BIG plans without sending ahead (PTO 0, which
  LE Create BIG Test can have), and a group stays when the periodic advertising that tells of it is turned off.
- Of Periodic Advertising with Responses: subevents without data of the host are sent empty, and no response slots are listened to
  behind them; until a host chooses subevents, subevent 0 keeps the sync, and none is reported. An AUX_CONNECT_REQ is sent once.
- A connection sends with one power on all PHYs, in steps of 1 dB; a controller asks its peer for another only where its personality has a
  golden range (\`goldenRange\`), which none of those above has.
- Constant Tone Extensions, and with them LE Receiver Test [v3] and LE Transmitter Test [v3] and [v4].
- RF path compensation, LE Set Data Related Address Changes, and everything of Core 6.0 and later.
- An event whose version or feature a personality does not have never comes, whatever the masks say.

## Commands

${table(['opcode', 'command', 'Core', ...kinds.map(({ name }) => name)], [...rows, counts])}
`;
}

it('docs/virtual-controller.md says what each personality answers', async () => {
  await expect(await contents()).toMatchFileSnapshot(page);
}, 60_000);
