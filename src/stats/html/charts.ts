import { describeStatus } from '../../hci/error-names.js';
import { amount, duration } from '../format.js';
import type { AdvertiserSummary, ConnectionSummary, Timeline } from '../statistics.js';
import { Html, html } from './escape.js';

/** Colours are classes c0 to c11, which the style sheet has for light and dark. */
const COLOURS = 12;
const LINES = 12;

/** Tick marks of a range: round numbers, some five of them. */
export function ticks(from: number, to: number): readonly number[] {
  const span = to - from;
  if (!(span > 0)) return [from];
  const raw = span / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw)!;
  const marks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to + step * 1e-6; at += step) marks.push(at);
  return marks;
}

const per = (share: number) => `${(share * 100).toFixed(3)}%`;
const short = (value: number) => (Math.abs(value) < 1e-9 ? '0' : String(Number(value.toPrecision(6))));

function timeAxis(seconds: number): Html {
  const marks = ticks(0, seconds).map((at) => {
    const share = at / seconds;
    // The outermost names stay within the drawing.
    const side = share < 0.03 ? 'first' : share > 0.96 ? 'last' : 'mid';
    return html`<span class="${side}" style="left:${per(share)}">${short(at)} s</span>`;
  });
  return html`<div class="x">${marks}</div>`;
}

/** A drawing that is stretched to its place, with the names of its axes beside it in text that is not. */
function chart(name: string, title: string, height: number, shapes: string, y: Html, seconds: number): Html {
  const svg = new Html(
    `<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" role="img" aria-label="${title}">${shapes}</svg>`,
  );
  return html`<figure class="chart" id="${name}"><div class="plot" style="height:${height}px">${svg}${y}</div>${timeAxis(seconds)}</figure>`;
}

function legend(names: readonly string[]): Html {
  return html`<ul class="legend">${names.map((name, i) => html`<li><i class="c${i % COLOURS}"></i>${name}</li>`)}</ul>`;
}

/** Packets a second by kind: what was sent above the line, what was received below it. */
export function packetsChart({ width, entries, columns }: Timeline): Html {
  if (entries.length === 0) return html`<p>There are no packets.</p>`;
  const kinds = [...new Set(columns.map((column) => column.split(' ')[0]!))];
  const column = (kind: string, way: string) => columns.indexOf(`${kind} ${way}`);
  const used = kinds.filter((kind) =>
    entries.some((entry) => entry[column(kind, 'sent')]! + entry[column(kind, 'received')]! > 0),
  );
  const sums = (way: string) =>
    entries.map((entry) => used.reduce((sum, kind) => sum + entry[column(kind, way)]!, 0) / width);
  const top = Math.max(1, ...sums('sent'));
  const bottom = Math.max(1, ...sums('received'));
  const scale = 1000 / (top + bottom);
  const zero = top * scale;
  const step = 1000 / entries.length;
  const shapes: string[] = [];
  for (const [way, sign] of [
    ['sent', -1],
    ['received', 1],
  ] as const) {
    const floor = entries.map(() => 0);
    for (const [i, kind] of used.entries()) {
      const upper = entries.map((entry, at) => floor[at]! + entry[column(kind, way)]! / width);
      if (upper.some((value, at) => value > floor[at]!))
        shapes.push(`<path class="c${i % COLOURS}" d="${area(floor, upper, step, zero, sign * scale)}"/>`);
      upper.forEach((value, at) => {
        floor[at] = value;
      });
    }
  }
  shapes.push(`<line class="zero" x1="0" x2="1000" y1="${zero.toFixed(1)}" y2="${zero.toFixed(1)}"/>`);
  const y = html`<div class="y"><span style="top:0">${amount(top)}/s sent</span><span class="low" style="top:100%">${amount(bottom)}/s received</span></div>`;
  return html`${chart('packets', 'packets a second', 220, shapes.join(''), y, entries.length * width)}${legend(used)}`;
}

