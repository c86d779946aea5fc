/** @module English: flags, commands, help, and what is wrong with a line. */

export const grammar = {};
