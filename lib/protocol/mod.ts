/** @module The framed protocol: messages, schemas, status codes, versions. */
export {
  type Answer,
  type Limits,
  readServerMessage,
  type ServerNotice,
} from "./answers.ts";
export { type ProtocolCode, ProtocolError } from "./error.ts";
export { CHECKSUM_TYPES, type ChecksumType, formatMtime } from "./fields.ts";
export { answerToStranger, type Stranger, strangerOf } from "./first_byte.ts";
export { decodeObject, encodeObject, type JsonObject } from "./json.ts";
export {
  encodeEntry,
  type ListedEntry,
  type ListedType,
  LISTING_LINE_BYTES_MAX,
  type ListingKind,
  ListingReader,
} from "./listing.ts";
export {
  type BodyEnd,
  type BodyMark,
  type ClientMessage,
  type FolderRequest,
  type GetRequest,
  hasBody,
  isNotice,
  type PutRequest,
  readClientMessage,
  type Request,
  type RequestAction,
  requestIdOf,
  type ResumeItem,
  type ResumeRequest,
} from "./messages.ts";
export { printable, shortened } from "./printable.ts";
export {
  type HeldPartLine,
  LineReader,
  type PartStateLine,
  readHeldPart,
  readPartState,
  readVersionState,
  type VersionStateLine,
} from "./resume.ts";
export { saslprep, type SaslprepCode, SaslprepError } from "./saslprep.ts";
export {
  deriveVerifier,
  SCRAM_SHA_256,
  ScramClient,
  type ScramCode,
  ScramError,
  scramNonce,
  ScramServer,
  type Verifier,
} from "./scram.ts";
export { STATUS, type StatusName, statusName } from "./status.ts";
export { FEATURES, PROGRAM_VERSION, PROTOCOL_VERSIONS } from "./version.ts";
