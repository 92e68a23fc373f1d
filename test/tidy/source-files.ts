// Source files: what the tidy tests read. Every file of code in the repository, with its lines.
// Test processes only.

import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");

export type SourceFile = {
  readonly name: string;
  readonly text: string;
  readonly lines: readonly string[];
};

const folders = [
  "bench",
  "bin",
  "client",
  "dashboard",
  "examples",
  "library",
  "sandbox",
  "scripts",
  "services",
  "src",
  "test",
  "types",
  "wire",
];

export const sourceFiles: readonly SourceFile[] = globSync(
  [`{${folders.join(",")}}/**/*.{ts,mjs,js}`, "*.ts"],
  { cwd: root, exclude: ["test/hostile/corpus/**"] }, // not code of ours: attacks, as they come
)
  .toSorted()
  .map(readSource);

function readSource(name: string): SourceFile {
  const text = readText(name);
  return { name, text, lines: text.split("\n") };
}

/** What `find` finds in each file, as "file: what". */
export function findings(find: (file: SourceFile) => readonly string[]): string[] {
  return sourceFiles.flatMap((file) => find(file).map((what) => `${file.name}: ${what}`));
}

/** Names of the files that are wrong. */
export function names(isWrong: (file: SourceFile) => boolean): string[] {
  return sourceFiles.filter(isWrong).map(({ name }) => name);
}

/** Text of a file of the repository; "" when there is none. */
export function readText(name: string): string {
  const file = path.join(root, name);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

export function exists(name: string): boolean {
  return existsSync(path.join(root, name));
}

/** The text with comments and the contents of strings blanked, lines kept. */
export function codeOnly(text: string): string {
  const tokens =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return text.replaceAll(tokens, (token) => token.replaceAll(/[^\n]/g, " "));
}

/** Rows of the Markdown tables in `text`: their cells, without backticks. */
export function tableRows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}
