import type { VirtualController } from '../../virtual/index.js';
import { type Output, printable } from '../output.js';

/** One controller, as it is drawn. */
export interface Served {
  readonly controller: VirtualController;
  /** Where it can be reached; `undefined` until it listens. */
  at: string | undefined;
  hostIsThere: boolean;
  /** Packets since the beginning: from the host, and to it. */
  fromHost: number;
  toHost: number;
}

/** Draws controllers again and again, each time with the packets of the second since the last one. */
export class AirView {
  private readonly served: readonly Served[];
  private readonly before = new Map<Served, { fromHost: number; toHost: number; at: number }>();

  constructor(served: readonly Served[]) {
    this.served = served;
  }

  /** @param now milliseconds */
  lines(now: number, output: Output): readonly string[] {
    const rows = this.served.map((one, i) => this.row(one, i + 1, now, output));
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.text.length)));
    const lines: string[] = [];
    for (const [i, row] of rows.entries()) {
      lines.push(
        row
          .map(({ text, shown }, column) => shown + ' '.repeat(widths[column]! - text.length))
          .join('  ')
          .trimEnd(),
      );
      lines.push(...this.links(this.served[i]!));
    }
    return lines;
  }

  private row(one: Served, number: number, now: number, output: Output) {
    const { controller, at, hostIsThere } = one;
    const { advertising, scanning, initiating } = controller.activity;
    const doing = [
      ...(advertising ? ['advertising'] : []),
      ...(scanning ? ['scanning'] : []),
      ...(initiating ? ['connecting'] : []),
    ].join(', ');
    const last = this.before.get(one) ?? { fromHost: 0, toHost: 0, at: now - 1000 };
    this.before.set(one, { fromHost: one.fromHost, toHost: one.toHost, at: now });
    const seconds = Math.max(0.001, (now - last.at) / 1000);
    const rate = (count: number) => String(Math.round(count / seconds));
    const plain = (text: string) => ({ text, shown: text });
    const host = hostIsThere ? 'host' : 'waits';
    return [
      plain(String(number)),
      plain(printable(controller.name)),
      plain(at ?? ''),
      { text: host, shown: output.emphasise(host, hostIsThere ? 'green' : 'dim') },
      plain(`>${rate(one.fromHost - last.fromHost)}/s`),
      plain(`<${rate(one.toHost - last.toHost)}/s`),
      { text: doing, shown: output.emphasise(doing, 'cyan') },
    ];
  }

  private links({ controller }: Served): string[] {
    return controller.links.map(({ role, peer, intervalMs, rssi }) => {
      const strength = rssi === undefined || rssi === 127 ? '' : `, ${Math.round(rssi)} dBm`;
      return `   ${role === 'central' ? '→' : '←'} ${peer.toString()}, ${role}, ${intervalMs} ms${strength}`;
    });
  }
}

const UP = (lines: number) => (lines > 0 ? `\u001b[${lines}A` : '');
const CLEAR_BELOW = '\u001b[0J';

/** The text that replaces a picture of `before` lines by another one on a terminal. */
export function redraw(before: number, lines: readonly string[]): string {
  return `${UP(before)}${CLEAR_BELOW}${lines.map((line) => `${line}\n`).join('')}`;
}
