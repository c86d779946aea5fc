/** The plain commands of ftpc, in this process, on one real ftpd. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { Desk } from "../client/desk.ts";
import { asAlex, makeSite, startFtpd } from "../programs.ts";

const ZONED = /[A-Z][a-z]{2} [ \d]\d [ \d]\d[\d:]\d\d/g;
const TEN = Array.from({ length: 10 }, (_, at) => `${at + 3}\n`).join("");

/** In this order: each stands on what those before it have left. */
const CASES: readonly {
  readonly line: string;
  readonly out?: string | RegExp;
  /** Of its entries, as JSON. */
  readonly paths?: readonly string[];
  readonly err?: RegExp;
  readonly code?: number;
}[] = [
  { line: "pwd", out: "/\n" },
  { line: "cd docs" },
  { line: "cd missing", err: /cd .*missing: no such file/, code: 1 },
  { line: "ls", out: "docs\nlines\nwide 文件\n" },
  { line: "ls -a", out: ".hidden\ndocs\nlines\nwide 文件\n" },
  { line: "ls -S lines docs", out: "lines\n\ndocs:\nb.txt\na.txt\nsub\n" },
  { line: "ls -r", out: "wide 文件\nlines\ndocs\n" },
  {
    line: "ls -l docs",
    out:
      /^-rw-r--r-- {2}1 {2}TIME {2}a\.txt\n-.* {2}2 {2}TIME {2}b\.txt\nd.* {2}- {2}TIME {2}sub\n$/,
  },
  { line: "ls -S docs", out: /^b\.txt\na\.txt\nsub\n$/ },
  {
    line: "ls -R docs",
    out: "docs:\na.txt\nb.txt\nsub\n\ndocs/sub:\nc.txt\n",
  },
  { line: "ls 'docs/*.txt'", out: "docs/a.txt\ndocs/b.txt\n" },
  { line: "ls 'docs/**/c*'", out: "docs/sub/c.txt\n" },
  { line: "ls 'no*'", err: /ls no\*: nothing matches/, code: 1 },
  {
    line: "ls missing docs/a.txt",
    out: "docs/a.txt\n",
    err: /missing/,
    code: 1,
  },
  {
    line: "stat docs/a.txt",
    out:
      /^docs\/a\.txt\n {2}type {3}file\n {2}size {3}1 byte\n {2}time {3}2020-09-13T12:26:40Z\n {2}mode {3}0644 -rw-r--r--\n$/,
  },
  { line: "cat docs/a.txt docs/b.txt", out: "abb" },
  { line: "head -n 2 lines", out: "1\n2\n" },
  { line: "head -c 3 lines", out: "1\n2" },
  { line: "tail lines", out: TEN },
  { line: "tail -1 lines", out: "12\n" },
  { line: "tail -c 3 lines", out: "12\n" },
  { line: "head docs", err: /not a file/, code: 1 },
  { line: "du docs", out: "1\tdocs/sub\n4\tdocs\n" },
  { line: "du -s docs lines", out: "4\tdocs\n27\tlines\n" },
  {
    line: "df",
    out: /^free +\d+ bytes\ntotal +\d+ bytes\nlargest file +no limit\n$/,
  },
  {
    line: "find docs -type f -name '[bc]*'",
    out: "docs/b.txt\ndocs/sub/c.txt\n",
  },
  { line: "find -type d", out: "docs\ndocs/sub\n" },
  {
    line: "find docs -newermt 2021-01-01 -type f",
    out: "docs/b.txt\ndocs/sub/c.txt\n",
  },
  {
    line: "checksum docs/a.txt",
    out:
      "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  docs/a.txt\n",
  },
  {
    line: "checksum -a crc32 docs/a.txt",
    out: "CRC32 (docs/a.txt) = e8b7be43\n",
  },
  { line: "mkdir new", out: "" },
  { line: "mkdir new", err: /new/, code: 1 },
  { line: "mkdir -p new/x/y new", out: "" },
  { line: "cp docs/a.txt docs/b.txt new", out: "" },
  { line: "cp docs/a.txt docs/b.txt new/a.txt", err: /not a folder/, code: 1 },
  { line: "cp docs new/x", err: /docs/, code: 1 },
  { line: "cp -r docs new/x", out: "" },
  { line: "cp -n docs/b.txt new/a.txt", out: "" },
  {
    line: "cp new/a.txt new/../new/",
    err: /^ftpc: cp new\/a\.txt: the source is the target, too \(/,
    code: 1,
  },
  { line: "cat new/a.txt", out: "a" },
  { line: "mv new/b.txt new/c.txt", out: "" },
  { line: "mv -n new/c.txt new/a.txt", out: "" },
  { line: "mv new/c.txt new/a.txt new/x/y", out: "" },
  {
    line: "find new -type f",
    out:
      "new/x/docs/a.txt\nnew/x/docs/b.txt\nnew/x/docs/sub/c.txt\nnew/x/y/a.txt\nnew/x/y/c.txt\n",
  },
  { line: "rmdir new/x", err: /new\/x/, code: 1 },
  { line: "rm new/x", err: /new\/x/, code: 1 },
  { line: "rm missing", err: /missing/, code: 1 },
  { line: "rm -f missing 'mi*ss'", out: "" },
  { line: "rm -r /", err: /rm: \/ is refused/, code: 2 },
  { line: "rm -rf docs/..", err: /is refused/, code: 2 },
  { line: "rm -r new/x", out: "" },
  { line: "rmdir new", out: "" },
  { line: "touch empty; stat empty", out: /size {3}0 bytes/ },
  {
    line: "chmod 600 empty; ls -l empty",
    out: /^-rw------- {2}0 {2}TIME {2}empty\n$/,
  },
  {
    line: "touch docs/a.txt; find docs -name a.txt -newermt 2021-01-01",
    out: "docs/a.txt\n",
  },
  { line: "rm 'emp*'", out: "" },
  {
    line: "pwd; cd docs/sub; pwd; cd ..; ls; cd -; cd; pwd",
    out: "/\n/docs/sub\na.txt\nb.txt\nsub\n/docs/sub\n/\n",
  },
  {
    line: "cd -; cd lines; cd missing",
    err: /no folder before[^]*not a folder[^]*missing/,
    code: 2,
  },
  {
    line: "status",
    out: /^server +127\.0\.0\.1:\d+\nuser +alex\nfolder +\/\n/,
  },
  { line: "cd docs; cd - --json", out: /^\{.*"name":"\/",.*\n\{.*\n$/ },
  {
    line: "ls -aR --json docs . lines",
    paths: [
      ..."lines docs/a.txt docs/b.txt docs/sub docs/sub/c.txt".split(" "),
      ...".hidden docs lines".split(" "),
      "wide 文件",
      ..."docs/a.txt docs/b.txt docs/sub docs/sub/c.txt".split(" "),
    ],
  },
  {
    line: "ls --json docs/sub/ /docs/sub",
    paths: ["docs/sub/c.txt", "/docs/sub/c.txt"],
  },
  {
    line: "lls --json . a sub",
    paths: ["a", "sub", "a", path.join("sub", "b")],
  },
  {
    line: "chmod 750 docs docs/sub; du --json docs docs/a.txt",
    out:
      /^(?:\{.*"name":"docs(?:\/sub)?","type":"dir","size":[14],"mtime":"20.*Z","mode":"0750"\}\n){2}\{.*"name":"docs\/a.txt","type":"file","size":1,"mtime":"20.*Z","mode":"0644"\}\n.*\n$/,
  },
  {
    line: "du -s --json docs lines",
    out:
      /^\{.*"type":"dir","size":4,"mtime":"20.*Z","mode":"0750"\}\n\{.*"type":"file","size":27,"mtime":"20.*Z","mode":"0644"\}\n.*\n$/,
  },
  { line: "cat --json lines", out: /"exit_code":2/, err: /no JSON/, code: 2 },
];

Deno.test("the plain commands, one after the other", async (t) => {
  await using site = await makeSite();
  const home = path.join(site.home, "alex");
  await Deno.mkdir(path.join(home, "docs", "sub"), { recursive: true });
  const write = (name: string, text: string) =>
    Deno.writeTextFile(path.join(home, name), text, { mode: 0o644 });
  await write("docs/a.txt", "a");
  await write("docs/b.txt", "bb");
  await write("docs/sub/c.txt", "c");
  await write(".hidden", "");
  await write("wide 文件", "");
  await write(
    "lines",
    Array.from({ length: 12 }, (_, at) => `${at + 1}\n`).join(""),
  );
  await Deno.utime(path.join(home, "docs/a.txt"), 1_600_000_000, 1_600_000_000);
  await using ftpd = await startFtpd(...site.args);
  const local = path.join(site.folder, "local");
  await Deno.mkdir(path.join(local, "sub"), { recursive: true });
  await Deno.writeTextFile(path.join(local, "a"), "");
  await Deno.writeTextFile(path.join(local, "sub", "b"), "");
  for (const { line, out = "", paths, err = /^$/, code = 0 } of CASES) {
    await t.step(line, async () => {
      const script = `lcd ${local}; ${line}`;
      const ended = await new Desk().run(...asAlex(ftpd), "-c", script);
      const stdout = ended.stdout.replaceAll(ZONED, "TIME");
      if (paths !== undefined) assert.deepEqual(pathsIn(stdout), paths);
      else if (typeof out === "string") assert.equal(stdout, out, ended.stderr);
      else assert.match(stdout, out, ended.stderr);
      assert.match(ended.stderr, err);
      assert.equal(ended.code, code);
    });
  }
});

function pathsIn(stdout: string): unknown[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
    .filter(({ event }) => event === "entry").map(({ path }) => path);
}
