import { expect } from 'vitest';
import { Child } from './child.js';
import { yardstickController } from './places.js';

/** What the yardstick's controller counts. */
export type Counters = Readonly<Record<string, number>>;

/** The yardstick's controller, listening. */
export interface Yardstick {
  /** The port string that bluewire takes. */
  readonly port: string;
  readonly child: Child;
  /** Resolves to the counters when the host has hung up. */
  counters(): Promise<Counters>;
}

/** Starts the yardstick's controller with these options; its README lists them. */
export async function yardstick(...options: string[]): Promise<Yardstick> {
  const child = new Child('yardstick', process.execPath, [
    yardstickController,
    '--tcp',
    '127.0.0.1:0',
    ...options,
  ]);
  const { port } = await child.event('listening');
  return {
    port: `tcp:127.0.0.1:${String(port)}`,
    child,
    counters: async () => (await child.event('close'))['stats'] as Counters,
  };
}

/** Nothing was sent without a credit, or longer than permitted. */
export function expectNoOverrun(counters: Counters): void {
  expect(counters).toMatchObject({ cmdOverrun: 0, aclOverrun: 0, attOversize: 0, framing: 0 });
}
