import { checkKeys, checkNumber } from '../../core/check.js';
import { type RandomSource, randomUnit } from '../../core/random.js';
import { ln } from '../air/exact-math.js';

/** When a device is switched on. All that is said must hold. */
export interface Presence {
  /** In these times only, in milliseconds since the opening of the world, one after the other; without end where none is said. */
  readonly spans?: readonly { readonly fromMs: number; readonly untilMs?: number }[];
  /** It comes and goes by chance: for so long on the average, in milliseconds. It begins with being there. */
  readonly churn?: { readonly onMs: number; readonly offMs: number };
  /** Its battery lasts so many minutes of being on. */
  readonly batteryMinutes?: number;
}

/** A time in which a device is on, in milliseconds since the opening of the world. */
export interface Span {
  readonly from: number;
  /** `Infinity` when nothing ends it. */
  readonly until: number;
}

/** @throws {RangeError | TypeError} naming the option that is wrong */
export function checkPresence(presence: Presence, name = 'presence'): Presence {
  checkKeys(name, presence, ['spans', 'churn', 'batteryMinutes']);
  const { spans = [], churn, batteryMinutes } = presence;
  let last = 0;
  for (const [i, span] of spans.entries()) {
    checkKeys(`${name}.spans.${i}`, span, ['fromMs', 'untilMs']);
    checkNumber(`${name}.spans.${i}.fromMs`, span.fromMs, last, 1e12, 'ms');
    last = span.untilMs ?? Number.POSITIVE_INFINITY;
    if (span.untilMs !== undefined) {
      checkNumber(`${name}.spans.${i}.untilMs`, span.untilMs, span.fromMs, 1e12, 'ms');
    }
  }
  if (churn) {
    checkKeys(`${name}.churn`, churn, ['onMs', 'offMs']);
    checkNumber(`${name}.churn.onMs`, churn.onMs, 1, 1e12, 'ms');
    checkNumber(`${name}.churn.offMs`, churn.offMs, 1, 1e12, 'ms');
  }
  if (batteryMinutes !== undefined) {
    checkNumber(`${name}.batteryMinutes`, batteryMinutes, 0.001, 1e9, 'minutes');
  }
  return presence;
}

/** The times in which a device is on, one after the other; they never overlap, and may go on for ever. */
export function* spansOf(presence: Presence, random: RandomSource): Generator<Span, void, undefined> {
  const { spans = [{ fromMs: 0 }], churn, batteryMinutes = Number.POSITIVE_INFINITY } = presence;
  let battery = batteryMinutes * 60_000;
  const turns = churn ? churning(churn, random) : always();
  let turn: Span | undefined = turns.next().value as Span | undefined;
  for (const { fromMs, untilMs = Number.POSITIVE_INFINITY } of spans) {
    while (turn && turn.until <= fromMs) turn = turns.next().value as Span | undefined;
    while (turn && turn.from < untilMs) {
      const from = Math.max(fromMs, turn.from);
      const until = Math.min(untilMs, turn.until, from + battery);
      if (until > from) yield { from, until };
      battery -= until - from;
      if (battery <= 0) return;
      if (turn.until > untilMs) break;
      turn = turns.next().value as Span | undefined;
    }
  }
}

function* always(): Generator<Span> {
  yield { from: 0, until: Number.POSITIVE_INFINITY };
}

function* churning({ onMs, offMs }: NonNullable<Presence['churn']>, random: RandomSource): Generator<Span> {
  // What happens at any moment alike takes times that are spread exponentially.
  const by = (mean: number) => Math.max(1, Math.round(-ln(1 - randomUnit(random)) * mean));
  let from = 0;
  for (;;) {
    const until = from + by(onMs);
    yield { from, until };
    from = until + by(offMs);
  }
}
