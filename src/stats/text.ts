import { describeStatus } from '../hci/error-names.js';
import { amount, calendar, duration, milliseconds } from './format.js';
import type { ConnectionSummary, ResponseTimes, Statistics } from './statistics.js';

const ROWS = 20;

/**
 * Statistics as lines for a terminal.
 * @param clean makes text from the air fit for where it is shown
 */
export function reportText(statistics: Statistics, clean: (text: string) => string): readonly string[] {
  const { capture, traffic, connections, advertisers, responses, errors, silences, commands, leftOut } =
    statistics;
  const begin = capture.begin === undefined ? '' : `, from ${calendar(capture.begin)}`;
  return [
    `${capture.records} records in ${duration(capture.seconds)}${begin}`,
    ...(capture.drops > 0 ? [`${capture.drops} packets were lost on the way into the capture`] : []),
    ...(capture.stopped === undefined ? [] : [`damaged: ${capture.stopped}`]),
    ...section('packets', [
      ['kind', 'sent', 'octets', 'received', 'octets'],
      ...traffic
        .filter(({ sent, received }) => sent.packets + received.packets > 0)
        .map(({ kind, sent, received }) => [
          kind,
          sent.packets,
          amount(sent.octets),
          received.packets,
          amount(received.octets),
        ]),
    ]),
    ...connectionLines(connections, clean),
    ...section('advertisers', [
      ['address', 'reports', 'rssi', 'interval', 'name'],
      ...advertisers
        .slice(0, ROWS)
        .map(({ address, reports, rssi, intervalMs, name }) => [
          address,
          reports,
          rssi ? `${rssi.min} … ${Math.round(rssi.mean)} … ${rssi.max} dBm` : '–',
          milliseconds(intervalMs),
          clean(name ?? ''),
        ]),
      ...more(advertisers.length),
    ]),
    ...section('response times', [
      ['', 'answers', 'median', '95 %', '99 %', 'longest', 'unanswered'],
      responseRow('HCI commands', responses.hci),
      responseRow('ATT requests', responses.att),
    ]),
    ...section('commands', [
      ['command', 'sent', 'refused'],
      ...commands.slice(0, ROWS).map(({ name, sent, refused }) => [clean(name), sent, refused]),
      ...more(commands.length),
    ]),
    ...section('errors', [
      ['what', 'times', 'first at', 'record'],
      ...errors
        .slice(0, ROWS)
        .map(({ what, count, at, record }) => [clean(what), count, `${at.toFixed(3)} s`, record]),
      ...more(errors.length),
    ]),
    ...section('longest silences', [
      ['from', 'for'],
      ...silences.map(({ from, seconds }) => [`${from.toFixed(3)} s`, duration(seconds)]),
    ]),
    ...(leftOut.length > 0 ? ['', ...leftOut] : []),
  ];
}

function connectionLines(
  connections: readonly ConnectionSummary[],
  clean: (text: string) => string,
): string[] {
  if (connections.length === 0) return [];
  const lines = ['', 'connections'];
  for (const one of connections.slice(0, ROWS)) {
    const who =
      one.address === undefined
        ? 'from before the capture'
        : `${one.address} ${clean(one.name ?? '')}`.trimEnd();
    const end =
      one.end === undefined
        ? 'to the end'
        : `to ${one.end.toFixed(3)} s${one.reason === undefined ? '' : `: ${describeStatus(one.reason)}`}`;
    lines.push(
      `  ${who}${one.role ? `, ${one.role} here` : ''}, ${one.begin.toFixed(3)} s ${end}`,
      `    ${amount(one.sent.packets)} packets with ${amount(one.sent.octets)} octets sent, ${amount(one.received.packets)} with ${amount(one.received.octets)} received` +
        `${one.attMtu === undefined ? '' : `, ATT_MTU ${one.attMtu}`}${one.encrypted ? ', encrypted' : ''}`,
      ...one.changes.map(({ at, what }) => `    ${at.toFixed(3).padStart(10)} s  ${what}`),
    );
  }
  if (connections.length > ROWS) lines.push(`  and ${connections.length - ROWS} more`);
  return lines;
}

type Row = readonly (string | number)[];

function responseRow(name: string, times: ResponseTimes): Row {
  const { count, p50, p95, p99, max, unanswered } = times;
  return [name, count, ...[p50, p95, p99, max].map(milliseconds), unanswered];
}

function more(count: number): Row[] {
  return count > ROWS ? [[`and ${count - ROWS} more`]] : [];
}

/** A table with its title, left out when it has no row. */
function section(title: string, rows: readonly Row[]): string[] {
  if (rows.length < 2) return [];
  const widths: number[] = [];
  for (const row of rows) {
    if (row.length === 1) continue;
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, String(cell).length);
    });
  }
  const line = (row: Row) =>
    row
      .map((cell, i) =>
        typeof cell === 'number' ? String(cell).padStart(widths[i]!) : String(cell).padEnd(widths[i] ?? 0),
      )
      .join('  ');
  return ['', title, ...rows.map((row) => `  ${line(row)}`.trimEnd())];
}
