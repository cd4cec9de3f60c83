import { toHex } from '../../core/hex.js';
import type { NotificationScript, WriteAnswer } from '../../virtual/devices/description.js';
import type { ObservedServer, ObservedTelling, ObservedWrite } from './observed-server.js';

/** How a server's notifications and indications are told apart. */
export interface TellingOptions {
  /** A value that comes within so many milliseconds of a write, before the next one, may be its answer. */
  readonly answerWindowMs: number;
  /** The values of one characteristic that are kept. */
  readonly maxValues: number;
}

/** What a server tells: by itself, and in answer to writes. */
export interface Tellings {
  /** By the handle of the value. */
  readonly scripts: ReadonlyMap<number, NotificationScript>;
  /** By the handle that is written. */
  readonly answers: ReadonlyMap<number, readonly WriteAnswer[]>;
  /** What could not be kept. */
  readonly missing: readonly string[];
}

/** As many values of a characteristic have to follow writes as make an answerer of it. */
const ANSWERING_SHARE = 0.8;

interface Answered {
  readonly write: ObservedWrite;
  readonly told: ObservedTelling[];
}

/**
 * Sorts what a server told into scripts, which run from the subscription on, and answers to writes: a characteristic whose
 * values nearly all follow writes answers them, any other tells by itself.
 * @param tellers the handles of values that have the property for it
 * @param configurations the handles of Client Characteristic Configurations, whose writes begin scripts
 */
export function sortTellings(
  server: ObservedServer,
  tellers: ReadonlySet<number>,
  configurations: ReadonlyMap<number, number>,
  { answerWindowMs, maxValues }: TellingOptions,
): Tellings {
  const tellings = server.tellings.filter(({ handle }) => tellers.has(handle));
  // What follows a subscription is no answer to a write before it.
  const rounds = answeredWrites(server.writes, tellings, answerWindowMs).filter(
    ({ write }) => !configurations.has(write.handle),
  );
  const following = new Map<number, number>();
  for (const { told } of rounds) {
    for (const { handle } of told) following.set(handle, (following.get(handle) ?? 0) + 1);
  }
  const all = new Map<number, ObservedTelling[]>();
  for (const one of tellings) all.set(one.handle, [...(all.get(one.handle) ?? []), one]);
  const answering = new Set(
    [...all]
      .filter(([handle, told]) => (following.get(handle) ?? 0) >= told.length * ANSWERING_SHARE)
      .map(([h]) => h),
  );
  const missing: string[] = [];
  const scripts = new Map<number, NotificationScript>();
  for (const [handle, told] of all) {
    if (answering.has(handle)) continue;
    scripts.set(handle, scriptOf(longest(told), server, configurations, maxValues));
    if (told.length > maxValues)
      missing.push(`${told.length - maxValues} values of ${show(handle)}: ${maxValues} are kept`);
  }
  return { scripts, answers: answersOf(rounds, answering, missing), missing };
}

function show(handle: number): string {
  return `0x${handle.toString(16).padStart(4, '0').toUpperCase()}`;
}

/** Each write with what came behind it in time, and before the next. */
function answeredWrites(
  writes: readonly ObservedWrite[],
  tellings: readonly ObservedTelling[],
  windowMs: number,
): Answered[] {
  const rounds = writes.map((write): Answered => ({ write, told: [] }));
  const inOrder = [...rounds].sort((one, other) => one.write.at - other.write.at);
  let next = 0;
  for (const one of [...tellings].sort((a, b) => a.at - b.at)) {
    while (inOrder[next] && inOrder[next]!.write.at <= one.at) next++;
    const round = inOrder[next - 1];
    if (!round || round.write.link !== one.link || one.at - round.write.at > windowMs) continue;
    round.told.push(one);
  }
  return rounds;
}

/** The values of the link that has most of them. */
function longest(told: readonly ObservedTelling[]): readonly ObservedTelling[] {
  const byLink = new Map<number, ObservedTelling[]>();
  for (const one of told) byLink.set(one.link, [...(byLink.get(one.link) ?? []), one]);
  return [...byLink.values()].reduce((most, one) => (one.length > most.length ? one : most));
}

function scriptOf(
  told: readonly ObservedTelling[],
  server: ObservedServer,
  configurations: ReadonlyMap<number, number>,
  maxValues: number,
): NotificationScript {
  const { handle, link, at: first } = told[0]!;
  // The last subscription before the first value; where none was seen, it begins with the script.
  const subscription = server.writes.findLast(
    (write) => write.link === link && write.at <= first && configurations.get(write.handle) === handle,
  );
  let before = subscription?.at ?? first;
  const values = told.slice(0, maxValues).map(({ at, value }) => {
    const afterMs = Math.max(0, Math.round((at - before) * 1000) / 1000);
    before = at;
    return { afterMs, value: toHex(value) };
  });
  return { values };
}

function answersOf(
  rounds: readonly Answered[],
  answering: ReadonlySet<number>,
  missing: string[],
): Map<number, WriteAnswer[]> {
  const answers = new Map<number, WriteAnswer[]>();
  const others = new Map<number, number>();
  for (const { write, told } of rounds) {
    const own = told.filter(({ handle }) => answering.has(handle));
    if (own.length === 0) continue;
    const when = toHex(write.value);
    const known = answers.get(write.handle) ?? [];
    if (known.some((one) => one.when === when)) {
      others.set(write.handle, (others.get(write.handle) ?? 0) + 1);
      continue;
    }
    let before = write.at;
    const notify = own.map(({ handle, at, value }) => {
      const afterMs = Math.round((at - before) * 1000) / 1000;
      before = at;
      return { characteristic: handle, afterMs, value: toHex(value) };
    });
    answers.set(write.handle, [...known, { when, notify }]);
  }
  for (const [handle, count] of others) {
    missing.push(
      `${count} later answers to values written to ${show(handle)}: the first answer to each value is kept`,
    );
  }
  return answers;
}
