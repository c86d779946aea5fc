/**
 * Requests of all kinds without end on one connection, and answers that are
 * read as they come: each is answered, in order, by what it was. A million of
 * them where LONG is set.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as path from "node:path";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { makeSite, startFtpdFor } from "../programs.ts";
import { Dice } from "../support/dice.ts";
import { loggedIn, messageFrame, type Peer } from "../support/peer.ts";

const LONG = Deno.env.get("LONG") !== undefined;
const REQUESTS = LONG ? 1_000_000 : 10_000;
/** A peer gives up after a minute: this many go over one connection. */
const REQUESTS_EACH = 2_000;
const AT_ONCE = 500;
/** Minutes, on a machine that has nothing else to do. */
const MS_MAX = 2 * 60 * 60_000;
const NAMES = 20;

/** What is there, as it has to be when a request's turn comes. */
class Model {
  readonly #folders = new Set<string>();

  /** @returns A request, and the status that is due. */
  next(dice: Dice): [JsonObject, number] {
    const filename = `f${dice.below(NAMES)}`;
    const there = this.#folders.has(filename);
    switch (dice.below(6)) {
      case 0:
        this.#folders.add(filename);
        return [{ action: "mkdir", filename }, there ? 225 : 200];
      case 1:
        this.#folders.delete(filename);
        return [{ action: "rm", filename, recursive: true }, there ? 200 : 220];
      case 2:
        return [{ action: "list", filename }, there ? 200 : 220];
      case 3: {
        const target = `${filename}/in`; // into itself
        return [{ action: "mv", filename, target }, there ? 225 : 220];
      }
      case 4:
        return [{ action: "rm", filename }, there ? 221 : 220];
      default:
        return [{ action: "stat", filename }, there ? 200 : 220];
    }
  }

  get names(): string[] {
    return [...this.#folders].sort();
  }
}

async function answered(
  peer: Peer,
  id: number,
  request: JsonObject,
  status: number,
) {
  const shown = () => JSON.stringify([request, answer]);
  let answer = await peer.message();
  while (answer.action === "progress") answer = await peer.message();
  assert.deepEqual([answer.id, answer.status_code], [id, status], shown());
  if (request.action !== "list" || status !== 200) return;
  const end = await peer.bodyEnd();
  assert.deepEqual([end.action, end.entries], ["end", 0], shown());
}

Deno.test(`${REQUESTS} pipelined requests of all kinds are answered in order`, async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpdFor(MS_MAX, site.args);
  const dice = new Dice(7);
  const model = new Model();
  for (let done = 0; done < REQUESTS; done += REQUESTS_EACH) {
    await using peer = await loggedIn(ftpd.port, "alex", "123");
    for (let sent = 0; sent < REQUESTS_EACH; sent += AT_ONCE) {
      const due = Array.from({ length: AT_ONCE }, () => {
        const [request, status] = model.next(dice);
        return { id: peer.nextId(), request, status };
      });
      const frames = due.map(({ id, request }) =>
        messageFrame({ id, ...request })
      );
      const written = peer.write(Buffer.concat(frames));
      for (const { id, request, status } of due) {
        await answered(peer, id, request, status);
      }
      await written;
    }
  }
  const home = [...Deno.readDirSync(path.join(site.home, "alex"))];
  const names = home.map(({ name }) => name).filter((one) => one !== ".ftpd");
  assert.deepEqual(names.sort(), model.names);
});
