/**
 * Steps of a plan whose target is this machine: folders made, files fetched,
 * links made, times set. Every path is the target's root and names that
 * tree/remote_walk.ts has checked; none comes from a server as it is.
 * @module
 */
import { dirname } from "node:path";
import type { Clock, Random } from "../../runtime/mod.ts";
import type { FtpClient } from "../library.ts";
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
  type LocalTarget,
  openTarget,
  removeStaleParts,
} from "../local/target.ts";
import { localPath } from "../local/walk.ts";
import type { TreePath } from "../tree/entry.ts";
import type {
  AttributesStep,
  DeleteStep,
  FileStep,
  FolderStep,
  LinkStep,
} from "../tree/step.ts";
import type { Place, Side, StepResult } from "./engine.ts";
import { remoteName } from "./names.ts";

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
}

const DONE: StepResult = { kind: "done" };

export class GetSide implements Side<FtpClient> {
  readonly #options: GetSideOptions;
  /** The folder that was looked through last: names come folder by folder. */
  #tidied: string | null = null;

  constructor(options: GetSideOptions) {
    this.#options = options;
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
    if (twin !== undefined && this.#clashes(path, twin)) {
      return { kind: "failed", reason: "names_clash" };
    }
    const target = this.#local(path);
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

  async #fetch(step: FileStep, at: Place<FtpClient>): Promise<StepResult> {
    const { checksum, keepModes, keepTimes, removeSource } = this.#options;
    const { client, signal, onBytes } = at;
    const { path, source } = step;
    const name = remoteName(this.#options.source, source.path);
    const local = this.#local(path);
    using target = new TargetInTurn(() => this.#open(path));
    const receipt = await client.get(name, ({ size }) => {
      onBytes(0, size);
      return target.open();
    }, { checksum, signal, onProgress: onBytes });
    const mtimeNs = receipt.mtimeNs ?? source.mtimeNs;
    target.commit(keepTimes ? mtimeNs : undefined);
    if (keepModes && source.mode !== null) {
      changeAttributes(local, { mtimeNs, mode: source.mode });
    }
    if (removeSource) await client.remove(name, { signal });
    const { bytes, seconds } = receipt;
    return {
      kind: "done",
      moved: {
        ...{ size: bytes, sentBytes: bytes, resumedFrom: 0, seconds },
        checksum: receipt.checksum,
      },
    };
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

  #open(path: TreePath): LocalTarget {
    const { random, shown, unfinished, clock } = this.#options;
    const local = this.#local(path);
    const folder = dirname(local);
    if (this.#tidied !== folder) removeStaleParts(folder, clock.date());
    this.#tidied = folder;
    const target = openTarget(local, shown(path), random);
    unfinished.add(target);
    return {
      write: (bytes) => target.write(bytes),
      commit: (mtimeNs) => target.commit(mtimeNs),
      [Symbol.dispose]() {
        unfinished.delete(target);
        target[Symbol.dispose]();
      },
    };
  }

  #local(path: FileStep["path"]): string {
    return localPath(this.#options.target, path);
  }
}

/** A file that is opened when its turn comes: thousands may wait for theirs. */
class TargetInTurn implements Disposable {
  readonly #openNow: () => LocalTarget;
  #target: LocalTarget | null = null;

  constructor(openNow: () => LocalTarget) {
    this.#openNow = openNow;
  }

  open(): LocalTarget {
    return this.#target = this.#openNow();
  }

  commit(mtimeNs: bigint | undefined): void {
    this.#target?.commit(mtimeNs);
  }

  [Symbol.dispose](): void {
    this.#target?.[Symbol.dispose]();
  }
}
