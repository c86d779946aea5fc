/** What ftpc asks a server for, by what was typed. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { startLiar } from "../liars/liar.ts";
import { Desk } from "./desk.ts";

const TIME = "1764000000.5";

const CASES: readonly {
  readonly typed: string;
  /** All of it, in order, without the ids. */
  readonly asked: readonly JsonObject[];
  /** In stdout. */
  readonly told?: string;
}[] = [
  {
    typed: "get a",
    asked: [{ action: "get", filename: "a", checksum_type: "crc32" }],
  },
  {
    typed: "get --checksum sha256 a",
    asked: [{ action: "get", filename: "a", checksum_type: "sha256" }],
  },
  {
    typed: "get /x/a b",
    asked: [{ action: "get", filename: "/x/a", checksum_type: "crc32" }],
  },
  { typed: "put a", asked: [put("a")] },
  {
    // Whether it is a folder, the server has to say.
    typed: "put a b --checksum sha256",
    asked: [
      { action: "stat", filename: "b" },
      put("b", { checksum_type: "sha256" }),
    ],
  },
  { typed: "put --preserve a x/", asked: [put("x/a", { mtime: TIME })] },
  { typed: "put --to x a", asked: [put("x/a")] },
  { typed: "put - b --dry-run", asked: [], told: "- -> b\n" },
  { typed: "get a - --dry-run", asked: [], told: "a -> -\n" },
];

function put(filename: string, more: JsonObject = {}): JsonObject {
  return { action: "put", filename, checksum_type: "crc32", size: 5, ...more };
}

for (const { typed, asked, told } of CASES) {
  Deno.test(`${typed}: asks for just that`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "ftpc-asked-" });
    const requests: JsonObject[] = [];
    try {
      await Deno.writeTextFile(`${folder}/a`, "bytes");
      await Deno.utime(`${folder}/a`, 0, new Date(Number(TIME) * 1000));
      await using liar = startLiar(async (victim) => {
        await victim.letIn();
        while (true) {
          const request = await victim.request();
          const { id, action } = request;
          if (action === "quit") {
            await victim.send({ id, status_code: 200, status_msg: "Success" });
            return await victim.left();
          }
          requests.push(request);
          const status_code = action === "stat" ? 220 : 224;
          await victim.send({ id, status_code, status_msg: "no" });
        }
      });
      const there = ["-s", "127.0.0.1", "-P", `${liar.port}`, "-u", "alex"];
      const script = `lcd ${folder}; ${typed}`;
      const { code, stdout, stderr } = await new Desk({ stdin: "bytes" })
        .run(...there, "-p", "123", "-c", script);
      assert.equal(stdout, told ?? "");
      assert.equal(code, told === undefined ? 1 : 0);
      const due = told === undefined
        ? /^ftpc: (?:put|get) \S+: no \([^\n]+\)\n$/
        : /^$/;
      assert.match(stderr, due);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    assert.deepEqual(requests.map(({ id: _, ...rest }) => rest), asked);
  });
}
