/**
 * Small files of a plan to the server, many in one go.
 * @module
 */
import { ClientError } from "../error.ts";
import {
  type FtpClient,
  SMALL_BYTES_MAX,
  type SmallSource,
} from "../library.ts";
import { readSeen } from "../local/source.ts";
import type { FileStep } from "../tree/step.ts";
import type { PutMemory } from "./put_side.ts";
import type { ManyFiles, Moved, Place, StepResult } from "./side.ts";

/** What of a PutSide they need. */
export interface PutPlace {
  readonly checksum: "crc32" | "sha256";
  readonly keepTimes: boolean;
  readonly keepModes: boolean;
  readonly removeSource: boolean;
  readonly memory: PutMemory;
  /** A file's name on the server, its path here, and as the person knows it. */
  remote(step: FileStep): string;
  local(step: FileStep): string;
  shown(step: FileStep): string;
}

export class ManyPuts implements ManyFiles<FtpClient> {
  readonly #place: PutPlace;

  constructor(place: PutPlace) {
    this.#place = place;
  }

  takes(step: FileStep, { features }: FtpClient): boolean {
    const { memory, keepModes, removeSource } = this.#place;
    const { source, twin, only } = step;
    if (source.size > SMALL_BYTES_MAX || twin !== undefined) return false;
    if (only !== undefined || removeSource) return false;
    if (keepModes && !features.has("conditions")) return false;
    return memory.known(this.#place.remote(step)) === undefined;
  }

  async files(
    steps: readonly FileStep[],
    { client, signal }: Pick<Place<FtpClient>, "client" | "signal">,
  ): Promise<readonly (StepResult | ClientError | null)[]> {
    const { checksum } = this.#place;
    const files = steps.map((step) => new SeenFile(step, this.#place));
    const outcomes = await client.putMany(files, { checksum, signal });
    return outcomes.map((outcome, at) => {
      const step = steps[at];
      if (outcome === null || step === undefined) return null;
      if (outcome instanceof ClientError) return outcome;
      const { bytes: size, version, checksum, seconds } = outcome;
      const name = files[at]?.name ?? "";
      if (version !== null) {
        const { identity } = step.source;
        this.#place.memory.done(name, { identity, version, size });
      }
      const moved: Moved = {
        ...{ size, sentBytes: size, resumedFrom: 0, checksum, seconds },
      };
      return { kind: "done", moved };
    });
  }
}

/** A file as the walk has seen it. */
class SeenFile implements SmallSource {
  readonly name: string;
  readonly mtimeNs?: bigint;
  readonly mode?: number;
  readonly #step: FileStep;
  readonly #place: PutPlace;

  constructor(step: FileStep, place: PutPlace) {
    this.#step = step;
    this.#place = place;
    const { mtimeNs, mode } = step.source;
    this.name = place.remote(step);
    if (place.keepTimes) this.mtimeNs = mtimeNs;
    if (place.keepModes && mode !== null) this.mode = mode;
  }

  whole(into: Uint8Array): number | null {
    const step = this.#step;
    const shown = () => this.#place.shown(step);
    return readSeen(this.#place.local(step), shown, step.source, into);
  }
}
