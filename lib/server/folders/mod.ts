/**
 * Actions on folders, and on files as a whole (PROTOCOL.md, 4).
 * @module
 */
import type { FolderRequest } from "../../protocol/mod.ts";
import type { Home } from "../../storage/mod.ts";
import type { Job } from "../job.ts";
import type { Session } from "../session.ts";
import { cp } from "./copy.ts";
import { checksum, du, setattr, space } from "./facts.ts";
import { sendListing } from "./listings.ts";
import { link, mkdir } from "./make.ts";
import { mv } from "./move.ts";
import { rm, rmdir } from "./remove.ts";
import { perform } from "./work.ts";

export { factsOf } from "./facts.ts";
export { foundAt } from "./paths.ts";

/** One case an action, so that its handler gets its own type of request. */
export async function answerFolderRequest(
  session: Session,
  home: Home,
  job: Job,
  request: FolderRequest,
): Promise<void> {
  switch (request.action) {
    case "list":
    case "walk":
      return await sendListing(session, home, job, request);
    case "mkdir":
      return await perform(session, home, job, request, mkdir);
    case "rm":
      return await perform(session, home, job, request, rm);
    case "rmdir":
      return await perform(session, home, job, request, rmdir);
    case "mv":
      return await perform(session, home, job, request, mv);
    case "cp":
      return await perform(session, home, job, request, cp);
    case "setattr":
      return await perform(session, home, job, request, setattr);
    case "checksum":
      return await perform(session, home, job, request, checksum);
    case "du":
      return await perform(session, home, job, request, du);
    case "space":
      return await perform(session, home, job, request, space);
    case "link":
      return await perform(session, home, job, request, link);
  }
}
