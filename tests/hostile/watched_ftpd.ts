/**
 * An ftpd that a test does harm to, and what has to be true of it afterwards,
 * whatever was done: it still serves, holds nothing that it did not hold
 * before, has left no part behind, shows no file that nobody put, and its log
 * is whole lines without a stack trace.
 * @module
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { type Ftpd, type Site, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { connected, endOf, loggedIn, type Peer } from "../support/peer.ts";

/** Nothing here takes long; a machine that is busy may. */
const SETTLE_MS_MAX = 90_000;
const LOOK_MS = 20;
/** More than one DATA frame of a get. */
export const WITNESS = randomBytes(300_000);

/** Wait until `problem` finds none. It is asked often, and for long. */
export async function settled(problem: () => string | null): Promise<void> {
  const lastMs = performance.now() + SETTLE_MS_MAX;
  for (let why = problem(); why !== null; why = problem()) {
    assert(performance.now() < lastMs, why);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

export class Watched implements AsyncDisposable {
  readonly ftpd: Ftpd;
  readonly site: Site;
  /** What alex's home has to show: names, and what is in them. */
  readonly files = new Map<string, Uint8Array>([["witness", WITNESS]]);
  /** What is there as well, and not compared. */
  readonly others: string[] = [];
  /** How often it was seen to serve: each makes a login, a put and a get. */
  served = 0;
  /** The least that it was seen to hold: a first look may see more. */
  #heldBefore: Held;

  private constructor(ftpd: Ftpd, site: Site) {
    this.ftpd = ftpd;
    this.site = site;
    this.#heldBefore = held(ftpd.pid, site.folder);
  }

  /** Start ftpd on a site, and see that it is well when nobody harms it. */
  static async start(site: Site, ...args: string[]): Promise<Watched> {
    await Deno.mkdir(homeOf(site), { recursive: true });
    await Deno.writeFile(path.join(homeOf(site), "witness"), WITNESS);
    const ftpd = await startFtpd(...site.args, ...args);
    try {
      const watched = new Watched(ftpd, site);
      await watched.serves(); // what is opened at a first login stays open
      watched.#heldBefore = held(ftpd.pid, site.folder);
      await watched.unharmed();
      return watched;
    } catch (error) {
      await ftpd[Symbol.asyncDispose]();
      throw error;
    }
  }

  get port(): number {
    return this.ftpd.port;
  }

  /** alex's home. */
  get home(): string {
    return homeOf(this.site);
  }

  /** Resident memory of ftpd. */
  get bytesHeld(): number {
    const status = Deno.readTextFileSync(`/proc/${this.ftpd.pid}/status`);
    return 1024 * Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]);
  }

  /** That it holds at most `bytesMax` more than it held at `before`. */
  holdsLittleMore(before: number, bytesMax: number): void {
    const more = this.bytesHeld - before;
    assert(more < bytesMax, `${more} bytes more than before`);
  }

  connect(): Promise<Peer> {
    return connected(this.port);
  }

  /** A peer that is logged in as alex. */
  alex(): Promise<Peer> {
    return loggedIn(this.port, "alex", "123");
  }

  /** A file of zeros in alex's home that takes no room on the disk. */
  async bigFile(name: string, mebibytes: number): Promise<void> {
    const file = path.join(this.home, name);
    await Deno.writeFile(file, new Uint8Array());
    await Deno.truncate(file, mebibytes * 1024 * 1024);
    this.others.push(name);
  }

  /** A normal get and a normal put on a new connection. */
  async serves(): Promise<void> {
    await using peer = await this.alex();
    const { answer, end } = await peer.get("witness");
    assert.equal(answer.status_code, 200);
    assert.equal(peer.bodyBytes, WITNESS.length);
    assert.equal(end.checksum, endOf(WITNESS).checksum);
    const bytes = randomBytes(1000);
    assert.equal((await peer.put("normal", bytes)).status_code, 200);
    const file = path.join(this.home, "normal");
    assert.deepEqual(await Deno.readFile(file), bytes);
    await Deno.remove(file);
    this.served++;
  }

  /** Resolves once the log says that this peer stood still for too long. */
  async dropped(peer: Peer): Promise<void> {
    const line = new RegExp(
      ` disconnect .*address=${peer.address} .*result=stalled`,
    );
    await settled(() => line.test(this.ftpd.log()) ? null : `no ${line}`);
  }

  /** Parts that lie in alex's home now. */
  parts(): string[] {
    try {
      return [...Deno.readDirSync(path.join(this.home, ".ftpd"))]
        .map(({ name }) => name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** All of the above, once what the harm left under way is over. */
  async unharmed(): Promise<void> {
    await this.serves();
    await settled(() => {
      const now = held(this.ftpd.pid, this.site.folder);
      const { sockets, files } = this.#heldBefore;
      if (now.sockets > sockets || now.files > files) {
        return `it holds ${shown(now)}; before, ${shown(this.#heldBefore)}`;
      }
      this.#heldBefore = now;
      return null;
    });
    await settled(() => {
      const parts = this.parts();
      return parts.length === 0 ? null : `parts are left: ${parts}`;
    });
    const there = [...Deno.readDirSync(this.home)].map(({ name }) => name)
      .filter((name) => name !== ".ftpd");
    const due = [...this.files.keys(), ...this.others];
    assert.deepEqual(there.sort(), due.sort());
    for (const [name, bytes] of this.files) {
      const found = await Deno.readFile(path.join(this.home, name));
      assert.deepEqual(endOf(found), endOf(bytes), name);
    }
    assertGoodLog(this.ftpd.log());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ftpd[Symbol.asyncDispose]();
  }
}

/**
 * Run the cases one after the other against one ftpd, each in a step of its
 * own, with the check after each.
 */
export async function eachUnharmed<Case extends { readonly name: string }>(
  t: Deno.TestContext,
  watched: Watched,
  cases: readonly Case[],
  harm: (one: Case) => Promise<void>,
): Promise<void> {
  for (const one of cases) {
    const good = await t.step(one.name, async () => {
      await harm(one);
      await watched.unharmed();
    });
    if (!good) return; // what is amiss now is amiss in each that follows
  }
}

/** What a process has open: its sockets, and its files in the site. */
interface Held {
  readonly sockets: number;
  readonly files: number;
}

function shown({ sockets, files }: Held): string {
  return `${sockets} sockets, ${files} files`;
}

function held(pid: number, folder: string): Held {
  let sockets = 0;
  let files = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    let target: string;
    try {
      target = Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      continue; // closed while this looked
    }
    if (target.startsWith("socket:")) sockets++;
    if (target.startsWith(folder)) files++;
  }
  return { sockets, files };
}

/** One event a line, nothing that steers a terminal, no fault of ours. */
export function assertGoodLog(log: string): void {
  for (const line of log.split("\n").slice(0, -1)) {
    assert.match(line, /^(?:\d{4}-\S+Z (?:debug|info|warn|error) |\{"time":)/);
    assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
  }
  assert.doesNotMatch(log, /^\s+at /m, "a stack trace");
  assert.doesNotMatch(log, /\binternal\b|rror: /, "a fault of ftpd's own");
}

function homeOf(site: Site): string {
  return path.join(site.home, "alex");
}
