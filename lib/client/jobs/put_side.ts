/**
 * Steps of a plan whose target is the server: folders made, files sent, links
 * made, times set.
 * @module
 */
import type { Random } from "../../runtime/mod.ts";
import { ClientError } from "../error.ts";
import type { FtpClient, Receipt } from "../library.ts";
import { removeSent } from "../local/source.ts";
import { sourceChecksum } from "../local/source_checksum.ts";
import { deferSource } from "../local/deferred_source.ts";
import { localPath } from "../local/walk.ts";
import type { FileChecksum, PartState } from "../remote.ts";
import { texts } from "../texts/mod.ts";
import { type TreePath, wholeMs } from "../tree/entry.ts";
import type {
  AttributesStep,
  DeleteStep,
  FileStep,
  FolderStep,
  LinkStep,
  Step,
} from "../tree/step.ts";
import type { Place, Side, StepResult } from "./side.ts";
import type { BegunFile, DoneFile } from "./journal.ts";
import { Crossed } from "./crossed.ts";
import { RESUME_BYTES_MIN } from "./limits.ts";
import { ManyPuts } from "./many_puts.ts";
import { remoteName } from "./names.ts";
import type { PartsThere } from "./parts_there.ts";

const TRANSFER_BYTES = 16;

/** What is remembered of files from one try to the next; names are remote. */
export interface PutMemory {
  /** The server still has what it acknowledged. */
  known(name: string): DoneFile | undefined;
  begun(name: string): BegunFile | undefined;
  begin(name: string, file: BegunFile): void;
  done(name: string, file: DoneFile): void;
}

export interface PutSideOptions {
  /** The folder that is sent. */
  readonly source: string;
  /** The name on the server that it becomes. */
  readonly target: string;
  readonly checksum: "crc32" | "sha256";
  readonly keepTimes: boolean;
  readonly keepModes: boolean;
  /** A path of `source` as the person knows it. */
  readonly shown: (path: TreePath) => string;
  /** Remove what was acknowledged. */
  readonly removeSource: boolean;
  readonly memory: PutMemory;
  /** What puts that are not remembered have left; null: start over. */
  readonly parts: PartsThere | null;
  readonly random: Random;
  /** Read the bytes before the place where a put goes on again. */
  readonly verify: boolean;
  /** Say something of a file that is no failure. */
  readonly tell: (text: string) => void;
}

const DONE: StepResult = { kind: "done" };
/** A mark comes every 32 MiB or 5 s: after so many, something else is wrong. */
const ASKS_MAX = 3;

type KnownPart = Extract<PartState, { readonly state: "part" }>;

export class PutSide implements Side<FtpClient> {
  readonly many: ManyPuts;
  readonly #options: PutSideOptions;
  readonly #operations = new WeakMap<Step, string>();
  /** Files that were sent before, with no answer heard. */
  readonly #tried = new WeakSet<Step>();
  readonly #crossed = new Crossed();

  constructor(options: PutSideOptions) {
    this.#options = options;
    this.many = new ManyPuts({
      ...options,
      remote: (step) => this.#name(step),
      local: (step) => this.#local(step),
      shown: ({ source }) => options.shown(source.path),
    });
  }

  async folder(
    step: FolderStep,
    at: Place<FtpClient>,
  ): Promise<StepResult> {
    const name = this.#name(step);
    const clash = step.twin !== undefined &&
      await this.#clashes({ path: step.path, twin: step.twin }, at);
    if (clash) return { kind: "failed", reason: "names_clash" };
    // With parents one that is there already is success.
    await at.client.mkdir(name, { parents: true, signal: at.signal });
    return DONE;
  }

