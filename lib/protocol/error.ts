/** @module Errors of the protocol, by code. */

export type ProtocolCode =
  | "bad_utf8"
  | "not_an_object" // no JSON, or JSON that is no object
  | "bad_message"; // a field is missing, or is not what it has to be

export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  constructor(
    readonly code: ProtocolCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
