/** @module Transfers: copying with checksums, progress, cancellation. */
export { type Checksum, createChecksum } from "./checksum.ts";
export { type TransferCode, TransferError } from "./error.ts";
export { BodyHandover } from "./handover.ts";
export { limitedNetwork, RateLimit } from "./limit.ts";
export {
  type BodyEnding,
  type BodySource,
  type ByteSink,
  receiveBody,
  type Received,
} from "./receive.ts";
export { type ByteSource, sendBody } from "./send.ts";
