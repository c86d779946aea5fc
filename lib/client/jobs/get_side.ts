/**
 * Steps of a plan whose target is this machine: folders made, files fetched,
 * links made, times set. Every path is the target's root and names that
 * tree/remote_walk.ts has checked; none comes from a server as it is.
 * @module
 */
import { basename, dirname } from "node:path";
import type { Clock, Random } from "../../runtime/mod.ts";
import { ClientError } from "../error.ts";
import type { FtpClient, GetOptions, Receipt, RemoteFile } from "../library.ts";
import {
  changeAttributes,
  isSameThing,
  kindOf,
  makeFolder,
  makeLink,
  removeEntry,
} from "../local/tree.ts";
import { sourceChecksum } from "../local/source_checksum.ts";
import {
  dropPart,
  type FoundPart,
  type KeptTarget,
  openKept,
  partOf,
  partsIn,
} from "../local/kept_part.ts";
import type { PartOrigin } from "../local/part_journal.ts";
import { openSource } from "../local/source.ts";
import { removeStaleParts } from "../local/stale_parts.ts";
import { type LocalTarget, openTarget } from "../local/target.ts";
import { fileEntry, localPath } from "../local/walk.ts";
import { texts } from "../texts/mod.ts";
import type { TreePath } from "../tree/entry.ts";
import type {
  AttributesStep,
  DeleteStep,
  FileStep,
  FolderStep,
  LinkStep,
} from "../tree/step.ts";
import type { Place, Side, StepResult } from "./side.ts";
import type { DoneFile } from "./journal.ts";
import { Crossed } from "./crossed.ts";
import { RESUME_BYTES_MIN } from "./limits.ts";
import { ManyGets, type Surroundings } from "./many_gets.ts";
import { remoteName } from "./names.ts";
import { TargetInTurn } from "./target_in_turn.ts";

/** What is remembered of files from one command to the next. */
export interface GetMemory {
  /** @param remote Its whole name there. @param local Its whole path here. */
  known(remote: string, local: string): DoneFile | undefined;
  done(remote: string, local: string, file: DoneFile): void;
}

export interface GetSideOptions {
  /** The folder on the server that is fetched. */
  readonly source: string;
  /** The folder here that it becomes. */
  readonly target: string;
  readonly checksum: "crc32" | "sha256";
  readonly keepTimes: boolean;
  readonly keepModes: boolean;
  /** A path of `target` as the person knows it. */
  readonly shown: (path: TreePath) => string;
  /** What has to be disposed of, should the program end at once. */
  readonly unfinished: Set<Disposable>;
  readonly clock: Clock;
  /** Remove on the server what is here, verified. */
  readonly removeSource: boolean;
  readonly random: Random;
  /** Whose files they are: what of an earlier get lies here has to be of them. */
  readonly server: string;
  readonly memory: GetMemory;
  /** Go on with nothing that lies here. */
  readonly restart: boolean;
  /** Read what lies here again before going on with it. */
  readonly verify: boolean;
  /** Say something of a file that is no failure. */
  readonly tell: (text: string) => void;
  /** A try has left something to go on with. */
  readonly onLeft: () => void;
}

const DONE: StepResult = { kind: "done" };
const OPERATION_BYTES = 16;
/** Looked through and remembered at once: a plan goes folder by folder. */
const FOLDERS_MAX = 16;

export class GetSide implements Side<FtpClient> {
  readonly many: ManyGets;
  readonly #options: GetSideOptions;
  /** Of folders that were looked through: names come folder by folder. */
  readonly #around = new Map<string, Surroundings>();
  /** What this one has left, for its next try. */
  readonly #left = new Map<string, FoundPart>();
  /** Here, while nobody knows whether the source is gone yet. */
  readonly #fetched = new WeakMap<FileStep, Fetched>();
  readonly #crossed = new Crossed();

  constructor(options: GetSideOptions) {
    this.#options = options;
    this.many = new ManyGets({
      ...options,
      remote: ({ source }) => remoteName(options.source, source.path),
      local: ({ path }) => this.#local(path),
      shown: ({ path }) => options.shown(path),
      around: (folder, client) => this.#lookAround(folder, client),
    });
  }

