/** @module English: the server, the connection and its failures. */

export const session = {};
