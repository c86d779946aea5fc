/** @module Versions and features, negotiated in hello. */

/** The program's version, as --version prints it. */
export const PROGRAM_VERSION = "0.1.0";
/** Protocol versions that this code speaks, best first. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];
/** Features that a request may name in `requires`. */
export const FEATURES: readonly string[] = [
  ...["crc32", "sha256"],
  ...["list", "walk", "mkdir", "rm", "rmdir", "mv", "cp", "setattr"],
  ...["checksum", "du", "space", "link"],
  ...["versions", "conditions", "range", "resume"],
];
