/**
 * Status codes (PROTOCOL.md, "Status codes"): each has one meaning. 200 to 204
 * are those of the program that this one replaces.
 * @module
 */

/** Name, code, and the text that stands for it where nothing is to be added. */
export const STATUS = {
  success: [200, "Success"],
  invalid_command: [201, "Invalid command"],
  invalid_format: [202, "Invalid command format"],
  login_refused: [203, "User or password is not correct"],
  invalid_filename: [204, "Invalid filename"],
  login_continues: [205, "Login continues"],
  login_first: [206, "Log in first"],
  already_logged_in: [207, "Already logged in"],
  login_busy: [208, "Too many logins are being checked: try again"],
  version_unknown: [209, "No common protocol version"],
  feature_unknown: [210, "A required feature is not known"],
  out_of_order: [211, "Request out of order"],
  broken_frame: [212, "Broken frame"],
  cancelled: [213, "Cancelled"],
  body_aborted: [214, "The sender gave the body up"],
  not_found: [220, "No such file or folder"],
  is_folder: [221, "Is a folder"],
  not_a_folder: [222, "Not a folder"],
  not_regular: [223, "Not a regular file"],
  permission_denied: [224, "Permission denied"],
  exists: [225, "Exists already"],
  no_space: [226, "No space left"],
  upload_too_large: [227, "Larger than this server takes"],
  file_changed: [228, "The file changed meanwhile"],
  integrity: [229, "Size or checksum differs"],
  storage_failed: [230, "The server's disk failed"],
  not_empty: [231, "The folder is not empty"],
  not_supported: [232, "Not supported here"],
  taken_over: [233, "Another session goes on with this transfer"],
  cannot_resume: [234, "There is nothing to go on with at this place"],
  server_full: [240, "Too many connections to this server"],
  address_full: [241, "Too many connections from this address"],
  user_full: [242, "Too many connections of this user"],
  login_timeout: [243, "The login took too long"],
  idle_timeout: [244, "Nothing was asked for too long"],
  stalled: [245, "The transfer stood still, or was too slow, for too long"],
  too_many_failures: [246, "Too many failed logins"],
  server_ending: [247, "The server is ending"],
  internal: [250, "The server failed; its log says why"],
} as const satisfies Record<string, readonly [number, string]>;

export type StatusName = keyof typeof STATUS;

const NAMES: ReadonlyMap<number, StatusName> = new Map(
  Object.entries(STATUS).map(([name, [code]]) => [code, name as StatusName]),
);

/** The name of a code, or undefined for one that a newer peer made up. */
export function statusName(code: number): StatusName | undefined {
  return NAMES.get(code);
}
