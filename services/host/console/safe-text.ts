// Safe text: what services say, made harmless for the terminal it is shown on.
// Shard 0, and the isonet command. Used by whatever prints.
// Invariant: no character that a terminal acts on is left, but line ends and tabs where they are
// allowed.

/** Control characters, those that turn the direction of text, and Unicode's own line ends. */
const unsafePattern = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Keeps line ends and tabs. */
export function safeText(text: string): string {
  return text.replaceAll(unsafePattern, (found) =>
    found === "\t" || found === "\n" ? found : escaped(found),
  );
}

/** One cell of one line: line ends and tabs are shown as \n and \t. */
export function safeWord(word: string): string {
  return word.replaceAll(unsafePattern, escaped);
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  if (character === "\n") return String.raw`\n`;
  if (character === "\t") return String.raw`\t`;
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
}
