/**
 * The real ftpc and a server that never comes to an end, though each page of
 * its listings and each of its messages is as it should be: memory stays
 * bounded, and one Ctrl-C ends it.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { startLiar, type Victim } from "../liars/liar.ts";
import { asAlex, commandOf, PROGRAM_MS_MAX } from "../programs.ts";
import { endOf } from "../support/peer.ts";

const FEATURES = [
  ...["crc32", "sha256", "list", "walk", "mkdir", "rm", "rmdir", "setattr"],
  ...["versions", "range", "resume"],
];
/**
 * What it may take beyond a plain start: 60 to 120 MiB was seen. To keep what
 * is not needed of so many entries would take a multiple of it.
 */
const MORE_KIB_MAX = 400 * 1024;
const LINES = 1000; // made at once
const FILE = new TextEncoder().encode("file");

/** What is told of one connection, by the server, as it goes. */
interface Course {
  /** Resolves at the first cancel. */
  readonly cancelled: Promise<void>;
  readonly isCancelled: boolean;
}

/** Entries in their order, for ever: each page makes progress. */
function pageFrom(
  from: number,
  count: number,
  key: "path" | "name",
  type: "file" | "dir",
): Uint8Array {
  let text = "";
  for (let at = from; at < from + count; at++) {
    const name = `f${String(at).padStart(12, "0")}`;
    text += `{"${key}":"${name}","type":"${type}","size":4,"mtime":"5",` +
      `"version":"v"}\n`;
  }
  return new TextEncoder().encode(text);
}

interface Listing {
  readonly name: string;
  readonly args: readonly string[];
  readonly type: "file" | "dir";
  /** So many were listed when its memory is looked at. */
  readonly entries: number;
}

const LISTINGS: readonly Listing[] = [
  {
    name: "ls -R of files",
    args: ["ls", "-R", "x"],
    type: "file",
    entries: 250_000,
  },
  {
    name: "ls -R of folders",
    args: ["ls", "-R", "x"],
    type: "dir",
    entries: 250_000,
  },
  {
    name: "get -r",
    args: ["get", "-r", "x", "got"],
    type: "file",
    entries: 10_000,
  },
  {
    name: "get -r of nothing",
    args: ["get", "-r", "--max-size", "1", "x", "got"],
    type: "file",
    entries: 200_000,
  },
  {
    name: "sync --from --delete --dry-run",
    args: ["sync", "--from", "--delete", "--dry-run", "x", "here"],
    type: "file",
    entries: 100_000,
  },
  {
    name: "sync --delete --dry-run",
    args: ["sync", "--delete", "--dry-run", "here", "x"],
    type: "file",
    entries: 100_000,
  },
];

/** Serves `listing` for ever; told to cancel, it does so at once. */
async function serveListing(
  victim: Victim,
  { type, entries }: Listing,
  enough: () => void,
): Promise<void> {
  await victim.letIn({ hello: { features: FEATURES } });
  let sent = 0;
  const told = (count: number) => {
    sent += count;
    if (sent >= entries) enough();
  };
  while (true) {
    const request = await victim.request();
    const { id, action, filename, entries_max } = request;
    if (action === "walk" && entries_max !== undefined) {
      const last = /f(\d+)$/.exec(String(request.after ?? ""))?.[1];
      const from = last === undefined ? 0 : Number(last) + 1;
      const count = Number(entries_max);
      const bytes = pageFrom(from, count, "path", type);
      await victim.send({ id, status_code: 200 });
      await victim.data(bytes);
      const end = { action: "end", id, ...endOf(bytes) };
      await victim.send({ ...end, entries: count, more: true });
      told(count);
    } else if (action === "walk") {
      const course = courseOf(victim);
      await victim.send({ id, status_code: 200 });
      for (let from = 0; !course.isCancelled; from += LINES) {
        await victim.data(pageFrom(from, LINES, "path", type));
        told(LINES);
      }
      await course.cancelled;
      await victim.send({ action: "abort", id, status_code: 213 });
    } else if (action === "stat") {
      const isFile = /f\d+$/.test(String(filename));
      const about = { type: isFile ? "file" : "folder", size: 4, mtime: "5" };
      await victim.send({ id, status_code: 200, ...about, file_version: "v" });
    } else if (action === "get") {
      const answer = { size: FILE.length, mtime: "5", file_version: "v" };
      await victim.send({ id, status_code: 200, ...answer });
      await victim.data(FILE);
      await victim.send({ action: "end", id, ...endOf(FILE) });
    } else if (action !== "cancel") {
      await victim.send({ id, status_code: 200 });
    }
  }
}

