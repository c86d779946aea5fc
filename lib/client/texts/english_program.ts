/** @module English: starting, login, permissions. */

export const program = {};
