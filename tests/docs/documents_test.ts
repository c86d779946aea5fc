/**
 * What the documents say is what the code has: tasks, settings, flags, files;
 * and both READMEs say the same.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import config from "../../deno.json" with { type: "json" };
import { readAccounts } from "../../lib/accounts/mod.ts";
import { formatProblem } from "../../lib/ini/mod.ts";
import {
  ALL_SETTINGS,
  formatSettingProblem,
  parseFtpdArguments,
  resolveConfig,
} from "../../lib/config/mod.ts";
import { runFtpc } from "../programs.ts";
import { codeOf, type Document, readDocument } from "./markdown.ts";
import {
  chinese,
  DOCUMENTS,
  english,
  NPX,
  read,
  root,
  tableWith,
} from "./ours.ts";

Deno.test("every task that a document names is there, with this Deno", () => {
  for (const file of DOCUMENTS) {
    for (
      const [, version, task] of read(file).matchAll(
        /deno@(\S+) task ([\w:]+)/g,
      )
    ) {
      assert.equal(version, NPX.split("@")[1], file);
      assert(Object.hasOwn(config.tasks, task ?? ""), `${file}: task ${task}`);
    }
  }
  assert.match(config.tasks.serve.command, /server\.ts start$/);
  assert.match(config.tasks.test.command, / \.ci\/tests\.ts tests\/$/);
  assert.match(read(".ci/run"), new RegExp(`${NPX} task ok\n`));
});

Deno.test("README's table of tasks is that of deno.json", () => {
  const rows = tableWith(english, "task serve").rows.slice(1);
  assert.deepEqual(
    rows.map(([command = "", what]) => [codeOf(command)[0], what]),
    Object.entries(config.tasks).map(([name, { description }]) => [
      `${NPX} task ${name}`,
      description,
    ]),
  );
});

for (
  const [file, document] of [["README.md", english], [
    "README.zh-CN.md",
    chinese,
  ]] as const
) {
  Deno.test(`${file}: the table of settings is that of the code`, () => {
    const rows = tableWith(document, "`idle_timeout`").rows.slice(1);
    assert.deepEqual(
      rows.map(([key = "", value = ""]) => [codeOf(key)[0], codeOf(value)[0]]),
      ALL_SETTINGS.map(({ key, default: value }) => [key, value]),
    );
  });
}

Deno.test("README says of each setting what --help says of it", () => {
  const rows = tableWith(english, "`idle_timeout`").rows.slice(1);
  assert.deepEqual(
    rows.map(([, , what]) => what),
    ALL_SETTINGS.map(({ help }) => help),
  );
});

Deno.test("README's commands of ftpd are those of its help", async () => {
  const rows = tableWith(english, "`init [DIR]`").rows.slice(1);
  const command = await parseFtpdArguments(["--help"]);
  assert(command.command === "help");
  for (const [cell = ""] of rows) {
    const [word = ""] = codeOf(cell);
    const known = command.text.split(/\s\s+|, /);
    assert(known.includes(word), word);
  }
});

for (
  const [flag, args] of [
    ["`--stats`", ["--help"]],
    ["`--preserve`", ["put", "--help"]],
    ["`--preserve`", ["get", "--help"]],
  ] as const
) {
  Deno.test(`README's flags with ${flag} are those of ftpc ${args.join(" ")}`, async () => {
    const rows = tableWith(english, flag).rows.slice(1);
    const { stdout } = await runFtpc([...args]);
    const flags = [
      ...stdout.matchAll(
        /^ {2}(-\S, )?(--[a-z-]+)( <[A-Z|a-z]+>)? {2,}(.*)$/gm,
      ),
    ].filter(([, , long]) => long !== "--help" || args[0] === "--help");
    assert.deepEqual(
      rows.map((
        [cell = "", what],
      ) => [codeOf(cell), what?.replaceAll("`", "")]),
      flags.map(([, short = "", long = "", value = "", what]) => {
        const named = value.replace(/[<>]/g, "");
        const forms = [short.slice(0, 2), long].filter((form) => form !== "");
        return [forms.map((form) => form + named), what];
      }),
    );
  });
}

Deno.test("README's exit codes are those of ftpc's help", async () => {
  const rows = tableWith(english, "interrupted").rows.slice(1);
  const { stdout } = await runFtpc(["--help"]);
  const [, codes = ""] = /Exit codes: ([^.]*)\./.exec(stdout) ?? [];
  assert.deepEqual(
    rows.map(([code]) => code),
    [...codes.matchAll(/(?:^|, )(\d+) /g)].map((match) => match[1]),
  );
});

Deno.test("both READMEs have the same sections, tables and commands", () => {
  const levels = ({ headings }: Document) =>
    headings.map((heading) => heading.replace(/ .*/, ""));
  assert.deepEqual(levels(chinese), levels(english));
  const shapes = ({ tables, headings }: Document) =>
    tables.map(({ heading, rows }) => [
      headings.indexOf(heading),
      rows.map((row) => row.length),
    ]);
  assert.deepEqual(shapes(chinese), shapes(english));
  // Every word of code in a table's first column, and what is to be typed.
  const codes = ({ tables }: Document) =>
    tables.map(({ rows }) => rows.map(([cell = ""]) => codeOf(cell)));
  assert.deepEqual(codes(chinese), codes(english));
  const typed = ({ fences }: Document) =>
    fences.map(({ language, lines }) => [
      language,
      lines.filter((line) => !/^[;#] /.test(line)),
    ]);
  assert.deepEqual(typed(chinese), typed(english));
  const others = ({ links }: Document) =>
    links.filter((link) => !link.startsWith("README")).toSorted();
  assert.deepEqual(others(chinese), others(english));
});

