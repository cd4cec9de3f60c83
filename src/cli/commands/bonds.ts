import { existsSync, writeFileSync } from 'node:fs';
import { Address } from '../../core/address.js';
import type { Bond, ListingBondStore } from '../../gap/bonds/index.js';
import type { Command, CommandContext } from '../command.js';
import { columns, type Output, printable } from '../output.js';

/** A bond with the local identity that it belongs to. */
interface Kept {
  readonly local: Address;
  readonly bond: Bond;
}

/** `bluewire bonds`: what is kept of peers. */
export const bondsCommand: Command = {
  name: 'bonds',
  summary: 'list, rename, remove and export bonds',
  description:
    'Shows and changes the bonds that are kept in a file, also while programs use it. A PEER is\n' +
    'an identity address (C0:DE:C0:00:00:01/random, or without what is behind the slash) or the\n' +
    'name that it was given. No keys are shown; export --keys writes them.',
  actions: {
    list: { summary: 'all bonds, the one that was used last first' },
    show: { operands: ['PEER'], summary: 'everything about one but its keys' },
    rename: { operands: ['PEER', 'NAME'], summary: 'give it a name; an empty one takes it away' },
    remove: { operands: ['PEER'], summary: 'forget it; the peer has to pair again' },
    export: { summary: 'all bonds as JSON, for import by a program' },
  },
  options: {
    file: { value: 'FILE', help: "where the bonds are [the user's own, see bonds list]" },
    local: { value: 'ADDRESS', help: 'those of one own address only' },
    keys: { help: 'export: with the keys; whoever reads them can pass for this device' },
    output: { value: 'FILE', short: 'o', help: 'export: where to write [stdout]' },
  },
  async run(context: CommandContext): Promise<void> {
    const { operands, options } = context;
    const [action, peer, name] = operands as [string, string, string];
    if (action !== 'export') {
      for (const option of ['keys', 'output'])
        if (options.has(option)) throw options.wrong(`--${option} is for bonds export`);
    }
    const local = options.text('local');
    const only = local === undefined ? undefined : addressOf(local, context);
    const { store, path } = await openStore(context);
    try {
      const all = await everything(store, only);
      if (action === 'list') await list(all, path, context);
      else if (action === 'export') await exportAll(all, context);
      else {
        const kept = choose(all, peer, path);
        if (action === 'show') await show(kept, context);
        else if (action === 'rename') await rename(store, kept, name, context);
        else await remove(store, kept, context);
      }
    } finally {
      await store.close();
    }
  },
};

async function openStore({ options, output, env }: CommandContext) {
  const { BondFile, defaultBondFile } = await import('../../gap/node/bond-file.js');
  const given = options.text('file');
  if (given !== undefined && !existsSync(given)) throw new Error(`${given}: there is no such file`);
  const path = given ?? defaultBondFile(env);
  const warnings: string[] = [];
  const store: ListingBondStore = new BondFile(path, { onWarning: (warning) => void warnings.push(warning) });
  // Whatever is read next checks the permissions.
  await store.locals();
  for (const warning of warnings) await output.note(`warning: ${warning}`);
  return { store, path };
}

async function everything(store: ListingBondStore, only: Address | undefined): Promise<Kept[]> {
  const all: Kept[] = [];
  for (const local of await store.locals()) {
    if (only && !only.bd.equals(local.bd)) continue;
    const { bonds } = await store.load(local);
    all.push(...bonds.map((bond) => ({ local, bond })));
  }
  return all.sort((a, b) => b.bond.lastUsedAt - a.bond.lastUsedAt);
}

function addressOf(text: string, { options }: CommandContext): Address {
  try {
    return Address.parse(text);
  } catch (error) {
    throw options.wrong(`--local ${(error as Error).message}`);
  }
}

/** The bond that is meant. @throws {Error} when there is none, or more than one */
function choose(all: readonly Kept[], peer: string, path: string): Kept {
  const wanted = peer.toUpperCase().replaceAll('-', ':');
  const found = all.filter(({ bond: { identity, name } }) => {
    return [`${identity}`.toUpperCase(), `${identity.bd}`].includes(wanted) || name === peer;
  });
  if (found.length === 1) return found[0]!;
  const shown = JSON.stringify(printable(peer));
  if (found.length === 0) throw new Error(`${path}: there is no bond with ${shown}`);
  const choices = found.map(({ local, bond }) => `${bond.identity} of ${local}`).join(', ');
  throw new Error(`${shown} is ${found.length} bonds: ${choices}; the whole address or --local chooses one`);
}

