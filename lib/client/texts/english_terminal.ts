/** @module English: progress and lines of input. */
import type { Said } from "./said.ts";

export const terminal = {
  /** Of a job, how far it is. */
  filesDone: (done: number, all: number | null) =>
    all === null ? `${done} files` : `${done} of ${all} files`,
  lineTooLong: (name: string, bytesMax: number): Said => [
    `${name}: a line of more than ${bytesMax} bytes`,
    "give it lines of text",
  ],
  lineNotUtf8: (name: string): Said => [
    `${name}: a line that is not UTF-8`,
    "give it lines of text",
  ],

  /** The line editor. */
  more: (count: number) => `… ${count} more`,
  searching: (query: string, found: boolean) =>
    `(${found ? "search" : "not found"}) ${query}: `,

  /** In listings; all of one width. */
  months: [
    ...["Jan", "Feb", "Mar", "Apr", "May", "Jun"],
    ...["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  ],

  /** Units are powers of 1000. */
  units: ["B", "kB", "MB", "GB", "TB", "PB", "EB"],
  amount: (value: string, unit: string) => `${value} ${unit}`,
  rate: (amount: string) => `${amount}/s`,
  percent: (percent: number) => `${percent} %`,
  left: (duration: string) => `${duration} left`,
  stalled: (seconds: number) => `no progress for ${seconds} s`,
  /** `a.txt: 1,234 bytes in 0.002 s, 0.617 MB/s, checksum verified`. */
  closing: (
    moved: {
      readonly name: string;
      readonly bytes: string;
      readonly isOne: boolean;
      readonly seconds: string;
      readonly megabytesPerSecond: string;
    },
  ) =>
    `${moved.name}: ${moved.bytes} ${moved.isOne ? "byte" : "bytes"} in ` +
    `${moved.seconds} s, ${moved.megabytesPerSecond} MB/s, checksum verified`,
};
