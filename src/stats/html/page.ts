import { describeStatus } from '../../hci/error-names.js';
import { amount, calendar, duration, milliseconds } from '../format.js';
import type { ConnectionSummary, ResponseTimes, SequenceEntry, Statistics } from '../statistics.js';
import { connectionsChart, packetsChart, rssiChart } from './charts.js';
import { Html, html } from './escape.js';
import { script, style } from './look.js';

/** How many rows of a table are open at the beginning. */
const OPEN = 200;

/**
 * The report as one page of HTML, which loads nothing: charts, tables, and the sequence of ATT and SMP.
 * @param name what the capture is called
 */
export function reportPage(statistics: Statistics, name: string): string {
  const {
    capture,
    perSecond,
    connections,
    advertisers,
    responses,
    errors,
    silences,
    commands,
    attPdus,
    leftOut,
  } = statistics;
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${name}</title>
<style>${new Html(style)}</style>
<header><h1>${name}</h1><p>${subtitle(statistics)}</p></header>
<main>
${cards(statistics)}
${section('Packets a second', packetsChart(perSecond), perSecond.width > 1 ? `Each step is ${perSecond.width} s.` : '')}
${section('Connections', html`${connectionsChart(connections, capture.seconds)}${connectionTable(connections)}`)}
${section('RSSI by device', rssiChart(advertisers, capture.seconds), advertisers.length > 12 ? `The 12 that were heard most often, of ${advertisers.length}.` : '')}
${section('ATT and SMP', sequence(statistics))}
${section(
  'Advertisers',
  table(
    ['address', 'name', 'reports', 'RSSI, dBm', 'interval', 'kind'],
    advertisers.map(({ address, name: own, reports, rssi, intervalMs, kinds, connectable }) => [
      address,
      own ?? '',
      reports,
      rssi ? `${rssi.min} … ${Math.round(rssi.mean)} … ${rssi.max}` : '–',
      milliseconds(intervalMs),
      `${kinds.join(', ')}${connectable ? ', connectable' : ''}`,
    ]),
  ),
)}
${section(
  'Errors',
  table(
    ['what', 'times', 'first at', 'record'],
    errors.map(({ what, count, at, record }) => [what, count, `${at.toFixed(3)} s`, record]),
  ),
)}
${section(
  'Response times',
  table(
    ['', 'answers', 'median', '95 %', '99 %', 'longest', 'unanswered'],
    [responseRow('HCI commands', responses.hci), responseRow('ATT requests', responses.att)],
  ),
)}
${section(
  'Commands',
  table(
    ['command', 'sent', 'refused'],
    commands.map(({ name: own, sent, refused }) => [own, sent, refused]),
  ),
)}
${section(
  'ATT PDUs',
  table(
    ['PDU', 'sent', 'received'],
    attPdus.map(({ name: own, sent, received }) => [own, sent, received]),
  ),
)}
${section(
  'Longest silences',
  table(
    ['from', 'for'],
    silences.map(({ from, seconds }) => [`${from.toFixed(3)} s`, duration(seconds)]),
  ),
)}
${leftOut.length > 0 ? html`<section><h2>Left out</h2><ul>${leftOut.map((line) => html`<li>${line}</li>`)}</ul></section>` : ''}
</main>
<footer>made by bluewire stats; nothing of this page is loaded from anywhere</footer>
<script>${new Html(script)}</script>
</html>
`;
  return page.text;
}

function subtitle({ capture }: Statistics): string {
  const parts = [`${capture.records} records`, duration(capture.seconds)];
  if (capture.begin !== undefined) parts.push(`from ${calendar(capture.begin)}`);
  if (capture.drops > 0) parts.push(`${capture.drops} packets lost on the way into the capture`);
  if (capture.stopped !== undefined) parts.push(`damaged: ${capture.stopped}`);
  return parts.join(' · ');
}

function cards({ capture, connections, advertisers, errors, perSecond }: Statistics): Html {
  const payload = perSecond.payload.reduce((sum, [sent, received]) => sum + sent + received, 0);
  const peak = Math.max(
    0,
    ...perSecond.payload.map(([sent, received]) => (sent + received) / perSecond.width),
  );
  const facts: readonly (readonly [string, string])[] = [
    ['packets', amount(capture.packets)],
    ['connections', String(connections.length)],
    ['advertisers', String(advertisers.length)],
    ['ATT payload, octets', amount(payload)],
    ['most payload in a second', `${amount(peak)}/s`],
    ['errors', amount(errors.reduce((sum, { count }) => sum + count, 0))],
  ];
  return html`<dl class="cards">${facts.map(([what, value]) => html`<div><dt>${what}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function section(title: string, content: Html, note = ''): Html {
  return html`<section><h2>${title}</h2>${note ? html`<p class="note">${note}</p>` : ''}${content}</section>`;
}

function connectionTable(connections: readonly ConnectionSummary[]): Html {
  return table(
    ['peer', 'role here', 'from', 'to', 'ended by', 'sent', 'received', 'ATT_MTU', 'encrypted'],
    connections.map((one) => [
      one.name ? `${one.name} ${one.address ?? ''}` : (one.address ?? 'from before the capture'),
      one.role ?? '–',
      `${one.begin.toFixed(3)} s`,
      one.end === undefined ? 'the end' : `${one.end.toFixed(3)} s`,
      one.reason === undefined ? '–' : describeStatus(one.reason),
      `${amount(one.sent.packets)} / ${amount(one.sent.octets)} octets`,
      `${amount(one.received.packets)} / ${amount(one.received.octets)} octets`,
      one.attMtu ?? '–',
      one.encrypted ? 'yes' : 'no',
    ]),
  );
}

type Cell = string | number;

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  if (rows.length === 0) return html`<p>None.</p>`;
  const shown = rows.map(
    (row, i) =>
      html`<tr${i >= OPEN ? new Html(' hidden') : ''}>${row.map((cell) => html`<td${typeof cell === 'number' ? new Html(' class="n"') : ''}>${cell}</td>`)}</tr>`,
  );
  const rest =
    rows.length > OPEN ? html`<p><button type="button" class="all">show all ${rows.length}</button></p>` : '';
  return html`<div class="scroll"><table><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${shown}</tbody></table></div>${rest}`;
}

function responseRow(name: string, { count, p50, p95, p99, max, unanswered }: ResponseTimes): Cell[] {
  return [name, count, ...[p50, p95, p99, max].map(milliseconds), unanswered];
}

/** A sequence diagram: what this host sent goes to the right, what the peer sent to the left. */
function sequence({ sequence: entries, connections }: Statistics): Html {
  if (entries.length === 0) return html`<p>None.</p>`;
  const numbers = [...new Set(entries.map(({ connection }) => connection))];
  const label = (number: number) =>
    connections[number]?.name ?? connections[number]?.address ?? `connection ${number + 1}`;
  const options = numbers.map((number) => html`<option value="${number}">${label(number)}</option>`);
  const rows = entries.map((entry, i) => sequenceRow(entry, i >= OPEN));
  return html`<form class="filter" id="filter"><label>connection <select name="connection"><option value="">all</option>${options}</select></label>
<label>protocol <select name="protocol"><option value="">both</option><option>ATT</option><option>SMP</option></select></label>
<label>has <input name="text" type="search" placeholder="Write, 0x0012…"></label></form>
<div class="scroll"><div class="sequence" id="sequence"><div class="ends"><span></span><span>this host</span><span></span><span>peer</span></div>${rows}</div></div>
<p><button type="button" class="all"${entries.length > OPEN ? '' : new Html(' hidden')}>show all ${entries.length}</button> <span class="note" id="shown"></span></p>`;
}

function sequenceRow(
  { at, record, connection, sent, protocol, name, detail }: SequenceEntry,
  isHidden: boolean,
): Html {
  const way = sent ? 'sent' : 'received';
  return html`<div class="step ${way} ${protocol.toLowerCase()}" data-connection="${connection}" data-protocol="${protocol}"${isHidden ? new Html(' hidden') : ''}><time title="record ${record}">${at.toFixed(4)}</time><span class="arrow"><em>${name}</em> <code>${detail}</code></span></div>`;
}
