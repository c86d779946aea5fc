/**
 * The bytes of a file as a terminal may show them, piece by piece: line feeds
 * and tabs stay, a carriage return before a line feed goes, what could steer the
 * terminal is escaped. Pure.
 * @module
 */
import { printable } from "../../protocol/printable.ts";

export class EscapedText {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** A carriage return whose line feed may be still to come. */
  #held = "";

  take(bytes: Uint8Array): string {
    return this.#escape(this.#decoder.decode(bytes, { stream: true }), false);
  }

  end(): string {
    return this.#escape(this.#decoder.decode(), true);
  }

  #escape(more: string, isLast: boolean): string {
    let text = this.#held + more;
    this.#held = "";
    if (!isLast && text.endsWith("\r")) {
      text = text.slice(0, -1);
      this.#held = "\r";
    }
    return text.replaceAll("\r\n", "\n").split(/([\n\t])/)
      .map((part) => part === "\n" || part === "\t" ? part : printable(part))
      .join("");
  }
}
