/** @module Bytes for tests. */

/** Bytes with no pattern, by a small generator: the same for a seed. */
export function randomBytes(
  length: number,
  seed = length + 1,
): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed >>> 0 || 1;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13; // xorshift32 (Marsaglia, 2003)
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer).subarray(0, length);
}
