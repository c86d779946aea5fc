/** @module English: walks, filters and plans. */

export const tree = {};
