import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Every process that a test started and that may still run. */
const running = new Set<Child>();

// Vitest may end this process without the hooks of a test; no child may outlive it.
process.once('exit', () => {
  for (const child of running) child.kill();
});

/** One line that a child printed: its JSON, or `{ ev: 'line', text }`. */
export type Event = Readonly<Record<string, unknown>>;

interface Waiter {
  readonly matches: (event: Event) => boolean;
  readonly resolve: (event: Event) => void;
  readonly reject: (error: Error) => void;
}

/** How a child ended, and all it printed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that a test started, with what it prints: text, or events in JSON, line by line. */
export class Child {
  /** Resolves when the process has ended and all its output is here. */
  readonly ended: Promise<Ended>;
  private readonly process: ChildProcess;
  private readonly name: string;
  private readonly lines: string[] = [];
  private stderr = '';
  private events: Event[] = [];
  private waiters: Waiter[] = [];
  private calls = 0;
  private gone = false;

  constructor(
    name: string,
    command: string,
    args: readonly string[],
    options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
  ) {
    this.name = name;
    this.process = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    running.add(this);
    // A write to a child that is gone fails here; the waiters learn of its end below.
    this.process.stdin!.on('error', () => {});
    createInterface({ input: this.process.stdout! }).on('line', (line) => this.line(line));
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    createInterface({ input: this.process.stderr! }).on('line', (text) => this.tell({ ev: 'said', text }));
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => {
        this.finish(code, signal);
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      };
      this.process.once('close', end);
      this.process.once('error', (error) => {
        this.stderr += error.message;
        end(null, null);
      });
    });
  }

  /** Everything printed so far. */
  get stdout(): string {
    return this.lines.join('\n');
  }

  /** The next event of this kind that nobody has taken yet, past or to come; rejects when the process ends first. */
  event(kind: string, matches: (event: Event) => boolean = () => true): Promise<Event> {
    return this.next((event) => event['ev'] === kind && matches(event));
  }

  /** The next line of text that matches and that nobody has taken yet. */
  printed(text: RegExp): Promise<Event> {
    return this.event('line', (event) => text.test(String(event['text'])));
  }

  /** The next line on stderr that matches and that nobody has taken yet. */
  said(text: RegExp): Promise<Event> {
    return this.event('said', (event) => text.test(String(event['text'])));
  }

  /** Takes all events of this kind that have come and that nobody has taken yet. */
  take(kind: string): Event[] {
    const taken = this.events.filter((event) => event['ev'] === kind);
    this.events = this.events.filter((event) => event['ev'] !== kind);
    return taken;
  }

  /** Gives an order, as `{"id": 1, "do": "read", …}`, and resolves to its result; rejects with the child's error. */
  async call<T = unknown>(order: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const id = ++this.calls;
    const answer = this.next((event) => event['id'] === id);
    this.process.stdin!.write(`${JSON.stringify({ id, do: order, ...parameters })}\n`);
    const { error, result } = await answer;
    if (error !== undefined) throw new Error(`${this.name}: ${order}: ${String(error)}`);
    return result as T;
  }

  /** Sends a signal, as Ctrl-C does with SIGINT. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.process.kill(signal);
  }

  /** Ends the process and waits for its end. */
  async stop(): Promise<void> {
    this.kill();
    await this.ended;
  }

  /** The next event of any kind that matches and that nobody has taken yet, past or to come. */
  next(matches: (event: Event) => boolean): Promise<Event> {
    const index = this.events.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.events.splice(index, 1)[0]!);
    if (this.gone) return Promise.reject(this.lost('it has ended'));
    return new Promise((resolve, reject) => this.waiters.push({ matches, resolve, reject }));
  }

  private line(line: string): void {
    this.lines.push(line);
    this.tell(line.startsWith('{') ? (JSON.parse(line) as Event) : { ev: 'line', text: line });
  }

  private tell(event: Event): void {
    const index = this.waiters.findIndex(({ matches }) => matches(event));
    if (index >= 0) this.waiters.splice(index, 1)[0]!.resolve(event);
    else this.events.push(event);
  }

  private finish(code: number | null, signal: NodeJS.Signals | null): void {
    this.gone = true;
    running.delete(this);
    for (const { reject } of this.waiters) reject(this.lost(`it ended with ${signal ?? `code ${code}`}`));
    this.waiters = [];
  }

  private lost(why: string): Error {
    return new Error(
      `${this.name}: ${why}. It printed: ${this.stdout.slice(-1000)} ${this.stderr.slice(-2000)}`,
    );
  }
}

/** Ends every process that the test has left running. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((child) => child.stop()));
}
