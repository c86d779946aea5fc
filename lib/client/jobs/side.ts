/**
 * One direction of a job: who does its steps, where they are to be done.
 * @module
 */
import type { ClientError } from "../error.ts";
import type { Reason } from "../tree/reason.ts";
import type {
  AttributesStep,
  DeleteStep,
  FileStep,
  FolderStep,
  LinkStep,
} from "../tree/step.ts";

/** A file that is there now, verified. */
export interface Moved {
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes that crossed the wire for it, in all tries of the command. */
  readonly sentBytes: number;
  /** It went on behind this byte; 0: from the start. */
  readonly resumedFrom: number;
  readonly checksum: string;
  readonly seconds: number;
}

export type StepResult =
  | { readonly kind: "done"; readonly moved?: Moved }
  | { readonly kind: "skipped" | "failed"; readonly reason: Reason }
  | { readonly kind: "failed"; readonly error: ClientError };

/**
 * One direction: where the steps are done. Each rejects with a ClientError;
 * those of the connection are the engine's affair. All may be called before
 * earlier ones have settled, unless it is said otherwise.
 */
export interface Side<Client> {
  folder(step: FolderStep, at: Place<Client>): Promise<StepResult>;
  file(step: FileStep, at: Place<Client>): Promise<StepResult>;
  link(step: LinkStep, at: Place<Client>): Promise<StepResult>;
  attributes(
    step: AttributesStep,
    at: Place<Client>,
  ): Promise<StepResult>;
  remove(step: DeleteStep, at: Place<Client>): Promise<StepResult>;
  /** Small files in one go; left out where there is no such way. */
  readonly many?: ManyFiles<Client>;
}

/** Files that are done together: a fraction of the work for each. */
export interface ManyFiles<Client> {
  /** Whether it may go so: small, and nothing to be asked before it. */
  takes(step: FileStep, client: Client): boolean;
  /**
   * @returns What became of each; null: nothing, it is to be done alone.
   * `onBytes` is not called.
   */
  files(
    steps: readonly FileStep[],
    at: Pick<Place<Client>, "client" | "signal">,
  ): Promise<readonly (StepResult | ClientError | null)[]>;
}

/** With what a step is done. */
export interface Place<Client> {
  readonly client: Client;
  readonly signal: AbortSignal;
  /**
   * First told before a byte has moved: where it goes on, or 0.
   * @param bytes There so far, from the first one on.
   * @param total Of the file, as it turns out to be; null: not known.
   */
  readonly onBytes: (bytes: number, total: number | null) => void;
}
