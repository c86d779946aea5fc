/** @module Errors of accounts, by code. */

export type AccountsCode =
  | "unknown_mechanism" // a way to log in that is not offered
  | "bad_message" // a message of the login that breaks the mechanism's rules
  | "busy" // as many logins wait as may
  | "aborted" // the signal fired while waiting
  | "exists" // `ftpd init` would have to replace something
  | "permission" // the system, or Deno's permissions, said no
  | "failed"; // the disk failed: see the cause

export class AccountsError extends Error {
  override readonly name = "AccountsError";
  constructor(
    readonly code: AccountsCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
