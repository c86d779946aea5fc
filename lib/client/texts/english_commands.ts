/** @module English: what commands say. */

export const commands = {};
