/** Checks of options: wrong ones throw at once, naming the option and what is permitted. */

/** An integer between `low` and `high`. */
export function checkInteger(option: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${option}: ${show(value)} is not permitted; an integer from ${low} to ${high} is`);
  }
  return value;
}

/** A number between `low` and `high`, in `unit`. */
export function checkNumber(option: string, value: unknown, low: number, high: number, unit = ''): number {
  if (typeof value !== 'number' || !(value >= low && value <= high)) {
    const tail = unit ? ` ${unit}` : '';
    throw new RangeError(`${option}: ${show(value)} is not permitted; ${low} to ${high}${tail} is`);
  }
  return value;
}

/** One of a few words or numbers. */
export function checkOneOf<T extends string | number | boolean>(
  option: string,
  value: unknown,
  permitted: readonly T[],
): T {
  if (!permitted.includes(value as T)) {
    throw new RangeError(
      `${option}: ${show(value)} is not permitted; one of ${permitted.map(show).join(', ')} is`,
    );
  }
  return value as T;
}

/** Octets, `low` to `high` of them. */
export function checkBytes(option: string, value: unknown, low: number, high: number): Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new TypeError(`${option}: ${show(value)} is not permitted; a Uint8Array is`);
  if (value.length < low || value.length > high) {
    throw new RangeError(`${option}: ${value.length} octets are not permitted; ${low} to ${high} are`);
  }
  return value;
}

/** A function, or nothing. */
export function checkFunction(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function')
    throw new TypeError(`${option}: ${show(value)} is not permitted; a function is`);
}

/** No keys but the permitted ones: a misspelt option is an error, not a silent default. Neither is what has no keys at all. */
export function checkKeys(what: string, options: unknown, permitted: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${what}: ${show(options)} is not permitted; an object with options is`);
  for (const key of Object.keys(options)) {
    if (!permitted.includes(key)) {
      throw new TypeError(
        `${what}: unknown option ${JSON.stringify(key)}; known are ${permitted.join(', ')}`,
      );
    }
  }
}

function show(value: unknown): string {
  // NaN and Infinity have no JSON.
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  const text = JSON.stringify(value);
  return text === undefined ? String(value) : text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
