/**
 * mput and mget: a question before each file, at a terminal; elsewhere they go
 * ahead.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { ClientError } from "../error.ts";
import type { Terminal, Typed } from "../terminal/terminal.ts";
import { texts } from "../texts/mod.ts";
import type { Step } from "../tree/step.ts";

type Asked = Pick<
  Terminal,
  "inputIsTerminal" | "outputIsTerminal" | "errorIsTerminal" | "editLine"
>;

/** Nothing else is said or drawn until it is answered. */
export type WhileAsking = (ask: () => Promise<Typed>) => Promise<Typed>;

export class Asking {
  readonly #terminal: Asked;
  readonly #verb: string;
  readonly #whileAsking: WhileAsking;
  /** Said for all that follow. */
  #always: boolean | null;

  constructor(
    terminal: Asked,
    verb: string,
    whileAsking: WhileAsking = (ask) => ask(),
  ) {
    this.#terminal = terminal;
    this.#verb = verb;
    this.#whileAsking = whileAsking;
    const { inputIsTerminal, outputIsTerminal, errorIsTerminal } = terminal;
    const canAsk = inputIsTerminal && (outputIsTerminal || errorIsTerminal);
    this.#always = canAsk ? null : true;
  }

  /**
   * Whether the person wants this file.
   * @throws {ClientError} `interrupted`.
   */
  async wants(name: string): Promise<boolean> {
    const question = texts.commands.wants(this.#verb, printable(name));
    while (this.#always === null) {
      const typed = await this.#whileAsking(() =>
        this.#terminal.editLine(question)
      );
      if (typed.kind === "interrupted") {
        throw new ClientError("interrupted", ...texts.commands.interrupted);
      }
      const said = typed.kind === "end" ? "q" : typed.text.trim().toLowerCase();
      if (/^(?:y|yes)?$/.test(said)) return true;
      if (/^(?:n|no)$/.test(said)) return false;
      if (/^(?:a|all)$/.test(said)) this.#always = true;
      if (/^(?:q|quit)$/.test(said)) this.#always = false;
    }
    return this.#always;
  }

  /** The steps of a plan without the files that nobody wants. */
  async *ofPlan(
    plan: AsyncIterable<readonly Step[]>,
    nameOf: (step: Step) => string,
  ): AsyncGenerator<readonly Step[]> {
    for await (const page of plan) {
      const wanted: Step[] = [];
      for (const step of page) {
        if (step.kind !== "file" || await this.wants(nameOf(step))) {
          wanted.push(step);
        }
      }
      yield wanted;
    }
  }
}
