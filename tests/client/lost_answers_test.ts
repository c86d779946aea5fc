/** Deeds whose answer was lost: asked again, done once, told once. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { LIAR_PASSWORD, LIAR_USER, startLiar } from "../liars/liar.ts";
import { asAlexAgain, makeSite, startFtpd } from "../programs.ts";
import { CutNetwork } from "./cut_network.ts";
import { Desk, itemsOf } from "./desk.ts";
import { emptyTree, makeTree, treeLines } from "./file_tree.ts";

interface Case {
  readonly name: string;
  readonly command: readonly string[];
  /** Whose answer is lost, once the server has done it. */
  readonly deed: "mv" | "cp" | "rm" | "mkdir" | "rmdir";
  /** What is there before (file_tree.ts). */
  readonly has: readonly string[];
  /** What others write in between. */
  readonly writes?: readonly string[];
  /** What is there in the end. */
  readonly gives: readonly string[];
  /** The items that are told. */
  readonly told: readonly string[];
  /** In between the server is started anew. */
  readonly restart?: boolean;
}

const CASES: readonly Case[] = [
  {
    name: "mv",
    ...{ command: ["mv", "a", "b"], deed: "mv", has: ["a=1"] },
    ...{ gives: ["b=1@1"], told: ["a b done"] },
  },
  {
    name: "mv, and a file of the old name is there again",
    ...{ command: ["mv", "a", "b"], deed: "mv", has: ["a=1"] },
    ...{ writes: ["a=2"], gives: ["a=2@1", "b=1@1"], told: ["a b done"] },
  },
  {
    name: "mv -n does not find its own target in its way",
    ...{ command: ["mv", "-n", "a", "b"], deed: "mv", has: ["a=1"] },
    ...{ gives: ["b=1@1"], told: ["a b done"] },
  },
  {
    name: "mv of two into a folder",
    ...{
      command: ["mv", "a", "b", "d"],
      deed: "mv",
      has: ["a=1", "b=2", "d/"],
    },
    ...{
      gives: ["d/", "d/a=1@1", "d/b=2@1"],
      told: ["a d/a done", "b d/b done"],
    },
  },
  {
    name: "cp, and the copy is another by then",
    ...{ command: ["cp", "a", "b"], deed: "cp", has: ["a=1"] },
    ...{ writes: ["b=2"], gives: ["a=1@1", "b=2@1"], told: ["a b done"] },
  },
  {
    name: "rm, and there is a file of that name again",
    ...{ command: ["rm", "a"], deed: "rm", has: ["a=1"] },
    ...{ writes: ["a=2"], gives: ["a=2@1"], told: ["a null done"] },
  },
  {
    name: "rm -r, with the server started anew",
    ...{ command: ["rm", "-r", "d"], deed: "rm", has: ["d/a=1", "b=2"] },
    ...{ gives: ["b=2@1"], told: ["d null done"], restart: true },
  },
  {
    name: "mkdir does not find its own folder in its way",
    ...{ command: ["mkdir", "d"], deed: "mkdir", has: [] },
    ...{ gives: ["d/"], told: ["d null done"] },
  },
  {
    name: "rmdir does not miss what it removed, nor what came after it",
    ...{ command: ["rmdir", "d"], deed: "rmdir", has: ["d/"] },
    ...{ writes: ["d/a=1"], gives: ["d/", "d/a=1@1"], told: ["d null done"] },
  },
];

Deno.test("the answer to a deed is lost", async (t) => {
  await using site = await makeSite();
  await using ftpds = new AsyncDisposableStack();
  const start = async () => ftpds.use(await startFtpd(...site.args));
  let ftpd = await start();
  const home = path.join(site.home, "alex");
  for (const { name, command, deed, has, ...given } of CASES) {
    await t.step(name, async () => {
      emptyTree(home);
      makeTree(home, has);
      const before = async () => {
        makeTree(home, given.writes ?? []);
        if (!given.restart) return;
        ftpd.kill("SIGKILL");
        await ftpd.code;
        ftpd = await start();
        return ftpd.port;
      };
      const cuts = [{ unheard: `"action":"${deed}"` }, { before }];
      const network = new CutNetwork(cuts);
      const desk = new Desk({ runtime: network.runtime });
      const ended = await desk.run(
        ...[...asAlexAgain(ftpd), "--json", ...command],
      );
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(network.connections, 2);
      assert.match(
        ended.stderr,
        new RegExp(`^ftpc: ${deed} [a-d]: .*: the next try is in \\d+ s\n$`),
      );
      assert.deepEqual(itemsOf(ended.stdout), given.told);
      assert.deepEqual(treeLines(home), given.gives);
    });
  }
});

/** A server without operations could do it twice. */
Deno.test("without operations it is not asked again", async () => {
  let asked = 0;
  await using liar = startLiar(async (victim) => {
    await victim.letIn({ hello: { features: ["mv"] } });
    for (
      let id = (await victim.request()).id;;
      id = (await victim.request()).id
    ) {
      // The stat of the target, then the deed, which has no answer.
      if (asked++ > 0) return;
      await victim.send({ id, status_code: 220, status_msg: "none" });
    }
  });
  const { runtime } = new CutNetwork([]);
  const desk = new Desk({ runtime });
  const { code, stderr } = await desk.run(
    ...["-s", "127.0.0.1", "-P", `${liar.port}`, "-u", LIAR_USER],
    ...["-p", LIAR_PASSWORD, "mv", "a", "b"],
  );
  assert.equal(code, 3);
  assert.match(stderr, /^ftpc: mv a: .*\n$/);
  assert.equal(asked, 2);
});

Deno.test("cp --progress tells what the server says of it", async () => {
  const desk = new Desk({ runtime: withQuickTimers() });
  await using liar = startLiar(async (victim) => {
    await victim.letIn({ hello: { features: ["cp"] } });
    const facts = { size: 4000, mtime: "1764000000", status_code: 200 };
    for (const type of [null, "file"]) {
      const { id } = await victim.request();
      await victim.send(
        type === null ? { id, status_code: 220 } : { id, type, ...facts },
      );
    }
    const { id } = await victim.request();
    await victim.send({ action: "progress", id, bytes: 1000, entries: 0 });
    while (!desk.stdout.includes(`"bytes_done":1000,"bytes":4000`)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await victim.send({ id, status_code: 200, files: 1, bytes: 4000 });
    await victim.left();
  });
  const { code, stdout, stderr } = await desk.run(
    ...["-s", "127.0.0.1", "-P", `${liar.port}`, "-u", LIAR_USER],
    ...["-p", LIAR_PASSWORD, "--json", "cp", "--progress", "a", "b"],
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(itemsOf(stdout), ["a b done"]);
});

function withQuickTimers() {
  const runtime = systemRuntime();
  const { timers } = runtime;
  const every = (_ms: number, run: () => void) => timers.every(1, run);
  return { ...runtime, timers: { ...timers, every } };
}
