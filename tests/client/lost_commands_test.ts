/**
 * Commands whose connection is lost in their midst: asked again on another one,
 * they print what they print else, once, and leave what they leave else.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { LIAR_PASSWORD, LIAR_USER, startLiar } from "../liars/liar.ts";
import { asAlexAgain, makeSite, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { type Cut, CutNetwork } from "./cut_network.ts";
import { Desk } from "./desk.ts";
import { emptyTree, makeTree, treeLines } from "./file_tree.ts";

const MIB = 2 ** 20;
const SIZE = 3 * MIB;
const FILES = 1500;

interface Case {
  readonly command: readonly string[];
  readonly cut: Cut;
  /** What is told when it waits for the next try. */
  readonly of: string;
}

const unheard = (action: string): Cut => ({ unheard: `"action":"${action}"` });

/** What they print, a run that nothing disturbs has printed before. */
const READING: readonly Case[] = [
  { command: ["stat", "big"], cut: unheard("stat"), of: "stat big" },
  { command: ["ls"], cut: unheard("list"), of: "ls " },
  { command: ["ls", "-l", "*"], cut: unheard("list"), of: "ls " },
  { command: ["ls", "many"], cut: { readBytes: 50_000 }, of: "ls many" },
  { command: ["ls", "-R"], cut: { readBytes: 50_000 }, of: "ls " },
  { command: ["du"], cut: { readBytes: 50_000 }, of: "du " },
  { command: ["du", "-s", "many"], cut: unheard("du"), of: "du many" },
  { command: ["find"], cut: { readBytes: 50_000 }, of: "find " },
  { command: ["find", "many"], cut: { readBytes: 50_000 }, of: "find many" },
  { command: ["cat", "big"], cut: { readBytes: 2 * MIB }, of: "cat big" },
  { command: ["cat", "small", "b*"], cut: unheard("get"), of: "cat small" },
  {
    command: ["head", "-c", "2500000", "big"],
    ...{ cut: { readBytes: 2 * MIB }, of: "head big" },
  },
  {
    command: ["head", "-n", "30000", "big"],
    ...{ cut: { readBytes: 2 * MIB }, of: "head big" },
  },
  {
    command: ["tail", "-c", "2500000", "big"],
    ...{ cut: { readBytes: 2 * MIB }, of: "tail big" },
  },
  { command: ["tail", "big"], cut: unheard("get"), of: "tail big" },
  {
    command: ["checksum", "big"],
    cut: unheard("checksum"),
    of: "checksum big",
  },
];

interface Change {
  readonly command: readonly string[];
  /** Whose answer is lost, once the server has done it. */
  readonly deed: string;
  readonly has: readonly string[];
  readonly gives: readonly string[];
}

const CHANGES: readonly Change[] = [
  {
    ...{ command: ["mkdir", "-p", "a/b"], deed: "mkdir" },
    ...{ has: [], gives: ["a/", "a/b/"] },
  },
  { command: ["touch", "a"], deed: "put", has: [], gives: ["a="] },
  { command: ["touch", "a"], deed: "setattr", has: ["a=1"], gives: ["a=1"] },
  {
    ...{ command: ["chmod", "600", "a"], deed: "setattr" },
    ...{ has: ["a=1@5"], gives: ["a=1@5"] },
  },
];

Deno.test("commands outlive a connection that is lost", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const home = path.join(site.home, "alex");
  emptyTree(home);
  const flags = asAlexAgain(ftpd);
  const bytes = randomBytes(SIZE, 7).map((byte) =>
    byte < 3 ? 0x0a : 0x61 + byte % 26
  );
  makeTree(home, ["small=text\n", "d/e/f=1"]);
  Deno.writeFileSync(path.join(home, "big"), bytes);
  makeTree(home, Array.from({ length: FILES }, (_, at) => `many/f${at}=`));
  Deno.mkdirSync(path.join(home, "many", "\\odd")); // no name to ask for
  for (const { command, cut, of } of READING) {
    await t.step(command.join(" "), async () => {
      const undisturbed = await new Desk().run(...flags, ...command);
      assert.equal(undisturbed.code, 0, undisturbed.stderr);
      const network = new CutNetwork([cut]);
      const desk = new Desk({ runtime: network.runtime });
      const { code, stdout, stderr } = await desk.run(...flags, ...command);
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        new RegExp(`^ftpc: ${of}.*: the next try is in \\d+ s\n$`),
      );
      assert.equal(network.connections, 2);
      assert(stdout === undisturbed.stdout, "it prints the same");
    });
  }
  await t.step("--retries 0", async () => {
    const network = new CutNetwork([unheard("stat")]);
    const desk = new Desk({ runtime: network.runtime });
    const words = ["stat", "--retries", "0", "big"];
    const { code, stderr } = await desk.run(...flags, ...words);
    assert.equal(code, 3);
    assert.match(stderr, /^ftpc: stat big: .*lost.*\n$/);
    assert.equal(network.connections, 1);
  });
  await t.step("cat: another version meanwhile", async () => {
    const before = () => Deno.writeFileSync(path.join(home, "big"), bytes);
    const network = new CutNetwork([{ readBytes: 2 * MIB }, { before }]);
    const desk = new Desk({ runtime: network.runtime });
    const { code, stderr } = await desk.run(...flags, "cat", "big");
    assert.equal(code, 5);
    assert.match(stderr, /cat big: it is not what it was when its start/);
  });
  for (const { command, deed, has, gives } of CHANGES) {
    await t.step(`${command.join(" ")}, at its ${deed}`, async () => {
      emptyTree(home);
      makeTree(home, has);
      const network = new CutNetwork([unheard(deed)]);
      const desk = new Desk({ runtime: network.runtime });
      const { code, stderr } = await desk.run(...flags, ...command);
      assert.equal(code, 0, stderr);
      assert.equal(network.connections, 2);
      const there = treeLines(home);
      const isNow = command[0] === "touch"; // its time nobody knows
      assert.deepEqual(
        isNow ? there.map((line) => line.replace(/@.*/, "")) : there,
        gives,
      );
    });
  }
});

const FACTS = { type: "file", size: 1, mtime: "0", mode: 0o644, version: "1" };

/** What was printed unsorted is not printed again. */
Deno.test("ls of more than are sorted goes on with the others", async () => {
  const names = Array.from({ length: 120_000 }, (_, at) => `f${at}`);
  const lines = names.map((name) => JSON.stringify({ name, ...FACTS }));
  await using liar = startLiar(async (victim) => {
    await victim.letIn({ hello: { features: ["crc32", "list", "versions"] } });
    while (true) {
      const { action, id } = await victim.request();
      if (action === "quit") return await victim.send({ id, status_code: 200 });
      if (action === "stat") {
        const stat = { type: "folder", size: 0, mtime: "0", mode: 0o755 };
        await victim.send({ id, status_code: 200, ...stat });
        continue;
      }
      await victim.answerLines(id, lines);
    }
  });
  const bytes = lines.reduce((sum, { length }) => sum + length + 1, 0);
  const network = new CutNetwork([{ readBytes: Math.floor(bytes * 0.95) }]);
  const desk = new Desk({ runtime: network.runtime });
  const { code, stdout, stderr } = await desk.run(
    ...["-s", "127.0.0.1", "-P", `${liar.port}`, "-u", LIAR_USER],
    ...["-p", LIAR_PASSWORD, "ls"],
  );
  assert.equal(code, 0, stderr);
  assert.equal(network.connections, 2);
  assert(stdout === `${names.join("\n")}\n`, "each once, in their order");
  assert.equal(stderr.match(/not sorted/g)?.length, 1, stderr);
});
