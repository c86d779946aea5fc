/**
 * accounts.ini to accounts: every rule of README.md ("accounts.ini"), and every
 * breach of one told at once.
 * @module
 */
import * as path from "node:path";
import {
  type FileProblem,
  type IniCode,
  type IniEntry,
  type IniSection,
  nearest,
  parseIni,
  shown,
} from "../ini/mod.ts";
import { saslprep, SaslprepError } from "../protocol/mod.ts";
import { Secret } from "./secret.ts";

/** Who may log in. */
export interface Account {
  /** Prepared by SASLprep: the one form of the name, everywhere. */
  readonly name: string;
  /** The clear password, as written. */
  readonly password: Secret;
  /** As written: below the folder of all homes unless absolute. */
  readonly home?: string;
}

export type AccountProblemCode =
  | IniCode
  | "missing" // no such file
  | "unreadable" // it, or a folder on the way to it
  | "not_utf8"
  | "empty" // no account in it
  | "bad_name"
  | "unknown_key"
  | "no_password"
  | "bad_password"
  | "bad_home"
  | "readable_by_others"; // a warning

export type AccountProblem = FileProblem<AccountProblemCode>;

export interface AccountsFile {
  /** By name; those without a problem of their own. */
  readonly accounts: ReadonlyMap<string, Account>;
  /** In the order of their lines. Where there is one, use no account. */
  readonly problems: readonly AccountProblem[];
}

const KEYS = ["password", "home"] as const;
const NAME_CHARACTERS_MAX = 64;
const HOME_UNITS_MAX = 4096; // no system opens longer paths

/** Read what accounts.ini holds; `file` is what problems call it. */
export async function readAccounts(
  text: string,
  { file }: { readonly file: string },
): Promise<AccountsFile> {
  const ini = parseIni(text);
  const problems: AccountProblem[] = ini.problems.map(
    ({ code, line, key, message }) => ({
      ...{ code, file, line, message },
      ...(key === undefined ? {} : { key }),
    }),
  );
  const accounts = new Map<string, Account>();
  const broken = ini.problems.map(({ line }) => line);
  for (const [i, section] of ini.sections.entries()) {
    const next = ini.sections[i + 1]?.line ?? Infinity;
    const reader = new SectionReader(file, section, problems);
    const account = await reader.account(
      broken.filter((line) => section.line <= line && line < next),
    );
    if (account === undefined || broken.includes(section.line)) continue;
    if (accounts.has(account.name)) {
      reader.refuse("bad_name", `another section means the same user`);
    } else accounts.set(account.name, account);
  }
  if (ini.sections.length === 0 && problems.length === 0) {
    // Not by `ftpd init` as it stands: it replaces no file.
    const message = "there is no account in it: write a line [NAME] and one " +
      "`password = …`, or remove the file and run `ftpd init`";
    problems.push({ code: "empty", file, message });
  }
  problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { accounts, problems };
}

/**
 * The folder of an account, absolute; `homes` is the folder of all of them.
 * Nobody has looked yet whether it is there.
 */
export function homeFolder(account: Account, homes: string): string {
  return path.resolve(homes, account.home ?? account.name);
}

/** Reads one section, telling what is wrong in it. */
class SectionReader {
  readonly #file: string;
  readonly #section: IniSection;
  readonly #problems: AccountProblem[];
  #failed = false;

  constructor(file: string, section: IniSection, problems: AccountProblem[]) {
    this.#file = file;
    this.#section = section;
    this.#problems = problems;
  }

