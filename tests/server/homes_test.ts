/** Homes: opened once, shared, tried again, and waited for by nobody for ever. */
import assert from "node:assert/strict";
import { readAccounts } from "../../lib/accounts/mod.ts";
import { Homes } from "../../lib/server/mod.ts";
import { MemoryHome } from "../../lib/storage/memory.ts";
import { HandClock, settled } from "../support/hand_clock.ts";

const { accounts } = await readAccounts(
  "[alex]\npassword = 1\n[test]\npassword = 2\n",
  { file: "accounts.ini" },
);
const [alex, test] = accounts.values();
assert(alex && test);
const options = {
  runtime: {
    clock: new HandClock(),
    random: { bytes: (length: number) => new Uint8Array(length) },
  },
  partTtlMs: 1000,
  partsMax: 4,
};
const home = () => new MemoryHome({ clock: new HandClock() });
const { signal } = new AbortController();

Deno.test("a home is opened once for all sessions of its account", async () => {
  let opened = 0;
  const homes = new Homes(async () => {
    opened++;
    await settled();
    return home();
  }, options);
  const [one, two, other] = await Promise.all([
    homes.of(alex, signal),
    homes.of(alex, signal),
    homes.of(test, signal),
  ]);
  assert(one === two && one !== other);
  assert(await homes.of(alex, signal) === one);
  assert.equal(opened, 2);
});

Deno.test("a home that failed to open is tried again at the next login", async () => {
  const broken = new Error("no such disk");
  let fails = 2;
  const homes = new Homes(
    () => fails-- > 0 ? Promise.reject(broken) : Promise.resolve(home()),
    options,
  );
  await assert.rejects(homes.of(alex, signal), broken);
  await assert.rejects(homes.of(alex, signal), broken);
  assert(await homes.of(alex, signal));
});

Deno.test("who waits for a home that hangs can give up; others wait on", async () => {
  const opening = Promise.withResolvers<MemoryHome>();
  const homes = new Homes(
    ({ name }) => name === "alex" ? opening.promise : Promise.resolve(home()),
    options,
  );
  const giving = new AbortController();
  const given = homes.of(alex, giving.signal);
  const patient = homes.of(alex, signal);
  giving.abort(new Error("enough"));
  await assert.rejects(given, { code: "aborted" });
  await assert.rejects(homes.of(alex, giving.signal), { code: "aborted" });
  assert(await homes.of(test, signal), "another account is not concerned");
  opening.resolve(home());
  assert(await patient);
});
