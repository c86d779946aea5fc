/** ftpd's command line to a command and its flags. */
import assert from "node:assert/strict";
import {
  ALL_SETTINGS,
  flagOf,
  type FtpdCommand,
  parseFtpdArguments,
} from "../../lib/config/mod.ts";

function start(flags: Record<string, string>): FtpdCommand {
  return { command: "start", flags: new Map(Object.entries(flags)) };
}

const READ: { args: string[]; command: FtpdCommand }[] = [
  { args: [], command: start({}) },
  { args: ["start"], command: start({}) },
  { args: ["-P10021"], command: start({ port: "10021" }) },
  { args: ["-P", "10021", "start"], command: start({ port: "10021" }) },
  { args: ["start", "--port=0"], command: start({ port: "0" }) },
  { args: ["--port", "-1"], command: start({ port: "-1" }) },
  { args: ["--port", "1", "--port", "2"], command: start({ port: "2" }) },
  { args: ["--max-upload", "off"], command: start({ max_upload: "off" }) },
  { args: ["--debug"], command: start({ debug: "on" }) },
  { args: ["--config", "x.ini"], command: start({ config: "x.ini" }) },
  { args: ["--home", ""], command: start({ home: "" }) },
  { args: ["--", "start"], command: start({}) },
  {
    args: ["check", "--grace", "1s"],
    command: { command: "check", flags: new Map([["grace", "1s"]]) },
  },
  { args: ["init"], command: { command: "init", dir: "." } },
  { args: ["init", "a b"], command: { command: "init", dir: "a b" } },
  { args: ["init", "--", "-x"], command: { command: "init", dir: "-x" } },
];
for (const { args, command } of READ) {
  Deno.test(`ftpd ${args.join(" ")} is understood`, async () => {
    assert.deepEqual(await parseFtpdArguments(args), command);
  });
}

const REFUSED = [
  {
    args: ["--prot", "1"],
    says: "unknown option '--prot': did you mean --port?",
  },
  { args: ["chek"], says: "unknown command 'chek': did you mean check?" },
  { args: ["constructor"], says: "unknown command 'constructor'" },
  { args: ["-x"], says: "unknown option '-x'" },
  { args: ["--no-debug"], says: /^unknown option '--no-debug'/ },
  { args: ["--port"], says: /'-P, --port <PORT>' argument missing/ },
  { args: ["--debug=1"], says: /debug/ },
  { args: ["start", "x"], says: "start takes no 'x': only flags" },
  { args: ["init", ""], says: "init was given an empty name of a folder" },
  { args: ["init", "a", "b"], says: /^too many words: / },
  {
    args: ["init", "--port", "1"],
    says: "init takes no --port: only a folder",
  },
  { args: ["--a\x1b[2J\nb"], says: "unknown option '--a\\x1b[2J b'" },
  { args: [""], says: "unknown command ''" },
];
for (const { args, says } of REFUSED) {
  Deno.test(`ftpd ${JSON.stringify(args)} is refused in one line`, async () => {
    await assert.rejects(parseFtpdArguments(args), (error) => {
      assert.ok(error instanceof Error && "code" in error);
      assert.equal(error.code, "usage");
      const { message } = error;
      assert.doesNotMatch(message, /\p{Cc}/u);
      assert.ok(message.endsWith(" (see ftpd --help)"), message);
      const line = message.slice(0, -" (see ftpd --help)".length);
      if (typeof says === "string") assert.equal(line, says);
      else assert.match(line, says);
      return true;
    });
  });
}

for (const args of [["--help"], ["-h"], ["help"], ["start", "--help"]]) {
  Deno.test(`ftpd ${args.join(" ")} tells every command and setting`, async () => {
    const command = await parseFtpdArguments(args);
    assert.ok(command.command === "help");
    for (const { key, default: byDefault } of ALL_SETTINGS) {
      assert.match(command.text, new RegExp(`${flagOf(key)}\\s`));
      if (key !== "debug") assert.ok(command.text.includes(`(${byDefault})`));
    }
    for (const line of command.text.split("\n")) {
      assert.ok(line.length <= 80, line);
    }
    assert.match(command.text, /init \[DIR\]/);
  });
}

Deno.test("ftpd --version says the name and the version", async () => {
  const command = await parseFtpdArguments(["--version"]);
  assert.ok(command.command === "version");
  assert.match(command.text, /^ftpd \d+\.\d+\.\d+\n$/);
});
