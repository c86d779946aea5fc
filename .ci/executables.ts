/**
 * Build the executables.
 *
 *   deno task compile   dist/ftpd and dist/ftpc for this machine
 *   deno task release   dist/release: every platform whose base executable
 *                       can be had, and SHA256SUMS
 *
 * The Deno that runs this compiles. It appends the program to a base
 * executable, which it downloads once for each platform; for this machine,
 * DENORT_BIN may name one that is there already.
 *
 * What is appended is the program in one file (dist/ftpc.js): to find and link
 * two hundred modules was measured to be a third of what ftpc does before its
 * first request, and Deno's code cache keeps no module that is imported later.
 * @module
 */
import { createHash } from "node:crypto";
import * as path from "node:path";

interface Program {
  readonly name: string;
  readonly entry: string;
  /** Baked in: what it may do, and nothing beyond it. */
  readonly permissions: readonly string[];
  /** Baked in: how the engine sizes its heap, in MiB. */
  readonly engine: string;
}

/** The narrowest that work; each that is not plain has its reason. */
export const PROGRAMS: readonly Program[] = [
  {
    name: "ftpd",
    entry: "server.ts",
    permissions: [
      "--allow-net",
      // Homes and settings are named at run time: no folder is known here.
      "--allow-read",
      "--allow-write",
      // The settings' variables (lib/config); `*` stands for the rest.
      "--allow-env=FTPD_*",
      // What df tells: how much room is left.
      "--allow-sys=statfs",
    ],
    // Left alone it grows to 32 MiB as sessions come and go, which is more than
    // all of a thousand idle ones hold; transfers were measured to be as quick.
    engine: "--max-semi-space-size=2",
  },
  {
    name: "ftpc",
    entry: "client.ts",
    permissions: [
      "--allow-net",
      "--allow-read", // the files to put are named at run time
      "--allow-write", // so are the places to get to
      // For scripts; and what says where bookmarks and history are kept: HOME
      // and XDG's on Linux, HOME on macOS, the others on Windows.
      "--allow-env=FTPC_PASSWORD,HOME,XDG_CONFIG_HOME,XDG_STATE_HOME," +
      "APPDATA,LOCALAPPDATA",
      // Its own files are used only where they belong to who runs it.
      "--allow-sys=uid",
      // `!command` in the shell, by sh; and a bookmark's password_command,
      // whose program the user names.
      "--allow-run",
    ],
    // Most runs are over before it is full: nothing is collected at all, which
    // is a tenth of the time of a short one. Of the old generation, the limit is
    // to be twice what was alive, and not four times: a get of 100,000 files was
    // measured to take 117 MiB at its peak instead of 152, and as long.
    engine: "--min-semi-space-size=8,--max-semi-space-size=8," +
      "--heap-growing-percent=100",
  },
];

interface Target {
  /** As Deno calls it. */
  readonly triple: string;
  /** As the file is called: `ftpd-linux-x64`. */
  readonly platform: string;
}

const TARGETS: readonly Target[] = [
  { triple: "x86_64-unknown-linux-gnu", platform: "linux-x64" },
  { triple: "aarch64-unknown-linux-gnu", platform: "linux-arm64" },
  { triple: "x86_64-apple-darwin", platform: "macos-x64" },
  { triple: "aarch64-apple-darwin", platform: "macos-arm64" },
  { triple: "x86_64-pc-windows-msvc", platform: "windows-x64" },
  { triple: "aarch64-pc-windows-msvc", platform: "windows-arm64" },
];

const root = path.resolve(import.meta.dirname ?? ".", "..");
const dist = path.join(root, "dist");
/** No header of the three formats reaches further. */
const HEADER_BYTES = 4096;

/** Why a program was not made. */
interface Failure {
  /** Deno has no base for the platform, or none that could be fetched. */
  readonly noBase: boolean;
  readonly why: string;
}

