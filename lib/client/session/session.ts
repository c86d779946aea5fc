/**
 * The framed client: the library's interface on the channel of one connection.
 * Each kind of request is a module of its own.
 * @module
 */
import type {
  FtpClient,
  GetOptions,
  ManyOptions,
  ManyOutcome,
  PutOptions,
  Receipt,
  RemoteFile,
  Sink,
  SmallSink,
  SmallSource,
  Source,
} from "../library.ts";
import type {
  AttributeOptions,
  ChecksumOptions,
  Copied,
  CopyOptions,
  DeedOptions,
  FileChecksum,
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
} from "../remote.ts";
import type { Channel } from "./channel.ts";
import * as deeds from "./deeds.ts";
import { get } from "./get.ts";
import { list, walk } from "./listing.ts";
import { getMany } from "./get_many.ts";
import { put } from "./put.ts";
import { putMany } from "./put_many.ts";
import { Requests } from "./requests.ts";
import * as resuming from "./resuming.ts";

export class ClientSession implements FtpClient {
  readonly #channel: Channel;
  readonly #requests: Requests;

  /** @param channel Of a connection that has logged in. */
  constructor(
    readonly username: string,
    readonly features: ReadonlySet<string>,
    readonly limits: ServerLimits,
    channel: Channel,
  ) {
    this.#channel = channel;
    this.#requests = new Requests(channel, features);
  }

  get alive(): boolean {
    return this.#channel.alive;
  }

  stat(name: string, options: RequestOptions = {}): Promise<FileStat> {
    return deeds.stat(this.#requests, name, options);
  }

  list(
    name: string,
    options: RequestOptions = {},
  ): AsyncIterable<readonly RemoteEntry[]> {
    return list(this.#requests, name, options);
  }

  walk(
    name: string,
    options: WalkOptions = {},
  ): AsyncIterable<readonly RemoteEntry[]> {
    return walk(this.#requests, name, options);
  }

  mkdir(name: string, options: MkdirOptions = {}): Promise<number> {
    return deeds.mkdir(this.#requests, name, options);
  }

  remove(name: string, options: RemoveOptions = {}): Promise<number> {
    return deeds.remove(this.#requests, name, options);
  }

  rmdir(name: string, options: DeedOptions = {}): Promise<void> {
    return deeds.rmdir(this.#requests, name, options);
  }

  rename(from: string, to: string, options: RenameOptions = {}): Promise<void> {
    return deeds.rename(this.#requests, from, to, options);
  }

  copy(from: string, to: string, options: CopyOptions = {}): Promise<Copied> {
    return deeds.copy(this.#requests, from, to, options);
  }

  setAttributes(name: string, attributes: AttributeOptions): Promise<FileStat> {
    return deeds.setAttributes(this.#requests, name, attributes);
  }

  checksum(name: string, options: ChecksumOptions = {}): Promise<FileChecksum> {
    return deeds.checksum(this.#requests, name, options);
  }

  du(name: string, options: RequestOptions = {}): Promise<Usage> {
    return deeds.du(this.#requests, name, options);
  }

  space(options: RequestOptions = {}): Promise<Space> {
    return deeds.space(this.#requests, options);
  }

  link(
    name: string,
    target: string,
    options: RequestOptions = {},
  ): Promise<void> {
    return deeds.link(this.#requests, name, target, options);
  }

  get(
    name: string,
    open: (info: RemoteFile) => Sink | Promise<Sink>,
    options: GetOptions = {},
  ): Promise<Receipt> {
    return get(this.#requests, name, open, options);
  }

  put(
    source: Source,
    name: string,
    options: PutOptions = {},
  ): Promise<Receipt> {
    return put(this.#requests, source, name, options);
  }

  putMany(
    files: readonly SmallSource[],
    options: ManyOptions = {},
  ): Promise<readonly ManyOutcome[]> {
    return putMany(this.#requests, files, options);
  }

  getMany(
    files: readonly SmallSink[],
    options: ManyOptions = {},
  ): Promise<readonly ManyOutcome[]> {
    return getMany(this.#requests, files, options);
  }

  resumeStates(
    items: readonly PartQuestion[],
    options: RequestOptions = {},
  ): Promise<readonly PartState[]> {
    return resuming.partStates(this.#requests, items, options);
  }

  versionStates(
    items: readonly VersionQuestion[],
    options: RequestOptions = {},
  ): Promise<readonly VersionState[]> {
    return resuming.versionStates(this.#requests, items, options);
  }

  parts(options: RequestOptions = {}): Promise<readonly RemotePart[]> {
    return resuming.parts(this.#requests, options);
  }

  discardParts(
    transfers: readonly string[],
    options: RequestOptions = {},
  ): Promise<number> {
    return resuming.discardParts(this.#requests, transfers, options);
  }

  async ping(signal?: AbortSignal): Promise<void> {
    await this.#channel.ping(signal);
  }

  async quit(): Promise<void> {
    await this.#channel.quit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit();
  }
}
