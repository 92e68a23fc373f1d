// Request: a command out of a typed line, a posted body or a path.
// Shard 0. Used by text-session.ts and http-session.ts.
// Invariant: a request is read completely or refused with ARGUMENT_INVALID; nothing of it is
// guessed.

import { CodedError } from "../../../wire/coded-error.ts";
import type { Request } from "./command.ts";

/** Words between white space, as Skynet splits them. */
export function requestOfLine(line: string): Request {
  const [name = "", ...values] = line.trim().split(/\s+/);
  return { name, values, line, source: undefined };
}

/** "/mem/:0100000c": each segment is a word. */
export function requestOfPath(path: string): Request {
  if (!path.startsWith("/")) throw invalid(`a path begins with "/", not ${JSON.stringify(path)}`);
  if (path.includes("?"))
    throw invalid("a command has no query: its arguments are segments of the path");
  const [name = "help", ...values] = path.split("/").filter(Boolean).map(decoded);
  return { name, values, line: undefined, source: undefined };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalid(`not a valid path segment: ${JSON.stringify(segment)}`);
  }
}

const keys = new Set(["command", "arguments", "source"]);

/** `{"command": "inject", "arguments": [...], "source": "..."}`. */
export function requestOfJson(text: string): Request {
  const body = parsed(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw invalid('the body must be an object: {"command": "list"}');
  }
  const unknown = Object.keys(body).find((key) => !keys.has(key));
  if (unknown !== undefined) {
    throw invalid(`unknown key ${JSON.stringify(unknown)}: allowed are ${[...keys].join(", ")}`);
  }
  const { command, arguments: values = [], source } = body as Record<string, unknown>;
  if (typeof command !== "string") throw invalid('"command" must be the name of a command');
  if (!Array.isArray(values)) throw invalid('"arguments" must be an array');
  if (source !== undefined && typeof source !== "string") throw invalid('"source" must be text');
  return { name: command, values, line: undefined, source };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`the body is not JSON: ${(error as Error).message}`);
  }
}

function invalid(text: string): CodedError {
  return new CodedError("ARGUMENT_INVALID", text);
}
