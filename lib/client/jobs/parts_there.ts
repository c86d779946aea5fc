/**
 * Parts on the server that earlier puts have left, whoever began them: ftpc on
 * another machine, or one whose journal is gone. One request tells of them all:
 * asked for each file, the puts behind it would wait each time (PROTOCOL.md, 4).
 * @module
 */
import * as path from "node:path";
import { asClientError } from "../error.ts";
import type { FtpClient } from "../library.ts";
import type { RemotePart } from "../remote.ts";
import type { Place } from "./side.ts";

/** Where it is asked. */
export type Asked = Pick<
  Place<Pick<FtpClient, "alive" | "features" | "parts">>,
  "client" | "signal"
>;

export class PartsThere {
  #parts: Promise<readonly RemotePart[]> | null = null;

  /** What is asked besides need not wait: who wants to know it, will. */
  ask(at: Asked): void {
    this.#all(at).catch(() => {}); // `of` tells
  }

  /**
   * The parts of a target that nobody uses, one at most of each identity.
   * @throws {ClientError} What ended the connection.
   */
  async of(name: string, at: Asked): Promise<readonly RemotePart[]> {
    const parts = await this.#all(at);
    if (parts.length === 0) return parts;
    const whole = wholeName(name);
    return parts.filter(({ name, inUse }) =>
      !inUse && wholeName(name) === whole
    );
  }

  async #all(at: Asked): Promise<readonly RemotePart[]> {
    const parts = this.#parts ??= partsAt(at);
    try {
      return await parts;
    } catch (error) {
      // On the next connection it is asked again.
      if (this.#parts === parts) this.#parts = null;
      throw error;
    }
  }
}

async function partsAt(
  { client, signal }: Asked,
): Promise<readonly RemotePart[]> {
  if (!client.features.has("resume")) return [];
  try {
    return await client.parts({ signal, verb: "put" });
  } catch (thrown) {
    const error = asClientError(thrown);
    // A file can be sent all the same, from its start.
    if (error.exitCode === 1 && client.alive) return [];
    throw error;
  }
}

/** One text for all that the server takes for the same name. */
function wholeName(name: string): string {
  return path.posix.resolve("/", name);
}
