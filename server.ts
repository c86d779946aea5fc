/** ftpd: serves the homes of the accounts in accounts.ini. */
import { systemRuntime } from "./lib/runtime/mod.ts";
import { main } from "./lib/server/mod.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, systemRuntime()));
