import { isHosts, type ScriptItem } from './script.js';
import { streamOf } from './streams.js';

export type CommandItem = ScriptItem & { readonly of: 'command' };
export type FrameItem = ScriptItem & { readonly of: 'frame' };

/** Items that come one after another. */
class Queue<T extends ScriptItem> {
  private readonly items: T[] = [];
  private at = 0;

  add(item: T): void {
    this.items.push(item);
  }

  /** The first that is not done. */
  get next(): T | undefined {
    while (this.items[this.at]?.done) this.at++;
    return this.items[this.at];
  }
}

/** What a host still has to send, by what waits for what. */
export class Queues {
  private readonly all = new Queue<ScriptItem>();
  private readonly commands = new Queue<CommandItem>();
  private readonly packets = new Queue<ScriptItem>();
  private readonly frames = new Queue<FrameItem>();
  private readonly links = new Map<string, Queue<FrameItem>>();

  constructor(items: readonly ScriptItem[]) {
    for (const item of items) {
      if (!isHosts(item)) continue;
      this.all.add(item);
      if (item.of === 'command') this.commands.add(item);
      else if (item.of === 'packet') this.packets.add(item);
      else if (item.of === 'frame') {
        const { handle, octets } = item.frame;
        this.frames.add(item);
        this.link(String(handle)).add(item);
        this.link(`${handle} ${streamOf(octets)}`).add(item);
      }
    }
  }

  /** The next packet of the host's, whatever it is. */
  get first(): ScriptItem | undefined {
    return this.all.next;
  }

  get command(): CommandItem | undefined {
    return this.commands.next;
  }

  /** The next one that is neither a command nor an L2CAP frame. */
  get packet(): ScriptItem | undefined {
    return this.packets.next;
  }

  /** The next L2CAP frame, of any link, of one, or of one's stream. */
  frame(handle?: number, stream?: string): FrameItem | undefined {
    if (handle === undefined) return this.frames.next;
    return this.links.get(stream === undefined ? String(handle) : `${handle} ${stream}`)?.next;
  }

  private link(key: string): Queue<FrameItem> {
    const known = this.links.get(key) ?? new Queue<FrameItem>();
    this.links.set(key, known);
    return known;
  }
}
