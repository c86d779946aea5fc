/** @module Errors of the network, by code. */

/** What went wrong with a connection or a listener; one meaning each. */
export type NetworkCode =
  | "killed" // we ended it
  | "lost" // the peer, or the way to it, is gone
  | "refused" // nobody listens there
  | "unreachable" // no route, or the network is down
  | "unknown_host" // the name has no address
  | "bad_address" // an address or port that this machine does not have
  | "in_use" // another program listens there
  | "permission" // the system, or Deno's permissions, said no
  | "exhausted" // no file descriptor or memory left for one more
  | "timed_out"
  | "failed"; // anything else: see the cause

export class NetworkError extends Error {
  override readonly name = "NetworkError";
  constructor(
    readonly code: NetworkCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
