/**
 * A peer that says exactly what a test tells it to, to a real ftpd, over a
 * real socket: for what a good client never does.
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  encodeFrame,
  FrameDecoder,
  type FramePart,
} from "../../lib/framing/mod.ts";
import {
  decodeObject,
  encodeObject,
  type JsonObject,
  ScramClient,
} from "../../lib/protocol/mod.ts";
import { createChecksum } from "../../lib/transfer/mod.ts";

/** No wait of a peer is longer: what hangs fails. */
const PEER_MS_MAX = 180_000;

export class Peer implements AsyncDisposable {
  bodyBytes = 0;
  readonly #conn: Deno.TcpConn;
  readonly #decoder = new FrameDecoder();
  readonly #timer: ReturnType<typeof setTimeout>;
  #id = 0;
  #gone = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.setNoDelay(true);
    this.#decoder.dataDue = true;
    this.#timer = setTimeout(() => this.close(), PEER_MS_MAX);
  }

  /** As the server's log names it. */
  get address(): string {
    const { hostname, port } = this.#conn.localAddr;
    return `${hostname}:${port}`;
  }

  nextId(): number {
    return ++this.#id;
  }

  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) rest = rest.subarray(await this.#conn.write(rest));
  }

  /** Send these, all in one write: nothing comes between them. */
  async send(...messages: JsonObject[]): Promise<void> {
    await this.write(Buffer.concat(messages.map(messageFrame)));
  }

  async data(bytes: Uint8Array): Promise<void> {
    for (const frame of dataFrames(bytes)) await this.write(frame);
  }

  /** Send a request under the next id. @returns Its answer. */
  async ask(request: JsonObject): Promise<JsonObject> {
    await this.send({ id: this.nextId(), ...request });
    return await this.message();
  }

  /**
   * The next part, or null once the server has closed. What tells no more than
   * that something takes long is passed over: on a busy machine anything does.
   */
  async part(): Promise<FramePart | null> {
    while (true) {
      const part = this.#decoder.next();
      if (part !== null && isProgress(part)) continue;
      if (part !== null) return part;
      const chunk = new Uint8Array(65_536);
      const bytes = await this.#conn.read(chunk);
      if (bytes === null) return null;
      this.#decoder.feed(chunk.subarray(0, bytes));
    }
  }

  /** The next message; the data before it is counted in `bodyBytes`. */
  async message(): Promise<JsonObject> {
    while (true) {
      const part = await this.part();
      assert(part, "the server closed where a message was due");
      if (part.kind === "message") return decodeObject(part.payload);
      this.bodyBytes += part.payload.length;
    }
  }

  /** The `end` or `abort` of the body under way. */
  async bodyEnd(): Promise<JsonObject> {
    while (true) {
      const message = await this.message();
      if (message.action === "end" || message.action === "abort") {
        return message;
      }
    }
  }

  /**
   * Put a whole file, in one write: nobody is slow in the midst of it.
   * @returns The answer.
   */
  async put(
    filename: string,
    bytes: Uint8Array,
    { announce = false } = {},
  ): Promise<JsonObject> {
    const id = this.nextId();
    const { size, checksum } = endOf(bytes);
    const announced = announce ? { size } : {};
    await this.write(Buffer.concat([
      messageFrame({ action: "put", id, filename, ...announced }),
      ...dataFrames(bytes),
      messageFrame({ action: "end", id, size, checksum }),
    ]));
    return await this.message();
  }

  /** Get a whole file. @returns The answer, and the end of its body if any. */
  async get(
    filename: string,
  ): Promise<{ answer: JsonObject; end: JsonObject }> {
    await this.send({ action: "get", id: this.nextId(), filename });
    const answer = await this.message();
    if (answer.status_code !== 200) return { answer, end: {} };
    return { answer, end: await this.bodyEnd() };
  }

  /** Whether the server closes, with nothing more to say. */
  async closed(): Promise<boolean> {
    try {
      while (true) {
        const part = await this.part();
        if (part === null) return true;
        if (part.kind === "message") return false;
      }
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionReset) return true;
      throw error;
    }
  }

  /** All messages until the server closes, or resets. */
  async lastWords(): Promise<JsonObject[]> {
    const words: JsonObject[] = [];
    try {
      for (let part = await this.part(); part; part = await this.part()) {
        if (part.kind === "message") words.push(decodeObject(part.payload));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    return words;
  }

  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  /**
   * Close with a RST, as a crash of the machine's network would: that is what
   * the system sends where something that came was not read.
   */
  async reset(): Promise<void> {
    await this.send({ action: "ping" });
    await this.#conn.read(new Uint8Array(1)); // the rest is here, and unread
    await this.close();
  }

  close(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#gone) this.#conn.close();
    this.#gone = true;
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export async function connected(port: number): Promise<Peer> {
  return new Peer(await Deno.connect({ hostname: "127.0.0.1", port }));
}

/** A peer that has said hello and logged in. Throws the status refused by. */
export async function loggedIn(
  port: number,
  username: string,
  password: string,
): Promise<Peer> {
  const peer = await connected(port);
  try {
    await peer.send({
      action: "hello",
      id: peer.nextId(),
      program: "test",
      versions: [1],
    });
    await good(peer, 200);
    const nonce = crypto.randomUUID();
    const scram = new ScramClient({ username, password, nonce });
    const mechanism = "SCRAM-SHA-256";
    const step = async (data: string, status: number) => {
      const id = peer.nextId();
      await peer.send({ action: "login", id, username, mechanism, data });
      return String((await good(peer, status)).data);
    };
    const challenge = await step(await scram.first(), 205);
    scram.verify(await step(await scram.final(challenge), 200));
    return peer;
  } catch (error) {
    await peer.close();
    throw error;
  }
}

async function good(peer: Peer, status: number): Promise<JsonObject> {
  const answer = await peer.message();
  if (answer.status_code === status) return answer;
  throw new Error(`status ${answer.status_code}: ${answer.status_msg}`);
}

export function messageFrame(message: JsonObject): Uint8Array<ArrayBuffer> {
  return encodeFrame("message", encodeObject(message));
}

export function dataFrame(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeFrame("data", bytes);
}

/** A body in frames as large as they may be. */
function* dataFrames(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; at += 1 << 20) {
    yield dataFrame(bytes.subarray(at, at + (1 << 20)));
  }
}

function isProgress({ kind, payload }: FramePart): boolean {
  return kind === "message" && Buffer.from(payload).includes("progress") &&
    decodeObject(payload).action === "progress";
}

/** The size and checksum that end a body of these bytes. */
export function endOf(bytes: Uint8Array): { size: number; checksum: string } {
  const sum = createChecksum("crc32");
  sum.update(bytes);
  return { size: bytes.length, checksum: sum.digest() };
}
