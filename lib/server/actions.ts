/**
 * What a request does. Who may send it when is a column of the table, checked
 * in one place before any handler runs.
 * @module
 */
import {
  FEATURES,
  type FolderRequest,
  type GetRequest,
  PROGRAM_VERSION,
  PROTOCOL_VERSIONS,
  type PutRequest,
  type Request,
  type RequestAction,
  type ResumeRequest,
  type StatusName,
} from "../protocol/mod.ts";
import { NetworkError } from "../runtime/mod.ts";
import { type Home, resolveName } from "../storage/mod.ts";
import type { Job } from "./job.ts";
import { get, put } from "./files.ts";
import { answerFolderRequest, factsOf } from "./folders/mod.ts";
import { BYTES_AHEAD_MAX } from "./queue.ts";
import { failureOf } from "./replies.ts";
import { putKept } from "./resume/kept_put.ts";
import { resume } from "./resume/states.ts";
import type { Session } from "./session.ts";

interface Action<R extends Request> {
  /** How far the session has to have come. */
  readonly needs: "nothing" | "hello" | "login";
  readonly run: (session: Session, job: Job, request: R) => Promise<void>;
}

const ACTIONS: {
  readonly [A in RequestAction]: Action<Extract<Request, { action: A }>>;
} = {
  hello: { needs: "nothing", run: hello },
  login: {
    needs: "hello",
    run: (session, job, request) => session.login.step(job, request),
  },
  stat: { needs: "login", run: stat },
  get: {
    needs: "login",
    run: (session, job, request: GetRequest) =>
      withHome(session, (home) => get(session, home, job, request)),
  },
  put: {
    needs: "login",
    run: (session, job, request: PutRequest) =>
      withHome(session, (home) => anyPut(session, home, job, request)),
  },
  resume: {
    needs: "login",
    run: (session, job, request: ResumeRequest) =>
      withHome(session, (home) => resume(session, home, job, request)),
  },
  quit: { needs: "hello", run: quit },
  list: { needs: "login", run: folders },
  walk: { needs: "login", run: folders },
  mkdir: { needs: "login", run: folders },
  rm: { needs: "login", run: folders },
  rmdir: { needs: "login", run: folders },
  mv: { needs: "login", run: folders },
  cp: { needs: "login", run: folders },
  setattr: { needs: "login", run: folders },
  checksum: { needs: "login", run: folders },
  du: { needs: "login", run: folders },
  space: { needs: "login", run: folders },
  link: { needs: "login", run: folders },
};

/** Give a job its one answer. Rejects only when the connection is lost. */
export async function answerRequest(session: Session, job: Job): Promise<void> {
  const { task } = job;
  if ("refused" in task) {
    return await session.output.reply(job, task.refused, {}, task.why);
  }
  if (job.cancelled) return await session.output.reply(job, "cancelled");
  const { request } = task;
  const refused = tooEarly(session, ACTIONS[request.action].needs);
  if (refused !== null) return await session.output.reply(job, refused);
  const unknown = request.requires.find((name) => !FEATURES.includes(name));
  if (unknown !== undefined) {
    const why = `${unknown}: not known`;
    return await session.output.reply(job, "feature_unknown", {}, why);
  }
  await run(session, job, request);
}

function tooEarly(
  session: Session,
  needs: "nothing" | "hello" | "login",
): StatusName | null {
  if (needs === "nothing") return session.greeted ? "out_of_order" : null;
  if (!session.greeted) return "out_of_order";
  return needs === "login" && session.account === null ? "login_first" : null;
}

/** One case an action, so that its handler gets its own type of request. */
async function run(s: Session, job: Job, request: Request): Promise<void> {
  switch (request.action) {
    case "hello":
      return await ACTIONS.hello.run(s, job, request);
    case "login":
      return await ACTIONS.login.run(s, job, request);
    case "stat":
      return await ACTIONS.stat.run(s, job, request);
    case "get":
      return await ACTIONS.get.run(s, job, request);
    case "put":
      return await ACTIONS.put.run(s, job, request);
    case "resume":
      return await ACTIONS.resume.run(s, job, request);
    case "quit":
      return await ACTIONS.quit.run(s, job, request);
    default:
      return await folders(s, job, request);
  }
}

function anyPut(
  session: Session,
  home: Home,
  job: Job,
  request: PutRequest,
): Promise<void> {
  const { parts } = session;
  const { transfer } = request;
  return transfer === undefined || parts === null
    ? put(session, home, job, request)
    : putKept(session, { home, parts, transfer }, job, request);
}

async function withHome(
  session: Session,
  use: (home: Home) => Promise<void>,
): Promise<void> {
  const { home } = session;
  if (home === null) throw new TypeError("logged in, and no home");
  await use(home);
}

function folders(
  session: Session,
  job: Job,
  request: FolderRequest,
): Promise<void> {
  return withHome(
    session,
    (home) => answerFolderRequest(session, home, job, request),
  );
}

async function hello(
  session: Session,
  job: Job,
  request: Extract<Request, { action: "hello" }>,
): Promise<void> {
  const version = PROTOCOL_VERSIONS.find((v) => request.versions.includes(v));
  if (version === undefined) {
    await session.output.reply(job, "version_unknown");
    return session.quit();
  }
  session.greeted = true;
  const { limits } = session.context;
  const idle = limits.idleTimeoutMs;
  await session.output.reply(job, "success", {
    program: `ftpd/${PROGRAM_VERSION}`,
    version,
    features: FEATURES,
    mechanisms: session.context.authenticator.mechanisms,
    limits: {
      requests_ahead: limits.requestsAhead,
      bytes_ahead: BYTES_AHEAD_MAX,
      upload_bytes: limits.maxUploadBytes,
      idle_seconds: idle === null ? null : idle / 1000,
    },
  });
}

async function stat(
  session: Session,
  job: Job,
  request: Extract<Request, { action: "stat" }>,
): Promise<void> {
  await withHome(session, async (home) => {
    try {
      const path = resolveName(request.filename);
      const info = await home.stat(path, job.signal);
      await session.output.reply(job, "success", {
        type: info.type,
        size: info.size,
        ...factsOf(info),
      });
    } catch (error) {
      if (error instanceof NetworkError) throw error;
      const { filename: name } = request;
      const { status: result, text, cause } = failureOf(error, name);
      if (result === "internal") {
        const { log } = session.context;
        log.error("stat", { ...session.names, name, result, cause });
      }
      await session.output.reply(job, result, {}, text);
    }
  });
}

async function quit(session: Session, job: Job): Promise<void> {
  await session.output.reply(job, "success");
  session.quit();
}