/**
 * Gather a program and what it imports in one file.
 * @returns The file; where the bundler cannot be had, the program as it is,
 * which starts more slowly and is the same in all else.
 */
async function bundle({ name, entry }: Program): Promise<string> {
  const file = path.join(dist, `${name}.js`);
  const bundler = new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--frozen", "--output", file, entry],
    cwd: root,
    clearEnv: true,
    env: environment(true),
    stdout: "inherit",
    stderr: "piped",
  });
  const { success, stderr } = await bundler.output();
  if (success) {
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, compiledAtOnce(text));
    return file;
  }
  const { why } = failureOf(new TextDecoder().decode(stderr));
  console.log(`${name} is compiled module by module: ${why}`);
  return entry;
}

/**
 * In a bundle, a module that may be imported later is a function. The engine
 * compiles a function in parentheses together with its file, and only what was
 * compiled then is in Deno's code cache: a twentieth of the time of a short run.
 */
export function compiledAtOnce(bundle: string): string {
  return bundle.replaceAll(
    /^(var \w+ = __esm\(\{\n {2}"[^"\n]+")\(\) \{\n((?:.*\n)*?) {2}\}\n\}\);$/gm,
    "$1: (function() {\n$2  })\n});",
  );
}

/** Compile one program. @returns What kept it from being made, if anything. */
async function compile(
  program: Program,
  entry: string,
  output: string,
  target?: Target,
): Promise<Failure | null> {
  const compiler = new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--quiet",
      "--no-prompt",
      "--frozen",
      "--exclude-unused-npm", // test packages stay out
      `--v8-flags=${program.engine}`,
      ...program.permissions,
      ...(target === undefined ? [] : ["--target", target.triple]),
      "--output",
      output,
      entry,
    ],
    cwd: root,
    clearEnv: true,
    env: environment(target === undefined),
    stdout: "inherit",
    stderr: "piped",
  });
  const { success, stderr } = await compiler.output();
  return success ? null : failureOf(new TextDecoder().decode(stderr));
}

/**
 * Ours, without colours. A base that DENORT_BIN names is for this machine: Deno
 * would take it for every platform, and write an executable of the wrong one.
 */
function environment(forThisMachine: boolean): Record<string, string> {
  const variables = Deno.env.toObject();
  if (!forThisMachine) delete variables.DENORT_BIN;
  return { ...variables, NO_COLOR: "1" };
}

/** The lines of Deno's error that say something, in one. */
export function failureOf(said: string): Failure {
  const lines = said.split("\n").map((line) => line.trim());
  const stack = lines.indexOf("Stack backtrace:");
  const told = (stack < 0 ? lines : lines.slice(0, stack)).filter((line) =>
    line !== "" && line !== "Caused by:"
  );
  if (told.some((line) => /invalid value .*--target/.test(line))) {
    return { noBase: true, why: "this Deno knows none" };
  }
  const base = told.findIndex((line) => /base binary/i.test(line));
  if (base < 0) return { noBase: false, why: told.join("\n") };
  const reason = told[base + 1] ?? told[base] ?? "";
  return { noBase: true, why: reason.replace(/^\d+: |^error: /, "") };
}

/** What an executable's first bytes say that it runs on: `linux-x64`. */
export function platformOf(header: Uint8Array): string | null {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const machine = (names: Record<number, string>, code: number) =>
    names[code] ?? null;
  if (header.length < 64) return null;
  if (view.getUint32(0) === 0x7f454c46) { // ELF: e_machine
    return machine(
      { 0x3e: "linux-x64", 0xb7: "linux-arm64" },
      view.getUint16(18, true),
    );
  }
  if (view.getUint32(0, true) === 0xfeedfacf) { // Mach-O: cputype
    return machine(
      { 0x01000007: "macos-x64", 0x0100000c: "macos-arm64" },
      view.getUint32(4, true),
    );
  }
  const pe = view.getUint32(60, true); // MZ: e_lfanew, then PE: Machine
  if (view.getUint16(0) !== 0x4d5a || pe + 6 > header.length) return null;
  if (view.getUint32(pe) !== 0x50450000) return null;
  return machine(
    { 0x8664: "windows-x64", 0xaa64: "windows-arm64" },
    view.getUint16(pe + 4, true),
  );
}

