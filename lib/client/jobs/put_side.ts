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
import type { PartState } from "../remote.ts";
import type { TreePath } from "../tree/entry.ts";
import type {
  AttributesStep,
  DeleteStep,
  FileStep,
  FolderStep,
  LinkStep,
} from "../tree/step.ts";
import type { Place, Side, StepResult } from "./engine.ts";
import type { BegunFile, DoneFile } from "./journal.ts";
import { remoteName } from "./names.ts";

/** Smaller ones are sent again: no marks are made for them (PROTOCOL.md). */
export const RESUME_BYTES_MIN = 1024 * 1024;
const TRANSFER_BYTES = 16;

/** What is remembered of files from one try to the next; names are remote. */
export interface PutMemory {
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
  readonly random: Random;
}

const DONE: StepResult = { kind: "done" };

export class PutSide implements Side<FtpClient> {
  readonly #options: PutSideOptions;

  constructor(options: PutSideOptions) {
    this.#options = options;
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
    if (only === "differs" && await this.#isSame(step, at)) {
      await at.client.setAttributes(this.#name(step), {
        mtimeNs: step.source.mtimeNs,
        signal: at.signal,
      });
      return { kind: "skipped", reason: "unchanged" };
    }
    try {
      return await this.#send(step, at);
    } catch (error) {
      const there = error instanceof ClientError && error.code === "exists";
      if (only !== "absent" || !there) throw error;
      return { kind: "skipped", reason: "exists" };
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
      await client.remove(name, { signal }); // never a folder
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
    if (target.kind === "folder") await client.rmdir(name, { signal });
    else await client.remove(name, { signal });
    return DONE;
  }

  async #send(step: FileStep, at: Place<FtpClient>): Promise<StepResult> {
    const { memory } = this.#options;
    const name = this.#name(step);
    const { identity, size } = step.source;
    const begun = memory.begun(name);
    const state = begun?.identity === identity
      ? await stateOf(at, { name, begun })
      : null;
    if (state?.state === "complete" && state.size === size) {
      return this.#sent(step, {
        ...{ version: state.version, checksum: state.checksum },
        ...{ bytes: 0, resumedFrom: size, seconds: 0 },
      });
    }
    const part = state?.state === "part" ? state : null;
    const receipt = await this.#put(step, at, part);
    return this.#sent(step, { ...receipt, resumedFrom: part?.offset ?? 0 });
  }

  async #put(
    step: FileStep,
    at: Place<FtpClient>,
    part: Extract<PartState, { state: "part" }> | null,
  ): Promise<Receipt> {
    const { checksum, keepModes, keepTimes, shown } = this.#options;
    const { client, signal, onBytes } = at;
    const { source: { mode, mtimeNs }, only } = step;
    const name = shown(step.source.path);
    using source = deferSource(this.#local(step), name, mtimeNs);
    return await client.put(source, this.#name(step), {
      ...this.#transferOf(step, client),
      ...(part === null
        ? {}
        : { offset: part.offset, offsetChecksum: part.checksum }),
      ...(keepModes && mode !== null && client.features.has("conditions")
        ? { mode }
        : {}),
      ...(only === "absent" ? { ifAbsent: true } : {}),
      checksum,
      preserveMtime: keepTimes,
      signal,
      onProgress: onBytes,
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
    if (version !== null) {
      memory.done(this.#name(step), { identity, version, size });
    }
    if (removeSource) removeSent(this.#local(step), step.source);
    return {
      kind: "done",
      moved: { size, sentBytes: bytes, resumedFrom, checksum, seconds },
    };
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
