/**
 * The frame (PROTOCOL.md, "Frames"): its header, and the limits on what a peer
 * may send, which stand here and nowhere else.
 * @module
 */

/** Kind (u8), then the payload's length (u32, big endian). */
export const HEADER_BYTES = 5;
export const KIND = { message: 0, data: 1 } as const;
export type Kind = keyof typeof KIND;

/** Payload bytes of one MESSAGE, and of one before the login is through. */
export const MESSAGE_BYTES_MAX = 64 * 1024;
export const MESSAGE_BYTES_MAX_BEFORE_LOGIN = 4 * 1024;
/** Payload bytes of one DATA frame. */
export const DATA_BYTES_MAX = 1024 * 1024;

/**
 * What a decoder gives: a MESSAGE is always whole; the payload of a DATA frame
 * comes in pieces, as it arrives, since nobody needs its borders. The payload
 * is a view of the decoder's input: copy it to keep it beyond the next call.
 */
export type FramePart =
  | { readonly kind: "message"; readonly payload: Uint8Array }
  | { readonly kind: "data"; readonly payload: Uint8Array };

/** Write a header at `at` of `into`. `length` is the payload's, in bytes. */
export function writeHeader(
  into: Uint8Array,
  at: number,
  kind: Kind,
  length: number,
): void {
  into[at] = KIND[kind];
  into[at + 1] = length >>> 24;
  into[at + 2] = length >>> 16;
  into[at + 3] = length >>> 8;
  into[at + 4] = length;
}

/** A whole frame as bytes, for tests and for what is sent on its own. */
export function encodeFrame(
  kind: Kind,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  writeHeader(frame, 0, kind, payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}
