/**
 * The command sync: a folder's contents become those of another, as a job
 * (jobs.ts) that looks at both, and may delete.
 * @module
 */
import type { Sync } from "../grammar/commands.ts";
import type { Need } from "../permissions.ts";
import { syncRoot } from "../tree/roots.ts";
import type { Desk, Work } from "./desk.ts";
import { JobReport } from "./job_report.ts";
import { looksOf } from "./looks.ts";

/**
 * @returns The exit code: that of the first failure, or 0.
 * @throws {ClientError} What concerns all of it: names, permissions, login.
 */
export async function sync(work: Work, request: Sync): Promise<number> {
  const { names: [source = "", target = ""], progress, force } = request;
  await work.desk.permissions.ensure(needsOfSync(work.desk, request));
  const client = await work.session();
  if (request.compare && !client.features.has("checksum")) {
    const { notSupported } = await import("../failures.ts");
    throw notSupported("sync --checksum"); // and not once for each file
  }
  const { rulesOfSync, TransferJob } = await import("./jobs.ts");
  const rules = rulesOfSync(request, () => report.outcome.allSent);
  const { command, direction } = rules;
  const report = new JobReport(work, { command, direction, progress });
  const looks = looksOf(work, client, direction);
  const mayMiss = request.delete && force;
  const root = await syncRoot(source, target, mayMiss, looks);
  await using job = await TransferJob.begin(work, rules, client, report);
  await job.tree(root);
  job.ended();
  report.summary(true);
  return report.exitCode;
}

/** What Deno has to allow. */
export function needsOfSync(
  { folder }: Pick<Desk, "folder">,
  { names: [source = "", target = ""], from }: Pick<Sync, "names" | "from">,
): Need[] {
  const path = folder.resolve(from ? target : source);
  return from
    ? [{ name: "read", path }, { name: "write", path }]
    : [{ name: "read", path }];
}
