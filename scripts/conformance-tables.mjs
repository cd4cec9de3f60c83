// What the chapters of docs/conformance.md have in common.

/** A table in Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Of two results of one thing the one that says less for it. */
export function worse(one, other) {
  const rank = (result) => ['passed', 'skipped', 'failed'].indexOf(result);
  if (one === undefined) return other;
  // What was left out stays so when another test passed.
  const [first, second] = [one, other].map((result) => (rank(result) === -1 ? 1 : rank(result)));
  return first >= second ? one : other;
}
