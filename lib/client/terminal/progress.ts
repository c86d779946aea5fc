/**
 * How a transfer's progress looks: pure text, no terminal, no clock. Units are
 * powers of 1000, as disks and networks are sold: 1 MB/s is a million bytes a
 * second.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import type { Receipt } from "../library.ts";
import { texts } from "../texts/mod.ts";

export interface ProgressState {
  readonly name: string;
  readonly bytes: number;
  /** Null where nobody knows it. */
  readonly total: number | null;
  /** Of late; null until there is one. */
  readonly bytesPerSecond: number | null;
  /** Since the last byte moved. */
  readonly silentSeconds: number;
}

/** Terminal columns that a text takes. */
export type WidthOf = (text: string) => number;

/** From here on it is said that nothing moves. */
export const SILENT_SECONDS = 10;
const BAR_COLUMNS_MIN = 8;
const BAR_COLUMNS_MAX = 32;
const GAP = "  ";
const KILO = 1000;
const WIDEST_AMOUNT = "999.9 MB";

/**
 * One line of at most `columns`: name, bar, percent, bytes, rate, time left.
 * Where there is no room for all, the bar goes first, then the name is cut.
 * @param widthOf Right for ASCII names unless given.
 */
export function renderProgress(
  state: ProgressState,
  columns: number,
  widthOf: WidthOf = (text) => text.length,
): string {
  const facts = factsOf(state).join(GAP);
  const name = printable(state.name);
  const nameMax = Math.max(columns - facts.length - GAP.length, 0);
  const short = shorten(name, nameMax, widthOf);
  const line = short === "" ? facts : short + GAP + facts;
  const barColumns = columns - widthOf(line) - GAP.length - "[]".length;
  if (state.total === null || barColumns < BAR_COLUMNS_MIN) {
    return shorten(line, columns, widthOf);
  }
  const bar = renderBar(
    shareOf(state.bytes, state.total),
    Math.min(barColumns, BAR_COLUMNS_MAX),
  );
  return [short, bar, facts].filter((part) => part !== "").join(GAP);
}

/** The same in a log: no bar, and as long as it has to be. */
export function progressLine(state: ProgressState): string {
  const facts = factsOf(state).map((fact) => fact.trim());
  return [printable(state.name), ...facts].join(GAP);
}

/** The line that stays when a transfer is done. */
export function closingLine({ name, bytes, seconds }: Receipt): string {
  const took = Math.max(seconds, 0.001).toFixed(seconds < 1 ? 3 : 2);
  // Of the seconds that are shown: who reckons them over finds the same.
  const rate = bytes / KILO / KILO / Number(took);
  // A small file, whose time is all waiting, has a rate as well.
  const shown = rate.toFixed(rate < 1 ? 4 : 1).replace(/(?<=\.\d+)0+$/, "");
  return texts.terminal.closing({
    name: printable(name),
    bytes: grouped(bytes),
    isOne: bytes === 1,
    seconds: took,
    megabytesPerSecond: shown,
  });
}

/** `512 B`, `1.5 kB`, `12.3 GB`. */
export function formatBytes(bytes: number): string {
  const { units, amount } = texts.terminal;
  let unit = 0;
  let value = bytes;
  // 999.95 would be shown as 1000.0.
  while (value >= KILO - 0.05 && unit < units.length - 1) {
    value /= KILO;
    unit++;
  }
  const digits = unit === 0 ? Math.round(value).toString() : value.toFixed(1);
  return amount(digits, units[unit] ?? "");
}

/** `0:07`, `12:34`, `3:02:01`. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [h, m, s] = [whole / 3600, (whole / 60) % 60, whole % 60].map(
    Math.floor,
  );
  const two = (n: number | undefined) => String(n ?? 0).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m ?? 0}:${two(s)}`;
}

/** `text` in at most `columns`, with `…` where something is left out. */
export function shorten(text: string, columns: number, widthOf: WidthOf) {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return "";
  let kept = "";
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += widthOf(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

function factsOf(state: ProgressState): string[] {
  const { bytes, total, bytesPerSecond: rate, silentSeconds } = state;
  const say = texts.terminal;
  const facts: string[] = [];
  if (total !== null) {
    const percent = Math.floor(shareOf(bytes, total) * 100);
    facts.push(say.percent(percent).padStart(say.percent(100).length));
  }
  facts.push(formatBytes(bytes).padStart(WIDEST_AMOUNT.length));
  if (silentSeconds >= SILENT_SECONDS) {
    facts.push(say.stalled(Math.floor(silentSeconds)));
    return facts;
  }
  if (rate === null) return facts;
  facts.push(
    say.rate(formatBytes(rate)).padStart(say.rate(WIDEST_AMOUNT).length),
  );
  if (total !== null && rate > 0) {
    facts.push(say.left(formatDuration(Math.max(total - bytes, 0) / rate)));
  }
  return facts;
}

/** From 0 to 1; a file may grow while it is sent. */
function shareOf(bytes: number, total: number): number {
  return total === 0 ? 1 : Math.min(bytes / total, 1);
}

function renderBar(share: number, columns: number): string {
  const full = Math.floor(share * columns);
  return `[${"#".repeat(full)}${"-".repeat(columns - full)}]`;
}

function grouped(bytes: number): string {
  return String(bytes).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}
