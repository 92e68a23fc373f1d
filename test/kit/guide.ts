// Guide: the code blocks of docs/writing-a-service.md and README.md, and what stands behind them.
// Test processes only.
// Invariant: a block of TypeScript names its file in its first line, or the document is refused.

import { readFileSync } from "node:fs";
import path from "node:path";

export type GuideBlock = {
  /** The service's name. */
  readonly name: string;
  readonly source: string;
  /** The lines it logs when it is started; undefined for a module that is only imported. */
  readonly log: readonly string[] | undefined;
};

const root = path.resolve(import.meta.dirname, "../..");
const fencePattern = /^```(ts|log)\n([^]*?)^```$/gm;

/** Blocks of a document: of the guide, or of README.md. */
export function readBlocks(document: string): readonly GuideBlock[] {
  const page = readFileSync(path.join(root, document), "utf8");
  const blocks: { name: string; source: string; log: string[] | undefined }[] = [];
  let starts: string | undefined;
  for (const [, language, text = ""] of page.matchAll(fencePattern)) {
    if (language === "ts") {
      const name = /^\/\/ (?:services\/)?([\w-]+)\.ts\n/.exec(text)?.[1];
      if (name === undefined) throw new Error(`a block of ${document} names no file:\n${text}`);
      starts ??= name;
      blocks.push({ name, source: text, log: undefined });
      continue;
    }
    const started = blocks.find(({ name }) => name === starts);
    if (started === undefined) throw new Error(`a log of ${document} follows no code:\n${text}`);
    started.log = text.trimEnd().split("\n");
    starts = undefined;
  }
  return blocks;
}
