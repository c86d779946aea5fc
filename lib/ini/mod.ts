/** @module Files that people write: their dialect, and what is wrong in one. */
export { decodeText } from "./decode.ts";
export {
  type Ini,
  type IniCode,
  type IniEntry,
  type IniProblem,
  type IniSection,
  parseIni,
  type Span,
} from "./ini.ts";
export {
  type FileProblem,
  formatProblem,
  nearest,
  shown,
  whyUnreadable,
} from "./problem.ts";
