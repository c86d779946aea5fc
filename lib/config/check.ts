/**
 * What `ftpd check` prints: every setting and where it is from, the accounts
 * and their homes, what is risky and what is wrong. Never a password.
 * @module
 */
import {
  type Account,
  homeFolder,
  type LoadedAccounts,
  weakness,
} from "../accounts/mod.ts";
import { formatProblem, shown } from "../ini/mod.ts";
import { printable } from "../protocol/mod.ts";
import { formatSettingProblem, type ResolvedConfig } from "./config.ts";

const NAMES_MAX = 5; // in one warning; to see all, mend these first

export interface Check {
  /** For stdout. */
  readonly lines: readonly string[];
  /** Whether ftpd would start, as far as this can tell: else exit code 2. */
  readonly ok: boolean;
}

export function formatCheck(
  resolved: ResolvedConfig,
  accounts: LoadedAccounts,
): Check {
  const { config, sources } = resolved;
  const errors = [
    ...resolved.problems.map(formatSettingProblem),
    ...accounts.problems.map(formatProblem),
  ];
  const warnings = warningsAbout(resolved, accounts);
  const settings = [...sources].map(([key, { value, from }]) => {
    return [key, printable(value), from];
  });
  const homes = [...accounts.accounts.values()].map((account) => {
    return [shown(account.name), printable(homeFolder(account, config.home))];
  });
  const { iniFile } = resolved;
  const read = iniFile === null ? "without an ftpd.ini" : `with ${iniFile}`;
  const lines = [
    ...part(printable(`settings (${read})`), columns(settings)),
    ...part("accounts", columns(homes)),
    ...part("warnings", warnings),
    ...part("errors", errors),
  ];
  const [first, ...more] = errors;
  if (first === undefined) lines.push("no errors");
  else {
    const count = more.length === 0 ? "1 error" : `${more.length + 1} errors`;
    lines.push(`${count}: ftpd would not start`);
  }
  return { lines, ok: first === undefined };
}

/** What does not keep ftpd from starting, and should be known. */
export function warningsAbout(
  { config: { host } }: ResolvedConfig,
  { accounts, warnings }: LoadedAccounts,
): string[] {
  const weak = Map.groupBy(accounts.values(), weakness);
  weak.delete(undefined);
  const listening = isLoopback(host) ? [] : [
    `host: ${shown(host)} can be reached from other machines, and what is ` +
    "transferred is not encrypted",
  ];
  return [
    ...listening,
    ...warnings.map(formatProblem),
    ...weak.entries().map(([why, which]) => `${namesOf(which)}: ${why}`),
  ];
}

/** `[alex], [test] and 7 more`: a line, however many there are. */
function namesOf(accounts: readonly Account[]): string {
  const names = accounts.slice(0, NAMES_MAX).map(({ name }) =>
    `[${shown(name)}]`
  );
  const more = accounts.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Whether only this machine reaches what listens on `host`. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function part(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [title, ...lines.map((line) => `  ${line}`), ""];
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) =>
      row.map((cell, i) => Math.max(cell.length, widest[i] ?? 0)),
    [],
  );
  return rows.map((row) =>
    row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd()
  );
}
