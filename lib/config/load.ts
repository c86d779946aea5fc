/** @module Finding and reading ftpd.ini. */
import { decodeText, whyUnreadable } from "../ini/mod.ts";
import {
  configFileOf,
  type ConfigInputs,
  resolveConfig,
  type ResolvedConfig,
  type SettingProblem,
} from "./config.ts";

/**
 * Read ftpd.ini, where there is one, and resolve all settings. Never rejects
 * for what is wrong with them: see `problems`.
 */
export async function loadConfig(
  inputs: Omit<ConfigInputs, "ini">,
): Promise<ResolvedConfig> {
  const resolved = await resolveWithFile(inputs);
  const problem = await wrongWithHome(resolved);
  if (problem === null) return resolved;
  return { ...resolved, problems: [...resolved.problems, problem] };
}

/** Nothing there is fine: it is made at the first login. */
async function wrongWithHome(
  { config: { home }, sources }: ResolvedConfig,
): Promise<SettingProblem | null> {
  const info = await Deno.stat(home).catch(() => null);
  if (info === null || info.isDirectory) return null;
  const from = sources.get("home")?.from;
  const where = from === undefined || from === "default" ? "home" : from;
  const message = `${home} is no folder: name the one that the homes are in`;
  return { code: "bad_value", where, message };
}

async function resolveWithFile(
  inputs: Omit<ConfigInputs, "ini">,
): Promise<ResolvedConfig> {
  const where = configFileOf(inputs);
  if ("problem" in where) return withProblem(inputs, where.problem);
  const { file, namedBy } = where;
  let bytes;
  try {
    bytes = await Deno.readFile(file);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    if (missing && namedBy === null) return resolveConfig(inputs);
    const code = missing ? "missing" : "unreadable";
    const message = missing ? "is not there" : whyUnreadable(error);
    const where = namedBy === null ? file : `${namedBy}: ${file}`;
    return withProblem(inputs, { code, where, message });
  }
  const text = decodeText(bytes);
  if (typeof text === "string") {
    return resolveConfig({ ...inputs, ini: { file, text } });
  }
  const message = "is not UTF-8: save the file as UTF-8";
  const at = `${file}:${text.badLine}`;
  return withProblem(inputs, { code: "bad_line", where: at, message });
}

function withProblem(
  inputs: Omit<ConfigInputs, "ini">,
  problem: SettingProblem,
): ResolvedConfig {
  const resolved = resolveConfig(inputs);
  return { ...resolved, problems: [problem, ...resolved.problems] };
}
