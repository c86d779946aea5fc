/**
 * The socket cases as a program, for a runtime without `deno test`: one line
 * for each case that holds; ends with 1 and the error at the first that does
 * not.
 */
import { SOCKET_CASES } from "./socket_cases.ts";

console.log(`runtime ${Deno.version.deno}`);
for (const { name, run } of SOCKET_CASES) {
  try {
    await run();
  } catch (error) {
    console.log(`not ok ${name}`);
    throw error;
  }
  console.log(`ok ${name}`);
}
console.log("all ok");
Deno.exit(0);
