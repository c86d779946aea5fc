/** ftpc's command line, up to the command: a table of what is taken, refused. */
import assert from "node:assert/strict";
import {
  destinationOf,
  readFtpcLine,
  versionText,
} from "../../lib/client/grammar/command_line.ts";
import { ClientError, oneLine } from "../../lib/client/error.ts";
import { FRONT, SETTINGS } from "../../lib/client/grammar/global_flags.ts";
import { PROGRAM_VERSION } from "../../lib/protocol/mod.ts";

const h = { hostname: "h" };
const line = (front: object, settings: object = {}, words: string[] = []) => ({
  kind: "run",
  front: { ...FRONT, ...front },
  settings: { ...SETTINGS, ...settings },
  words,
});

const TAKEN: readonly { args: string; gives: object }[] = [
  { args: "-s h", gives: line(h) },
  { args: "--server=h --debug", gives: line(h, { debug: true }) },
  { args: "-sh -P10022", gives: line({ ...h, port: 10022 }) },
  { args: "-P 1 -s h", gives: line({ ...h, port: 1 }) },
  { args: "-s h --port 65535", gives: line({ ...h, port: 65535 }) },
  { args: "-s [::1]", gives: line({ hostname: "::1" }) },
  {
    args: "-s h -u alex -p 123",
    gives: line({ ...h, username: "alex", password: "123" }),
  },
  { args: "-s h -p -", gives: line({ ...h, password: "-" }) },
  { args: "-s h -p -x", gives: line({ ...h, password: "-x" }) },
  { args: "-s h put a b", gives: line(h, {}, ["put", "a", "b"]) },
  // What follows the command is its own.
  {
    args: "-s h get a -s -v -",
    gives: line(h, {}, "get a -s -v -".split(" ")),
  },
  { args: "-s h put -- -a", gives: line(h, {}, ["put", "--", "-a"]) },
  { args: "-s h -- put -a", gives: line(h, {}, ["put", "-a"]) },
  { args: "work:inbox", gives: line({}, {}, ["work:inbox"]) },
  { args: "-s h -f run.txt", gives: line({ ...h, script: "run.txt" }) },
  { args: "-s h -f -", gives: line({ ...h, script: "-" }) },
  { args: "-s h -c ls;pwd", gives: line({ ...h, commands: "ls;pwd" }) },
  {
    args: "-vs h --json --quiet --stats --stop-on-error --timeout 90s put",
    gives: line(h, {
      ...{ verbose: true, json: true, quiet: true, stats: true },
      ...{ stopOnError: true, timeoutMs: 90_000 },
    }, ["put"]),
  },
  { args: "--version", gives: { kind: "version" } },
  { args: "-s h --version put", gives: { kind: "version" } },
  { args: "--help", gives: { kind: "help" } },
  { args: "-s h -h --port 1 put", gives: { kind: "help" } },
];
for (const { args, gives } of TAKEN) {
  Deno.test(`ftpc ${args}`, () => {
    assert.deepEqual(readFtpcLine(args.split(" ")), gives);
  });
}

const REFUSED: readonly { args: string[]; says: RegExp }[] = [
  { args: ["-s", ""], says: /-s HOST/ },
  { args: ["-s"], says: /^ftpc: -s needs a value/ },
  { args: ["-s", "h", "-P", "0"], says: /-P 0 .*65535/ },
  { args: ["-s", "h", "-P", "65536"], says: /65536/ },
  { args: ["-s", "h", "-P", "1e3"], says: /1e3/ },
  { args: ["-s", "h", "-u", ""], says: /empty user/ },
  { args: ["-s", "h", "-p", ""], says: /empty password/ },
  { args: ["-s", "h:10021"], says: /port in it.*-s h -P 10021/ },
  {
    args: ["-s", "h", "--prot", "1"],
    says: /^ftpc: .*--prot: did you mean --port\?/,
  },
  { args: ["-s", "h", "--zzzzzz"], says: /--zzzzzz \(see ftpc --help\)/ },
  { args: ["-s", "h", "-z"], says: /unknown flag -z \(/ },
  { args: ["-s", "h", "-vz"], says: /unknown flag -z / },
  { args: ["--json=yes", "put"], says: /--json takes no value/ },
  { args: ["--timeout", "0", "put"], says: /--timeout 0 .*30s/ },
  { args: ["--timeout=1.5s", "put"], says: /--timeout 1\.5s/ },
  { args: ["-s", "h", "-c", "ls", "put"], says: /two places/ },
  { args: ["-s", "h", "-f", "x", "-c", "ls"], says: /two places/ },
  { args: ["--\u001b[2J"], says: /^\P{Cc}*$/u },
];
for (const { args, says } of REFUSED) {
  Deno.test(`ftpc ${JSON.stringify(args)} is refused in one line`, () => {
    assert.throws(() => readFtpcLine(args), (error) => {
      assert(error instanceof ClientError);
      assert.equal(error.code, "usage");
      assert.match(oneLine(error), says);
      assert.doesNotMatch(oneLine(error), /\n/);
      return true;
    });
  });
}

Deno.test("a server has a name, and the known port unless told another", () => {
  assert.throws(() => destinationOf(FRONT), { code: "usage", hint: /-s HOST/ });
  assert.deepEqual(destinationOf({ ...FRONT, hostname: "h" }), {
    ...{ hostname: "h", port: 10021 },
  });
  const all = { hostname: "h", port: 1, username: "u", password: "p" };
  assert.deepEqual(destinationOf({ ...FRONT, ...all }), all);
});

Deno.test("ftpc's version is the program's", () => {
  assert.equal(versionText(), `ftpc ${PROGRAM_VERSION}\n`);
});