async function headerOf(file: string): Promise<Uint8Array> {
  using handle = await Deno.open(file);
  const header = new Uint8Array(HEADER_BYTES);
  return header.subarray(0, await handle.read(header) ?? 0);
}

async function compileHere(): Promise<number> {
  await Deno.mkdir(dist, { recursive: true });
  for (const program of PROGRAMS) {
    const { name } = program;
    const file = Deno.build.os === "windows" ? `${name}.exe` : name;
    const output = path.join(dist, file);
    const failure = await compile(program, await bundle(program), output);
    if (failure !== null) {
      console.error(failure.why);
      if (failure.noBase) {
        console.error("compile needs a base executable: let Deno fetch it, or");
        console.error("name one by DENORT_BIN");
      }
      return 1;
    }
    // A base that is none makes a file all the same.
    const started = await versionOf(output);
    if (!started.startsWith(`${name} `)) {
      console.error(
        `dist/${file} does not start: is its base for this machine?`,
      );
      return 1;
    }
    console.log(`dist/${file} (${started})`);
  }
  return 0;
}

/** What it says of itself; nothing where it does not start. */
async function versionOf(executable: string): Promise<string> {
  const command = new Deno.Command(executable, { args: ["--version"] });
  const ran = await command.output().catch(() => null);
  return new TextDecoder().decode(ran?.stdout).trim();
}

async function release(): Promise<number> {
  const folder = path.join(dist, "release");
  // What an earlier version left must not be taken for this one's.
  await Deno.remove(folder, { recursive: true }).catch(() => undefined);
  await Deno.mkdir(folder, { recursive: true });
  const sums: string[] = [];
  const leftOut: string[] = [];
  const programs: (Program & { readonly whole: string })[] = [];
  for (const program of PROGRAMS) {
    programs.push({ ...program, whole: await bundle(program) });
  }
  for (const target of TARGETS) {
    for (const program of programs) {
      const suffix = target.triple.includes("windows") ? ".exe" : "";
      const name = `${program.name}-${target.platform}${suffix}`;
      const output = path.join(folder, name);
      const here = target.triple === Deno.build.target;
      const failure = await compile(
        program,
        program.whole,
        output,
        here ? undefined : target,
      );
      if (failure?.noBase) {
        leftOut.push(`${target.platform}: no base executable: ${failure.why}`);
        break; // nor is there one for the other program
      }
      if (failure !== null) {
        console.error(`${name}: ${failure.why}`);
        return 1;
      }
      const platform = platformOf(await headerOf(output));
      if (platform !== target.platform) {
        console.error(`${name}: the base executable is one of ${platform}`);
        return 1;
      }
      const sum = createHash("sha256").update(await Deno.readFile(output));
      sums.push(`${sum.digest("hex")}  ${name}`);
      console.log(`dist/release/${name}`);
    }
  }
  const text = sums.map((line) => `${line}\n`).join("");
  await Deno.writeTextFile(path.join(folder, "SHA256SUMS"), text);
  for (const line of leftOut) console.log(`left out: ${line}`);
  console.log(
    `${sums.length} executables made; ` +
      `${leftOut.length} of ${TARGETS.length} platforms left out`,
  );
  return sums.length > 0 ? 0 : 1;
}

if (import.meta.main) {
  const [command] = Deno.args;
  if (command === "compile") Deno.exit(await compileHere());
  if (command === "release") Deno.exit(await release());
  console.error("usage: executables.ts compile|release");
  Deno.exit(2);
}
