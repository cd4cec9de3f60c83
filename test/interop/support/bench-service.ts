import type { Connection } from '../../../src/gap/index.js';
import type { RemoteCharacteristic } from '../../../src/gatt/index.js';

/** The characteristics of the yardstick's service; its README tells what each does. */
const ids = {
  read: 1,
  notify20: 2,
  notify244: 3,
  sink: 4,
  stats: 5,
  long: 6,
  err: 7,
  stall: 8,
  badPdu: 9,
  indicate: 10,
} as const;

export type BenchName = keyof typeof ids;

/** The UUID of the yardstick's service (without a name), or of one of its characteristics. */
export function benchUuid(name?: BenchName): string {
  const id = name === undefined ? 0 : ids[name];
  return `7ad5${id.toString(16).padStart(4, '0')}-5b1e-4c0d-9a64-8c4f3f2b1e00`;
}

/** Discovers the peer, and gives its characteristics by name. */
export async function benchCharacteristics(
  connection: Connection,
): Promise<Readonly<Record<BenchName, RemoteCharacteristic>>> {
  const services = await connection.gatt.discoverAll();
  const all = services.flatMap(({ characteristics }) => [...characteristics]);
  const entries = Object.keys(ids).map((name) => {
    const found = all.find(({ uuid }) => uuid.toString() === benchUuid(name as BenchName));
    if (!found) throw new Error(`the yardstick's characteristic ${name} was not found`);
    return [name, found];
  });
  return Object.fromEntries(entries) as Record<BenchName, RemoteCharacteristic>;
}
