/**
 * The client as a library, against a server that does what the test says:
 * pipelining within the server's limits, cancelling, pings, the end.
 */
import assert from "node:assert/strict";
import {
  ClientError,
  type FtpClient,
  type Source,
} from "../../lib/client/mod.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { startLiar, type Victim } from "../liars/liar.ts";
import { HandClock } from "../support/hand_clock.ts";
import { bytesSource, connected, Pieces } from "./connected.ts";
import { heldRuntime, passUntil } from "./held_time.ts";

const BODY = new TextEncoder().encode("the body of a file\n");

Deno.test("requests go ahead as far as the hello allows", async (t) => {
  const message = '{"action":"stat","filename":"a","id":4}';
  const cases = [
    { requests_ahead: 3, bytes_ahead: 262_144, sent: 3 },
    { requests_ahead: 1, bytes_ahead: 262_144, sent: 1 },
    { requests_ahead: 1024, bytes_ahead: message.length * 4, sent: 4 },
    { requests_ahead: 1024, bytes_ahead: 1, sent: 1 },
    { requests_ahead: 1024, bytes_ahead: 262_144, sent: 6 },
  ];
  for (const { sent, ...limits } of cases) {
    await t.step(JSON.stringify(limits), async () => {
      const ahead = Promise.withResolvers<number>();
      await using liar = startLiar(async (victim) => {
        await victim.letIn({ hello: { limits } });
        const ids: unknown[] = [];
        let message = await victim.message();
        // The ping is sent at once, so it comes behind all that could be sent.
        for (; message.action !== "ping"; message = await victim.message()) {
          ids.push(message.id);
        }
        ahead.resolve(ids.length);
        await victim.send({ action: "pong", token: message.token });
        for (let answered = 0; answered < 6; answered++) {
          const id = ids.shift() ?? (await victim.message()).id;
          await victim.send({ ...STAT, id });
        }
        await victim.left();
      });
      await using client = await connected(liar);
      const stats = [..."abcdef"].map((name) => client.stat(name));
      await new Promise((resolve) => setTimeout(resolve, 0)); // all are sent
      await client.ping();
      assert.equal(await ahead.promise, sent);
      for (const { size } of await Promise.all(stats)) assert.equal(size, 7);
    });
  }
});

const STAT = { status_code: 200, type: "file", size: 7, mtime: "1" };

Deno.test("puts go ahead of their answers, and wait for the bodies of gets", async () => {
  const order: unknown[] = [];
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    const answers = [await victim.takePut(), await victim.takePut()];
    order.push("two puts");
    await victim.send(...answers);
    await victim.serve(BODY);
    order.push("a get");
    await victim.send(await victim.takePut());
    order.push("a put");
    await victim.left();
  });
  await using client = await connected(liar);
  await Promise.all([
    client.put(bytesSource(BODY), "1"),
    client.put(bytesSource(BODY), "2"),
    client.get("1", () => new Pieces()),
    client.put(bytesSource(BODY), "3"),
  ]);
  assert.deepEqual(order, ["two puts", "a get", "a put"]);
});

Deno.test("a small source that fails, or is given up, sends nothing; the others go on", async () => {
  const names: unknown[] = [];
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    for (let put = 0; put < 3; put++) {
      const { id, filename } = await victim.request();
      names.push(filename);
      const { size, checksum } = await victim.bodyEnd();
      await victim.send({ id, status_code: 200, size, checksum });
    }
    await victim.left();
  });
  await using client = await connected(liar);
  const broken: Source = {
    size: 5,
    read: () => Promise.reject(new ClientError("local_failed", "a", "b")),
  };
  const given = new AbortController();
  const slow: Source = {
    size: 5,
    read: () => {
      given.abort();
      return Promise.resolve(0);
    },
  };
  const { signal } = given;
  const results = await Promise.allSettled([
    client.put(bytesSource(BODY), "1"),
    client.put(broken, "2"),
    client.put(bytesSource(BODY), "3"),
    client.put(slow, "4", { signal }),
    client.put(bytesSource(BODY), "5"),
  ]);
  assert.deepEqual(names, ["1", "3", "5"]);
  const codes = results.map((one) =>
    one.status === "fulfilled" ? "" : one.reason.code
  );
  assert.deepEqual(codes, ["", "local_failed", "", "cancelled", ""]);
});

Deno.test("a transfer tells its progress, and what it was", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    await victim.serve(BODY);
    await victim.send(await victim.takePut());
    await victim.left();
  });
  await using client = await connected(liar);
  const told: (number | null)[][] = [];
  const onProgress = (bytes: number, total: number | null) => {
    told.push([bytes, total]);
  };
  const sink = new Pieces();
  const got = await client.get("a", () => sink, { onProgress });
  assert.deepEqual(sink.bytes, BODY);
  const checksum = "crc32:" + got.checksum.slice("crc32:".length);
  assert.deepEqual(
    { ...got, seconds: 0 },
    {
      name: "a",
      bytes: BODY.length,
      seconds: 0,
      checksum,
      mtimeNs: 1_764_000_000_000_000_000n,
      version: null,
    },
  );
  assert.deepEqual(told.splice(0).at(-1), [BODY.length, BODY.length]);
  const put = await client.put(bytesSource(BODY), "b", { onProgress });
  assert.equal(put.checksum, checksum);
  assert.deepEqual(told.at(-1), [BODY.length, BODY.length]);
});

