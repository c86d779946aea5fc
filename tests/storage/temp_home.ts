/** A local home in a new folder, and what stands around it. */
import { systemRuntime } from "../../lib/runtime/mod.ts";
import {
  type Home,
  openLocalHome,
  removeAnchor,
} from "../../lib/storage/mod.ts";
import { at } from "./home_suite.ts";

export interface TempHome extends AsyncDisposable {
  readonly home: Home;
  /** The home's folder, inside `around`. */
  readonly folder: string;
  readonly around: string;
  /** Open another folder as a home. */
  openOther(folder: string): Promise<Home>;
  /** The names in `.ftpd`. */
  parts(): string[];
}

export async function tempHome({ durable = false } = {}): Promise<TempHome> {
  const around = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "ftpd-test-" }),
  );
  const folder = `${around}/home`;
  const runtime = systemRuntime();
  const open = (folder: string) => openLocalHome(folder, { runtime, durable });
  return {
    home: await open(folder),
    folder,
    around,
    openOther: open,
    parts: () => partsIn(folder),
    async [Symbol.asyncDispose]() {
      await Deno.remove(around, { recursive: true });
      removeAnchor();
    },
  };
}

export function partsIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(`${folder}/.ftpd`)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Ask a disk often enough for it to be called directly from now on. */
export async function warmUp(home: Home): Promise<void> {
  for (let n = 0; n < 8; n++) await home.stat(at("/"));
}
