import type { Clock } from '../../core/clock.js';
import type { ScanOptions } from './scan-options.js';
import type { ScanUser } from './scan-user.js';

/**
 * Ends a scan after its time, or has it listen for that time again and again.
 * @param stop ends it
 * @param listen has it begin or end a period
 */
export function keepPeriods(
  clock: Clock,
  user: ScanUser,
  { durationMs, periodMs, filterDuplicates }: ScanOptions,
  { stop, listen }: { readonly stop: () => void; readonly listen: (on: boolean) => void },
): void {
  if (durationMs === undefined || !user.listening) return;
  const begin = () => {
    user.timer = clock.setTimeout(() => {
      if (periodMs === undefined) return stop();
      user.timer = clock.setTimeout(
        () => {
          if (filterDuplicates === 'eachPeriod') user.forget();
          begin();
          listen(true);
        },
        Math.max(1, periodMs - durationMs),
      );
      if (periodMs > durationMs) listen(false);
    }, durationMs);
  };
  begin();
}
