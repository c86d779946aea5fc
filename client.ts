/** ftpc: puts files on an ftpd, and gets them back. */
import { main, systemSurroundings } from "./lib/client/mod.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, systemSurroundings()));
