// Answer: what a command came to, once for programs and once for people.
// Shard 0. Made by the commands, written by print.ts as text and by http-answer.ts as JSON.
// Invariant: an error of any kind becomes a code and one text; nothing of the host's insides is in
// it.

/** A table that prints one `key\tvalue` per line. */
export type Table = ReadonlyMap<string, unknown>;

export type Answer = {
  /** For programs: the JSON of the HTTP answer. */
  readonly result: unknown;
  /** For people, in Skynet's form; without it the result is printed. */
  readonly text?: string | Table;
};

export type Failure = { readonly code: string; readonly text: string };

/** The code and the text of whatever a command threw. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: "REMOTE_FAULT", text: String(error) };
  const { code, remoteCode } = error as { code?: unknown; remoteCode?: unknown };
  const isOwn = typeof remoteCode === "string" && remoteCode !== "" && remoteCode !== code;
  const own = isOwn ? ` (${remoteCode})` : "";
  return { code: typeof code === "string" ? code : "REMOTE_FAULT", text: error.message + own };
}
