/**
 * A message held against its schema, and what is wrong with it in words that
 * quote nothing of what the peer sent, at whatever length: these go back to a
 * peer, into logs and onto terminals.
 * @module
 */
import { ProtocolError } from "./error.ts";
import type { JsonObject } from "./json.ts";
import { Mismatch, type Schema } from "./schema.ts";

/**
 * The message as `schema` types it, without the fields that it does not name.
 * @throws {ProtocolError} `bad_message`: "filename: is missing".
 */
export function check<Message>(
  schema: Schema<Message>,
  object: JsonObject,
): Message {
  try {
    return schema.read(object);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    const { path, message } = error;
    throw new ProtocolError("bad_message", `${path || "message"}: ${message}`);
  }
}
