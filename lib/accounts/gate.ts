/** @module A gate that a few may be inside of at once; a few more wait. */
import { AccountsError } from "./error.ts";

export class Gate {
  readonly #insideMax: number;
  readonly #waitingMax: number;
  readonly #waiting = new Set<() => void>(); // in their order
  #inside = 0;

  constructor(insideMax: number, waitingMax: number) {
    this.#insideMax = insideMax;
    this.#waitingMax = waitingMax;
  }

  /**
   * Wait for room, first come, first served; dispose of what it gives to leave.
   * @throws {AccountsError} `busy`: as many wait as may; `aborted`.
   */
  async enter(signal?: AbortSignal): Promise<Disposable> {
    if (signal?.aborted) throw aborted(signal);
    if (this.#inside < this.#insideMax) this.#inside++;
    else await this.#wait(signal);
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (!left) this.#leave();
        left = true;
      },
    };
  }

  #wait(signal?: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#waitingMax) {
      throw new AccountsError("busy", "too many logins at once");
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const enter = () => {
      signal?.removeEventListener("abort", giveUp);
      resolve();
    };
    const giveUp = () => {
      this.#waiting.delete(enter);
      reject(aborted(signal));
    };
    signal?.addEventListener("abort", giveUp, { once: true });
    this.#waiting.add(enter);
    return promise;
  }

  /** Whoever waits longest takes the place over; #inside stays. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#inside--;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}

function aborted(signal?: AbortSignal): AccountsError {
  const options = { cause: signal?.reason };
  return new AccountsError("aborted", "the login was given up", options);
}
