/** Puts and gets whose last answer was lost: done once, and told as done. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { LIAR_PASSWORD, LIAR_USER, startLiar } from "../liars/liar.ts";
import { asAlexAgain, makeSite, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { endOf } from "../support/peer.ts";
import { CutNetwork } from "./cut_network.ts";
import { Desk, itemsOf } from "./desk.ts";
import { emptyTree, makeTree, treeLines } from "./file_tree.ts";

interface Case {
  readonly name: string;
  /** `HERE` is the folder of this side. */
  readonly command: readonly string[];
  /** What comes first behind these words is lost. */
  readonly unheard: string;
  readonly here: readonly string[];
  readonly there?: readonly string[];
  /** What others write there in between. */
  readonly writes?: readonly string[];
  readonly givesHere?: readonly string[];
  readonly gives: readonly string[];
  readonly told: readonly string[];
  readonly connections?: number;
}

const LARGE = "x".repeat(1_500_000);
const END = `"action":"end"`;

const CASES: readonly Case[] = [
  {
    name: "put -n: its own file does not stand in its way",
    ...{ command: ["put", "-n", "HERE/a", "b"], unheard: END, here: ["a=1@1"] },
    ...{ gives: ["b=1@now"], told: ["HERE/a b done"] },
  },
  {
    name: "put -n --preserve --checksum sha256, the same",
    command: ["put", "-n", "--preserve", "--checksum", "sha256", "HERE/a", "b"],
    ...{ unheard: END, here: ["a=1@1"], gives: ["b=1@1"] },
    told: ["HERE/a b done"],
  },
  {
    name: "put -n of a larger file",
    ...{ command: ["put", "-n", "HERE/a", "b"], unheard: END },
    ...{ here: [`a=${LARGE}@1`], gives: [`b=${LARGE}@now`] },
    told: ["HERE/a b done"],
  },
  {
    name: "put -n: another file that came since stays, and is told as one",
    ...{ command: ["put", "-n", "HERE/a", "b"], unheard: END, here: ["a=1@1"] },
    ...{ writes: ["b=2@1"], gives: ["b=2@1"], told: ["HERE/a b skipped"] },
  },
  {
    name: "put -n --preserve: so does one of another time",
    ...{ command: ["put", "-n", "--preserve", "HERE/a", "b"], unheard: END },
    ...{ here: ["a=1@1"], writes: ["b=1@2"], gives: ["b=1@2"] },
    told: ["HERE/a b skipped"],
  },
  {
    name: "put -n: the same file, which was there before, is none of its own",
    ...{ command: ["put", "-n", "HERE/a", "b"], unheard: END },
    ...{ here: ["a=1@1"], there: ["b=1@1"], gives: ["b=1@1"] },
    ...{ told: ["HERE/a b skipped"], connections: 1 }, // it is not even sent
  },
  {
    name: "put -r -n",
    ...{ command: ["put", "-rn", "HERE/d", "e"], unheard: END },
    ...{ here: ["d/", "d/a=1@1", "d/b=2@1"], there: ["e/d/b=3@1"] },
    gives: ["e/", "e/d/", "e/d/a=1@1", "e/d/b=3@1"],
    told: ["HERE/d/a e/d/a done", "HERE/d/b e/d/b skipped"],
  },
  {
    name: "put --remove-source",
    command: ["put", "--remove-source", "HERE/a", "b"],
    ...{ unheard: END, here: ["a=1@1"], givesHere: [], gives: ["b=1@now"] },
    told: ["HERE/a b done"],
  },
  {
    name: "get --remove-source: what is removed there is here",
    command: ["get", "--remove-source", "a", "HERE/b"],
    ...{ unheard: `"action":"rm"`, here: [], there: ["a=1@1"] },
    ...{ givesHere: ["b=1@now"], gives: [], told: ["a HERE/b done"] },
  },
];

