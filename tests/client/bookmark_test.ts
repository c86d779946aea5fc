/** `bookmark add|list|rm|show` on a file of its own, and finding that file. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { ClientError } from "../../lib/client/error.ts";
import { createOwnFiles } from "../../lib/client/local/own_files.ts";
import { createPermissions } from "../../lib/client/permissions.ts";
import { Book } from "../../lib/client/places/book.ts";
import {
  bookmarkProblems,
  type BookmarkRequest,
  formatBookmarkResult,
  runBookmark,
} from "../../lib/client/places/bookmark_command.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";

class MemoryFile {
  readonly path = "bookmarks.ini";
  constructor(public text: string | null = null) {}
  read(): Uint8Array | null {
    return this.text === null ? null : new TextEncoder().encode(this.text);
  }
  replace(bytes: Uint8Array): void {
    this.text = new TextDecoder().decode(bytes);
  }
}

interface Case {
  readonly typed: string;
  readonly flags?: Partial<Omit<BookmarkRequest, "deed">>;
  readonly before?: string;
  /** The file then; absent: as before. */
  readonly after?: string;
  readonly prints?: string;
  readonly refused?: RegExp;
}
const DEEDS = ["add", "list", "rm", "show"] as const;
const WORK = "[work]\nserver = h\nuser = alex\npath = in\n";
const CASES: readonly Case[] = [
  { typed: "add work alex@h:in", after: WORK },
  {
    typed: "add work alex@h:in",
    flags: { port: 10022, passwordCommand: "pass show work" },
    after: "[work]\nserver = h\nport = 10022\nuser = alex\npath = in\n" +
      "password_command = pass show work\n",
  },
  {
    typed: "add work",
    flags: { hostname: "::1", username: "alex" },
    after: "[work]\nserver = ::1\nuser = alex\n",
  },
  {
    typed: "add work in",
    flags: { hostname: "h", username: "alex" },
    after: WORK,
  },
  {
    typed: "add w2 [::1]:",
    before: WORK,
    after: `${WORK}\n[w2]\nserver = ::1\n`,
  },
  { typed: "add work b@h:", before: WORK, refused: /it is there already/ },
  { typed: "add w a@h:", refused: /bookmark add w: no name for a bookmark/ },
  { typed: "add ../w a@h:", refused: /no name for a bookmark/ },
  { typed: "add DEFAULT a@h:", refused: /no name for a bookmark/ },
  { typed: "add work", refused: /what is meant/ },
  { typed: "add work h", refused: /h: names no server/ },
  { typed: "add work other:x", refused: /names no server/ },
  { typed: "add work a@h: more", refused: /what is meant/ },
  { typed: "add work a@h:22:in", refused: /a@h:22:in: a place holds no port/ },
  {
    typed: "add work ./22:in",
    flags: { hostname: "h" },
    after: "[work]\nserver = h\npath = ./22:in\n",
  },
  {
    typed: "add work alex@h:in",
    flags: { hostname: "h" },
    refused: /alex@h:in: -s has named the server/,
  },
  {
    typed: "add work a@h:",
    flags: { passwordCommand: "pass 'x" },
    refused: /password_command .*not closed/,
  },
  {
    typed: "add work",
    flags: { hostname: "a b" },
    refused: /the server is no name/,
  },
  { typed: "list", prints: "" },
  {
    typed: "list",
    before: `${WORK}[longer]\nserver = ::1\nport = 1\n`,
    prints: "work    alex@h:in\nlonger  '[::1]:' -P 1\n",
  },
  { typed: "list x", refused: /what is meant/ },
  { typed: "show work", before: WORK, prints: WORK },
  { typed: "show wrok", before: WORK, refused: /no such bookmark: is it work/ },
  { typed: "show", refused: /what is meant/ },
  { typed: "show work", before: "[work]\n", refused: /:1: has no server/ },
  { typed: "rm work", before: `# mine\n${WORK}`, after: "# mine\n" },
  { typed: "rm work", before: "[work]\nserver = a b\n", after: "" },
  { typed: "rm work no", before: WORK, refused: /bookmark no: there is none/ },
  { typed: "rm", refused: /what is meant/ },
];
for (const { typed, flags, before, after, prints, refused } of CASES) {
  const given = flags === undefined ? "" : ` with ${Object.keys(flags)}`;
  const on = before === undefined ? "" : ` on ${JSON.stringify(before)}`;
  Deno.test(`bookmark ${typed}${given}${on}`, () => {
    const [deed, ...names] = typed.split(" ");
    const file = new MemoryFile(before);
    const request: BookmarkRequest = {
      deed: DEEDS.find((one) => one === deed) ?? assert.fail(deed),
      names,
      passwordCommand: null,
      ...flags,
    };
    const run = () => runBookmark(request, new Book(file, true));
    if (refused !== undefined) {
      assert.throws(run, { code: "usage", message: refused });
    } else {
      assert.equal(formatBookmarkResult(run()), prints ?? "");
    }
    assert.equal(file.text ?? undefined, after ?? before);
  });
}

