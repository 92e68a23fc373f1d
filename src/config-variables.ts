// Config variables: environment variables in the texts of a configuration, as Skynet's $NAME
// (reference §1.8).
// Main thread, before anything starts. Used by config-file.ts.
// Invariant: what a variable holds is not looked at again: a dollar sign in it is a dollar sign.

import { CodedError } from "../wire/coded-error.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

export type Replacement = { readonly variables: Variables; readonly file: string };

const depthMax = 16; // options nest three deep; arguments of the first service may go on

/**
 * The value with $NAME in its texts replaced, and $$ by one dollar sign. Fails with CONFIG_INVALID.
 */
export function replaceVariables(value: unknown, replacement: Replacement): unknown {
  return replaceIn(value, replacement, []);
}

function replaceIn(value: unknown, replacement: Replacement, keys: readonly string[]): unknown {
  if (typeof value === "string") return replaceText(value, replacement, keys);
  if (!isPlain(value)) return value;
  if (keys.length > depthMax) {
    const where = `${replacement.file}: ${keys.join(".")}`;
    throw new CodedError("CONFIG_INVALID", `${where} is nested deeper than ${depthMax} levels`);
  }
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => replaceIn(item, replacement, [...keys, `${index}`]));
  }
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
    key,
    replaceIn(item, replacement, [...keys, key]),
  ]);
  return Object.fromEntries(entries);
}

/** Dates, buffers and the like, from a configuration module, stay as they are. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

function replaceText(text: string, replacement: Replacement, keys: readonly string[]): string {
  const { variables, file } = replacement;
  return text.replaceAll(/\$(\$|\w+)?/g, (_match, name: string | undefined) => {
    if (name === "$") return "$";
    const where = `${file}: ${keys.join(".")}`;
    if (name === undefined) {
      throw invalid(`${where} has a "$" without a variable's name in ${JSON.stringify(text)}`);
    }
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (variable !== undefined) return variable;
    throw invalid(`${where} names the environment variable ${name}, which is not set`);
  });
}

function invalid(text: string): CodedError {
  return new CodedError("CONFIG_INVALID", `${text}; write $$ for a dollar sign`);
}
