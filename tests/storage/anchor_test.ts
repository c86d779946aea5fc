/**
 * When there is an anchor. permissions_test.ts runs it again where no links can
 * be made, which shows that homes are tested without one there.
 */
import assert from "node:assert/strict";
import { anchor, removeAnchor } from "../../lib/storage/anchor.ts";

Deno.test("there is an anchor where links can be made to /proc, and only there", async () => {
  const { state } = await Deno.permissions.query({ name: "write" });
  const can = state === "granted" && Deno.build.os === "linux";
  const link = anchor()?.link ?? null;
  assert.equal(link !== null, can);
  if (link === null) return;
  assert.equal(anchor()?.link, link);
  assert.equal(Deno.readLinkSync(link), "/proc/self/cwd");
  const folder = Deno.lstatSync(link.slice(0, link.lastIndexOf("/")));
  assert.equal((folder.mode ?? 0) & 0o777, 0o700);
  removeAnchor();
  assert.throws(() => Deno.lstatSync(link), Deno.errors.NotFound);
});
