// Walk-through: a section of a document that is a session at several terminals, as steps to run.
// Test processes only.
// Invariant: each line of a block belongs to a step: what is typed, or what comes of it.

import { readFileSync } from "node:fs";
import path from "node:path";

/** Where it is typed: a shell, the host's console, or a player's connection. */
export type Terminal = "shell" | "console" | "player";

export type Step = {
  readonly terminal: Terminal;
  readonly typed: string;
  /** "…" stands for anything, a number for any number. */
  readonly output: readonly string[];
};

const root = path.resolve(import.meta.dirname, "../..");

/** The steps of the section with this heading: its blocks without a language. */
export function readSteps(document: string, heading: string): readonly Step[] {
  const page = readFileSync(path.join(root, document), "utf8");
  const [, section] = page.split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`${document} has no section "${heading}"`);
  const blocks = (section.split("\n## ")[0] ?? "").matchAll(/^```\n([^]*?)^```$/gm);
  return [...blocks].flatMap(([, text = ""]) => stepsOf(text.trimEnd().split("\n")));
}

/** A block is of one terminal, which its first line tells. */
function stepsOf(lines: readonly string[]): Step[] {
  const [first = ""] = lines;
  if (first.startsWith("$ nc ")) return dialogue(lines);
  const isShell = first.startsWith("$ ");
  const steps: { terminal: Terminal; typed: string; output: string[] }[] = [];
  let isOver = true;
  for (const line of lines) {
    const isTyped = isShell ? line.startsWith("$ ") : isOver;
    if (isTyped && isShell) steps.push({ terminal: "shell", typed: line.slice(2), output: [] });
    else if (isTyped) steps.push({ terminal: "console", typed: line, output: [] });
    else steps.at(-1)?.output.push(line);
    isOver = line === "<CMD OK>";
  }
  return steps;
}

/** A greeting, then a line and its answer in turn. */
function dialogue([command = "", greeting = "", ...lines]: readonly string[]): Step[] {
  const steps: Step[] = [{ terminal: "player", typed: command.slice(2), output: [greeting] }];
  for (let index = 0; index < lines.length; index += 2) {
    const [typed = "", answer = ""] = lines.slice(index, index + 2);
    steps.push({ terminal: "player", typed, output: [answer] });
  }
  return steps;
}

/** What matches the output that the document shows. */
export function patternOf({ output }: Step): RegExp {
  const lines = output.map((line) =>
    line
      .trim()
      .split(/(…|\b[0-9a-f]{8}\b|\d+(?:\.\d+)*|\s+)/)
      .map((piece, index) => (index % 2 === 0 ? escaped(piece) : anyLike(piece)))
      .join(""),
  );
  return new RegExp(`^\\s*${lines.join("\\s+")}\\s*$`, "s");
}

function escaped(text: string): string {
  return text.replaceAll(/[^\w\s]/g, String.raw`\$&`);
}

function anyLike(piece: string): string {
  if (piece === "…") return ".*";
  if (piece.trim() === "") return "\\s+";
  return /^[0-9a-f]{8}$/.test(piece) ? "[0-9a-f]{8}" : "\\d+(?:\\.\\d+)*";
}
