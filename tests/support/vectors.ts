/**
 * tests/vectors: the examples of PROTOCOL.md as files, typed.
 * @module
 */
import * as path from "node:path";

export interface FrameCase {
  readonly name: string;
  readonly hex: string;
  readonly frames: readonly (
    | { readonly kind: "message"; readonly text: string }
    | { readonly kind: "data"; readonly hex: string }
  )[];
  readonly error?: string;
  /** Bytes at the end that make no whole frame. */
  readonly left?: number;
  readonly data_due?: boolean;
  readonly before_login?: boolean;
}

export interface MessageCase {
  readonly name: string;
  readonly hex: string;
  readonly action?: string;
  readonly status_code?: number;
}

export interface FirstByteCase {
  readonly name: string;
  readonly hex: string;
  readonly reply_hex: string;
}

export type Step =
  | {
    readonly from: "client";
    readonly hex: string;
    readonly text?: string;
    readonly data?: string;
  }
  | {
    readonly from: "server";
    readonly hex: string;
    readonly text: string;
    readonly expect: Readonly<Record<string, unknown>>;
  }
  | {
    readonly from: "server";
    readonly hex: string;
    readonly data: string;
    /** Of a listing: each line has at least these fields. */
    readonly expect_lines?: readonly Readonly<Record<string, unknown>>[];
  }
  | { readonly from: "server"; readonly closes: true };

const folder = path.join(import.meta.dirname ?? ".", "..", "vectors");
export const SESSIONS = [
  ...["put_get", "pipelining", "abort_cancel", "folders", "resume", "errors"],
];

export function frameCases(): readonly FrameCase[] {
  return read("frames").cases;
}

export function messageCases(): readonly MessageCase[] {
  return read("messages").cases;
}

export function firstByteCases(): readonly FirstByteCase[] {
  return read("first_byte").cases;
}

export function steps(name: string): readonly Step[] {
  return read(name).steps;
}

function read(name: string) {
  return JSON.parse(Deno.readTextFileSync(path.join(folder, `${name}.json`)));
}
