/**
 * What a value from outside has to be: read once, where it comes in, into a
 * type that cannot be wrong, or refused in words that quote nothing of it.
 *
 * Most programs that read messages are over within a second: what counts is how
 * little there is to call, and that an answer with four fields costs four.
 * @module
 */

/** Why a value was refused. The message follows the name of a field. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
  /** From the outermost object to the value: "items.0.filename". */
  path = "";

  within(key: string | number): this {
    this.path = this.path === "" ? `${key}` : `${key}.${this.path}`;
    return this;
  }
}

const MISSING = "is missing";
const NOT_SO = "is not what it has to be";

/** Takes a value or refuses it; what it takes is an `Output`. */
export abstract class Schema<Output> {
  /**
   * @param value As JSON has it.
   * @throws {Mismatch}
   */
  abstract read(value: unknown): Output;
}

export type Infer<Of> = Of extends Schema<infer Output> ? Output : never;
/** Of whichever of several. */
export type InferAny<
  Schemas extends Readonly<Record<string, Schema<unknown>>>,
> = Infer<Schemas[keyof Schemas]>;

/** @returns undefined where `value` is refused. */
export function attempt<Output>(
  schema: Schema<Output>,
  value: unknown,
): Output | undefined {
  try {
    return schema.read(value);
  } catch (error) {
    if (error instanceof Mismatch) return undefined;
    throw error;
  }
}

class AnyNumber extends Schema<number> {
  override read(value: unknown): number {
    if (typeof value === "number" && !Number.isNaN(value)) return value;
    throw new Mismatch("has to be a number");
  }
}

class WholeNumber extends Schema<number> {
  readonly #least: number;
  readonly #most: number;
  readonly #said: string;

  constructor(least: number, most: number, said: string) {
    super();
    this.#least = least;
    this.#most = most;
    this.#said = said;
  }

  override read(value: unknown): number {
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw new Mismatch("has to be a number");
    }
    if (!Number.isSafeInteger(value)) {
      throw new Mismatch("has to be a whole number");
    }
    if (value < this.#least) {
      throw new Mismatch(`has to be ${this.#least} or more`);
    }
    if (value > this.#most) throw new Mismatch(this.#said);
    return value;
  }
}

class Text extends Schema<string> {
  readonly #unitsMax: number;

  constructor(unitsMax: number) {
    super();
    this.#unitsMax = unitsMax;
  }

  override read(value: unknown): string {
    if (typeof value !== "string") throw new Mismatch("has to be a text");
    if (value.length <= this.#unitsMax) return value;
    throw new Mismatch(`has to be at most ${this.#unitsMax} characters long`);
  }
}

/** A text of a form, as it is or as what it means. */
class Form<Output> extends Schema<Output> {
  readonly #parse: (text: string) => Output | undefined;
  readonly #said: string;

  constructor(parse: (text: string) => Output | undefined, said: string) {
    super();
    this.#parse = parse;
    this.#said = said;
  }

  override read(value: unknown): Output {
    if (typeof value !== "string") throw new Mismatch("has to be a text");
    const output = this.#parse(value);
    if (output === undefined) throw new Mismatch(this.#said);
    return output;
  }
}

class Flag extends Schema<boolean> {
  override read(value: unknown): boolean {
    if (typeof value === "boolean") return value;
    throw new Mismatch("has to be true or false");
  }
}

class Choice<Output> extends Schema<Output> {
  readonly #choices: readonly Output[];
  readonly #said: string;

  constructor(choices: readonly Output[], said: string) {
    super();
    this.#choices = choices;
    this.#said = said;
  }

  override read(value: unknown): Output {
    for (const choice of this.#choices) {
      if (choice === value) return choice;
    }
    throw new Mismatch(this.#said);
  }
}

class Nullable<Output> extends Schema<Output | null> {
  readonly #schema: Schema<Output>;

  constructor(schema: Schema<Output>) {
    super();
    this.#schema = schema;
  }

  override read(value: unknown): Output | null {
    return value === null ? null : this.#schema.read(value);
  }
}

interface Lengths {
  readonly least?: number;
  readonly most?: number;
  readonly said?: string;
}

class List<Item> extends Schema<Item[]> {
  readonly #item: Schema<Item>;
  readonly #lengths: Lengths;

  constructor(item: Schema<Item>, lengths: Lengths) {
    super();
    this.#item = item;
    this.#lengths = lengths;
  }

  override read(value: unknown): Item[] {
    if (!Array.isArray(value)) throw new Mismatch("has to be a list");
    const items: readonly unknown[] = value;
    const output: Item[] = [];
    try {
      for (const item of items) output.push(this.#item.read(item));
    } catch (error) {
      throw error instanceof Mismatch ? error.within(output.length) : error;
    }
    const { least = 0, most = Infinity, said = NOT_SO } = this.#lengths;
    if (output.length >= least && output.length <= most) return output;
    throw new Mismatch(said);
  }
}

/** A field that may be missing: then it is left out, or is what stands here. */
class Optional<Output, Instead> {
  constructor(readonly schema: Schema<Output>, readonly instead: Instead) {}
}

export interface Fields {
  readonly [key: string]: Schema<unknown> | Optional<unknown, unknown>;
}

type OutputOf<Of extends Fields> = Flat<
  & {
    -readonly [
      Key in keyof Of as Of[Key] extends Optional<unknown, undefined> ? never
        : Key
    ]: Of[Key] extends Optional<infer Output, unknown> ? Output
      : Infer<Of[Key]>;
  }
  & {
    -readonly [
      Key in keyof Of as Of[Key] extends Optional<unknown, undefined> ? Key
        : never
    ]?: Of[Key] extends Optional<infer Output, unknown> ? Output : never;
  }
>;
type Flat<Object> = { [Key in keyof Object]: Object[Key] };

/** What it does not name is dropped. */
class ObjectOf<Output extends object> extends Schema<Output> {
  readonly #schemas = new Map<string, Schema<unknown>>(); // in their order
  readonly #needed: string[] = [];
  readonly #instead: Record<string, unknown> = {};
  readonly #said: string | undefined;

