/** @module Our documents, read once for the tests about them. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { type Document, readDocument, type Table } from "./markdown.ts";

export const root = path.resolve(import.meta.dirname ?? ".", "../..");
/** How the documents start Deno. */
export const NPX = "npx -y deno@2.9.6";
export const english = readDocument(read("README.md"));
export const chinese = readDocument(read("README.zh-CN.md"));
export const DOCUMENTS = [
  ...["README.md", "README.zh-CN.md", "SECURITY.md", "PROTOCOL.md"],
  ...[...Deno.readDirSync(path.join(root, "docs"))].map(({ name }) =>
    `docs/${name}`
  ),
];

export function read(file: string): string {
  return Deno.readTextFileSync(path.join(root, file));
}

/** The one table that holds `text`. */
export function tableWith({ tables }: Document, text: string): Table {
  const found = tables.filter(({ rows }) =>
    rows.flat().join(" ").includes(text)
  );
  assert.equal(found.length, 1, `one table with ${text}`);
  return found[0] ?? assert.fail();
}
