/**
 * Streams of frames for tests: what a decoder makes of bytes that come in
 * chunks, in a form that can be compared.
 * @module
 */
import {
  FrameDecoder,
  FramingError,
  MESSAGE_BYTES_MAX_BEFORE_LOGIN,
} from "../../lib/framing/mod.ts";

export interface Decoded {
  /** Runs of data without a message between them are one entry. */
  readonly frames: readonly {
    readonly kind: "message" | "data";
    readonly hex: string;
  }[];
  readonly error: string | null;
  /** Whether the stream ends between two frames. */
  readonly whole: boolean;
}

export interface DecodeOptions {
  readonly dataDue?: boolean;
  readonly beforeLogin?: boolean;
}

/** Decode a stream that comes in these chunks. */
export function decode(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  { dataDue = false, beforeLogin = false }: DecodeOptions = {},
): Decoded {
  const decoder = new FrameDecoder();
  decoder.dataDue = dataDue;
  if (beforeLogin) decoder.messageBytesMax = MESSAGE_BYTES_MAX_BEFORE_LOGIN;
  const frames: { kind: "message" | "data"; hex: string }[] = [];
  try {
    for (const chunk of chunks) {
      decoder.feed(chunk);
      for (let part = decoder.next(); part !== null; part = decoder.next()) {
        const last = frames.at(-1);
        const hex = part.payload.toHex();
        if (part.kind === "data" && last?.kind === "data") last.hex += hex;
        else frames.push({ kind: part.kind, hex });
      }
    }
    return { frames, error: null, whole: decoder.atBoundary };
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    return { frames, error: error.code, whole: false };
  }
}

/** `bytes` cut at these places. */
export function cut(
  bytes: Uint8Array<ArrayBuffer>,
  places: readonly number[],
): Uint8Array<ArrayBuffer>[] {
  const sorted = [...new Set(places.map((p) => p % (bytes.length + 1)))]
    .sort((a, b) => a - b);
  const edges = [0, ...sorted, bytes.length];
  return edges.slice(1).map((to, at) => bytes.slice(edges[at] ?? 0, to));
}
