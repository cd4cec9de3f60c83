// A process that writes bonds into a file until it is done or killed; run by file-store.test.ts.
//   writer.ts PATH FIRST COUNT [DIE-AT]
// It bonds with COUNT peers from FIRST on, and prints a line with the counter for each that is kept. With DIE-AT it kills
// itself right before that many operations of the file system have been done.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Bond } from '../../../src/gap/bonds/bond.js';
import { someKeys, somePeer } from './support.js';

const [path, first, count, dieAt] = process.argv.slice(2) as [string, string, string, string | undefined];
const local = somePeer(0);

let done = 0;
function counted(object: Record<string, unknown>, name: string) {
  const original = object[name] as (...args: unknown[]) => unknown;
  object[name] = function (this: unknown, ...args: unknown[]) {
    if (++done === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
    return original.apply(this, args);
  };
}

if (dieAt !== undefined) {
  const handle = await fs.open(process.execPath);
  for (const name of ['writeFile', 'sync', 'close']) counted(Object.getPrototypeOf(handle), name);
  await handle.close();
  for (const name of ['open', 'rename', 'rm', 'link', 'readFile', 'stat', 'readdir', 'mkdir', 'realpath'])
    counted(fs as unknown as Record<string, unknown>, name);
  syncBuiltinESMExports();
  done = 0;
}

const { BondFile } = await import('../../../src/gap/node/bond-file.js');
const store = new BondFile(path);
const { bonds } = await store.load(local);
process.stdout.write(`loaded ${bonds.length}\n`);
for (let n = Number(first); n < Number(first) + Number(count); n++) {
  const peer = somePeer(n);
  await store.save(local, new Bond({ identity: peer, keys: someKeys(n), level: 3 }));
  process.stdout.write(`kept ${n}\n`);
}
await store.close();
process.stdout.write(`operations ${done}\n`);
