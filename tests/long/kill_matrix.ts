/**
 * The kill matrix: put -r or get -r through a relay, while the client, the
 * server or the connection is ended again and again; a client that was killed
 * is given its command again. In the end both trees are the same, and what
 * crossed the relay is no more than what was not proved to have arrived at each
 * kill.
 * @module
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { readJournal } from "../../lib/client/jobs/journal.ts";
import { readPartJournal } from "../../lib/client/local/part_journal.ts";
import { decodeJournal } from "../../lib/storage/part_journal.ts";
import { settled } from "../hostile/watched_ftpd.ts";
import { asAlex, type Ftpd } from "../programs.ts";
import { Dice } from "../support/dice.ts";
import { type Relay, startRelay } from "../support/relay/mod.ts";
import { Ftpc, startOn, startOnFreePort } from "./programs.ts";
import {
  assertSameTree,
  hiddenBelow,
  makeTree,
  MIB,
  type Sizes,
  sizesBelow,
  type TreeShape,
} from "./tree.ts";

export type Harm = "client" | "server" | "connection";
export type Verb = "put" | "get";

export interface Matrix {
  readonly verb: Verb;
  readonly harm: Harm;
  readonly kills: number;
  readonly shape: TreeShape;
  readonly bytesPerSecond: number;
  readonly seed: number;
  /** No kill costs more of unfinished files, on a disk that keeps up. */
  readonly sinceMarkMax: number;
  /** An empty folder. */
  readonly folder: string;
  /** No program runs longer. */
  readonly msMax: number;
}

/** What one kill has cost. */
export interface Cost {
  /** How far the job was, by what had arrived at the kill. */
  readonly arrived: number;
  /** Crossed since the kill before. */
  readonly crossed: number;
  /** Of that, what has to cross again: no more than that may. */
  readonly lost: number;
  /** Bytes of unfinished files that no record vouches for. */
  readonly sinceMark: number;
}

export interface Account {
  readonly content: number;
  readonly crossed: number;
  readonly costs: readonly Cost[];
}

/**
 * What can be on its way: buffers of the system, of the relay, of the programs;
 * and how far the relay lets a kill be late.
 */
const PIPE_BYTES_MAX = 16 * MIB;
const LATE_BYTES_MAX = 8 * MIB;
/** Of the content, for the messages of each run. */
const MESSAGES_SHARE = 0.01;
/** Of smaller puts nobody knows more than that they were answered. */
const TRANSFER_BYTES_MIN = MIB;
/** Acknowledged, and gathered for the journal of a client that is killed. */
const GATHERED_BYTES_MAX = 4 * MIB;

/** How far the job is. */
interface Standing {
  /** Everything that has arrived, proved or not. */
  readonly arrived: number;
  /** Proved: acknowledged, or recorded as on disk. */
  readonly proved: number;
  readonly sinceMark: number;
  /**
   * Of the one large file that is in its place and was not recorded yet: to the
   * client that was killed in between it is not acknowledged.
   */
  readonly unrecorded: number;
  /** By target: how much of an unfinished file is recorded. */
  readonly marked: ReadonlyMap<string, number>;
}

const NOWHERE: Standing = {
  ...{ arrived: 0, proved: 0, sinceMark: 0, unrecorded: 0 },
  marked: new Map(),
};

export async function killMatrix(matrix: Matrix): Promise<Account> {
  await using run = await Run.start(matrix);
  for (let left = matrix.kills; left > 0; left--) await run.kill(left);
  return await run.end();
}

class Run implements AsyncDisposable {
  readonly #matrix: Matrix;
  readonly #dice: Dice;
  readonly #source: string;
  readonly #target: string;
  readonly #content: number;
  readonly #relay: Relay;
  readonly #args: readonly string[];
  #ftpd: Ftpd;
  #ftpc: Ftpc;
  /** By target: what the journal knew when this ftpc was started. */
  #known: ReadonlyMap<string, number> = new Map();
  /** Parts that a killed client has left without a journal. */
  readonly #orphans = new Set<string>();
  readonly #costs: Cost[] = [];
  /** At the last kill. */
  #crossed = 0;
  #standing: Standing = NOWHERE;
  /** By target: how much of it was recorded at a kill. */
  readonly #recorded = new Map<string, number>();

