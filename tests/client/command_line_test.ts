/** ftpc's command line, to a command: a table of what is taken and refused. */
import assert from "node:assert/strict";
import {
  type FtpcCommand,
  parseFtpcArguments,
  parseTransfer,
} from "../../lib/client/grammar/command_line.ts";
import { ClientError, oneLine } from "../../lib/client/error.ts";
import { PROGRAM_VERSION } from "../../lib/protocol/mod.ts";

const at = (more: object) => ({ hostname: "h", port: 10021, ...more });
const request = (verb: string, names: string[], more: object = {}) => ({
  command: "transfer",
  destination: at({}),
  debug: false,
  request: { verb, names, checksum: "crc32", preserve: false, ...more },
});
const shell = (destination: object, debug = false) => ({
  command: "shell",
  destination,
  debug,
});

const TAKEN: readonly { args: string; gives: object }[] = [
  { args: "-s h", gives: shell(at({})) },
  { args: "--server=h --debug", gives: shell(at({}), true) },
  { args: "-sh -P10022", gives: shell(at({ port: 10022 })) },
  { args: "-P 1 -s h", gives: shell(at({ port: 1 })) },
  { args: "-s h --port 65535", gives: shell(at({ port: 65535 })) },
  { args: "-s [::1]", gives: shell({ hostname: "::1", port: 10021 }) },
  {
    args: "-s h -u alex -p 123",
    gives: shell(at({ username: "alex", password: "123" })),
  },
  { args: "-s h -p -", gives: shell(at({ password: "-" })) },
  { args: "-s h -p -x", gives: shell(at({ password: "-x" })) },
  { args: "-s h put a b", gives: request("put", ["a", "b"]) },
  { args: "-s h get a -", gives: request("get", ["a", "-"]) },
  { args: "-s h put - a", gives: request("put", ["-", "a"]) },
  { args: "-s h put -- -a", gives: request("put", ["-a"]) },
  { args: "put a -s h", gives: request("put", ["a"]) },
  {
    args: "-s h get --preserve --checksum sha256 --to d a",
    gives: request("get", ["a"], {
      preserve: true,
      checksum: "sha256",
      to: "d",
    }),
  },
  {
    args: "--version",
    gives: { command: "version", text: `ftpc ${PROGRAM_VERSION}\n` },
  },
  {
    args: "-s h --version",
    gives: { command: "version", text: `ftpc ${PROGRAM_VERSION}\n` },
  },
];
for (const { args, gives } of TAKEN) {
  Deno.test(`ftpc ${args}`, async () => {
    assert.deepEqual(await parseFtpcArguments(args.split(" ")), gives);
  });
}

const REFUSED: readonly { args: string[]; says: RegExp }[] = [
  { args: [], says: /-s HOST/ },
  { args: ["-u", "alex"], says: /-s HOST/ },
  { args: ["-s", ""], says: /-s HOST/ },
  { args: ["-s"], says: /-s, --server/ },
  { args: ["-s", "h", "-P", "0"], says: /-P 0 .*65535/ },
  { args: ["-s", "h", "-P", "65536"], says: /65536/ },
  { args: ["-s", "h", "-P", "1e3"], says: /1e3/ },
  { args: ["-s", "h", "-u", ""], says: /empty user/ },
  { args: ["-s", "h", "-p", ""], says: /empty password/ },
  { args: ["-s", "h:10021"], says: /port in it.*-s h -P 10021/ },
  {
    args: ["-s", "h", "--prot", "1"],
    says: /'--prot': did you mean --port\? \(see/,
  },
  { args: ["-s", "h", "putt", "x"], says: /'putt'.*put/ },
  {
    args: ["-s", "h", "--to", "x"],
    says: /--to needs put or get \(in the shell/,
  },
  { args: ["-s", "h", "put", "--checksum", "md5", "x"], says: /md5.*sha256/ },
  { args: ["-s", "h", "put", "-r", "x"], says: /-r/ },
];
for (const { args, says } of REFUSED) {
  Deno.test(`ftpc ${JSON.stringify(args)} is refused in one line`, async () => {
    await assert.rejects(parseFtpcArguments(args), (error) => {
      assert(error instanceof ClientError);
      assert.equal(error.code, "usage");
      assert.match(oneLine(error), says);
      assert.doesNotMatch(oneLine(error), /\n/);
      return true;
    });
  });
}

for (const args of [["--help"], ["-h"], ["help"], ["-s", "h", "--help"]]) {
  Deno.test(`ftpc ${args.join(" ")} prints every flag and command`, async () => {
    const command: FtpcCommand = await parseFtpcArguments(args);
    assert(command.command === "help");
    for (
      const word of [
        ..."-s -P -u -p --checksum --preserve --to --debug --version --help"
          .split(" "),
        ...["put LOCAL", "get REMOTE", "FTPC_PASSWORD", "130"],
      ]
    ) assert(command.text.includes(word), word);
    for (const line of command.text.split("\n")) {
      assert(line.length <= 80, line);
    }
  });
}

Deno.test("the shell's put and get take the same flags", async () => {
  assert.deepEqual(
    await parseTransfer("put", ["--preserve", "--to", "d", "--", "-a"]),
    { verb: "put", names: ["-a"], to: "d", checksum: "crc32", preserve: true },
  );
  assert.match(String(await parseTransfer("get", ["-h"])), /REMOTE/);
  await assert.rejects(parseTransfer("get", ["--port", "1"]), {
    code: "usage",
  });
});
