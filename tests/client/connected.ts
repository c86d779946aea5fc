/**
 * The library connected to a liar, and bytes to put and to get.
 * @module
 */
import { connect, type FtpClient, type Sink } from "../../lib/client/mod.ts";
import { type Runtime, systemRuntime } from "../../lib/runtime/mod.ts";
import { type Liar, LIAR_PASSWORD, LIAR_USER } from "../liars/liar.ts";

export async function connected(
  liar: Liar,
  runtime: Runtime = systemRuntime(),
  signal?: AbortSignal,
): Promise<FtpClient> {
  return await connect({
    runtime,
    hostname: "127.0.0.1",
    port: liar.port,
    username: LIAR_USER,
    password: LIAR_PASSWORD,
    ...(signal === undefined ? {} : { signal }),
  });
}

export class Pieces implements Sink {
  bytes = new Uint8Array(0);

  write(bytes: Uint8Array): Promise<void> {
    this.bytes = Uint8Array.from([...this.bytes, ...bytes]);
    return Promise.resolve();
  }
}

export function bytesSource(bytes: Uint8Array) {
  let at = 0;
  return {
    size: bytes.length,
    read(into: Uint8Array): Promise<number> {
      const piece = bytes.subarray(at, at + into.length);
      into.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length);
    },
  };
}
