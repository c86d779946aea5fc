/** Good frames with bad or strange messages in them: the session goes on. */
import assert from "node:assert/strict";
import { makeSite } from "../programs.ts";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { encodeFrame } from "../../lib/framing/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { endOf } from "../support/peer.ts";
import { eachUnharmed, Watched, WITNESS } from "./watched_ftpd.ts";

const encoder = new TextEncoder();

/** In each, ID stands for the next id, `gets` for the answer's status. */
const STRANGE: readonly {
  readonly name: string;
  readonly says: string;
  readonly gets: number;
  /** The id that the answer carries, where it is not the request's. */
  readonly id?: null;
}[] = [
  { name: "an empty object", says: "{}", gets: 202, id: null },
  { name: "no action", says: '{"id":ID}', gets: 202 },
  {
    name: "no id",
    says: '{"action":"stat","filename":"a"}',
    gets: 202,
    id: null,
  },
  { name: "an action of no kind", says: '{"id":ID,"action":null}', gets: 202 },
  {
    name: "an action in a list",
    says: '{"id":ID,"action":["stat"]}',
    gets: 202,
  },
  { name: "an unknown action", says: '{"id":ID,"action":"STAT"}', gets: 201 },
  ...["__proto__", "constructor", "toString", "hasOwnProperty"].map((name) => ({
    name: `the action ${name}`,
    says: `{"id":ID,"action":"${name}"}`,
    gets: 201,
  })),
  {
    name: "__proto__ as a key",
    says: '{"id":ID,"action":"stat","__proto__":{"filename":"witness"}}',
    gets: 202,
  },
  {
    name: "__proto__ and constructor beside all that is needed",
    says: '{"id":ID,"action":"stat","filename":"witness",' +
      '"__proto__":{"id":1},"constructor":{"prototype":{"size":1}}}',
    gets: 200,
  },
  {
    name: "a key twice: the last one counts",
    says: '{"id":ID,"action":"stat","filename":"no","filename":"witness"}',
    gets: 200,
  },
  {
    name: "an unknown field 30,000 deep",
    says: `{"id":ID,"action":"stat","filename":"witness","deep":${
      "[".repeat(30_000) + "]".repeat(30_000)
    }}`,
    gets: 200,
  },
  {
    name: "a filename 30,000 deep",
    says: `{"id":ID,"action":"stat","filename":${
      "[".repeat(30_000) + "]".repeat(30_000)
    }}`,
    gets: 202,
  },
  {
    name: "an action 12,000 objects deep",
    says: `{"id":ID,"action":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`,
    gets: 202,
  },
  { name: "a filename that is a number", says: stat("1"), gets: 202 },
  { name: "a filename that is null", says: stat("null"), gets: 202 },
  { name: "a filename that is an object", says: stat('{"a":1}'), gets: 202 },
  {
    name: "a filename of 60,000",
    says: stat(`"${"a".repeat(60_000)}"`),
    gets: 204,
  },
  { name: "a lone surrogate", says: stat('"\\ud800"'), gets: 204 },
  { name: "NUL in a name", says: stat('"witness\\u0000.txt"'), gets: 204 },
  ...["__proto__", "constructor", "toString"].map((name) => ({
    name: `the file ${name}`,
    says: stat(`"${name}"`),
    gets: 220,
  })),
  {
    name: "requires what nobody knows",
    says: '{"id":ID,"action":"stat","filename":"a","requires":["__proto__"]}',
    gets: 210,
  },
  {
    name: "requires that is no list",
    says: '{"id":ID,"action":"stat","filename":"a","requires":{"length":1}}',
    gets: 202,
  },
  {
    name: "a get with a checksum of another kind",
    says: '{"id":ID,"action":"get","filename":"witness","checksum_type":"md5"}',
    gets: 202,
  },
  {
    name: "a second login",
    says: '{"id":ID,"action":"login","username":"test",' +
      '"mechanism":"SCRAM-SHA-256","data":"n,,n=test,r=abcdefghijkl"}',
    gets: 207,
  },
  {
    name: "a second hello",
    says: '{"id":ID,"action":"hello","program":"x","versions":[1]}',
    gets: 211,
  },
  {
    name: "another user, claimed by a message",
    says: '{"id":ID,"action":"stat","filename":"witness","username":"test"}',
    gets: 200,
  },
  {
    name: "a cancel of no id",
    says: '{"action":"cancel"}',
    gets: 202,
    id: null,
  },
  {
    name: "a ping with too long a token",
    says: `{"action":"ping","token":"${"x".repeat(65)}"}`,
    gets: 202,
    id: null,
  },
  ...["0", "-1", "1.5", "9007199254740992", "1e300", '"1"', "null", "[1]", "{}"]
    .map((id) => ({
      name: `the id ${id}`,
      says: `{"id":${id},"action":"stat","filename":"witness"}`,
      gets: 202,
      id: null,
    })),
];

