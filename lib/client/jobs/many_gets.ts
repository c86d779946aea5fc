/**
 * Small files of a plan to this machine, many in one go: each is put in its
 * place as it comes.
 * @module
 */
import type { Random } from "../../runtime/mod.ts";
import { ClientError } from "../error.ts";
import {
  type FtpClient,
  type RemoteFile,
  SMALL_BYTES_MAX,
  type SmallSink,
} from "../library.ts";
import { localError } from "../local/error.ts";
import { identityFrom } from "../local/identity.ts";
import type { FoundPart } from "../local/kept_part.ts";
import {
  modeToKeep,
  newPartName,
  wholeMsOf,
  writeWhole,
} from "../local/target.ts";
import { splitLocal } from "../local/walk.ts";
import { texts } from "../texts/mod.ts";
import type { FileStep } from "../tree/step.ts";
import type { GetMemory } from "./get_side.ts";
import type { ManyFiles, Moved, Place, StepResult } from "./side.ts";

/** What of a GetSide they need. */
export interface GetPlace {
  readonly checksum: "crc32" | "sha256";
  readonly keepTimes: boolean;
  readonly keepModes: boolean;
  readonly removeSource: boolean;
  readonly random: Random;
  readonly memory: GetMemory;
  /** A file's name on the server, its path here, and as the person knows it. */
  remote(step: FileStep): string;
  local(step: FileStep): string;
  shown(step: FileStep): string;
  /** What lay in a folder when this job came to it. */
  around(folder: string, client: FtpClient): Surroundings;
}

export interface Surroundings {
  readonly names: ReadonlySet<string>;
  /** What an earlier get has left of these is gone on with. */
  readonly parts: ReadonlyMap<string, readonly FoundPart[]>;
}

export class ManyGets implements ManyFiles<FtpClient> {
  readonly #place: GetPlace;

  constructor(place: GetPlace) {
    this.#place = place;
  }

  takes(step: FileStep, client: FtpClient): boolean {
    const { memory, keepTimes, keepModes, removeSource } = this.#place;
    const { source, twin, only } = step;
    if (source.size > SMALL_BYTES_MAX || twin !== undefined) return false;
    if (only !== undefined || removeSource || keepModes || !keepTimes) {
      return false;
    }
    const local = this.#place.local(step);
    if (memory.known(this.#place.remote(step), local)) return false;
    const [folder, name] = splitLocal(local);
    return !this.#place.around(folder, client).parts.has(name);
  }

  async files(
    steps: readonly FileStep[],
    { client, signal }: Pick<Place<FtpClient>, "client" | "signal">,
  ): Promise<readonly (StepResult | ClientError | null)[]> {
    const { checksum } = this.#place;
    const files = steps.map((step) => new FileHere(step, this.#place, client));
    const outcomes = await client.getMany(files, { checksum, signal });
    return outcomes.map((outcome) => {
      if (outcome === null || outcome instanceof ClientError) return outcome;
      const { bytes: size, checksum, seconds } = outcome;
      const moved: Moved = {
        ...{ size, sentBytes: size, resumedFrom: 0, checksum, seconds },
      };
      return { kind: "done", moved };
    });
  }
}

class FileHere implements SmallSink {
  readonly name: string;
  readonly #step: FileStep;
  readonly #place: GetPlace;
  readonly #local: string;
  readonly #folder: string;
  /** Nothing was there: what comes meanwhile may be replaced as well. */
  readonly #isNew: boolean;

  constructor(step: FileStep, place: GetPlace, client: FtpClient) {
    this.#step = step;
    this.#place = place;
    this.name = place.remote(step);
    this.#local = place.local(step);
    const [folder, name] = splitLocal(this.#local);
    this.#folder = folder;
    this.#isNew = !place.around(folder, client).names.has(name);
  }

  take(bytes: Uint8Array, info: RemoteFile): void {
    const { mtimeNs = this.#step.source.mtimeNs, version } = info;
    const target = this.#local;
    const what = () => texts.local.getInto(this.#place.shown(this.#step));
    try {
      const mode = this.#isNew ? null : modeToKeep(target, what());
      const part = `${this.#folder}/${newPartName(this.#place.random)}`;
      const ino = writeWhole({ target, part, bytes, mtimeNs, mode });
      if (version === null) return;
      const size = bytes.length;
      const identity = identityFrom(size, wholeMsOf(mtimeNs), ino);
      const done = { identity, version, size };
      this.#place.memory.done(this.name, target, done);
    } catch (error) {
      throw localError(what(), error);
    }
  }
}
