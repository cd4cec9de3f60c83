import { UsageError } from './errors.js';

/** The options that were given, by name. */
export class OptionValues {
  private readonly values: ReadonlyMap<string, string | true>;
  private readonly command: string | undefined;

  constructor(values: ReadonlyMap<string, string | true>, command?: string) {
    this.values = values;
    this.command = command;
  }

  /** Whether an option is there. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The value of an option, or `undefined`. */
  text(name: string): string | undefined {
    const value = this.values.get(name);
    return value === true ? undefined : value;
  }

  /**
   * The value of an option as a number.
   * @throws {UsageError} when it is none, or not between `low` and `high`
   */
  number(name: string, low: number, high: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) {
      throw new UsageError(`--${name} ${text}: a number from ${low} to ${high} is wanted`, this.command);
    }
    return value;
  }

  /**
   * The value of an option that is one of a few words; `usual` when it is not there, or empty.
   * @throws {UsageError} when it is another
   */
  oneOf<T extends string>(name: string, known: readonly T[], usual: T): T {
    const text = this.text(name) || usual;
    const found = known.find((one) => one === text);
    if (found === undefined) throw this.wrong(`--${name} ${text}: one of ${known.join(', ')} is wanted`);
    return found;
  }

  /** @throws {UsageError} when both options are there */
  notBoth(one: string, other: string): void {
    if (this.has(one) && this.has(other)) {
      throw new UsageError(`--${one} and --${other} exclude each other`, this.command);
    }
  }

  /** The error for an option with a value that is not permitted. */
  wrong(message: string): UsageError {
    return new UsageError(message, this.command);
  }
}
