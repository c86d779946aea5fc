/** @module Framing: bytes to frames and back; knows no files and no JSON. */
export { BufferPool } from "./buffers.ts";
export { FrameDecoder } from "./decoder.ts";
export { type FramingCode, FramingError } from "./error.ts";
export {
  DATA_BYTES_MAX,
  encodeFrame,
  type FramePart,
  HEADER_BYTES,
  MESSAGE_BYTES_MAX,
  MESSAGE_BYTES_MAX_BEFORE_LOGIN,
  writeHeader,
} from "./frame.ts";
export { FrameReader } from "./reader.ts";
export { FrameWriter } from "./writer.ts";
