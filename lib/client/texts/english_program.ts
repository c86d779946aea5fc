/** @module English: starting, permissions, login. */
import { type Said, said } from "./said.ts";

export const program = {
  limit: (rate: string) => `ftpc: limit: ${rate}\n`,
  /** Before what failed: who says it. */
  name: "ftpc",
  internal: said(
    "internal error",
    "a mistake in ftpc: --debug says where, please report it",
  ),
  /** In a trace: the error beneath. */
  causedBy: "Caused by",
  permissionsMissing: (flags: readonly string[]): Said => [
    "Deno's permissions are missing",
    `run it as: deno run ${flags.join(" ")} client.ts …`,
  ],
  passwordSeen:
    "ftpc: warning: other users of this machine can see a password given " +
    "with -p (leave it out to be asked, or use -p -)\n",

  connected: (where: string, username: string) =>
    `ftpc: connected to ${where} as ${username}\n`,

  /** Login. */
  tryAgain: "User or password is not correct: try again.\n",
  askUser: "user: ",
  askPassword: (username: string) => `password of ${username}: `,
  givenUp: "login: given up",
  noLineOfStdin: said(
    "-p -: stdin has no line with a password",
    "write the password into the pipe, with a line end",
  ),
  noUser: said("no user was given", "say who: -u USER"),
  /** @param readable Whether Deno lets us see the variable. */
  noPassword: (readable: boolean): Said => [
    "no password was given",
    `set FTPC_PASSWORD${
      readable ? "" : " and give --allow-env=FTPC_PASSWORD"
    }, or pipe it in with -p -`,
  ],
};
