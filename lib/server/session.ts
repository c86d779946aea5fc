/**
 * One connection, from its first byte to the moment its place is free.
 *
 * Two loops, each alone in its job: `#read` takes frames off the connection and
 * gives them to the intake, which sees notices at once; `#work` takes requests
 * off the queue and answers them in order. A put's body goes from the one to
 * the other piece by piece.
 * @module
 */
import type { Account } from "../accounts/mod.ts";
import {
  type FramePart,
  FrameReader,
  FramingError,
  MESSAGE_BYTES_MAX,
  MESSAGE_BYTES_MAX_BEFORE_LOGIN,
} from "../framing/mod.ts";
import {
  answerToStranger,
  ProtocolError,
  type StatusName,
  strangerOf,
} from "../protocol/mod.ts";
import { type Connection, NetworkError } from "../runtime/mod.ts";
import type { Home, PartStore } from "../storage/mod.ts";
import { answerRequest } from "./actions.ts";
import type { Place } from "./admission.ts";
import { Batches } from "./batches.ts";
import type { ServerContext } from "./context.ts";
import { drain, Farewell } from "./farewell.ts";
import type { OpenedHome } from "./homes.ts";
import { Intake } from "./intake.ts";
import type { Job } from "./job.ts";
import type { LogFields } from "./log.ts";
import { LoginSteps } from "./login.ts";
import { Output } from "./output.ts";
import { JobQueue } from "./queue.ts";
import { causes, goaway } from "./replies.ts";
import type { Deeds } from "./resume/deeds.ts";
import { type Activity, TimeLimits } from "./time_limits.ts";

/** Before login nobody needs to run further ahead. */
const REQUESTS_AHEAD_BEFORE_LOGIN = 8;
/** PROTOCOL.md promises a sign of life every 5 s. */
const PROGRESS_MS = 4000;

export class Session {
  readonly id: string;
  readonly context: ServerContext;
  readonly output: Output;
  readonly login: LoginSteps;
  greeted = false;
  /** Set by the login, and by nothing else. */
  account: Account | null = null;
  home: Home | null = null;
  /** The parts of its home; null, too, where none can be kept. */
  parts: PartStore | null = null;
  deeds: Deeds | null = null;

  readonly #connection: Connection;
  readonly #place: Place;
  readonly #reader: FrameReader;
  readonly #intake: Intake;
  readonly #queue = new JobQueue(REQUESTS_AHEAD_BEFORE_LOGIN);
  readonly #batches = new Batches(this);
  readonly #times: TimeLimits;
  /** Asked for with each request: made once, and anew after the login. */
  #names: LogFields | null = null;
  #peerClosed = false;
  /** Made when it is time for it: most of a session's life it is not. */
  #farewell: Farewell | null = null;
  /** What is worked on: one request, or a batch of them. */
  #current: readonly Job[] = [];
  #working: Promise<void> | null = null;
  /** No new requests are taken: said by `goaway`, or by quit. */
  #leaving = false;
  #ending: Promise<void> | null = null;
  /** The status that ended it, for the log. */
  #endedBy: StatusName | null = null;

