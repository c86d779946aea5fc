/** get --remove-source removes what it got, and nothing that came since. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { connect } from "../../lib/client/mod.ts";
import { GetSide } from "../../lib/client/jobs/get_side.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { makeSite, startFtpd } from "../programs.ts";

const runtime = systemRuntime();
const { random, clock } = runtime;

Deno.test("a source that another one has replaced meanwhile stays", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const there = path.join(site.home, "alex", "a");
  await using client = await connect({
    ...{ runtime, hostname: "127.0.0.1", port: ftpd.port },
    ...{ username: "alex", password: "123" },
  });
  for (const replaced of [true, false]) {
    await Deno.writeTextFile(there, "what is got");
    const get = client.get.bind(client);
    client.get = async (...args) => {
      const receipt = await get(...args);
      if (replaced) await Deno.writeTextFile(there, "what came since, longer");
      return receipt;
    };
    const target = path.join(site.folder, `got-${replaced}`);
    const side = new GetSide({
      ...{ source: "a", target, checksum: "crc32", random, clock },
      ...{ keepTimes: true, keepModes: false, removeSource: true },
      ...{ shown: () => target, unfinished: new Set(), server: "" },
      ...{ restart: false, verify: false, tell: () => {}, onLeft: () => {} },
      memory: { known: () => undefined, done: () => {} },
    });
    const { size, mtimeNs, version } = await client.stat("a");
    const source = {
      ...{ path: [], kind: "file" as const, size, mtimeNs, mode: null },
      identity: version ?? "",
    };
    const signal = new AbortController().signal;
    const place = { client, signal, onBytes: () => {} };
    const done = side.file({ kind: "file", path: [], source }, place);
    if (replaced) await assert.rejects(done, { code: "file_changed" });
    else assert.equal((await done).kind, "done");
    assert.equal(await Deno.readTextFile(target), "what is got");
    const left = await Deno.readTextFile(there).catch(() => null);
    assert.equal(left, replaced ? "what came since, longer" : null);
    client.get = get;
  }
});
