// Arguments: what stands behind a command's name, typed as words or posted as JSON values.
// Shard 0. Made by request.ts, read by the commands.
// Invariant: a missing or ill-formed argument fails with ARGUMENT_INVALID and shows the command's
// usage.

import { CodedError } from "../../../wire/coded-error.ts";

export class Arguments {
  readonly #values: readonly unknown[];
  readonly #usage: string;

  /** `usage` is the command with its arguments: "kill address". */
  constructor(values: readonly unknown[], usage: string) {
    this.#values = values;
    this.#usage = usage;
  }

  get count(): number {
    return this.#values.length;
  }

  /** The word at `index`, where `what` must stand. */
  required(index: number, what: string): string {
    const value = this.#values[index];
    if (typeof value === "string" && value !== "") return value;
    if (value === undefined || value === "") throw this.invalid(`it needs ${what}`);
    throw this.invalid(`${what} must be text, not ${JSON.stringify(value)}`);
  }

  optional(index: number): string | undefined {
    const value = this.#values[index];
    return value === undefined ? undefined : this.#word(value);
  }

  /** A whole number in decimal; `missing` when it is not given. */
  integer(index: number, what: string, missing: number): number {
    const word = this.optional(index);
    if (word === undefined) return missing;
    if (/^-?\d{1,9}$/.test(word)) return Number(word);
    throw this.invalid(`${what} must be a whole number, not ${JSON.stringify(word)}`);
  }

  /** The words from `index` on, numbers and booleans of JSON as their text. */
  words(index: number): string[] {
    return this.#values.slice(index).map((value) => this.#word(value));
  }

  /** The values from `index` on, as they were given: from JSON they have their own types. */
  values(index: number): readonly unknown[] {
    return this.#values.slice(index);
  }

  invalid(text: string): CodedError {
    return new CodedError("ARGUMENT_INVALID", `${text} (usage: ${this.#usage})`);
  }

  #word(value: unknown): string {
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    throw this.invalid(`an argument must be text or a number, not ${JSON.stringify(value)}`);
  }
}
