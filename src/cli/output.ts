/** Where text goes: one of Node's streams, or memory in a test. */
export interface TextSink {
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /** Takes text; resolves when there is room for more. */
  write(text: string): Promise<void>;
}

/** What the output depends on. */
export interface OutputOptions {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** The environment's variables: `NO_COLOR` and `TERM` count. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether diagnostics are wanted. */
  readonly verbose: boolean;
}

const sgr = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], cyan: [36, 39] } as const;

/** A way for text to stand out. */
export type Emphasis = keyof typeof sgr;

/** What the commands print: results to stdout, everything else to stderr. */
export class Output {
  private readonly options: OutputOptions;

  constructor(options: OutputOptions) {
    this.options = options;
  }

  /** Whether diagnostics are wanted. */
  get verbose(): boolean {
    return this.options.verbose;
  }

  /** Whether a person looks at the result as it comes. */
  get isTerminal(): boolean {
    return this.options.stdout.isTerminal;
  }

  /** Part of the result as it stands: what moves the cursor of a terminal. */
  raw(text: string): Promise<void> {
    return this.options.stdout.write(text);
  }

  /** One line of the result. */
  line(text = ''): Promise<void> {
    return this.options.stdout.write(`${text}\n`);
  }

  /** One object of the result, as one line of JSON. */
  json(value: unknown): Promise<void> {
    return this.line(JSON.stringify(value));
  }

  /** One line about the run: to stderr, so that the result stays clean. */
  note(text: string): Promise<void> {
    return this.options.stderr.write(`${text}\n`);
  }

  /** As {@link note}, when diagnostics are wanted. */
  async diagnostic(text: string): Promise<void> {
    if (this.verbose) await this.note(text);
  }

  /** Text of the result that stands out on a terminal, and is left alone elsewhere. */
  emphasise(text: string, ...how: readonly Emphasis[]): string {
    if (!colours(this.options.stdout, this.options.env)) return text;
    return how.reduce((inner, one) => `\u001b[${sgr[one][0]}m${inner}\u001b[${sgr[one][1]}m`, text);
  }
}

/** Colours are for terminals that know them, unless `NO_COLOR` says otherwise (no-color.org). */
function colours(sink: TextSink, env: OutputOptions['env']): boolean {
  return sink.isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/**
 * Text that a peer sent, made fit for a terminal: control characters, which could move the cursor or worse, and those
 * that turn the direction of writing become visible.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** Rows of two columns, the first as wide as its longest entry. */
export function columns(rows: readonly (readonly [string, string])[], indent = '', gap = '  '): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${indent}${left.padEnd(width)}${gap}${right}`.trimEnd());
}