  async file(step: FileStep, at: Place<FtpClient>): Promise<StepResult> {
    const { twin, path, only } = step;
    if (twin !== undefined && await this.#clashes({ path, twin }, at)) {
      return { kind: "failed", reason: "names_clash" };
    }
    const { memory, removeSource } = this.#options;
    const known = memory.known(this.#name(step));
    if (known !== undefined && known.identity === step.source.identity) {
      if (removeSource) removeSent(this.#local(step), step.source);
      return { kind: "skipped", reason: "done_before" };
    }
    if (only === "differs" && await this.#isSame(step, at)) {
      await at.client.setAttributes(this.#name(step), {
        mtimeNs: step.source.mtimeNs,
        signal: at.signal,
      });
      return { kind: "skipped", reason: "unchanged" };
    }
    const begun = memory.begun(this.#name(step));
    // By this ftpc, or by one that was given the same command.
    const triedBefore = this.#tried.has(step) ||
      begun?.identity === step.source.identity;
    // What a tree's target holds, its walk has seen. What is found after the
    // first try may be what that one has made.
    const isUnseen = only === "absent" && path.length === 0 && !triedBefore;
    if (isUnseen && await this.#exists(step, at)) {
      return { kind: "skipped", reason: "exists" };
    }
    this.#tried.add(step);
    try {
      return await this.#send(step, at);
    } catch (error) {
      const there = error instanceof ClientError && error.code === "exists";
      if (only !== "absent" || !there) throw error;
      const ours = triedBefore ? await this.#arrived(step, at) : null;
      return ours ?? { kind: "skipped", reason: "exists" };
    }
  }

  async link(step: LinkStep, at: Place<FtpClient>): Promise<StepResult> {
    const { client, signal } = at;
    const name = this.#name(step);
    try {
      await client.link(name, step.text, { signal });
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== "exists") {
        throw error;
      }
      // Never a folder.
      await client.remove(name, { ...this.#once(step, client), signal });
      await client.link(name, step.text, { signal });
    }
    return DONE;
  }

  async attributes(
    step: AttributesStep,
    at: Place<FtpClient>,
  ): Promise<StepResult> {
    const mode = this.#options.keepModes ? step.mode : null;
    await at.client.setAttributes(this.#name(step), {
      mtimeNs: step.mtimeNs,
      ...(mode === null ? {} : { mode }),
      signal: at.signal,
    });
    return DONE;
  }

  async remove(
    step: DeleteStep,
    at: Place<FtpClient>,
  ): Promise<StepResult> {
    const { client, signal } = at;
    const { path, twin, target } = step;
    if (twin !== undefined && await this.#clashes({ path, twin }, at)) {
      return { kind: "skipped", reason: "exists" };
    }
    const name = this.#name(step);
    try {
      if (target.kind === "folder") await client.rmdir(name, { signal });
      else await client.remove(name, { ...this.#once(step, client), signal });
    } catch (error) {
      // Gone is what it was to be: an answer may have been lost.
      const gone = error instanceof ClientError && error.code === "not_found";
      if (!gone) throw error;
    }
    return DONE;
  }

  /** The same in each try: what was done is not done to what came since. */
  #once(step: Step, { features }: FtpClient): { operation?: string } {
    if (!features.has("resume")) return {};
    const { random } = this.#options;
    const operation = this.#operations.get(step) ??
      random.bytes(TRANSFER_BYTES).toHex();
    this.#operations.set(step, operation);
    return { operation };
  }

  async #send(step: FileStep, at: Place<FtpClient>): Promise<StepResult> {
    const { memory } = this.#options;
    const name = this.#name(step);
    const { identity, size } = step.source;
    const begun = memory.begun(name);
    const state = begun?.identity === identity
      ? await stateOf(at, { name, begun })
      : await this.#stateOfOthers(step, at);
    if (state?.state === "complete" && state.size === size) {
      return this.#sent(step, {
        ...{ version: state.version, checksum: state.checksum },
        ...{ bytes: 0, resumedFrom: size, seconds: 0 },
      });
    }
    const changed = begun !== undefined && begun.identity !== identity ||
      state?.state === "none" && state.reason === "changed";
    if (changed) this.#options.tell(texts.jobs.startsOver(name));
    let part = this.#partIn(state, size);
    for (let asks = 0;; asks++) {
      try {
        const receipt = await this.#put(step, at, part);
        return this.#sent(step, { ...receipt, resumedFrom: part?.offset ?? 0 });
      } catch (error) {
        const over = error instanceof ClientError &&
          error.code === "cannot_resume";
        if (part === null || !over) throw error;
        part = asks < ASKS_MAX
          ? await this.#newerPart(step, at, part.offset)
          : null;
        if (part !== null) continue;
        this.#options.tell(texts.jobs.cannotGoOn(error.message));
      }
    }
  }

