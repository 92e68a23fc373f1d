// Schema parser: the text of a sproto schema as declarations, by recursive descent. Pure: host,
// clients, guests.
// Feeds schema-linker.ts, which knows whether the names mean anything.
// Invariant: reads each character once and goes no deeper than depthMax; refuses with the line.

import { schemaInvalid } from "./sproto-refusal.ts";
import { sprotoLimits } from "./sproto-limits.ts";

export type FieldDeclaration = {
  readonly name: string;
  readonly tag: number;
  readonly line: number;
  readonly typeName: string;
  readonly isArray: boolean;
  /** What stands in parentheses: a field's name, "" for `()`, a number of decimals. */
  readonly argument: string | number | undefined;
};

export type TypeDeclaration = {
  /** With the names of the types around it: "Person.PhoneNumber". */
  readonly name: string;
  readonly line: number;
  readonly fields: readonly FieldDeclaration[];
};

export type ProtocolDeclaration = {
  readonly name: string;
  readonly tag: number;
  readonly line: number;
  /** Names of types; "nil" is what the schema says. */
  readonly request: string | undefined;
  readonly response: string | undefined;
};

export type Declarations = {
  readonly types: readonly TypeDeclaration[];
  readonly protocols: readonly ProtocolDeclaration[];
};

const word = /[A-Za-z_][A-Za-z0-9_]*/y;
const dottedName = /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*/y;
const digits = /[0-9]+/y;
const blank = /[ \t]|\r?\n|#[^\n]*/y;
const shownCharsMax = 20; // of the place that is wrong, in an error's text

export function parseSchema(text: string): Declarations {
  return new SchemaParser(text).parse();
}

class SchemaParser {
  readonly #text: string;
  readonly #types: TypeDeclaration[] = [];
  readonly #protocols: ProtocolDeclaration[] = [];
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Declarations {
    this.#skipBlanks();
    while (this.#at < this.#text.length) {
      if (this.#take(".")) this.#type("", 1);
      else this.#protocol();
      this.#skipBlanks();
    }
    return { types: this.#types, protocols: this.#protocols };
  }

  /** A type, behind its dot. `around` is the name of the type it is in, with a dot. */
  #type(around: string, depth: number): void {
    const line = this.#line;
    const name = around + this.#match(word, "a type's name behind the dot");
    this.#skipBlanks();
    this.#expect("{", `behind the name of type ${name}`);
    this.#struct(name, line, depth);
  }

  /** Fields and types within, behind the opening brace. */
  #struct(name: string, line: number, depth: number): void {
    if (depth > sprotoLimits.depthMax) {
      throw this.#wrong(`types are nested deeper than ${sprotoLimits.depthMax} (depthMax)`);
    }
    const fields: FieldDeclaration[] = [];
    this.#skipBlanks();
    while (!this.#take("}")) {
      if (this.#take(".")) this.#type(`${name}.`, depth + 1);
      else fields.push(this.#field(name));
      this.#skipBlanks();
    }
    this.#types.push({ name, line, fields });
  }

  #field(owner: string): FieldDeclaration {
    const line = this.#line;
    const name = this.#match(word, `a field, a type or "}" in type ${owner}`);
    const tag = this.#tag(`field ${owner}.${name}`);
    this.#skipBlanks();
    this.#expect(":", `behind the tag of field ${owner}.${name}`);
    this.#skipBlanks();
    const isArray = this.#take("*");
    const typeName = this.#match(dottedName, `the type of field ${owner}.${name}`);
    return { name, tag, line, typeName, isArray, argument: this.#argument() };
  }

  /** What stands in parentheses directly behind a type's name. */
  #argument(): string | number | undefined {
    if (!this.#take("(")) return undefined;
    this.#skipBlanks();
    const number = this.#tryMatch(digits);
    const argument = number === undefined ? (this.#tryMatch(word) ?? "") : Number(number);
    this.#skipBlanks();
    this.#expect(")", "behind what is in parentheses");
    return argument;
  }

  #protocol(): void {
    const line = this.#line;
    const name = this.#match(word, "a type, with a dot in front, or a protocol");
    const tag = this.#tag(`protocol ${name}`);
    this.#skipBlanks();
    this.#expect("{", `behind the tag of protocol ${name}`);
    const parts = new Map<string, string>();
    this.#skipBlanks();
    while (!this.#take("}")) {
      const part = this.#match(word, `"request", "response" or "}" in protocol ${name}`);
      if (part !== "request" && part !== "response") {
        throw this.#wrong(`protocol ${name} has "${part}"; "request" and "response" are allowed`);
      }
      if (parts.has(part)) throw this.#wrong(`protocol ${name} has a second ${part}`);
      parts.set(part, this.#partType(name, part));
      this.#skipBlanks();
    }
    const [request, response] = [parts.get("request"), parts.get("response")];
    this.#protocols.push({ name, tag, line, request, response });
  }

  /** The type of a request or response: a name, or fields that make a type of their own. */
  #partType(protocol: string, part: string): string {
    const line = this.#line;
    this.#skipBlanks();
    if (!this.#take("{")) return this.#match(dottedName, `a type or "{" behind ${part}`);
    this.#struct(`${protocol}.${part}`, line, 1);
    return `${protocol}.${part}`;
  }

  #tag(of: string): number {
    const start = this.#at;
    this.#skipBlanks();
    if (this.#at === start) throw this.#expected(`a blank and the tag of ${of}`);
    const tag = Number(this.#match(digits, `the tag of ${of}`));
    if (tag <= sprotoLimits.tagMax) return tag;
    throw this.#wrong(`the tag of ${of} is ${tag}; 0 to ${sprotoLimits.tagMax} are allowed`);
  }

  #skipBlanks(): void {
    for (let taken = this.#tryMatch(blank); taken !== undefined; taken = this.#tryMatch(blank)) {
      if (taken.endsWith("\n")) this.#line++;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string, place: string): void {
    if (!this.#take(character)) throw this.#expected(`"${character}" ${place}`);
  }

  #match(pattern: RegExp, what: string): string {
    const found = this.#tryMatch(pattern);
    if (found === undefined) throw this.#expected(what);
    return found;
  }

  #tryMatch(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #expected(what: string): Error {
    const rest = this.#text.slice(this.#at, this.#at + shownCharsMax);
    const found = rest === "" ? "the end of the text" : JSON.stringify(rest);
    return this.#wrong(`expected ${what}, found ${found}`);
  }

  #wrong(text: string): Error {
    return schemaInvalid(text, this.#line);
  }
}