Deno.test("a signal that fired before sends nothing", async () => {
  const asked: unknown[] = [];
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    while (true) {
      const { action, id } = await victim.message();
      asked.push(action);
      await victim.send({ id, status_code: 200 });
    }
  });
  const client = await connected(liar);
  const signal = AbortSignal.abort();
  const cancelled = { code: "cancelled" };
  await assert.rejects(client.stat("a", { signal }), cancelled);
  await assert.rejects(
    client.get("a", () => new Pieces(), { signal }),
    cancelled,
  );
  await assert.rejects(
    client.put(bytesSource(BODY), "a", { signal }),
    cancelled,
  );
  await client.quit();
  assert.deepEqual(asked, ["quit"]);
});

Deno.test("a cancelled transfer leaves the connection as good as before", async (t) => {
  const cases: {
    name: string;
    serve: (victim: Victim, cancel: () => void) => Promise<void>;
    transfer: (client: FtpClient, signal: AbortSignal) => Promise<unknown>;
  }[] = [
    {
      name: "a get that waits for its answer",
      async serve(victim, cancel) {
        const { id } = await victim.request();
        cancel();
        assert.deepEqual(await victim.message(), { action: "cancel", id });
        await victim.send({ id, status_code: 213 });
      },
      transfer: (client, signal) =>
        client.get("a", () => new Pieces(), { signal }),
    },
    {
      name: "a get in the midst of its body",
      async serve(victim, cancel) {
        const { id } = await victim.request();
        await victim.send({ id, status_code: 200, size: 1000, mtime: "1" });
        await victim.data(BODY);
        cancel();
        assert.deepEqual(await victim.message(), { action: "cancel", id });
        await victim.data(BODY);
        await victim.send({ action: "abort", id, status_code: 213 });
      },
      transfer: (client, signal) =>
        client.get("a", () => new Pieces(), { signal }),
    },
    {
      name: "a put that waits for its source",
      async serve(victim, cancel) {
        const { id } = await victim.request();
        cancel();
        assert.equal((await victim.bodyEnd()).action, "abort");
        await victim.send({ id, status_code: 214 });
      },
      transfer: (client, signal) => client.put(endless(), "a", { signal }),
    },
    {
      name: "a put that waits for its answer",
      async serve(victim, cancel) {
        const { id } = await victim.takePut();
        cancel();
        assert.deepEqual(await victim.message(), { action: "cancel", id });
        await victim.send({ id, status_code: 213 });
      },
      transfer: (client, signal) =>
        client.put(bytesSource(BODY), "a", { signal }),
    },
    {
      name: "a stat",
      async serve(victim, cancel) {
        const { id } = await victim.request();
        cancel();
        assert.deepEqual(await victim.message(), { action: "cancel", id });
        await victim.send({ id, status_code: 213 });
      },
      transfer: (client, signal) => client.stat("a", { signal }),
    },
  ];
  for (const { name, serve, transfer } of cases) {
    await t.step(name, async () => {
      const controller = new AbortController();
      const served = Promise.withResolvers<void>();
      served.promise.catch(() => {}); // awaited below
      await using liar = startLiar(async (victim) => {
        await victim.letIn();
        try {
          await serve(victim, () => controller.abort());
          served.resolve();
        } catch (error) {
          served.reject(error);
        }
        await victim.serve(BODY);
        await victim.left();
      });
      await using client = await connected(liar);
      await assert.rejects(transfer(client, controller.signal), {
        code: "cancelled",
      });
      await served.promise;
      const sink = new Pieces();
      await client.get("next", () => sink);
      assert.deepEqual(sink.bytes, BODY);
      assert(client.alive);
    });
  }
});

