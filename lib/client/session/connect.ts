/**
 * The way into the library: what it takes to connect. The network half is
 * loaded when there is somebody to call, and not by `ftpc --version`.
 * @module
 */
import type { Runtime } from "../../runtime/mod.ts";
import type { FtpClient } from "../library.ts";

export interface ConnectOptions {
  readonly runtime: Runtime;
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /**
   * Gives up what is silent for so long: the connecting and the login as a
   * whole, and each time that something is due. Absent: 30 s, and 60 s.
   */
  readonly timeoutMs?: number;
  /** Ends the connecting and the login, not the session. */
  readonly signal?: AbortSignal;
}

/** `127.0.0.1:10021`, `[::1]:10021`. */
export function hostAndPort(hostname: string, port: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/**
 * Connect and log in. The server, too, has proved that it knows the password
 * when this resolves.
 * @throws {ClientError} `connect_failed`, `connection_lost`, `protocol`,
 * `login_refused`, `untrusted`, `interrupted`.
 */
export async function connect(options: ConnectOptions): Promise<FtpClient> {
  const { openSession } = await import("./open_session.ts");
  return await openSession(options);
}
