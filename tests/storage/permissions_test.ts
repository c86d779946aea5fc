/**
 * The same tests of homes with no more permissions than ftpd has, where the
 * runtime opens files in another way (lib/storage/anchor.ts), and with so few
 * that there can be no anchor: as on systems without /proc.
 */
import assert from "node:assert/strict";

const here = import.meta.dirname ?? ".";
const top = `${here}/../..`;

async function pass(permissions: string[], files: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--no-check", "--no-prompt", "--frozen", ...permissions],
      ...files.map((file) => `${here}/${file}`),
    ],
    cwd: top,
    env: { NO_COLOR: "1" },
  }).output();
  const said = [stdout, stderr].map((one) => new TextDecoder().decode(one))
    .join("");
  assert.ok(success, said);
  return said;
}

Deno.test("homes work with what ftpd is allowed: reading and writing", async () => {
  const files = ["home_test.ts", "links_test.ts"];
  const said = await pass(["--allow-read", "--allow-write"], files);
  assert.match(said, /a quick disk \.\.\. ok/);
});

Deno.test("homes work without an anchor, as where there is no /proc", async () => {
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "ftpd-test-" }),
  );
  const temporary = folder.slice(0, folder.lastIndexOf("/"));
  try {
    // Permissions for some folders only do not let a link be made.
    const said = await pass([
      `--allow-read=${temporary},${await Deno.realPath(top)}`,
      `--allow-write=${temporary}`,
    ], ["home_test.ts", "anchor_test.ts"]);
    assert.match(said, /a quick disk \.\.\. ok/);
    assert.match(said, /and only there \.\.\. ok/);
  } finally {
    await Deno.remove(folder);
  }
});