/** Hear the next message, which is a cancel, while something else is sent. */
function courseOf(victim: Victim): Course {
  let isCancelled = false;
  const cancelled = victim.message().then(({ action }) => {
    assert.equal(action, "cancel");
    isCancelled = true;
  });
  cancelled.catch(() => {}); // it is gone: the next write says so
  return {
    cancelled,
    get isCancelled() {
      return isCancelled;
    },
  };
}

/** Messages that answer nothing, and may come at any time. */
const MESSAGES = [
  ["progress", (id: unknown) => ({ action: "progress", id, bytes: 5 })],
  ["progress of nothing", () => ({ action: "progress", id: 999_999 })],
  ["pongs", () => ({ action: "pong" })],
] as const;
const MESSAGES_SENT = 100_000;

/** @param stubborn It does not heed the cancel, and goes on for ever. */
async function serveMessages(
  victim: Victim,
  make: (id: unknown) => JsonObject,
  enough: () => void,
  stubborn: boolean,
): Promise<void> {
  await victim.letIn({ hello: { features: FEATURES } });
  const { id } = await victim.request();
  const course = courseOf(victim);
  const some = Array<JsonObject>(500).fill(make(id));
  for (let sent = 0; !course.isCancelled || stubborn; sent += some.length) {
    if (sent < MESSAGES_SENT) {
      await victim.send(...some);
      continue;
    }
    enough();
    // The rest leaves room for others on this machine.
    await victim.send(make(id));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await victim.send({ id, status_code: 213 });
  await victim.left();
}

interface Ended {
  readonly code: number;
  readonly stderr: string;
  /** The most that it took, before it was told to end. */
  readonly peakKib: number;
}

/** Start ftpc; once `enough` was called, look at its memory, and SIGINT. */
async function interrupted(
  args: readonly string[],
  serve: (victim: Victim, enough: () => void) => Promise<void>,
): Promise<Ended> {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-endless-" });
  await Deno.mkdir(path.join(folder, "here"));
  await Deno.writeTextFile(path.join(folder, "here", "mine"), "mine");
  const flooded = Promise.withResolvers<void>();
  await using liar = startLiar((victim) => serve(victim, flooded.resolve));
  const [command, before] = commandOf("ftpc");
  const ftpc = new Deno.Command(command, {
    args: [...before, ...asAlex(liar), ...args],
    cwd: folder,
    signal: AbortSignal.timeout(PROGRAM_MS_MAX),
    ...{ stdin: "null", stdout: "null", stderr: "piped" } as const,
  }).spawn();
  const output = ftpc.output();
  await Promise.race([flooded.promise, output]);
  const status = await Deno.readTextFile(`/proc/${ftpc.pid}/status`)
    .catch(() => "");
  const peakKib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  if (peakKib > 0) ftpc.kill("SIGINT");
  const { code, stderr } = await output;
  await Deno.remove(folder, { recursive: true });
  const said = new TextDecoder().decode(stderr);
  assert(peakKib > 0, `it ended before: ${code} ${said}`);
  return { code, stderr: said, peakKib };
}

Deno.test({
  name: "a server that never comes to an end",
  ignore: Deno.build.os !== "linux",
  fn: async (t) => {
    const rest = await interrupted(
      ["get", "x", "-"],
      async (victim, enough) => {
        await victim.letIn();
        const { id } = await victim.request();
        enough();
        await victim.message();
        await victim.send({ id, status_code: 213 });
        await victim.left();
      },
    );
    const assertEnded = ({ code, stderr, peakKib }: Ended) => {
      assert.equal(code, 130, stderr);
      assert.match(stderr, /: cancelled\n/);
      const more = peakKib - rest.peakKib;
      assert(more < MORE_KIB_MAX, `${more} KiB more than at rest`);
    };
    assertEnded(rest);

    /** It takes its time: meanwhile the others have their turns. */
    const [[stubbornly, progress], ...others] = MESSAGES;
    const stubborn = interrupted(
      ["get", "x", "-"],
      (victim, enough) => serveMessages(victim, progress, enough, true),
    );
    stubborn.catch(() => {}); // told by its step
    for (const listing of LISTINGS) {
      await t.step(listing.name, async () => {
        const ended = await interrupted(
          listing.args,
          (victim, enough) => serveListing(victim, listing, enough),
        );
        assertEnded(ended);
        // It was heeded: nobody was hung up on.
        assert.doesNotMatch(ended.stderr, /connection/);
      });
    }
    for (const [name, make] of others) {
      await t.step(`${name}, for ever`, async () => {
        assertEnded(
          await interrupted(
            ["get", "x", "-"],
            (victim, enough) => serveMessages(victim, make, enough, false),
          ),
        );
      });
    }
    await t.step(`${stubbornly}, for ever, whatever is said`, async () => {
      assertEnded(await stubborn);
    });
  },
});
