/**
 * Deeds that are done once: who asks for one again, because the answer got
 * lost, is given that answer.
 * @module
 */
import { createHash } from "node:crypto";
import type { JsonObject, StatusName } from "../../protocol/mod.ts";
import { decodeObject, STATUS } from "../../protocol/mod.ts";
import { type Operations, StorageError } from "../../storage/mod.ts";

/** What a deed is answered by. */
export interface DeedAnswer {
  readonly status: StatusName;
  readonly fields: JsonObject;
  readonly text?: string;
}

export interface Deed {
  /** Whose it is: the account. */
  readonly owner: string;
  /** The client's name for it. */
  readonly operation: string;
  /** What is asked for: another one is not the same deed. */
  readonly request: JsonObject;
  readonly signal: AbortSignal;
}

/** Said of a deed that was given up half-done: asked again, it goes on. */
const NOT_REMEMBERED: ReadonlySet<StatusName> = new Set([
  "cancelled",
  "internal",
]);

export class Deeds {
  readonly #operations: Operations;
  readonly #underway = new Map<string, Promise<unknown>>();

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /** Do it, unless it was done already. */
  async once(
    deed: Deed,
    act: () => Promise<DeedAnswer>,
  ): Promise<DeedAnswer> {
    const { owner, operation, signal } = deed;
    const key = JSON.stringify([owner, operation]);
    for (let other; (other = this.#underway.get(key)) !== undefined;) {
      await untilOver(other, signal);
    }
    const doing = this.#once(deed, act);
    this.#underway.set(key, doing);
    try {
      return await doing;
    } finally {
      this.#underway.delete(key);
    }
  }

  async #once(
    { owner, operation, request }: Deed,
    act: () => Promise<DeedAnswer>,
  ): Promise<DeedAnswer> {
    const asked = digestOf(request);
    const text = await this.#operations.answerTo(owner, operation);
    const earlier = text === null ? null : answerOf(text, asked);
    if (earlier !== null) return earlier;
    const answer = await act();
    if (NOT_REMEMBERED.has(answer.status)) return answer;
    const { status, fields, text: words } = answer;
    // A disk that is full makes no failure of what was done: it is remembered
    // until the next start all the same.
    await this.#operations
      .remember(
        owner,
        operation,
        JSON.stringify({ asked, status, fields, words }),
      )
      .catch(() => {});
    return answer;
  }
}

/** Null: it is none of ours, whatever it is. */
function answerOf(text: string, asked: string): DeedAnswer | null {
  const { asked: before, status, fields, words } = objectOf(text);
  if (!isStatus(status)) return null;
  if (before !== asked) {
    return {
      status: "invalid_format",
      fields: {},
      text: "operation: is that of another request",
    };
  }
  return {
    status,
    fields: isObject(fields) ? fields : {},
    ...(typeof words === "string" ? { text: words } : {}),
  };
}

function objectOf(text: string): JsonObject {
  try {
    return decodeObject(new TextEncoder().encode(text));
  } catch {
    return {};
  }
}

function isStatus(value: unknown): value is StatusName {
  return typeof value === "string" && Object.hasOwn(STATUS, value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A name may fill a message; the memory of it must not grow with that. */
function digestOf(request: JsonObject): string {
  const { id: _id, ...asked } = request;
  return createHash("sha256").update(JSON.stringify(asked)).digest("hex");
}

/** @throws {StorageError} `aborted`. */
async function untilOver(
  other: Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () =>
    reject(new StorageError("aborted", "given up", { cause: signal.reason }));
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  other.then(() => resolve(), () => resolve());
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
