/**
 * Between the walk of a tree and the sending of a file somebody may have put
 * something else in its place: what lies outside of the tree is not sent.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { connect } from "../../lib/client/mod.ts";
import { PutSide } from "../../lib/client/jobs/put_side.ts";
import { walkLocal } from "../../lib/client/local/walk.ts";
import type { FileStep } from "../../lib/client/tree/step.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { makeSite, startFtpd } from "../programs.ts";

const runtime = systemRuntime();
const SECRET = "what nobody may read";

interface Case {
  readonly name: string;
  /** Done behind the walk: `tree/in/file` was seen, with another text. */
  readonly swap: (folder: string) => Promise<void>;
  /** What the server has then; null: nothing, and the put fails. */
  readonly sent: string | null;
}

const CASES: readonly Case[] = [
  {
    name: "a link that leads out of the tree",
    async swap(folder) {
      await Deno.remove(`${folder}/tree/in/file`);
      await Deno.symlink("../../secret/file", `${folder}/tree/in/file`);
    },
    sent: null,
  },
  {
    name: "its folder a link that leads out of the tree",
    async swap(folder) {
      await Deno.rename(`${folder}/tree/in`, `${folder}/tree/was`);
      await Deno.symlink("../secret", `${folder}/tree/in`);
    },
    sent: null,
  },
  {
    name: "a link to another file of the tree",
    async swap(folder) {
      await Deno.remove(`${folder}/tree/in/file`);
      await Deno.symlink("../other", `${folder}/tree/in/file`);
    },
    sent: "another file of the tree",
  },
  {
    name: "a new file, as an editor makes one",
    async swap(folder) {
      await Deno.writeTextFile(`${folder}/tree/in/new`, "a new text");
      await Deno.rename(`${folder}/tree/in/new`, `${folder}/tree/in/file`);
    },
    sent: "a new text",
  },
  {
    name: "the same file, longer",
    swap: (folder) =>
      Deno.writeTextFile(`${folder}/tree/in/file`, "+", { append: true }),
    sent: "as the walk saw it+",
  },
];

Deno.test({
  name:
    "what lies outside of a tree is not sent, whatever comes in a file's place",
  ignore: Deno.build.os === "windows", // links need a privilege there
  fn: async (t) => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    await using client = await connect({
      ...{ runtime, hostname: "127.0.0.1", port: ftpd.port },
      ...{ username: "alex", password: "123" },
    });
    const signal = new AbortController().signal;
    for (const [at, { name, swap, sent }] of CASES.entries()) {
      await t.step(name, async () => {
        const folder = path.join(site.folder, `case${at}`);
        const tree = path.join(folder, "tree");
        await Deno.mkdir(path.join(tree, "in"), { recursive: true });
        await Deno.mkdir(path.join(folder, "secret"));
        await Deno.writeTextFile(path.join(folder, "secret/file"), SECRET);
        await Deno.writeTextFile(
          path.join(tree, "other"),
          "another file of the tree",
        );
        await Deno.writeTextFile(
          path.join(tree, "in/file"),
          "as the walk saw it",
        );
        const step = await seen(tree, ["in", "file"]);
        await swap(folder);
        const target = `got${at}`;
        await client.mkdir(`${target}/in`, { parents: true });
        const side = new PutSide({
          ...{ source: tree, target, checksum: "crc32" },
          ...{ keepTimes: true, keepModes: false, removeSource: false },
          ...{ shown: (path) => path.join("/"), random: runtime.random },
          memory: {
            known: () => undefined,
            begun: () => undefined,
            begin: () => {},
            done: () => {},
          },
          ...{ parts: null, verify: false, tell: () => {} },
        });
        // With others it is left for the careful way, which is alone.
        assert.deepEqual(await side.many.files([step], { client, signal }), [
          null,
        ]);
        const put = side.file(step, { client, signal, onBytes: () => {} });
        if (sent === null) await assert.rejects(put, { code: "file_changed" });
        else assert.equal((await put).kind, "done");
        const there = path.join(site.home, "alex", target, "in", "file");
        const text = await Deno.readTextFile(there).catch(() => null);
        assert.equal(text, sent);
      });
    }
  },
});

async function seen(
  tree: string,
  names: readonly string[],
): Promise<FileStep> {
  for await (const page of walkLocal(tree, { links: "follow" })) {
    for (const found of page) {
      if (!("entry" in found) || found.entry.kind !== "file") continue;
      const { path } = found.entry;
      if (path.join("/") !== names.join("/")) continue;
      return { kind: "file", path, source: found.entry };
    }
  }
  throw new Error(`${names.join("/")} is not there`);
}
