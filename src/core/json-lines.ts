/** Where something is in JSON text. */
export interface JsonPlace {
  /** From 1. */
  readonly line: number;
  /** In characters, from 1. */
  readonly column: number;
}

/** Text that is no JSON, from this place on. What stands there is not told: it may be a secret. */
export class JsonSyntaxError extends SyntaxError implements JsonPlace {
  readonly line: number;
  readonly column: number;

  constructor(message: string, { line, column }: JsonPlace) {
    super(message);
    this.name = 'JsonSyntaxError';
    this.line = line;
    this.column = column;
  }
}

/** Levels of objects and arrays that are read: text that nests without end is refused like any that is wrong. */
const DEPTH = 200;

/**
 * `JSON.parse` that says where the text is wrong, and shows nothing of it.
 * @throws {JsonSyntaxError}
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    new Scanner(text).whole();
    throw new JsonSyntaxError('no JSON', { line: 1, column: 1 });
  }
}

/**
 * Where the value at a path stands; where a part of the path is missing, the innermost that is there.
 * @param text sound JSON
 */
export function jsonPlace(text: string, path: readonly PropertyKey[]): JsonPlace {
  const scanner = new Scanner(text, path.map(String));
  scanner.whole();
  return scanner.found;
}

/**
 * Refuses sound JSON in which an object has a name twice: of the two `JSON.parse` takes one, and says nothing.
 * @throws {JsonSyntaxError}
 */
export function checkNames(text: string): void {
  new Scanner(text, [], true).whole();
}

const number = /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they have to be escaped in JSON
const plain = /[^"\\\u0000-\u001f]*/y;
const escaped = /\\(["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const space = /[ \t\n\r]*/y;

/** Goes through JSON text by the grammar of RFC 8259, and notes where a path is. */
class Scanner {
  found: JsonPlace = { line: 1, column: 1 };
  private readonly text: string;
  private readonly wanted: readonly string[];
  /** Whether a name may be in an object once only. */
  private readonly unique: boolean;
  /** How many steps of the wanted path lead to where the scanner is; the others differ. */
  private matched = 0;
  private depth = 0;
  private at = 0;

  constructor(text: string, wanted: readonly string[] = [], unique = false) {
    this.text = text;
    this.wanted = wanted;
    this.unique = unique;
  }

  whole(): void {
    this.value(true);
    this.take(space);
    if (this.at < this.text.length) this.fail('something stands behind the end');
  }

  private value(onPath: boolean): void {
    this.take(space);
    if (onPath) this.found = this.place();
    const first = this.text[this.at];
    if (first === '{') this.object(onPath);
    else if (first === '[') this.array(onPath);
    else if (first === '"') this.string();
    else if (first === undefined) this.fail('the text ends in the middle');
    else if (!this.word('true') && !this.word('false') && !this.word('null') && !this.take(number))
      this.fail('a value is wanted');
  }

  private object(onPath: boolean): void {
    this.enter();
    this.take(space);
    const names = new Set<string>();
    if (!this.word('}')) {
      do {
        this.take(space);
        if (this.text[this.at] !== '"') this.fail('a name in quotes is wanted');
        const { at } = this;
        const name = this.string();
        if (this.unique && names.has(name)) {
          this.at = at;
          this.fail('a name is there twice');
        }
        names.add(name);
        this.take(space);
        if (!this.word(':')) this.fail('a colon is wanted');
        this.step(onPath, name);
        this.take(space);
      } while (this.word(','));
      if (!this.word('}')) this.fail('a comma or the end of the object is wanted');
    }
    this.depth--;
  }

  private array(onPath: boolean): void {
    this.enter();
    this.take(space);
    if (!this.word(']')) {
      let index = 0;
      do {
        this.step(onPath, String(index++));
        this.take(space);
      } while (this.word(','));
      if (!this.word(']')) this.fail('a comma or the end of the list is wanted');
    }
    this.depth--;
  }

  private step(onPath: boolean, name: string): void {
    const deeper = onPath && this.wanted[this.matched] === name;
    if (deeper) this.matched++;
    this.value(deeper);
    if (deeper) this.matched--;
  }

  /** A string, which begins here; gives what it says. */
  private string(): string {
    const from = this.at++;
    do this.take(plain);
    while (this.take(escaped));
    if (!this.word('"')) this.fail('a string does not end');
    return JSON.parse(this.text.slice(from, this.at)) as string;
  }

  private enter(): void {
    this.at++;
    if (++this.depth > DEPTH) this.fail(`more than ${DEPTH} levels are not read`);
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }

  private fail(message: string): never {
    throw new JsonSyntaxError(
      this.at < this.text.length ? message : 'the text ends in the middle',
      this.place(),
    );
  }

  private place(): JsonPlace {
    const before = this.text.slice(0, this.at);
    const start = before.lastIndexOf('\n') + 1;
    return { line: before.split('\n').length, column: before.length - start + 1 };
  }
}
