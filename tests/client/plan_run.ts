/**
 * Plans written down in words, a side that writes down what it is given, and
 * the engine between them.
 * @module
 */
import { ClientError } from "../../lib/client/error.ts";
import { Connections } from "../../lib/client/jobs/connections.ts";
import { runPlan } from "../../lib/client/jobs/engine.ts";
import type { JobObserver } from "../../lib/client/jobs/observer.ts";
import type { Place, Side, StepResult } from "../../lib/client/jobs/side.ts";
import { Retries } from "../../lib/client/jobs/retries.ts";
import type { Entry } from "../../lib/client/tree/entry.ts";
import type { Step } from "../../lib/client/tree/step.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";

const { timers, random } = systemRuntime();
export const DONE: StepResult = { kind: "done" };

export class Line {
  alive = true;
  quits = 0;
  // deno-lint-ignore require-await -- as FtpClient has it
  async quit(): Promise<void> {
    this.quits++;
    this.alive = false;
  }
}

export function entry(path: string, kind: Entry["kind"] = "file"): Entry {
  return {
    ...{ path: path === "" ? [] : path.split("/"), kind, size: 1 },
    ...{ mtimeNs: 0n, mode: null, identity: path },
  };
}

/** `d/` a folder, `a` a file, `@l` a link, `-x` goes, `=d` gets its time. */
export function steps(...words: string[]): Step[] {
  return words.map((word): Step => {
    const [name, kind] = [word.replace(/^[-@=]|\/$/g, ""), word[0]];
    const path = entry(name).path;
    if (word.endsWith("/")) {
      return { kind: "folder", path, source: entry(name, "folder") };
    }
    if (kind === "@") {
      return { kind: "link", path, text: "x", source: entry(name, "link") };
    }
    if (kind === "-") return { kind: "delete", path, target: entry(name) };
    if (kind === "=") {
      const source = entry(name, "folder");
      return { kind: "attributes", path, source, mtimeNs: 0n, mode: 0 };
    }
    return { kind: "file", path, source: entry(name) };
  });
}

/** As tree/plan.ts has it: what has to wait stands behind a barrier. */
async function* planOf(
  all: readonly Step[] | readonly Step[][],
): AsyncGenerator<readonly Step[]> {
  let kind: Step["kind"] = "file";
  for (const step of all) {
    await Promise.resolve();
    if ("length" in step) {
      yield step;
      continue;
    }
    const late = step.kind !== "file" && step.kind !== "folder";
    if (late && step.kind !== kind) yield [{ kind: "barrier" }];
    kind = step.kind;
    yield [step];
  }
}

export type Deed = (
  name: string,
  at: Place<Line>,
) => StepResult | Promise<StepResult>;

/** A side that writes down what was begun and what was done, and how many. */
export class Recorder implements Side<Line> {
  readonly begun: string[] = [];
  /** On which connection. */
  readonly on = new Map<string, Line>();
  readonly done: string[] = [];
  most = 0;
  #now = 0;
  readonly #deed: Deed;

  constructor(deed: Deed = () => DONE) {
    this.#deed = deed;
  }

  folder = this.#step((name) => `${name}/`);
  file = this.#step((name) => name);
  link = this.#step((name) => `@${name}`);
  attributes = this.#step((name) => `=${name}`);
  remove = this.#step((name) => `-${name}`);

  #step(write: (name: string) => string) {
    return async (
      { path }: { readonly path: readonly string[] },
      at: Place<Line>,
    ): Promise<StepResult> => {
      const name = write(path.join("/"));
      this.begun.push(name);
      this.on.set(name, at.client);
      this.most = Math.max(this.most, ++this.#now);
      try {
        for (let turn = random.bytes(1)[0] ?? 0; turn > 0; turn -= 16) {
          await Promise.resolve();
        }
        const result = await this.#deed(name, at);
        if (result.kind === "done") this.done.push(name);
        return result;
      } finally {
        this.#now--;
      }
    };
  }
}

export class Told implements JobObserver {
  readonly results: string[] = [];
  waits = 0;
  passedCount = 0;
  begun(): void {}
  moved(): void {}
  passed(count: number): void {
    this.passedCount += count;
  }
  withheld(): void {}
  ended(step: Step, result: StepResult): void {
    const path = "path" in step
      ? step.path
      : step.kind === "trouble"
      ? step.trouble.path
      : [];
    const why = result.kind === "done"
      ? ""
      : "reason" in result
      ? ` ${result.reason}`
      : ` ${result.error.code}`;
    this.results.push(`${path.join("/")} ${result.kind}${why}`);
  }
  constructor(readonly onWait: () => void = () => {}) {}
  waiting(): void {
    this.waits++;
    this.onWait();
  }
}

/** Waits that are over at once. */
export const atOnce = { ...timers, sleep: () => Promise.resolve() };

export async function run(
  plan: readonly Step[] | readonly Step[][],
  side: Side<Line>,
  {
    connections = 1,
    filesAhead = 4,
    retries = 5,
    signal,
    open,
    onWait,
    ...more
  }: {
    connections?: number;
    filesAhead?: number;
    retries?: number;
    signal?: AbortSignal;
    stopOnError?: boolean;
    open?: () => Promise<Line>;
    onWait?: () => void;
  } = {},
) {
  const told = new Told(onWait);
  const lines: Line[] = [];
  const counted = new Retries(retries, atOnce, random);
  const openOne = open ?? (() => {
    lines.push(new Line());
    return Promise.resolve(lines.at(-1) ?? new Line());
  });
  const all = new Connections(
    null,
    openOne,
    connections,
    () => counted.connected(),
  );
  let error: unknown = null;
  try {
    error = await runPlan(planOf(plan), {
      ...{ connections: all, side, retries: counted, observer: told },
      ...{ filesAhead, signal: signal ?? new AbortController().signal },
      ...more,
    });
  } catch (thrown) {
    error = thrown;
  } finally {
    await all.close();
  }
  return { told, lines, error };
}

export function lost(): ClientError {
  return new ClientError("connection_lost", "lost", "");
}
