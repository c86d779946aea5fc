/**
 * A listener in a process with few file descriptors: takes what it can, holds
 * each connection until its peer closes, and says what happens, a line each.
 */
import { type Connection, systemRuntime } from "../../lib/runtime/mod.ts";

const { network } = systemRuntime();
const listener = network.listen({ hostname: "127.0.0.1", port: 0 });
console.log(`listening ${listener.address.port}`);
while (true) {
  const connection = await listener.accept(({ code }) =>
    console.log(`trouble ${code}`)
  );
  if (connection === null) break;
  hold(connection);
}

async function hold(connection: Connection): Promise<void> {
  await connection.write(new Uint8Array([1]));
  while (await connection.read(new Uint8Array(1)) !== null);
  connection.kill();
}
