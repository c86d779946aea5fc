/** What a server says, as the one line that a person reads, and a code. */
import assert from "node:assert/strict";
import { oneLine } from "../../lib/client/error.ts";
import { refusedBy } from "../../lib/client/failures.ts";
import { STATUS } from "../../lib/protocol/mod.ts";

const SAID = [
  {
    status_code: 220,
    status_msg: "b.txt: no such file or folder",
    exit: 1,
    line: "ftpc: get a.txt: b.txt: no such file or folder (check the name)",
  },
  {
    status_code: 226,
    status_msg: "",
    exit: 1,
    line: "ftpc: get a.txt: No space left (make room on the server)",
  },
  {
    status_code: 229,
    status_msg: "",
    exit: 5,
    line: "ftpc: get a.txt: Size or checksum differs (run it again)",
  },
  {
    status_code: 299,
    status_msg: "",
    exit: 1,
    line: "ftpc: get a.txt: status 299",
  },
  {
    status_code: 224,
    status_msg: "no\n\x1b[1mno\u202e",
    exit: 1,
    line: "ftpc: get a.txt: no\\x0a\\x1b[1mno\\u202e (ask who runs the server)",
  },
];
for (const { exit, line, ...said } of SAID) {
  Deno.test(`status ${said.status_code}, ${JSON.stringify(said.status_msg)}`, () => {
    const error = refusedBy(said, "get", "a.txt");
    assert.equal(oneLine(error), line);
    assert.equal(error.exitCode, exit);
  });
}

Deno.test("each status is a failure of one class, and never of the user's", () => {
  for (const [status_code, status_msg] of Object.values(STATUS)) {
    const { exitCode } = refusedBy({ status_code, status_msg }, "get", "a");
    assert([1, 3, 4, 5].includes(exitCode), `${status_code}: ${exitCode}`);
  }
});

Deno.test("words are whole sentences, and no novels", () => {
  const said = { status_code: 230, status_msg: "long ".repeat(1000) };
  const line = oneLine(refusedBy(said, "put", "a"));
  assert(line.length < 400);
  assert.match(line, /… \(/);
});
