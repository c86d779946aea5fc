/** ftpd, with a line on stderr for each file or folder that it syncs. */
import fs from "node:fs";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { main } from "../../lib/server/mod.ts";

const fsync = fs.fsync;
fs.fsync = ((file: number, done: (error: Error | null) => void) => {
  const what = fs.fstatSync(file).isDirectory() ? "folder" : "file";
  console.error(`synced a ${what}`);
  fsync(file, done);
}) as typeof fs.fsync;

Deno.exit(await main(Deno.args, systemRuntime()));
