#!/usr/bin/env -S deno run -A
/**
 * The relay as a process of its own, so that it shares no event loop with who
 * is measured:
 *
 *   relay_program.ts OPTIONS    RelayOptions as JSON; ends with its stdin
 *
 * Its first line is the ports, as JSON. Each line on stdin is an order,
 * {"id", "order", …}, and is answered by a line {"id", "answer"}.
 * @module
 */
import { openRelay, type RelayOptions, type Way } from "./relay.ts";

export type Order =
  | { readonly id: number; readonly order: "counts" | "cut" | "release" }
  | {
    readonly id: number;
    readonly order: "reached" | "hold";
    readonly way: Way;
    readonly bytes: number;
  };

if (import.meta.main) {
  const options: RelayOptions = JSON.parse(Deno.args[0] ?? "");
  await serve(options);
  Deno.exit(0); // orders that still wait are dropped
}

async function serve(options: RelayOptions): Promise<void> {
  await using relay = openRelay(options);
  console.log(JSON.stringify(relay.ports));
  const answer = async (order: Order) => {
    const { id } = order;
    const answer = "way" in order
      ? await relay[order.order](order.way, order.bytes)
      : await relay[order.order]();
    console.log(JSON.stringify({ id, answer: answer ?? null }));
  };
  let rest = "";
  const text = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const piece of text) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    // Not awaited: an order may wait for bytes, and others be given meanwhile.
    for (const line of lines) void answer(JSON.parse(line));
  }
}
