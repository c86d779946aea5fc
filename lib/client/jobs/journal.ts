/**
 * The journal of a job (one put or get command): what it is, and which of its
 * files are done, as lines of JSON. A pure codec; local/ has the file.
 *
 * A line that cannot be read, and what stands after it, counts for nothing: it
 * was cut by whatever ended the job, and a file that is not known to be done is
 * only sent again.
 * @module
 */
import {
  anyText,
  attempt,
  choice,
  type InferAny,
  list,
  literal,
  object,
  pattern,
  variant,
  whole,
} from "../../protocol/schema.ts";

/** What makes two commands the same job. */
export interface JobKey {
  readonly verb: "put" | "get";
  readonly server: string;
  readonly username: string;
  /** The names as they were typed, and the flags that change what is moved. */
  readonly words: readonly string[];
  /** Whole path of the local folder that names are relative to. */
  readonly folder: string;
}

/** A file that the other side has acknowledged. */
export interface DoneFile {
  /** Of the source: as long as it is the same, so is the content. */
  readonly identity: string;
  /** The server's version of it: of what it published, or of what it sent. */
  readonly version: string;
  readonly size: number;
}

/** A put that may be gone on with. */
export interface BegunFile {
  readonly identity: string;
  /** 32 hexadecimal digits. */
  readonly transfer: string;
}

export interface JobState {
  readonly key: JobKey;
  readonly begunAtMs: number;
  /** The target that was not there, and was to become the source's copy. */
  readonly root: string | null;
  readonly done: ReadonlyMap<string, DoneFile>;
  readonly begun: ReadonlyMap<string, BegunFile>;
  /** False: behind what was read stands what counts for nothing. */
  readonly whole: boolean;
}

/** A job is forgotten after so long. */
export const JOB_MS_MAX = 7 * 24 * 60 * 60 * 1000;

const header = object({
  v: literal(1),
  job: object({
    verb: choice(["put", "get"]),
    server: anyText,
    username: anyText,
    words: list(anyText),
    folder: anyText,
  }),
  begun_at: whole(),
});
const RECORDS = {
  done: object({
    is: literal("done"),
    name: anyText,
    identity: anyText,
    version: anyText,
    size: whole(0),
  }),
  begun: object({
    is: literal("begun"),
    name: anyText,
    identity: anyText,
    transfer: pattern(/^[0-9a-f]{32}$/),
  }),
  root: object({ is: literal("root"), name: anyText }),
} as const;
const record = variant<InferAny<typeof RECORDS>>("is", RECORDS);

export function headerLine(key: JobKey, begunAtMs: number): string {
  return line({ v: 1, job: { ...key }, begun_at: begunAtMs });
}

/** @param name The path on the side that is written to. */
export function doneLine(name: string, file: DoneFile): string {
  return line({ is: "done", name, ...file });
}

export function begunLine(name: string, file: BegunFile): string {
  return line({ is: "begun", name, ...file });
}

/** @param name The target, as it was typed. */
export function rootLine(name: string): string {
  return line({ is: "root", name });
}

/** A journal that says no more and no less. */
export function journalText(state: Omit<JobState, "whole">): string {
  const { key, begunAtMs, root, done, begun } = state;
  return [
    headerLine(key, begunAtMs),
    ...(root === null ? [] : [rootLine(root)]),
    ...[...done].map(([name, file]) => doneLine(name, file)),
    ...[...begun].map(([name, file]) => begunLine(name, file)),
  ].join("");
}

function line(object: object): string {
  return `${JSON.stringify(object)}\n`;
}

/** @returns null where it is of no use: no header, another version of it. */
export function readJournal(text: string): JobState | null {
  // A last line without its line feed was cut.
  const [first = "", ...lines] = text.split("\n");
  const cut = lines.pop();
  const head = attempt(header, parsed(first));
  if (cut === undefined || head === undefined) return null;
  const done = new Map<string, DoneFile>();
  const begun = new Map<string, BegunFile>();
  let root: string | null = null;
  let whole = cut === "";
  for (const each of lines) {
    const read = attempt(record, parsed(each));
    if (read === undefined) {
      whole = false;
      break;
    }
    switch (read.is) {
      case "root":
        root = read.name;
        break;
      case "done": {
        const { name, identity, version, size } = read;
        done.set(name, { identity, version, size });
        begun.delete(name);
        break;
      }
      case "begun": {
        const { name, identity, transfer } = read;
        begun.set(name, { identity, transfer });
        break;
      }
    }
  }
  const { job: key, begun_at: begunAtMs } = head;
  return { key, begunAtMs, root, done, begun, whole };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // no schema takes it
  }
}

/**
 * Too old to go on with. A clock that was set back makes a job younger, never
 * older: then it stays a while longer.
 */
export function isOld(state: JobState, nowMs: number): boolean {
  return nowMs - state.begunAtMs > JOB_MS_MAX;
}

/** The name of a job's file: the same command, the same name. */
export async function journalName(key: JobKey): Promise<string> {
  const { verb, server, username, words, folder } = key;
  const text = JSON.stringify([verb, server, username, words, folder]);
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(text),
  );
  return `${new Uint8Array(digest, 0, 16).toHex()}.job`;
}