Deno.test("the answer that ends a transfer is lost", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const home = path.join(site.home, "alex");
  const folder = path.join(site.folder, "here");
  const inFolder = (text: string) => text.replace("HERE", folder);
  for (const { name, unheard, ...given } of CASES) {
    await t.step(name, async () => {
      for (const one of [home, folder]) emptyTree(one);
      makeTree(home, given.there ?? []);
      makeTree(folder, given.here);
      const before = () => makeTree(home, given.writes ?? []);
      const network = new CutNetwork([{ unheard }, { before }]);
      const desk = new Desk({ runtime: network.runtime });
      const { code, stdout, stderr } = await desk.run(
        ...[...asAlexAgain(ftpd), "--json", ...given.command.map(inFolder)],
      );
      assert.equal(code, 0, stderr);
      assert.equal(network.connections, given.connections ?? 2);
      assert.deepEqual(itemsOf(stdout).sort(), given.told.map(inFolder));
      assert.deepEqual(treeLines(home), given.gives);
      assert.deepEqual(treeLines(folder), given.givesHere ?? given.here);
    });
  }
  await t.step("put -n, given again: its own file is there", async () => {
    for (const one of [home, folder]) emptyTree(one);
    makeTree(folder, [`a=${LARGE}@1`]);
    const words = ["--json", "put", "-n", path.join(folder, "a"), "b"];
    const { runtime } = new CutNetwork([{ unheard: END }]);
    const flags = asAlexAgain(ftpd);
    const first = await new Desk({ runtime }).run(
      ...[...flags, "--retries", "0", ...words],
    );
    assert.equal(first.code, 3, first.stderr);
    const { code, stdout, stderr } = await new Desk().run(...flags, ...words);
    assert.equal(code, 0, stderr);
    assert.deepEqual(itemsOf(stdout), [inFolder("HERE/a b done")]);
  });
});

/** Who had the part before has set a mark after the server was asked. */
Deno.test("a put that takes a part over goes on at its newest mark", async () => {
  const bytes = randomBytes(3_000_000, 5);
  const folder = await Deno.makeTempDir({ prefix: "ftpc-newest-" });
  const file = path.join(folder, "a");
  await Deno.writeFile(file, bytes);
  const marks = [1_000_000, 2_000_000, 2_500_000];
  const offsets: unknown[] = [];
  let connections = 0;
  await using liar = startLiar(async (victim) => {
    const first = connections++ === 0;
    await victim.letIn({ hello: { features: ["crc32", "range", "resume"] } });
    while (true) {
      const { action, id, items, offset = 0 } = await victim.request();
      if (action === "quit") return await victim.send({ id, status_code: 200 });
      if (action === "stat") {
        await victim.send({ id, status_code: 220 });
      } else if (action === "resume" && items === undefined) {
        await victim.answerLines(id, []); // of earlier puts there is nothing
      } else if (action === "resume") {
        const mark = marks[offsets.length] ?? 0;
        const { checksum } = endOf(bytes.subarray(0, mark));
        const state = { state: "part", offset: mark, checksum };
        await victim.answerLines(id, [JSON.stringify(state)]);
      } else if (first) {
        return; // a put, of which nothing is heard
      } else {
        offsets.push(offset);
        await victim.bodyEnd();
        const { size, checksum } = endOf(bytes);
        const is = offsets.length < marks.length
          ? { status_code: 234 }
          : { status_code: 200, size, checksum };
        await victim.send({ id, ...is });
      }
    }
  });
  const { runtime } = new CutNetwork([]);
  const { code, stdout, stderr } = await new Desk({ runtime }).run(
    ...["-s", "127.0.0.1", "-P", `${liar.port}`, "-u", LIAR_USER],
    ...["-p", LIAR_PASSWORD, "--json", "put", file, "b"],
  );
  await Deno.remove(folder, { recursive: true });
  assert.equal(code, 0, stderr);
  assert.deepEqual(offsets, marks);
  const [item = ""] = stdout.split("\n");
  assert.equal(JSON.parse(item).resumed_from, marks.at(-1));
});
