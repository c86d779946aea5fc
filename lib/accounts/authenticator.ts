/**
 * Logging in, as steps: what the client says, what it is answered, until it is
 * accepted or refused. One interface for every mechanism and every store of
 * accounts; here SCRAM-SHA-256 on the accounts of a file.
 *
 * Whoever asks learns nothing about which users there are: an unknown one gets
 * a salt of its own, the same each time, and a verifier that nothing matches;
 * both are computed for known users, too, so that the work is the same.
 * @module
 */
import { createHmac } from "node:crypto";
import {
  deriveVerifier,
  saslprep,
  SaslprepError,
  SCRAM_SHA_256,
  ScramError,
  scramNonce,
  ScramServer,
  type Verifier,
} from "../protocol/mod.ts";
import type { Random } from "../runtime/mod.ts";
import type { Account } from "./accounts.ts";
import { AccountsError } from "./error.ts";
import { Gate } from "./gate.ts";

export interface Authenticator {
  /** Names of the mechanisms, the best first: for the server's hello. */
  readonly mechanisms: readonly string[];
  /**
   * Take the first message of a login. How many logins may fail on a connection
   * is the session's affair.
   * @throws {AccountsError} `unknown_mechanism`, `bad_message`, `busy`,
   * `aborted`.
   */
  begin(
    mechanism: string,
    message: string,
    signal?: AbortSignal,
  ): Promise<LoginStep>;
}

export type LoginStep =
  | {
    readonly kind: "continue";
    /** For the client. */
    readonly reply: string;
    /** Take the client's next message, once. @throws as `begin` does. */
    next(message: string, signal?: AbortSignal): Promise<LoginStep>;
  }
  | {
    readonly kind: "accepted";
    readonly reply: string;
    /** Who it is, from here on: nothing else in any message says so. */
    readonly account: Account;
  }
  | {
    /** The one and same answer to an unknown user and a wrong password. */
    readonly kind: "refused";
    readonly reply: string;
  };

export interface LoginLimits {
  /** Steps worked on at once: a client's pauses between them hold no place. */
  readonly stepsMax: number;
  /** Steps that wait for their turn; one more gets `busy`. */
  readonly waitingMax: number;
  /** Verifiers derived at once while accounts are loaded. */
  readonly derivationsMax: number;
}

/** As many at once as a small machine has cores; the rest wait in order. */
export const LOGIN_LIMITS: LoginLimits = {
  stepsMax: 16,
  waitingMax: 1024, // max_unauthenticated by default
  derivationsMax: 4,
};
const NONCE_BYTES = 18;
const SALT_BYTES = 16;
/** No more than RFC 7677 asks for: the clear password is in the file. */
const ITERATIONS = 4096;
const SECRET_BYTES = 32;

/**
 * Derive a verifier from each clear password (1 to 6 ms each, off the event
 * loop), and serve logins with them.
 */
export async function createAuthenticator(
  accounts: ReadonlyMap<string, Account>,
  { random }: { readonly random: Random },
  limits: LoginLimits = LOGIN_LIMITS,
): Promise<Authenticator> {
  const decoys = new Decoys(random.bytes(SECRET_BYTES));
  const verifiers = new Map<string, Verifier>();
  const left = accounts.values();
  async function deriveSome() {
    for (const { name, password } of left) { // shared: each takes what is next
      const { salt, iterations } = decoys.verifier(name);
      const derived = deriveVerifier(password.reveal(), salt, iterations);
      verifiers.set(name, await derived);
    }
  }
  const workers = Array.from({ length: limits.derivationsMax }, deriveSome);
  await Promise.all(workers);
  return new ScramAuthenticator(accounts, verifiers, decoys, random, limits);
}

class ScramAuthenticator implements Authenticator {
  readonly mechanisms = [SCRAM_SHA_256];
  readonly #gate: Gate;

  constructor(
    private readonly accounts: ReadonlyMap<string, Account>,
    private readonly verifiers: ReadonlyMap<string, Verifier>,
    private readonly decoys: Decoys,
    private readonly random: Random,
    limits: LoginLimits,
  ) {
    this.#gate = new Gate(limits.stepsMax, limits.waitingMax);
  }

  async begin(
    mechanism: string,
    message: string,
    signal?: AbortSignal,
  ): Promise<LoginStep> {
    if (mechanism !== SCRAM_SHA_256) {
      const message = `the ways to log in are: ${this.mechanisms.join(", ")}`;
      throw new AccountsError("unknown_mechanism", message);
    }
    let user = "";
    const server = new ScramServer({
      nonce: scramNonce(this.random.bytes(NONCE_BYTES)),
      lookup: async (name) => {
        user = await preparedOrNot(name);
        const decoy = this.decoys.verifier(user); // for known users, too
        return this.verifiers.get(user) ?? decoy;
      },
    });
    const reply = await this.#work(signal, () => server.first(message));
    const next = (message: string, signal?: AbortSignal) =>
      this.#work(signal, () => this.#end(server, user, message));
    return { kind: "continue", reply, next };
  }

  #end(server: ScramServer, user: string, message: string): LoginStep {
    const { ok, serverFinal } = server.final(message);
    const account = this.accounts.get(user);
    if (!ok || account === undefined) {
      return { kind: "refused", reply: serverFinal };
    }
    return { kind: "accepted", reply: serverFinal, account };
  }

  async #work<T>(
    signal: AbortSignal | undefined,
    step: () => T | Promise<T>,
  ): Promise<T> {
    using _place = await this.#gate.enter(signal);
    try {
      return await step();
    } catch (cause) {
      if (!(cause instanceof ScramError)) throw cause;
      throw new AccountsError("bad_message", cause.message, { cause });
    }
  }
}

/** What stands for users whom nobody knows; unguessable, lasting a process. */
class Decoys {
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /**
   * The same for a name each time. Known users have its salt, too: so salts
   * stay as they are when users come and go.
   */
  verifier(name: string): Verifier {
    return {
      salt: this.#bytes("salt", name).slice(0, SALT_BYTES),
      iterations: ITERATIONS,
      storedKey: this.#bytes("stored key", name),
      serverKey: this.#bytes("server key", name),
    };
  }

  #bytes(use: string, name: string): Uint8Array<ArrayBuffer> {
    const hmac = createHmac("sha256", this.#secret);
    return new Uint8Array(hmac.update(`${use}:${name}`).digest());
  }
}

/** A name that cannot be prepared is one that nobody has, like others. */
async function preparedOrNot(name: string): Promise<string> {
  try {
    return await saslprep(name);
  } catch (error) {
    if (error instanceof SaslprepError) return name;
    throw error;
  }
}
