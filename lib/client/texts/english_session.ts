/** @module English: the server, the connection and its failures. */
import type { Said } from "./said.ts";

export const session = {
  hints: {
    again: "run it again",
    ask: "ask who runs the server",
    checkDisk: "check the disk",
    checkName: "check the name",
    checkNetwork: "check -s, -P and the network",
    checkPassword: "check the password",
    checkPermissions: "check Deno's permissions and the firewall",
    checkPort:
      "check -P: ftpd's framed port is 10021 unless it was told another",
    checkServer: "check -s",
    connectAgain: "connect again",
    distrust: "do not trust this server",
    endAnother: "end another session first",
    foldersBefore: "check the folders before it",
    isFtpd: "is it an ftpd, and its framed port?",
    isRunning: "is ftpd running there, on this port?",
    later: "try again later",
    makeRoom: "make room on the server",
    mangled: "a name that is not valid UTF-8 cannot be asked for: " +
      "give it another one on the server",
    nameFile: "name a file",
    recursive: "-r takes folders, too",
    newer: "the server and ftpc do not fit: is one of them newer?",
    otherName: "choose another name",
    removeAll: "rm -r removes it with its content",
    theirAccounts: "they stand in the server's accounts.ini",
  },
  status: (code: number) => `status ${code}`,
  connectTo: (where: string) => `connect to ${where}`,
  interrupted: (what: string) => `${what}: interrupted`,
  cancelled: (what: string) => `${what}: cancelled`,
  noAnswer: (where: string, seconds: number) =>
    `connect to ${where}: no answer within ${seconds} seconds`,
  nameTooLong: (bytesMax: number): Said => [
    `a name that makes a request of over ${bytesMax} bytes`,
    "choose a shorter name",
  ],
  notSupported: (what: string): Said => [
    `${what}: this server cannot do that`,
    "a newer ftpd may",
  ],
  othersBefore: (what: string): Said => [
    `${what}: the bytes from before are not what they were`,
    "start over",
  ],
  unreachable: (name: string): Said => [
    `${name}: it has a name that cannot be asked for`,
    "give it another name there",
  ],
  nameTwice: (name: string): Said => [
    `${name}: the server listed this name before`,
    "do not trust this server, or list again",
  ],
  tooManyEntries: (what: string, entriesMax: number): Said => [
    `${what}: over ${entriesMax} entries in one folder`,
    "",
  ],
  /** Of a program that uses the library in a way it cannot be. */
  needsBefore: "to go on with SHA-256 takes the bytes before",
  needsChecksum: "to go on takes the checksum of the bytes before",

  /** Who it is. */
  loginAs: (username: string) => `login as ${username}`,
  loginRefused: (username: string): Said => [
    `login as ${username}`,
    "check the user and the password",
  ],
  provedNothing: (username: string) =>
    `login as ${username}: the server proved nothing`,
  notTheServer:
    "this is not the server that knows your password: do not trust it",

  /** How a connection ends. */
  connectionLost: "the connection was lost",
  sessionClosed: "the session was closed",
  serverClosed: "the server closed the connection",
  nothingCame: (seconds: number) => `nothing came for ${seconds} seconds`,
  serverDidNot: (what: string, seconds: number) =>
    `the server ${what} within ${seconds} seconds`,
  didNotTakeAbort: "did not take an abort",
  didNotTakeCancel: "did not take a cancel",
  didNotEndBody: "did not end a body",
  didNotSayGoodbye: "did not say goodbye",

  /** How the protocol can be broken. */
  broken: (what: string) => `the server broke the protocol: ${what}`,
  versionNotOffered: (version: number | undefined) =>
    `version ${version}, which was not offered`,
  noLoginBy: (mechanism: string) => `no login by ${mechanism}`,
  answerToNothing: "an answer to nothing",
  answerNotDue: (id: number | null, due: number) =>
    `answer ${id} where ${due} was due`,
  endNotDue: (id: number | undefined) =>
    `the end of body ${id}, which is not due`,
  pongsUnread: (pongs: number) => `${pongs} pings, and no pong of them read`,
  lacks: (action: string, field: string) =>
    `an answer to ${action} without ${field}`,
  pageTooLong: "a page of a listing has no end",
  outOfOrder: "a walk that is not in its order",
  statesDiffer: (answers: number, asked: number) =>
    `${answers} answers where ${asked} were asked for`,
  markDiffers: (
    said: { readonly offset: number; readonly checksum: string },
    here: { readonly offset: number; readonly checksum: string },
  ) =>
    `a mark says ${said.offset} bytes, ${said.checksum}; ` +
    `received were ${here.offset} bytes, ${here.checksum}`,
  successTooEarly: "success before the end of the body",
  moreThanAnnounced: "more than was announced came",
  putDiffers: (
    there: { readonly bytes: unknown; readonly checksum: unknown },
    here: { readonly bytes: number; readonly checksum: string },
  ) =>
    `the server says ${there.bytes} bytes, ${there.checksum}; ` +
    `sent were ${here.bytes} bytes, ${here.checksum}`,

  /** Whose server it seems to be. */
  notOurs: (seems: string) =>
    `the server does not speak ftpd's framed protocol: ${seems}`,
  strangers: {
    tls: "it speaks TLS",
    http: "it seems to be a web server",
    ssh: "it seems to be an SSH server",
    selectftp: "it seems to be the older SelectFTP",
    ftp: "it seems to be a standard FTP server",
    unknown: "what it sent is no frame",
  },
};
