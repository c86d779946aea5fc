/** @module What the real ftpc is given: this process, this system. */
import { systemRuntime } from "../runtime/mod.ts";
import { connect } from "./session/connect.ts";
import { runLocalCommand } from "./local/command.ts";
import { createOwnFiles } from "./local/own_files.ts";
import type { Surroundings } from "./main.ts";
import { createPermissions } from "./permissions.ts";
import { systemTerminal } from "./terminal/terminal.ts";

const PASSWORD_VARIABLE = "FTPC_PASSWORD";

export function systemSurroundings(): Surroundings {
  const terminal = systemTerminal();
  const canAsk = terminal.inputIsTerminal && terminal.errorIsTerminal;
  const runtime = systemRuntime();
  const permissions = createPermissions(Deno.permissions, canAsk);
  return {
    runtime,
    terminal,
    permissions,
    ownFiles: createOwnFiles({
      os: Deno.build.os,
      system: Deno.permissions,
      permissions,
      random: runtime.random,
      variable: (name) => Deno.env.get(name),
      uid: () => Deno.uid(),
    }),
    environment: passwordOfEnvironment,
    connect,
    runCommand: runLocalCommand,
    exit: (code) => Deno.exit(code),
  };
}

/** Read where it may be; nobody is asked for a permission they do not need. */
async function passwordOfEnvironment() {
  const { state } = await Deno.permissions.query({
    name: "env",
    variable: PASSWORD_VARIABLE,
  });
  if (state !== "granted") return { readable: false };
  const password = Deno.env.get(PASSWORD_VARIABLE);
  return { readable: true, ...(password === undefined ? {} : { password }) };
}
