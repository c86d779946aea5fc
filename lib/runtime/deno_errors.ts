/** @module From Deno's errors to ours: by class or code, never by words. */
import { type NetworkCode, NetworkError } from "./error.ts";

const CODES: ReadonlyMap<string, NetworkCode> = new Map([
  ["ECONNREFUSED", "refused"],
  ["ECONNRESET", "lost"],
  ["ECONNABORTED", "lost"],
  ["ENOTCONN", "lost"], // asked for its address after a reset
  ["EPIPE", "lost"],
  ["ETIMEDOUT", "timed_out"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["ENETDOWN", "unreachable"],
  ["EADDRINUSE", "in_use"],
  ["EADDRNOTAVAIL", "bad_address"],
  ["EACCES", "permission"],
  ["EPERM", "permission"],
  ["EMFILE", "exhausted"],
  ["ENFILE", "exhausted"],
  ["ENOBUFS", "exhausted"],
  ["ENOMEM", "exhausted"],
]);

/**
 * @param what What was tried, for a person: "listen on 127.0.0.1:10021".
 * @param named A name was to be resolved for it, which may have failed, too.
 */
export function networkError(
  error: unknown,
  what: string,
  named = false,
): NetworkError {
  const code = codeOf(error) ??
    (named && isResolvers(error) ? "unknown_host" : "failed");
  return new NetworkError(code, `${what}: ${WORDS[code]}`, { cause: error });
}

const WORDS = {
  killed: "it was ended",
  lost: "the connection was lost",
  refused: "nobody listens there",
  unreachable: "there is no way there",
  unknown_host: "the name has no address",
  bad_address: "this machine has no such address",
  in_use: "the address is in use by another program",
  permission: "not permitted",
  exhausted: "no file descriptor or memory is left",
  timed_out: "it took too long",
  failed: "it failed",
} as const satisfies Record<NetworkCode, string>;

function codeOf(error: unknown): NetworkCode | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error && typeof error.code === "string"
    ? CODES.get(error.code)
    : undefined;
  if (code !== undefined) return code;
  const { errors } = Deno;
  if (error instanceof errors.ConnectionRefused) return "refused";
  if (error instanceof errors.ConnectionReset) return "lost";
  if (error instanceof errors.BrokenPipe) return "lost";
  if (error instanceof errors.AddrInUse) return "in_use";
  if (error instanceof errors.AddrNotAvailable) return "bad_address";
  if (error instanceof errors.TimedOut) return "timed_out";
  if (error instanceof errors.NotCapable) return "permission";
  if (error instanceof errors.PermissionDenied) return "permission";
  return undefined;
}

/**
 * What the system refuses has a code, what Deno refuses a class. A name without
 * an address has neither, and one that no name may be is a URIError.
 */
function isResolvers(error: unknown): boolean {
  if (error instanceof URIError) return true;
  return error instanceof Error && error.constructor === Error &&
    !("code" in error && error.code !== undefined);
}
