/**
 * What there is to do to bring a tree over: steps, from two walks, a page at a
 * time. For put -r, get -r and sync alike. Pure: who has a connection and a
 * disk does the steps. In memory are the folders (their times come last), the
 * links and the deletions; files are not.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import { type Decide, sameTime } from "./decide.ts";
import { type Deletion, Deletions } from "./deletions.ts";
import {
  type Entry,
  liesIn,
  type TreePath,
  type Trouble,
  type Walk,
} from "./entry.ts";
import { type Exclusion, type SizeLimits, unfitSize } from "./filter.ts";
import { type Merged, mergeWalks, type Side } from "./merge.ts";
import type { NameList } from "./name_list.ts";
import { isOfListing, type Reason } from "./reason.ts";
import type { LinkStep, Step } from "./step.ts";
import { type LateLink, Twins } from "./twins.ts";

export interface PlanOptions {
  readonly source: Walk;
  /** Left out: nothing is known of the target, and nothing is compared. */
  readonly target?: Walk;
  /** What of the target takes no part, where its walk does not know. */
  readonly excludesTarget?: Exclusion;
  /** The source's own folder, where the target's root is to be made of it. */
  readonly root?: Entry;
  /** What is there in the root's place, where that is known: a folder. */
  readonly rootTarget?: Entry;
  readonly decide: Decide;
  readonly sizes?: SizeLimits;
  /** `--files-from`: what of it was not found is told. */
  readonly names?: NameList;
  /** Why the other side cannot hold this, or null. */
  readonly unfit?: (path: TreePath) => Reason | null;
  /** Modes are kept as times are. */
  readonly modes?: boolean;
  readonly deletion?: DeletionRules;
  /** What is skipped for this reason is only counted. */
  readonly passes?: (reason: Reason) => boolean;
}

/** `--delete`. */
export interface DeletionRules {
  /** More than so many: none is made. Null: no limit. */
  readonly max: number | null;
  /** Delete even where the source holds nothing. */
  readonly force: boolean;
  /** Asked once all is sent: false where something failed on the way. */
  readonly mayDelete: () => boolean;
}

/** Folders and links, each in memory until the end: 200 bytes or so. */
const KEPT_MAX = 1_000_000;
const PAGE_STEPS = 256;

/**
 * The order: folders and files, as they are found; links; deletions; what takes
 * the place of something deleted; attributes of folders. Between them barriers.
 * @throws {ClientError} What the walks throw: nothing was deleted then.
 */
export async function* planTree(
  options: PlanOptions,
): AsyncGenerator<readonly Step[]> {
  const planner = new Planner(options);
  const { source, target, excludesTarget } = options;
  for await (const page of mergeWalks(source, target, excludesTarget)) {
    for (const merged of page) planner.take(merged);
    if (planner.ready) yield planner.takeSteps();
  }
  planner.sourceIsOver();
  for (const phase of planner.phases()) yield* inPages(phase, planner);
}

