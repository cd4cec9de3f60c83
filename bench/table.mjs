// The tables that the bench prints, in Markdown.

const round = (value, digits = 0) =>
  value === undefined
    ? '–'
    : value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });

function ratio(value, ceiling) {
  return value === undefined || !ceiling ? '–' : `${round((value / ceiling) * 100)} %`;
}

/** The host's defects that the controller counted, worst run of all. */
function overruns(result) {
  const names = {
    cmdOverrun: 'commands',
    aclOverrun: 'ACL',
    attOversize: 'ATT size',
    framing: 'framing',
    wrong: 'wrong values',
  };
  const found = Object.entries(names).filter(([key]) => result.worst[key] > 0);
  return found.length === 0 ? '0' : found.map(([key, name]) => `${name} ${result.worst[key]}`).join(', ');
}

function print(head, lines) {
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i].length)));
  const row = (cells) =>
    `| ${cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i < 2 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [row(head), rule, ...lines.map(row)].join('\n');
}

/** `results`: one per row and host, each with its medians, its worst defects and the spread of its runs. */
export function tables(results, transport) {
  const here = results.filter((result) => result.transport === transport);
  const ceilingOf = (row) =>
    here.find((result) => result.row === row && result.host === 'null-host')?.median.perSecond;
  const rates = here.filter(({ row }) => row !== 'start');
  const starts = here.filter(({ row }) => row === 'start');
  const rateLines = rates.map((result) => {
    const { median, title, host, row, spread, failures } = result;
    const latency = median.p50us === undefined ? '–' : `${round(median.p50us)} / ${round(median.p99us)}`;
    const range = spread ? `${round(spread[0])} to ${round(spread[1])}` : '–';
    const failed = failures > 0 ? `, ${failures} run(s) failed` : '';
    return [
      title,
      host,
      round(median.perSecond),
      ratio(median.perSecond, ceilingOf(row)),
      range,
      round(median.cpuPer10k, 3),
      latency,
      round(median.maxRssMB),
      overruns(result) + failed,
    ];
  });
  const startLines = starts.map((result) => {
    const { median, host } = result;
    return [
      'process start',
      host,
      round(median.firstReportMs),
      round(median.importMs, 1),
      round(median.rssMB),
      overruns(result),
    ];
  });
  const parts = [];
  if (rateLines.length > 0) {
    const head = [
      'row',
      'host',
      'per second',
      'of null host',
      'range',
      'CPU s / 10k',
      'p50 / p99 µs',
      'max RSS MB',
      'overruns',
    ];
    parts.push(print(head, rateLines));
  }
  if (startLines.length > 0) {
    parts.push(print(['row', 'host', 'first report ms', 'import ms', 'RSS MB', 'overruns'], startLines));
  }
  return parts.join('\n\n');
}
