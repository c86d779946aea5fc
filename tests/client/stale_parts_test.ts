/**
 * What gets have left beside their targets: it goes when it is old, and never
 * while somebody is at it, whatever the clock does.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { openKept, partsIn } from "../../lib/client/local/kept_part.ts";
import { removeStaleParts } from "../../lib/client/local/stale_parts.ts";
import { openTarget } from "../../lib/client/local/target.ts";
import { type Runtime, systemRuntime } from "../../lib/runtime/mod.ts";
import { startLiar, type Victim } from "../liars/liar.ts";
import { asAlex } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { settled } from "../hostile/watched_ftpd.ts";
import { endOf } from "../support/peer.ts";
import { Desk } from "./desk.ts";

const { random } = systemRuntime();
const BYTES = new TextEncoder().encode("bytes");
/** More than what is written in one go. */
const LARGE = randomBytes(900_000);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Left {
  readonly name: string;
  readonly hours: number;
  readonly stays: boolean;
}

const LEFT: readonly Left[] = [
  { name: ".ftpc-0123456789abcdef", hours: 26, stays: false },
  { name: ".ftpc-0123456789abcde0", hours: 24.9, stays: true },
  { name: ".ftpc-0123456789abcde", hours: 26, stays: true },
  { name: ".ftpc-0123456789ABCDEF", hours: 26, stays: true },
  // A pair, which is kept for seven days from its last byte on.
  { name: ".ftpc-1123456789abcdef", hours: 167, stays: true },
  { name: ".ftpc-1123456789abcdef.j", hours: 200, stays: true },
  { name: ".ftpc-2123456789abcdef", hours: 169, stays: false },
  { name: ".ftpc-2123456789abcdef.j", hours: 169, stays: false },
  { name: ".ftpc-3123456789abcdef.j", hours: 169, stays: false },
  { name: ".ftpc-4123456789abcdef.j", hours: 26, stays: true },
  // Of a clock that was set back.
  { name: ".ftpc-5123456789abcdef", hours: -24, stays: true },
  { name: "file", hours: 26, stays: true },
];

async function leave(
  folder: string,
  left: readonly Left[],
  now: Date,
): Promise<void> {
  for (const { name, hours } of left) {
    const time = new Date(now.getTime() - hours * HOUR_MS);
    await Deno.writeFile(path.join(folder, name), BYTES);
    await Deno.utime(path.join(folder, name), time, time);
  }
}

const staying = (left: readonly Left[]) =>
  left.filter(({ stays }) => stays).map(({ name }) => name);

Deno.test("parts of gets that were killed go; all else stays", async () => {
  await using place = await makePlace();
  const now = new Date("2026-01-02T03:04:05Z");
  await leave(place.folder, LEFT, now);
  const folder = ".ftpc-aaaaaaaaaaaaaaaa";
  await Deno.mkdir(path.join(place.folder, folder));
  const time = new Date(now.getTime() - 200 * HOUR_MS);
  await Deno.utime(path.join(place.folder, folder), time, time);
  const all = removeStaleParts(place.folder, now, random);
  assert.deepEqual([...all].sort(), [...LEFT.map(nameOf), folder].sort());
  assert.deepEqual(place.names(), [...staying(LEFT), folder].sort());
  removeStaleParts(path.join(place.folder, "no such folder"), now, random);
});

Deno.test({
  name: "parts of somebody else stay, however old",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  fn: async () => {
    await using place = await makePlace();
    const now = new Date();
    await leave(place.folder, LEFT, now);
    for (const { name } of LEFT) {
      await Deno.chown(path.join(place.folder, name), 65534, 65534);
    }
    removeStaleParts(place.folder, now, random);
    assert.deepEqual(place.names(), LEFT.map(nameOf).sort());
  },
});

/** The system's, but for the date: that is as far off as a test says. */
class JumpingClock {
  aheadMs = 0;
  readonly runtime: Runtime;

  constructor() {
    const system = systemRuntime();
    this.runtime = {
      ...system,
      clock: {
        monotonicMs: () => system.clock.monotonicMs(),
        date: () => new Date(system.clock.date().getTime() + this.aheadMs),
      },
    };
  }
}

/** The second half of `slow` comes only when it is told to. */
async function serve(victim: Victim, goOn: Promise<void>): Promise<void> {
  await victim.letIn();
  while (true) {
    const { id, action, filename } = await victim.request();
    if (action !== "get") {
      await victim.send({ id, status_code: 200, type: "file", size: 5 });
      continue;
    }
    const slow = filename === "slow";
    const bytes = slow ? LARGE : BYTES;
    const size = bytes.length;
    await victim.send({ id, status_code: 200, size, mtime: "1764000000" });
    await victim.data(bytes.slice(0, size / 2));
    if (slow) await goOn;
    await victim.data(bytes.slice(size / 2));
    await victim.send({ action: "end", id, ...endOf(bytes) });
  }
}

Deno.test("a clock that jumps by a day takes no part that is young, or alive", async () => {
  await using place = await makePlace();
  const { folder } = place;
  const goOn = Promise.withResolvers<void>();
  await using liar = startLiar((victim) => serve(victim, goOn.promise));
  using _goesOn = { [Symbol.dispose]: () => goOn.resolve() };
  const clock = new JumpingClock();
  const get = (name: string) => {
    const { runtime } = clock;
    const script = `lcd ${folder}; get ${name}`;
    return new Desk({ runtime }).run(...asAlex(liar), "-c", script);
  };
  const slow = get("slow");
  await settled(() => place.names().length > 0 ? null : "nothing comes");
  assert.match(place.names().join(), /^\.ftpc-[0-9a-f]{16}$/);

  // One of each kind that this process writes, and what two others have left.
  using alive = openTarget(path.join(folder, "t"), "t", random);
  const origin = {
    ...{ server: "s:1", username: "u", remote: "/k", target: "k" },
    identity: "v",
  };
  const kept = { target: path.join(folder, "k"), name: "k", origin, random };
  using pair = openKept(kept, null);
  await pair.write(BYTES);
  await pair.mark({ offset: 5, checksum: "crc32:00000000" });
  await leave(folder, [
    { name: ".ftpc-0123456789abcdef", hours: 0.5, stays: true },
    { name: ".ftpc-1123456789abcdef", hours: 120, stays: true },
    { name: ".ftpc-1123456789abcdef.j", hours: 120, stays: true },
  ], new Date());
  const before = place.names();
  assert.equal(before.length, 7);

  // To and fro, and the other way round.
  for (const days of [1, 0, -1, 0, -1, 1, 0]) {
    clock.aheadMs = days * DAY_MS;
    const { code, stderr } = await get("quick");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(place.names(), [...before, "quick"].sort(), `${days}`);
  }

  // Those who were at it have lost nothing.
  clock.aheadMs = DAY_MS;
  goOn.resolve();
  const { code, stderr } = await slow;
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(await Deno.readFile(path.join(folder, "slow")), LARGE);
  await alive.write(BYTES);
  alive.commit(undefined);
  await pair.write(BYTES);
  pair[Symbol.dispose]();
  assert.equal(partsIn(folder, random).get("k")?.[0]?.mark.offset, 5);

  // And what is old goes, by the right time of day.
  clock.aheadMs = 0;
  await leave(folder, LEFT, new Date());
  assert.equal((await get("quick")).code, 0);
  const names = new Set(place.names());
  for (const { name, stays } of LEFT) {
    assert.equal(names.has(name), stays, name);
  }
});

function nameOf({ name }: Left): string {
  return name;
}

async function makePlace() {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-target-" });
  return {
    folder,
    names: () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
