/**
 * What is in a file there, poured out where it cannot be taken back: where the
 * connection is lost it goes on behind that, and nothing is poured twice.
 * @module
 */
import { ClientError, type ErrorDetails } from "../error.ts";
import type {
  FtpClient,
  GetOptions,
  Receipt,
  RemoteFile,
  Sink,
} from "../library.ts";
import type { ProgressDisplay } from "../terminal/progress_display.ts";
import { NO_PROGRESS } from "../terminal/progress_display.ts";
import { texts } from "../texts/mod.ts";
import type { Work } from "./desk.ts";
import type { LastingSession } from "./lasting_session.ts";

/** Taken whole and verified, before the next is asked for. */
const PIECE_BYTES = 4 * 2 ** 20;

export interface PourOptions {
  readonly verb: string;
  readonly checksum?: "crc32" | "sha256";
  /** Called for each try. */
  readonly watch?: () => Promise<ProgressDisplay>;
}

/**
 * All of it. The server proves before it goes on that what it has begins with
 * the same bytes.
 * @param name As typed.
 * @param sink Has for good what it was given.
 * @returns Of the whole: its bytes, and the time that it took.
 * @throws {ClientError} `integrity`: its start was poured, and it is another
 * file now.
 */
export async function pour(
  { desk: { remote, runtime: { clock } }, signal }: Work,
  session: LastingSession,
  name: string,
  sink: Sink,
  { verb, checksum = "crc32", watch }: PourOptions,
): Promise<Receipt> {
  const sinceMs = clock.monotonicMs();
  // Loaded with the session.
  const { createChecksum } = await import("../../transfer/mod.ts");
  const sum = createChecksum(checksum);
  let written = 0;
  let proved = 0;
  let version: string | null = null;
  const counting: Sink = {
    async write(bytes) {
      await sink.write(bytes);
      written += bytes.length;
    },
  };
  const goingOn = (): GetOptions => ({
    ...{ offset: written, offsetChecksum: sum.soFar(), verifyOffset: true },
    ...(version === null ? {} : { ifVersion: version }),
  });
  const receipt = await session.do(async (client) => {
    using progress = await watch?.() ?? NO_PROGRESS;
    const { onProgress } = progress;
    const offset = written;
    const open = (info: RemoteFile) => {
      version = info.version;
      onProgress(offset, offset + info.size);
      // The server has read it again, and it is the same.
      if (offset > proved) session.progress();
      proved = offset;
      return counting;
    };
    try {
      return await client.get(remote.resolve(name), open, {
        ...{ checksum, signal, onProgress, sum, verb },
        ...(offset === 0 ? {} : goingOn()),
      });
    } catch (error) {
      const changed = error instanceof ClientError &&
        error.code === "file_changed" && written > 0;
      throw changed ? otherNow(error, verb, name) : error;
    }
  }, { mayRepeat: (client) => written === 0 || canGoOn(client, version) });
  const seconds = (clock.monotonicMs() - sinceMs) / 1000;
  return { ...receipt, bytes: written, seconds };
}

function canGoOn({ features }: FtpClient, version: string | null): boolean {
  return version !== null && features.has("resume") && features.has("range");
}

/** The start of one version is poured, and there is only another. */
function otherNow(
  error: ClientError,
  verb: string,
  name: string,
): ClientError {
  const said = texts.commands.changedBehind(verb, name);
  return new ClientError("integrity", ...said, detailsOf(error));
}

export function detailsOf(error: ClientError): ErrorDetails {
  const { cause, statusCode, retryAfterSeconds } = error;
  return {
    ...(cause === undefined ? {} : { cause }),
    statusCode: statusCode ?? undefined,
    retryAfterSeconds: retryAfterSeconds ?? undefined,
  };
}

/** A part of a file, of the version that it had when it was looked at. */
export interface Ranged {
  readonly verb: string;
  /** As typed. */
  readonly name: string;
  readonly version: string | null;
}

/** @returns The bytes, verified. */
export async function readRange(
  { desk: { remote }, signal }: Work,
  session: LastingSession,
  { verb, name, version }: Ranged,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  return await session.do(async (client) => {
    const pieces: Uint8Array[] = [];
    const sink: Sink = {
      write(bytes) {
        pieces.push(bytes.slice());
        return undefined;
      },
    };
    await client.get(remote.resolve(name), () => sink, {
      ...{ offset, length, signal, verb },
      ...(version === null ? {} : { ifVersion: version }),
    });
    return joined(pieces);
  });
}

/** A piece at a time: what comes of one that breaks off is not poured. */
export async function pourRange(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  offset: number,
  length: number,
  sink: Sink,
): Promise<void> {
  const end = offset + length;
  for (let at = offset; at < end; at += PIECE_BYTES) {
    await sink.write(await read(at, Math.min(PIECE_BYTES, end - at)));
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(
    pieces.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
