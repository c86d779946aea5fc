/**
 * A message held against its schema, and what is wrong with it in words of our
 * own: the validator's quote what the peer sent, at whatever length, and these
 * go back to a peer, into logs and onto terminals.
 * @module
 */
import * as v from "valibot";
import { ProtocolError } from "./error.ts";
import type { JsonObject } from "./json.ts";

/**
 * The message as `schema` types it, without the fields that it does not name.
 * @throws {ProtocolError} `bad_message`: "filename: is missing".
 */
export function check<Message>(
  schema: v.GenericSchema<unknown, Message>,
  object: JsonObject,
): Message {
  const read = v.safeParse(schema, object, {
    abortEarly: true,
    message: words,
  });
  if (read.success) return read.output;
  const [issue] = read.issues;
  const field = v.getDotPath(issue) ?? "message";
  throw new ProtocolError("bad_message", `${field}: ${issue.message}`);
}

/** What is said where a schema has no words of its own. */
function words({ received }: v.BaseIssue<unknown>): string {
  return received === "undefined" ? "is missing" : "is not what it has to be";
}
