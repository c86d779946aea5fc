/**
 * What all sessions of a server share, passed down as one object.
 * @module
 */
import type { Authenticator } from "../accounts/mod.ts";
import type { BufferPool } from "../framing/mod.ts";
import type { Runtime } from "../runtime/mod.ts";
import type { Homes } from "./homes.ts";
import type { Log } from "./log.ts";

export interface ServerContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly buffers: BufferPool;
  readonly authenticator: Authenticator;
  readonly homes: Homes;
  readonly limits: SessionLimits;
}

/** The limits of one session; null: there is none. */
export interface SessionLimits {
  readonly loginTimeoutMs: number;
  readonly idleTimeoutMs: number | null;
  readonly stallTimeoutMs: number | null;
  readonly minRateBytesPerSecond: number | null;
  readonly maxUploadBytes: number | null;
  readonly requestsAhead: number;
}
