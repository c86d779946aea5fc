/**
 * Our decoder and the one of tests/interop, which was written in Python from
 * PROTOCOL.md alone, on the same seeded streams: no difference.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { decodeObject, ProtocolError } from "../../lib/protocol/mod.ts";
import { Dice } from "../support/dice.ts";
import { cut, decode, type DecodeOptions } from "../support/frames.ts";
import { repeatBy, RUNS, SEED } from "./seeds.ts";
import { anyCuts, anyStream } from "./streams.ts";

const SCRIPT = path.join(
  import.meta.dirname ?? ".",
  "../interop/decode_stream.py",
);
/** Streams given to one process of Python. */
const BATCH = 2000;

/** What both say of a stream, in the form of decode_stream.py. */
interface Verdict {
  readonly frames: readonly (
    | {
      readonly kind: "message";
      readonly hex: string;
      readonly object: boolean;
    }
    | { readonly kind: "data"; readonly hex: string }
  )[];
  readonly error: string | null;
  /** The stream may end here. */
  readonly whole: boolean;
}

interface Drawn {
  readonly run: number;
  readonly stream: Uint8Array<ArrayBuffer>;
  readonly cuts: readonly number[];
  readonly options: Required<DecodeOptions>;
}

const missing = await missingHere();
Deno.test({
  name: `ours and Python's decoder agree (seed ${SEED}, ${RUNS} runs)` +
    (missing === null ? "" : `: ${missing} is missing`),
  ignore: missing !== null && Deno.env.get("CI") !== "true",
  fn: async () => {
    assert.equal(missing, null);
    for (let from = 0; from < RUNS; from += BATCH) {
      const count = Math.min(BATCH, RUNS - from);
      const batch = Array.from({ length: count }, (_, n) => draw(from + n));
      const theirs = await askPython(batch);
      assert.equal(theirs.length, batch.length, "a line of answer a stream");
      for (const [at, drawn] of batch.entries()) {
        try {
          assert.deepEqual(
            verdictOfPython(drawn, theirs[at] ?? ""),
            ours(drawn),
          );
        } catch (cause) {
          throw new Error(repeatBy(drawn.run), { cause });
        }
      }
    }
  },
});

function draw(run: number): Drawn {
  const dice = new Dice(SEED + run);
  const stream = anyStream(dice);
  return {
    run,
    stream,
    cuts: anyCuts(dice, stream.length),
    options: { dataDue: dice.yes(), beforeLogin: dice.yes() },
  };
}

function ours({ stream, cuts, options }: Drawn): Verdict {
  const { frames, error, whole } = decode(cut(stream, cuts), options);
  return {
    frames: frames.map(({ kind, hex }) =>
      kind === "data" ? { kind, hex } : { kind, hex, object: isObject(hex) }
    ),
    error,
    whole,
  };
}

function isObject(hex: string): boolean {
  try {
    decodeObject(Uint8Array.fromHex(hex));
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

function verdictOfPython({ stream }: Drawn, line: string): Verdict {
  const { frames, error, left } = JSON.parse(line);
  const whole = error === null && left === 0;
  // Of a DATA frame whose rest has not come ours gives what is here already.
  const begun = error === null ? stream.subarray(stream.length - left) : [];
  if (begun.length > 5 && begun[0] === 1) {
    const hex = stream.subarray(stream.length - left + 5).toHex();
    const last = frames.at(-1);
    if (last?.kind === "data") last.hex += hex;
    else frames.push({ kind: "data", hex });
  }
  return { frames, error, whole };
}

async function askPython(batch: readonly Drawn[]): Promise<string[]> {
  const child = new Deno.Command("python3", {
    args: [SCRIPT],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines = batch.map(({ stream, cuts, options }) =>
    JSON.stringify({
      hex: stream.toHex(),
      cuts,
      data_due: options.dataDue,
      before_login: options.beforeLogin,
    }) + "\n"
  );
  const asking = new Blob(lines).stream().pipeTo(child.stdin);
  const [output, asked] = await Promise.all([
    child.output(),
    asking.then(() => null, (error) => error),
  ]);
  const said = new TextDecoder().decode(output.stderr);
  assert.equal(output.code, 0, `decode_stream.py failed: ${said.slice(-2000)}`);
  assert.equal(asked, null);
  return new TextDecoder().decode(output.stdout).trimEnd().split("\n");
}

/** What has to be there for the comparison, and is not. */
async function missingHere(): Promise<string | null> {
  try {
    await Deno.lstat(SCRIPT);
    const version = new Deno.Command("python3", {
      args: ["--version"],
      stdout: "null",
      stderr: "null",
    });
    return (await version.output()).success ? null : "python3";
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return error.message.includes(SCRIPT) ? "decode_stream.py" : "python3";
  }
}