  constructor(fields: Fields, said: string | undefined) {
    super();
    this.#said = said;
    for (const [key, field] of Object.entries(fields)) {
      if (field instanceof Schema) {
        this.#schemas.set(key, field);
        this.#needed.push(key);
      } else {
        this.#schemas.set(key, field.schema);
        if (field.instead !== undefined) this.#instead[key] = field.instead;
      }
    }
  }

  override read(value: unknown): Output {
    if (!isObject(value)) throw new Mismatch(this.#said ?? NOT_SO);
    const output = { ...this.#instead };
    try {
      for (const key in value) {
        const schema = this.#schemas.get(key); // a Map: the peer chose this key
        if (schema !== undefined) output[key] = schema.read(value[key]);
      }
    } catch (error) {
      throw error instanceof Mismatch ? this.#firstWrong(value) : error;
    }
    if (this.#isWhole(output)) return output;
    throw this.#firstWrong(value);
  }

  /** Each field in it was read by its schema; this is about those missing. */
  #isWhole(output: object): output is Output {
    for (const key of this.#needed) if (!(key in output)) return false;
    return true;
  }

  /** In the order of the schema, not in that of the peer. */
  #firstWrong(value: Readonly<Record<string, unknown>>): Mismatch {
    for (const [key, schema] of this.#schemas) {
      if (!Object.hasOwn(value, key)) {
        if (!this.#needed.includes(key)) continue;
        return new Mismatch(this.#said ?? MISSING).within(key);
      }
      try {
        schema.read(value[key]);
      } catch (error) {
        if (error instanceof Mismatch) return error.within(key);
        throw error;
      }
    }
    return new Mismatch(NOT_SO);
  }
}

/** Objects told apart by one of their fields. */
class Variant<Output> extends Schema<Output> {
  readonly #key: string;
  readonly #options: ReadonlyMap<unknown, Schema<Output>>;

  constructor(key: string, options: Readonly<Record<string, Schema<Output>>>) {
    super();
    this.#key = key;
    this.#options = new Map(Object.entries(options));
  }

  override read(value: unknown): Output {
    if (!isObject(value)) throw new Mismatch(NOT_SO);
    const kind = value[this.#key];
    const option = this.#options.get(kind);
    if (option !== undefined) return option.read(value);
    throw new Mismatch(kind === undefined ? MISSING : NOT_SO).within(this.#key);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

export const anyNumber: Schema<number> = new AnyNumber();
export const anyText: Schema<string> = new Text(Infinity);
export const flag: Schema<boolean> = new Flag();

/** @param said What is told of a number above `most`. */
export function whole(
  least = -Infinity,
  most = Infinity,
  said = `has to be at most ${most}`,
): Schema<number> {
  return new WholeNumber(least, most, said);
}

/** Text of at most `unitsMax` UTF-16 units. */
export function text(unitsMax: number): Schema<string> {
  return new Text(unitsMax);
}

export function pattern(form: RegExp, said = NOT_SO): Schema<string> {
  return new Form((text) => form.test(text) ? text : undefined, said);
}

/** @param parse Gives undefined where the text has not the form. */
export function parsed<Output>(
  parse: (text: string) => Output | undefined,
  said = NOT_SO,
): Schema<Output> {
  return new Form(parse, said);
}

export function choice<const Output>(
  choices: readonly Output[],
  said = NOT_SO,
): Schema<Output> {
  return new Choice(choices, said);
}

export function literal<const Output>(
  value: Output,
  said = NOT_SO,
): Schema<Output> {
  return new Choice([value], said);
}

export function nullable<Output>(
  schema: Schema<Output>,
): Schema<Output | null> {
  return new Nullable(schema);
}

export function list<Item>(
  item: Schema<Item>,
  lengths: Lengths = {},
): Schema<Item[]> {
  return new List(item, lengths);
}

export function optional<Output>(
  schema: Schema<Output>,
): Optional<Output, undefined>;
export function optional<Output>(
  schema: Schema<Output>,
  instead: Output,
): Optional<Output, Output>;
export function optional<Output>(schema: Schema<Output>, instead?: Output) {
  return new Optional(schema, instead);
}

/** @param said What is told of one that is none, or lacks a field. */
export function object<Of extends Fields>(
  fields: Of,
  said?: string,
): Schema<OutputOf<Of>> {
  return new ObjectOf(fields, said);
}

/** @param options By what stands in `key`. */
export function variant<Output>(
  key: string,
  options: Readonly<Record<string, Schema<Output>>>,
): Schema<Output> {
  return new Variant(key, options);
}
