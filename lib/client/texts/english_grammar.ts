/** @module English: what is wrong with a line; help, and all that it lists. */
import { type Said, said } from "./said.ts";

/** @param verb Empty: it is no command's. */
const about = (verb: string, what: string) =>
  verb === "" ? what : `${verb}: ${what}`;

export const grammar = {
  nothingEscaped: said("a \\ has nothing behind it", "write \\\\ for one \\"),
  quoteOpen: (quote: string): Said => [
    `a ${quote} is not closed`,
    "close it, or write a \\ first",
  ],

  rate: (bytes: string, mbit: string) => `${bytes} bytes/s (${mbit} Mbit/s)`,

  /** Flags. */
  seeHelp: "see ftpc --help",
  seeHelpOf: (verb: string) => `${verb} --help lists its flags`,
  unknownFlag: (verb: string, flag: string, hint: string): Said => [
    about(verb, `unknown flag ${flag}`),
    hint,
  ],
  unknownFlagNear: (verb: string, flag: string, near: string): Said => [
    about(verb, `unknown flag ${flag}: did you mean ${near}?`),
    `${near}, or -- before names that start with -`,
  ],
  noValue: (verb: string, flag: string): Said => [
    about(verb, `${flag} takes no value`),
    "leave it out",
  ],
  valueMissing: (verb: string, flag: string): Said => [
    about(verb, `${flag} needs a value`),
    "write it behind the flag",
  ],
  beforeOnly: (verb: string, flag: string): Said => [
    `${verb}: unknown flag ${flag}`,
    `ftpc's own ${flag} stands before the command`,
  ],
  wrongValue: (flag: string, text: string, form: string): Said => [
    `${flag} ${text === "" ? "''" : text} is not valid`,
    `write ${form}`,
  ],
  forms: {
    size: "64K, 5M or 2G (powers of 1024), or a number of bytes",
    rate: "5M (bytes a second, powers of 1024) or 40Mbit",
    duration: "500ms, 30s, 15m or 24h",
    count: (min: number, max: number) =>
      max >= Number.MAX_SAFE_INTEGER
        ? `a whole number from ${min}`
        : `a whole number from ${min} to ${max}`,
    choice: (choices: readonly string[]) => choices.join(" or "),
    mode: "octal digits: 644 or 0755",
    text: "something",
    time: "2026-11-01, '2026-11-01 12:00', 2026-11-01T12:00:00Z or '-2 days'",
  },
  emptyUser: said("an empty user", "leave -u out to be asked"),
  emptyPassword: said("an empty password", "leave -p out to be asked"),
  noPort: (flag: string, text: string, max: number): Said => [
    `${flag} ${text} is no port`,
    `ports go from 1 to ${max}`,
  ],
  portInServer: (server: string, name: string, port: string): Said => [
    `-s ${server} has a port in it`,
    `-s ${name} -P ${port}`,
  ],
  noServer: said(
    "no server was named",
    "say which one: -s HOST; see ftpc --help",
  ),

  /** Commands. */
  unknownCommand: (word: string, near: string | undefined): Said => [
    near === undefined
      ? `${word}: unknown command`
      : `${word}: unknown command: did you mean ${near}?`,
    "help lists the commands",
  ],
  shellOnly: (verb: string): Said => [
    `${verb}: it means something in the shell only`,
    "ftpc -s HOST opens it",
  ],
  twoSources: said(
    "there are commands from two places",
    "give one of -f, -c and a command",
  ),
  nameMissing: (verb: string, usage: string): Said => [
    `${verb}: a name is missing`,
    `usage: ${usage}`,
  ],
  tooMany: (verb: string, usage: string): Said => [
    `${verb}: too many words`,
    `usage: ${usage}`,
  ],
  emptyName: (verb: string): Said => [`${verb}: an empty name`, "leave it out"],
  nulAlone: (verb: string): Said => [
    `${verb}: -0 goes with --files-from`,
    "leave it out",
  ],
  partsUsage: said(
    "parts: discard what?",
    "parts discard ID..., or parts discard --all",
  ),

  /** What words stand for, in usages. */
  labels: {
    command: "COMMAND",
    commands: "COMMANDS",
    count: "N",
    countOrOff: "N|off",
    dir: "DIR",
    discard: "discard",
    duration: "TIME",
    file: "FILE",
    flags: "[FLAGS]",
    folder: "FOLDER",
    glob: "GLOB",
    host: "HOST",
    id: "ID",
    local: "LOCAL",
    mode: "MODE",
    name: "NAME",
    password: "PASSWORD",
    place: "PLACE",
    port: "PORT",
    rate: "RATE",
    remote: "REMOTE",
    size: "SIZE",
    source: "SOURCE",
    target: "TARGET",
    time: "TIME",
    type: "TYPE",
    user: "USER",
  },

  flags: {
    server: "the server: a name or an address",
    port: "its port (10021)",
    user: "the account; asked for where it is missing",
    password: "its password; - is a line of stdin",
    script: "run the commands in this file; - is stdin",
    commands: "run these commands, with ; between them",
    json: "print one JSON object a line on stdout",
    quiet: "print errors only",
    verbose: "say more: each file, and who was reached",
    dryRun: "show what would be done, and do nothing",
    jobs: "connections for several files",
    limit: "bytes a second: 5M, or 40Mbit",
    retries: "how often to try again without progress, or off",
    timeout: "give up what is silent for so long: 30s, 5m",
    stopOnError: "end at the first thing that fails",
    stats: "print what was moved, and how fast, at the end",
    debug: "show where in the program an error came from",
    help: "print this",
    version: "print the version",

    to: "put or get into this folder",
    checksum: (types: readonly string[]) =>
      `${types.join(" or ")} (${types[0]})`,
    preserve: "keep the times and modes of files",
    recursive: "with all that is in folders",
    links: "make links as links; else they are followed",
    include: "take these, whatever a later --exclude says",
    exclude: "leave these out",
    filesFrom: "only the names in this file; - is stdin",
    nul: "each of those names ends in NUL",
    maxSize: "leave out files that are larger",
    minSize: "leave out files that are smaller",
    noClobber: "leave alone what exists",
    update: "leave alone what is as new or newer",
    skipUnchanged: "leave alone what has this size and time",
    removeSource: "remove each source once its file has arrived",
    restart: "start over instead of going on",
    verifyResume: "read again what is there before going on",
    progress: "show progress where there is no terminal, too",

    from: "the first name is on the server",
    compare: "compare checksums before a file is sent",
    delete: "delete what the source does not have",
    maxDelete: (count: number) =>
      `delete nothing where it would be more (${count})`,
    forceDelete: "even if the source is empty or missing",
    discardAll: "all of them",

    human: "sizes as 1.5 kB",
    single: "one name a line",
    long: "with type, size and time",
    all: "names that start with a dot, too",
    byTime: "newest first",
    bySize: "largest first",
    reverse: "the other way round",
    listBelow: "all that is in folders, too",
    parents: "make the folders above it; it may exist",
    forceRemove: "ask nothing, and miss nothing that is not there",
    preserveCopy: "keep the time of the file",
    raw: "print control characters as they are",
    lines: "so many lines (10)",
    bytes: "so many bytes",
    summarize: "only the sum of each name",
    findName: "names that fit",
    findType: "files, or folders",
    findNewer: "changed after that: 2026-11-01, '-2 days'",
    algorithm: "crc32 or sha256 (sha256)",
    passwordCommand: "a command that prints the password",
  },

  commands: {
    ls: "list files and folders",
    cd: "change the folder on the server; cd - goes back",
    pwd: "print the folder on the server",
    mkdir: "make folders",
    rm: "remove files, and folders with -r",
    rmdir: "remove empty folders",
    mv: "move or rename; with more names into a folder",
    cp: "copy on the server",
    stat: "show all about a name",
    cat: "print files",
    head: "print how files begin",
    tail: "print how files end",
    du: "sum up what folders hold",
    df: "show the room that is left",
    find: "find names in folders",
    touch: "make empty files, or set their time to now",
    chmod: "set modes: chmod 644 NAME",
    checksum: "print checksums, as sha256sum -c reads them",
    put: "send files; - is stdin",
    get: "fetch files; - is stdout",
    mput: "send files, asking for each",
    mget: "fetch files, asking for each",
    sync: "make the target's contents those of the source",
    parts: "list unfinished files on the server, or discard them",
    status: "show the connection",
    lcd: "change the local folder",
    lpwd: "print the local folder",
    lls: "list local files",
    history: "print the lines that were typed",
    help: "print this, or more on one command",
    exit: "say goodbye; so does Ctrl-D",
    bookmark: "keep servers under names",
    bang: "run a command on this machine",
  },

  help: {
    usage: (usage: string) => `Usage: ${usage}\n`,
    programUsage:
      "ftpc -s HOST [-P PORT] [-u USER] [-p PASSWORD] [COMMAND [NAMES...]]",
    about: "Put files on an ftpd, and get them back.",
    options: "Options:",
    commands: "Commands:",
    aliases: (names: readonly string[]) => `Also called ${names.join(", ")}.`,
    common: (flags: readonly string[]) =>
      `Also: ${flags.join(", ")}; see ftpc --help.`,
    bang: "!COMMAND",
    foot: `\
COMMAND --help tells more. Without one it is a shell: type help there. Options
from --json on may stand behind the command, too.

Names go as with cp: one keeps its name; with two the second is the new name, or
the folder; with more the last has to be a folder.

FTPC_PASSWORD holds a password for scripts.
Exit codes: 0 done, 1 a file or command failed, 2 usage, 3 connection, 4 login
refused, 5 size or checksum differs, 130 interrupted.
`,
    shellFoot: `\
help COMMAND tells more; -- stands before names that start with -. Names with
blanks are quoted: 'a b', "a b" or a\\ b.
`,
  },
};
