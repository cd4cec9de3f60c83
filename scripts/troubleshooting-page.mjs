// docs/troubleshooting.md, made from the tests that play what goes wrong: see test/support/mistake.ts.

const head = `# When it does not work

\`bluewire ports\` lists what is attached and what it probably is; \`bluewire doctor --port PORT\` looks at one. While a program runs, the supervisor
brings back a controller that failed: [recovery.md](recovery.md). The boards have pages of their own: [dongles/](dongles/).

This page is written by \`npm run conformance\` from tests that play each case on a scripted port or controller, and CI fails when it is not what they give. The
message is what the test saw (\`…\` stands for a part that depends on the machine). None of it was tried on hardware. **Diagnosed** means that the message is all there
is; **healed** that the stack works again by itself, and the message is what it tells on the way.`;

const chapters = [
  ['mistake', 'What people run into', 'what happened'],
  ['start', 'Bringing a controller up', 'what a controller needs'],
  ['device', 'Per device', 'what to know'],
  ['wrong', 'When it goes wrong', 'what goes wrong'],
  ['pairing', 'Pairing', 'what happens'],
];

export function troubleshooting(tests) {
  const all = tests.flatMap(({ meta, state, where, name }) =>
    (meta.mistakes ?? []).map((one) => ({ ...one, state, where, name })),
  );
  // A test that plays a case in several ways says the same of each.
  const key = ({ chapter, what, outcome, message, state, where }) =>
    JSON.stringify([chapter, what, outcome, message, state, where]);
  const rows = [...new Map(all.map((row) => [key(row), row])).values()];
  const parts = [head];
  for (const [chapter, title, label] of chapters) {
    const own = rows
      .filter((row) => row.chapter === chapter)
      .sort((a, b) => (a.what < b.what ? -1 : a.what > b.what ? 1 : 0));
    if (own.length === 0) continue;
    parts.push(`## ${title}`);
    parts.push(
      table(
        [label, 'ends', 'message', 'test'],
        own.map(({ what, outcome, message, state, where }) => [
          what,
          state === 'passed' ? outcome : `**${state}**`,
          message,
          where.replace(/^test\//, ''),
        ]),
      ),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

function table(titles, rows) {
  const line = (cells) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
