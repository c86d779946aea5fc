/**
 * Trees sent to a server whose home takes names that differ in case, or in NFC
 * and NFD, for one: through whole sessions, with a server in this process. Such
 * names are told, none is mangled, and the first one's content stays.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { createAuthenticator, readAccounts } from "../../lib/accounts/mod.ts";
import { type Runtime, systemRuntime } from "../../lib/runtime/mod.ts";
import { MemoryHome } from "../../lib/storage/memory.ts";
import { Site } from "../server/site.ts";
import { at, readText } from "../storage/home_suite.ts";
import { HandClock } from "../support/hand_clock.ts";
import { Desk, itemsOf } from "./desk.ts";
import { makeTree } from "./file_tree.ts";

const NFC = "caf\u00e9";
const NFD = "cafe\u0301";

interface Step {
  readonly name: string;
  /** What lies in `a` here (file_tree.ts). */
  readonly has: readonly string[];
  readonly command: readonly string[];
  readonly code: number;
  /** The items that are told: `target result`. */
  readonly told: readonly string[];
  /** What lies in the home's `a` then. */
  readonly gives: readonly string[];
}

const MANY = ["README=1", "readme=2", `${NFD}=3`, `${NFC}=4`, "other=5"];
const KEPT = ["README=1", "other=5", `${NFD}=3`];

/** One after the other, on one home. */
const STEPS: readonly Step[] = [
  {
    name: "put -r of files",
    has: MANY,
    command: ["put", "-r", "a", "."],
    code: 1,
    told: [
      ...["README done", "other done", `${NFD} done`],
      ...[`${NFC} failed`, "readme failed"],
    ],
    gives: KEPT,
  },
  {
    name: "the same again, where all that was sent is known",
    has: MANY,
    command: ["put", "-r", "--skip-unchanged", "a", "."],
    code: 1,
    told: [
      ...["README skipped", "other skipped", `${NFD} skipped`],
      ...[`${NFC} failed`, "readme failed"],
    ],
    gives: KEPT,
  },
  {
    name: "put -r of folders",
    has: ["D/f=1", "D/g=2", "d/f=3", "d/h=4"],
    command: ["put", "-r", "a", "."],
    code: 1,
    told: [
      ...["D/f done", "D/g done"],
      ...["d failed", "d/f failed", "d/h failed"],
    ],
    gives: [...KEPT, "D/", "D/f=1", "D/g=2"],
  },
  {
    // What lies in a folder of another case may be what was just sent.
    name: "sync of another case, which deletes nothing that it sent",
    has: ["readme=6@2", "d/f=7@2"],
    command: ["sync", "--delete", "a", "a"],
    code: 0,
    told: [
      ...["d/f done", "readme done", "other done", `${NFD} done`],
      ...["README skipped", "D/g skipped", "D/f skipped", "D skipped"],
    ],
    gives: ["README=6", "D/", "D/f=7", "D/g=2"],
  },
  {
    name: "sync of both cases, which deletes nothing after that",
    has: ["README=8@3", "readme=9@4"],
    command: ["sync", "--delete", "a", "a"],
    code: 1,
    told: ["README done", "readme failed"],
    gives: ["README=8", "D/", "D/f=7", "D/g=2"],
  },
];

Deno.test("names that a server's disk folds together, by whole sessions", async (t) => {
  const home = new MemoryHome({ clock: new HandClock(), foldsNames: true });
  const runtime = systemRuntime();
  const { accounts } = await readAccounts("[alex]\npassword = 123\n", {
    file: "accounts.ini",
  });
  await using site = await Site.open({
    openHome: () => Promise.resolve(home),
    authenticator: await createAuthenticator(accounts, runtime),
  });
  const folder = await Deno.makeTempDir({ prefix: "ftpc-folding-" });
  const dialling: Runtime = {
    ...runtime,
    network: {
      ...runtime.network,
      connect: async () => (await site.dial()).connection,
    },
  };
  const run = (...words: string[]) => {
    const flags = ["-s", "192.0.2.2", "-P", "10021", "-u", "alex", "-p", "123"];
    const script = words.map((word) => `'${word}'`).join(" ");
    const where = `lcd '${folder}'; ${script}`;
    return new Desk({ runtime: dialling }).run(
      ...[...flags, "--retries", "0", "-j", "1", "--json", "-c", where],
    );
  };
  for (const { name, has, command, code, told, gives } of STEPS) {
    await t.step(name, async () => {
      await Deno.remove(path.join(folder, "a"), { recursive: true })
        .catch(() => {});
      makeTree(path.join(folder, "a"), has);
      const ended = await run(...command);
      assert.equal(ended.code, code, ended.stderr);
      const items = itemsOf(ended.stdout).map((item) =>
        // Of what is deleted there is no source.
        item.replace(/^(?:a\/\S+|null) a\/(\S+)/, "$1")
      );
      assert.deepEqual(items.sort(), [...told].sort());
      const clashes = told.filter((item) => /failed$/.test(item));
      for (const item of clashes) {
        const name = item.replace(/ failed$/, "");
        assert(ended.stderr.includes(`a/${name}: `), ended.stderr);
      }
      assert.deepEqual(await linesOf(home), [...gives].sort());
    });
  }
  await Deno.remove(folder, { recursive: true });
});

/** What lies in the home's `a`, as `makeTree` takes it. */
async function linesOf(home: MemoryHome): Promise<string[]> {
  const lines: string[] = [];
  for await (const page of home.walk(at("a"))) {
    for (const { path, type } of page) {
      const name = path.join("/");
      lines.push(
        type === "folder"
          ? `${name}/`
          : `${name}=${await readText(home, `a/${name}`)}`,
      );
    }
  }
  return lines.sort();
}
