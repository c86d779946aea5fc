/** @module English: flags, commands, help, and what is wrong with a line. */
import { type Said, said } from "./said.ts";

export const grammar = {
  nothingEscaped: said("a \\ has nothing behind it", "write \\\\ for one \\"),
  quoteOpen: (quote: string): Said => [
    `a ${quote} is not closed`,
    "close it, or write a \\ first",
  ],

  rate: (bytes: string, mbit: string) => `${bytes} bytes/s (${mbit} Mbit/s)`,
};
