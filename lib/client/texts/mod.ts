/**
 * Every text that a person reads, by room, in one language: errors and their
 * hints, prompts, progress, help. Texts with values in them are functions; those
 * of errors are pairs (said.ts). The protocol's and the server's own words are
 * none of them.
 *
 * For another language: a file like each english_….ts, its object typed by that
 * room's part of `Texts`, and the choice here.
 * @module
 */
import { commands } from "./english_commands.ts";
import { grammar } from "./english_grammar.ts";
import { jobs } from "./english_jobs.ts";
import { local } from "./english_local.ts";
import { places } from "./english_places.ts";
import { program } from "./english_program.ts";
import { session } from "./english_session.ts";
import { shell } from "./english_shell.ts";
import { terminal } from "./english_terminal.ts";
import { tree } from "./english_tree.ts";

const english = {
  commands,
  grammar,
  jobs,
  local,
  places,
  program,
  session,
  shell,
  terminal,
  tree,
};

export type { Said } from "./said.ts";
export type Texts = typeof english;
export const texts: Texts = english;
