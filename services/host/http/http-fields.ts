// HTTP fields: reads what services ask of .http: numbers, texts, header lists, URLs.
// Shard 0. Used by http-orders.ts and answer-head.ts.
// Invariant: hostile input: what is not of the required form is refused with ARGUMENT_INVALID,
// naming the field, what it is and what is allowed.

import { CodedError } from "../../../wire/coded-error.ts";

export type Range = { readonly min: number; readonly max: number; readonly or: number };

const textCharsMax = 65_536;
const headersMax = 256;
const namePattern = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A whole number of the range; `or` when it is not given. */
export function readNumber(name: string, given: unknown, { min, max, or }: Range): number {
  if (given === undefined) return or;
  if (typeof given === "number" && Number.isInteger(given) && given >= min && given <= max) {
    return given;
  }
  throw refused(name, given, `a whole number from ${min} to ${max}`);
}

export function readText(name: string, given: unknown, or?: string): string {
  if (given === undefined && or !== undefined) return or;
  if (typeof given === "string" && given !== "" && given.length <= textCharsMax) return given;
  throw refused(name, given, `a text of 1 to ${textCharsMax} characters`);
}

export function readFlag(name: string, given: unknown): boolean {
  if (given === undefined || typeof given === "boolean") return given ?? false;
  throw refused(name, given, "true or false");
}

export function readBody(given: unknown): Uint8Array | string | undefined {
  if (given === undefined || typeof given === "string" || given instanceof Uint8Array) return given;
  throw refused("body", given, "a text or bytes");
}

/**
 * Names in lower case and values, by turns, of `bytesMax` together; those of `dropped` are left
 * out: they are the host's to write.
 */
export function readHeaders(
  given: unknown,
  { bytesMax, dropped }: { readonly bytesMax: number; readonly dropped: ReadonlySet<string> },
): string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || given.length % 2 !== 0 || given.length > 2 * headersMax) {
    throw refused("headers", given, `a list of up to ${headersMax} names and values`);
  }
  const headers: string[] = [];
  let bytes = 0;
  for (let at = 0; at < given.length; at += 2) {
    const name: unknown = given[at];
    const value: unknown = given[at + 1];
    if (typeof name !== "string" || !namePattern.test(name)) {
      throw refused("the name of a header", name, "a token in lower case");
    }
    if (typeof value !== "string" || !valuePattern.test(value)) {
      throw refused(`header ${name}`, value, "one line of characters up to U+00FF");
    }
    bytes += name.length + value.length + 4;
    if (!dropped.has(name)) headers.push(name, value);
  }
  if (bytes <= bytesMax) return headers;
  throw new CodedError(
    "HTTP_TOO_LARGE",
    `the headers have ${bytes} bytes, and may have ${bytesMax}`,
  );
}

/** A URL of one of the schemes ("http:"), without a fragment. */
export function readUrl(given: unknown, schemes: readonly string[]): URL {
  const wanted = `a URL of ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`;
  if (typeof given !== "string" || given.length > textCharsMax) throw refused("url", given, wanted);
  const url = URL.parse(given);
  if (url === null || !schemes.includes(url.protocol)) throw refused("url", given, wanted);
  url.hash = "";
  return url;
}

const shownCharsMax = 100;

export function refused(name: string, given: unknown, wanted: string): CodedError {
  const shown =
    typeof given === "string"
      ? JSON.stringify(given.slice(0, shownCharsMax))
      : typeof given === "number" || typeof given === "boolean"
        ? String(given)
        : typeof given;
  return new CodedError("ARGUMENT_INVALID", `${name} is ${shown}: ${wanted} is needed`);
}