  /**
   * The account, or undefined where something is wrong with it.
   * @param broken The lines of the section that could not be read.
   */
  async account(broken: readonly number[]): Promise<Account | undefined> {
    const { entries, line } = this.#section;
    const name = broken.includes(line) ? "" : await this.#name();
    for (const entry of entries) this.#checkKey(entry);
    const password = entries.find(({ key }) => key === "password");
    const home = entries.find(({ key }) => key === "home");
    if (password) await this.#checkPassword(password);
    else if (broken.length === 0 && !entries.some(meansPassword)) {
      // Where a line could not be read, or its key is nearly right, that is
      // what to mend, and whether a password is missing is not known.
      this.refuse("no_password", "has no password: add `password = …`");
    }
    if (home) this.#checkHome(home);
    if (this.#failed || !password) return undefined;
    return {
      name,
      password: new Secret(password.value),
      ...(home ? { home: home.value } : {}),
    };
  }

  /** Note a problem: of an entry, or of the section where none is given. */
  refuse(code: AccountProblemCode, message: string, entry?: IniEntry): void {
    this.#failed = true;
    const { line, name } = this.#section;
    const at = entry
      ? { line: entry.line, key: shown(entry.key), message }
      : { line, message: `[${shown(name)}] ${message}` };
    this.#problems.push({ code, file: this.#file, ...at });
  }

  async #name(): Promise<string> {
    const { name } = this.#section;
    const wrong = wrongWithName(name);
    if (wrong !== undefined) {
      this.refuse("bad_name", wrong);
      return "";
    }
    try {
      const prepared = await saslprep(name);
      // U+FF0F becomes a slash, and the name may become a folder's.
      const stillWrong = wrongWithName(prepared);
      if (stillWrong) this.refuse("bad_name", `${stillWrong}, once prepared`);
      return prepared;
    } catch (error) {
      if (!(error instanceof SaslprepError)) throw error;
      this.refuse("bad_name", `the name ${error.message}`);
      return "";
    }
  }

  #checkKey(entry: IniEntry): void {
    if (KEYS.some((key) => key === entry.key)) return;
    const near = nearest(entry.key, KEYS);
    const known = KEYS.map((key) => `\`${key}\``).join(" and ");
    const hint = near ? `did you mean \`${near}\`?` : `there are ${known}`;
    this.refuse("unknown_key", `is not a known key: ${hint}`, entry);
  }

  async #checkPassword(entry: IniEntry): Promise<void> {
    if (looksLikeVerifier(entry.value)) {
      const message = "looks like a hash: write the password itself, hashes " +
        "cannot be read yet";
      return this.refuse("bad_password", message, entry);
    }
    try {
      await saslprep(entry.value);
    } catch (error) {
      if (!(error instanceof SaslprepError)) throw error;
      this.refuse("bad_password", error.message, entry);
    }
  }

  #checkHome(entry: IniEntry): void {
    const wrong = wrongWithHome(entry.value);
    if (wrong !== undefined) this.refuse("bad_home", wrong, entry);
  }
}

/** Whether its key is a password's, misspelt. */
function meansPassword({ key }: IniEntry): boolean {
  return nearest(key, KEYS) === "password";
}

/** What is wrong with an account's name, if anything. */
function wrongWithName(name: string): string | undefined {
  // By code points: what a person counts as characters, nearly.
  if ([...name].length > NAME_CHARACTERS_MAX) {
    return `the name is longer than ${NAME_CHARACTERS_MAX} characters`;
  }
  if (/[\s\p{Z}]/u.test(name)) return "the name holds a blank";
  if (/\p{Cc}/u.test(name)) return "the name holds a control character";
  if (/[/\\]/.test(name)) return "the name holds a slash or backslash";
  if (name.startsWith(".")) return "the name starts with a dot";
  return undefined;
}

function wrongWithHome(home: string): string | undefined {
  if (home === "") return "is empty: leave it out for a folder of that name";
  if (home.length > HOME_UNITS_MAX) return "is too long";
  if (/\p{Cc}/u.test(home)) return "holds a control character";
  if (/^~/.test(home)) return "`~` is not replaced: write the whole path";
  // Whoever wants a folder elsewhere writes where it is.
  if (!path.isAbsolute(home) && home.split(/[/\\]/).includes("..")) {
    return "leads out of the folder of homes by `..`: write an absolute path";
  }
  return undefined;
}

/** What `ftpd passwd` will write one day, and what other programs write. */
const VERIFIER = new RegExp(
  "^(?:" + [
    "\\$[a-z0-9][a-z0-9_,.=-]*\\$", // crypt: $2b$, $6$, $argon2id$, $scrypt$
    "_[./0-9a-z]{19}$", // crypt: BSDi
    "\\{(?:[a-z0-9]+-)*(?:scram|s?sha|s?md5|crypt|pbkdf2|argon2|bcrypt|scrypt)[a-z0-9_.-]*\\}",
    "(?:scram|pbkdf2|argon2|bcrypt|scrypt)[a-z0-9_-]*[$:]", // PostgreSQL, Django
  ].join("|") + ")",
  "i",
);

function looksLikeVerifier(password: string): boolean {
  return VERIFIER.test(password);
}
