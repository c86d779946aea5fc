/**
 * A whole server in memory: its network, its clock, its homes and the log are
 * a test's, so that sessions run with no socket, no disk and no waiting.
 * @module
 */
import assert from "node:assert/strict";
import {
  type Account,
  type Authenticator,
  type LoginStep,
  readAccounts,
} from "../../lib/accounts/mod.ts";
import {
  BufferPool,
  encodeFrame,
  FrameDecoder,
  type FramePart,
} from "../../lib/framing/mod.ts";
import {
  decodeObject,
  encodeObject,
  type JsonObject,
} from "../../lib/protocol/mod.ts";
import type { Runtime, Turns } from "../../lib/runtime/mod.ts";
import {
  type Admission,
  type AdmissionLimits,
  createLog,
  Homes,
  LocalAdmission,
  Server,
  type SessionLimits,
} from "../../lib/server/mod.ts";
import { MemoryHome } from "../../lib/storage/memory.ts";
import { type Home, resolveName } from "../../lib/storage/mod.ts";
import { createChecksum } from "../../lib/transfer/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import {
  type MemoryConnection,
  MemoryNetwork,
  type WireOptions,
} from "../support/memory_network.ts";

/** The shortest that sessions are looked at; see `watchMs` in server.ts. */
export const LOOK_MS = 1000;

const LIMITS: SessionLimits & AdmissionLimits = {
  loginTimeoutMs: 30_000,
  idleTimeoutMs: 120_000,
  stallTimeoutMs: 60_000,
  minRateBytesPerSecond: null,
  maxUploadBytes: null,
  requestsAhead: 1024,
  maxConnections: 4096,
  maxConnectionsPerAddress: 4096,
  maxConnectionsPerUser: 4096,
  maxUnauthenticated: 4096,
};

export interface SiteOptions extends WireOptions {
  readonly limits?: Partial<SessionLimits & AdmissionLimits>;
  readonly buffers?: BufferPool;
  readonly turns?: Turns;
  readonly openHome?: (account: Account) => Promise<Home>;
  readonly authenticator?: Authenticator;
  readonly admission?: Admission;
}

export class Site implements AsyncDisposable {
  readonly clock = new HandClock();
  readonly buffers: BufferPool;
  readonly server: Server;
  /** Homes of alex and test, as they are opened. */
  readonly alex = new MemoryHome({ clock: this.clock });
  readonly test = new MemoryHome({ clock: this.clock });
  /** The log's lines, parsed. */
  readonly log: Record<string, unknown>[] = [];
  readonly #network: MemoryNetwork;
  #drawn = 0;
  #stopped = false;

