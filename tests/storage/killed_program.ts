/** Writes parts, by HOME, says so, and waits to be killed. */
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { openLocalHome, resolveName } from "../../lib/storage/mod.ts";

const runtime = systemRuntime();
const home = await openLocalHome(Deno.args[0] ?? "", {
  runtime,
  durable: false,
});
for (const name of ["a", "b"]) {
  const part = await home.openPart({ target: resolveName(name) });
  await part.write(new TextEncoder().encode("new"));
}
console.log("written");
await runtime.timers.sleep(60_000);
