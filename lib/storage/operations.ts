/**
 * Answers that are remembered for a time, for who did not hear them and asks
 * again: a deed is then not done twice. They stand in a journal as parts do
 * (part_journal.ts): lines behind checks, in a file that only grows until it is
 * written anew.
 * @module
 */
import { crc32 } from "node:zlib";
import type { Clock } from "../runtime/mod.ts";

/** How long an answer is remembered. */
export const REMEMBERED_MS = 10 * 60_000;
/** Of all accounts: the oldest goes first. */
const ANSWERS_MAX = 4096;
const LINE = /^([0-9a-f]{8}) (\{.*\})$/;

/** Where the answers lie. */
export interface OperationsFile {
  /** All that was written; empty where there is nothing. */
  read(): Promise<Uint8Array>;
  append(bytes: Uint8Array): Promise<void>;
  /** Put these bytes in the place of all before, whole. */
  replace(bytes: Uint8Array): Promise<void>;
}

interface Answer {
  readonly owner: string;
  readonly operation: string;
  readonly text: string;
  readonly atMs: number;
}

interface Remembered extends Answer {
  /** By a clock that only rises; where it was read, its age is taken off. */
  readonly sinceMs: number;
}

export class Operations {
  readonly #file: OperationsFile;
  readonly #clock: Clock;
  readonly #answers = new Map<string, Remembered>();
  #loading: Promise<void> | null = null;
  #writes: Promise<unknown> = Promise.resolve();
  #lines = 0;

  constructor(file: OperationsFile, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** What was answered to this operation of this account, or null. */
  async answerTo(owner: string, operation: string): Promise<string | null> {
    await (this.#loading ??= this.#load());
    const found = this.#answers.get(keyOf({ owner, operation }));
    return found && this.#isFresh(found) ? found.text : null;
  }

  /** To be settled before the answer is sent. */
  async remember(
    owner: string,
    operation: string,
    text: string,
  ): Promise<void> {
    await (this.#loading ??= this.#load());
    const atMs = this.#clock.date().getTime();
    const answer = { owner, operation, text, atMs };
    this.#add({ ...answer, sinceMs: this.#clock.monotonicMs() });
    const write = this.#writes.then(() => this.#write(answer));
    this.#writes = write.catch(() => {});
    await write;
  }

  async #write(answer: Answer): Promise<void> {
    this.#lines++;
    if (this.#lines <= 2 * ANSWERS_MAX) {
      return await this.#file.append(encodeAnswer(answer));
    }
    const fresh = [...this.#answers.values()].filter((one) =>
      this.#isFresh(one)
    );
    const lines = fresh.map(encodeAnswer);
    await this.#file.replace(
      new Uint8Array(await new Blob(lines).arrayBuffer()),
    );
    this.#lines = fresh.length;
  }

  async #load(): Promise<void> {
    const read = decodeAnswers(await this.#file.read());
    this.#lines = read.length;
    const nowMs = this.#clock.date().getTime();
    for (const answer of read) {
      // A clock that was set back makes nothing older than it is.
      const ageMs = Math.max(0, nowMs - answer.atMs);
      this.#add({ ...answer, sinceMs: this.#clock.monotonicMs() - ageMs });
    }
  }

  #add(answer: Remembered): void {
    this.#answers.delete(keyOf(answer)); // to be the youngest again
    this.#answers.set(keyOf(answer), answer);
    for (const [key, one] of this.#answers) {
      if (this.#answers.size <= ANSWERS_MAX && this.#isFresh(one)) break;
      this.#answers.delete(key);
    }
  }

  #isFresh({ sinceMs }: Remembered): boolean {
    return this.#clock.monotonicMs() - sinceMs <= REMEMBERED_MS;
  }
}

export function encodeAnswer(answer: Answer): Uint8Array<ArrayBuffer> {
  const { owner, operation, text, atMs } = answer;
  const json = JSON.stringify({ owner, operation, text, atMs });
  const check = crc32(json).toString(16).padStart(8, "0");
  // A break in front, too: a line that was torn before must not swallow it.
  return new TextEncoder().encode(`\n${check} ${json}\n`);
}

/** A line that fails is left out: each stands for itself. */
export function decodeAnswers(bytes: Uint8Array): Answer[] {
  return new TextDecoder().decode(bytes).split("\n").flatMap((line) => {
    const [, check = "", json = ""] = LINE.exec(line) ?? [];
    if (json === "" || crc32(json) !== Number.parseInt(check, 16)) return [];
    try {
      const answer: unknown = JSON.parse(json);
      return isAnswer(answer) ? [answer] : [];
    } catch {
      return [];
    }
  });
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === "object" && value !== null &&
    "owner" in value && typeof value.owner === "string" &&
    "operation" in value && typeof value.operation === "string" &&
    "text" in value && typeof value.text === "string" &&
    "atMs" in value && typeof value.atMs === "number";
}

function keyOf(
  { owner, operation }: Pick<Answer, "owner" | "operation">,
): string {
  return JSON.stringify([owner, operation]);
}
