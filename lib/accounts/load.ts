/** @module Reading accounts.ini from disk, and what its mode and content risk. */
import { decodeText, whyUnreadable } from "../ini/mod.ts";
import {
  type Account,
  type AccountProblem,
  type AccountProblemCode,
  type AccountsFile,
  readAccounts,
} from "./accounts.ts";

export interface LoadedAccounts extends AccountsFile {
  /** Nothing that keeps ftpd from starting. */
  readonly warnings: readonly AccountProblem[];
}

/** Read `file`. Never rejects for what is wrong with it: see `problems`. */
export async function loadAccounts(file: string): Promise<LoadedAccounts> {
  let bytes;
  try {
    bytes = await Deno.readFile(file);
  } catch (error) {
    return {
      accounts: new Map(),
      problems: [unread(file, error)],
      warnings: [],
    };
  }
  const text = decodeText(bytes);
  if (typeof text !== "string") {
    const message = "is not UTF-8: save the file as UTF-8";
    const problem = {
      code: "not_utf8",
      file,
      line: text.badLine,
      message,
    } as const;
    return { accounts: new Map(), problems: [problem], warnings: [] };
  }
  const read = await readAccounts(text, { file });
  return { ...read, warnings: await warningsAboutMode(file) };
}

/**
 * Why this account is as good as open, or undefined. The shipped ones are for
 * trying things out.
 */
export function weakness({ name, password }: Account): string | undefined {
  const clear = password.reveal();
  if (DEMO_PASSWORDS.has(clear) || clear === name) {
    return "the password is one that anybody tries first";
  }
  if ([...clear].length < PASSWORD_CHARACTERS_GOOD) {
    return `the password is shorter than ${PASSWORD_CHARACTERS_GOOD} characters`;
  }
  return undefined;
}

const DEMO_PASSWORDS: ReadonlySet<string> = new Set(["123", "test"]);
const PASSWORD_CHARACTERS_GOOD = 8;

function unread(file: string, error: unknown): AccountProblem {
  const problem = (code: AccountProblemCode, message: string) => ({
    ...{ code, file, message },
  });
  if (error instanceof Deno.errors.NotFound) {
    const next = "run `ftpd init` to make one with an account in it";
    return problem("missing", `is not there: ${next}`);
  }
  return problem("unreadable", whyUnreadable(error));
}

async function warningsAboutMode(file: string): Promise<AccountProblem[]> {
  const mode = await Deno.stat(file).then((info) => info.mode, () => null);
  if (mode === null || (mode & 0o044) === 0) return [];
  const message = "other users of this machine can read the passwords in it: " +
    "chmod 600 it";
  return [{ code: "readable_by_others", file, message }];
}