  // deno-lint-ignore require-await -- errors have to reject
  async folder({ path, twin }: FolderStep): Promise<StepResult> {
    if (twin !== undefined && this.#clashes(path, twin)) {
      return { kind: "failed", reason: "names_clash" };
    }
    return makeFolder(this.#local(path), path.length === 0)
      ? DONE
      : { kind: "failed", reason: "file_in_place" };
  }

  async file(step: FileStep, at: Place<FtpClient>): Promise<StepResult> {
    const { path, twin, only } = step;
    const fetched = this.#fetched.get(step);
    if (fetched !== undefined) return await this.#removeSource(fetched, at);
    if (twin !== undefined && this.#clashes(path, twin)) {
      return { kind: "failed", reason: "names_clash" };
    }
    const target = this.#local(path);
    if (this.#isDone(step, target)) {
      return { kind: "skipped", reason: "done_before" };
    }
    if (only === "absent" && kindOf(target) !== null) {
      return { kind: "skipped", reason: "exists" };
    }
    if (only === "differs" && await this.#isSame(step, at)) {
      changeAttributes(target, { mtimeNs: step.source.mtimeNs });
      return { kind: "skipped", reason: "unchanged" };
    }
    return await this.#fetch(step, at);
  }

  // deno-lint-ignore require-await -- errors have to reject
  async link({ path, text }: LinkStep): Promise<StepResult> {
    const place = this.#local(path);
    const there = kindOf(place);
    if (there === "folder") {
      return { kind: "failed", reason: "folder_in_place" };
    }
    if (there !== null) removeEntry(place, "file");
    makeLink(text, place);
    return DONE;
  }

  // deno-lint-ignore require-await -- errors have to reject
  async attributes(
    { path, mtimeNs, mode }: AttributesStep,
  ): Promise<StepResult> {
    const keepMode = this.#options.keepModes && mode !== null;
    changeAttributes(
      this.#local(path),
      keepMode ? { mtimeNs, mode } : { mtimeNs },
    );
    return DONE;
  }

  // deno-lint-ignore require-await -- errors have to reject
  async remove(
    { path, twin, target }: DeleteStep,
  ): Promise<StepResult> {
    if (twin !== undefined && this.#clashes(path, twin)) {
      return { kind: "skipped", reason: "exists" };
    }
    removeEntry(
      this.#local(path),
      target.kind === "folder" ? "folder" : "file",
    );
    return DONE;
  }

  /** As it was when it was got; and there it is what it was, too. */
  #isDone({ source }: FileStep, local: string): boolean {
    const remote = remoteName(this.#options.source, source.path);
    const done = this.#options.memory.known(remote, local);
    if (done === undefined) return false;
    if (source.identity !== "" && source.identity !== done.version) {
      return false;
    }
    return identityOf(local) === done.identity;
  }

  async #fetch(step: FileStep, at: Place<FtpClient>): Promise<StepResult> {
    const { keepModes, keepTimes, removeSource } = this.#options;
    const { client } = at;
    const { path, source } = step;
    const name = remoteName(this.#options.source, source.path);
    const local = this.#local(path);
    const { parts } = this.#lookAround(dirname(local), client);
    using target = new TargetInTurn(this.#options.unfinished, (part) => {
      this.#left.set(local, part);
      this.#options.onLeft();
    });
    const fetching = { name, local, path, source, target, step };
    const from = this.#partOf(fetching, parts, client);
    const receipt = await this.#receive(fetching, from, at);
    const mtimeNs = receipt.mtimeNs ?? source.mtimeNs;
    target.commit(keepTimes ? mtimeNs : undefined);
    // Of a file that the command names itself no listing has told it.
    const mode = source.mode ?? receipt.mode;
    if (keepModes && mode !== null) changeAttributes(local, { mtimeNs, mode });
    const { bytes, seconds, checksum, version, resumedFrom } = receipt;
    const size = resumedFrom + bytes;
    if (version !== null) {
      const identity = identityOf(local);
      if (identity !== null) {
        const file = { identity, version, size };
        this.#options.memory.done(name, local, file);
      }
    }
    const sentBytes = this.#crossed.of(step);
    const moved = { size, sentBytes, resumedFrom, checksum, seconds };
    const result: StepResult = { kind: "done", moved };
    if (!removeSource) return result;
    const operation = this.#options.random.bytes(OPERATION_BYTES).toHex();
    const fetched = { name, operation, result, version };
    this.#fetched.set(step, fetched);
    return await this.#removeSource(fetched, at);
  }

