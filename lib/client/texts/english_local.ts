/** @module English: files of this machine. */

export const local = {};