function stat(filename: string): string {
  return `{"id":ID,"action":"stat","filename":${filename}}`;
}

Deno.test("a strange message is answered, and the session goes on", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await using session = await watched.alex();
  // One session for all of them: what one leaves behind, the next one meets.
  for (const { name, says, gets, id: answered } of STRANGE) {
    await t.step(name, async () => {
      const id = session.nextId();
      const text = says.replace("ID", `${id}`);
      await session.write(encodeFrame("message", encoder.encode(text)));
      const answer = await session.message();
      assert.equal(answer.status_code, gets, `${answer.status_msg}`);
      assert.equal(answer.id, answered === null ? null : id);
      await session.send({ action: "ping", token: "well" });
      assert.equal((await session.message()).token, "well");
    });
  }
  await session.close();
  await watched.unharmed();
});

/** Ids in the order in which they are sent, and what each gets. */
const ORDERS = [
  { name: "rising by one", ids: [4, 5, 6], gets: [200, 200, 200] },
  {
    name: "rising in leaps",
    ids: [10, 1000, 2 ** 53 - 1],
    gets: [200, 200, 200],
  },
  { name: "twice the same", ids: [4, 4, 5], gets: [200, 211, 200] },
  { name: "falling", ids: [9, 8, 7, 10], gets: [200, 211, 211, 200] },
  {
    name: "those of the login again",
    ids: [1, 2, 3, 4],
    gets: [211, 211, 211, 200],
  },
  { name: "past the last there is", ids: [2 ** 53 - 1, 4], gets: [200, 211] },
];

Deno.test("ids rise; another is answered, and not done", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await eachUnharmed(t, watched, ORDERS, async ({ ids, gets }) => {
    await using peer = await watched.alex();
    await peer.send(
      ...ids.map((id) => ({ action: "stat", id, filename: "witness" })),
    );
    for (const [at, id] of ids.entries()) {
      const answer = await peer.message();
      assert.deepEqual([answer.id, answer.status_code], [id, gets[at]]);
    }
  });
});

const PUT = { action: "put", filename: "witness" };
const END = { action: "end", ...endOf(new Uint8Array(10)) };
const BODY = new Uint8Array(10);

/** Bodies that do not come as they have to; none replaces `witness`. */
const BODIES: readonly {
  readonly name: string;
  readonly says: readonly (JsonObject | Uint8Array)[];
  readonly gets: readonly (readonly [id: number, status: number])[];
}[] = [
  {
    name: "a put within the body of another",
    says: [{ ...PUT, id: 4 }, BODY, { ...PUT, id: 5 }, {
      action: "abort",
      id: 4,
    }],
    gets: [[4, 214], [5, 211]],
  },
  {
    name: "a stat within a body",
    says: [{ ...PUT, id: 4 }, { action: "stat", id: 5, filename: "a" }, BODY, {
      action: "abort",
      id: 4,
    }],
    gets: [[4, 214], [5, 211]],
  },
  {
    name: "an end with another id",
    says: [{ ...PUT, id: 4 }, BODY, { ...END, id: 5 }],
    gets: [[4, 202]],
  },
  {
    name: "an end without a checksum",
    says: [{ ...PUT, id: 4 }, BODY, { action: "end", id: 4, size: 10 }],
    gets: [[4, 202]],
  },
  {
    name: "an end with a checksum of another kind",
    says: [{ ...PUT, id: 4, checksum_type: "sha256" }, BODY, { ...END, id: 4 }],
    gets: [[4, 229]],
  },
  {
    name: "an end with a size that is none",
    says: [{ ...PUT, id: 4 }, BODY, { ...END, id: 4, size: -1 }],
    gets: [[4, 202]],
  },
  {
    name: "a wrong checksum",
    says: [{ ...PUT, id: 4 }, BODY, {
      ...END,
      id: 4,
      checksum: "crc32:00000000",
    }],
    gets: [[4, 229]],
  },
  {
    name: "one byte more than its end says",
    says: [{ ...PUT, id: 4 }, BODY, BODY.subarray(0, 1), { ...END, id: 4 }],
    gets: [[4, 229]],
  },
  {
    name: "one byte less than its end says",
    says: [{ ...PUT, id: 4 }, BODY.subarray(1), { ...END, id: 4 }],
    gets: [[4, 229]],
  },
  {
    name: "more than was announced",
    says: [{ ...PUT, id: 4, size: 9 }, BODY, { ...END, id: 4 }],
    gets: [[4, 229]],
  },
  {
    name: "less than was announced",
    says: [{ ...PUT, id: 4, size: 11 }, BODY, { ...END, id: 4 }],
    gets: [[4, 229]],
  },
  {
    name: "announced sizes that are none",
    says: [
      ...[-1, 1.5, 2 ** 53, "10", null].flatMap((size, at) => [
        { ...PUT, id: 4 + at, size },
        BODY,
        { ...END, id: 4 + at },
      ]),
    ],
    gets: [[4, 202], [5, 202], [6, 202], [7, 202], [8, 202]],
  },
  {
    name: "an end and an abort of nothing",
    says: [{ ...END, id: 4 }, { action: "abort", id: 4 }],
    gets: [],
  },
];