  /** What there is of it that is not of this job's making. */
  async #stateOfOthers(
    { path, source: { identity, size } }: FileStep,
    at: Place<FtpClient>,
  ): Promise<PartState | null> {
    const { parts, target } = this.#options;
    if (parts === null || size < RESUME_BYTES_MIN) return null;
    const there = await parts.of(remoteName(target, path), at);
    const part = there.find((part) => part.identity === identity);
    if (part !== undefined) {
      const { offset, checksum } = part;
      return { state: "part", offset, checksum };
    }
    return there.length === 0 ? null : { state: "none", reason: "changed" };
  }

  /** Null: this put cannot go on with it. */
  #partIn(state: PartState | null, size: number): KnownPart | null {
    return state?.state === "part" && state.offset <= size &&
        state.checksum.startsWith(`${this.#options.checksum}:`)
      ? state
      : null;
  }

  /** Who it is taken over from may have set a mark since the server was asked. */
  async #newerPart(
    step: FileStep,
    at: Place<FtpClient>,
    offset: number,
  ): Promise<KnownPart | null> {
    const name = this.#name(step);
    const begun = this.#options.memory.begun(name);
    const state = begun === undefined
      ? null
      : await stateOf(at, { name, begun });
    const part = this.#partIn(state, step.source.size);
    return part !== null && part.offset > offset ? part : null;
  }

  async #put(
    step: FileStep,
    at: Place<FtpClient>,
    part: KnownPart | null,
  ): Promise<Receipt> {
    const { checksum, keepModes, keepTimes, shown } = this.#options;
    const { client, signal } = at;
    const { source: { path, identity, size, mode, mtimeNs }, only } = step;
    const offset = part?.offset ?? 0;
    at.onBytes(offset, size);
    const { source: root } = this.#options;
    // What has no path here was named by the user himself.
    const seen = path.length === 0 ? null : { identity, root };
    using source = deferSource(this.#local(step), shown(path), mtimeNs, seen);
    return await client.put(source, this.#name(step), {
      ...this.#transferOf(step, client),
      ...(part === null ? {} : {
        offset: part.offset,
        offsetChecksum: part.checksum,
        verifyOffset: this.#options.verify,
      }),
      ...(keepModes && mode !== null && client.features.has("conditions")
        ? { mode }
        : {}),
      ...(only === "absent" ? { ifAbsent: true } : {}),
      checksum,
      preserveMtime: keepTimes,
      signal,
      onProgress: this.#crossed.counting(step, offset, at.onBytes),
    });
  }

  /** Whose put it is: the same in each try, so that it can be gone on with. */
  #transferOf(
    { path, source: { identity, size } }: FileStep,
    client: FtpClient,
  ): { transfer: string; identity: string } | null {
    if (size < RESUME_BYTES_MIN || !client.features.has("resume")) return null;
    const { memory, random, target } = this.#options;
    const name = remoteName(target, path);
    const begun = memory.begun(name);
    if (begun?.identity === identity) return begun;
    const transfer = random.bytes(TRANSFER_BYTES).toHex();
    const file = { transfer, identity };
    memory.begin(name, file);
    return file;
  }

  #sent(
    step: FileStep,
    { version, bytes, resumedFrom, checksum, seconds }: {
      readonly version: string | null;
      readonly bytes: number;
      readonly resumedFrom: number;
      readonly checksum: string;
      readonly seconds: number;
    },
  ): StepResult {
    const { memory, removeSource } = this.#options;
    const { identity } = step.source;
    const size = resumedFrom + bytes;
    const sentBytes = this.#crossed.of(step);
    if (version !== null) {
      memory.done(this.#name(step), { identity, version, size });
    }
    if (removeSource) removeSent(this.#local(step), step.source);
    return {
      kind: "done",
      moved: { size, sentBytes, resumedFrom, checksum, seconds },
    };
  }

  /**
   * What stands in the way of a second try may be what the first one has made:
   * null where it is another file.
   */
  async #arrived(
    step: FileStep,
    at: Place<FtpClient>,
  ): Promise<StepResult | null> {
    const { checksum: type, keepTimes } = this.#options;
    const { size, mtimeNs } = step.source;
    if (!at.client.features.has("checksum")) return null;
    const there = await this.#checksumThere(step, at);
    const same = there?.size === size &&
      (!keepTimes || wholeMs(there.mtimeNs) === wholeMs(mtimeNs));
    if (!same) return null;
    const checksum = await sourceChecksum(this.#local(step), type, at.signal);
    if (checksum !== there.checksum) return null;
    const { version } = there;
    return this.#sent(step, {
      ...{ version, checksum, bytes: 0, resumedFrom: size, seconds: 0 },
    });
  }

  /** What else is wrong with the name the put will tell. */
  async #exists(
    step: FileStep,
    { client, signal }: Place<FtpClient>,
  ): Promise<boolean> {
    try {
      await client.stat(this.#name(step), { signal });
      return true;
    } catch (error) {
      if (error instanceof ClientError && error.exitCode === 1) return false;
      throw error;
    }
  }

  /** Null: it is no file. */
  async #checksumThere(
    step: FileStep,
    { client, signal }: Place<FtpClient>,
  ): Promise<FileChecksum | null> {
    const { checksum: type } = this.#options;
    try {
      return await client.checksum(this.#name(step), { type, signal });
    } catch (error) {
      if (error instanceof ClientError && error.exitCode === 1) return null;
      throw error;
    }
  }

  /** Both have the size; the time differs. */
  async #isSame(step: FileStep, at: Place<FtpClient>): Promise<boolean> {
    const type = this.#options.checksum;
    const [there, here] = await Promise.all([
      at.client.checksum(this.#name(step), { type, signal: at.signal }),
      sourceChecksum(this.#local(step), type, at.signal),
    ]);
    return there.checksum === here;
  }

  /** Whether the server takes two names for one: then they are one thing. */
  async #clashes(
    { path, twin }: Pick<Required<FileStep>, "path" | "twin">,
    { client, signal }: Place<FtpClient>,
  ): Promise<boolean> {
    const { target } = this.#options;
    try {
      const [one, other] = await Promise.all([
        client.stat(remoteName(target, path), { signal }),
        client.stat(remoteName(target, twin), { signal }),
      ]);
      return one.version === other.version && one.type === other.type;
    } catch (error) {
      if (error instanceof ClientError && error.code === "not_found") {
        return false;
      }
      throw error;
    }
  }

  #name({ path }: { path: FileStep["path"] }): string {
    return remoteName(this.#options.target, path);
  }

  #local({ source }: FileStep): string {
    return localPath(this.#options.source, source.path);
  }
}

async function stateOf(
  { client, signal }: Place<FtpClient>,
  { name, begun }: { name: string; begun: BegunFile },
): Promise<PartState | null> {
  if (!client.features.has("resume")) return null;
  const [state] = await client.resumeStates(
    [{ name, ...begun }],
    { signal },
  );
  return state ?? null;
}
