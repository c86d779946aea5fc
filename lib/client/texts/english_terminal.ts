/** @module English: progress and prompts. */

export const terminal = {};
