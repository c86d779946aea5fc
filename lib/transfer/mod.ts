/** @module Transfers: copying with checksums, progress, cancellation. */
export {
  type Checksum,
  checksumOf,
  createChecksum,
  resumedCrc32,
} from "./checksum.ts";
export { type TransferCode, TransferError } from "./error.ts";
export { BodyHandover } from "./handover.ts";
export { HeldBodies } from "./held.ts";
export { limitedNetwork, RateLimit } from "./limit.ts";
export { MarkTimes } from "./mark_times.ts";
export {
  assertEnding,
  type BodyEnding,
  type BodySource,
  type ByteSink,
  receiveBody,
  type Received,
} from "./receive.ts";
export { type ByteSource, sendBody } from "./send.ts";
