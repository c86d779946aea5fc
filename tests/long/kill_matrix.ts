/**
 * The kill matrix: put -r or get -r through a relay, while the client, the
 * server or the connection is ended again and again. In the end both trees are
 * the same, and what crossed the relay is no more than what was not proved to
 * have arrived at each kill.
 * @module
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { decodeJournal } from "../../lib/storage/part_journal.ts";
import { settled } from "../hostile/watched_ftpd.ts";
import { asAlex, type Ftpd } from "../programs.ts";
import { Dice } from "../support/dice.ts";
import { type Relay, startRelay } from "../support/relay/mod.ts";
import { Ftpc, type Item, startOn, startOnFreePort } from "./programs.ts";
import {
  assertSameTree,
  hiddenBelow,
  makeTree,
  MIB,
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
  /** What a kill leaves is gone on with; else all is sent again. */
  readonly goesOn: boolean;
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

/** How far the job is. */
interface Standing {
  /** Everything that has arrived, proved or not. */
  readonly arrived: number;
  /** Proved: acknowledged, or recorded as on disk. */
  readonly proved: number;
  readonly sinceMark: number;
}

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
  /** Of all ftpcs before this one. */
  #itemsBefore: Item[] = [];
  readonly #costs: Cost[] = [];
  /** At the last kill. */
  #crossed = 0;
  #standing: Standing = { arrived: 0, proved: 0, sinceMark: 0 };
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
    this.#target = path.join(to ?? "", "into", "tree");
    this.#ftpc = this.#command();
  }

  static async start(matrix: Matrix): Promise<Run> {
    const dice = new Dice(matrix.seed);
    const { folder, verb, msMax, bytesPerSecond } = matrix;
    for (const place of [here(matrix), there(matrix)]) {
      await Deno.mkdir(path.join(place, "into"), { recursive: true });
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
      sinceMark: before.sinceMark,
    };
    this.#charge(crossed, standing);
    this.#standing = standing;
    this.#crossed = crossed;
    if (!this.#matrix.goesOn) this.#forget();
    await this.#again();
  }

  /** Wait for the command's end. */
  async end(): Promise<Account> {
    const { code } = await this.#ftpc.ended();
    assert.equal(code, 0, this.#ftpc.errors);
    const crossed = (await this.#relay.counts())[this.#way].taken;
    const last = crossed - this.#crossed;
    const due = this.#content - this.#standing.proved;
    const messages = MESSAGES_SHARE * this.#content;
    assert(last <= due + messages, `${last} crossed where ${due} were due`);
    await assertSameTree(this.#source, this.#target);
    this.#assertNothingTwice();
    // What a client left that does not go on stays for a week.
    if (this.#matrix.goesOn) await this.#cleanedUp();
    return { content: this.#content, crossed, costs: this.#costs };
  }

  async #cleanedUp(): Promise<void> {
    await settled(() => {
      const left = hiddenBelow(there(this.#matrix))
        .filter((file) => !file.endsWith(".j"))
        .concat(hiddenBelow(here(this.#matrix)));
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
    const args = [...server, "--json", verb, "-r", "tree", "into"];
    const state = path.join(folder, "state");
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
        if (this.#matrix.goesOn) {
          this.#itemsBefore.push(...this.#ftpc.items);
        }
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
    const published = sum(sizesBelow(this.#target).values());
    const acknowledged = new Map(
      this.#items().flatMap(({ result, target, size }) =>
        result === "done" ? [[target, size]] : []
      ),
    );
    let begun = 0;
    let marked = 0;
    const root = this.#matrix.verb === "put"
      ? there(this.#matrix)
      : here(this.#matrix);
    for (const file of hiddenBelow(root)) {
      try {
        if (!file.endsWith(".j")) begun += Deno.lstatSync(file).size;
        else marked += this.#markIn(file);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error; // it went
      }
    }
    return {
      arrived: published + begun,
      proved: sum(acknowledged.values()) + marked,
      sinceMark: begun - marked,
    };
  }

  #markIn(journal: string): number {
    const read = decodeJournal(Deno.readFileSync(journal));
    if (read === null || read.end !== null) return 0;
    const offset = read.mark?.offset ?? 0;
    this.#recorded.set(read.header.target.join("/"), offset);
    return offset;
  }

  #items(): readonly Item[] {
    return [...this.#itemsBefore, ...this.#ftpc.items];
  }

  #charge(crossed: number, standing: Standing): void {
    const segment = crossed - this.#crossed;
    const messages = MESSAGES_SHARE * this.#content;
    const { arrived, proved, sinceMark } = standing;
    // What crossed is there, or was on its way: nothing that stood at the last
    // kill has crossed again.
    const due = arrived - this.#standing.proved;
    assert(
      segment <= due + PIPE_BYTES_MAX + LATE_BYTES_MAX + messages,
      `${segment} crossed where ${due} were due`,
    );
    const lost = segment - (proved - this.#standing.proved);
    this.#costs.push({ arrived, crossed: segment, lost, sinceMark });
  }

  #forget(): void {
    this.#standing = { ...this.#standing, proved: 0 };
    this.#recorded.clear();
    this.#itemsBefore = [];
  }

  /** A file that was acknowledged is not sent again; others go on. */
  #assertNothingTwice(): void {
    const done = new Set<string>();
    for (const item of this.#items()) {
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

function sum(numbers: Iterable<number>): number {
  let all = 0;
  for (const one of numbers) all += one;
  return all;
}
