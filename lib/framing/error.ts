/** @module Errors of framing, by code. */

export type FramingCode =
  | "bad_kind" // the first byte of a frame is no kind
  | "bad_length" // a payload of no bytes, or of more than is allowed now
  | "data_not_due" // a DATA frame where no body is expected
  | "cut"; // the stream ended within a frame

export class FramingError extends Error {
  override readonly name = "FramingError";
  constructor(
    readonly code: FramingCode,
    message: string,
    /** Of `bad_kind`: the byte that is none. It tells who speaks. */
    readonly byte: number | null = null,
  ) {
    super(message);
  }
}
