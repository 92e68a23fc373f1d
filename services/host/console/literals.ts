// Literals: the values an operator types behind `call`, read without evaluating anything.
// Shard 0. JSON values and the simple JavaScript ones: 'text', `text`, 0xff, 12n, undefined, NaN, {
// key: 1 }, [1,].
// Invariant: reading ends with values or with ARGUMENT_INVALID, whatever the text; nothing in it is
// executed.

import { CodedError } from "../../../wire/coded-error.ts";
import { consoleLimits } from "./console-limits.ts";

const words = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["undefined", undefined],
  ["nil", undefined], // what a Skynet operator's fingers type
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
]);

const escapes = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
  ["0", "\0"],
]);

const spacePattern = /\s*/y;
const wordPattern = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const bigintPattern = /0[xX][\da-fA-F]+n|0[oO][0-7]+n|0[bB][01]+n|\d+n/y;
const numberPattern =
  /0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const unicodePattern = /u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})/y;

/**
 * Reads values separated by commas: `"get", {x: 1}, [2, 3]`. Fails with ARGUMENT_INVALID, naming
 * the column.
 */
export function readLiterals(text: string): unknown[] {
  return new LiteralReader(text).readAll();
}

class LiteralReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): unknown[] {
    const values = [this.#value()];
    while (this.#take(",")) values.push(this.#value());
    if (this.#at < this.#text.length) throw this.#expected("a comma or the end");
    return values;
  }

  #value(): unknown {
    this.#space();
    const next = this.#text[this.#at];
    if (next === '"' || next === "'" || next === "`") return this.#string();
    if (next === "[") return this.#nested(() => this.#array());
    if (next === "{") return this.#nested(() => this.#object());
    if (next === "-" || next === "+" || next === "." || isDigit(next)) return this.#number();
    const start = this.#at;
    const word = this.#match(wordPattern);
    if (word !== undefined && words.has(word)) return words.get(word);
    this.#at = start;
    throw this.#expected("a value");
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > consoleLimits.literalDepthMax) {
      throw this.#invalid(`nested deeper than ${consoleLimits.literalDepthMax}`);
    }
    this.#at++;
    const value = read();
    this.#depth--;
    return value;
  }

  #array(): unknown[] {
    const values: unknown[] = [];
    while (!this.#take("]")) {
      values.push(this.#value());
      if (!this.#peek("]") && !this.#take(",")) throw this.#expected('"," or "]"');
    }
    return values;
  }

  #object(): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    while (!this.#take("}")) {
      const key = this.#key();
      if (!this.#take(":")) throw this.#expected('":" after a key');
      // Defined, not assigned: a key named __proto__ is a key like any other.
      const property = {
        value: this.#value(),
        writable: true,
        enumerable: true,
        configurable: true,
      };
      Object.defineProperty(value, key, property);
      if (!this.#peek("}") && !this.#take(",")) throw this.#expected('"," or "}"');
    }
    return value;
  }

  #key(): string {
    this.#space();
    const next = this.#text[this.#at];
    if (next === '"' || next === "'") return this.#string();
    if (isDigit(next)) return String(this.#number());
    const word = this.#match(wordPattern);
    if (word === undefined) throw this.#expected("a key");
    return word;
  }

  #number(): number | bigint {
    const sign = this.#text[this.#at];
    const isNegative = sign === "-";
    if (isNegative || sign === "+") this.#at++;
    const whole = this.#match(bigintPattern);
    if (whole !== undefined) {
      const value = BigInt(whole.slice(0, -1));
      return this.#closed(isNegative ? -value : value);
    }
    if (this.#match(/Infinity/y) !== undefined) return isNegative ? -Infinity : Infinity;
    const digits = this.#match(numberPattern);
    if (digits === undefined) throw this.#expected("a number");
    return this.#closed(isNegative ? -Number(digits) : Number(digits));
  }

  /** `12abc` is no number. */
  #closed<T>(value: T): T {
    const start = this.#at;
    if (this.#match(wordPattern) === undefined && !isDigit(this.#text[start])) return value;
    this.#at = start;
    throw this.#expected("the end of the number");
  }

  #string(): string {
    const quote = this.#text[this.#at++];
    let value = "";
    for (;;) {
      const character = this.#text[this.#at++];
      if (character === undefined) throw this.#expected(`${quote} at the end of the text`);
      if (character === quote) return value;
      if (quote === "`" && character === "$" && this.#text[this.#at] === "{") {
        throw this.#invalid("`${…}` would be evaluated; only plain values are read");
      }
      value += character === "\\" ? this.#escape() : character;
    }
  }

  #escape(): string {
    unicodePattern.lastIndex = this.#at;
    const match = unicodePattern.exec(this.#text);
    if (match !== null) {
      this.#at = unicodePattern.lastIndex;
      const code = Number.parseInt(match[1] ?? match[2] ?? match[3] ?? "", 16);
      if (code > 0x10_ffff) throw this.#invalid(`no character has the number ${match[0]}`);
      return String.fromCodePoint(code);
    }
    const character = this.#text[this.#at++];
    if (character === undefined) throw this.#expected("a character after the backslash");
    if (character === "u" || character === "x")
      throw this.#invalid(`\\${character} needs its hex digits`);
    return escapes.get(character) ?? character;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #space(): void {
    this.#match(spacePattern);
  }

  #peek(character: string): boolean {
    this.#space();
    return this.#text[this.#at] === character;
  }

  #take(character: string): boolean {
    const isNext = this.#peek(character);
    if (isNext) this.#at++;
    return isNext;
  }

  #expected(what: string): CodedError {
    const found = this.#text.slice(this.#at, this.#at + 12);
    return this.#invalid(
      `${what} is expected, not ${found === "" ? "the end" : JSON.stringify(found)}`,
    );
  }

  #invalid(what: string): CodedError {
    return new CodedError("ARGUMENT_INVALID", `Invalid arguments: column ${this.#at + 1}: ${what}`);
  }
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= "0" && character <= "9";
}
