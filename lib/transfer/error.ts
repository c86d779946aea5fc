/** @module Errors of a transfer, by code. */

export type TransferCode =
  | "size_differs" // the bytes that came are not as many as were said
  | "checksum_differs"
  | "too_large" // more bytes than the receiver takes
  | "sender_aborted" // the sender ended the body by `abort`
  | "bad_end" // the message that ended the body is not this body's
  | "cancelled"
  | "lost"; // the connection ended before the body did

export class TransferError extends Error {
  override readonly name = "TransferError";
  constructor(
    readonly code: TransferCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