Deno.test("a cancel that a server does not heed ends the connection", async (t) => {
  const cases: {
    name: string;
    serve: (victim: Victim, cancel: () => void) => Promise<void>;
    transfer: (client: FtpClient, signal: AbortSignal) => Promise<unknown>;
  }[] = [
    {
      name: "silence",
      async serve(victim, cancel) {
        await victim.request();
        cancel();
        await victim.silence();
      },
      transfer: (client, signal) =>
        client.get("a", () => new Pieces(), { signal }),
    },
    {
      name: "a body that goes on and on",
      async serve(victim, cancel) {
        const { id } = await victim.request();
        await victim.send({ id, status_code: 200, size: 1e15, mtime: "1" });
        await victim.data(BODY);
        cancel();
        while (true) await victim.data(new Uint8Array(1 << 20));
      },
      transfer: (client, signal) =>
        client.get("a", () => new Pieces(), { signal }),
    },
    {
      name: "notices that go on and on",
      async serve(victim, cancel) {
        const { id } = await victim.request();
        cancel();
        while (true) await victim.send({ action: "progress", id });
      },
      transfer: (client, signal) => client.stat("a", { signal }),
    },
    {
      name: "a put that is not read",
      async serve(victim, cancel) {
        await victim.request();
        cancel();
        await victim.idle();
      },
      transfer: (client, signal) =>
        client.put(bytesSource(new Uint8Array(24 << 20)), "a", { signal }),
    },
  ];
  for (const { name, serve, transfer } of cases) {
    await t.step(name, async () => {
      const controller = new AbortController();
      await using liar = startLiar(async (victim) => {
        await victim.letIn();
        await serve(victim, () => controller.abort());
      });
      const clock = new HandClock();
      await using client = await connected(liar, heldRuntime(clock));
      const ended = transfer(client, controller.signal);
      await new Promise((resolve) =>
        controller.signal.addEventListener("abort", resolve)
      );
      await passUntil(clock, ended, 30_000);
      await assert.rejects(ended, { code: "cancelled" });
      assert.equal(client.alive, false);
    });
  }
});

Deno.test("ping: its own pong, its signal, and silence", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    const { token } = await victim.message();
    await victim.send({ action: "pong" }, { action: "pong", token: "x" });
    await victim.send({ action: "pong", token }, {
      action: "ping",
      token: "t",
    });
    assert.deepEqual(await victim.message(), { action: "pong", token: "t" });
    await victim.message();
    await victim.silence();
  });
  const clock = new HandClock();
  await using client = await connected(liar, heldRuntime(clock));
  await client.ping();
  await assert.rejects(client.ping(AbortSignal.abort()), { code: "cancelled" });
  const silent = client.ping();
  await passUntil(clock, silent, 120_000);
  await assert.rejects(silent, { code: "connection_lost" });
  await assert.rejects(client.ping(), { code: "connection_lost" });
});

Deno.test("a server that pings and reads no pong is cut off", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    const token = "t".repeat(64);
    while (true) {
      await victim.send(...Array(1000).fill({ action: "ping", token }));
    }
  });
  await using client = await connected(liar);
  await assert.rejects(client.stat("a"), { code: "protocol" });
});

Deno.test("after goaway no request is sent; those before are answered", async () => {
  const asked: unknown[] = [];
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    const { id } = await victim.message();
    await victim.send({ action: "goaway", status_code: 247, last_id: id });
    await victim.send({ ...STAT, id });
    asked.push((await victim.message()).action);
  });
  const client = await connected(liar);
  assert.equal((await client.stat("a")).size, 7);
  assert.equal(client.alive, false);
  await assert.rejects(client.stat("b"), {
    code: "connection_lost",
    message: "stat b: The server is ending",
  });
  await client.quit();
  assert.deepEqual(asked, []);
});

Deno.test("quit waits for what is under way, and then says goodbye", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    const answer = await victim.takePut();
    assert.equal((await victim.message()).action, "quit");
    await victim.send(answer);
    await victim.send({ id: Number(answer.id) + 1, status_code: 200 });
  });
  const client = await connected(liar);
  const put = client.put(bytesSource(BODY), "a");
  await client.quit();
  assert.equal((await put).bytes, BODY.length);
  await client.quit(); // once more does no harm
});

Deno.test("the hello and the first step of a login wait for no answer", async () => {
  const asked: unknown[] = [];
  await using liar = startLiar(async (victim) => {
    const hello = await victim.message();
    const first = await victim.message();
    asked.push(hello.action, first.action, first.username);
    await victim.send({ id: hello.id, status_code: 209, status_msg: "no" });
    await victim.left();
  });
  await assert.rejects(connected(liar), { code: "protocol", statusCode: 209 });
  assert.deepEqual(asked, ["hello", "login", "alex"]);
});

Deno.test("connect: its signal ends the dialling and the login", async () => {
  const controller = new AbortController();
  await using liar = startLiar(async (victim) => {
    await victim.greet();
    controller.abort();
    await victim.silence();
  });
  const interrupted = { code: "interrupted" };
  await assert.rejects(
    connected(liar, systemRuntime(), AbortSignal.abort()),
    interrupted,
  );
  await assert.rejects(
    connected(liar, systemRuntime(), controller.signal),
    interrupted,
  );
});

Deno.test("a name that no request can hold is refused, with nothing sent", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    await victim.left();
  });
  await using client = await connected(liar);
  await assert.rejects(client.stat("x".repeat(70_000)), { code: "refused" });
  assert(client.alive);
});

/** A source that gives something, and then waits until it is not wanted. */
function endless() {
  let pieces = 4; // more than is gathered before it is written
  return {
    size: null,
    async read(into: Uint8Array, signal?: AbortSignal): Promise<number> {
      if (pieces-- > 0) return into.length;
      return await new Promise<never>((_, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason))
      );
    },
  };
}
