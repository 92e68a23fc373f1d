// Shown bytes: what a server sent, on one line of a terminal or of JSON.
// Pure. Used by client-gate.ts and client-message.ts.
// Invariant: no byte of a server moves a terminal's cursor.

import { safeWord } from "../../services/host/console/safe-text.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What JSON leaves as it is. */
const unsafePattern = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Bytes as text when they are one, else as hex digits. */
export type BytesInJson = { readonly text: string } | { readonly hex: string };

/** A value in JSON, with what a terminal acts on as escapes. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    unsafePattern,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function jsonOfBytes(bytes: Uint8Array): BytesInJson {
  try {
    return { text: utf8.decode(bytes) };
  } catch {
    return { hex: Buffer.from(bytes).toString("hex") };
  }
}

/** The text, or 0x and hex digits when it is none that a terminal can show. */
export function shownBytes(bytes: Uint8Array): string {
  const shown = jsonOfBytes(bytes);
  if ("text" in shown && isHarmless(shown.text)) return shown.text;
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

/** Tabs are, line ends are not: each frame has one line. */
function isHarmless(text: string): boolean {
  const words = text.replaceAll("\t", "");
  return safeWord(words) === words;
}
