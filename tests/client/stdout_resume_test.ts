/** get X - and put -, where the connection is lost in their midst. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlexAgain, makeSite, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { type Cut, CutNetwork } from "./cut_network.ts";
import { Desk } from "./desk.ts";

const MIB = 2 ** 20;
const SIZE = 3 * MIB;

interface Case {
  readonly name: string;
  readonly flags?: readonly string[];
  readonly cuts: (file: string) => readonly Cut[];
  readonly code: number;
  /** How much of the file is printed. */
  readonly prints: "all" | "start";
  readonly says: RegExp;
  readonly connections: number;
}

const WAITS = /^(?:ftpc: get a: .*: the next try is in \d+ s\n)+$/;

const CASES: readonly Case[] = [
  ...["crc32", "sha256"].map((type): Case => ({
    name: `it goes on at its byte, twice: ${type}`,
    flags: ["--checksum", type],
    cuts: () => [{ readBytes: 2 * MIB }, { readBytes: MIB / 2 }],
    ...{ code: 0, prints: "all", says: WAITS, connections: 3 },
  })),
  {
    name: "lost before its first byte",
    cuts: () => [{ unheard: `"action":"get"` }],
    ...{ code: 0, prints: "all", says: WAITS, connections: 2 },
  },
  {
    name: "another version meanwhile: exit 5",
    cuts: (file) => [{ readBytes: 2 * MIB }, {
      before: () => Deno.writeFileSync(file, letters(SIZE, 9)),
    }],
    ...{ code: 5, prints: "start", connections: 2 },
    says: /get a: it is not what it was when its start was printed .*\n$/,
  },
  {
    name: "what was printed was wrong: the server says so, exit 5",
    cuts: () => [{ readBytes: 2 * MIB, spoiltFrom: MIB }],
    ...{ code: 5, prints: "start", connections: 2 },
    says: /get a: .*another checksum.*\n$/,
  },
  {
    name: "--retries 0: exit 3",
    flags: ["--retries", "0"],
    cuts: () => [{ readBytes: 2 * MIB }],
    ...{ code: 3, prints: "start", connections: 1 },
    says: /^ftpc: get a: .*lost.*\n$/,
  },
];

Deno.test("get X - and a connection that is lost", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const home = path.join(site.home, "alex");
  await Deno.mkdir(home, { recursive: true });
  const file = path.join(home, "a");
  const bytes = letters(SIZE, 1);
  const text = new TextDecoder().decode(bytes);
  const flags = asAlexAgain(ftpd);
  for (const { name, says, ...given } of CASES) {
    await t.step(name, async () => {
      await Deno.writeFile(file, bytes);
      const network = new CutNetwork(given.cuts(file));
      const desk = new Desk({ runtime: network.runtime });
      const { code, stdout, stderr } = await desk.run(
        ...[...flags, "get", ...given.flags ?? [], "a", "-"],
      );
      assert.equal(code, given.code, stderr);
      assert.match(stderr, says);
      assert.equal(network.connections, given.connections);
      if (given.prints === "all") assert(stdout === text);
      else assert(stdout.length > MIB && stdout.length < SIZE);
      // What was printed was not fetched again.
      const fetched = network.read.reduce((sum, bytes) => sum + bytes, 0);
      assert(fetched < SIZE + MIB, `${fetched} bytes came`);
    });
  }
  await t.step("put - cannot go on, and says so", async () => {
    const network = new CutNetwork([{ writtenBytes: MIB }]);
    const desk = new Desk({ runtime: network.runtime, stdin: text });
    const { code, stderr } = await desk.run(...flags, "put", "-", "b");
    assert.equal(code, 3);
    assert.match(
      stderr,
      /^ftpc: put b: .* \(what came from stdin cannot be sent again: .*\)\n$/,
    );
    assert.equal(network.connections, 1);
    await assert.rejects(Deno.stat(path.join(home, "b")));
  });
});

function letters(size: number, seed: number): Uint8Array<ArrayBuffer> {
  return randomBytes(size, seed).map((byte) => 0x61 + byte % 26);
}
