// Console request: one command sent to a running host's console, as JSON over HTTP.
// Main thread of the isonet command. Used by the one-shot commands and by completion.
// Invariant: it resolves with what the host answered, or fails with a sentence that says what to
// do.

import { request as httpRequest } from "node:http";
import { hostPort } from "../../wire/host-port.ts";
import { CodedError } from "../../wire/coded-error.ts";

export type ConsolePlace = { readonly host: string; readonly port: number };

/** A command with JSON arguments, or the text of one as it is typed at the console. */
export type ConsoleCommand =
  | string
  | {
      readonly command: string;
      readonly arguments?: readonly unknown[];
      readonly source?: string;
    };

export type ConsoleAnswer =
  | { readonly ok: true; readonly result?: unknown }
  | { readonly ok: false; readonly code: string; readonly error: string };

export type AskBounds = { readonly withinMs?: number; readonly signal?: AbortSignal };

const attemptsMax = 3; // a client too slow to speak first is greeted as a person, and tries again
const answerMsMax = 11 * 60_000; // the console ends every command in ten minutes
const answerBytesMax = 16 * 1024 * 1024;

/** Fails with ADDRESS_UNKNOWN when no host listens there. */
export async function askConsole(
  place: ConsolePlace,
  command: ConsoleCommand,
  bounds: AskBounds = {},
): Promise<ConsoleAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(place, command, bounds);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (!code.startsWith("HPE_") || attempt === attemptsMax) throw placeError(place, error);
    }
  }
}

function ask(
  { host, port }: ConsolePlace,
  command: ConsoleCommand,
  { withinMs = answerMsMax, signal: given }: AskBounds,
): Promise<ConsoleAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ConsoleAnswer>();
  const isText = typeof command === "string";
  const body = Buffer.from(isText ? command : JSON.stringify(command));
  const headers = {
    // The guard against web pages knows the host's addresses, not every name a person has for it.
    host: "localhost",
    "content-type": isText ? "text/plain" : "application/json",
    "content-length": body.length,
  };
  const late = AbortSignal.timeout(withinMs);
  const signal = given === undefined ? late : AbortSignal.any([late, given]);
  const request = httpRequest({ host, port, method: "POST", path: "/", headers, signal });
  request.on("error", reject);
  request.on("response", (response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > answerBytesMax)
        response.destroy(new Error(`the answer is over ${answerBytesMax} bytes`));
      else chunks.push(chunk);
    });
    response.on("error", reject);
    response.on("end", () => {
      const answer = readAnswer(Buffer.concat(chunks).toString("utf8"));
      if (answer === undefined) reject(new Error("what listens there is no isonet console"));
      else resolve(answer);
    });
  });
  request.end(body);
  return promise;
}

function readAnswer(text: string): ConsoleAnswer | undefined {
  try {
    const answer = JSON.parse(text) as ConsoleAnswer | null;
    return typeof answer?.ok === "boolean" ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** A sentence for a place where no console answers. */
export function placeError({ host, port }: ConsolePlace, error: unknown): CodedError {
  const { code, message } = error as NodeJS.ErrnoException;
  const at = hostPort(host, port);
  const isRefused = code === "ECONNREFUSED";
  const text = isRefused
    ? `no host listens on ${at}; start one with isonet start, or say with --host and --port ` +
      "where it is"
    : `the console on ${at} does not answer: ${message}`;
  return new CodedError("ADDRESS_UNKNOWN", text);
}
