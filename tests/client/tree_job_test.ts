/** put -r and get -r from end to end, on the real server's session and disk. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { connect, type FtpClient } from "../../lib/client/mod.ts";
import { Connections } from "../../lib/client/jobs/connections.ts";
import { runPlan } from "../../lib/client/jobs/engine.ts";
import type { JobObserver } from "../../lib/client/jobs/observer.ts";
import type { Side, StepResult } from "../../lib/client/jobs/side.ts";
import { GetSide } from "../../lib/client/jobs/get_side.ts";
import { PutSide } from "../../lib/client/jobs/put_side.ts";
import { Retries } from "../../lib/client/jobs/retries.ts";
import {
  planGetTree,
  planPutTree,
  type TreeOptions,
} from "../../lib/client/jobs/tree_job.ts";
import { decideCopy } from "../../lib/client/tree/decide.ts";
import { Filter } from "../../lib/client/tree/filter.ts";
import type { Step } from "../../lib/client/tree/step.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { makeSite, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";

const runtime = systemRuntime();

class Told implements JobObserver {
  readonly ends: string[] = [];
  begun(): void {}
  moved(): void {}
  passed(): void {}
  withheld(): void {}
  waiting(): void {}
  ended(step: Step, result: StepResult): void {
    if (result.kind === "done") return;
    const name = step.kind === "trouble"
      ? step.trouble.path.join("/")
      : "path" in step
      ? step.path.join("/")
      : step.kind;
    const why = "reason" in result ? result.reason : result.error.message;
    this.ends.push(`${name}: ${result.kind} ${why}`);
  }
}

/** A tree with folders in folders, empty ones, and files of all sizes. */
async function makeTree(root: string): Promise<void> {
  const sizes = [0, 1, 100, 4096, 70_000, 1_100_000];
  for (const folder of ["", "a", "a/b", "a/b/c", "ü", "empty"]) {
    await Deno.mkdir(path.join(root, folder), { recursive: true });
    if (folder === "empty") continue;
    for (const [at, size] of sizes.entries()) {
      const file = path.join(root, folder, `f${at}`);
      await Deno.writeFile(file, randomBytes(size, at + folder.length));
      const time = new Date(1_600_000_000_000 + at * 1234);
      await Deno.utime(file, time, time);
    }
  }
  for (const folder of ["a/b/c", "a/b", "a", "ü", "empty", ""]) {
    const time = new Date(1_500_000_000_000);
    await Deno.utime(path.join(root, folder), time, time);
  }
}

/** Everything below: names, contents, times. */
async function shown(root: string, below = ""): Promise<string[]> {
  const lines: string[] = [];
  const { mtime } = await Deno.stat(path.join(root, below));
  lines.push(`${below}/ ${mtime?.getTime()}`);
  for await (
    const { name, isDirectory } of Deno.readDir(path.join(root, below))
  ) {
    const inside = path.join(below, name);
    if (name === ".ftpd") continue;
    if (isDirectory) lines.push(...await shown(root, inside));
    else {
      const file = path.join(root, inside);
      const bytes = await Deno.readFile(file);
      const digest = await crypto.subtle.digest("SHA-256", bytes);
      const { mtime } = await Deno.stat(file);
      lines.push(
        `${inside} ${bytes.length} ${mtime?.getTime()} ` +
          new Uint8Array(digest).toHex(),
      );
    }
  }
  return lines.sort();
}

interface Rounds {
  readonly connections: number;
  readonly filesAhead: number;
}

async function open(port: number): Promise<FtpClient> {
  return await connect({
    ...{ runtime, hostname: "127.0.0.1", port },
    ...{ username: "alex", password: "123" },
  });
}

async function run(
  plan: AsyncIterable<readonly Step[]>,
  side: Side<FtpClient>,
  connections: Connections<FtpClient>,
  filesAhead: number,
): Promise<Told> {
  const observer = new Told();
  const { timers, random } = runtime;
  const error = await runPlan(plan, {
    ...{ connections, side, observer, filesAhead },
    retries: new Retries(0, timers, random),
    signal: new AbortController().signal,
  });
  assert.equal(error, null);
  return observer;
}

function options(
  connections: Connections<FtpClient>,
  local: string,
  remote: string,
): TreeOptions {
  const { timers, random } = runtime;
  return {
    ...{ runtime, connections, local, remote, targetExists: false },
    sourceExists: true,
    walkRetries: new Retries(0, timers, random),
    signal: new AbortController().signal,
    filter: new Filter(),
    sizes: {},
    ...{ links: false, modes: true, comparesTarget: false },
    decide: decideCopy({}),
  };
}

const ROUNDS: readonly Rounds[] = [
  { connections: 1, filesAhead: 1 },
  { connections: 1, filesAhead: 256 },
  { connections: 4, filesAhead: 8 },
];

Deno.test("a tree is put and got: names, contents, times, with every bound at 1, too", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-tree-" });
  const tree = path.join(folder, "tree");
  await makeTree(tree);
  const before = await shown(tree);
  for (const { connections: max, filesAhead } of ROUNDS) {
    await t.step(`${max} connections, ${filesAhead} ahead`, async () => {
      const ahead = filesAhead === 1 ? ["--requests-ahead", "1"] : [];
      await using site = await makeSite();
      await using ftpd = await startFtpd(...site.args, ...ahead);
      const connections = new Connections(
        null,
        () => open(ftpd.port),
        max,
      );
      try {
        const { random } = runtime;
        const checksum = "crc32";
        const side = {
          ...{ keepTimes: true, keepModes: true, removeSource: false },
          shown: (path: readonly string[]) => path.join("/"),
        };
        const put = await run(
          await planPutTree(options(connections, tree, "there")),
          new PutSide({
            ...{ ...side, checksum, source: tree, target: "there", random },
            memory: {
              known: () => undefined,
              begun: () => undefined,
              begin: () => {},
              done: () => {},
            },
            ...{ parts: null, verify: false, tell: () => {} },
          }),
          connections,
          filesAhead,
        );
        assert.deepEqual(put.ends, []);
        const home = path.join(site.folder, "home", "alex");
        assert.deepEqual(await shown(path.join(home, "there")), before);
        const back = path.join(folder, `back-${max}-${filesAhead}`);
        const got = await run(
          await planGetTree(options(connections, back, "there")),
          new GetSide({
            ...{ ...side, checksum, source: "there", target: back, random },
            ...{ unfinished: new Set(), clock: runtime.clock },
            ...{ server: "", restart: false, verify: false, tell: () => {} },
            onLeft: () => {},
            memory: { known: () => undefined, done: () => {} },
          }),
          connections,
          filesAhead,
        );
        assert.deepEqual(got.ends, []);
        assert.deepEqual(await shown(back), before);
      } finally {
        await connections.close();
      }
    });
  }
  await Deno.remove(folder, { recursive: true });
});
