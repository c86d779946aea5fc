/** @module Configuration of ftpd: command line, environment, ftpd.ini. */
export { type Check, formatCheck, isLoopback, warningsAbout } from "./check.ts";
export { type FtpdCommand, parseFtpdArguments } from "./command_line.ts";
export {
  type ConfigInputs,
  formatSettingProblem,
  resolveConfig,
  type ResolvedConfig,
  type ServerConfig,
  type SettingProblem,
  type SettingProblemCode,
  type SettingSource,
} from "./config.ts";
export { type ConfigCode, ConfigError } from "./error.ts";
export { loadConfig } from "./load.ts";
export { ALL_SETTINGS, flagOf, type Setting, variableOf } from "./settings.ts";
