/**
 * A server that says hello and logs a client in as it should, and then does
 * what a test tells it: for what a good server never does.
 * @module
 */
import {
  decodeObject,
  deriveVerifier,
  type JsonObject,
  SCRAM_SHA_256,
  ScramServer,
} from "../../lib/protocol/mod.ts";
import { endOf, Peer } from "../support/peer.ts";

/** The one account, and its password, that a liar lets in. */
export const LIAR_USER = "alex";
export const LIAR_PASSWORD = "123";
/** What it says to hello, where nothing else is told. */
const HELLO: JsonObject = {
  status_code: 200,
  status_msg: "Success",
  program: "liar/1",
  version: 1,
  features: ["crc32", "sha256"],
  mechanisms: [SCRAM_SHA_256],
  limits: {
    requests_ahead: 1024,
    bytes_ahead: 262_144,
    upload_bytes: null,
    idle_seconds: null,
  },
};

/** What to say in other words than a good server does. */
export interface Tweaks {
  readonly hello?: JsonObject;
  /** Instead of the server-first-message, and of the server-final-message. */
  readonly challenge?: (text: string) => string;
  readonly proof?: (text: string) => string;
}

/** One connection of a client, as the liar has it. */
export class Victim extends Peer {
  readonly #over = Promise.withResolvers<void>();
  readonly #silent: () => void;

  constructor(conn: Deno.TcpConn, silent: () => void) {
    super(conn);
    this.#silent = silent;
  }

  /** Say nothing more; resolves once the client has hung up, or is gone. */
  async silence(): Promise<void> {
    this.#silent();
    while (await this.part() !== null);
  }

  /** As `silence`, but take its leave when it says goodbye. */
  async left(): Promise<void> {
    for (let part = await this.part(); part; part = await this.part()) {
      if (part.kind === "data") continue;
      const { action, id } = decodeObject(part.payload);
      if (action === "quit") await this.send({ id, status_code: 200 });
    }
  }

  /** Neither read nor write, until the test is over. */
  async idle(): Promise<void> {
    this.#silent();
    await this.#over.promise;
  }

  override async close(): Promise<void> {
    this.#over.resolve();
    await super.close();
  }

  /** Say hello, and log the client in. */
  async letIn(tweaks: Tweaks = {}): Promise<void> {
    await this.greet(tweaks);
    const { scram, id } = await this.challenge(tweaks);
    await this.send({ id, status_code: 205, data: scram.challenge });
    const final = await this.message();
    const { serverFinal } = scram.server.final(String(final.data));
    const data = tweaks.proof?.(serverFinal) ?? serverFinal;
    await this.send({ id: final.id, status_code: 200, data });
  }

  async greet(tweaks: Tweaks = {}): Promise<void> {
    const { id } = await this.message();
    await this.send({ id, ...HELLO, ...tweaks.hello });
  }

  /** Take the first step of a login, and do not answer it yet. */
  async challenge(tweaks: Tweaks = {}) {
    const first = await this.message();
    const salt = new Uint8Array(16);
    const server = new ScramServer({
      nonce: "a-nonce-of-the-server",
      lookup: () => deriveVerifier(LIAR_PASSWORD, salt, 4096),
    });
    const challenge = await server.first(String(first.data));
    return {
      id: first.id,
      scram: { server, challenge: tweaks.challenge?.(challenge) ?? challenge },
    };
  }

  /** The next request; what belongs to bodies before it is passed over. */
  async request(): Promise<JsonObject> {
    while (true) {
      const message = await this.message();
      if (message.action === "ping") continue;
      if (message.action === "end" || message.action === "abort") continue;
      // It may have crossed the end of what it would have ended.
      if (message.action === "cancel") continue;
      return message;
    }
  }

  /** Answer a get as one should, with a body of `bytes`, but for its end. */
  async serve(
    bytes: Uint8Array,
    tweaks: { readonly answer?: JsonObject; readonly end?: JsonObject } = {},
  ): Promise<void> {
    const { id } = await this.request();
    const { size, checksum } = endOf(bytes);
    const answer = { id, status_code: 200, size, mtime: "1764000000" };
    await this.send({ ...answer, ...tweaks.answer });
    await this.data(bytes);
    await this.send({ action: "end", id, size, checksum, ...tweaks.end });
  }

  /**
   * Answer the next request with a body of these lines, but for its end.
   * @returns The request.
   */
  async serveLines(
    lines: readonly string[],
    tweaks: { readonly answer?: JsonObject; readonly end?: JsonObject } = {},
  ): Promise<JsonObject> {
    const request = await this.request();
    await this.answerLines(request.id, lines, tweaks);
    return request;
  }

  async answerLines(
    id: unknown,
    lines: readonly string[],
    tweaks: { readonly answer?: JsonObject; readonly end?: JsonObject } = {},
  ): Promise<void> {
    const text = lines.map((line) => `${line}\n`).join("");
    const bytes = new TextEncoder().encode(text);
    const { size, checksum } = endOf(bytes);
    await this.send({ id, status_code: 200, ...tweaks.answer });
    if (bytes.length > 0) await this.data(bytes);
    const end = { action: "end", id, size, checksum, entries: lines.length };
    await this.send({ ...end, ...tweaks.end });
  }

  /** Take a put to the end of its body. @returns Its answer, if it were good. */
  async takePut(): Promise<JsonObject> {
    const { id } = await this.request();
    const { size, checksum } = await this.bodyEnd();
    return { id, status_code: 200, size, checksum };
  }
}

export interface Liar extends AsyncDisposable {
  readonly port: number;
  /** Resolves once it has said all that it says, and is silent. */
  readonly silent: Promise<void>;
}

/** @param lie What to do with each connection; it is closed behind that. */
export function startLiar(lie: (victim: Victim) => Promise<void>): Liar {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = new Set<Promise<void>>();
  const victims = new Set<Victim>();
  const silent = Promise.withResolvers<void>();
  const serve = async (conn: Deno.TcpConn) => {
    await using victim = new Victim(conn, silent.resolve);
    victims.add(victim);
    try {
      await lie(victim);
    } catch {
      // The client has hung up on a liar: what it made of it, the test sees.
    }
    victims.delete(victim);
  };
  const accepting = (async () => {
    for await (const conn of listener) serving.add(serve(conn));
  })();
  return {
    port: listener.addr.port,
    silent: silent.promise,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      for (const victim of victims) await victim.close();
      await Promise.all(serving);
    },
  };
}
