/**
 * SASLprep (RFC 4013): the one form of a user name or password that both ends
 * of a login compute with, however it was typed. Code points newer than the
 * profile's tables are allowed on both ends (RFC 3454, 7: "query"), so that an
 * emoji in a password works.
 * @module
 */

/** Longer texts are refused unprepared; in UTF-16 code units, before and after. */
export const PREPARED_UNITS_MAX = 1024; // no person types more; bounds the work

export type SaslprepCode =
  | "empty" // nothing there, or nothing is left of it
  | "too_long"
  | "not_unicode" // half a surrogate pair
  | "prohibited"; // control and private characters, mixed directions

export class SaslprepError extends Error {
  override readonly name = "SaslprepError";
  constructor(
    readonly code: SaslprepCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Printable ASCII: its own prepared form, for which no table is loaded. */
const PLAIN = /^[\x20-\x7e]+$/;

/**
 * Prepare a user name or a password. Preparing what comes out changes nothing.
 * @throws {SaslprepError} with a message that shows no character of `text`.
 */
export async function saslprep(text: string): Promise<string> {
  if (text === "") throw empty();
  if (text.length > PREPARED_UNITS_MAX) throw tooLong();
  if (PLAIN.test(text)) return text;
  if (!text.isWellFormed()) {
    throw new SaslprepError("not_unicode", "is not valid Unicode");
  }
  const prepared = prepare(await loadTables(), text);
  if (prepared.length > PREPARED_UNITS_MAX) throw tooLong();
  return prepared;
}

type Tables = (text: string, options: { allowUnassigned: boolean }) => string;

/** They take 20 ms to load: only who needs them waits for that. */
async function loadTables(): Promise<Tables> {
  return (await import("saslprep")).default;
}

function prepare(tables: Tables, text: string): string {
  try {
    return tables(text, { allowUnassigned: true });
  } catch (cause) {
    // The library trips over a text that consists of what is mapped to nothing.
    if (cause instanceof TypeError) throw empty();
    throw new SaslprepError(
      "prohibited",
      "holds what no name or password may (RFC 4013): a control or private " +
        "character, or right-to-left letters mixed with others",
      { cause },
    );
  }
}

function empty(): SaslprepError {
  return new SaslprepError("empty", "is empty");
}

function tooLong(): SaslprepError {
  const message = `is longer than ${PREPARED_UNITS_MAX} characters`;
  return new SaslprepError("too_long", message);
}
