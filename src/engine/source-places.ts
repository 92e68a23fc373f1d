// Source places: offsets and names in the text of a module.
// Pure. Used by hotfix.ts and hotfix-obstacles.ts.
// Invariant: names are for people to read; nothing is decided by them.

/** Offset of a line and a column, both from 0. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let left = line; left > 0; left--) {
    const end = text.indexOf("\n", start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  return start + column;
}

const namePattern =
  /^(?:async\s+)?(?:function\b\s*\*?\s*|class\s+|get\s+|set\s+|static\s+)?\*?\s*([\w$#]+)/;
const noName = new Set(["function", "class", "async", "extends"]);

/** Its name as it stands in its text, or its place. */
export function functionName(text: string, line: number): string {
  const name = namePattern.exec(text)?.[1];
  const isArrow = /^(?:async\s*)?(?:\([^()]*\)|[\w$]+)\s*=>/.test(text);
  if (isArrow || name === undefined || noName.has(name)) return `a function of line ${line}`;
  return name;
}

const identifierPattern = /(?<![.\w$#])[A-Za-z_$][\w$]*/g;

export function identifiersOf(text: string): Set<string> {
  return new Set(text.match(identifierPattern) ?? []);
}

/** Names that a text declares: variables, functions, classes. */
export function declaredIn(text: string): string[] {
  const pattern = /\b(?:let|const|var|class|function\s*\*?)\s+([\w$]+)/g;
  return [...text.matchAll(pattern)].map((match) => match[1] as string);
}

/** True when the text declares the name, also as a parameter or in a pattern. */
export function declares(text: string, name: string): boolean {
  const word = `(?<![.\\w$#])${name.replaceAll("$", "\\$")}(?![\\w$])`;
  const declaration = new RegExp(`\\b(?:let|const|var|class|function)\\b[^;=]*?${word}`);
  const parameter = new RegExp(`\\([^()]*${word}[^()]*\\)\\s*(?:=>|\\{)|${word}\\s*=>`);
  return declaration.test(text) || parameter.test(text);
}
