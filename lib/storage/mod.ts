/** @module Storage: homes, and the names of what is in them. */
export { isAnchored, removeAnchor } from "./anchor.ts";
export { cleanParts, hasKeptParts } from "./clean.ts";
export { intoItself } from "./disk_error.ts";
export { type StorageCode, StorageError } from "./error.ts";
export type {
  Attributes,
  Capabilities,
  ChecksumOptions,
  ChecksumType,
  CommitOptions,
  CopyOptions,
  Entry,
  EntryType,
  FileInfo,
  Home,
  LinkInfo,
  Part,
  PartIdentity,
  Reader,
  ReadOptions,
  RenameOptions,
  Space,
  WalkEntry,
  WalkOptions,
  Whole,
  WholePut,
  WholeRead,
  WholeReadOptions,
} from "./home.ts";
export { LocalHomes } from "./local_homes.ts";
export { type LocalHomeOptions, openLocalHome } from "./local.ts";
export {
  childOf,
  type HomePath,
  parentOf,
  type Platform,
  resolveName,
} from "./path.ts";
export type { KeptPart, ResumePoint } from "./kept_part.ts";
export {
  type KeptPartInfo,
  type PartClaim,
  type PartState,
  PartStore,
  type PartStoreOptions,
} from "./part_store.ts";
export { Operations, type OperationsFile } from "./operations.ts";
export type { PartFiles } from "./part_files.ts";
