/**
 * Which names of one folder were seen, in 16 bytes each or less: a listing may
 * have millions, in no order, and a name that comes twice is not to be taken
 * for two files.
 * @module
 */

import type { Random } from "../../runtime/mod.ts";

/** 32 MiB of slots at most. */
export const NAMES_MAX = 1 << 21;
const SLOTS_MIN = 256;
/** In a half full table nobody has to look this far; a liar may want us to. */
const PROBES_MAX = 512;

export class NamesSeen {
  /** Two words of 32 bits a slot: a hash of 64, which is 0 where none is. */
  #slots = new Uint32Array(2 * SLOTS_MIN);
  #names = 0;
  readonly #seed: number;

  /** By 32 bits that the server cannot know. */
  static seeded(random: Random): NamesSeen {
    const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
    return new NamesSeen(a << 24 | b << 16 | c << 8 | d);
  }

  /** @param seed 32 bits. */
  constructor(seed: number) {
    this.#seed = seed >>> 0;
  }

  /**
   * Take a name for seen. Two that are taken for one: 1 chance in 10^7, with as
   * many names as there may be.
   * @returns Whether it is the first of its name; null where that cannot be
   * told, since there are too many.
   */
  add(name: string): boolean | null {
    if (this.#names >= NAMES_MAX) return null;
    const capacity = this.#slots.length >> 1;
    if (2 * (this.#names + 1) > capacity && !this.#grow()) return null;
    const [low, high] = hash64(name, this.#seed);
    const added = insert(this.#slots, low, high);
    if (added) this.#names++;
    return added;
  }

  #grow(): boolean {
    const before = this.#slots;
    const after = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += 2) {
      const low = before[at] ?? 0;
      const high = before[at + 1] ?? 0;
      const empty = low === 0 && high === 0;
      if (!empty && insert(after, low, high) === null) return false;
    }
    this.#slots = after;
    return true;
  }
}

function insert(
  slots: Uint32Array,
  low: number,
  high: number,
): boolean | null {
  const mask = (slots.length >> 1) - 1;
  for (let probe = 0; probe < PROBES_MAX; probe++) {
    const at = ((low + probe) & mask) << 1;
    const there = slots[at];
    if (there === 0 && slots[at + 1] === 0) {
      slots[at] = low;
      slots[at + 1] = high;
      return true;
    }
    if (there === low && slots[at + 1] === high) return false;
  }
  return null;
}

/** Two multiply-and-shift hashes of 32 bits, mixed into each other. */
function hash64(text: string, seed: number): [low: number, high: number] {
  let a = seed ^ 0x9e3779b9;
  let b = Math.imul(seed, 0x85ebca6b) ^ 0xc2b2ae35;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
    a ^= a >>> 15;
    b ^= b >>> 13;
  }
  a = Math.imul(a ^ (b >>> 16), 0x85ebca6b);
  b = Math.imul(b ^ (a >>> 13), 0xc2b2ae35);
  a ^= b >>> 16;
  return [(a >>> 0) || 1, b >>> 0];
}
