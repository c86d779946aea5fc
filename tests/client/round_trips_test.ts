/**
 * How often ftpc waits for the server before the first byte: counted, since a
 * clock would tell of the machine and not of the program.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { asAlex, makeSite, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { CutNetwork } from "./cut_network.ts";
import { Desk } from "./desk.ts";
import { emptyTree } from "./file_tree.ts";

type Network = ReturnType<typeof systemRuntime>["network"];

const MIB = 2 ** 20;
/** Much more than what is on its way when it is told to stop. */
const SIZE = 32 * MIB;
const SLOWLY = ["--limit", "16M"];
/** No message is as long; a piece of a body is. */
const BODY_BYTES = 4096;

interface Moved {
  readonly way: "written" | "read";
  readonly bytes: number;
  /** What it begins with. */
  readonly text: string;
}

/** The system's network, and all that went over its connections, in order. */
function recording(moved: Moved[]): Network {
  const system = systemRuntime().network;
  const note = (way: Moved["way"], bytes: Uint8Array) => {
    const text = new TextDecoder().decode(bytes.subarray(0, BODY_BYTES));
    moved.push({ way, bytes: bytes.length, text });
  };
  return {
    listen: (address) => system.listen(address),
    async connect(address, signal) {
      const inner = await system.connect(address, signal);
      return {
        ...{ local: inner.local, remote: inner.remote },
        async read(into) {
          const bytes = await inner.read(into);
          if (bytes !== null) note("read", into.subarray(0, bytes));
          return bytes;
        },
        async write(bytes) {
          note("written", bytes);
          await inner.write(bytes);
        },
        kill: () => inner.kill(),
        closeWrite: () => inner.closeWrite(),
        get bytesRead() {
          return inner.bytesRead;
        },
        get bytesWritten() {
          return inner.bytesWritten;
        },
        released: inner.released,
      };
    },
  };
}

/** What was written before the first answer was heard. */
function unasked(moved: readonly Moved[]): string {
  const first = moved.findIndex(({ way }) => way === "read");
  return moved.slice(0, first).map(({ text }) => text).join("");
}

/**
 * From the end of the login to the first piece of a body: how often something
 * was asked, and an answer awaited.
 */
function tripsToBody(moved: readonly Moved[], way: Moved["way"]): number {
  const login = moved.findLastIndex(({ way, text }) =>
    way === "written" && text.includes('"action":"login"')
  );
  const rest = moved.slice(login + 1);
  // The answer to the login comes first.
  const asked = rest.findIndex(({ way }) => way === "written");
  const body = rest.findIndex((one) =>
    one.way === way && one.bytes > BODY_BYTES
  );
  assert(login >= 0 && asked >= 0 && body >= 0, "no body was moved");
  let trips = 0;
  let last: Moved["way"] = "read";
  for (const { way } of rest.slice(asked, body + 1)) {
    if (way === "read" && last === "written") trips++;
    last = way;
  }
  return trips;
}

Deno.test("hello and the first message of the login go in one write", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  emptyTree(path.join(site.home, "alex"));
  const moved: Moved[] = [];
  const network = recording(moved);
  const desk = new Desk({ runtime: { ...systemRuntime(), network } });
  const { code, stderr } = await desk.run(...asAlex(ftpd), "ls");
  assert.equal(code, 0, stderr);
  assert.match(unasked(moved), /"action":"hello".*"action":"login"/s);
  assert.equal(moved[0]?.way, "written");
  assert.equal(moved[1]?.way, "read", "it is one write");
});

for (const command of ["put", "get"] as const) {
  Deno.test(`${command} goes on: its first byte within two round trips of the login`, async () => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const home = path.join(site.home, "alex");
    const here = path.join(site.folder, "here");
    for (const folder of [home, here]) emptyTree(folder);
    const isPut = command === "put";
    const [from, to] = isPut ? [here, home] : [home, here];
    await Deno.writeFile(path.join(from, "a"), randomBytes(SIZE));
    const [source, target] = isPut
      ? [path.join(here, "a"), "b"]
      : ["a", path.join(here, "b")];
    const line = [...asAlex(ftpd), "--json", command, source, target];
    // Ctrl-C has what came so far marked on both sides.
    const cut = isPut ? { writtenBytes: 3 * MIB } : { readBytes: 3 * MIB };
    using network = new CutNetwork([{ ...cut, interrupts: true }]);
    const first = await new Desk({ runtime: network.runtime }).run(
      ...SLOWLY,
      ...line,
    );
    assert.equal(first.code, 130, first.stderr);
    const moved: Moved[] = [];
    const runtime = { ...systemRuntime(), network: recording(moved) };
    const again = await new Desk({ runtime }).run(...line);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /"resumed_from":[1-9]/);
    const trips = tripsToBody(moved, isPut ? "written" : "read");
    // A byte that comes is heard at the end of the trip that asked for it.
    assert(trips <= 2, `${trips} round trips`);
    const copied = await Deno.readFile(path.join(to, "b"));
    assert.deepEqual(copied, await Deno.readFile(path.join(from, "a")));
  });
}