  /** Once, however often it is asked for. */
  async #removeSource(
    { name, operation, result, version }: Fetched,
    { client, signal }: Place<FtpClient>,
  ): Promise<StepResult> {
    try {
      if (version !== null) {
        const now = await client.stat(name, { signal });
        if (now.version !== version) throw changedSince(name);
      }
      await client.remove(name, { operation, signal });
    } catch (error) {
      // Gone is what it was to be: an answer may have been lost.
      const gone = error instanceof ClientError && error.code === "not_found";
      if (!gone) throw error;
    }
    return result;
  }

  /** Once for each folder: what is old goes, what is ours is found. */
  #lookAround(folder: string, client: FtpClient): Surroundings {
    let around = this.#around.get(folder);
    if (around === undefined) {
      const { clock, random } = this.#options;
      around = {
        names: removeStaleParts(folder, clock.date(), random),
        parts: resumes(client) ? partsIn(folder, random) : new Map(),
      };
      if (this.#around.size >= FOLDERS_MAX) this.#around.clear();
      this.#around.set(folder, around);
    }
    return around;
  }

  #partOf(
    fetching: Fetching,
    parts: Surroundings["parts"],
    client: FtpClient,
  ): FoundPart | null {
    const { local } = fetching;
    const origin = this.#originOf(fetching, client, "");
    const own = this.#left.get(local);
    const part = own ?? partOf(parts.get(basename(local)), origin);
    this.#left.delete(local);
    if (part === null) return null;
    if (!resumes(client)) return null;
    const { checksum } = this.#options;
    // What this very command has left is none of an earlier one.
    const restart = this.#options.restart && own === undefined;
    const { mark, origin: { identity } } = part;
    const known = fetching.source.identity;
    const changed = known !== "" && known !== identity;
    if (!changed && !restart && mark.checksum.startsWith(`${checksum}:`)) {
      return part;
    }
    if (changed) this.#options.tell(texts.jobs.startsOver(fetching.name));
    dropPart(part);
    return null;
  }

  async #receive(
    fetching: Fetching,
    from: FoundPart | null,
    at: Place<FtpClient>,
  ): Promise<Received> {
    const { name, target, path, step } = fetching;
    const { checksum, verify, shown } = this.#options;
    const { client, signal } = at;
    const offset = from?.mark.offset ?? 0;
    const onBytes = this.#crossed.counting(step, offset, at.onBytes);
    const verified = verify || checksum === "sha256";
    let mode: number | null = null;
    try {
      using before = from !== null && verified
        ? openSource(from.part, shown(path))
        : null;
      const receipt = await client.get(name, (info) => {
        onBytes(offset, offset + info.size);
        mode = info.mode;
        return target.open(this.#open(fetching, client, from, info));
      }, {
        ...{ checksum, signal, onProgress: onBytes },
        ...(from === null ? {} : goingOn(from)),
        ...(before === null ? {} : { before }),
        verifyOffset: verify,
        ...(isMarked(fetching.source.size, client)
          ? { onMark: (mark) => target.mark(mark) }
          : {}),
      });
      return { ...receipt, mode, resumedFrom: offset };
    } catch (error) {
      if (error instanceof ClientError && error.code === "integrity") {
        target.spoil();
        if (from !== null) dropPart(from);
      }
      if (from === null || !isOver(error)) throw error;
      this.#options.tell(
        error.code === "file_changed"
          ? texts.jobs.startsOver(name)
          : texts.jobs.cannotGoOn(error.message),
      );
      target.spoil();
      dropPart(from);
      return await this.#receive(fetching, null, at);
    }
  }

  #originOf(
    { name: remote, local }: Fetching,
    { username }: FtpClient,
    identity: string,
  ): PartOrigin {
    const { server } = this.#options;
    return { server, username, remote, target: basename(local), identity };
  }

  #open(
    fetching: Fetching,
    client: FtpClient,
    from: FoundPart | null,
    { size, version }: RemoteFile,
  ): LocalTarget | KeptTarget {
    const { random, shown } = this.#options;
    const { local, path } = fetching;
    const name = shown(path);
    const kept = from !== null || version !== null && resumes(client) &&
        size >= RESUME_BYTES_MIN;
    if (!kept) return openTarget(local, name, random);
    const identity = from?.origin.identity ?? version ?? "";
    const origin = this.#originOf(fetching, client, identity);
    return openKept({ target: local, name, origin, random }, from);
  }

  async #isSame(
    { path, source }: FileStep,
    at: Place<FtpClient>,
  ): Promise<boolean> {
    const { checksum: type } = this.#options;
    const name = remoteName(this.#options.source, source.path);
    const { signal } = at;
    const [there, here] = await Promise.all([
      at.client.checksum(name, { type, signal }),
      sourceChecksum(this.#local(path), type, signal),
    ]);
    return there.checksum === here;
  }

  #clashes(path: FileStep["path"], twin: FileStep["path"]): boolean {
    return isSameThing(this.#local(path), this.#local(twin));
  }

  #local(path: FileStep["path"]): string {
    return localPath(this.#options.target, path);
  }
}

interface Received extends Receipt {
  readonly resumedFrom: number;
  /** What it has on the server, where that tells it. */
  readonly mode: number | null;
}

/** A file whose source is to be removed. */
interface Fetched {
  readonly name: string;
  readonly operation: string;
  readonly result: StepResult;
  /** What was got: something else is not removed. Null: nobody tells. */
  readonly version: string | null;
}

interface Fetching {
  readonly step: FileStep;
  /** On the server. */
  readonly name: string;
  /** Its path here. */
  readonly local: string;
  readonly path: TreePath;
  readonly source: FileStep["source"];
  readonly target: TargetInTurn;
}

function resumes({ features }: FtpClient): boolean {
  return features.has("resume") && features.has("range") &&
    features.has("versions");
}

/** Of what is known to be small the server makes no marks. */
function isMarked(size: number, client: FtpClient): boolean {
  return resumes(client) && (size === 0 || size >= RESUME_BYTES_MIN);
}

function goingOn({ mark, origin }: FoundPart): GetOptions {
  return {
    offset: mark.offset,
    offsetChecksum: mark.checksum,
    ifVersion: origin.identity,
  };
}

/** What lies here is of no use any more. */
function isOver(error: unknown): error is ClientError {
  return error instanceof ClientError &&
    (error.code === "file_changed" || error.code === "cannot_resume");
}

function changedSince(name: string): ClientError {
  const what = texts.local.removeSent(name);
  return new ClientError("file_changed", ...texts.local.changed(what));
}

function identityOf(local: string): string | null {
  try {
    return fileEntry(local, local).identity;
  } catch {
    return null;
  }
}
