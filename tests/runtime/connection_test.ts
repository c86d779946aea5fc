/** Connections on real sockets: on this Deno, and on the executables' older. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { run } from "../programs.ts";
import { SOCKET_CASES } from "./socket_cases.ts";

for (const { name, run } of SOCKET_CASES) {
  Deno.test(`a connection: ${name}`, run);
}

Deno.test({
  name: "the same holds on the older runtime of the executables",
  // Compiled here: `deno test` cannot run on it. CI sets both.
  ignore: !(Deno.env.has("DENO") && Deno.env.has("DENORT_BIN")),
  fn: async () => {
    const deno = Deno.env.get("DENO") ?? "";
    const folder = await Deno.makeTempDir({ prefix: "ftpd-test-" });
    try {
      const program = path.join(import.meta.dirname ?? "", "socket_program.ts");
      const executable = path.join(folder, "sockets");
      const compiled = await run(deno, [
        ...["compile", "-q", "-A", "--no-prompt", "-o", executable, program],
      ]);
      assert.equal(compiled.code, 0, compiled.stderr);
      const { code, stdout, stderr } = await run(executable, []);
      assert.equal(code, 0, `${stdout}${stderr}`);
      assert.match(stdout, /\nall ok\n$/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