function* inPages(
  phase: Iterable<Step>,
  planner: Planner,
): Generator<readonly Step[]> {
  const before = planner.takeSteps();
  if (before.length > 0) yield before;
  let page: Step[] = [];
  for (const step of phase) {
    page.push(step);
    if (page.length < PAGE_STEPS && step.kind !== "barrier") continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** A folder of the source. */
interface Folder {
  readonly source: Entry;
  readonly target: Entry | undefined;
  /** Something was written into it: its time has to be set again. */
  touched: boolean;
}

class Planner {
  readonly #options: PlanOptions;
  readonly #folders: Folder[] = [];
  /** Those that the walk is in. */
  readonly #open: Folder[] = [];
  readonly #twins = new Twins();
  readonly #links: LateLink[] = [];
  readonly #deletions = new Deletions();
  /** What takes the place of something deleted, and all below it. */
  readonly #deferred: Step[] = [];
  /** What has to go for that. */
  readonly #ways: Deletion[] = [];
  /** What can have no place there after all. */
  #vain: readonly TreePath[] = [];
  #steps: Step[] = [];
  /** What was skipped and is only counted, since the last page. */
  readonly #passed = new Map<Reason, number>();
  /** A folder of the source that cannot be made there. */
  #blocked: TreePath | null = null;
  /** A folder of the source in whose place something has to go first. */
  #waiting: TreePath | null = null;
  #sourceEmpty = true;
  #listingFailed = false;

  constructor(options: PlanOptions) {
    this.#options = options;
    const { root, rootTarget } = options;
    if (root === undefined) return;
    this.#enter(root, rootTarget);
    if (rootTarget !== undefined) return;
    this.#steps.push({ kind: "folder", path: root.path, source: root });
  }

  get ready(): boolean {
    return this.#steps.length + this.#passed.size > 0;
  }

  takeSteps(): readonly Step[] {
    const steps = this.#steps;
    this.#steps = [];
    for (const [reason, count] of this.#passed) {
      steps.push({ kind: "passed", reason, count });
    }
    this.#passed.clear();
    return steps;
  }

  take(merged: Merged): void {
    switch (merged.kind) {
      case "both":
        return this.#source(merged.source, merged.target);
      case "source":
        return this.#source(merged.source, undefined);
      case "target":
        return this.#targetOnly(merged.target);
      case "excluded":
        this.#saw(merged.side, merged.path);
        return this.#keep(merged.path);
      case "trouble":
        return this.#odd(merged.side, merged.trouble);
    }
  }

  #odd(side: Side, trouble: Trouble): void {
    this.#saw(side, trouble.path);
    this.#keep(trouble.path);
    if (isOfListing(trouble.reason)) this.#listingFailed = true;
    // What is odd in the target stays there: nobody asked for it.
    if (side === "source") this.#trouble(trouble);
  }

  #saw(side: Side, path: TreePath): void {
    if (side === "source") this.#options.names?.saw(path);
  }

  #keep(path: TreePath): void {
    if (this.#options.deletion !== undefined) this.#deletions.keep(path);
  }

  sourceIsOver(): void {
    for (const path of this.#options.names?.missing() ?? []) {
      this.#odd("source", { path, reason: "missing" });
    }
  }

  #source(source: Entry, target: Entry | undefined): void {
    const { path, kind } = source;
    this.#sourceEmpty = false;
    this.#saw("source", path);
    if (this.#blocked !== null && liesIn(path, this.#blocked)) {
      return this.#trouble({ path, reason: "below_failed" });
    }
    const unfit = this.#options.unfit?.(path) ?? null;
    if (unfit !== null) return this.#block({ path, reason: unfit });
    if (kind === "file") {
      const size = unfitSize(source.size, this.#options.sizes ?? {});
      if (size !== null) {
        if (target?.kind === "folder") this.#keep(path);
        return this.#skip(source, size);
      }
    }
    const inPlace = target !== undefined &&
      (kind === "folder") !== (target.kind === "folder");
    const there = inPlace ? undefined : target;
    if (inPlace && !this.#makeWay(source, target)) return;
    if (kind === "folder") this.#folder(source, there, target !== undefined);
    else this.#send(source, there, target !== undefined);
    if (inPlace && kind !== "folder") this.#waiting = null;
  }

  /** Something of another kind is there. @returns Whether it will go. */
  #makeWay(source: Entry, target: Entry): boolean {
    const { path, kind } = source;
    if (this.#options.deletion === undefined) {
      this.#block({
        path,
        reason: kind === "folder" ? "file_in_place" : "folder_in_place",
      });
      return false;
    }
    this.#ways.push(this.#deletions.add(target, this.#toucher(path)));
    this.#waiting = path;
    return true;
  }

  #folder(
    source: Entry,
    target: Entry | undefined,
    listed: boolean,
  ): void {
    const { path } = source;
    const twin = this.#twins.add(path, listed, null);
    // What is there needs no step, unless it may not be there at all.
    if (target === undefined || twin !== undefined) {
      this.#touch(path);
      this.#push({
        kind: "folder",
        path,
        source,
        ...(target === undefined ? {} : { target }),
        ...(twin === undefined ? {} : { twin }),
      });
    }
    this.#enter(source, target);
  }

  #enter(source: Entry, target: Entry | undefined): void {
    const folder = { source, target, touched: target === undefined };
    this.#folders.push(folder);
    this.#leaveFor(source.path);
    this.#open.push(folder);
    this.#checkKept();
  }

  #send(source: Entry, target: Entry | undefined, listed: boolean): void {
    const { path } = source;
    if (source.kind === "link") return this.#sendLink(source, target, listed);
    const twin = this.#twins.add(path, listed, null);
    const decision = this.#options.decide(source, target);
    // Where a twin was written, what the listing says of this may be over.
    if (
      "skip" in decision && (twin === undefined || decision.skip === "exists")
    ) {
      this.#skip(source, decision.skip);
      if (target !== undefined) this.#fileMode(source, target);
      return;
    }
    this.#touch(path);
    const condition = "send" in decision ? decision.send : "always";
    this.#push({
      kind: "file",
      path,
      source,
      ...(target === undefined ? {} : { target }),
      ...(condition === "always" ? {} : { only: condition }),
      ...(twin === undefined ? {} : { twin }),
    });
  }

  #sendLink(source: Entry, target: Entry | undefined, listed: boolean): void {
    const { path, link: text = "" } = source;
    const known = target === undefined ? {} : { target };
    const step: LinkStep = { kind: "link", path, text, source, ...known };
    const late: LateLink = { step, twin: undefined };
    late.twin = this.#twins.add(path, listed, late);
    const decision = this.#options.decide(source, target);
    if ("skip" in decision) return this.#skip(source, decision.skip);
    this.#touch(path);
    if (this.#isWaiting(path)) this.#push(step);
    else this.#links.push(late);
    this.#checkKept();
  }

  /** The bytes are the same: then only the mode may have to be. */
  #fileMode(source: Entry, target: Entry): void {
    const { modes, target: walked } = this.#options;
    if (!modes || walked === undefined || source.kind !== "file") return;
    if (source.mode === null || target.mode === null) return;
    if (target.kind !== "file" || source.mode === target.mode) return;
    const { path, mtimeNs, mode } = source;
    if (!sameTime(source, target)) return;
    this.#push({ kind: "attributes", path, source, mtimeNs, mode });
  }

  #targetOnly(target: Entry): void {
    if (this.#options.deletion === undefined) return;
    const { path } = target;
    const deletion = this.#deletions.add(target, this.#toucher(path));
    this.#twins.addDeletion(path, deletion);
  }

  #leaveFor(path: TreePath): void {
    while (this.#open.length > 0) {
      if (liesIn(path, this.#open.at(-1)?.source.path ?? [])) return;
      this.#open.pop();
    }
  }

  /** What is done at `path` gives its folder another time. */
  #touch(path: TreePath): void {
    this.#toucher(path)();
  }

  /** The same for later: the walk will have left that folder. */
  #toucher(path: TreePath): () => void {
    this.#leaveFor(path);
    const folder = this.#open.at(-1);
    return () => {
      if (folder?.source.path.length === path.length - 1) folder.touched = true;
    };
  }

  #isWaiting(path: TreePath): boolean {
    return this.#waiting !== null && liesIn(path, this.#waiting);
  }

  #push(step: Step): void {
    if ("path" in step && this.#isWaiting(step.path)) {
      this.#deferred.push(step);
      return this.#checkKept();
    }
    this.#steps.push(step);
  }

  #skip(source: Entry, reason: Reason): void {
    if (this.#options.passes?.(reason)) {
      this.#passed.set(reason, (this.#passed.get(reason) ?? 0) + 1);
      return;
    }
    this.#steps.push({ kind: "skip", path: source.path, reason, source });
  }

  #trouble(trouble: Trouble): void {
    this.#steps.push({ kind: "trouble", trouble });
  }

  /** It cannot be there, and so nothing below it can. */
  #block(trouble: Trouble): void {
    this.#blocked = trouble.path;
    this.#keep(trouble.path);
    this.#trouble(trouble);
  }

  #checkKept(): void {
    const kept = this.#folders.length + this.#links.length +
      this.#deferred.length;
    if (kept <= KEPT_MAX) return;
    throw new ClientError("refused", ...texts.tree.tooManyFolders(KEPT_MAX));
  }

  /** What comes after the walks. Each is asked for once the last one is done. */
  *phases(): Generator<Iterable<Step>> {
    yield behindBarrier(
      this.#links.map(({ step, twin }) =>
        twin === undefined ? step : { ...step, twin }
      ),
    );
    yield this.#deletionSteps();
    yield behindBarrier(this.#attributes());
  }

  *#deletionSteps(): Generator<Step> {
    const rules = this.#options.deletion;
    const { count } = this.#deletions;
    if (rules === undefined || count + this.#ways.length === 0) return;
    yield { kind: "barrier" };
    const why = count === 0 ? null : this.#withheld(rules, count);
    if (why !== null) yield { kind: "withheld", why, count };
    else yield* this.#deletions.steps();
    this.#vain = this.#ways.filter(({ stays }) => stays || why !== null)
      .map(({ target }) => target.path);
    for (const step of this.#deferred) {
      if (this.#isVain(step)) yield* inVain(step);
    }
    const left = this.#deferred.filter((step) => !this.#isVain(step));
    yield* behindBarrier(left.filter(({ kind }) => kind !== "link"));
    yield* behindBarrier(left.filter(({ kind }) => kind === "link"));
  }

  #isVain(step: Step): boolean {
    return "path" in step && this.#vain.some((way) => liesIn(step.path, way));
  }

  #withheld(
    { max, force, mayDelete }: DeletionRules,
    count: number,
  ): "failed" | "max_delete" | "empty_source" | null {
    if (this.#listingFailed || !mayDelete()) return "failed";
    if (this.#sourceEmpty && !force) return "empty_source";
    return max !== null && count > max ? "max_delete" : null;
  }

  *#attributes(): Generator<Step> {
    const { modes = false } = this.#options;
    for (const { source, target, touched } of this.#folders.toReversed()) {
      const otherMode = modes && source.mode !== null &&
        source.mode !== target?.mode;
      const otherTime = target === undefined || !sameTime(source, target);
      if (!touched && !otherTime && !otherMode) continue;
      const { path, mtimeNs } = source;
      const mode = modes ? source.mode : null;
      const step = { kind: "attributes", path, source, mtimeNs, mode } as const;
      if (!this.#isVain(step)) yield step;
    }
  }
}

function* behindBarrier(steps: Iterable<Step>): Generator<Step> {
  let first = true;
  for (const step of steps) {
    if (first) yield { kind: "barrier" };
    first = false;
    yield step;
  }
}

/** What was to take the place of something that stays. */
function* inVain(step: Step): Generator<Step> {
  if (step.kind !== "file" && step.kind !== "folder" && step.kind !== "link") {
    return;
  }
  const { path, kind } = step;
  const reason = kind === "folder" ? "file_in_place" : "folder_in_place";
  yield { kind: "trouble", trouble: { path, reason } };
}