Deno.test("the files that the documents show are without mistakes", async () => {
  const shown = DOCUMENTS.flatMap((file) => readDocument(read(file)).fences)
    .filter(({ language }) => language === "ini")
    .map(({ lines }) => `${lines.join("\n")}\n`);
  const settings = shown.filter((text) => text.startsWith("[ftpd]"));
  const units = shown.filter((text) => text.startsWith("[Unit]"));
  const accounts = shown.filter((text) => text.includes("password ="));
  assert.deepEqual(
    [settings.length, units.length, accounts.length, shown.length],
    [1, 1, 2, 4],
  );
  for (const text of accounts) {
    const { problems } = await readAccounts(text, { file: "accounts.ini" });
    assert.deepEqual(problems.map(formatProblem), []);
  }
  for (const text of settings) {
    const ini = { file: "/etc/ftpd/ftpd.ini", text };
    const inputs = { flags: new Map(), env: {}, cwd: "/", ini };
    const { problems } = resolveConfig(inputs);
    assert.deepEqual(problems.map(formatSettingProblem), []);
  }
});

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(path.join(folder, name)) : [name]
  );
}

/** The files of code, without their folders. */
const CODE = new Set([
  ...["server.ts", "client.ts"],
  ...filesBelow(path.join(root, "lib")),
]);
for (const file of DOCUMENTS) {
  Deno.test(`${file}: every link and every file that it names is there`, () => {
    const text = read(file);
    for (const link of readDocument(text).links) {
      if (/^https?:/.test(link)) continue;
      const target = path.resolve(
        root,
        path.dirname(file),
        link.replace(/#.*/, ""),
      );
      assert(Deno.statSync(target), `${file}: ${link}`);
    }
    const named = /`((?:lib|tests|docs|bench|\.ci)\/[\w./-]*)`/g;
    for (const [, name = ""] of text.matchAll(named)) {
      assert(Deno.statSync(path.join(root, name)), `${file}: ${name}`);
    }
    for (const [, name = ""] of text.matchAll(/`([a-z_]+\.ts)`/g)) {
      assert(CODE.has(name), `${file}: ${name}`);
    }
  });
}
