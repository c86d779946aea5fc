/** mput and mget: what is asked, and what the answers do. */
import assert from "node:assert/strict";
import { Asking } from "../../lib/client/commands/asking.ts";
import type { Typed } from "../../lib/client/terminal/terminal.ts";

/** A terminal where these lines are typed; null is Ctrl-C. */
function terminal(answers: readonly (string | null)[], isTerminal = true) {
  const questions: string[] = [];
  const left = [...answers];
  const editLine = (question: string): Promise<Typed> => {
    questions.push(question);
    const text = left.shift();
    return Promise.resolve(
      text === undefined
        ? { kind: "end" }
        : text === null
        ? { kind: "interrupted", text: "" }
        : { kind: "line", text },
    );
  };
  const all = { inputIsTerminal: isTerminal, outputIsTerminal: isTerminal };
  return { questions, ...all, errorIsTerminal: isTerminal, editLine };
}

const NAMES = ["a", "b", "c", "d"];
const CASES: readonly {
  readonly answers: readonly string[];
  readonly wanted: string;
  readonly questions: number;
}[] = [
  { answers: ["y", "n", "", "no"], wanted: "ac", questions: 4 },
  { answers: ["n", "a"], wanted: "bcd", questions: 2 },
  { answers: ["Yes", "q"], wanted: "a", questions: 2 },
  { answers: ["y"], wanted: "a", questions: 2 }, // Ctrl-D: no more
  { answers: ["what?", "y", "ALL"], wanted: "abcd", questions: 3 },
];

for (const { answers, wanted, questions } of CASES) {
  Deno.test(`answers ${answers.join(", ")}: ${wanted}`, async () => {
    const asked = terminal(answers);
    const asking = new Asking(asked, "put");
    const got: string[] = [];
    for (const name of NAMES) if (await asking.wants(name)) got.push(name);
    assert.equal(got.join(""), wanted);
    assert.equal(asked.questions.length, questions);
    assert.match(asked.questions[0] ?? "", /^put a\? /);
  });
}

Deno.test("where nobody can answer it goes ahead", async () => {
  const pipe = terminal([], false);
  assert(await new Asking(pipe, "get").wants("a"));
  assert.deepEqual(pipe.questions, []);
});

Deno.test("Ctrl-C ends the command; a name steers no terminal", async () => {
  const asked = terminal([null]);
  await assert.rejects(new Asking(asked, "get").wants("\x1b[2J"), {
    code: "interrupted",
  });
  assert(!asked.questions[0]?.includes("\x1b"));
});

Deno.test("of a plan, only files are asked for", async () => {
  const source = (name: string, kind: "file" | "folder") => ({
    ...{ path: [name], kind, size: 0, mtimeNs: 0n, mode: null, identity: "" },
  });
  async function* plan() {
    await Promise.resolve();
    yield [
      {
        kind: "folder" as const,
        path: ["d"],
        source: source("d", "folder"),
      },
      { kind: "file" as const, path: ["f"], source: source("f", "file") },
      { kind: "file" as const, path: ["g"], source: source("g", "file") },
    ];
  }
  const asking = new Asking(terminal(["n", "y"]), "put");
  const steps = await Array.fromAsync(
    asking.ofPlan(plan(), (step) => "path" in step ? step.path.join("/") : ""),
  );
  assert.deepEqual(
    steps.flat().map((step) => "path" in step ? step.path[0] : ""),
    ["d", "g"],
  );
});
