/** What a start of ftpc loads: for --version nothing but a few files of ours. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { run } from "../programs.ts";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier: string };
  }[];
}

const CLIENT = path.resolve(import.meta.dirname ?? ".", "../../client.ts");
/** What is loaded when it is needed: parsers, schemas, SCRAM, readline. */
const LATER = [
  /^npm:/,
  /lib\/client\/(?:open_session|channel|session|line_editor)\.ts$/,
  /lib\/(?:protocol|framing|transfer)\/mod\.ts$/,
  /^node:(?:crypto|zlib|readline|stream)/,
];

Deno.test("a start of ftpc loads no packages, no schemas, no network half", async () => {
  const { code, stdout, stderr } = await run(Deno.execPath(), [
    ...["info", "--json", "--frozen", CLIENT],
  ]);
  assert.equal(code, 0, stderr);
  const { modules, roots }: { modules: Module[]; roots: string[] } = JSON.parse(
    stdout,
  );
  const loaded = new Set<string>();
  const waiting = [...roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    const module = modules.find(({ specifier }) => specifier === next);
    for (const { isDynamic, code } of module?.dependencies ?? []) {
      if (!isDynamic && code !== undefined) waiting.push(code.specifier);
    }
  }
  assert(loaded.size > 10, "the graph was read");
  for (const name of loaded) {
    assert(!LATER.some((later) => later.test(name)), `${name} is loaded`);
  }
});
