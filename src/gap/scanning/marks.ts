/** The first room; as many again each time that half of it is taken. */
const FIRST_ROOM = 64;

/**
 * A mark of 32 bits for each of so many keys; what came first is forgotten beyond. As a `Map` is, but a key is a number in a row
 * of numbers here and no object somewhere: among thousands one is found as fast as among a few.
 */
export class Marks {
  private readonly most: number;
  /** By hash, and where that is taken in the next free place; NaN is none. */
  private keys = noKeys(FIRST_ROOM);
  private marks = new Uint32Array(FIRST_ROOM);
  /** The keys as they came, from {@link first} on, round and round. */
  private order = new Float64Array(FIRST_ROOM / 2);
  private first = 0;
  private count = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** How many keys there are. */
  get size(): number {
    return this.count;
  }

  /** The mark of a key, 0 to 0xFFFFFFFF; `undefined` without. */
  get(key: number): number | undefined {
    const place = this.placeOf(key);
    return this.keys[place] === key ? this.marks[place] : undefined;
  }

  set(key: number, mark: number): void {
    let place = this.placeOf(key);
    if (this.keys[place] !== key) {
      if (this.count === this.most) this.forgetFirst();
      else if (this.count === this.order.length) this.grow();
      place = this.placeOf(key);
      this.keys[place] = key;
      this.order[(this.first + this.count++) % this.order.length] = key;
    }
    this.marks[place] = mark;
  }

  /** Where a key is, or would be. */
  private placeOf(key: number): number {
    const { keys } = this;
    const mask = keys.length - 1;
    let place = hash(key) & mask;
    for (let at = keys[place]!; !Number.isNaN(at) && at !== key; at = keys[place]!)
      place = (place + 1) & mask;
    return place;
  }

  private forgetFirst(): void {
    const { keys, marks } = this;
    const mask = keys.length - 1;
    let free = this.placeOf(this.order[this.first]!);
    this.first = (this.first + 1) % this.order.length;
    this.count--;
    // Those behind it move up, unless they are where they belong.
    for (let place = (free + 1) & mask; ; place = (place + 1) & mask) {
      const key = keys[place]!;
      if (Number.isNaN(key)) break;
      if (((place - (hash(key) & mask)) & mask) < ((place - free) & mask)) continue;
      keys[free] = key;
      marks[free] = marks[place]!;
      free = place;
    }
    keys[free] = Number.NaN;
  }

  private grow(): void {
    const { keys, marks, order, first, count } = this;
    this.order = new Float64Array(Math.min(2 * order.length, this.most));
    for (let i = 0; i < count; i++) this.order[i] = order[(first + i) % order.length]!;
    this.first = 0;
    this.keys = noKeys(2 * keys.length);
    this.marks = new Uint32Array(2 * keys.length);
    for (const [i, key] of keys.entries()) {
      if (Number.isNaN(key)) continue;
      const place = this.placeOf(key);
      this.keys[place] = key;
      this.marks[place] = marks[i]!;
    }
  }
}

function noKeys(room: number): Float64Array {
  return new Float64Array(room).fill(Number.NaN);
}

/** Addresses differ in few bits: all of them count, in all of it. */
function hash(key: number): number {
  const mixed = Math.imul(key ^ Math.imul(key / 0x1_0000_0000, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
