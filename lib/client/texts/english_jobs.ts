/** @module English: journals, retries, whole jobs. */

import type { Said } from "./said.ts";

/** What something is about. */
interface About {
  readonly source: string | null;
  readonly target: string | null;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

export const jobs = {
  /** Why something was not moved. */
  left: (name: string, why: string): Said => [`${name}: ${why}`, ""],
  waiting: (why: string, seconds: string) =>
    `ftpc: ${why}: the next try is in ${seconds} s\n`,
  startsOver: (name: string) =>
    `ftpc: ${name}: it is not what it was: starting over\n`,
  cannotGoOn: (why: string) => `ftpc: ${why}: starting over\n`,
  continuing: (done: number, files: number | null) => {
    const all = files === null ? "" : ` of ${grouped(files)}`;
    return `continuing (${grouped(done)}${all} files done; ` +
      "--restart starts over)\n";
  },
  noRoom: (count: number, isHere: boolean): Said => [
    `${grouped(count)} more were not sent: the disk ` +
    `${isHere ? "here" : "of the server"} is full`,
    "make room, then run it again",
  ],
  goesOn: "ftpc: the same command goes on from here\n",
  deleted: ({ target }: About) => `deleted ${target ?? ""}`,
  linked: ({ target }: About) => `linked ${target ?? ""}`,
  /** --dry-run. */
  would: {
    file: ({ source, target }: About) => `${source ?? ""} -> ${target ?? ""}`,
    compared: ({ source, target }: About) =>
      `${source ?? ""} -> ${target ?? ""}, unless they are the same`,
    folder: ({ target }: About) => `mkdir ${target ?? ""}`,
    link: ({ target }: About) => `link ${target ?? ""}`,
    delete: ({ target }: About) => `delete ${target ?? ""}`,
  },
  summary: (
    counts: {
      readonly done: number;
      readonly skipped: number;
      readonly failed: number;
      readonly deleted: number;
      readonly bytes: string;
      readonly seconds: string;
      readonly rate: string;
    },
  ) => {
    const { done, skipped, failed, deleted } = counts;
    const files = done === 1 ? "1 file" : `${done} files`;
    const others = [
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ...(deleted > 0 ? [`${deleted} deleted`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
    ].map((text) => `, ${text}`).join("");
    return `${files}${others}: ${counts.bytes} in ${counts.seconds} s, ` +
      `${counts.rate}/s\n`;
  },
  makesNoFolders: (verb: string, name: string): Said => [
    `${verb} ${name}: this server makes no folders`,
    "name the files in it; a newer ftpd may make them",
  ],
};
