import type { TestContext } from 'vitest';

/** Something that goes wrong, as docs/troubleshooting.md has it. */
export interface Mistake {
  /** What people run into, or the part of the list of what dongles need that it belongs to. */
  readonly chapter: 'mistake' | 'start' | 'device' | 'wrong' | 'pairing';
  /** What happened, for a reader. */
  readonly what: string;
  readonly outcome: 'diagnosed' | 'healed';
  /** What the stack said, as the test saw it. */
  readonly message: string;
}

declare module 'vitest' {
  interface TaskMeta {
    /** What a test plays: docs/troubleshooting.md has a row for each. */
    mistakes?: readonly Mistake[];
  }
}

/** Notes what a test plays, with the message that it really saw: to be called behind the assertions. */
export function mistake({ task }: Pick<TestContext, 'task'>, one: Mistake): void {
  const message = one.message.length > 900 ? `${one.message.slice(0, 900)}…` : one.message;
  task.meta.mistakes = [...(task.meta.mistakes ?? []), { ...one, message }];
}
