import type { Uuid } from '../core/uuid.js';
import type { NameTables } from './names.js';

let loaded: Promise<NameTables> | undefined;

/**
 * Loads the names of assigned numbers: companies, services, characteristics, descriptors, members' UUIDs and appearances,
 * about 130 KB, which nothing else loads. Each call gives the same tables.
 */
export function loadAssignedNumbers(): Promise<NameTables> {
  loaded ??= import('./assigned/lists.js').then(({ companies, uuids, appearances }) => {
    const byCompany = tableOf(companies);
    const byUuid = tableOf(uuids);
    const byAppearance = tableOf(appearances);
    return {
      company: (identifier) => byCompany.get(identifier),
      uuid: ({ short }: Uuid) => (short === undefined ? undefined : byUuid.get(short)),
      appearance: (value) => byAppearance.get(value),
    };
  });
  return loaded;
}

/** The entries of a list, a line each: the number, where it is not the one after the line before; a tab; the name. */
function tableOf(list: string): ReadonlyMap<number, string> {
  const table = new Map<number, string>();
  let number = -1;
  for (const line of list.split('\n')) {
    const tab = line.indexOf('\t');
    number = tab === 0 ? number + 1 : Number.parseInt(line.slice(0, tab), 16);
    table.set(number, line.slice(tab + 1));
  }
  return table;
}
