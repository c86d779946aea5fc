/**
 * The framed client: a library, and the program ftpc on top of it.
 *
 * The library puts and gets files over one connection. Many requests may be
 * under way at once; each resolves when its file is whole and verified.
 *
 * ```ts
 * import { connect, openSource } from "./lib/client/mod.ts";
 * import { systemRuntime } from "./lib/runtime/mod.ts";
 *
 * await using client = await connect({
 *   runtime: systemRuntime(),
 *   hostname: "127.0.0.1",
 *   port: 10021,
 *   username: "alex",
 *   password: "123",
 * });
 *
 * using source = openSource("notes.txt");
 * const { bytes, checksum } = await client.put(source, "notes.txt");
 * console.log(`put: ${bytes} bytes, ${checksum}`);
 *
 * const signal = AbortSignal.timeout(60_000); // gives the file up, not the client
 * const decoder = new TextDecoder();
 * let text = "";
 * await client.get("notes.txt", ({ size }) => {
 *   console.log(`get: ${size} bytes to come`);
 *   return {
 *     async write(bytes) {
 *       text += decoder.decode(bytes, { stream: true });
 *     },
 *   };
 * }, {
 *   signal,
 *   onProgress: (bytes, total) => console.log(`get: ${bytes} of ${total}`),
 * });
 * console.log(text);
 * ```
 * @module
 */
export { connect, type ConnectOptions } from "./session/connect.ts";
export { type ClientCode, ClientError, oneLine } from "./error.ts";
export type {
  FtpClient,
  GetOptions,
  ManyOptions,
  ManyOutcome,
  Mark,
  PutOptions,
  Receipt,
  RemoteFile,
  Sink,
  SmallSink,
  SmallSource,
  Source,
  TransferOptions,
} from "./library.ts";
export { type LocalSource, openSource } from "./local/source.ts";
export { type LocalTarget, openTarget } from "./local/target.ts";
export type {
  AttributeOptions,
  ChecksumOptions,
  Copied,
  CopyOptions,
  DeedOptions,
  FileChecksum,
  FileInfo,
  FileStat,
  MkdirOptions,
  PartQuestion,
  PartState,
  RemoteEntry,
  RemotePart,
  RemoveOptions,
  RenameOptions,
  RequestOptions,
  ServerLimits,
  Space,
  Usage,
  VersionQuestion,
  VersionState,
  WalkOptions,
} from "./remote.ts";
export { main, type Surroundings } from "./main.ts";
export { systemSurroundings } from "./surroundings.ts";
