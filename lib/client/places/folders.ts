/**
 * Where this platform keeps what a user has set, and what a program has to
 * remember: a pure function of the platform and its variables.
 * @module
 */
import * as path from "node:path";

/** Everything that is looked at; each is asked for by its name. */
export const FOLDER_VARIABLES = [
  "HOME",
  "XDG_CONFIG_HOME",
  "XDG_STATE_HOME",
  "APPDATA",
  "LOCALAPPDATA",
] as const;

export type FolderVariable = typeof FOLDER_VARIABLES[number];

export interface Folders {
  /** What the user has set (bookmarks); null where no variable names a place. */
  readonly config: string | null;
  /** What ftpc remembers (history, journals); null likewise. */
  readonly state: string | null;
}

const OURS = "ftpc";

/** Those that a folder depends on, the one that decides first. */
export function variablesFor(
  os: string,
  kind: keyof Folders,
): readonly FolderVariable[] {
  if (os === "darwin") return ["HOME"];
  if (os === "windows") {
    return kind === "config" ? ["APPDATA"] : ["LOCALAPPDATA", "APPDATA"];
  }
  return kind === "config"
    ? ["XDG_CONFIG_HOME", "HOME"]
    : ["XDG_STATE_HOME", "HOME"];
}

/**
 * Linux and the like follow the XDG Base Directory Specification (0.8), macOS
 * its Library, Windows its roaming and its local application data.
 * @param os As Deno.build.os says.
 * @param variables What is not set, or may not be seen, is left out.
 */
export function foldersOf(
  os: string,
  variables: Readonly<Partial<Record<FolderVariable, string>>>,
): Folders {
  if (os === "windows") {
    const roaming = absolute(path.win32, variables.APPDATA);
    const own = absolute(path.win32, variables.LOCALAPPDATA) ?? roaming;
    return {
      config: below(path.win32, roaming, OURS),
      state: below(path.win32, own, OURS),
    };
  }
  const home = absolute(path.posix, variables.HOME);
  if (os === "darwin") {
    const library = below(
      path.posix,
      home,
      "Library",
      "Application\x20Support",
    );
    const folder = below(path.posix, library, OURS);
    return { config: folder, state: folder };
  }
  // A path that is not absolute has to be ignored (XDG, "Environment").
  const config = absolute(path.posix, variables.XDG_CONFIG_HOME) ??
    below(path.posix, home, ".config");
  const state = absolute(path.posix, variables.XDG_STATE_HOME) ??
    below(path.posix, home, ".local", "state");
  return {
    config: below(path.posix, config, OURS),
    state: below(path.posix, state, OURS),
  };
}

type Paths = Pick<typeof path, "isAbsolute" | "join">;

function absolute(paths: Paths, value: string | undefined): string | null {
  return value !== undefined && paths.isAbsolute(value) ? value : null;
}

function below(
  paths: Paths,
  folder: string | null,
  ...names: string[]
): string | null {
  return folder === null ? null : paths.join(folder, ...names);
}
