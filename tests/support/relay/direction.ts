/**
 * All bytes that cross the relay one way: they wait in one queue, in the order
 * in which they come out of the line, and leave in batches by one timer.
 * @module
 */
import { Line, type LineShape } from "./line.ts";

/** More than this is never on its way to a line that is taken. */
const BACKLOG_MS_MAX = 5;
/** What comes out this much later goes along: timers are late by as much. */
export const EARLY_MS = 0.5;
/** How late a sender that waited for the line may be read, and lose nothing. */
const CATCH_UP_MS_MAX = 20;
/** One read of a connection. */
export const READ_BYTES = 64 * 1024;
/** What one connection may have in the relay at least. */
const HELD_BYTES_MIN = 64 * 1024;
/** And at most, where the line has no rate that would say it. */
const HELD_BYTES_UNLIMITED = 4 * 2 ** 20;

/** What has crossed, of all connections since the start. */
export interface Tally {
  /** Read from the sender: it was on the wire. */
  readonly taken: number;
  /** Written to the receiver. */
  readonly given: number;
}

interface Parcel {
  readonly dueMs: number;
  readonly deliver: () => void;
}

interface Waiting {
  readonly bytes: number;
  readonly resolve: () => void;
}

export class Direction {
  /** What one connection may have in the relay before it is read no more. */
  readonly heldBytesMax: number;
  taken = 0;
  given = 0;
  readonly #line: Line;
  #parcels: Parcel[] = [];
  #first = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #forRoom: (() => void)[] = [];
  #reached: Waiting[] = [];
  /** Once so many were taken, no more are. */
  #heldAt = Infinity;

  constructor(shape: LineShape) {
    this.#line = new Line(shape);
    // The product of bandwidth and delay: less would slow a single connection.
    const inFlight = this.#line.bytesIn(shape.delayMs + BACKLOG_MS_MAX);
    this.heldBytesMax = Number.isFinite(inFlight)
      ? Math.max(HELD_BYTES_MIN, Math.ceil(inFlight))
      : HELD_BYTES_UNLIMITED;
  }

  /** Resolves once the line has room for a read, in the order of the calls. */
  room(): Promise<void> | undefined {
    const taken = this.#line.backlogMs(performance.now()) >= BACKLOG_MS_MAX;
    if (!taken && !this.#held && this.#forRoom.length === 0) return undefined;
    return new Promise((resolve) => {
      this.#forRoom.push(resolve);
      this.#schedule();
    });
  }

  /**
   * Bytes enter the line; `deliver` is called when they have come out.
   * @param waited They were there while the line was taken.
   */
  enter(bytes: number, waited: boolean, deliver: () => void): void {
    this.taken += bytes;
    if (this.#reached.length > 0) this.#tellReached();
    const late = waited ? CATCH_UP_MS_MAX : 0;
    const dueMs = this.#line.enter(bytes, performance.now() - late);
    this.#parcels.push({ dueMs, deliver });
    this.#schedule();
  }

  /** Resolves once `bytes` were taken since the start. */
  reached(bytes: number): Promise<void> {
    if (this.taken >= bytes) return Promise.resolve();
    return new Promise((resolve) => this.#reached.push({ bytes, resolve }));
  }

  /** Take no more than about `bytes` since the start, until `release`. */
  hold(bytes: number): void {
    this.#heldAt = bytes;
  }

  release(): void {
    this.#heldAt = Infinity;
    this.#schedule();
  }

  get #held(): boolean {
    return this.taken >= this.#heldAt;
  }

  /** Nothing is delivered any more; whoever waits for room is let go. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#parcels = [];
    this.#first = 0;
    for (const resolve of this.#forRoom.splice(0)) resolve();
  }

  #tellReached(): void {
    const there = this.#reached.filter(({ bytes }) => bytes <= this.taken);
    this.#reached = this.#reached.filter(({ bytes }) => bytes > this.taken);
    for (const { resolve } of there) resolve();
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const now = performance.now();
    const next = this.#parcels[this.#first]?.dueMs ?? Infinity;
    const room = this.#forRoom.length === 0 || this.#held
      ? Infinity
      : now + this.#line.backlogMs(now) - BACKLOG_MS_MAX / 2;
    const at = Math.min(next, room);
    if (at === Infinity) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pass();
      this.#schedule();
    }, Math.max(0, at - now - EARLY_MS));
  }

  #pass(): void {
    const now = performance.now();
    while (true) {
      const parcel = this.#parcels[this.#first];
      if (parcel === undefined || parcel.dueMs > now + EARLY_MS) break;
      this.#first++;
      parcel.deliver();
    }
    if (this.#first > 1024 || this.#first === this.#parcels.length) {
      this.#parcels = this.#parcels.slice(this.#first);
      this.#first = 0;
    }
    if (this.#held) return;
    const free = BACKLOG_MS_MAX - this.#line.backlogMs(now);
    if (free <= 0) return;
    const reads = Math.ceil(this.#line.bytesIn(free) / READ_BYTES);
    for (const resolve of this.#forRoom.splice(0, reads)) resolve();
  }
}
