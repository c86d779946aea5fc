/** @module Numbers that both directions share. */

/** Smaller ones are sent again: no marks are made for them (PROTOCOL.md). */
export const RESUME_BYTES_MIN = 1024 * 1024;
