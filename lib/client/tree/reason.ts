/**
 * Why an entry is not sent: each reason with what it counts as.
 * @module
 */

const REASONS = {
  /** Left alone, as it should be: the exit code stays 0. */
  special: "skipped", // a device, a pipe, a socket
  unfinished: "skipped", // a part of our own, of another transfer
  too_large: "skipped", // --max-size
  too_small: "skipped", // --min-size
  exists: "skipped", // --no-clobber
  newer: "skipped", // --update
  unchanged: "skipped", // --skip-unchanged, sync
  done_before: "skipped", // by the same command, which broke off
  /** Could not be had. */
  missing: "failed", // named by --files-from
  unreadable: "failed", // a folder or a link
  vanished: "failed", // between the listing and the look
  link_leaves: "failed", // the tree
  link_dangles: "failed",
  link_loops: "failed", // leads to a folder that it lies in
  link_deep: "failed", // a link to a link to a link …
  link_absolute: "failed", // --links
  link_winding: "failed", // --links: `..` behind a name
  name_unfit: "failed", // the other side cannot hold it
  name_not_utf8: "failed", // here
  name_unreachable: "failed", // on the server: no request can have it
  name_too_long: "failed",
  name_reserved: "failed",
  names_clash: "failed", // two that the other side takes for one
  folder_in_place: "failed", // of a file, there
  file_in_place: "failed", // of a folder, there
  below_failed: "failed", // in a folder that could not be made
  no_room: "failed", // the disk was full before
  /** The server's listing makes no sense: nothing of it is used. */
  listing_name: "failed", // `..`, an empty name, …
  listing_twice: "failed",
  listing_order: "failed",
  listing_parent: "failed", // in no folder that was listed
} as const satisfies Record<string, "skipped" | "failed">;

export type Reason = keyof typeof REASONS;

export function countsAs(reason: Reason): "skipped" | "failed" {
  return REASONS[reason];
}

/** Something is there, and nobody knows what: nothing is deleted then. */
export function isOfListing(reason: Reason): boolean {
  return reason === "unreadable" || reason === "vanished" ||
    reason === "missing" || reason === "name_reserved" || // no server has it
    reason.startsWith("listing_");
}

/** For tables: each reason has its text. */
export function allReasons(): readonly Reason[] {
  return Object.keys(REASONS).filter((name): name is Reason => name in REASONS);
}
