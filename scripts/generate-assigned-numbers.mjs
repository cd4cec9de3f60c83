// Writes src/decode/assigned/lists.ts from the assigned numbers of the reference material: run it when they are newer.
//   --check   only compares, and fails when they differ
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const reference = new URL('../../shared/spec/assigned-numbers.json', import.meta.url);
const generated = fileURLToPath(new URL('../src/decode/assigned/lists.ts', import.meta.url));

/**
 * Numbers with names in one text, a line each, in the order of the numbers. A line begins with the number, in
 * hexadecimal, only where it is not the one after the line before.
 */
function listOf(entries) {
  let expected = -1;
  return [...entries]
    .sort(([one], [other]) => one - other)
    .map(([number, name]) => {
      const prefix = number === expected ? '' : number.toString(16).toUpperCase();
      expected = number + 1;
      return `${prefix}\t${name.replace(/\s+/g, ' ').trim()}`;
    })
    .join('\n');
}

/** What the project has in its own file: what the UUIDs of members stand for is less than what one of them is used for. */
function textOf(numbers) {
  const hex = (text) => Number.parseInt(text, 16);
  const uuids = new Map();
  for (const { uuid, name } of numbers.member_uuids) uuids.set(hex(uuid), name);
  for (const part of ['declarations', 'descriptors', 'characteristics', 'services']) {
    for (const { uuid, name } of numbers[part]) uuids.set(hex(uuid), name);
  }
  const lists = {
    companies: numbers.company_identifiers.map(({ code, name }) => [hex(code), name]),
    uuids,
    appearances: numbers.appearance.map(({ value, name }) => [value, name]),
  };
  const source = /NordicSemiconductor\/bluetooth-numbers-database \S+ \(\S+\)/.exec(numbers.about)?.[0];
  if (source === undefined)
    throw new Error('the reference material does not say where its numbers come from');
  const constants = Object.entries(lists).map(
    ([name, entries]) =>
      `/** A line each: the number, where it is not the one after the line before; a tab; the name. */\nexport const ${name} =\n  ${quoted(listOf(entries))};\n`,
  );
  return `// Written by scripts/generate-assigned-numbers.mjs: not to be changed by hand.
// From ${source}: see LICENSE beside this file. The names of members' UUIDs are those that the Bluetooth SIG publishes.

${constants.join('\n')}`;
}

/** A string literal as the formatter would have it: with the quotes of which fewer have to be escaped. */
function quoted(text) {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  const count = (quote) => escaped.split(quote).length;
  const quote = count("'") > count('"') ? '"' : "'";
  return `${quote}${escaped.replaceAll(quote, `\\${quote}`)}${quote}`;
}

const text = textOf(JSON.parse(readFileSync(reference, 'utf8')));
if (process.argv.includes('--check')) {
  if (readFileSync(generated, 'utf8') !== text) {
    console.error(
      'src/decode/assigned/lists.ts is not what the reference material gives: run this without --check',
    );
    process.exitCode = 1;
  }
} else writeFileSync(generated, text);
