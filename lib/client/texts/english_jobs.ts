/** @module English: journals, retries, whole jobs. */

export const jobs = {};
