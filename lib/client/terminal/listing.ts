/**
 * How listings look: pure text, for `ls` and `lls`.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { texts } from "../texts/mod.ts";
import { formatBytes, type WidthOf } from "./progress.ts";

export interface Shown {
  readonly name: string;
  readonly type: "file" | "folder" | "link" | "other";
  readonly size: number;
  /** Nanoseconds since 1970, UTC. */
  readonly mtimeNs: bigint;
  /** POSIX permission bits, or null where there are none. */
  readonly mode: number | null;
  /** Of a link. */
  readonly target?: string;
  /** No name that can be asked for: escaped, and only to be shown. */
  readonly unreachable?: boolean;
}

export interface Look {
  /** Columns of the terminal. */
  readonly columns: number;
  readonly colours: boolean;
  /** 1.5 kB instead of 1500. */
  readonly human: boolean;
  readonly now: Date;
  readonly widthOf: WidthOf;
}

const GAP = "  ";
const TYPES = { file: "-", folder: "d", link: "l", other: "?" } as const;
/** SGR: folders, links, what is neither. */
const COLOURS = { file: "", folder: "1;34", link: "1;36", other: "1;33" };
/** Older, or of a day to come: the year counts, and the hour does not. */
const RECENT_MS = 182 * 24 * 60 * 60 * 1000;

/** One name a line. */
export function singleLines(all: readonly Shown[], look: Look): string {
  return all.map((one) => `${coloured(one, look)}\n`).join("");
}

/** As many columns as there is room for, filled from top to bottom. */
export function columnLines(all: readonly Shown[], look: Look): string {
  if (all.length === 0) return "";
  const { widthOf, columns } = look;
  const widths = all.map(({ name }) => widthOf(printable(name)));
  // As many as could be, then one less each time: there are few to try.
  const most = Math.floor((columns + GAP.length) / (1 + GAP.length));
  for (let tried = Math.min(most, all.length); tried > 1; tried--) {
    const rows = Math.ceil(all.length / tried);
    const count = Math.ceil(all.length / rows);
    const wide = Array.from(
      { length: count },
      (_, at) => widest(widths.slice(at * rows, (at + 1) * rows)),
    );
    const total = wide.reduce((sum, width) => sum + width, 0) +
      GAP.length * (count - 1);
    if (total <= columns) return inRows(all, look, { rows, wide, widths });
  }
  return singleLines(all, look);
}

function inRows(
  all: readonly Shown[],
  look: Look,
  { rows, wide, widths }: {
    readonly rows: number;
    readonly wide: readonly number[];
    readonly widths: readonly number[];
  },
): string {
  let text = "";
  for (let row = 0; row < rows; row++) {
    for (const [column, width] of wide.entries()) {
      const at = column * rows + row;
      const one = all[at];
      if (one === undefined) break;
      text += coloured(one, look);
      const isLast = all[at + rows] === undefined;
      if (!isLast) text += " ".repeat(width - (widths[at] ?? 0)) + GAP;
    }
    text += "\n";
  }
  return text;
}

/** Type and mode, size, time, name, and where a link leads. */
export function longLines(all: readonly Shown[], look: Look): string {
  const sizes = all.map(({ size, type }) =>
    type === "folder" ? "-" : look.human ? formatBytes(size) : String(size)
  );
  const width = widest(sizes.map(({ length }) => length));
  const modes = all.map(modeOf);
  const modeWidth = widest(modes.map(({ length }) => length));
  return all.map((one, at) => {
    const size = (sizes[at] ?? "").padStart(width);
    const time = shownTime(one.mtimeNs, look.now);
    const target = one.target === undefined
      ? ""
      : ` -> ${printable(one.target)}`;
    const name = coloured(one, look);
    const mode = (modes[at] ?? "").padEnd(modeWidth);
    const mark = one.unreachable ? ` ${texts.commands.unreachable}` : "";
    const facts = `${mode}${GAP}${size}${GAP}${time}`;
    return `${facts}${GAP}${name}${target}${mark}\n`;
  }).join("");
}

/** `drwxr-xr-x`; without modes the type alone. */
export function modeOf({ type, mode }: Pick<Shown, "type" | "mode">): string {
  if (mode === null) return TYPES[type];
  const bits = [...mode.toString(8).padStart(4, "0").slice(-3)].map((digit) => {
    const three = Number(digit);
    return (three & 4 ? "r" : "-") + (three & 2 ? "w" : "-") +
      (three & 1 ? "x" : "-");
  });
  return TYPES[type] + bits.join("");
}

/** `Nov 25 11:40`, or `Nov 25  2024`: of this machine's time zone. */
export function shownTime(ns: bigint, now: Date): string {
  const date = new Date(Number(ns / 1_000_000n));
  if (Number.isNaN(date.getTime())) return "?".padEnd(12);
  const month = texts.terminal.months[date.getMonth()] ?? "";
  const day = String(date.getDate()).padStart(2);
  const ageMs = now.getTime() - date.getTime();
  const two = (n: number) => String(n).padStart(2, "0");
  const rest = ageMs > RECENT_MS || ageMs < -60_000
    ? String(date.getFullYear()).padStart(5)
    : `${two(date.getHours())}:${two(date.getMinutes())}`;
  return `${month} ${day} ${rest}`;
}

function coloured({ name, type }: Shown, { colours }: Look): string {
  const text = printable(name);
  const colour = COLOURS[type];
  return colours && colour !== "" ? `\x1b[${colour}m${text}\x1b[0m` : text;
}

function widest(widths: readonly number[]): number {
  return widths.reduce((most, width) => Math.max(most, width), 0);
}
