/** @module The command bookmark, and `history`: what ftpc keeps for its user. */
import { printable } from "../../protocol/printable.ts";
import type { BookmarkCommand, History } from "../grammar/commands.ts";
import { openHistory } from "../shell/history.ts";
import type { Work } from "./desk.ts";
import { bookmarkEvent, historyEvent } from "./events.ts";

/** The code of a file that a person wrote and has to mend. */
const EXIT_USAGE = 2;

export async function bookmark(
  { desk, given, settings, reporter }: Work,
  { deed, names, passwordCommand }: BookmarkCommand,
): Promise<number> {
  const {
    bookmarkChanges,
    bookmarkProblems,
    bookmarksShown,
    formatBookmarkResult,
    runBookmark,
  } = await import("../places/bookmark_command.ts");
  const changes = deed === "add" || deed === "rm";
  const use = changes && !settings.dryRun ? "write" : "read";
  const book = await desk.ownFiles.bookmarks(use);
  const result = runBookmark({
    ...{ deed, names, passwordCommand },
    ...(given.hostname === null ? {} : { hostname: given.hostname }),
    ...(given.port === null ? {} : { port: given.port }),
    ...(given.username === null ? {} : { username: given.username }),
  }, book);
  for (const change of bookmarkChanges(result)) {
    const subject = { command: "bookmark", ...change };
    const words = ["bookmark", deed, change.source, change.target ?? ""];
    const line = words.filter((word) => word !== "").map(printable).join(" ");
    if (settings.dryRun) reporter.would(subject, line);
    else reporter.done(subject, line, null);
  }
  if (reporter.json) {
    for (const one of bookmarksShown(result)) {
      reporter.shown(() => bookmarkEvent(one), () => "");
    }
  } else desk.terminal.print(formatBookmarkResult(result));
  const problems = bookmarkProblems(result);
  for (const problem of problems) desk.terminal.say(`${printable(problem)}\n`);
  return problems.length > 0 ? EXIT_USAGE : 0;
}

/** @param isCommand As the shell tells it: what else is kept is not shown. */
export async function history(
  { desk, history, reporter }: Work,
  { count }: History,
  isCommand: (word: string) => boolean,
): Promise<number> {
  const lines = history ?? await openHistory(desk, isCommand);
  if (reporter.json) {
    for (const one of lines.shown(count)) {
      reporter.shown(() => historyEvent(one), () => "");
    }
  } else desk.terminal.print(lines.list(count));
  return 0;
}
