/** The JSON that --json prints: each event, byte for byte. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  bookmarkEvent,
  endEvent,
  entryEvent,
  type Event,
  formatEvent,
  formatTime,
  helpEvent,
  historyEvent,
  itemEvent,
  progressEvent,
} from "../../lib/client/commands/events.ts";

const CASES: readonly { event: Event; line: string }[] = [
  {
    event: itemEvent({
      ...{ command: "put", statusCode: 200, result: "done" },
      ...{ source: "a", target: "b/a", size: 5, sentBytes: 3, resumedFrom: 2 },
      ...{ checksum: "crc32:01234567", seconds: 0.1234567 },
      ...{ reason: null, message: null },
    }),
    line: '{"v":1,"event":"item","command":"put","status_code":200,' +
      '"result":"done","source":"a","target":"b/a","size":5,"sent_bytes":3,' +
      '"resumed_from":2,"checksum":"crc32:01234567","seconds":0.123457,' +
      '"reason":null,"message":null}\n',
  },
  {
    event: itemEvent({
      ...{ command: "get", statusCode: null, result: "failed" },
      ...{ source: "a", target: null, size: null, sentBytes: null },
      ...{ resumedFrom: null, checksum: null, seconds: null },
      ...{ reason: "not_found", message: "get a: not here" },
    }),
    line: '{"v":1,"event":"item","command":"get","status_code":null,' +
      '"result":"failed","source":"a","target":null,"size":null,' +
      '"sent_bytes":null,"resumed_from":null,"checksum":null,"seconds":null,' +
      '"reason":"not_found","message":"get a: not here"}\n',
  },
  {
    event: entryEvent({
      ...{ name: "a b", type: "file", size: 7 },
      ...{ mtimeNs: 1_764_000_000_500_000_000n, mode: 0o640 },
    }),
    line: '{"v":1,"event":"entry","name":"a b","type":"file","size":7,' +
      '"mtime":"2025-11-24T16:00:00.500Z","mode":"0640"}\n',
  },
  {
    event: entryEvent({
      ...{ name: "l", type: "link", size: null, mtimeNs: null, mode: null },
      target: "a b",
    }),
    line: '{"v":1,"event":"entry","name":"l","type":"link","size":null,' +
      '"mtime":null,"mode":null,"target":"a b"}\n',
  },
  {
    event: entryEvent({
      ...{ name: "f", path: "d/f", type: "file", size: 0 },
      ...{ mtimeNs: null, mode: null },
    }),
    line: '{"v":1,"event":"entry","name":"f","type":"file","size":0,' +
      '"mtime":null,"mode":null,"path":"d/f"}\n',
  },
  {
    event: bookmarkEvent({ name: "work", server: "h", port: 1 }),
    line: '{"v":1,"event":"bookmark","name":"work","server":"h","port":1,' +
      '"user":null,"path":null,"password_command":null}\n',
  },
  {
    event: historyEvent({ number: 7, line: "put a" }),
    line: '{"v":1,"event":"history","number":7,"line":"put a"}\n',
  },
  {
    event: helpEvent(null, "a\nb\n"),
    line: '{"v":1,"event":"help","command":null,"text":"a\\nb\\n"}\n',
  },
  {
    event: progressEvent({
      ...{ filesDone: 1, files: 3, bytesDone: 10, bytes: null },
      ...{ bytesPerSecond: 2.5, secondsLeft: null, silentSeconds: 0 },
    }),
    line: '{"v":1,"event":"progress","files_done":1,"files":3,' +
      '"bytes_done":10,"bytes":null,"bytes_per_second":2.5,' +
      '"seconds_left":null,"silent_seconds":0}\n',
  },
  {
    event: endEvent({
      ...{ done: 1, skipped: 2, failed: 3, bytes: 4, sentBytes: 5 },
      ...{ seconds: 6, exitCode: 1 },
    }),
    line: '{"v":1,"event":"end","done":1,"skipped":2,"failed":3,"bytes":4,' +
      '"sent_bytes":5,"seconds":6,"exit_code":1}\n',
  },
];
for (const { event, line } of CASES) {
  Deno.test(`the event ${line.slice(0, 60)}…`, () => {
    assert.equal(formatEvent(event), line);
  });
}

const TIMES: readonly [bigint, string | null][] = [
  [0n, "1970-01-01T00:00:00Z"],
  [1n, "1970-01-01T00:00:00.000000001Z"],
  [1000n, "1970-01-01T00:00:00.000001Z"],
  [120_000_000n, "1970-01-01T00:00:00.120Z"],
  [-1n, "1969-12-31T23:59:59.999999999Z"],
  [-1_000_000_000n, "1969-12-31T23:59:59Z"],
  [-62_167_219_200_000_000_000n, "0000-01-01T00:00:00Z"],
  [-62_167_219_200_000_000_001n, null],
  [253_402_300_799_999_999_999n, "9999-12-31T23:59:59.999999999Z"],
  [253_402_300_800_000_000_000n, null],
];
Deno.test("times are RFC 3339, in UTC, as fine as they need to be", () => {
  for (const [ns, text] of TIMES) assert.equal(formatTime(ns), text);
});

Deno.test("every event is one line of JSON that steers no terminal", () => {
  const names = fc.string({ unit: "binary" });
  fc.assert(fc.property(names, (name) => {
    const line = formatEvent(entryEvent({
      ...{ name, type: "other", size: 0, mtimeNs: null, mode: null },
    }));
    assert.equal(JSON.parse(line).name, name);
    assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\u2028\u2029\u202e\u2066]/u);
    assert(line.isWellFormed());
  }));
});
