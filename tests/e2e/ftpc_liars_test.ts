/**
 * The real ftpc against a server that lies (tests/liars has all lies, run on
 * its main()): exit codes as a shell sees them, and bounded memory.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { type Liar, startLiar } from "../liars/liar.ts";
import { LIES } from "../liars/lies.ts";
import { asAlex, commandOf, runFtpc } from "../programs.ts";

/** One of each kind of end. */
const TOLD = [
  "a wrong proof of the password",
  "a billion iterations",
  "full, in steering words",
  "another protocol: a web server",
  "another protocol: TLS",
  "the connection closed in the midst of the body",
  "a wrong checksum",
  "a size with one byte less",
  "steering words",
  "a frame of 4 GiB",
  "refused at once, in steering words",
  "another checksum",
];

for (const name of TOLD) {
  const lie = LIES.find((lie) => lie.name === name);
  assert(lie, name);
  Deno.test(`ftpc and ${name}`, async () => {
    await using liar = startLiar((victim) => lie.tell(victim));
    const folder = await Deno.makeTempDir({ prefix: "ftpc-liar-" });
    const file = path.join(folder, "file");
    await Deno.writeTextFile(file, "before");
    await Deno.truncate(file, 24 * 1024 * 1024);
    const ran = await runFtpc([...asAlex(liar), lie.verb, "file"], {
      cwd: folder,
    });
    assert.equal(ran.code, lie.code, ran.stderr);
    assert.match(ran.stderr, /^ftpc: [^\p{Cc}\u2028-\u202e\u2066-\u2069]*\n$/u);
    assert.match(ran.stderr, lie.says);
    assert.equal(ran.stdout, "");
    assert.deepEqual([...Deno.readDirSync(folder)].map((e) => e.name), [
      "file",
    ]);
    const { size } = await Deno.stat(file);
    assert.equal(size, 24 * 1024 * 1024, "what was there is there");
    await Deno.remove(folder, { recursive: true });
  });
}

/**
 * What it may take beyond a plain start, whatever a server sends: a seventh of
 * the flood. Below that the collector does as it likes; 40 to 90 MiB was seen.
 */
const MORE_KIB_MAX = 300 * 1024;
/** Sent before the look at its memory. */
const FLOOD_BYTES = 2_000 * 1024 * 1024;

const FLOODS: readonly {
  readonly name: string;
  readonly flood: (liar: Flooding) => Promise<void>;
}[] = [
  {
    name: "a body of 1 PiB",
    async flood({ victim, enough }) {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 200, size: 2 ** 50, mtime: "1" });
      const chunk = new Uint8Array(1 << 20);
      while (!enough(chunk.length)) await victim.data(chunk);
    },
  },
  {
    name: "notices without end",
    async flood({ victim, enough }) {
      const { id } = await victim.request();
      const notices = Array(20).fill({
        action: "progress",
        id,
        more: "x".repeat(60_000),
      });
      while (!enough(20 * 60_000)) await victim.send(...notices);
    },
  },
];

interface Flooding {
  readonly victim: Parameters<Parameters<typeof startLiar>[0]>[0];
  /** Count what is sent. @returns Whether it was enough. */
  enough(bytes: number): boolean;
}

for (const { name, flood } of FLOODS) {
  Deno.test({
    name: `memory stays bounded under ${name}`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const idle = await peakOf(async ({ victim }) => {
        await victim.request();
      });
      const flooded = await peakOf(flood);
      assert(
        flooded - idle < MORE_KIB_MAX,
        `${idle} KiB at rest, ${flooded} KiB under ${name}`,
      );
    },
  });
}

/** The peak of ftpc's memory, in KiB, once the flood has come. */
async function peakOf(
  flood: (flooding: Flooding) => Promise<void>,
): Promise<number> {
  const flooded = Promise.withResolvers<void>();
  await using liar: Liar = startLiar(async (victim) => {
    await victim.letIn();
    let sent = 0;
    const enough = (bytes: number) => (sent += bytes) >= FLOOD_BYTES;
    await flood({ victim, enough });
    flooded.resolve();
    await victim.silence();
  });
  const [command, before] = commandOf("ftpc");
  const ftpc = new Deno.Command(command, {
    args: [...before, ...asAlex(liar), "get", "x", "-"],
    ...{ stdin: "null", stdout: "null", stderr: "null" } as const,
  }).spawn();
  await flooded.promise;
  const status = await Deno.readTextFile(`/proc/${ftpc.pid}/status`);
  ftpc.kill("SIGKILL");
  await ftpc.status;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}
