/** @module English: walks, filters and plans. */
import type { Said } from "./said.ts";

export const tree = {
  /** Why an entry was not sent; behind its name and a colon. */
  reasons: {
    special: "a device, a pipe or a socket: skipped",
    unfinished: "an unfinished transfer of ftpc: skipped",
    too_large: "larger than --max-size: skipped",
    too_small: "smaller than --min-size: skipped",
    exists: "is there: skipped",
    newer: "what is there is not older: skipped",
    unchanged: "unchanged: skipped",
    done_before: "was done before: skipped",
    missing: "named by --files-from, and not there",
    unreadable: "cannot be read",
    vanished: "is no longer there",
    link_leaves: "a link that leaves the tree",
    link_dangles: "a link that leads nowhere",
    link_loops: "a link to a folder that it lies in",
    link_deep: "too many links, one in another",
    link_absolute: "a link with an absolute path, which is not made elsewhere",
    link_winding: "a link with .. behind a name, which is not made elsewhere",
    name_unfit: "the other side cannot hold this name",
    name_not_utf8: "its name here is not valid UTF-8: rename it",
    name_unreachable:
      "its name on the server cannot be asked for: it is not valid UTF-8, or " +
      "holds a backslash or a control character: rename it there",
    name_too_long: "the other side cannot hold this name: it is too long",
    name_reserved: "this name is reserved for unfinished transfers",
    names_clash: "names clash: the other side takes it for another one",
    folder_in_place: "a folder is in its place",
    file_in_place: "a file is in the place of this folder",
    below_failed: "the folder that it lies in could not be made",
    no_room: "not sent: there is no room for it",
    listing_name: "the server listed what is no name",
    listing_twice: "the server listed this name twice",
    listing_order: "the server listed this name out of order",
    listing_parent: "the server listed this in a folder that it did not list",
  },
  /** Why deletions of a sync were not made. */
  withheld: {
    failed: (count: number): Said => [
      `nothing deleted: not all could be read and sent (${count} to delete)`,
      "run it again once that is healed",
    ],
    max_delete: (count: number): Said => [
      `nothing deleted: ${count} to delete are more than --max-delete`,
      "--dry-run shows them",
    ],
    empty_source: (count: number): Said => [
      `nothing deleted: the source is empty (${count} to delete)`,
      "--force deletes them all the same",
    ],
  },
  globTooWide: (glob: string, max: number): Said => [
    `${glob}: means more than ${max} folders`,
    "name a folder in it",
  ],
  badListedName: (name: string, line: number): Said => [
    `--files-from: line ${line}: ${name}: leads out of the tree`,
    "names are relative to its root",
  ],
  tooManyNames: (max: number): Said => [
    `--files-from: over ${max} names`,
    "name folders, or make it two",
  ],
  tooManyFolders: (max: number): Said => [
    `over ${max} folders and links in one tree`,
    "take its folders one by one",
  ],
  tooManyInFolders: (max: number): Said => [
    `over ${max} names in one folder`,
    "name fewer of them at once",
  ],
  tooManyDeletions: (max: number): Said => [
    `over ${max} to delete in one tree`,
    "remove folders by rm -r first",
  ],
  notAFolder: (name: string): Said => [
    `${name}: not a folder`,
    "leave -r out, or name a folder",
  ],
  syncsFolders: (name: string): Said => [
    `${name}: not a folder`,
    "sync takes folders; use put or get",
  ],
  notThere: (name: string): Said => [
    `${name}: no such file or folder`,
    "check the name",
  ],
  notRegular: (name: string): Said => [
    `${name}: neither a file nor a folder`,
    "to send what it gives, pipe it into put - NAME",
  ],
  noNameToKeep: (name: string): Said => [
    `${name}: has no name to keep there`,
    "give a second name",
  ],
  noSuchFolder: (name: string): Said => [
    `${name}: the folder for it is not there`,
    "make it first",
  ],
  targetIsFile: (name: string): Said => [
    `${name}: a file is in the place of a folder`,
    "choose another name",
  ],
  targetIsFolder: (name: string): Said => [
    `${name}: a folder is in the place of a file`,
    "choose another name",
  ],
  targetNotFolder: (name: string): Said => [
    `${name}: not a folder`,
    "with more than two names the last has to be one",
  ],
  twoBecomeOne: (name: string): Said => [
    `two would become ${name}`,
    "give them names one by one",
  ],
};