Deno.test("a body that is not as it has to be replaces nothing", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await eachUnharmed(t, watched, BODIES, async ({ says, gets }) => {
    await using peer = await watched.alex();
    for (const one of says) {
      if (one instanceof Uint8Array) await peer.data(one);
      else await peer.send(one);
    }
    const answers: unknown[] = [];
    for (const _ of gets) {
      const { id, status_code } = await peer.message();
      answers.push([id, status_code]);
    }
    assert.deepEqual(answers, gets);
    await peer.send({ action: "stat", id: 100, filename: "witness" });
    const { id, size } = await peer.message();
    assert.deepEqual([id, size], [100, WITNESS.length]);
  });
});

Deno.test("a put before the body of a get has ended is out of order", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  // So large that the server cannot have sent it to the end.
  await watched.bigFile("big", 16 * 1024);
  {
    await using peer = await watched.alex();
    await peer.send(
      { action: "get", id: 4, filename: "big" },
      { ...PUT, id: 5 },
    );
    await peer.data(BODY);
    await peer.send(
      { ...END, id: 5 },
      { action: "stat", id: 6, filename: "witness" },
    );
    const first = await peer.message();
    assert.deepEqual([first.id, first.status_code], [4, 200]);
    await peer.send({ action: "ping", token: "seen" });
    // The pong stands in the midst of the body: so did what came before it.
    assert.equal((await peer.message()).token, "seen");
    await peer.send({ action: "cancel", id: 4 });
    assert.equal((await peer.bodyEnd()).action, "abort");
    const second = await peer.message();
    assert.deepEqual([second.id, second.status_code], [5, 211]);
    assert.equal((await peer.message()).id, 6);
  }
  await watched.unharmed();
});

Deno.test("notices may stand between any two frames of a body", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  {
    await using peer = await watched.alex();
    const notices = [
      { action: "ping", token: "1" },
      { action: "pong" },
      { action: "progress", id: 4, bytes: 1 },
      { action: "mark", id: 4, offset: 10, later: [1] },
      { action: "cancel", id: 99 },
    ];
    await peer.send({ action: "put", id: 4, filename: "new" }, ...notices);
    await peer.data(BODY);
    await peer.send(...notices, { ...END, id: 4 }, ...notices);
    const codes: unknown[] = [];
    while (codes.length < 4) {
      const { action, status_code } = await peer.message();
      codes.push(action ?? status_code);
    }
    assert.deepEqual(codes.sort(), [200, "pong", "pong", "pong"]);
    watched.files.set("new", BODY);
  }
  await watched.unharmed();
});

Deno.test("after quit nothing is done", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  {
    await using peer = await watched.alex();
    await peer.send(
      { action: "stat", id: 4, filename: "witness" },
      { action: "quit", id: 5 },
      { action: "stat", id: 6, filename: "witness" },
      { ...PUT, id: 7 },
    );
    await peer.data(BODY);
    await peer.send({ ...END, id: 7 });
    const answers = await peer.lastWords();
    assert.deepEqual(answers.map(({ id, status_code }) => [id, status_code]), [
      [4, 200],
      [5, 200],
    ]);
  }
  await watched.unharmed();
});

Deno.test("who half-closes after the last request gets every answer", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await watched.bigFile("big", 32);
  {
    await using peer = await watched.alex();
    await peer.send({ action: "put", id: 4, filename: "new" });
    await peer.data(BODY);
    await peer.send(
      { ...END, id: 4 },
      { action: "get", id: 5, filename: "big" },
      ...Array.from({ length: 200 }, (_, at) => ({
        action: "stat",
        id: 6 + at,
        filename: "witness",
      })),
    );
    await peer.closeWrite();
    const words = await peer.lastWords();
    assert.deepEqual(
      words.map(({ id, status_code }) => [id, status_code ?? "end"]),
      [
        [4, 200],
        [5, 200],
        [5, "end"],
        ...Array.from({ length: 200 }, (_, at) => [6 + at, 200]),
      ],
    );
    watched.files.set("new", BODY);
  }
  await watched.unharmed();
});

Deno.test("many put one name at once: what stands there is one of them, whole", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  const bodies = Array.from(
    { length: 20 },
    (_, at) => randomBytes(300_000, at),
  );
  await Promise.all(bodies.map(async (bytes) => {
    await using peer = await watched.alex();
    assert.equal((await peer.put("same", bytes)).status_code, 200);
  }));
  const there = await Deno.readFile(`${watched.home}/same`);
  const { checksum } = endOf(there);
  assert(bodies.some((bytes) => endOf(bytes).checksum === checksum));
  watched.files.set("same", there);
  await watched.unharmed();
});
