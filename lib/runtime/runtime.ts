/**
 * All that is not ours, as one typed object that is passed down: the network,
 * the clock, timers, randomness, signals, fair turns. Nothing below server.ts
 * and client.ts reaches for the globals behind it, so that a test can hold the
 * clock and, one day, a seed can replay a whole session.
 * @module
 */

import type { NetworkError } from "./error.ts";

/** What a program is given of the world around it. */
export interface Runtime {
  readonly network: Network;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly signals: Signals;
  readonly turns: Turns;
}

/** An IP address in text (no brackets) and a port. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

export interface Network {
  /**
   * Listen on a TCP port; 0 takes a free one.
   * @throws {NetworkError} `in_use`, `permission`, `bad_address`, `failed`.
   */
  listen(address: Address): Listener;
  /**
   * Dial a host by name or address. Nagle's delay is off on what it returns.
   * @throws {NetworkError} `refused`, `unreachable`, `unknown_host`,
   * `permission`, `timed_out` (the signal fired), `failed`.
   */
  connect(address: Address, signal: AbortSignal): Promise<Connection>;
}

export interface Listener extends Disposable {
  readonly address: Address;
  /**
   * The next connection, or null once the listener was closed. Errors of one
   * accept (a peer already gone, no file descriptor left) are told to
   * `onTrouble`, waited out and survived: this never rejects.
   */
  accept(
    onTrouble: (trouble: NetworkError) => void,
  ): Promise<Connection | null>;
  /** Stop listening; a pending accept gives null. Connections stay. */
  close(): void;
}

/**
 * One TCP connection that can be ended now, whatever it is doing. At most one
 * read and one write may be under way at once.
 */
export interface Connection {
  readonly local: Address;
  readonly remote: Address;
  /** Bytes moved so far; a write counts as the kernel takes its parts. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /**
   * Read what is there, at least one byte, into the start of `into`.
   * @returns The bytes read, or null once the peer has closed its side.
   * @throws {NetworkError} `killed`, `lost` (the peer is gone).
   */
  read(into: Uint8Array): Promise<number | null>;
  /**
   * Write all of `bytes`, which must stay untouched until this settles and,
   * when it settled by `killed`, for good.
   * @throws {NetworkError} `killed`, `lost`.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Say that no more will be written; reading goes on. Never rejects. */
  closeWrite(): Promise<void>;
  /**
   * End it now: a read and a write in progress reject with `killed`, later ones
   * too. May be called again and at any moment.
   */
  kill(): void;
  /**
   * Settles once the bare socket is given back to the system. That is at once
   * after `kill`, but for a runtime that holds a socket in a blocked write
   * until the peer moves: until then it has to count against the limits.
   */
  readonly released: Promise<void>;
}

export interface Clock {
  /** Milliseconds that only ever rise, from an arbitrary start. */
  monotonicMs(): number;
  /** The date and time of day. */
  date(): Date;
}

export interface Timers {
  /** Call `run` once after `ms`, unless disposed before. */
  after(ms: number, run: () => void): Disposable;
  /** Call `run` every `ms` until disposed; it keeps no program alive. */
  every(ms: number, run: () => void): Disposable;
  /** Resolve after `ms`; reject with the signal's reason if it fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that fires after `ms` (reason: `NetworkError` `timed_out`). */
  deadline(ms: number): Deadline;
}

/** Dispose it when the step it guards is over: its timer goes with it. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

export interface Random {
  /** `length` bytes fit for keys. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGWINCH";

export interface Signals {
  /** Call `run` at each such signal, until disposed. A no-op where unknown. */
  on(name: SignalName, run: () => void): Disposable;
}

/**
 * Fair turns: every loop that moves data asks for its turn once a chunk. A loop
 * of calls that never wait (measured: `readSync`, then a write that the
 * kernel takes at once) would otherwise keep the event loop from every other
 * connection for as long as it runs.
 */
export interface Turns {
  /** Count one more party that is to be served, until disposed. */
  join(): Disposable;
  /** Undefined: go on. A promise: await it first, others are to be served. */
  turn(): Promise<void> | undefined;
}