  private constructor(
    options: SiteOptions,
    accounts: ReadonlyMap<string, Account>,
  ) {
    this.#network = new MemoryNetwork(options);
    this.buffers = options.buffers ?? new BufferPool();
    const limits = { ...LIMITS, ...options.limits };
    const runtime: Runtime = {
      network: this.#network,
      clock: this.clock,
      timers: this.clock,
      random: { bytes: (length) => new Uint8Array(length).fill(++this.#drawn) },
      signals: { on: () => ({ [Symbol.dispose]: () => {} }) },
      turns: options.turns ?? FREE_TURNS,
    };
    const openHome = options.openHome ??
      (({ name }) => Promise.resolve(name === "alex" ? this.alex : this.test));
    const context = {
      runtime,
      log: createLog({
        level: "debug",
        format: "json",
        clock: this.clock,
        write: (line) => this.log.push(JSON.parse(line)),
      }),
      buffers: this.buffers,
      authenticator: options.authenticator ?? new OpenDoor(accounts),
      homes: new Homes(openHome, {
        runtime,
        partTtlMs: 24 * 3600_000,
        partsMax: 4,
      }),
      limits,
    };
    const address = { hostname: "192.0.2.2", port: 10021 };
    const admission = options.admission ?? new LocalAdmission(limits);
    const listener = context.runtime.network.listen(address);
    this.server = new Server(context, admission, listener);
  }

  static async open(options: SiteOptions = {}): Promise<Site> {
    const text = "[alex]\npassword = 123\n[test]\npassword = test\n";
    const { accounts } = await readAccounts(text, { file: "accounts.ini" });
    return new Site(options, accounts);
  }

  /** A connection from `hostname` that has not said anything. */
  async dial(hostname = "192.0.2.1"): Promise<SessionPeer> {
    const { address } = this.server;
    return new SessionPeer(await this.#network.connectFrom(hostname, address));
  }

  /** A connection that has logged in. */
  async enter(username = "alex", hostname?: string): Promise<SessionPeer> {
    const peer = await this.dial(hostname);
    await peer.hello();
    assert.equal((await peer.login(username)).status_code, 200);
    return peer;
  }

  /** Put a file into alex's home, past the protocol. */
  async keep(name: string, bytes: Uint8Array): Promise<void> {
    await this.alex.putWhole(resolveName(name), bytes);
  }

  /** What the log said of `event`. */
  logged(event: string): Record<string, unknown>[] {
    return this.log.filter((line) => line.event === event);
  }

  /** End it, with what time that takes, and see that nothing is left over. */
  async stop(graceMs = 0, hurry?: AbortSignal): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    let over = false;
    const stopping = this.server.stop(graceMs, hurry).then(() => over = true);
    for (let second = 0; second < 60 && !over; second++) {
      await this.clock.advance(1000);
    }
    await stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    assert.equal(this.server.sessions, 0);
    assert.equal(this.buffers.lent, 0, "a buffer that nobody gave back");
    assert.equal(this.clock.pending, 0, "a timer is left");
    assert.equal(this.alex.open + this.test.open, 0, "a file is left open");
    assert.deepEqual(this.logged("internal"), []);
  }
}

/** The peer of one session: says exactly what a test tells it to. */
export class SessionPeer {
  id = 0;
  readonly connection: MemoryConnection;
  readonly #decoder = new FrameDecoder();
  readonly #into = new Uint8Array(65_536);

  constructor(connection: MemoryConnection) {
    this.connection = connection;
    this.#decoder.dataDue = true;
  }

  async send(...messages: JsonObject[]): Promise<void> {
    for (const message of messages) {
      await this.connection.write(
        encodeFrame("message", encodeObject(message)),
      );
    }
  }

  /** All in one write: they are there together. */
  async sendAtOnce(...messages: JsonObject[]): Promise<void> {
    const frames = messages.map((one) =>
      encodeFrame("message", encodeObject(one))
    );
    await this.connection.write(await new Blob(frames).bytes());
  }

  async data(bytes: Uint8Array): Promise<void> {
    await this.connection.write(encodeFrame("data", bytes));
  }

  /** The next part, or null at the end. */
  async part(): Promise<FramePart | null> {
    while (true) {
      const part = this.#decoder.next();
      if (part !== null) return part;
      const bytes = await this.connection.read(this.#into);
      if (bytes === null) return null;
      this.#decoder.feed(this.#into.slice(0, bytes));
    }
  }

  /** The next message, after whatever data comes before it. */
  async message(): Promise<JsonObject> {
    while (true) {
      const part = await this.part();
      assert(part, "the server closed where a message was due");
      if (part.kind === "message") return decodeObject(part.payload);
    }
  }

  /** The status of the next message. */
  async status(): Promise<unknown> {
    return (await this.message()).status_code;
  }

  /** Everything to the end, data joined; `all` has what there is so far. */
  async rest(
    all: (JsonObject | string)[] = [],
  ): Promise<(JsonObject | string)[]> {
    for (let part; (part = await this.part()) !== null;) {
      if (part.kind === "message") all.push(decodeObject(part.payload));
      else {
        const last = all.at(-1);
        const hex = part.payload.toHex();
        if (typeof last === "string") all[all.length - 1] = last + hex;
        else all.push(hex);
      }
    }
    return all;
  }

  async hello(): Promise<JsonObject> {
    await this.send(helloOf(++this.id));
    return await this.message();
  }

  async login(username: string): Promise<JsonObject> {
    await this.send(...loginOf(this.id + 1, username));
    this.id += 2;
    assert.equal(await this.status(), 205);
    return await this.message();
  }

  /** Ask for one thing, and take its answer. */
  async ask(request: JsonObject): Promise<JsonObject> {
    await this.send({ id: ++this.id, ...request });
    return await this.message();
  }

  /** Put a whole file, and take the answer. */
  async put(filename: string, bytes: Uint8Array): Promise<JsonObject> {
    const id = ++this.id;
    await this.send({ action: "put", id, filename });
    if (bytes.length > 0) await this.data(bytes);
    await this.send(endOf(id, bytes));
    return await this.message();
  }

  /** Get a whole file: the answer, the bytes, and how the body ended. */
  async get(filename: string) {
    const answer = await this.ask({ action: "get", filename });
    let hex = "";
    while (answer.status_code === 200) {
      const part = await this.part();
      assert(part);
      if (part.kind === "data") hex += part.payload.toHex();
      else return { answer, hex, end: decodeObject(part.payload) };
    }
    return { answer, hex, end: null };
  }
}

export function helloOf(id: number): JsonObject {
  return { action: "hello", id, program: "test", versions: [1] };
}

export function loginOf(id: number, username: string): JsonObject[] {
  const login = { action: "login", username, mechanism: "SCRAM-SHA-256" };
  return [
    { ...login, id, data: `n,,n=${username},r=n` },
    { ...login, id: id + 1, data: `c=biws,n=${username}` },
  ];
}

/** The message that ends a body of these bytes. */
export function endOf(id: number, bytes: Uint8Array): JsonObject {
  const checksum = createChecksum("crc32");
  checksum.update(bytes);
  const { length: size } = bytes;
  return { action: "end", id, size, checksum: checksum.digest() };
}

/** Nobody waits for anybody. */
export const FREE_TURNS: Turns = {
  join: () => ({ [Symbol.dispose]: () => {} }),
  turn: () => undefined,
};

/** Lets everybody in whom accounts.ini knows: SCRAM has tests of its own. */
class OpenDoor implements Authenticator {
  readonly mechanisms = ["SCRAM-SHA-256"];
  readonly #accounts: ReadonlyMap<string, Account>;

  constructor(accounts: ReadonlyMap<string, Account>) {
    this.#accounts = accounts;
  }

  begin(_mechanism: string, message: string): Promise<LoginStep> {
    const account = this.#accounts.get(/n=([^,]*)/.exec(message)?.[1] ?? "");
    return Promise.resolve({
      kind: "continue",
      reply: "r=n,s=c2FsdA==,i=4096",
      next: () =>
        Promise.resolve(
          account === undefined
            ? { kind: "refused", reply: "e=other-error" }
            : { kind: "accepted", reply: "v=cHJvb2Y=", account },
        ),
    });
  }
}
