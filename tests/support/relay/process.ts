/** @module A relay in a process of its own: see relay_program.ts. */
import * as path from "node:path";
import type { Counts, Relay, RelayOptions, Way } from "./relay.ts";
import type { Order } from "./relay_program.ts";

const PROGRAM = path.join(import.meta.dirname ?? ".", "relay_program.ts");

/** An order without the number that its answer carries. */
type Unnumbered<T> = T extends Order ? Omit<T, "id"> : never;

/** Start one; resolves once it listens. `await using` ends it. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", PROGRAM, JSON.stringify(options)],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const answers = new Answers();
  const said = answers.gather(child.stdout);
  const writer = child.stdin.getWriter();
  const encoder = new TextEncoder();
  const end = async () => {
    await writer.close().catch(() => {}); // it ended by itself
    await child.status;
    await said;
  };
  let ports: readonly number[];
  try {
    ports = JSON.parse(await answers.ports);
  } catch (error) {
    await end();
    throw error;
  }
  const ask = async (order: Unnumbered<Order>): Promise<string> => {
    const { id, line } = answers.next();
    await writer.write(encoder.encode(`${JSON.stringify({ id, ...order })}\n`));
    return await line;
  };
  return {
    ports,
    counts: async () => {
      const { answer }: { answer: Counts } = JSON.parse(
        await ask({ order: "counts" }),
      );
      return answer;
    },
    cut: async () => {
      const { answer }: { answer: number } = JSON.parse(
        await ask({ order: "cut" }),
      );
      return answer;
    },
    reached: async (way: Way, bytes: number) => {
      await ask({ order: "reached", way, bytes });
    },
    hold: async (way: Way, bytes: number) => {
      await ask({ order: "hold", way, bytes });
    },
    release: async () => {
      await ask({ order: "release" });
    },
    [Symbol.asyncDispose]: end,
  };
}

/** The lines that the relay says: its ports, then the answers by their id. */
class Answers {
  readonly ports: Promise<string>;
  readonly #ports = Promise.withResolvers<string>();
  readonly #waiting = new Map<number, PromiseWithResolvers<string>>();
  #id = 0;
  #over = false;

  constructor() {
    this.ports = this.#ports.promise;
    this.ports.catch(() => {}); // may never be asked for
  }

  next(): { id: number; line: Promise<string> } {
    const id = ++this.#id;
    const waiting = Promise.withResolvers<string>();
    this.#waiting.set(id, waiting);
    if (this.#over) this.#giveUp();
    return { id, line: waiting.promise };
  }

  async gather(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    let first = true;
    for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (first) this.#ports.resolve(line);
        else this.#take(line);
        first = false;
      }
    }
    this.#over = true;
    this.#giveUp();
  }

  #take(line: string): void {
    const { id }: { id: number } = JSON.parse(line);
    this.#waiting.get(id)?.resolve(line);
    this.#waiting.delete(id);
  }

  #giveUp(): void {
    const ended = new Error("the relay has ended");
    this.#ports.reject(ended);
    for (const { reject } of this.#waiting.values()) reject(ended);
    this.#waiting.clear();
  }
}
