// The library "isonet/bytes": texts as bytes and back. An isolate has neither TextEncoder nor
// Buffer.

/** The text in UTF-8; a lone surrogate becomes U+FFFD. */
export function bytesOf(text: string): Uint8Array;

/** The text that the bytes are in UTF-8; never fails: malformed bytes read as U+FFFD. */
export function textOf(bytes: Uint8Array): string;

/** All parts in one, in their order; a text counts as its bytes in UTF-8. */
export function joinBytes(parts: readonly (Uint8Array | string)[]): Uint8Array;
