// Protocol page: the examples of docs/protocol.md, for the tests that run them.
// Tests only. A row counts when its cells are code, so that prose may stand beside them.
// Invariant: a section that is not on the page, or without rows, throws: no test passes for want of
// examples.

import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");

/** Rows of the section's tables, without their headings: the cells as they stand there. */
export function rowsOf(section: string): string[][] {
  const start = page.split("\n").indexOf(section);
  if (start === -1) throw new Error(`docs/protocol.md has no section "${section}"`);
  const depth = section.indexOf(" ");
  const lines = page.split("\n").slice(start + 1);
  const end = lines.findIndex((line) => /^#+ /.test(line) && line.indexOf(" ") <= depth);
  const rows = lines
    .slice(0, end === -1 ? undefined : end)
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  if (rows.length === 0) throw new Error(`"${section}" of docs/protocol.md has no tables`);
  return rows;
}

/** The text of a cell that is one piece of code, without its marks; undefined for another cell. */
export function codeOf(cell: string | undefined): string | undefined {
  return /^`([^`]+)`$/.exec(cell ?? "")?.[1];
}

export function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(" "), (byte) => Number.parseInt(byte, 16));
}

export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** The values that the page's list of JavaScript expressions stands for. */
export function valuesOf(expressions: string): unknown[] {
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is of our own page
  return new Function(`return [${expressions}]`)() as unknown[];
}

/** A code of the page that stands in a paragraph, alone on its line. */
export function lineOfCode(start: string): string {
  const line = page.split("\n").find((text) => text.startsWith(`\`${start}`));
  if (line === undefined) throw new Error(`no line of docs/protocol.md starts with ${start}`);
  return line.slice(1, -1);
}
