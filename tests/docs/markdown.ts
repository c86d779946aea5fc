/** @module What the tests read out of the documents: headings, fences, tables. */

export interface Fence {
  /** `sh`, `console`, `ini`, or nothing. */
  readonly language: string;
  readonly lines: readonly string[];
  /** The heading that it stands under. */
  readonly heading: string;
}

export interface Table {
  readonly heading: string;
  /** Cells without their marks; the first row names the columns. */
  readonly rows: readonly (readonly string[])[];
}

export interface Document {
  /** With their marks: `## Log`. */
  readonly headings: readonly string[];
  readonly fences: readonly Fence[];
  readonly tables: readonly Table[];
  /** Where links lead to, as written. */
  readonly links: readonly string[];
}

export function readDocument(text: string): Document {
  const headings: string[] = [];
  const fences: (Fence & { lines: string[] })[] = [];
  const tables: (Table & { rows: string[][] })[] = [];
  const links: string[] = [];
  let fence: (typeof fences)[number] | null = null;
  let table: (typeof tables)[number] | null = null;
  for (const line of text.split("\n")) {
    const heading = headings.at(-1) ?? "";
    if (line.startsWith("```")) {
      if (fence !== null) fence = null;
      else {
        fence = { language: line.slice(3), lines: [], heading };
        fences.push(fence);
      }
      continue;
    }
    if (fence !== null) {
      fence.lines.push(line);
      continue;
    }
    if (/^#+ /.test(line)) headings.push(line);
    for (const [, link] of line.matchAll(/\]\(([^)]+)\)/g)) {
      links.push(link ?? "");
    }
    const cells = cellsOf(line);
    if (cells === null) table = null;
    else if (table === null) {
      table = { heading, rows: [cells] };
      tables.push(table);
    } else if (!cells.every((cell) => /^-+$/.test(cell))) {
      table.rows.push(cells);
    }
  }
  return { headings, fences, tables, links };
}

function cellsOf(line: string): string[] | null {
  if (!line.startsWith("| ")) return null;
  const inner = line.slice(1, line.lastIndexOf("|"));
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim());
}

/** What stands in `code` marks. */
export function codeOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
}
