import type { ReadablePacket } from '../../decode/index.js';
import type { CaptureRecord } from '../../hci/capture/index.js';
import { dumpFilter, layerNames } from '../capture/dump-filter.js';
import { readCaptureFile } from '../capture/read-file.js';
import type { Command, CommandContext } from '../command.js';
import { type Emphasis, type Output, printable } from '../output.js';

/** `bluewire dump`: what a capture says. */
export const dumpCommand: Command = {
  name: 'dump',
  summary: 'decode a capture',
  description:
    'Decodes a capture (btsnoop, PacketLogger, pcap, pcapng, hex text), a line a packet: number,\n' +
    'seconds from the first, > from the host or < to it, what it says. --tree shows every field.',
  operands: ['FILE'],
  options: {
    tree: { help: 'every field of each packet, with its place' },
    handle: { value: 'HANDLE', help: 'only packets of this connection: 64 or 0x40' },
    address: { value: 'ADDRESS', help: 'only packets with this address, and those of connections with it' },
    layer: { value: 'LAYER,…', help: `only packets of these layers: ${layerNames.join(', ')}` },
    text: { value: 'TEXT', help: 'only packets whose line has TEXT in it, as ATT or Write_Request' },
    names: { help: 'names of companies, services and characteristics' },
    first: { value: 'N', help: 'stop after N packets' },
  },
  async run(context: CommandContext): Promise<unknown> {
    const { operands, options, output, signal } = context;
    const [path] = operands as [string];
    const { Decoder, loadAssignedNumbers } = await import('../../decode/index.js');
    const names = options.has('names') ? await loadAssignedNumbers() : undefined;
    const decoder = new Decoder(names ? { names } : {});
    const wanted = dumpFilter(options);
    const first = options.number('first', 1, 1e12) ?? Number.POSITIVE_INFINITY;
    let began: number | undefined;
    let number = 0;
    let shown = 0;
    const done = new AbortController();
    const end = await readCaptureFile(
      path,
      async (record) => {
        number++;
        began ??= record.time;
        if (shown >= first) {
          done.abort(new Enough());
          return;
        }
        const seconds = (record.time - began) / 1e6;
        if (record.type === 0) {
          if (!wanted.everything) return;
          shown++;
          await tellNote(record, number, seconds, context);
          return;
        }
        const bytes = new Uint8Array(1 + record.packet.length);
        bytes[0] = record.type;
        bytes.set(record.packet, 1);
        const packet = decoder.decode(record.sent, bytes);
        if (!wanted.shows({ type: record.type, octets: record.packet, readable: packet })) return;
        shown++;
        await tell(packet, record, number, seconds, context);
      },
      AbortSignal.any([signal, done.signal]),
    ).catch((error: unknown) => {
      if (error instanceof Enough) return undefined;
      throw error;
    });
    if (!end?.stopped) return undefined;
    if (end.records === 0) throw new Error(`${path}: ${end.stopped.message}`, { cause: end.stopped });
    await output.note(`${path} is damaged: ${end.stopped.message}`);
    return 1;
  },
};

class Enough extends Error {}

async function tell(
  packet: ReadablePacket,
  record: CaptureRecord,
  number: number,
  seconds: number,
  { options, output }: CommandContext,
): Promise<void> {
  if (options.has('json')) {
    const { sent, comments } = record;
    await output.json({ number, time: seconds, sent, ...packet, ...(comments ? { comments } : {}) });
    return;
  }
  const arrow = record.sent ? '>' : '<';
  await output.line(
    `${String(number).padStart(6)} ${seconds.toFixed(6).padStart(12)} ${output.emphasise(arrow, record.sent ? 'green' : 'cyan')} ${colour(packet, record, output)}`,
  );
  for (const comment of record.comments ?? []) await output.line(`${' '.repeat(22)}# ${printable(comment)}`);
  if (!options.has('tree')) return;
  const { toText } = await import('../../decode/index.js');
  for (const line of toText(packet).split('\n').slice(1))
    await output.line(`${' '.repeat(22)}${printable(line)}`);
}

/** The first word tells the kind of packet; what is malformed stands out. */
function colour({ line }: ReadablePacket, { type }: CaptureRecord, output: Output): string {
  const text = printable(line);
  if (text.includes('[malformed')) return output.emphasise(text, 'red');
  const how: Readonly<Record<number, Emphasis>> = { 1: 'green', 2: 'bold', 4: 'cyan' };
  const emphasis = how[type];
  const colon = text.indexOf(':');
  if (emphasis === undefined || colon < 0) return text;
  return output.emphasise(text.slice(0, colon), emphasis) + text.slice(colon);
}

async function tellNote(
  { note, packet, index }: CaptureRecord,
  number: number,
  seconds: number,
  { options, output }: CommandContext,
): Promise<void> {
  const text = printable(String.fromCharCode(...packet.subarray(0, 200)).replace(/\0+$/, ''));
  if (options.has('json')) await output.json({ number, time: seconds, note, index, text });
  else {
    const what = note ? `${note.source} record ${note.code}` : 'record';
    await output.line(
      `${String(number).padStart(6)} ${seconds.toFixed(6).padStart(12)} ${output.emphasise(`- ${what}: ${text}`, 'dim')}`,
    );
  }
}
