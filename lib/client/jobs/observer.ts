/** @module What the engine tells of a job, and what all parts of a job share. */
import type { ClientError } from "../error.ts";
import type { FileStep, Step } from "../tree/step.ts";
import type { StepResult } from "./side.ts";

/** Who is told of it. */
export interface JobObserver {
  begun(step: FileStep): void;
  moved(step: FileStep, bytes: number, total: number | null): void;
  ended(step: Step, result: StepResult): void;
  /** So many were left alone, as asked. */
  passed(count: number): void;
  /** Deletions were due and are not made. */
  withheld(step: Withheld): void;
  /** The connection is gone; the next try comes in `ms`. */
  waiting(error: ClientError, ms: number): void;
}

/** What all that one command moves goes to. */
export interface Room {
  /** A disk was full: nothing more is begun that would need room. */
  isFull: boolean;
}

export type Withheld = Extract<Step, { readonly kind: "withheld" }>;
