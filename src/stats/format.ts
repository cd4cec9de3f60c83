/** `1 h 02 min`, `3 min 05 s`, `2.50 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `950`, `12.3 k`, `4.56 M`. */
export function amount(value: number): string {
  if (value < 1000) return String(Math.round(value));
  if (value < 1e6) return `${(value / 1000).toPrecision(3)} k`;
  return `${(value / 1e6).toPrecision(3)} M`;
}

/** `0.52 ms`, `41 ms`, `1.20 s`. */
export function milliseconds(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

/** The moment of a calendar, in UTC. */
export function calendar(microseconds: number): string {
  return `${new Date(microseconds / 1000)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '')} UTC`;
}