/** The area between two lines of steps. */
function area(
  lower: readonly number[],
  upper: readonly number[],
  step: number,
  zero: number,
  scale: number,
): string {
  const y = (value: number) => (zero + value * scale).toFixed(1);
  const x = (at: number) => (at * step).toFixed(2);
  const forth = upper.map((value, at) => `${x(at)} ${y(value)}L${x(at + 1)} ${y(value)}`);
  const back = lower.map((value, at) => `${x(at + 1)} ${y(value)}L${x(at)} ${y(value)}`).reverse();
  return `M${[...forth, ...back].join('L')}Z`;
}

/** How strongly the advertisers that were heard most often were heard. */
export function rssiChart(advertisers: readonly AdvertiserSummary[], seconds: number): Html {
  const shown = advertisers.filter(({ samples }) => samples.length > 0).slice(0, LINES);
  if (shown.length === 0) return html`<p>No report tells how strongly it was heard.</p>`;
  const all = shown.flatMap(({ samples }) => samples.map(([, rssi]) => rssi));
  const high = Math.ceil((Math.max(...all) + 1) / 10) * 10;
  const low = Math.floor((Math.min(...all) - 1) / 10) * 10;
  const span = Math.max(seconds, 1);
  const y = (rssi: number) => ((high - rssi) / (high - low)) * 1000;
  const grid = ticks(low, high).map(
    (rssi) => `<line class="grid" x1="0" x2="1000" y1="${y(rssi).toFixed(1)}" y2="${y(rssi).toFixed(1)}"/>`,
  );
  const lines = shown.map(({ samples }, i) => {
    const runs = unbroken(samples, span).map((run) => {
      const points = run.map(([at, rssi]) => `${((at / span) * 1000).toFixed(2)} ${y(rssi).toFixed(1)}`);
      // One point alone is a short line.
      return `M${points.join('L')}${points.length === 1 ? 'h3' : ''}`;
    });
    return `<path class="line c${i % COLOURS}" d="${runs.join('')}"/>`;
  });
  const labels = html`<div class="y">${ticks(low, high).map((rssi) => html`<span style="top:${per(y(rssi) / 1000)}">${rssi} dBm</span>`)}</div>`;
  const names = shown.map(({ address, name }) => (name ? `${name} (${address})` : address));
  return html`${chart('rssi', 'RSSI by device', 240, [...grid, ...lines].join(''), labels, span)}${legend(names)}`;
}

/** Samples that follow each other closely: where nothing was heard for long, a line would say what nobody knows. */
function unbroken(samples: AdvertiserSummary['samples'], span: number): AdvertiserSummary['samples'][] {
  const runs: (readonly [number, number])[][] = [];
  for (const sample of samples) {
    const run = runs.at(-1);
    if (run && sample[0] - run.at(-1)![0] <= Math.max(span * 0.04, 3)) run.push(sample);
    else runs.push([sample]);
  }
  return runs;
}

/** A bar for each connection, from its beginning to its end. */
export function connectionsChart(connections: readonly ConnectionSummary[], seconds: number): Html {
  if (connections.length === 0) return html`<p>There are no connections.</p>`;
  const span = Math.max(seconds, 0.001);
  const rows = connections.map((one, i) => {
    const end = one.end ?? seconds;
    const who =
      one.name ?? one.address ?? `handle 0x${one.handle.toString(16).toUpperCase().padStart(4, '0')}`;
    const reason =
      one.end === undefined
        ? 'to the end of the capture'
        : one.reason === undefined
          ? 'reset'
          : describeStatus(one.reason);
    const title = `${who}: ${one.begin.toFixed(3)} s to ${end.toFixed(3)} s, ${duration(end - one.begin)}, ${reason}`;
    const marks = one.changes.map(
      ({ at, what }) =>
        html`<b style="left:${per((at - one.begin) / Math.max(end - one.begin, 1e-9))}" title="${at.toFixed(3)} s: ${what}"></b>`,
    );
    return html`<div class="lane"><span class="who">${who}</span><div class="track"><div class="bar c${i % COLOURS}" style="left:${per(one.begin / span)};width:${per(Math.max((end - one.begin) / span, 0.002))}" title="${title}">${marks}</div></div></div>`;
  });
  return html`<div class="lanes" id="timeline" role="img" aria-label="timeline of connections">${rows}<div class="lane"><span class="who"></span><div class="track axis">${timeAxis(span)}</div></div></div>`;
}
