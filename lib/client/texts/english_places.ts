/** @module English: bookmarks, targets, folders of state and configuration. */

export const places = {};
