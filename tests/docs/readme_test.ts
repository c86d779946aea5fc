/**
 * What README.md promises a newcomer: its commands run, and its session, typed
 * at a terminal, gives what it shows.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  commandOf,
  makeSite,
  PROGRAM_MS_MAX,
  run,
  runFtpd,
  startFtpd,
} from "../programs.ts";
import type { Document } from "./markdown.ts";
import { english, NPX, root } from "./ours.ts";
import { atTerminal } from "./terminal.ts";

const PROMPT = "[alex] >>> ";

/** A copy of what a clone has of the programs, and of what they serve. */
async function makeClone(): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "ftpd-readme-" });
  const files = ["deno.json", "deno.lock", "server.ts", "client.ts"];
  for (const file of [...files, "accounts.ini", "home/.gitignore"]) {
    const to = path.join(folder, file);
    await Deno.mkdir(path.dirname(to), { recursive: true });
    await Deno.copyFile(path.join(root, file), to);
  }
  await Deno.symlink(path.join(root, "lib"), path.join(folder, "lib"));
  return {
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** `task serve` as README has it, on any free port. */
async function serve(cwd: string): Promise<{ port: number } & AsyncDisposable> {
  const ftpd = new Deno.Command(Deno.execPath(), {
    args: ["task", "serve"],
    cwd,
    env: { FTPD_PORT: "0", NO_COLOR: "1" },
    signal: AbortSignal.timeout(PROGRAM_MS_MAX),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log = new Response(ftpd.stderr).text();
  const out = ftpd.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  let port: number | undefined;
  while (port === undefined) {
    const { value } = await out.read();
    if (value === undefined) throw new Error(`no server: ${await log}`);
    said += value;
    const listening = /^listening framed 127\.0\.0\.1:(\d+)\n$/.exec(said);
    if (listening !== null) port = Number(listening[1]);
  }
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      ftpd.kill("SIGTERM"); // the task hands it on to ftpd
      await ftpd.status;
      assert.equal((await out.read()).done, true, "nothing else on stdout");
      assert.match(await log, / stopped\n$/);
    },
  };
}

/** A session of README: what is typed to the shell, and all that is shown. */
function sessionOf({ fences }: Document): readonly string[] {
  const session = fences.find(({ language, lines }) =>
    language === "console" && lines.some((line) => line.startsWith(PROMPT))
  );
  return session?.lines ?? assert.fail("README shows no session");
}

/** Where the time or the machine speaks, nothing is compared. */
function withoutTimes(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line.replace(/in [\d.,]+ s, [\d.,]+ (MB|GB)\/s/, "in … s, … MB/s")
  );
}

Deno.test("README's session, typed at a terminal, gives what it shows", async () => {
  await using clone = await makeClone();
  const cwd = clone.folder;
  const session = sessionOf(english);
  const shells = session.flatMap((line, i) => line.startsWith("$ ") ? [i] : []);
  await using ftpd = await serve(cwd);
  for (const [n, start] of shells.entries()) {
    const line = session[start]?.slice(2) ?? "";
    const shows = session.slice(start + 1, shells[n + 1]);
    if (!line.startsWith(`${NPX} run `)) {
      const command = new Deno.Command("sh", { args: ["-c", line], cwd });
      const { code, stdout } = await command.output();
      const said = new TextDecoder().decode(stdout);
      assert.deepEqual([code, said.split("\n").slice(0, -1)], [0, shows]);
      continue;
    }
    const words = line.slice(NPX.length + 1)
      .replace("-P 10021", `-P ${ftpd.port}`).split(" ");
    const shown = await atTerminal({
      command: [Deno.execPath(), ...words],
      cwd,
      prompt: PROMPT,
      lines: shows.filter((line) => line.startsWith(PROMPT))
        .map((line) => line.slice(PROMPT.length)),
    });
    if (shown === null) return;
    assert.deepEqual(withoutTimes(shown.lines), withoutTimes(shows));
    assert.equal(shown.code, 0);
  }
  assert.deepEqual(
    await Deno.readFile(path.join(cwd, "home/alex/big.iso")),
    await Deno.readFile(path.join(cwd, "copy.iso")),
  );
});

Deno.test("README's commands of ftpc do what they look like", async () => {
  const fence = english.fences.find(({ lines }) =>
    lines[0]?.startsWith("ftpc -s HOST ")
  );
  const lines = fence?.lines ?? assert.fail("no commands of ftpc");
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const cwd = site.folder;
  const inHome = (name: string) => path.join(site.home, "alex", name);
  await Deno.mkdir(inHome("photos"), { recursive: true });
  for (const folder of ["folder", "photos", "site"]) {
    await Deno.mkdir(path.join(cwd, folder));
  }
  const files = ["report.pdf", "a.jpg", "b.jpg"];
  for (const name of [...files, "folder/c", "photos/p", "site/s"]) {
    await Deno.writeTextFile(path.join(cwd, name), name);
  }
  const [command, before] = commandOf("ftpc");
  const ftpc = [command, ...before].map((word) => `'${word}'`).join(" ");
  for (const line of lines) {
    const typed = line.replaceAll("ftpc -s HOST", `"$@" -P ${ftpd.port}`);
    if (line.startsWith("ftpc -s HOST -u alex get folder.tar")) {
      await Deno.remove(path.join(cwd, "folder"), { recursive: true });
    }
    const script = `set -e; set -- ${ftpc} -s 127.0.0.1; ${typed}`;
    const ran = await run("sh", ["-c", script], {
      cwd,
      env: { FTPC_PASSWORD: "123" },
    });
    const { code, stdout, stderr } = ran;
    assert.equal(code, 0, stderr);
    const sums = / -r | sync /.test(line) ? /^1 file: .*\n$/ : /^$/;
    assert.match(stderr, sums, line);
    if (line.includes(" ls -l ")) {
      assert.match(stdout, /^-rw[^\n]* 5 [^\n]* a\.jpg$/m);
    } else assert.equal(stdout, "", line);
  }
  const made = ["copy.pdf", "folder/c"].map((name) => path.join(cwd, name));
  const sent = [
    ...["report.pdf", "photos/a.jpg", "photos/b.jpg"],
    ...["backup/p", "www/s"],
  ].map(inHome);
  assert.deepEqual(
    [...made, ...sent].map((file) => Deno.readTextFileSync(file)),
    [
      ...["report.pdf", "folder/c", "report.pdf", "a.jpg", "b.jpg"],
      ...["photos/p", "site/s"],
    ],
  );
});

Deno.test("README's ftpd init says what ftpd init says", async () => {
  const fence = english.fences.find(({ lines }) =>
    lines[0]?.startsWith("$ ftpd init")
  );
  const [command = "", ...shows] = fence?.lines ?? assert.fail("no init");
  const cwd = await Deno.makeTempDir({ prefix: "ftpd-readme-" });
  try {
    const args = command.split(" ").slice(2);
    const { code, stdout } = await runFtpd(args, { cwd });
    // An executable names itself by its path.
    const secret = (text: string) =>
      text.replaceAll(/^( +)\S*\/(?=ftp[cd])/gm, "$1").replace(
        /password {2}[a-z2-9-]{19}$/m,
        "password  …",
      );
    assert.equal(secret(stdout), `${secret(shows.join("\n"))}\n`);
    assert.equal(code, 0);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