Deno.test("what is wrong with one bookmark is told, and the others serve", () => {
  const file = new MemoryFile(`${WORK}[bad]\nserver = h\nport = x\n`);
  const book = new Book(file, true);
  const request = { deed: "list", names: [], passwordCommand: null } as const;
  const result = runBookmark(request, book);
  assert.equal(formatBookmarkResult(result), "work  alex@h:in\n");
  const [line, ...more] = bookmarkProblems(result);
  assert.match(line ?? "", /^bookmarks\.ini:7: port: is no port/);
  assert.deepEqual(more, []);
  assert.equal(book.find("work").server, "h");
  assert.throws(() => book.find("bad"), { message: /port: is no port/ });
});

/** What Deno was told, as flags have it. */
function filesWith(
  granted: readonly string[],
  variables: Record<string, string>,
) {
  const asked: string[] = [];
  const system = {
    query(descriptor: Deno.PermissionDescriptor) {
      const what = descriptor.name === "env"
        ? descriptor.variable
        : descriptor.name === "sys"
        ? descriptor.kind
        : "path" in descriptor
        ? `${descriptor.path}`
        : "";
      const flag = `${descriptor.name}=${what}`;
      const state = granted.includes(flag) ? "granted" : "prompt";
      return Promise.resolve({ state } as const);
    },
    request: () => assert.fail("nobody is there to be asked"),
  };
  const files = createOwnFiles({
    os: "linux",
    system,
    permissions: createPermissions(system, false),
    random: systemRuntime().random,
    variable(name) {
      asked.push(name);
      return variables[name];
    },
    uid: () => Deno.uid(),
  });
  return { files, asked };
}

Deno.test("without permissions there is no state, and nobody is asked", async () => {
  const home = { HOME: "/h" };
  const folder = "/h/.local/state/ftpc";
  for (
    const granted of [
      [],
      ["env=HOME"],
      ["env=HOME", `read=${folder}`],
      [`read=${folder}`, `write=${folder}`],
    ]
  ) {
    const { files, asked } = filesWith(granted, home);
    assert.equal(await files.state("history"), null);
    assert.deepEqual(asked, granted.includes("env=HOME") ? ["HOME"] : []);
  }
  const all = ["env=HOME", `read=${folder}`, `write=${folder}`];
  const { files } = filesWith(all, home);
  assert.equal((await files.state("history"))?.path, `${folder}/history`);
  assert.equal(await filesWith(all, {}).files.state("history"), null);
});

Deno.test("bookmarks name the permissions that they need", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-bookmarks-" });
  try {
    const variables = { XDG_CONFIG_HOME: folder };
    const place = path.posix.join(folder, "ftpc");
    const env = ["env=XDG_CONFIG_HOME", "env=HOME"];
    const flagsFor = async (granted: string[], use: "read" | "write") => {
      const { files } = filesWith(granted, variables);
      const hint = await files.bookmarks(use).then(() => "", (error) => {
        assert(error instanceof ClientError);
        assert.equal(error.code, "permission_missing");
        return error.hint;
      });
      return hint.replace(/^.*deno run | client\.ts.*$/g, "");
    };
    assert.equal(
      await flagsFor([], "read"),
      "--allow-env=XDG_CONFIG_HOME,HOME",
    );
    assert.equal(await flagsFor(env, "read"), `--allow-read=${place}`);
    assert.equal(
      await flagsFor(env, "write"),
      `--allow-read=${place} --allow-write=${place}`,
    );
    const all = [...env, `read=${place}`, `write=${place}`];
    const { files } = filesWith(all, variables);
    const book = await files.bookmarks("write");
    book.add({ name: "work", server: "h" });
    assert.equal(
      await Deno.readTextFile(path.join(place, "bookmarks.ini")),
      "[work]\nserver = h\n",
    );
    const nowhere = filesWith(env, {}).files.bookmarks("read");
    await assert.rejects(nowhere, {
      code: "local_failed",
      hint: /XDG_CONFIG_HOME, HOME/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
