/**
 * MESSAGE payloads: bytes to JSON objects and back.
 * @module
 */
import { ProtocolError } from "./error.ts";

/** An object as it came: any key may be missing, any value may be anything. */
export type JsonObject = { readonly [key: string]: unknown };

const strictDecoder = new TextDecoder("utf-8", {
  fatal: true,
  ignoreBOM: true,
});
const encoder = new TextEncoder();

/**
 * @throws {ProtocolError} `bad_utf8`, `not_an_object`: a broken frame.
 */
export function decodeObject(payload: Uint8Array): JsonObject {
  let text: string;
  try {
    text = strictDecoder.decode(payload);
  } catch (cause) {
    throw new ProtocolError("bad_utf8", "a message is not UTF-8", { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError("not_an_object", "a message is not JSON", {
      cause,
    });
  }
  if (!isObject(value)) {
    throw new ProtocolError("not_an_object", "a message is not a JSON object");
  }
  return value;
}

export function encodeObject(object: JsonObject): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(object));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
