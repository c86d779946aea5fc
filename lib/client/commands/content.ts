/**
 * Commands that print what is in files: cat, head, tail, checksum.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { ClientError } from "../error.ts";
import type { Cat, Checksum, Part } from "../grammar/commands.ts";
import type { Sink } from "../library.ts";
import { raceSignal } from "../signals.ts";
import { EscapedText } from "../terminal/escaped_text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { texts } from "../texts/mod.ts";
import type { Work } from "./desk.ts";
import { each } from "./each.ts";
import { LastingSession, namesThere } from "./lasting_session.ts";
import { firstLines, lastLinesStart } from "./line_ends.ts";
import { pour, pourRange, readRange } from "./pour.ts";

const LINE_FEED = 0x0a;
const encoder = new TextEncoder();

export async function cat(work: Work, { names, raw }: Cat): Promise<number> {
  checkStdout(work, "cat");
  await using session = await LastingSession.open(work);
  const all = await namesThere(work, session, "cat", names);
  return await each(work, "cat", all, async (name) => {
    const out = new Output(work, raw);
    await pour(work, session, name, out, { verb: "cat" });
    out.end();
  });
}

export async function part(work: Work, command: Part): Promise<number> {
  const { names, raw } = command;
  checkStdout(work, command.command);
  await using session = await LastingSession.open(work);
  const all = await namesThere(work, session, command.command, names);
  return await each(work, command.command, all, async (name) => {
    if (all.length > 1) {
      const first = name === all[0];
      work.desk.terminal.print(
        texts.commands.partTitle(printable(name), first),
      );
    }
    const out = new Output(work, raw);
    await printPart(work, session, command, name, out);
    out.end();
  });
}

async function printPart(
  work: Work,
  session: LastingSession,
  { command: verb, unit, count }: Part,
  name: string,
  out: Output,
): Promise<void> {
  const { desk: { remote }, signal } = work;
  const place = remote.resolve(name);
  const { size, type, version } = await session.do((client) =>
    client.stat(place, { signal, verb })
  );
  if (type !== "file") {
    throw new ClientError("is_folder", ...texts.commands.noContent(verb, name));
  }
  const read = (offset: number, length: number) =>
    readRange(work, session, { verb, name, version }, offset, length);
  if (unit === "bytes") {
    const length = Math.min(count, size);
    const start = verb === "head" ? 0 : size - length;
    return await pourRange(read, start, length, out);
  }
  if (verb === "tail") {
    const start = await lastLinesStart(read, size, count);
    return await pourRange(read, start, size - start, out);
  }
  for await (const piece of firstLines(read, size, count)) {
    await out.write(piece);
  }
}

/** stdout: a pipe gets the bytes, a terminal what cannot steer it. */
class Output implements Sink {
  readonly #terminal: Terminal;
  readonly #signal: AbortSignal;
  readonly #escaped: EscapedText | null;
  #lineIsOpen = false;

  constructor({ desk: { terminal }, signal }: Work, raw: boolean) {
    this.#terminal = terminal;
    this.#signal = signal;
    this.#escaped = terminal.outputIsTerminal && !raw
      ? new EscapedText()
      : null;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#lineIsOpen = bytes.at(-1) !== LINE_FEED;
    // A copy: what is given up may still be on its way.
    const out = this.#escaped === null
      ? bytes.slice()
      : encoder.encode(this.#escaped.take(bytes));
    await raceSignal(this.#terminal.writeOut(out), this.#signal);
  }

  /** The prompt is not to be glued to what was printed. */
  end(): void {
    if (this.#escaped === null) return;
    this.#terminal.print(this.#escaped.end() + (this.#lineIsOpen ? "\n" : ""));
  }
}

function checkStdout({ reporter }: Work, verb: string): void {
  if (!reporter.json) return;
  throw new ClientError("usage", ...texts.commands.noJson(verb));
}

/** sha256: the form that `sha256sum -c` reads; crc32: with its name before. */
export async function checksum(
  work: Work,
  { names, type }: Checksum,
): Promise<number> {
  const { desk: { remote, terminal }, reporter, signal } = work;
  await using session = await LastingSession.open(work);
  const all = await namesThere(work, session, "checksum", names);
  return await each(work, "checksum", all, async (name) => {
    const place = remote.resolve(name);
    const sum = await session.do((client) =>
      client.checksum(place, { type, signal })
    );
    const digits = sum.checksum.slice(type.length + 1);
    const subject = { command: "checksum", source: name, target: null };
    // Whoever checks by it needs the name as it is.
    const shown = terminal.outputIsTerminal ? printable(name) : name;
    reporter.summed(
      subject,
      sum,
      () =>
        type === "sha256"
          ? `${digits}  ${shown}\n`
          : texts.commands.crc32Line(shown, digits),
    );
  });
}