  constructor(
    context: ServerContext,
    connection: Connection,
    place: Place,
    id: string,
  ) {
    this.id = id;
    this.context = context;
    this.#connection = connection;
    this.#place = place;
    this.#reader = new FrameReader(connection, context.buffers);
    this.#reader.messageBytesMax = MESSAGE_BYTES_MAX_BEFORE_LOGIN;
    const { clock, timers } = context.runtime;
    this.output = new Output(connection, context.buffers, timers, () => {
      this.end(null);
    });
    this.login = new LoginSteps(this);
    this.#intake = new Intake({
      accept: (job) => this.#accept(job),
      find: (id) =>
        this.#current.find((job) => job.id === id) ?? this.#queue.find(id),
      pong: (token) => this.output.say({ action: "pong", token }),
      dataDue: (due) => this.#dataDue(due),
    });
    this.#times = new TimeLimits(context.limits, clock.monotonicMs());
  }

  /** Fields that name this session in the log. */
  get names(): LogFields {
    if (this.#names === null) {
      const { hostname, port } = this.#connection.remote;
      const user = this.account?.name;
      this.#names = { session: this.id, user, address: `${hostname}:${port}` };
    }
    return this.#names;
  }

  /** Serve it. Resolves once its socket is given back; never rejects. */
  async run(): Promise<void> {
    const { log, runtime } = this.context;
    using _party = runtime.turns.join();
    const sinceMs = runtime.clock.monotonicMs();
    log.debug("connect", this.names);
    let why = "closed";
    try {
      await this.#read();
    } catch (error) {
      why = this.#readFailed(error);
    }
    await this.#over();
    const names = this.names;
    this.#connection.kill();
    this.#reader.release();
    this.output.release();
    log.info("disconnect", {
      ...names,
      seconds: Math.round(runtime.clock.monotonicMs() - sinceMs) / 1000,
      result: this.#endedBy ?? why,
    });
    await this.#connection.released;
    this.#place.leave();
  }

  /**
   * The look of the server's timer: end what has had its time, and give a sign
   * of life where work takes long.
   */
  watch(nowMs: number): void {
    if (this.#ending !== null) return;
    const over = this.#times.look(nowMs, this.#activity());
    if (over !== null) {
      this.end(over);
      return;
    }
    const { id = null, progress = {} } = this.#current[0] ?? {};
    const silent = this.#times.silentMs(nowMs) >= PROGRESS_MS;
    if (silent && id !== null && !this.output.writer.writing && this.account) {
      const notice = { action: "progress", id, ...progress };
      this.#times.told(nowMs, this.output.notify(notice));
    }
  }

  /** Let what was asked so far be answered, then end (status 247). */
  leave(): void {
    if (this.#leaving || this.#ending !== null) return;
    if (this.account === null || !this.#busy) return this.end("server_ending");
    this.#leaving = true;
    this.#intake.stop();
    this.output.notify(goaway("server_ending", this.#intake.lastId));
  }

  /** End it now: say why, if the peer takes it, and kill the socket. */
  end(status: StatusName | null, why?: string): void {
    this.#ending ??= this.#leaveWith(status, why);
  }

  /** End it without a word. */
  kill(): void {
    this.end(null);
    this.#connection.kill();
  }

  /** After login: the limits of strangers are lifted. */
  async admit(
    account: Account,
    { home, parts, deeds }: OpenedHome,
  ): Promise<StatusName | null> {
    const refusal = await this.#place.login(account.name);
    if (refusal !== null) return refusal.refused;
    this.account = account;
    this.#names = null;
    this.home = home;
    this.parts = parts;
    this.deeds = deeds;
    this.#reader.messageBytesMax = MESSAGE_BYTES_MAX;
    this.#queue.jobsMax = this.context.limits.requestsAhead;
    return null;
  }

  /** This answer is the last: read on, but do nothing of what comes after it. */
  quit(): void {
    this.#leaving = true;
    this.#intake.stop();
    for (const job of this.#queue) job.body?.drop();
    this.#queue.clear();
  }

  /** Nothing more is read: see both loops, and the farewell, to their end. */
  async #over(): Promise<void> {
    this.#intake.lost();
    if (this.#ending !== null) {
      await drain(this.#connection, this.context.runtime.turns);
    }
    this.#peerClosed = true;
    this.#farewell?.peerClosed();
    while (this.#working !== null) await this.#working;
    if (this.#ending !== null) await this.#ending;
  }

  async #read(): Promise<void> {
    const { turns } = this.context.runtime;
    while (this.#ending === null) {
      const part = this.#reader.here() ?? await this.#readOn();
      if (part === null) return;
      const room = this.#intake.take(part);
      if (room !== undefined) {
        this.#begin();
        await room;
      }
      // A body that nobody wants is read over at full speed: fairly, too.
      const turn = turns.turn();
      if (turn !== undefined) {
        this.#begin();
        await turn;
      }
    }
  }

  /** What was read is looked through: have it done, then read more. */
  async #readOn(): Promise<FramePart | null> {
    this.#begin();
    for (let used; (used = this.#intake.unused()) !== undefined;) await used;
    return await this.#reader.next();
  }

  /** What a failed read means. @returns Why the session ends, for the log. */
  #readFailed(error: unknown): string {
    this.#begin(); // what came before it
    if (error instanceof FramingError && error.code !== "cut") {
      const stranger = !this.#intake.started && error.byte !== null
        ? strangerOf(error.byte)
        : null;
      if (stranger !== null) this.#greetStranger(stranger);
      else this.end("broken_frame", error.message);
      return error.code;
    }
    if (error instanceof ProtocolError) {
      this.end("broken_frame", error.message);
      return error.code;
    }
    if (!(error instanceof NetworkError || error instanceof FramingError)) {
      this.context.log.error("internal", {
        ...this.names,
        cause: causes(error),
      });
      this.end("internal");
      return "internal";
    }
    this.end(null); // nobody is left to answer
    return error instanceof NetworkError && error.code === "killed"
      ? "killed"
      : "lost";
  }

  /**
   * Queue a job, and say when there is room for another. Its work begins when
   * what came with it was looked through, too: then it is known what can be
   * done together.
   */
  #accept(job: Job): Promise<void> | undefined {
    if (this.#leaving) { // said by goaway: it will not be answered
      job.body?.drop();
      return undefined;
    }
    return this.#queue.push(job);
  }

  /** Have what is queued be worked on, unless it is already. */
  #begin(): void {
    if (this.#queue.length > 0) this.#working ??= this.#work();
  }

  #dataDue(due: boolean): void {
    this.#reader.dataDue = due;
    if (!due && this.#leaving && !this.#busy) this.end(null);
  }

  /** Answer what is queued; it starts with a request and ends with the last. */
  async #work(): Promise<void> {
    const { turns, clock } = this.context.runtime;
    try {
      while (true) {
        if (this.#queue.length > 0) {
          this.output.sendSoon();
          await this.#answerNext();
          if (this.#queue.length === 0) continue; // the answer goes out first
        } else if (this.output.pending) {
          await this.output.flush();
        } else {
          break;
        }
        const turn = turns.turn();
        if (turn !== undefined) await turn;
      }
    } catch (error) {
      this.#workFailed(error);
    } finally {
      this.#times.worked(clock.monotonicMs());
      this.#working = null;
    }
    if (this.#leaving && !this.#intake.bodyDue) this.end(null);
  }

  /** Answer the request that is next; with those behind it, where they fit. */
  async #answerNext(): Promise<void> {
    const batch = this.#batches.next(this.#queue);
    const jobs = this.#queue.take(batch?.jobs.length ?? 1);
    let done = jobs.length;
    this.#current = jobs;
    try {
      if (batch !== null) done = await batch.run();
      else for (const job of jobs) await answerRequest(this, job);
    } finally {
      this.#current = [];
      for (const job of jobs.slice(0, done)) this.#intake.answered(job);
      this.#queue.putBack(jobs.slice(done));
    }
  }

  #workFailed(error: unknown): void {
    this.#queue.clear(); // nobody answers it; who waits for room goes on
    if (!(error instanceof NetworkError)) {
      this.context.log.error("internal", {
        ...this.names,
        cause: causes(error),
      });
    }
    this.end(error instanceof NetworkError ? null : "internal");
  }

  get #busy(): boolean {
    return this.#working !== null || this.#queue.length > 0 ||
      this.#intake.bodyDue;
  }

  #activity(): Activity {
    const body = this.#intake.bodyDue;
    const reading = this.#reader.waiting && (body || this.#reader.midFrame);
    const { writing } = this.output.writer;
    return {
      loggedIn: this.account !== null,
      busy: this.#busy,
      upToPeer: writing || reading,
      bodyUpToPeer: writing || body && this.#reader.waiting,
      bytesMoved: this.#connection.bytesRead + this.#connection.bytesWritten,
    };
  }

  /** A peer that speaks something else gets a word that it understands. */
  #greetStranger(stranger: Parameters<typeof answerToStranger>[0]): void {
    const words = answerToStranger(stranger);
    this.context.log.info("stranger", { ...this.names, protocol: stranger });
    this.#ending ??= this.#bid(async () => {
      if (words !== null) await this.#connection.write(words);
    });
  }

  #bid(say: () => Promise<void>): Promise<void> {
    const { timers } = this.context.runtime;
    this.#farewell = new Farewell(this.#connection, timers, this.#peerClosed);
    return this.#farewell.bid(say);
  }

  async #leaveWith(status: StatusName | null, why?: string): Promise<void> {
    this.#endedBy = status;
    const peerGone = status === null && !this.#leaving;
    // What waits is answered all the same, each by 213.
    for (const job of this.#queue) job.cancel();
    for (const job of this.#current) job.cancel();
    this.#intake.cancel();
    if (peerGone) return this.#connection.kill();
    await this.#bid(async () => {
      while (this.#working !== null) await this.#working;
      await this.output.flush(); // what was answered before work failed
      if (status === null) return;
      await this.output.say(goaway(status, this.#intake.lastId, why));
    });
  }
}
