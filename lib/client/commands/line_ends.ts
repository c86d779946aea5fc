/**
 * The first and the last lines of a file that is read in pieces: head forwards,
 * tail backwards. Pure, but for the reader.
 * @module
 */
const LINE_FEED = 0x0a;
const BLOCK_BYTES_MIN = 16 * 1024;
/** What is kept at once, and asked for at once. */
const BLOCK_BYTES_MAX = 1024 * 1024;

/** Fewer bytes than asked for, where the file is at its end. */
export type ReadRange = (offset: number, length: number) => Promise<Uint8Array>;

/** The first `count` lines, in pieces. */
export async function* firstLines(
  read: ReadRange,
  size: number,
  count: number,
): AsyncGenerator<Uint8Array> {
  let left = count;
  let block = BLOCK_BYTES_MIN;
  for (let at = 0; at < size && left > 0;) {
    const piece = await read(at, Math.min(block, size - at));
    if (piece.length === 0) return;
    at += piece.length;
    block = Math.min(block * 2, BLOCK_BYTES_MAX);
    let end = 0;
    while (left > 0 && end < piece.length) {
      const feed = piece.indexOf(LINE_FEED, end);
      end = feed < 0 ? piece.length : feed + 1;
      if (feed >= 0) left--;
    }
    yield piece.subarray(0, end);
  }
}

/** Where the last `count` lines begin. */
export async function lastLinesStart(
  read: ReadRange,
  size: number,
  count: number,
): Promise<number> {
  if (count === 0) return size;
  let left = count;
  let block = BLOCK_BYTES_MIN;
  for (let end = size; end > 0;) {
    const start = Math.max(end - block, 0);
    const piece = await read(start, end - start);
    block = Math.min(block * 2, BLOCK_BYTES_MAX);
    for (let at = piece.length - 1; at >= 0; at--) {
      // One at the very end closes the last line, and begins none.
      const begins = piece[at] === LINE_FEED && start + at !== size - 1;
      if (begins && --left === 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}
