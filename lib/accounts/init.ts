/**
 * `ftpd init`: from an empty folder to one that ftpd can serve, without ever
 * replacing what is there.
 * @module
 */
import * as path from "node:path";
import type { Random } from "../runtime/mod.ts";
import { AccountsError } from "./error.ts";

export interface Initialized {
  /** Paths of what was made, in their order. */
  readonly made: readonly string[];
  readonly user: string;
  /** Printed once, by `lines`; it stands in the file, too. */
  readonly password: string;
  /** What to tell the person, the exact next commands among it. */
  readonly lines: readonly string[];
}

export interface InitOptions {
  /**
   * Absolute path of ftpd where it is an executable: what to type next names
   * it, and ftpc beside it.
   */
  readonly executable?: string;
  /** How it was called: by a name without a folder where PATH finds it. */
  readonly called?: string;
  /** Absolute path of the working directory. */
  readonly cwd?: string;
}

const USER = "me"; // everybody's own; renaming it is one word in the file
/** 32 of them, so that 5 bits choose one; none that is read as another. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS = 4; // of 4 letters: 80 bits

/**
 * Make accounts.ini, with one account and a password at random (mode 0600), and
 * the folder of homes with that account's, in `dir`, which is made if missing.
 * @throws {AccountsError} `exists` (nothing was changed), `permission`,
 * `failed`.
 */
export async function initFolder(
  dir: string,
  { random }: { readonly random: Random },
  options: InitOptions = {},
): Promise<Initialized> {
  const password = makePassword(random);
  const made: string[] = [];
  const file = path.join(dir, "accounts.ini");
  const homes = path.join(dir, "home");
  const home = path.join(homes, USER);
  try {
    if (await makeFolder(dir, { recursive: true })) made.push(dir);
    // First, and never over another: then nothing else was touched.
    await writeNew(file, accountsText(password));
    made.push(file);
    for (const folder of [homes, home]) {
      if (await makeFolder(folder, { mode: 0o700 })) made.push(folder);
    }
  } catch (error) {
    await undo(made);
    throw error instanceof AccountsError ? error : failure(dir, error);
  }
  const changeFolder = dir === "." ? [] : [`  cd ${shellWord(dir)}`];
  const { ftpd, ftpc } = commandsOf(options, dir);
  const lines = [
    ...made.map((item) => `made ${item}`),
    "",
    `  user      ${USER}`,
    `  password  ${password}`,
    "",
    "Start the server:",
    ...changeFolder,
    `  ${ftpd}`,
    "and, in another terminal, log in to it:",
    `  ${ftpc} -s 127.0.0.1 -P 10021 -u ${USER}`,
  ];
  return { made, user: USER, password, lines };
}

/** How a person types the names of the two programs, once in `dir`. */
function commandsOf(
  { executable, called, cwd }: InitOptions,
  dir: string,
): { ftpd: string; ftpc: string } {
  if (executable === undefined) return { ftpd: "ftpd", ftpc: "ftpc" };
  const folder = path.dirname(executable);
  const name = path.basename(executable);
  const typed = (program: string) => {
    // Windows looks in the working directory, too.
    if (called === path.basename(called ?? "") && folder !== cwd) {
      return shellWord(program);
    }
    if (dir === "." && folder === cwd) return shellWord(`./${program}`);
    return shellWord(path.join(folder, program));
  };
  return { ftpd: typed(name), ftpc: typed(name.replace("ftpd", "ftpc")) };
}

function accountsText(password: string): string {
  return `\
; Who may log in: one section for each account, its name in brackets.
; \`ftpd check\` tells everything that is wrong in this file.
; Keep it to yourself: whoever reads it can log in.

[${USER}]
; As it is, to the end of the line; \`;\` and \`#\` may stand in it.
password = ${password}
; The folder that this account sees, below the folder of homes unless absolute.
; Without this line it has the account's name.
; home = ${USER}
`;
}

function makePassword(random: Random): string {
  const letters = Array.from(
    random.bytes(GROUPS * 4),
    (byte) => LETTERS.charAt(byte % LETTERS.length), // 256 = 8 × 32: no bias
  ).join("");
  return letters.replaceAll(/(....)(?=.)/g, "$1-");
}

/** @returns whether it was made; false where a folder is there already. */
async function makeFolder(
  folder: string,
  options?: Deno.MkdirOptions,
): Promise<boolean> {
  const info = await Deno.stat(folder).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (info === undefined) await Deno.mkdir(folder, options);
  else if (!info.isDirectory) {
    const message = `${folder} is there, and is no folder`;
    throw new AccountsError("exists", message);
  }
  return info === undefined;
}

async function writeNew(file: string, text: string): Promise<void> {
  const options = { write: true, createNew: true, mode: 0o600 };
  const handle = await Deno.open(file, options).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    // Without its cause, which says the same in the system's words.
    const message = `${file} is there already: nothing was changed`;
    throw new AccountsError("exists", message);
  });
  try {
    using _open = handle;
    await writeAll(handle, new TextEncoder().encode(text));
  } catch (error) {
    await undo([file]); // no half of a file
    throw error;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await file.write(bytes.subarray(at));
  }
}

/** Take back what was made, the last first; what a person added stays. */
async function undo(made: readonly string[]): Promise<void> {
  for (const item of made.toReversed()) {
    await Deno.remove(item).catch(() => undefined);
  }
}

function failure(dir: string, cause: unknown): AccountsError {
  const denied = cause instanceof Deno.errors.PermissionDenied ||
    cause instanceof Deno.errors.NotCapable;
  const code = denied ? "permission" : "failed";
  return new AccountsError(code, `cannot set up ${dir}`, { cause });
}

/** As a POSIX shell reads it back. */
function shellWord(text: string): string {
  if (/^[\w./-]+$/.test(text) && !text.startsWith("-")) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
