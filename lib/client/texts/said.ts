/**
 * How a text of an error looks: `new ClientError(code, ...text)`.
 * @module
 */

/** What failed, on what; and what the person can do, which may be empty. */
export type Said = readonly [message: string, hint: string];

/** A pair without values in it, as `Said`. */
export function said(message: string, hint: string): Said {
  return [message, hint];
}
