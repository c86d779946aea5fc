/**
 * parts: puts that broke off, which the server keeps for a time.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { ClientError } from "../error.ts";
import type { Parts } from "../grammar/commands.ts";
import { formatBytes } from "../terminal/progress.ts";
import { shownTime } from "../terminal/listing.ts";
import { texts } from "../texts/mod.ts";
import type { Work } from "./desk.ts";
import { each } from "./each.ts";
import { partEvent } from "./events.ts";
import { LastingSession } from "./lasting_session.ts";

export async function parts(work: Work, { discard }: Parts): Promise<number> {
  const { desk: { terminal, runtime }, settings, reporter, signal } = work;
  await using session = await LastingSession.open(work);
  const all = await session.do((client) =>
    client.parts({ signal, verb: "parts" })
  );
  if (discard === null) {
    for (const part of all) {
      reporter.shown(() => partEvent({ ...part }), () =>
        texts.commands.part({
          id: part.transfer,
          bytes: formatBytes(part.offset),
          size: part.size === null ? null : formatBytes(part.size),
          time: shownTime(part.updatedNs, runtime.clock.date()),
          name: printable(part.name),
          inUse: part.inUse,
        }));
    }
    if (all.length === 0 && !reporter.json && !settings.quiet) {
      terminal.say(texts.commands.noParts);
    }
    return 0;
  }
  const known = new Map(all.map((part) => [part.transfer, part.name]));
  const ids = discard === "all" ? [...known.keys()] : discard;
  return await each(work, "parts", ids, async (id) => {
    const name = known.get(id);
    if (name === undefined) {
      throw new ClientError("not_found", ...texts.commands.noPart(id));
    }
    const subject = { command: "parts", source: id, target: name };
    const line = printable(texts.commands.discards(id, name));
    if (settings.dryRun) return reporter.would(subject, line);
    let tries = 0;
    const count = await session.do((client) => {
      tries++;
      return client.discardParts([id], { signal });
    });
    // Where the first answer was lost, it may be gone by that.
    if (count === 0 && tries === 1) {
      throw new ClientError("not_found", ...texts.commands.noPart(id));
    }
    reporter.done(subject, line);
  });
}
