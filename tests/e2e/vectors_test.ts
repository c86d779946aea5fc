/** The examples of PROTOCOL.md, replayed byte by byte to the real ftpd. */
import assert from "node:assert/strict";
import { decodeObject } from "../../lib/protocol/mod.ts";
import { makeSite, startFtpd } from "../programs.ts";
import { connected, loggedIn } from "../support/peer.ts";
import {
  firstByteCases,
  SESSIONS,
  type Step,
  steps,
} from "../support/vectors.ts";

for (const name of SESSIONS) {
  // Only pipelining's client may say all at once: the others take turns.
  const ways = name === "pipelining" ? ["step by step", "at once"] : [""];
  for (const way of ways) {
    Deno.test(`tests/vectors/${name}.json, ${way}`, async () => {
      await using site = await makeSite();
      await using ftpd = await startFtpd(...site.args);
      await using peer = await loggedIn(ftpd.port, "alex", "123");
      const all = steps(name);
      const atOnce = way === "at once";
      if (atOnce) {
        const said = all.filter((step) => step.from === "client");
        await peer.write(Uint8Array.fromHex(
          said.map((step) => step.hex).join(""),
        ));
      }
      for (const step of all) {
        if (step.from === "client") {
          if (!atOnce) await peer.write(Uint8Array.fromHex(step.hex));
          continue;
        }
        if ("closes" in step) {
          assert(await peer.closed());
          continue;
        }
        const part = await peer.part();
        assert(part, `the server closed where ${step.hex} was due`);
        if ("data" in step) {
          assert.equal(part.kind, "data");
          sameData(new TextDecoder().decode(part.payload), step);
          continue;
        }
        assert.equal(part.kind, "message");
        const message = decodeObject(part.payload);
        for (const [field, value] of Object.entries(step.expect)) {
          if (field === "status_msg" && message.status_code !== 200) continue;
          assert.deepEqual(message[field], value, `${step.text}: ${field}`);
        }
      }
    });
  }
}

function sameData(
  text: string,
  { data, expect_lines: lines }: Extract<
    Step,
    { readonly from: "server"; readonly data: string }
  >,
): void {
  if (lines === undefined) return assert.equal(text, data);
  const entries = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(entries.length, lines.length, text);
  for (const [at, fields] of lines.entries()) {
    for (const [field, value] of Object.entries(fields)) {
      assert.deepEqual(entries[at][field], value, `${text}: ${field}`);
    }
  }
}

Deno.test("strangers get a word that they understand", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  for (const { name, hex, reply_hex } of firstByteCases()) {
    await t.step(name, async () => {
      const conn = await Deno.connect({
        hostname: "127.0.0.1",
        port: ftpd.port,
      });
      try {
        await conn.write(Uint8Array.fromHex(hex));
        await conn.closeWrite();
        const reply = new Uint8Array(
          await new Response(conn.readable).arrayBuffer(),
        );
        assert(reply.toHex().startsWith(reply_hex), reply.toHex());
      } finally {
        try {
          conn.close();
        } catch {
          // its stream has closed it
        }
      }
    });
  }
  await using peer = await connected(ftpd.port);
  await peer.write(Uint8Array.fromHex("0100000001"));
  assert.equal((await peer.message()).status_code, 212);
  assert(await peer.closed());
});
