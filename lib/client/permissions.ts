/**
 * Deno's permissions: asked for just what is needed, before it is needed. An
 * executable has them from the start; `deno run client.ts` without flags asks.
 * @module
 */
import { hostAndPort } from "./session/connect.ts";
import { ClientError } from "./error.ts";
import { quoteWord } from "./grammar/words.ts";
import { texts } from "./texts/mod.ts";

export type Need =
  | { readonly name: "net"; readonly hostname: string; readonly port: number }
  | { readonly name: "read" | "write"; readonly path: string }
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "run"; readonly command: string };

export interface Permissions {
  /**
   * Resolves once all are granted; asks where there is somebody to answer.
   * @throws {ClientError} `permission_missing`: names every flag to give.
   */
  ensure(needs: readonly Need[]): Promise<void>;
}

/** Deno.permissions, or what stands for it in a test. */
export interface PermissionSystem {
  query(
    descriptor: Deno.PermissionDescriptor,
  ): Promise<{ readonly state: Deno.PermissionState }>;
  request(
    descriptor: Deno.PermissionDescriptor,
  ): Promise<{ readonly state: Deno.PermissionState }>;
}

/** @param canAsk Whether a person sits at the terminal. */
export function createPermissions(
  system: PermissionSystem,
  canAsk: boolean,
): Permissions {
  return {
    async ensure(needs) {
      const missing: Need[] = [];
      for (const need of needs) {
        const descriptor = descriptorOf(need);
        let { state } = await system.query(descriptor);
        // Once one was denied nothing will come of this: ask no further.
        if (state === "prompt" && canAsk && missing.length === 0) {
          ({ state } = await system.request(descriptor));
        }
        if (state !== "granted") missing.push(need);
      }
      if (missing.length > 0) throw missingError(missing);
    },
  };
}

function descriptorOf(need: Need): Deno.PermissionDescriptor {
  switch (need.name) {
    case "net":
      return { name: "net", host: hostAndPort(need.hostname, need.port) };
    case "read":
    case "write":
      return { name: need.name, path: need.path };
    case "env":
      return { name: "env", variable: need.variable };
    case "run":
      return { name: "run", command: need.command };
  }
}

function missingError(missing: readonly Need[]): ClientError {
  return new ClientError(
    "permission_missing",
    ...texts.program.permissionsMissing(flagsFor(missing)),
  );
}

/** One flag for each kind: `--allow-read=a,b`. */
function flagsFor(needs: readonly Need[]): string[] {
  const values = new Map<string, Set<string>>();
  for (const need of needs) {
    const value = valueOf(need);
    const known = values.get(need.name) ?? new Set();
    values.set(need.name, known.add(value));
  }
  return [...values].map(([name, list]) => {
    // Deno takes no path with a comma in a list: then it has to be all.
    const whole = [...list].some((value) => value.includes(","));
    const named = whole ? "" : `=${[...list].join(",")}`;
    return quoteWord(`--allow-${name}${named}`);
  });
}

/** What a flag names. */
function valueOf(need: Need): string {
  switch (need.name) {
    case "net":
      return hostAndPort(need.hostname, need.port);
    case "read":
    case "write":
      return need.path;
    case "env":
      return need.variable;
    case "run":
      return need.command;
  }
}