  private constructor(
    matrix: Matrix,
    parts: {
      readonly dice: Dice;
      readonly content: number;
      readonly relay: Relay;
      readonly ftpd: Ftpd;
      readonly args: readonly string[];
    },
  ) {
    this.#matrix = matrix;
    this.#dice = parts.dice;
    this.#content = parts.content;
    this.#relay = parts.relay;
    this.#ftpd = parts.ftpd;
    this.#args = parts.args;
    const places = [here(matrix), there(matrix)] as const;
    const [from, to] = matrix.verb === "put" ? places : places.toReversed();
    this.#source = path.join(from ?? "", "tree");
    this.#target = path.join(to ?? "", "copy"); // not there before the job is
    this.#ftpc = this.#command();
  }

  static async start(matrix: Matrix): Promise<Run> {
    const dice = new Dice(matrix.seed);
    const { folder, verb, msMax, bytesPerSecond } = matrix;
    for (const place of [here(matrix), there(matrix)]) {
      await Deno.mkdir(place, { recursive: true });
    }
    const source = verb === "put" ? here(matrix) : there(matrix);
    const tree = path.join(source, "tree");
    const sizes = await makeTree(tree, matrix.shape, dice);
    const accounts = path.join(folder, "accounts.ini");
    const alex = "[alex]\npassword = 123\n";
    await Deno.writeTextFile(accounts, alex, { mode: 0o600 });
    const home = path.join(folder, "home");
    const args = ["--accounts", accounts, "--home", home];
    const ftpd = await startOnFreePort(msMax, args, dice);
    try {
      const relay = await startRelay({
        ...{ delayMs: 0, bytesPerSecond },
        routes: [{
          from: { hostname: "127.0.0.1", port: 0 },
          to: { hostname: "127.0.0.1", port: ftpd.port },
        }],
      });
      const content = sum(sizes.values());
      return new Run(matrix, { dice, content, relay, ftpd, args });
    } catch (error) {
      await ftpd[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @param left Kills that are to come, with this one. */
  async kill(left: number): Promise<void> {
    const way = this.#way;
    const due = this.#content - this.#standing.arrived - PIPE_BYTES_MAX -
      LATE_BYTES_MAX;
    assert(due > 0, "nothing is left that a kill could hit");
    const part = (300 + this.#dice.below(600)) / 1000 * 2 / (left + 1);
    const moment = this.#crossed + Math.ceil(due * part);
    // Mostly it is hit at full speed; if this is late, the transfer waits.
    await this.#relay.hold(way, moment + LATE_BYTES_MAX);
    await Promise.race([this.#relay.reached(way, moment), this.#tooEarly()]);
    assert((await this.#relay.counts()).open > 0, "a running transfer");
    const before = this.#stand();
    await this.#harm();
    const crossed = (await this.#relay.counts())[way].taken;
    const after = this.#stand();
    assert(after.arrived < this.#content, "something was still to come");
    const standing = {
      arrived: Math.max(before.arrived, after.arrived),
      proved: after.proved,
      sinceMark: Math.max(before.sinceMark, after.sinceMark),
      unrecorded: after.unrecorded,
      marked: after.marked,
    };
    for (const [target, offset] of after.marked) {
      this.#recorded.set(target, offset);
    }
    this.#charge(crossed, standing);
    this.#standing = standing;
    this.#crossed = crossed;
    if (this.#matrix.harm === "client") this.#left();
    await this.#again();
  }

  /** Wait for the command's end. */
  async end(): Promise<Account> {
    const { code } = await this.#ftpc.ended();
    assert.equal(code, 0, this.#ftpc.errors);
    if (this.#matrix.harm === "client") {
      assert.match(this.#ftpc.errors, /^continuing \([\d,]+ of [\d,]+ files/m);
    }
    const crossed = (await this.#relay.counts())[this.#way].taken;
    const last = crossed - this.#crossed;
    const due = this.#content - this.#standing.proved;
    const messages = MESSAGES_SHARE * this.#content;
    assert(last <= due + messages, `${last} crossed where ${due} were due`);
    await assertSameTree(this.#source, this.#target);
    this.#assertNothingTwice();
    await this.#cleanedUp();
    return { content: this.#content, crossed, costs: this.#costs };
  }

  async #cleanedUp(): Promise<void> {
    await settled(() => {
      const left = hiddenBelow(there(this.#matrix))
        .filter((file) => !file.endsWith(".j"))
        .concat(hiddenBelow(here(this.#matrix)))
        .filter((file) => !this.#orphans.has(file));
      return left.length === 0 ? null : `left: ${left}`;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]();
    await this.#ftpd[Symbol.asyncDispose]();
    // Without a server it ends by itself, if it has not: its tries are counted.
    await this.#ftpc.ended();
  }

  get #way(): "up" | "down" {
    return this.#matrix.verb === "put" ? "up" : "down";
  }

  #command(): Ftpc {
    const { verb, folder, msMax } = this.#matrix;
    const [port = 0] = this.#relay.ports;
    const server = asAlex({ port });
    server.splice(server.indexOf("--retries"), 2);
    const args = [...server, "--json", verb, "-r", "tree", "copy"];
    const state = stateOf(folder);
    const env = { HOME: folder, XDG_STATE_HOME: state, XDG_CONFIG_HOME: state };
    return new Ftpc(args, { cwd: here(this.#matrix), env, msMax });
  }

  async #tooEarly(): Promise<never> {
    await this.#ftpc.ended();
    throw new Error(`ftpc ended before it was hit: ${this.#ftpc.errors}`);
  }

  async #harm(): Promise<void> {
    switch (this.#matrix.harm) {
      case "client":
        await this.#ftpc.kill();
        break;
      case "server":
        this.#ftpd.kill("SIGKILL");
        await this.#ftpd.code;
        break;
      case "connection":
        assert(await this.#relay.cut() > 0, "a running transfer");
        return;
    }
    await this.#relay.release();
    let open = 1;
    await settled(() => {
      void this.#relay.counts().then((counts) => open = counts.open);
      return open === 0 ? null : "the relay still forwards";
    });
  }

  /** Whatever does not come back by itself. */
  async #again(): Promise<void> {
    switch (this.#matrix.harm) {
      case "client":
        this.#ftpc = this.#command();
        break;
      case "server": {
        const { port } = this.#ftpd;
        await this.#ftpd[Symbol.asyncDispose]();
        this.#ftpd = await startOn(port, this.#matrix.msMax, this.#args);
        break;
      }
    }
  }

  #stand(): Standing {
    let begun = 0;
    const marked = new Map<string, number>();
    const root = this.#matrix.verb === "put"
      ? there(this.#matrix)
      : here(this.#matrix);
    for (const file of hiddenBelow(root)) {
      if (file.endsWith(".j") || this.#orphans.has(file)) continue;
      begun += orGone(() => Deno.lstatSync(file).size) ?? 0;
      const mark = orGone(() => this.#markIn(`${file}.j`));
      if (mark !== null) marked.set(mark.target, mark.offset);
    }
    // Behind the parts: what is put in its place meanwhile is not overlooked.
    const published = sizesBelow(this.#target);
    const proved = new Map([...marked, ...this.#proved(published)]);
    return {
      arrived: sum(published.values()) + begun,
      proved: sum(proved.values()),
      sinceMark: Math.max(begun - sum(marked.values()), 0),
      unrecorded: Math.max(
        0,
        ...[...published]
          .filter(([name, size]) =>
            size >= TRANSFER_BYTES_MIN && !proved.has(`copy/${name}`)
          ).map(([, size]) => size),
      ),
      marked,
    };
  }

  /** By target: of what is published, what does not cross again. */
  #proved(published: Sizes): ReadonlyMap<string, number> {
    const { folder, harm, verb } = this.#matrix;
    const proved = harm === "client" ? doneInJournal(folder) : new Map(
      this.#ftpc.items.filter(({ result }) => result === "done")
        .map(({ target, size }) => [target, size]),
    );
    for (const [name, size] of published) {
      const known = verb === "put"
        // Where its answer is lost, the server knows it by its transfer.
        ? size >= TRANSFER_BYTES_MIN
        : harm !== "client"; // which made it, and is still there
      if (known) proved.set(`copy/${name}`, size);
    }
    return proved;
  }

  #markIn(journal: string): { target: string; offset: number } | null {
    const bytes = Deno.readFileSync(journal);
    if (this.#matrix.verb === "get") {
      const read = readPartJournal(bytes);
      if (read === null) return null;
      const { mark: { offset }, origin: { target } } = read;
      const folder = path.relative(here(this.#matrix), path.dirname(journal));
      return { target: path.join(folder, target), offset };
    }
    const read = decodeJournal(bytes);
    if (read === null || read.end !== null) return null;
    const target = read.header.target.join("/");
    return { target, offset: read.mark?.offset ?? 0 };
  }

  #charge(crossed: number, standing: Standing): void {
    const segment = crossed - this.#crossed;
    const messages = MESSAGES_SHARE * this.#content;
    const { arrived, proved, sinceMark, unrecorded } = standing;
    // What crossed is there, or was on its way: nothing that stood at the last
    // kill has crossed again.
    const due = arrived - this.#standing.proved;
    assert(
      segment <= due + PIPE_BYTES_MAX + LATE_BYTES_MAX + messages,
      `${segment} crossed where ${due} were due`,
    );
    const lost = segment - (proved - this.#standing.proved);
    const gathered = this.#matrix.harm === "client" ? GATHERED_BYTES_MAX : 0;
    const costMax = Math.min(sinceMark, this.#matrix.sinceMarkMax) +
      unrecorded + PIPE_BYTES_MAX + LATE_BYTES_MAX + gathered + messages;
    assert(lost <= costMax, `${lost} to cross again, and not ${costMax}`);
    this.#costs.push({ arrived, crossed: segment, lost, sinceMark });
  }

  /** The client is gone: what is there now is all that the next one has. */
  #left(): void {
    this.#assertNothingTwice();
    this.#known = doneInJournal(this.#matrix.folder);
    const hidden = new Set(hiddenBelow(here(this.#matrix)));
    for (const file of hidden) {
      if (!hidden.has(`${file}.j`) && !file.endsWith(".j")) {
        this.#orphans.add(file);
      }
    }
  }

  /** A file that was acknowledged is not sent again; others go on. */
  #assertNothingTwice(): void {
    const done = new Set(this.#known.keys());
    for (const item of this.#ftpc.items) {
      const { result, target, sent_bytes, message } = item;
      assert.notEqual(result, "failed", message ?? "");
      if (result !== "done" || sent_bytes === 0) continue;
      assert(!done.has(target), `${target} was sent twice`);
      done.add(target);
      const recorded = this.#recorded.get(target) ?? 0;
      const from = item.resumed_from ?? 0;
      assert(from >= recorded, `${target}: from ${from}, not ${recorded}`);
    }
  }
}

/** Where ftpc works. */
function here({ folder }: Matrix): string {
  return path.join(folder, "local");
}

/** alex's home. */
function there({ folder }: Matrix): string {
  return path.join(folder, "home", "alex");
}

function stateOf(folder: string): string {
  return path.join(folder, "state");
}

/** By target: what the journal of a client that is gone says. */
function doneInJournal(folder: string): Map<string, number> {
  const done = new Map<string, number>();
  for (const file of jobJournals(path.join(stateOf(folder), "ftpc"))) {
    const state = readJournal(Deno.readTextFileSync(file));
    for (const [name, { size }] of state?.done ?? []) {
      done.set(name.split("\0").at(-1) ?? name, size); // of a get, both names
    }
  }
  return done;
}

function jobJournals(folder: string): string[] {
  const names = orGone(() => [...Deno.readDirSync(folder)]) ?? []; // none yet
  return names.map(({ name }) => path.join(folder, name))
    .filter((file) => file.endsWith(".job"));
}

/** @returns Null where a file is gone, as those do that become others. */
function orGone<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function sum(numbers: Iterable<number>): number {
  let all = 0;
  for (const one of numbers) all += one;
  return all;
}