async function list(all: readonly Kept[], path: string, { output, options }: CommandContext): Promise<void> {
  if (options.has('json')) {
    for (const kept of all) await output.json(facts(kept));
    return;
  }
  if (all.length === 0) {
    await output.note(`no bonds in ${path}`);
    return;
  }
  const severalLocals = all.some(({ local }) => !local.equals(all[0]!.local));
  const rows = all.map(({ local, bond: { identity, name, level, lastUsedAt } }) => {
    const of = severalLocals ? `  of ${local}` : '';
    const used = lastUsedAt > 0 ? `  ${moment(lastUsedAt)}` : '';
    return [`${identity}`, `level ${level}${used}${of}  ${printable(name ?? '')}`] as const;
  });
  for (const line of columns(rows)) await output.line(line);
}

async function show({ local, bond }: Kept, { output, options }: CommandContext): Promise<void> {
  if (options.has('json')) {
    await output.json(facts({ local, bond }));
    return;
  }
  for (const line of table({ local, bond }, output)) await output.line(line);
}

async function rename(
  store: ListingBondStore,
  { local, bond }: Kept,
  name: string,
  { output, options }: CommandContext,
): Promise<void> {
  const { length } = new TextEncoder().encode(name);
  if (length > 248) throw options.wrong(`a name of ${length} octets is too long: up to 248 are permitted`);
  const renamed = bond.with({ name: name === '' ? undefined : name });
  if (!(await store.save(local, renamed)))
    throw new Error(`${bond.identity}: another program removed it meanwhile`);
  if (options.has('json')) await output.json(facts({ local, bond: renamed }));
  else if (name === '') await output.line(`${bond.identity} has no name now`);
  else await output.line(`${bond.identity} is ${JSON.stringify(printable(name))} now`);
}

async function remove(
  store: ListingBondStore,
  { local, bond }: Kept,
  { output, options }: CommandContext,
): Promise<void> {
  await store.remove(local, bond.identity);
  if (options.has('json')) await output.json({ removed: bond.identity, local });
  else await output.line(`${bond.identity} is forgotten`);
}

async function exportAll(all: readonly Kept[], { output, options }: CommandContext): Promise<void> {
  const { exported } = await import('../../gap/bonds/record.js');
  const locals = new Map<number, { local: Address; bonds: Bond[] }>();
  for (const { local, bond } of all) {
    const of = locals.get(local.key) ?? { local, bonds: [] };
    of.bonds.push(bond);
    locals.set(local.key, of);
  }
  const text = JSON.stringify(exported([...locals.values()], options.has('keys')), undefined, 2);
  const to = options.text('output');
  if (to === undefined) {
    for (const line of text.split('\n')) await output.line(line);
    return;
  }
  // A file that is there already may be open to others.
  if (options.has('keys') && existsSync(to))
    throw new Error(`${to} is there already: keys are written into a new file only`);
  writeFileSync(to, `${text}\n`, { mode: 0o600, flag: options.has('keys') ? 'wx' : 'w' });
  await output.note(`${all.length} bonds are written to ${to}`);
}

function facts({ local, bond }: Kept): object {
  return { local, ...(bond.toJSON() as object) };
}

function table({ local, bond }: Kept, output: Output): string[] {
  const { identity, name, level, keys, server, client, signCounters, createdAt, lastUsedAt } = bond;
  const encryption = keys.peer.encryption ?? keys.own.encryption;
  const sides = (['own', 'peer'] as const).map(
    (side) => `${side} ${Object.keys(keys[side]).join(', ') || '–'}`,
  );
  const rows: [string, string][] = [
    ['Peer', `${identity}`],
    ['Name', printable(name ?? '–')],
    ['Own address', `${local}`],
    ['Level', `${level}`],
  ];
  if (encryption) {
    const { secureConnections, authenticated, keySize } = encryption;
    const how = [
      secureConnections ? 'LE Secure Connections' : 'LE legacy pairing',
      authenticated ? 'authenticated' : 'not authenticated',
      `key of ${keySize} octets`,
    ];
    rows.push(['Pairing', how.join(', ')]);
  }
  rows.push(
    ['Keys', sides.join('; ')],
    ['Subscriptions', [...server.configurations].map(([at, value]) => `${at}: ${value}`).join(', ') || '–'],
    ['Attributes', client.cache === undefined ? 'not cached' : 'cached'],
    ['Signatures', `own counters below ${signCounters.own}, the peer's from ${signCounters.peer}`],
  );
  if (createdAt > 0) rows.push(['Paired', moment(createdAt)]);
  if (lastUsedAt > 0) rows.push(['Last used', moment(lastUsedAt)]);
  return columns(rows.map(([what, text]) => [output.emphasise(what.padEnd(13), 'bold'), text]));
}

function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
